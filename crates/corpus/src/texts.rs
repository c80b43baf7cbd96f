//! The texts of tests as they were when the corpus was read.

use crate::pack::{Pack, Place};
use bytes::Bytes;
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// How much is read at once while texts are asked for in the order they lie in.
const WINDOW: usize = 64 << 10;

/// The texts of a corpus's tests, kept in one open file.
///
/// Not every test's is there: who asks must be able to read the test itself.
#[derive(Clone, Debug)]
pub struct Texts(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    pack: Pack,
    /// By number of the test.
    places: Box<[(Place, u64)]>,
}

impl Texts {
    /// `places` has place and hash of each test's text.
    pub(crate) fn new(pack: Pack, places: Vec<(Place, u64)>) -> Self {
        Self(Arc::new(Kept {
            pack,
            places: places.into(),
        }))
    }

    /// For one thread.
    #[must_use]
    pub fn reader(&self) -> TextReader {
        TextReader {
            kept: Arc::clone(&self.0),
            start: 0,
            window: Bytes::new(),
        }
    }
}

/// The same texts, not equal ones: what is compared is where they are read from.
impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Texts {}

/// Reads texts one after the other, several at once where they lie so.
#[derive(Debug)]
pub struct TextReader {
    kept: Arc<Kept>,
    /// Where the window begins in the file.
    start: u64,
    window: Bytes,
}

impl TextReader {
    /// The text of the test with that number in the corpus, of `size` bytes;
    /// `None` if it isn't kept, or isn't what it should be.
    pub fn read(&mut self, test: u32, size: u32) -> Option<Bytes> {
        let &(place, hash) = self.kept.places.get(test as usize)?;
        if !place.is_inside() || size == 0 {
            return None;
        }
        let length = size as usize;
        let text = match self.seen(place, length) {
            Some(text) => text,
            None => self.look(place, length)?,
        };
        (XxHash3_64::oneshot(&text) == hash).then_some(text)
    }

    fn seen(&self, place: Place, length: usize) -> Option<Bytes> {
        let begin = usize::try_from(place.0.checked_sub(self.start)?).ok()?;
        let end = begin.checked_add(length)?;
        (end <= self.window.len()).then(|| self.window.slice(begin..end))
    }

    /// Reads on where texts are asked for in the order they lie in, and else no
    /// more than the text.
    fn look(&mut self, place: Place, length: usize) -> Option<Bytes> {
        let seen = self.start..=self.start + (self.window.len() + WINDOW) as u64;
        let ahead = if seen.contains(&place.0) { WINDOW } else { 0 };
        let left = usize::try_from(self.kept.pack.size.checked_sub(place.0)?).unwrap_or(usize::MAX);
        let mut window = vec![0; ahead.max(length).min(left)];
        self.kept.pack.read_raw(place.0, &mut window)?;
        self.window = Bytes::from(window);
        self.start = place.0;
        self.seen(place, length)
    }
}

#[cfg(test)]
mod tests {
    use crate::{CacheUse, Corpus};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, SystemTime};
    use tempfile::TempDir;

    fn path(number: usize) -> String {
        format!("test/{}/{number:03}.js", ["a", "b"][number % 2])
    }

    /// About 1 KB, so that a window holds some and not all.
    fn text(number: usize) -> String {
        format!("{number};").repeat(300)
    }

    fn corpus(count: usize) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for below in ["harness", "test/a", "test/b"] {
            fs::create_dir_all(folder.path().join(below)).unwrap();
        }
        for number in 0..count {
            write(&folder.path().join(path(number)), &text(number));
        }
        folder
    }

    /// Long enough ago for the time to be believed.
    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        let time = SystemTime::now() - Duration::from_secs(3600);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    }

    fn discover(root: &Path, part: &[&str]) -> (Corpus, CacheUse) {
        let part: Vec<PathBuf> = part.iter().map(PathBuf::from).collect();
        Corpus::discover_cached(root, &part, &root.join("cache")).unwrap()
    }

    /// How many texts are kept; those that are must be right.
    fn kept(corpus: &Corpus) -> usize {
        let Some(texts) = &corpus.texts else { return 0 };
        let (mut reader, mut forth) = (texts.reader(), texts.reader());
        let mut kept = 0;
        let count = corpus.tests.len();
        for index in 0..count {
            // Backwards and by leaps, as well as in the order they lie in.
            for index in [index, count - 1 - index, index * 31 % count] {
                let test = &corpus.tests[index];
                let size = u32::try_from(test.size).unwrap();
                let number: usize = test.path[7..10].parse().unwrap();
                if let Some(read) = reader.read(u32::try_from(index).unwrap(), size) {
                    assert_eq!(read, text(number), "{}", test.path);
                }
            }
            let size = u32::try_from(corpus.tests[index].size).unwrap();
            let read = forth.read(u32::try_from(index).unwrap(), size);
            kept += usize::from(read.is_some());
        }
        kept
    }

    #[test]
    fn texts_are_kept_from_the_first_run_on() {
        let root = corpus(200);
        let (first, used) = discover(root.path(), &[]);
        assert_eq!((used.parsed, kept(&first)), (200, 200));
        let (second, used) = discover(root.path(), &[]);
        assert_eq!((used.packed, kept(&second)), (0, 200));
        fs::remove_dir_all(root.path().join("test")).unwrap();
        assert_eq!(kept(&second), 200, "the files aren't needed");
        let mut reader = second.texts.unwrap().reader();
        assert_eq!(reader.read(200, 1), None, "no such test");
        assert_eq!(reader.read(0, 7), None, "another size");
        assert_eq!(reader.read(0, u32::MAX), None);
    }

    #[test]
    fn text_that_has_changed_is_not_kept() {
        let root = corpus(200);
        discover(root.path(), &[]);
        write(&root.path().join(path(5)), &text(6));
        write(&root.path().join("test/a/new.js"), "new;");
        let (after, used) = discover(root.path(), &[]);
        assert_eq!((used.parsed, used.packed), (2, 0));
        let texts = after.texts.unwrap();
        let mut reader = texts.reader();
        for (index, test) in (0..).zip(&after.tests) {
            let size = u32::try_from(test.size).unwrap();
            let lacking = *test.path == path(5) || test.path.ends_with("new.js");
            assert_eq!(reader.read(index, size).is_none(), lacking, "{}", test.path);
        }
    }

    #[test]
    fn texts_of_a_part_are_kept_when_others_are_added() {
        let root = corpus(200);
        let (part, _) = discover(root.path(), &["test/a"]);
        assert_eq!((part.tests.len(), kept(&part)), (100, 100));
        let (other, used) = discover(root.path(), &["test/b"]);
        assert_eq!((used.parsed, kept(&other)), (100, 100));
        let (all, used) = discover(root.path(), &[]);
        assert_eq!((used.reused, kept(&all)), (200, 200));
    }

    #[test]
    fn few_texts_are_not_worth_a_file() {
        let root = corpus(63);
        let (few, _) = discover(root.path(), &[]);
        assert!(few.texts.is_none());
        assert!(!root.path().join("cache.texts").exists());
    }

    #[test]
    fn file_of_texts_that_is_damaged_or_another_one_gives_no_wrong_text() {
        let root = corpus(80);
        let file = root.path().join("cache.texts");
        discover(root.path(), &[]);
        let whole = fs::read(&file).unwrap();
        let look = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            let (corpus, used) = discover(root.path(), &[]);
            (used.packed, kept(&corpus))
        };
        for cut in [0, 5, 27, 28, 29, 1000, whole.len() - 1] {
            let whole = fs::read(&file).unwrap();
            assert_eq!(look(&whole[..cut]), (80, 80), "cut at {cut}");
        }
        assert_eq!(look(&whole), (80, 80), "that of another id");
        let whole = fs::read(&file).unwrap();
        for at in [28, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(look(&damaged), (0, 79), "damage at {at}");
        }
        fs::remove_file(&file).unwrap();
        let (corpus, used) = discover(root.path(), &[]);
        assert_eq!((used.packed, kept(&corpus)), (80, 80), "none");
    }

    #[test]
    fn large_text_is_left_where_it_is() {
        let root = corpus(64);
        let large = "1;".repeat(200 << 10);
        write(&root.path().join("test/a/zzz.js"), &large);
        for run in 0..2 {
            let (corpus, used) = discover(root.path(), &[]);
            assert_eq!(used.packed, 0, "run {run}");
            let size = u32::try_from(corpus.tests[32].size).unwrap();
            assert_eq!(
                (&*corpus.tests[32].path, size),
                ("test/a/zzz.js", 400 << 10)
            );
            assert_eq!(corpus.texts.unwrap().reader().read(32, size), None);
        }
    }

    #[test]
    fn texts_that_cannot_be_written_are_told_and_done_without() {
        let root = corpus(80);
        fs::create_dir_all(root.path().join("cache.texts/full")).unwrap();
        let (corpus, used) = discover(root.path(), &[]);
        let problem = used.problem.expect("a problem").to_string();
        assert!(problem.contains("cache.texts"), "{problem}");
        assert_eq!((corpus.tests.len(), kept(&corpus)), (80, 0));
        fs::remove_dir_all(root.path().join("cache.texts")).unwrap();
        assert_eq!(kept(&discover(root.path(), &[]).0), 80);
    }
}
