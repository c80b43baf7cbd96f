//! In which variants a test is run.

use crate::Mode;
use rewind_corpus::{Flag, Flags};
use rewind_protocol::Variant;

/// At most two variants, in the order they are listed.
pub(crate) type Variants = [Option<Variant>; 2];

/// The variants that a test's flags allow in `mode`; may be none.
pub(crate) fn variants(flags: Flags, mode: Mode) -> Variants {
    let once = |variant| match (mode, variant) {
        (Mode::Strict, Variant::Sloppy | Variant::Raw) => [None, None],
        (Mode::Sloppy, Variant::Strict | Variant::Module) => [None, None],
        _ => [Some(variant), None],
    };
    if let Some(variant) = only_variant(flags) {
        return once(variant);
    }
    match mode {
        Mode::Both => [Some(Variant::Sloppy), Some(Variant::Strict)],
        Mode::Default | Mode::Sloppy => [Some(Variant::Sloppy), None],
        Mode::Strict => [Some(Variant::Strict), None],
    }
}

/// The variant of a test that has but one.
pub(crate) fn only_variant(flags: Flags) -> Option<Variant> {
    if flags.contains(Flag::Module) {
        Some(Variant::Module)
    } else if flags.contains(Flag::Raw) {
        Some(Variant::Raw)
    } else if flags.contains(Flag::OnlyStrict) {
        Some(Variant::Strict)
    } else if flags.contains(Flag::NoStrict) {
        Some(Variant::Sloppy)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Variant::{Module, Raw, Sloppy, Strict};

    fn of(flags: &[Flag], mode: Mode) -> Vec<Variant> {
        variants(flags.iter().copied().collect(), mode)
            .into_iter()
            .flatten()
            .collect()
    }

    #[test]
    fn mode_both_runs_twice_unless_flags_forbid() {
        assert_eq!(of(&[], Mode::Both), [Sloppy, Strict]);
        assert_eq!(of(&[Flag::OnlyStrict], Mode::Both), [Strict]);
        assert_eq!(of(&[Flag::NoStrict], Mode::Both), [Sloppy]);
        assert_eq!(of(&[Flag::Raw], Mode::Both), [Raw]);
        assert_eq!(of(&[Flag::Module], Mode::Both), [Module]);
        assert_eq!(of(&[Flag::Raw, Flag::Module], Mode::Both), [Module]);
    }

    #[test]
    fn mode_default_runs_every_test_once() {
        assert_eq!(of(&[], Mode::Default), [Sloppy]);
        assert_eq!(of(&[Flag::OnlyStrict], Mode::Default), [Strict]);
        assert_eq!(of(&[Flag::Raw], Mode::Default), [Raw]);
        assert_eq!(of(&[Flag::Module], Mode::Default), [Module]);
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
