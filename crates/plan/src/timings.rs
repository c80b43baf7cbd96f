//! How long cases took in earlier runs, as a text file that can be read and merged.
//!
//! ```text
//! rewind-timings 1
//! key: quickjs, build 6d2f…
//! 1234 sloppy test/language/a.js
//! ~99 strict test/language/a.js
//! ```
//!
//! Where a path can't be written as it is ([`path_text`]), the first line ends in 2
//! and all paths are written by that code; such a file is always read whole.
//!
//! Times depend on the engine and its build: the key says which they were
//! measured with. Up to its first comma it names the engine; times of another
//! engine are not used. Those of another build of the same one are guesses: they
//! order a run, are replaced by the first that is measured, and are marked with
//! a `~` until then.

#[cfg(test)]
mod tests;
mod unread;

use crate::PlanError;
use crate::order::SLOW_US;
use foldhash::HashMap;
use rewind_corpus::{variants, write_atomically_with};
use rewind_protocol::{Variant, path_text};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use unread::Unread;

/// First line of a file whose paths are written as they are.
const PLAIN: &str = "rewind-timings 1";
/// First line of a file whose paths are [escaped](path_text).
const ESCAPED: &str = "rewind-timings 2";
const KEY: &str = "key: ";
/// All variants, in the order of their slots.
const VARIANTS: [Variant; 4] = variants::ALL;

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
        let mut next = || lines.next().unwrap_or_default();
        let (first, second) = (next(), next());
        let is_escaped = check_first(first).map_err(|wrong| wrong.at(path))?;
        if is_escaped {
            // They aren't sorted as they are written.
            return Self::parse(text.as_bytes(), text.len() as u64, key, path);
        }
        let mut timings = Self::new(key);
        if let Some(mark) = timings.mark(second).map_err(|wrong| wrong.at(path))? {
            let head = first.len() + second.len();
            timings.unread = Some(Unread::new(text, head, mark));
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
            self.append(path, variant, us | unread.mark);
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
        next(&mut line)?;
        let is_escaped = check_first(&line).map_err(|wrong| wrong.at(path))?;
        next(&mut line)?;
        let Some(guess) = timings.mark(&line).map_err(|wrong| wrong.at(path))? else {
            return Ok(timings);
        };
        timings.reserve(bytes.min(MOST_RESERVED));
        let mut number = 2;
        while next(&mut line)? > 0 {
            number += 1;
            let line = ended(&line);
            if !line.is_empty() {
                let wrong = Wrong(number, "expected `MICROSECONDS VARIANT PATH`");
                let (us, variant, case) = entry(line).ok_or_else(|| wrong.at(path))?;
                let case = if is_escaped {
                    path_text::unescaped(case).or(Err(wrong))
                } else {
                    Ok(Cow::Borrowed(case))
                };
                let case = case.map_err(|wrong| wrong.at(path))?;
                timings.append(&case, variant, us | guess);
            }
        }
        timings.sort();
        Ok(timings)
    }

    /// How times are marked that follow the second line of a file; `None` if they
    /// are of another engine.
    fn mark(&self, second: &str) -> Result<Option<u32>, Wrong> {
        let theirs = ended(second).strip_prefix(KEY);
        let theirs = theirs.ok_or(Wrong(2, "expected `key: …`"))?;
        let mark = if theirs == self.key { 0 } else { GUESS };
        Ok((engine(theirs) == engine(&self.key)).then_some(mark))
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
        let taken_in = self.taken_in();
        let sorted = taken_in.sorted();
        let is_plain = |path| matches!(path_text::escaped(path), Cow::Borrowed(_));
        let all_plain = sorted.iter().all(|(path, _)| is_plain(path));
        let first = if all_plain { PLAIN } else { ESCAPED };
        write!(out, "{first}\n{KEY}{}\n", self.key)?;
        for (path, times) in sorted {
            let path = path_text::escaped(path);
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

/// Where the times of a variant are kept; of one that is unknown, nowhere.
fn slot(variant: Variant) -> usize {
    let at = VARIANTS.iter().position(|known| *known == variant);
    at.unwrap_or(VARIANTS.len())
}

fn read_failed(path: &Path, source: io::Error) -> PlanError {
    PlanError::Read {
        path: path.to_path_buf(),
        source,
    }
}

/// What is wrong with a line, by its number.
#[derive(Clone, Copy)]
struct Wrong(u32, &'static str);

impl Wrong {
    fn at(&self, path: &Path) -> PlanError {
        PlanError::Timings {
            path: path.to_path_buf(),
            line: self.0,
            problem: self.1,
        }
    }
}

/// Whether the paths of a file that begins so are escaped.
fn check_first(line: &str) -> Result<bool, Wrong> {
    match ended(line) {
        PLAIN => Ok(false),
        ESCAPED => Ok(true),
        _ => Err(Wrong(1, "expected `rewind-timings 1`")),
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
