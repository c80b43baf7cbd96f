//! Names of the signals that end tests.

use std::fmt;

/// A signal, by its number on Linux x86-64 and arm64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signal(pub i32);

/// Signals that a fault or a killed worker shows; numbers as in signal(7).
const TABLE: [(&str, i32); 13] = [
    ("SIGQUIT", 3),
    ("SIGILL", 4),
    ("SIGTRAP", 5),
    ("SIGABRT", 6),
    ("SIGBUS", 7),
    ("SIGFPE", 8),
    ("SIGKILL", 9),
    ("SIGSEGV", 11),
    ("SIGPIPE", 13),
    ("SIGTERM", 15),
    ("SIGXCPU", 24),
    ("SIGXFSZ", 25),
    ("SIGSYS", 31),
];

impl Signal {
    /// Names known here.
    pub const NAMES: [&'static str; TABLE.len()] = {
        let mut names = [""; TABLE.len()];
        let mut at = 0;
        while at < TABLE.len() {
            names[at] = TABLE[at].0;
            at += 1;
        }
        names
    };

    /// The signal called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, number)| Self(number))
    }

    /// Its name, if it's one of [`Signal::NAMES`].
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        TABLE
            .iter()
            .find(|(_, number)| *number == self.0)
            .map(|&(name, _)| name)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for name in Signal::NAMES {
            assert_eq!(Signal::from_name(name).and_then(Signal::name), Some(name));
        }
        assert_eq!(Signal(11).to_string(), "SIGSEGV");
        assert_eq!(Signal(64).to_string(), "signal 64");
        assert_eq!(Signal::from_name("sigsegv"), None);
    }
}
