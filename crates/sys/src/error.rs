//! The one error of this crate: which call failed, why, and what mends it.

use std::io;

/// A system call that failed.
#[derive(Debug, thiserror::Error)]
#[error(
    "call {call}: {source}{}{}",
    if self.told_mend().is_empty() { "" } else { "; " },
    self.told_mend()
)]
pub struct SysError {
    /// Name of the call, with the operation where one call has many.
    pub call: &'static str,
    /// What someone can do about it; empty where the errno says it all.
    pub mend: &'static str,
    /// The errno.
    #[source]
    pub source: io::Error,
}

impl SysError {
    /// The calling thread's errno, as an error of `call`.
    #[must_use]
    pub fn last(call: &'static str) -> Self {
        Self {
            call,
            mend: "",
            source: io::Error::last_os_error(),
        }
    }

    /// An error with a known errno.
    #[must_use]
    pub fn from_errno(call: &'static str, errno: i32) -> Self {
        Self {
            call,
            mend: "",
            source: io::Error::from_raw_os_error(errno),
        }
    }

    /// The same error with a word on what mends it.
    #[must_use]
    pub fn mend(mut self, mend: &'static str) -> Self {
        self.mend = mend;
        self
    }

    /// What mends it: by the errno where that is the same for every call.
    fn told_mend(&self) -> &'static str {
        match self.errno() {
            libc::EMFILE => "raise the limit of open files (ulimit -n)",
            libc::ENFILE => "raise the system's limit of open files (sysctl fs.file-max)",
            _ => self.mend,
        }
    }

    /// The errno, 0 if there was none.
    #[must_use]
    pub fn errno(&self) -> i32 {
        self.source.raw_os_error().unwrap_or(0)
    }
}

/// Turns the kernel's `-1` into an error of `call`.
pub(crate) fn check(call: &'static str, result: libc::c_int) -> Result<libc::c_int, SysError> {
    if result == -1 {
        Err(SysError::last(call))
    } else {
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_of_open_files_is_named_whichever_call_ran_into_it() {
        let shown = |errno| {
            let error = SysError::from_errno("open(/proc/self/maps)", errno);
            error.mend("mount /proc").to_string()
        };
        assert!(shown(libc::EMFILE).ends_with("; raise the limit of open files (ulimit -n)"));
        assert!(shown(libc::ENFILE).contains("fs.file-max"));
        assert!(shown(libc::ENOENT).ends_with("; mount /proc"));
    }
}
