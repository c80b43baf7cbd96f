//! What a worker's own folder is called and how it is marked, for the worker
//! that makes it and for the one that removes it if the worker couldn't.
//!
//! ```text
//! <temporary directory>/rewind-<parent>-<worker>-<token>/
//!     marker    who made it, in text; locked as long as that process lives
//!     work/     where a case starts
//!     tmp/      the guest's temporary directory
//! ```
//!
//! A name proves nothing: anybody may call a folder so. A folder is a worker's
//! if it has nothing but these three in it and its marker, whole, says that the
//! processes and the token of its name made it. Whoever doubts leaves it.

use std::fmt;

/// Name of the file that marks a worker's folder.
pub const MARKER_FILE: &str = "marker";
/// Name of the folder where a case starts.
pub const WORK_FOLDER: &str = "work";
/// Name of the guest's temporary directory.
pub const TEMPORARY_FOLDER: &str = "tmp";
/// No marker has more bytes.
pub const MARKER_BYTES: usize = 512;

const FIRST_LINE: &str = "rewind worker folder 1";

/// Sixteen random bytes, which no two folders share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderToken(pub [u8; 16]);

/// Shown as 32 hexadecimal digits.
impl fmt::Display for FolderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FolderToken {
    fn parse(text: &str) -> Option<Self> {
        let mut token = [0; 16];
        for (at, byte) in token.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        let token = Self(token);
        (token.to_string() == text).then_some(token)
    }
}

/// What a worker's folder is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderName {
    /// Number of the process that started the worker.
    pub parent: i32,
    /// Number of the worker's process.
    pub worker: i32,
    /// That of its marker.
    pub token: FolderToken,
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rewind-{}-{}-{}", self.parent, self.worker, self.token)
    }
}

impl FolderName {
    /// The name that `text` is, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("rewind-")?.splitn(3, '-');
        let mut next = || parts.next();
        let name = Self {
            parent: next()?.parse().ok().filter(|it| *it > 0)?,
            worker: next()?.parse().ok().filter(|it| *it > 0)?,
            token: FolderToken::parse(next()?)?,
        };
        (name.to_string() == text).then_some(name)
    }
}

/// What stands in the marker of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderMarker {
    /// The folder's name, too.
    pub name: FolderName,
    /// When the parent was started, in ticks since the boot; 0 if that isn't known.
    pub parent_started: u64,
    /// When the worker was started, in ticks since the boot; 0 if that isn't known.
    pub worker_started: u64,
    /// The boot, as the kernel names it: without meaning in another.
    pub boot: String,
    /// The namespace that both numbers belong to.
    pub namespace: u64,
}

impl fmt::Display for FolderMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FolderName {
            parent,
            worker,
            token,
        } = self.name;
        writeln!(f, "{FIRST_LINE}")?;
        writeln!(f, "token {token}")?;
        writeln!(f, "parent {parent} {}", self.parent_started)?;
        writeln!(f, "worker {worker} {}", self.worker_started)?;
        writeln!(f, "boot {}", self.boot)?;
        writeln!(f, "namespace {}", self.namespace)
    }
}

impl FolderMarker {
    /// The marker that `text` is; `None` of anything but a whole one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?.lines();
        let mut next = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
        let token = FolderToken::parse(next("token")?)?;
        let (parent, parent_started) = next("parent")?.split_once(' ')?;
        let (worker, worker_started) = next("worker")?.split_once(' ')?;
        let marker = Self {
            name: FolderName {
                parent: parent.parse().ok()?,
                worker: worker.parse().ok()?,
                token,
            },
            parent_started: parent_started.parse().ok()?,
            worker_started: worker_started.parse().ok()?,
            boot: next("boot")?.to_owned(),
            namespace: next("namespace")?.parse().ok()?,
        };
        (marker.to_string() == text).then_some(marker)
    }
}

/// Name of the control group in which the processes of a worker are counted.
/// It tells the parent as [`FolderMarker`] does, for a group can't be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupName {
    /// Number of the process that started the worker.
    pub parent: i32,
    /// When that was started, in ticks since the boot.
    pub parent_started: u64,
    /// Number of the worker's process.
    pub worker: i32,
    /// The namespace that both numbers belong to.
    pub namespace: u64,
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parent,
            parent_started,
            worker,
            namespace,
        } = self;
        write!(f, "rewind-{parent}-{worker}-{parent_started}-{namespace}")
    }
}

impl GroupName {
    /// The name that `text` is, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("rewind-")?.split('-');
        let mut next = || parts.next();
        let name = Self {
            parent: next()?.parse().ok().filter(|it| *it > 0)?,
            worker: next()?.parse().ok().filter(|it| *it > 0)?,
            parent_started: next()?.parse().ok()?,
            namespace: next()?.parse().ok()?,
        };
        (name.to_string() == text).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: FolderToken = FolderToken([0xa7; 16]);

    fn marker() -> FolderMarker {
        FolderMarker {
            name: FolderName {
                parent: 12,
                worker: 3,
                token: TOKEN,
            },
            parent_started: 1,
            worker_started: 23,
            boot: "0f".to_owned(),
            namespace: 4,
        }
    }

    #[test]
    fn name_is_read_back_and_no_other_is() {
        let name = marker().name;
        assert_eq!(FolderName::parse(&name.to_string()), Some(name));
        for other in [
            "rewind-2024-11".to_owned(),
            "rewind-12-3-".to_owned(),
            format!("rewind-+12-3-{TOKEN}"),
            format!("rewind-012-3-{TOKEN}"),
            format!("rewind-12--3-{TOKEN}"),
            format!("rewind-0-3-{TOKEN}"),
            format!("rewind-12-3-{TOKEN}0"),
            format!("rewind-12-3-{}", TOKEN.to_string().to_uppercase()),
            format!("rewind-12-3-{}", "é".repeat(16)),
            format!("x-12-3-{TOKEN}"),
        ] {
            assert_eq!(FolderName::parse(&other), None, "{other}");
        }
    }

    #[test]
    fn marker_is_read_back_and_no_half_is() {
        let text = marker().to_string();
        assert!(text.len() <= MARKER_BYTES);
        assert_eq!(FolderMarker::parse(&text), Some(marker()));
        for len in 0..text.len() {
            assert_eq!(FolderMarker::parse(&text[..len]), None, "{len}");
        }
        assert_eq!(FolderMarker::parse(&format!("{text}\n")), None);
        assert_eq!(FolderMarker::parse(&text.replace("12", "+12")), None);
    }

    #[test]
    fn group_is_read_back_and_no_other_is() {
        let name = GroupName {
            parent: 12,
            parent_started: 0,
            worker: 7,
            namespace: 4_026_531_836,
        };
        assert_eq!(GroupName::parse(&name.to_string()), Some(name));
        for other in [
            "rewind-12-7",
            "rewind-try-7-1-2",
            "rewind-12-7-1",
            "rewind-0-7-1-2",
            "rewind-12-7-01-2",
            "rewind-12-7-1-2-3",
            "",
        ] {
            assert_eq!(GroupName::parse(other), None, "{other}");
        }
    }
}
