//! The one error of this crate: which call failed, why, and what mends it.

use std::io;

/// A system call that failed.
#[derive(Debug, thiserror::Error)]
#[error("call {call}: {source}{}{mend}", if .mend.is_empty() { "" } else { "; " })]
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
