//! Colours by role.

use crate::Verdict;
use anstyle::{AnsiColor, Style};

/// The styles of each role; [`Palette::plain`] has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    /// All is well.
    pub good: Style,
    /// Something is wrong.
    pub bad: Style,
    /// Something deserves a look.
    pub odd: Style,
    /// Headings and names.
    pub strong: Style,
    /// Of less concern.
    pub faint: Style,
}

impl Palette {
    /// No colour at all.
    #[must_use]
    pub const fn plain() -> Self {
        let none = Style::new();
        Self {
            good: none,
            bad: none,
            odd: none,
            strong: none,
            faint: none,
        }
    }

    /// The sixteen colours that every terminal has.
    #[must_use]
    pub const fn coloured() -> Self {
        let bold = Style::new().bold();
        Self {
            good: AnsiColor::Green.on_default().bold(),
            bad: AnsiColor::Red.on_default().bold(),
            odd: AnsiColor::Yellow.on_default().bold(),
            strong: bold,
            faint: Style::new().dimmed(),
        }
    }

    /// One or the other.
    #[must_use]
    pub const fn new(colour: bool) -> Self {
        if colour {
            Self::coloured()
        } else {
            Self::plain()
        }
    }

    /// The style of an unexpected verdict.
    #[must_use]
    pub const fn verdict(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Pass | Verdict::Skip | Verdict::Timeout => self.odd,
            Verdict::Fail | Verdict::Crash | Verdict::Lost => self.bad,
        }
    }
}
