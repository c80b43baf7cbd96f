//! What a fake worker does wrong, as text in a case's source, and what must come of it.
//!
//! ```text
//! fake <step> <deed> [times]        fake begun kill:11        fake half exit:3 1
//! ```
//!
//! The steps are the ones of a case's way through a worker:
//!
//! ```text
//! received → begun → restoring → appended → half → flushed
//!            └ running ┘         └ in the ledger
//!                                            └ in part in the pipe
//! ```

use std::fmt;
use std::str::FromStr;

/// Where on its way a case goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The request was read; the ledger doesn't know of it.
    Received,
    /// The ledger says that it runs.
    Begun,
    /// The ledger says that the guest is being put back; no answer is anywhere.
    Restoring,
    /// The answer is in the ledger, and not in the pipe.
    Appended,
    /// The answer is in the ledger, and half of it is in the pipe.
    Half,
    /// The answer is in the pipe; the ledger still says that the guest is being put back.
    Flushed,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 6] = [
        Self::Received,
        Self::Begun,
        Self::Restoring,
        Self::Appended,
        Self::Half,
        Self::Flushed,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Begun => "begun",
            Self::Restoring => "restoring",
            Self::Appended => "appended",
            Self::Half => "half",
            Self::Flushed => "flushed",
        }
    }

    /// The answer is where it survives the worker.
    const fn is_answered(self) -> bool {
        matches!(self, Self::Appended | Self::Half | Self::Flushed)
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// The worker sends itself this signal, which must be one that kills.
    Kill(i32),
    /// It exits with this status, without saying that it retires.
    Exit(i32),
    /// It calls `abort`.
    Abort,
    /// It does nothing any more.
    Hang,
    /// It writes what is no frame, and hangs.
    Garbage,
    /// It writes what is no frame, and goes on.
    Noise,
    /// It answers a case that was never sent, and hangs.
    Unknown,
    /// It answers the case twice, and hangs.
    Duplicate,
    /// It answers the case under another nonce, and hangs.
    Forged,
    /// It overwrites the ledger, and dies of SIGSEGV.
    Scribble,
    /// It has the ledger say that the next case runs, and dies of SIGKILL.
    NameNext,
    /// It has the ledger say that its preamble is being built, and dies of SIGKILL.
    NamePreamble,
    /// It changes the ledger for ever, so that it looks busy.
    Stir,
    /// It closes its output, and hangs.
    Close,
    /// It ends as a worker that panics: it says nothing but its last words.
    Panic,
    /// It says that it retires, and exits.
    Retire,
    /// It says that it retires, and hangs.
    Linger,
    /// It sleeps so many milliseconds, and goes on.
    Nap(i32),
    /// It sleeps until there is a file `go` in the state folder, and goes on.
    Await,
    /// It waits until its parent takes back what has not begun, and goes on.
    Told,
    /// As `Await`, and then sends itself this signal, which must be one that kills.
    Fall(i32),
    /// It makes the file `go` in the state folder, and goes on.
    Go,
    /// It keeps a processor busy so many milliseconds, and goes on.
    Spin(i32),
}

/// A step and what goes wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Script {
    /// Where.
    pub step: Step,
    /// What.
    pub deed: Deed,
    /// How often, over all workers of a run; always if `None`.
    pub times: Option<u32>,
}

/// What a parent must say of a case in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// Completed.
    Completed,
    /// Crashed by this signal, and the worker with it.
    Crashed(i32),
    /// Exited with this status, and the worker with it.
    Exited(i32),
    /// Ended by the watchdog.
    Watchdog,
    /// Lost twice: at each attempt the worker died with it once too often.
    LostTwice,
}

impl Script {
    /// The script in a source, if it has one.
    ///
    /// # Errors
    /// When the source begins as a script and goes on as none.
    pub fn in_source(source: &str) -> Result<Option<Self>, String> {
        match source
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("fake "))
        {
            Some(rest) => rest.parse().map(Some),
            None => Ok(None),
        }
    }

    /// What must come of a case with this script, whatever runs beside it, if
    /// its parent puts a suspect back `requeues` times and tries once more what
    /// was lost. `None` where that depends on who is faster.
    #[must_use]
    pub fn expected(&self, requeues: u32) -> Option<Expected> {
        let deaths_to_lose = requeues + 1;
        if self.step.is_answered() && self.deed != Deed::Scribble {
            return Some(Expected::Completed);
        }
        let blamed = match self.deed {
            Deed::Kill(signal) | Deed::Fall(signal) => Some(Expected::Crashed(signal)),
            Deed::Abort => Some(Expected::Crashed(6)),
            Deed::Exit(code) => Some(Expected::Exited(code)),
            Deed::Hang => Some(Expected::Watchdog),
            Deed::Noise | Deed::Scribble => return None,
            Deed::Nap(_) | Deed::Spin(_) | Deed::Await | Deed::Told | Deed::Go => {
                return Some(Expected::Completed);
            }
            Deed::NameNext | Deed::NamePreamble => Some(Expected::Crashed(9)),
            Deed::Stir => Some(Expected::Watchdog),
            // Answered by the first of the two answers.
            Deed::Duplicate => return Some(Expected::Completed),
            Deed::Garbage | Deed::Unknown | Deed::Forged | Deed::Close => None,
            Deed::Panic | Deed::Retire | Deed::Linger => None,
        };
        match (blamed.filter(|_| self.step == Step::Begun), self.times) {
            (Some(_), Some(0)) => Some(Expected::Completed),
            (Some(blamed), _) => Some(blamed),
            (None, Some(times)) if times < deaths_to_lose => Some(Expected::Completed),
            // The second attempt is made in a fresh worker, and has as many tries.
            (None, Some(times)) if times < 2 * deaths_to_lose => Some(Expected::Completed),
            // A worker that retires before it has begun a case leaves no suspect.
            (None, _) if self.retires() && self.step == Step::Received => None,
            (None, _) => Some(Expected::LostTwice),
        }
    }

    const fn retires(&self) -> bool {
        matches!(self.deed, Deed::Panic | Deed::Retire | Deed::Linger)
    }
}

impl Deed {
    /// A worker that does it stands still until its parent ends it.
    #[must_use]
    pub const fn hangs(self) -> bool {
        matches!(
            self,
            Self::Hang
                | Self::Garbage
                | Self::Unknown
                | Self::Duplicate
                | Self::Forged
                | Self::Stir
                | Self::Close
                | Self::Linger
        )
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.step.name(), self.deed)?;
        self.times.map_or(Ok(()), |times| write!(f, " {times}"))
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(signal) => write!(f, "kill:{signal}"),
            Self::Exit(code) => write!(f, "exit:{code}"),
            Self::Abort => f.write_str("abort"),
            Self::Hang => f.write_str("hang"),
            Self::Garbage => f.write_str("garbage"),
            Self::Noise => f.write_str("noise"),
            Self::Unknown => f.write_str("unknown"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Forged => f.write_str("forged"),
            Self::Scribble => f.write_str("scribble"),
            Self::NameNext => f.write_str("name-next"),
            Self::NamePreamble => f.write_str("name-preamble"),
            Self::Stir => f.write_str("stir"),
            Self::Close => f.write_str("close"),
            Self::Panic => f.write_str("panic"),
            Self::Retire => f.write_str("retire"),
            Self::Linger => f.write_str("linger"),
            Self::Nap(ms) => write!(f, "nap:{ms}"),
            Self::Await => f.write_str("await"),
            Self::Told => f.write_str("told"),
            Self::Fall(signal) => write!(f, "fall:{signal}"),
            Self::Go => f.write_str("go"),
            Self::Spin(ms) => write!(f, "spin:{ms}"),
        }
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (step, deed) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let step = Step::ALL
            .into_iter()
            .find(|known| known.name() == step)
            .ok_or_else(|| format!("read the script `{text}`: there is no step `{step}`"))?;
        let times = words.next().map(str::parse).transpose();
        let times = times.map_err(|error| format!("read the script `{text}`: {error}"))?;
        Ok(Self {
            step,
            deed: deed.parse()?,
            times,
        })
    }
}

impl FromStr for Deed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| {
            digits
                .parse::<i32>()
                .map_err(|error| format!("read the deed `{text}`: {error}"))
        };
        match text.split_once(':') {
            Some(("kill", signal)) => Ok(Self::Kill(number(signal)?)),
            Some(("exit", code)) => Ok(Self::Exit(number(code)?)),
            Some(("fall", signal)) => Ok(Self::Fall(number(signal)?)),
            Some(("nap", ms)) => Ok(Self::Nap(number(ms)?)),
            Some(("spin", ms)) => Ok(Self::Spin(number(ms)?)),
            _ => [
                Self::Abort,
                Self::Hang,
                Self::Garbage,
                Self::Noise,
                Self::Unknown,
                Self::Duplicate,
                Self::Forged,
                Self::Scribble,
                Self::NameNext,
                Self::NamePreamble,
                Self::Stir,
                Self::Close,
                Self::Panic,
                Self::Retire,
                Self::Linger,
                Self::Await,
                Self::Told,
                Self::Go,
            ]
            .into_iter()
            .find(|deed| deed.to_string() == text)
            .ok_or_else(|| format!("read the deed `{text}`: there is none such")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_is_read_back_from_its_text() {
        for step in Step::ALL {
            for deed in [
                Deed::Kill(9),
                Deed::Exit(-3),
                Deed::Scribble,
                Deed::Nap(5),
                Deed::Fall(11),
                Deed::Go,
            ] {
                for times in [None, Some(2)] {
                    let script = Script { step, deed, times };
                    let source = format!("fake {script}\nmore");
                    assert_eq!(Script::in_source(&source), Ok(Some(script)), "{source}");
                }
            }
        }
    }

    #[test]
    fn source_without_script_has_none_and_a_broken_one_is_an_error() {
        assert_eq!(
            Script::in_source("assert(true);\nfake begun abort"),
            Ok(None)
        );
        for broken in [
            "fake nowhere abort",
            "fake begun dance",
            "fake begun kill:x",
            "fake begun abort x",
        ] {
            assert!(Script::in_source(broken).is_err(), "{broken}");
        }
    }
}
