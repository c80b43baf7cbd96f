//! One run at a time in a results folder.
//!
//! ```text
//! DIR/.lock   empty           nobody writes here, and the last run ended by itself
//!             pid, since      who writes here; or, if the kernel's lock is free,
//!                             a run that was killed
//! ```
//!
//! The lock is the kernel's and goes with its holder, however that ends. What
//! stands in the file is for people: it decides nothing, for a process number
//! may by now be another's.

use crate::ReportError;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::SystemTime;

/// More than any holder writes.
const LONGEST: u64 = 200;

/// Who took a lock, as it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// When it took the lock, in UTC (RFC 3339).
    pub since: String,
}

/// Shown as `process 123, since 2027-01-01T00:00:00Z`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}, since {}", self.pid, self.since)
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    abandoned: Option<Holder>,
}

impl Lock {
    /// Takes the lock `path` of `folder`.
    pub(crate) fn take(folder: &Path, path: &Path) -> Result<Self, ReportError> {
        let mut file = open(path)?;
        let locked = file.try_lock();
        let text = text_of(&mut file).filter(|text| is_of_a_holder(text));
        let Some(text) = text else {
            return Err(not_ours(path));
        };
        let holder = holder_in(&text);
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ReportError::Busy {
                    path: folder.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(ReportError::file("lock", path)(source));
            }
        }
        let lock = Self {
            file,
            abandoned: holder,
        };
        lock.sign().map_err(ReportError::file("write", path))?;
        Ok(lock)
    }

    /// The holder before, if it was ended before it could give the lock back.
    pub(crate) const fn abandoned(&self) -> Option<&Holder> {
        self.abandoned.as_ref()
    }

    fn sign(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        let now = humantime::format_rfc3339_seconds(SystemTime::now());
        let text = format!("{} {now}\n", std::process::id());
        io::Seek::rewind(&mut &self.file)?;
        (&self.file).write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    /// Leaves it empty: the run has ended by itself.
    fn drop(&mut self) {
        // If that fails, the next run says that this one was killed; no more.
        let _ = self.file.set_len(0);
    }
}

/// Opens the file, or makes it. It is written to, so it is never what a link leads to.
fn open(path: &Path) -> Result<File, ReportError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => return Err(not_ours(path)),
        _ => {}
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(ReportError::file("create", path))
}

fn not_ours(path: &Path) -> ReportError {
    ReportError::Occupied {
        path: path.to_owned(),
        problem: "it is the lock of no run; name another folder, or move it away".to_owned(),
    }
}

/// `None` where it is more than any holder writes, or no text.
fn text_of(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    ((text.len() as u64) < LONGEST).then_some(text)
}

/// Nothing, or what begins with the number of a process: a machine that lost its
/// power leaves any part of it.
fn is_of_a_holder(text: &str) -> bool {
    let number = text.split(' ').next().unwrap_or_default();
    let is_line = !text.trim_end_matches('\n').contains('\n');
    text.is_empty() || is_line && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Who a lock says has it; nobody where that makes no sense.
fn holder_in(text: &str) -> Option<Holder> {
    let (pid, since) = text.trim_end().split_once(' ')?;
    let plain = |it: &char| it.is_ascii_graphic();
    Some(Holder {
        pid: pid.parse().ok()?,
        since: since.chars().take_while(plain).collect(),
    })
}

/// The time now, in UTC (RFC 3339, to the millisecond): names a run in its files.
#[must_use]
pub fn started_now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn take(folder: &Path) -> Result<Lock, ReportError> {
        Lock::take(folder, &folder.join(".lock"))
    }

    #[test]
    fn holder_is_named_to_whoever_comes_second() {
        let folder = tempfile::tempdir().expect("folder");
        let first = take(folder.path()).expect("free");
        assert_eq!(first.abandoned(), None);
        let error = take(folder.path()).expect_err("busy").to_string();
        let pid = std::process::id();
        assert!(
            error.contains(&format!("(process {pid}, since 20")),
            "{error}"
        );
        drop(first);
        let third = take(folder.path()).expect("free again");
        assert_eq!(third.abandoned(), None, "the first ended by itself");
    }

    #[test]
    fn file_of_a_dead_process_does_not_block_and_is_told() {
        let folder = tempfile::tempdir().expect("folder");
        // Above any process number that Linux gives out.
        fs::write(
            folder.path().join(".lock"),
            "4999999 2026-01-02T03:04:05Z\n",
        )
        .expect("file");
        let lock = take(folder.path()).expect("free");
        let told = lock.abandoned().map(ToString::to_string);
        assert_eq!(
            told.as_deref(),
            Some("process 4999999, since 2026-01-02T03:04:05Z")
        );
    }

    #[test]
    fn file_that_makes_no_sense_is_nobody() {
        for text in ["", "12", "99999999999999999999 now"] {
            let folder = tempfile::tempdir().expect("folder");
            fs::write(folder.path().join(".lock"), text).expect("file");
            let lock = take(folder.path()).expect("free");
            assert_eq!(lock.abandoned(), None, "{text:?}");
        }
    }

    #[test]
    fn file_of_somebody_else_is_refused_and_left_as_it_is() {
        let long = format!("12 {}", "x".repeat(300));
        for text in ["x", "x 2026", "\u{1b}[2J 1", "1 a\n2 b\n", &long] {
            let folder = tempfile::tempdir().expect("folder");
            let path = folder.path().join(".lock");
            fs::write(&path, text).expect("file");
            let error = take(folder.path()).expect_err("refused").to_string();
            assert!(error.contains("the lock of no run"), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("read"), *text);
        }
    }

    #[test]
    fn lock_is_not_taken_through_a_link() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("precious");
        std::os::unix::fs::symlink("precious", folder.path().join(".lock")).expect("link");
        take(folder.path()).expect_err("leads nowhere");
        assert!(!target.exists());
        fs::write(&target, "").expect("file");
        let error = take(folder.path()).expect_err("a link").to_string();
        assert!(error.contains("the lock of no run"), "{error}");
        assert_eq!(fs::read_to_string(&target).expect("read"), "");
    }
}
