//! In which variants a test is run.

use crate::Mode;
use rewind_corpus::variants::{MODULE, RAW, SLOPPY, STRICT};
use rewind_corpus::{Flag, Flags};
use rewind_protocol::Variant;

/// At most two variants, in the order they are listed.
pub(crate) type Variants = [Option<Variant>; 2];

/// The variants that a test's flags allow in `mode`; may be none.
pub(crate) fn variants(flags: Flags, mode: Mode) -> Variants {
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
        variants(flags.iter().copied().collect(), mode)
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
