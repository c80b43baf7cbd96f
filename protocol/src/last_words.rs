//! The mark under which a worker that panics ends.
//!
//! A panic means that the worker's own state is wrong, its output channel's among
//! it, so nothing is sent any more. What is left is standard error, which a test
//! may have written to as well, and an exit status, which a test can choose. So
//! the last line says the nonce of the greeting, which no test knows:
//!
//! ```text
//! error: the worker panicked at outbox.rs:93
//! worker-failed 00c0ffee00c0ffee
//! ```

use core::fmt;

/// The last line of a worker's standard error, if the worker itself failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// Of the greeting.
    pub nonce: u64,
}

impl LastWords {
    /// What a worker wrote to its standard error before its last words; `None` if
    /// these are not at the end of `stderr`.
    #[must_use]
    pub fn before(self, stderr: &str) -> Option<&str> {
        let mark = self.to_string();
        let text = stderr.trim_end_matches('\n').strip_suffix(&mark)?;
        (text.is_empty() || text.ends_with('\n')).then(|| text.trim_end_matches('\n'))
    }
}

/// Allocates nothing.
impl fmt::Display for LastWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker-failed {:016x}", self.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_line_with_the_nonce_is_the_mark_and_nothing_else_is() {
        let words = LastWords { nonce: 0xc0ffee };
        let text = format!("a test's\nerror: it panicked\n{words}\n");
        assert_eq!(words.before(&text), Some("a test's\nerror: it panicked"));
        assert_eq!(words.before(&words.to_string()), Some(""));
        for other in [
            "",
            "error: it panicked\n",
            "worker-failed 0000000000c0ffef\n",
            "x worker-failed 0000000000c0ffee\n",
            "worker-failed 0000000000c0ffee\nand more\n",
        ] {
            assert_eq!(words.before(other), None, "{other}");
        }
    }
}
