//! What people read at the end of a run.
//!
//! Everything is put together as text first and written in one go, so that what
//! is shown can be held against a snapshot. Colour is decided by the caller.

mod ending;
mod failures;
mod figures;
mod palette;
mod shadow;

pub use ending::render_ending;
pub use palette::Palette;
pub use shadow::render_shadow;

use crate::{Figures, Summary};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Unexpected results shown in full; the rest is counted.
    pub failures: usize,
    /// Lines of output shown for each.
    pub output_lines: usize,
    /// Slowest cases shown.
    pub slowest: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Self {
            failures: 50,
            output_lines: 8,
            slowest: 5,
        }
    }
}

impl Detail {
    /// Everything that was kept.
    pub const ALL: Self = Self {
        failures: usize::MAX,
        output_lines: usize::MAX,
        slowest: 10,
    };
}

/// The whole text for the end of a run.
#[must_use]
pub fn render(summary: &Summary, figures: &Figures, detail: &Detail, palette: &Palette) -> String {
    let mut out = String::new();
    failures::push(&mut out, figures, detail, palette);
    figures::push(&mut out, summary, figures, detail, palette);
    out
}

#[cfg(test)]
mod tests;
