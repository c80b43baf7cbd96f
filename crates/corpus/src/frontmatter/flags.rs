//! The flags of a test, as a set in sixteen bits.

use std::fmt;

/// A flag of test262's frontmatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// The source is run untouched, with no harness.
    Raw,
    /// The source is module code.
    Module,
    /// The test signals its completion through `$DONE`.
    Async,
    /// To be run in strict mode only.
    OnlyStrict,
    /// To be run in sloppy mode only.
    NoStrict,
    /// Made by a generator; says nothing about how to run it.
    Generated,
    /// To be run only where the main agent may block.
    CanBlockIsTrue,
    /// To be run only where the main agent may not block.
    CanBlockIsFalse,
    /// Not every assertion is reached in every run.
    NonDeterministic,
}

impl Flag {
    /// All flags, in the order of their bits.
    pub const ALL: [Self; 9] = [
        Self::Raw,
        Self::Module,
        Self::Async,
        Self::OnlyStrict,
        Self::NoStrict,
        Self::Generated,
        Self::CanBlockIsTrue,
        Self::CanBlockIsFalse,
        Self::NonDeterministic,
    ];

    /// The word used in frontmatter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Module => "module",
            Self::Async => "async",
            Self::OnlyStrict => "onlyStrict",
            Self::NoStrict => "noStrict",
            Self::Generated => "generated",
            Self::CanBlockIsTrue => "CanBlockIsTrue",
            Self::CanBlockIsFalse => "CanBlockIsFalse",
            Self::NonDeterministic => "non-deterministic",
        }
    }

    /// The flag that frontmatter calls `name`; case matters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u16);

impl Flags {
    /// Whether `flag` is in the set.
    #[must_use]
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Puts `flag` into the set.
    pub const fn insert(&mut self, flag: Flag) {
        self.0 |= flag.bit();
    }

    /// The flags in the set, in the order of [`Flag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL
            .into_iter()
            .filter(move |&flag| self.contains(flag))
    }

    /// The set as a number, for the cache.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// The set of a number written by [`Flags::bits`]; `None` if a bit has no meaning.
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        if bits >> Flag::ALL.len() == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut set = Self::default();
        flags.into_iter().for_each(|flag| set.insert(flag));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_found_by_its_name_and_kept_apart() {
        for flag in Flag::ALL {
            assert_eq!(Flag::from_name(flag.name()), Some(flag));
            let set = Flags::from_iter([flag]);
            assert_eq!(set.iter().collect::<Vec<_>>(), [flag]);
            assert_eq!(Flags::from_bits(set.bits()), Some(set));
        }
        assert_eq!(Flag::from_name("onlystrict"), None);
    }

    #[test]
    fn from_bits_unknown_bit_returns_none() {
        assert_eq!(Flags::from_bits(1 << 9), None);
    }
}
