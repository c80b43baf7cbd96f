//! In which variants a test is run.

use crate::variants::{MODULE, RAW, SLOPPY, STRICT};
use crate::{Flag, Flags};
use rewind_protocol::Variant;
use std::str::FromStr;

/// At most two variants, in the order they are listed.
pub(crate) type Wanted = [Option<Variant>; 2];

/// Which variants of a test are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Sloppy and strict, unless the test's flags forbid one; module and raw tests once.
    #[default]
    Both,
    /// Each test once: sloppy, unless it is `onlyStrict`.
    Default,
    /// Of [`Mode::Both`], what is sloppy code: the variants sloppy and raw.
    Sloppy,
    /// Of [`Mode::Both`], what is strict code: the variants strict and module.
    Strict,
}

impl Mode {
    /// Lower-case name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Default => "default",
            Self::Sloppy => "sloppy",
            Self::Strict => "strict",
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Both, Self::Default, Self::Sloppy, Self::Strict];
        all.into_iter()
            .find(|mode| mode.name() == name)
            .ok_or_else(|| format!("unknown mode `{name}`: use both, default, sloppy or strict"))
    }
}

/// The variants that a test's flags allow in `mode`; may be none.
pub(crate) fn wanted(flags: Flags, mode: Mode) -> Wanted {
    let once = |variant| match (mode, variant) {
        (Mode::Strict, SLOPPY | RAW) => [None, None],
        (Mode::Sloppy, STRICT | MODULE) => [None, None],
        _ => [Some(variant), None],
    };
    if let Some(variant) = only_variant(flags) {
        return once(variant);
    }
    match mode {
        Mode::Both => [Some(SLOPPY), Some(STRICT)],
        Mode::Default | Mode::Sloppy => [Some(SLOPPY), None],
        Mode::Strict => [Some(STRICT), None],
    }
}

/// The variant of a test that has but one.
pub(crate) fn only_variant(flags: Flags) -> Option<Variant> {
    if flags.contains(Flag::Module) {
        Some(MODULE)
    } else if flags.contains(Flag::Raw) {
        Some(RAW)
    } else if flags.contains(Flag::OnlyStrict) {
        Some(STRICT)
    } else if flags.contains(Flag::NoStrict) {
        Some(SLOPPY)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: &[Flag], mode: Mode) -> Vec<Variant> {
        wanted(flags.iter().copied().collect(), mode)
            .into_iter()
            .flatten()
            .collect()
    }

    #[test]
    fn mode_both_runs_twice_unless_flags_forbid() {
        assert_eq!(of(&[], Mode::Both), [SLOPPY, STRICT]);
        assert_eq!(of(&[Flag::OnlyStrict], Mode::Both), [STRICT]);
        assert_eq!(of(&[Flag::NoStrict], Mode::Both), [SLOPPY]);
        assert_eq!(of(&[Flag::Raw], Mode::Both), [RAW]);
        assert_eq!(of(&[Flag::Module], Mode::Both), [MODULE]);
        assert_eq!(of(&[Flag::Raw, Flag::Module], Mode::Both), [MODULE]);
    }

    #[test]
    fn mode_default_runs_every_test_once() {
        assert_eq!(of(&[], Mode::Default), [SLOPPY]);
        assert_eq!(of(&[Flag::OnlyStrict], Mode::Default), [STRICT]);
        assert_eq!(of(&[Flag::Raw], Mode::Default), [RAW]);
        assert_eq!(of(&[Flag::Module], Mode::Default), [MODULE]);
    }

    #[test]
    fn sloppy_and_strict_together_are_both() {
        let single = Flag::ALL.map(|flag| vec![flag]);
        for flags in single
            .iter()
            .chain([&vec![], &vec![Flag::Raw, Flag::Module]])
        {
            let parts = [of(flags, Mode::Sloppy), of(flags, Mode::Strict)].concat();
            assert_eq!(parts, of(flags, Mode::Both), "{flags:?}");
        }
    }
}
