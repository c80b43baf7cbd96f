//! What the terminal wants: colour, and a bar or lines.

use crate::args::{ColorChoice, ProgressChoice};
use rewind_report::ProgressKind;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

/// Tells people something on stderr. Whether they can read it changes nothing.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A write of what is only shown: that nobody reads on (`rewind compare A B | head`)
/// is no error, and how the program ends says what it found.
pub(crate) fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// What decides about colour and progress apart from the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// `NO_COLOR` is set and not empty.
    no_color: bool,
    /// `CLICOLOR` is `0`.
    clicolor_off: bool,
    /// `CLICOLOR_FORCE` is set to something else than `0`.
    clicolor_force: bool,
    /// `TERM` is `dumb`.
    dumb: bool,
    /// `CI` is set and not empty.
    ci: bool,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self::read(|name| std::env::var_os(name))
    }

    fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR").is_some(),
            clicolor_off: set("CLICOLOR").is_some_and(|value| value == "0"),
            clicolor_force: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb: set("TERM").is_some_and(|value| value == "dumb"),
            ci: set("CI").is_some(),
        }
    }

    /// Whether text to `stream` is coloured.
    pub(crate) fn colour(&self, choice: ColorChoice, stream: &impl IsTerminal) -> bool {
        self.colour_on(choice, stream.is_terminal())
    }

    const fn colour_on(&self, choice: ColorChoice, terminal: bool) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto if self.clicolor_force => true,
            ColorChoice::Auto => terminal && !self.clicolor_off && !self.dumb,
        }
    }

    /// How progress is shown on stderr.
    pub(crate) fn progress(&self, choice: ProgressChoice) -> ProgressKind {
        self.progress_on(choice, io::stderr().is_terminal())
    }

    const fn progress_on(&self, choice: ProgressChoice, terminal: bool) -> ProgressKind {
        match choice {
            ProgressChoice::Bar => ProgressKind::Bar,
            ProgressChoice::Lines => ProgressKind::Lines,
            ProgressChoice::Off => ProgressKind::Off,
            ProgressChoice::Auto if terminal && !self.ci && !self.dumb => ProgressKind::Bar,
            ProgressChoice::Auto => ProgressKind::Lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(names: &[(&str, &str)]) -> Surroundings {
        Surroundings::read(|name| {
            let found = names.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn colour_follows_the_conventions() {
        let auto = ColorChoice::Auto;
        assert!(with(&[]).colour_on(auto, true));
        assert!(!with(&[]).colour_on(auto, false));
        assert!(!with(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]).colour_on(auto, true));
        assert!(with(&[("NO_COLOR", "")]).colour_on(auto, true));
        assert!(!with(&[("CLICOLOR", "0")]).colour_on(auto, true));
        assert!(with(&[("CLICOLOR_FORCE", "1")]).colour_on(auto, false));
        assert!(!with(&[("CLICOLOR_FORCE", "0")]).colour_on(auto, false));
        assert!(!with(&[("TERM", "dumb")]).colour_on(auto, true));
    }

    #[test]
    fn flag_goes_before_the_environment() {
        assert!(with(&[("NO_COLOR", "1")]).colour_on(ColorChoice::Always, false));
        assert!(!with(&[("CLICOLOR_FORCE", "1")]).colour_on(ColorChoice::Never, true));
    }

    #[test]
    fn bar_is_for_terminals_outside_of_ci() {
        let auto = ProgressChoice::Auto;
        assert_eq!(with(&[]).progress_on(auto, true), ProgressKind::Bar);
        assert_eq!(with(&[]).progress_on(auto, false), ProgressKind::Lines);
        assert_eq!(
            with(&[("CI", "true")]).progress_on(auto, true),
            ProgressKind::Lines
        );
        assert_eq!(
            with(&[]).progress_on(ProgressChoice::Off, true),
            ProgressKind::Off
        );
    }
}
