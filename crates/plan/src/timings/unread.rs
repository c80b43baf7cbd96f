//! A file of timings as it is, sorted by path: a run of a few tests asks for a
//! few of its lines.

use super::{Times, ended, entry, improve};
use std::sync::Arc;

/// The lines of a file that are yet to be looked at.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    text: Arc<String>,
    /// Where the first one begins.
    first: usize,
    /// What their times are marked with.
    pub(super) mark: u32,
}

impl Unread {
    pub(super) fn new(text: String, first: usize, mark: u32) -> Self {
        Self {
            text: Arc::new(text),
            first,
            mark,
        }
    }

    pub(super) fn lines(&self) -> &str {
        self.text.get(self.first..).unwrap_or_default()
    }

    /// Times of a path. `at` is where the one before was found, and then where this
    /// one is or would be: most are asked for in the order of the lines.
    pub(super) fn find(&self, at: &mut usize, path: &str) -> Option<Times> {
        if *at < self.lines().len() && self.path_at(*at) < path {
            // Another variant of the one before has a line of its own.
            let next = self.end_of(*at);
            let after = self.end_of(next);
            *at = if self.path_at(next) == path {
                next
            } else if self.path_at(after) == path {
                after
            } else {
                self.seek(next, path)
            };
        } else if *at > 0 && self.path_at(self.start_of(*at - 1)) >= path {
            *at = self.seek(0, path);
        }
        let lines = self.lines().get(*at..)?.lines();
        let of_path = lines
            .map_while(entry)
            .take_while(|(_, _, found)| *found == path);
        let mut times = None;
        for (us, variant, _) in of_path {
            improve(times.get_or_insert_default(), variant, us | self.mark);
        }
        times
    }

    /// Where the first line begins whose path isn't before `path`, at `from` or
    /// later: twice as far with each step, and then between the last two.
    fn seek(&self, from: usize, path: &str) -> usize {
        let lines = self.lines();
        let is_before = |line: usize| self.path_at(line) < path;
        let (mut low, mut step) = (from, 64);
        let mut high = lines.len();
        while low + step < lines.len() {
            let line = self.start_of(low + step);
            if !is_before(line) {
                high = line.max(low);
                break;
            }
            low = self.end_of(line);
            step *= 2;
        }
        while low < high {
            let middle = self.start_of(low.midpoint(high)).max(low);
            if is_before(middle) {
                low = self.end_of(middle);
            } else {
                high = middle;
            }
        }
        low
    }

    /// Where the line begins that has the byte at `at`.
    fn start_of(&self, at: usize) -> usize {
        let before = self.lines().as_bytes().get(..at).unwrap_or_default();
        let end = memchr::memrchr(b'\n', before);
        end.map_or(0, |end| end + 1)
    }

    /// Where the line that begins at `start` ends, and the next one begins.
    fn end_of(&self, start: usize) -> usize {
        let rest = self.lines().as_bytes().get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest);
        end.map_or(self.lines().len(), |end| start + end + 1)
    }

    /// The path of the line that begins at `start`; a line that makes no sense
    /// has none.
    fn path_at(&self, start: usize) -> &str {
        let line = self.lines().get(start..self.end_of(start)).map(ended);
        line.and_then(|line| line.splitn(3, ' ').nth(2))
            .unwrap_or_default()
    }
}
