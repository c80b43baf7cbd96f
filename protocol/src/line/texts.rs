//! What a suite says of its texts to those who send them whole.
//!
//! A worker of this dialect runs a text as it comes: what a guest of ours would
//! make of a variant's name has to be in the text already.

use crate::{PrintedNotice, Variant};

/// How texts are made, and what printed lines mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextRules {
    /// What stands between two sources of a preamble: what one leaves open must
    /// not reach into the next.
    pub between: &'static [u8],
    /// What is put before the source in these variants.
    pub prefixes: &'static [(Variant, &'static [u8])],
    /// The variants that are modules.
    pub modules: &'static [Variant],
    /// Lines that stand for notices.
    pub printed: &'static [PrintedNotice],
}

impl TextRules {
    /// What is put before a source.
    #[must_use]
    pub fn prefix(&self, variant: Variant) -> &'static [u8] {
        let found = self.prefixes.iter().find(|(known, _)| *known == variant);
        found.map_or(b"", |(_, prefix)| prefix)
    }
}
