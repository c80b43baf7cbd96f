//! How long cases took in earlier runs, as a text file that can be read and merged.
//!
//! ```text
//! rewind-timings 1
//! key: quickjs, build 6d2f…
//! 1234 sloppy test/language/a.js
//! ~99 strict test/language/a.js
//! ```
//!
//! Times depend on the engine and its build: the key says which they were
//! measured with. Up to its first comma it names the engine; times of another
//! engine are not used. Those of another build of the same one are guesses: they
//! order a run, are replaced by the first that is measured, and are marked with
//! a `~` until then.

mod unread;

use crate::PlanError;
use crate::order::SLOW_US;
use foldhash::HashMap;
use rewind_corpus::write_atomically_with;
use rewind_protocol::Variant;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use unread::Unread;

const FIRST_LINE: &str = "rewind-timings 1";
const KEY: &str = "key: ";
/// All variants, in the order of their slots.
const VARIANTS: [Variant; 4] = [
    Variant::Sloppy,
    Variant::Strict,
    Variant::Module,
    Variant::Raw,
];

/// Weight of a case of which nothing is known, nor of any in its folder, in µs.
/// Well above the usual 0.1 ms: what may turn out to be slow had better start early.
pub const UNKNOWN_WEIGHT_US: u32 = 20_000;

/// Up to here a time says nothing that would change a plan, in µs: which cases
/// start first is a matter of those that take longer.
const FINE_US: u32 = SLOW_US;

/// Shorter than most lines, in bytes.
const LINE_BYTES: u64 = 64;
/// Most bytes for which room is made before they are read.
const MOST_RESERVED: u64 = 256 << 20;

/// Marks a time as a guess; a time keeps the other bits.
const GUESS: u32 = 1 << 31;

/// Times of a path in µs, by variant, perhaps with [`GUESS`]; 0 where not known.
type Times = [u32; VARIANTS.len()];

/// Measured times, by path and variant.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    key: String,
    /// The paths that were read, one after the other.
    paths: String,
    /// What was read, sorted by path: it comes so, is asked for so, and is
    /// written so. Most runs need a part of it, and change none.
    read: Vec<Read>,
    /// What is there in its place as long as nothing is recorded.
    unread: Option<Unread>,
    /// Paths that weren't among these.
    new: HashMap<Arc<str>, Times>,
    /// There is something that the file doesn't have.
    changed: bool,
}

/// A path that was read.
#[derive(Clone, Copy, Debug)]
struct Read {
    /// Where it begins in [`Timings::paths`], and its length.
    start: usize,
    len: usize,
    times: Times,
}

/// The same times under the same key.
impl PartialEq for Timings {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.taken_in().sorted() == other.taken_in().sorted()
    }
}

impl Timings {
    /// No times yet, for an engine and configuration called `key` (one line).
    #[must_use]
    pub fn new(key: &str) -> Self {
        let key = key.replace(['\n', '\r'], " ").trim().to_owned();
        Self {
            key,
            ..Self::default()
        }
    }

    /// Reads the times measured with `key`, and as guesses those of another build
    /// of the same engine; none if there is no file, or it is of another engine.
    ///
    /// # Errors
    /// If the file can't be read or understood; names the line.
    pub fn load(path: &Path, key: &str) -> Result<Self, PlanError> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((bytes, file)) => Self::parse(BufReader::new(file), bytes, key, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::new(key)),
            Err(source) => Err(read_failed(path, source)),
        }
    }

    /// As [`Timings::load`], of a file that nobody but this program writes: its
    /// lines are looked at when they are asked for, by way of being sorted. One
    /// that makes no sense says nothing.
    ///
    /// # Errors
    /// If the file can't be read, or isn't one of timings.
    pub fn load_unread(path: &Path, key: &str) -> Result<Self, PlanError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::new(key)),
            Err(source) => return Err(read_failed(path, source)),
        };
        let mut lines = text.split_inclusive('\n');
        let head: Vec<&str> = lines.by_ref().take(2).collect();
        let (first, mut timings) = (head.concat(), Self::new(key));
        let theirs = Self::parse(first.as_bytes(), 0, key, path)?;
        let of = ended(head.get(1).copied().unwrap_or_default()).strip_prefix(KEY);
        if let Some(of) = of.filter(|of| engine(of) == engine(key)) {
            let are_guesses = of != theirs.key;
            timings.unread = Some(Unread::new(text, first.len(), are_guesses));
        }
        Ok(timings)
    }

    /// Looks at all lines of a file that wasn't.
    fn take_in(&mut self) {
        let Some(unread) = self.unread.take() else {
            return;
        };
        self.reserve(unread.lines().len() as u64);
        for (us, variant, path) in unread.lines().lines().filter_map(entry) {
            self.append(path, variant, us | unread.mark());
        }
        self.sort();
    }

    /// The same, with all lines looked at.
    fn taken_in(&self) -> Cow<'_, Self> {
        let mut taken_in = Cow::Borrowed(self);
        if self.unread.is_some() {
            taken_in.to_mut().take_in();
        }
        taken_in
    }

    /// Line by line: of a large corpus the text has as many bytes as all that is
    /// kept of it. `bytes` is about its length.
    fn parse(
        mut text: impl BufRead,
        bytes: u64,
        key: &str,
        path: &Path,
    ) -> Result<Self, PlanError> {
        let mut timings = Self::new(key);
        let mut line = String::new();
        let mut next = |line: &mut String| {
            line.clear();
            let read = text.read_line(line);
            read.map_err(|source| read_failed(path, source))
        };
        let wrong = |line, problem| PlanError::Timings {
            path: path.to_path_buf(),
            line,
            problem,
        };
        next(&mut line)?;
        if ended(&line) != FIRST_LINE {
            return Err(wrong(1, "expected `rewind-timings 1`"));
        }
        next(&mut line)?;
        let Some(theirs) = ended(&line).strip_prefix(KEY) else {
            return Err(wrong(2, "expected `key: …`"));
        };
        if engine(theirs) != engine(key) {
            return Ok(timings);
        }
        timings.reserve(bytes.min(MOST_RESERVED));
        let guess = if theirs == timings.key { 0 } else { GUESS };
        let mut number = 2;
        while next(&mut line)? > 0 {
            number += 1;
            let line = ended(&line);
            if !line.is_empty() {
                let wrong = || wrong(number, "expected `MICROSECONDS VARIANT PATH`");
                let (us, variant, path) = entry(line).ok_or_else(wrong)?;
                timings.append(path, variant, us | guess);
            }
        }
        timings.sort();
        Ok(timings)
    }

    /// Makes room for what about so many bytes of text say.
    fn reserve(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(0);
        self.paths.reserve(bytes);
        self.read
            .reserve(bytes / usize::try_from(LINE_BYTES).unwrap_or(1));
    }

    /// Takes in the next line of a file.
    fn append(&mut self, path: &str, variant: Variant, us: u32) {
        if self.read.last().is_none_or(|last| self.path(last) != path) {
            let start = self.paths.len();
            self.paths.push_str(path);
            self.read.push(Read {
                start,
                len: path.len(),
                times: Times::default(),
            });
        }
        if let Some(last) = self.read.last_mut() {
            improve(&mut last.times, variant, us);
        }
    }

    /// Sorts what was read, if it is from a file that somebody else has written.
    fn sort(&mut self) {
        let Self { paths, read, .. } = self;
        let path = |it: &Read| paths.get(it.start..it.start + it.len);
        if !read.is_sorted_by(|a, b| path(a) < path(b)) {
            read.sort_by(|a, b| path(a).cmp(&path(b)));
            read.dedup_by(|later, first| {
                let same = path(later) == path(first);
                for (variant, us) in VARIANTS.into_iter().zip(later.times) {
                    if same && us > 0 {
                        improve(&mut first.times, variant, us);
                    }
                }
                same
            });
        }
        self.paths.shrink_to_fit();
        self.read.shrink_to_fit();
    }

    fn path(&self, read: &Read) -> &str {
        let path = self.paths.get(read.start..read.start + read.len);
        path.unwrap_or_default()
    }

    /// Everything that was looked at, by path.
    fn sorted(&self) -> Vec<(&str, Times)> {
        let read = self.read.iter().map(|it| (self.path(it), it.times));
        let new = self.new.iter().map(|(path, times)| (&**path, *times));
        let mut all: Vec<_> = read.chain(new).collect();
        if !self.new.is_empty() {
            all.sort_unstable();
        }
        all
    }

    /// Writes all times, sorted by path.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), PlanError> {
        Ok(write_atomically_with(path, |out| self.write(out))?)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{FIRST_LINE}\n{KEY}{}\n", self.key)?;
        for (path, times) in self.taken_in().sorted() {
            for (variant, time) in VARIANTS.iter().zip(times).filter(|(_, us)| *us > 0) {
                let (mark, us) = (if time & GUESS == 0 { "" } else { "~" }, time & !GUESS);
                writeln!(out, "{mark}{us} {variant} {path}")?;
            }
        }
        Ok(())
    }

    /// Time that a case took, in µs.
    #[must_use]
    pub fn get(&self, path: &str, variant: Variant) -> Option<u32> {
        self.reader().get(path, variant)
    }

    /// To ask for many paths one after the other: those that come sorted are
    /// found at once.
    #[must_use]
    pub const fn reader(&self) -> TimingsReader<'_> {
        TimingsReader {
            timings: self,
            at: 0,
        }
    }

    /// Something was recorded that is worth saving.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.changed
    }

    /// A case took `us` µs (0 counts as 1). What was known of it is replaced
    /// if it was a guess, or where that matters to a plan: above 10 ms, and off by
    /// more than half. So a second run of the same tests has next to nothing to
    /// save. More than half an hour counts as half an hour.
    pub fn record(&mut self, path: &Arc<str>, variant: Variant, us: u32) {
        self.take_in();
        let us = us.clamp(1, GUESS - 1);
        let found = self.read.binary_search_by(|it| self.path(it).cmp(path));
        let times = match found.ok().and_then(|index| self.read.get_mut(index)) {
            Some(read) => &mut read.times,
            None => self.new.entry(Arc::clone(path)).or_default(),
        };
        self.changed |= improve(times, variant, us);
    }

    /// Number of paths with a time.
    #[must_use]
    pub fn len(&self) -> usize {
        let all = self.taken_in();
        all.read.len() + all.new.len()
    }

    /// Nothing was measured yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let unread = self.unread.as_ref().map_or("", Unread::lines);
        self.read.is_empty() && self.new.is_empty() && unread.is_empty()
    }
}

/// Asks [`Timings`] for many paths; see [`Timings::reader`].
#[derive(Clone, Debug)]
pub struct TimingsReader<'t> {
    timings: &'t Timings,
    /// Where the path was that was asked for last, or would have been: its
    /// number, or its line's place among those that weren't looked at.
    at: usize,
}

impl TimingsReader<'_> {
    /// As [`Timings::get`].
    #[must_use]
    pub fn get(&mut self, path: &str, variant: Variant) -> Option<u32> {
        let us = self.times(path)?.get(slot(variant)).copied()? & !GUESS;
        (us > 0).then_some(us)
    }

    /// That a case took `us` µs would be worth [recording](Timings::record).
    #[must_use]
    pub fn is_news(&mut self, path: &str, variant: Variant, us: u32) -> bool {
        let times = self.times(path);
        let known = times.and_then(|times| times.get(slot(variant)).copied());
        known.is_none_or(|known| is_better(known, us.clamp(1, GUESS - 1)))
    }

    fn times(&mut self, path: &str) -> Option<Times> {
        let timings = self.timings;
        if let Some(unread) = &timings.unread {
            return unread.find(&mut self.at, path);
        }
        let is_before = |it: &Read| timings.path(it) < path;
        // Twice as far with each step, and then between the last two.
        let (mut low, mut step) = (self.at, 1);
        if low > 0 && timings.read.get(low - 1).is_some_and(|it| !is_before(it)) {
            low = 0;
            step = timings.read.len().max(1);
        }
        while timings.read.get(low + step - 1).is_some_and(is_before) {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(timings.read.len());
        let between = timings.read.get(low..high).unwrap_or_default();
        self.at = low + between.partition_point(is_before);
        let found = timings.read.get(self.at);
        let read = found.filter(|it| timings.path(it) == path);
        let times = read.map(|it| &it.times).or_else(|| timings.new.get(path));
        times.copied()
    }
}

/// Keeps a time if it says more than what is kept; whether it does.
fn improve(times: &mut Times, variant: Variant, us: u32) -> bool {
    let time = times.get_mut(slot(variant));
    let better = time.filter(|kept| is_better(**kept, us));
    better.is_some_and(|kept| {
        *kept = us;
        true
    })
}

/// A time of `us` says more than what is kept of the case.
fn is_better(kept: u32, us: u32) -> bool {
    kept & GUESS != 0 || matters(kept, us)
}

/// A time of `us` says more than the `known` one, 0 for none.
fn matters(known: u32, us: u32) -> bool {
    let (low, high) = (known.min(us), known.max(us));
    known == 0 || (high > FINE_US && high - low > low / 2)
}

const fn slot(variant: Variant) -> usize {
    match variant {
        Variant::Sloppy => 0,
        Variant::Strict => 1,
        Variant::Module => 2,
        Variant::Raw => 3,
    }
}

fn read_failed(path: &Path, source: io::Error) -> PlanError {
    PlanError::Read {
        path: path.to_path_buf(),
        source,
    }
}

/// A line without its end.
fn ended(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// The engine that a key names.
fn engine(key: &str) -> &str {
    key.split(',').next().unwrap_or_default().trim()
}

/// Time with its mark, variant and path.
fn entry(line: &str) -> Option<(u32, Variant, &str)> {
    let mut parts = line.splitn(3, ' ');
    let time = parts.next()?;
    let us: u32 = time.strip_prefix('~').unwrap_or(time).parse().ok()?;
    let mark = if time.starts_with('~') { GUESS } else { 0 };
    let us = us.clamp(1, GUESS - 1) | mark;
    let name = parts.next()?;
    let variant = VARIANTS
        .into_iter()
        .find(|variant| variant.name() == name)?;
    let path = parts.next().filter(|path| !path.is_empty())?;
    Some((us, variant, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Timings, String> {
        Timings::parse(text.as_bytes(), 0, "k", Path::new("t.txt"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn save_then_load_returns_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/timings.txt");
        let mut timings = Timings::new("engine 1, both");
        timings.record(&Arc::from("test/b c.js"), Variant::Strict, 7);
        timings.record(&Arc::from("test/b c.js"), Variant::Sloppy, 0);
        timings.record(&Arc::from("test/a.js"), Variant::Raw, u32::MAX);
        timings.save(&path).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r"
        rewind-timings 1
        key: engine 1, both
        2147483647 raw test/a.js
        1 sloppy test/b c.js
        7 strict test/b c.js
        ");
        let loaded = Timings::load(&path, "engine 1, both").unwrap();
        assert_eq!(loaded, timings);
        assert_eq!(loaded.get("test/b c.js", Variant::Sloppy), Some(1));
        assert_eq!(loaded.get("test/b c.js", Variant::Module), None);
        assert!(Timings::load(&path, "engine 2, both").unwrap().is_empty());
    }

    #[test]
    fn times_of_another_build_are_guesses_until_they_are_measured() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.txt");
        let (a, b) = (Arc::from("test/a.js"), Arc::from("test/b.js"));
        let mut timings = Timings::new("e, build 1");
        timings.record(&a, Variant::Raw, 500);
        timings.record(&b, Variant::Raw, 700);
        timings.save(&path).unwrap();
        let mut timings = Timings::load(&path, "e, build 2").unwrap();
        assert_eq!(timings.get("test/a.js", Variant::Raw), Some(500));
        assert!(!timings.is_changed());
        timings.record(&a, Variant::Raw, 501);
        assert!(timings.is_changed(), "what is measured replaces a guess");
        timings.save(&path).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r"
        rewind-timings 1
        key: e, build 2
        501 raw test/a.js
        ~700 raw test/b.js
        ");
        let timings = Timings::load(&path, "e, build 2").unwrap();
        assert_eq!(timings.get("test/b.js", Variant::Raw), Some(700));
        let mut again = Vec::new();
        timings.write(&mut again).unwrap();
        assert_eq!(again, std::fs::read(&path).unwrap());
    }

    #[test]
    fn record_keeps_what_would_not_change_a_plan() {
        let path = Arc::from("test/a.js");
        let mut timings = parse("rewind-timings 1\nkey: k\n500 raw test/a.js\n").unwrap();
        let mut after = |us| {
            timings.record(&path, Variant::Raw, us);
            (timings.get("test/a.js", Variant::Raw), timings.is_changed())
        };
        assert_eq!(after(9_900), (Some(500), false));
        assert_eq!(after(29_000), (Some(29_000), true));
        assert_eq!(after(42_000), (Some(29_000), true));
        assert_eq!(after(400), (Some(400), true));
    }

    #[test]
    fn news_is_what_would_be_recorded() {
        let text = "rewind-timings 1\nkey: k\n500 raw test/a.js\n~500 raw test/b.js\n";
        let timings = parse(text).unwrap();
        for (path, us) in [("a", 500), ("a", 90_000), ("b", 500), ("c", 0)] {
            let path = format!("test/{path}.js");
            let mut after = timings.clone();
            after.record(&Arc::from(path.as_str()), Variant::Raw, us);
            let news = timings.reader().is_news(&path, Variant::Raw, us);
            assert_eq!(news, after.is_changed(), "{path} {us}");
        }
    }

    #[test]
    fn load_without_file_returns_none_of_them() {
        for load in [Timings::load, Timings::load_unread] {
            assert!(load(Path::new("no/such"), "k").unwrap().is_empty());
        }
    }

    #[test]
    fn load_unread_refuses_what_is_no_file_of_timings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.txt");
        for text in [
            &b""[..],
            b"x",
            b"rewind-timings 1\n",
            b"rewind-timings 1\nkey: k\n\xff",
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(Timings::load_unread(&path, "k").is_err(), "{text:?}");
        }
        std::fs::write(&path, "rewind-timings 1\nkey: other\n1 raw a\n").unwrap();
        assert!(Timings::load_unread(&path, "k").unwrap().is_empty());
        let damaged = "rewind-timings 1\nkey: k\n1 raw a\n\nx\n2 raw c\n";
        std::fs::write(&path, damaged).unwrap();
        let mut timings = Timings::load_unread(&path, "k").unwrap();
        assert!(!timings.is_empty());
        timings.record(&Arc::from("b"), Variant::Raw, 3);
        assert_eq!(
            timings,
            parse("rewind-timings 1\nkey: k\n1 raw a\n3 raw b\n2 raw c\n").unwrap()
        );
    }

    #[test]
    fn parse_wrong_line_names_it() {
        assert!(
            parse("")
                .unwrap_err()
                .contains("t.txt:1: expected `rewind-timings 1`")
        );
        assert!(
            parse("rewind-timings 1\n")
                .unwrap_err()
                .contains("t.txt:2: expected `key")
        );
        for line in [
            "x sloppy a",
            "1 lazy a",
            "1 sloppy",
            "1 sloppy ",
            "-1 raw a",
            "1",
        ] {
            let error = parse(&format!("rewind-timings 1\nkey: k\n\n{line}\n")).unwrap_err();
            assert!(error.contains("t.txt:4: expected `MICROSECONDS"), "{error}");
        }
    }

    #[test]
    fn file_that_somebody_has_put_together_is_read_as_a_sorted_one() {
        let text = "rewind-timings 1\nkey: k\n7 raw c\n~9 raw a\n5 raw b\n8 strict c\n4 raw a\n";
        let timings = parse(text).unwrap();
        let mut again = Vec::new();
        timings.write(&mut again).unwrap();
        insta::assert_snapshot!(String::from_utf8(again).unwrap(), @r"
        rewind-timings 1
        key: k
        4 raw a
        5 raw b
        8 strict c
        7 raw c
        ");
        assert!(!timings.is_changed());
        assert_eq!(timings.len(), 3);
    }

    proptest! {
        #[test]
        fn file_that_was_not_looked_at_says_the_same(
            known in proptest::collection::btree_set((0u32..60, 0usize..4), 0..80),
            asked in proptest::collection::vec(0u32..60, 0..80),
            sorted: bool,
            key in prop::sample::select(vec!["e, build 1", "e, build 2"]),
        ) {
            let mut text = "rewind-timings 1\nkey: e, build 1\n".to_owned();
            for (number, variant) in &known {
                // Of different lengths, so that steps end anywhere in a line.
                let path = format!("test/{number:02}/{}.js", "x".repeat(*number as usize % 7 * 9));
                text.push_str(&format!("{} {} {path}\n", number * 9 + 1, VARIANTS[*variant]));
            }
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("t.txt");
            std::fs::write(&file, text).unwrap();
            let read = Timings::load(&file, key).unwrap();
            let unread = Timings::load_unread(&file, key).unwrap();
            prop_assert_eq!(unread.is_empty(), read.is_empty());
            let mut asked = asked;
            if sorted {
                asked.sort_unstable();
            }
            let (mut reader, mut other) = (read.reader(), unread.reader());
            for number in asked {
                let path = format!("test/{number:02}/{}.js", "x".repeat(number as usize % 7 * 9));
                for variant in VARIANTS {
                    prop_assert_eq!(other.get(&path, variant), reader.get(&path, variant));
                    let news = (other.is_news(&path, variant, 7), reader.is_news(&path, variant, 7));
                    prop_assert_eq!(news.0, news.1);
                }
            }
            prop_assert_eq!((unread.len(), &unread), (read.len(), &read));
            let (mut one, mut two) = (Vec::new(), Vec::new());
            read.write(&mut one).unwrap();
            unread.write(&mut two).unwrap();
            prop_assert_eq!(one, two);
        }

        #[test]
        fn reader_finds_what_get_finds_in_any_order(
            known in proptest::collection::btree_set(0u32..60, 0..40),
            asked in proptest::collection::vec(0u32..60, 0..80),
            recorded in 0u32..60,
        ) {
            let name = |number: u32| format!("test/{number:02}.js");
            let mut text = "rewind-timings 1\nkey: k\n".to_owned();
            for number in &known {
                text.push_str(&format!("{} raw {}\n", number + 1, name(*number)));
            }
            let mut timings = parse(&text).unwrap();
            timings.record(&Arc::from(name(recorded)), Variant::Raw, 1);
            let mut reader = timings.reader();
            for number in asked {
                let (path, raw) = (name(number), Variant::Raw);
                let expected = if known.contains(&number) {
                    Some(number + 1)
                } else {
                    (number == recorded).then_some(1)
                };
                prop_assert_eq!(timings.get(&path, raw), expected);
                prop_assert_eq!(reader.get(&path, raw), expected);
                prop_assert_eq!(reader.get(&path, Variant::Strict), None);
            }
        }

        #[test]
        fn parse_never_panics(text in "(rewind-timings 1\nkey: k\n)?[\\PC\n]*") {
            let _ = parse(&text);
        }
    }
}
