//! What a worker is started with.

use crate::WorkerError;
use crate::leak::PageLeak;
use crate::limits::CaseLimits;
use crate::line::LineArgs;
use rewind_protocol::line;
use std::ffi::OsString;
use std::path::PathBuf;

/// Whether and how a worker shuts itself off from the rest of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxArgs {
    /// It does (`--sandbox`).
    pub wanted: bool,
    /// What it must be able to read, wherever it lies (`--keep PATH`).
    pub keep: Vec<PathBuf>,
    /// It ends at once where that works (`--try-sandbox`).
    pub only_try: bool,
}

/// Arguments of `rewind worker`. Everything else comes with the greeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerArgs {
    /// What a case may use (`--cpu-limit SECS` and its like).
    pub limits: CaseLimits,
    /// Whether it goes into a sandbox.
    pub sandbox: SandboxArgs,
    /// Inherited descriptor of the ledger (`--ledger-fd N`); none for a parent that shares none.
    pub ledger_fd: Option<i32>,
    /// It reads a manifest of the line dialect (`--dialect lambda-v1`) instead of a greeting.
    pub line: Option<LineArgs>,
    /// Spoils one write in so many (`--mangle-frames N`), to see what comes of it.
    pub mangle: Option<u64>,
    /// A leak made on purpose (`--leak-page uncovered|missed`), to test what looks for leaks.
    pub leak: Option<PageLeak>,
}

impl WorkerArgs {
    /// Reads the arguments behind `worker`.
    ///
    /// # Errors
    /// For an argument that a worker doesn't have.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, WorkerError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let refuse = |argument: &OsString| {
                WorkerError::Argument(argument.to_string_lossy().into_owned())
            };
            if argument == "--dialect" {
                parsed.line = match arguments.next() {
                    Some(name) if name == line::NAME => Some(LineArgs::default()),
                    Some(name) if name == "native" => None,
                    other => return Err(refuse(&other.unwrap_or(argument))),
                };
                continue;
            }
            if parsed.limits.take(&argument, &mut arguments)?
                || parsed.sandbox.take(&argument, &mut arguments)
            {
                continue;
            }
            if let Some(line) = &mut parsed.line {
                if !line.take(&argument, &mut arguments) {
                    return Err(refuse(&argument));
                }
                continue;
            }
            let value = arguments.next();
            let text = value.as_ref().and_then(|value| value.to_str());
            match argument.to_str() {
                Some("--ledger-fd") => {
                    let number = text.and_then(|text| text.parse().ok());
                    parsed.ledger_fd = Some(number.ok_or_else(|| refuse(&argument))?);
                }
                Some("--leak-page") => {
                    let leak = text.and_then(PageLeak::named);
                    parsed.leak = Some(leak.ok_or_else(|| refuse(&argument))?);
                }
                Some("--mangle-frames") => {
                    let number = text.and_then(|text| text.parse().ok());
                    parsed.mangle = Some(number.ok_or_else(|| refuse(&argument))?);
                }
                _ => return Err(refuse(&argument)),
            }
        }
        Ok(parsed)
    }
}

impl SandboxArgs {
    /// Takes one argument, and its value from `rest`; `false` if it is none of these.
    fn take(&mut self, argument: &OsString, rest: &mut impl Iterator<Item = OsString>) -> bool {
        match argument.to_str() {
            Some("--sandbox") => self.wanted = true,
            Some("--try-sandbox") => self.only_try = true,
            Some("--keep") => {
                return rest
                    .next()
                    .map(|path| self.keep.push(path.into()))
                    .is_some();
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<WorkerArgs, WorkerError> {
        WorkerArgs::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn parse_takes_the_ledger_and_refuses_the_rest() {
        assert_eq!(parse(&["--ledger-fd", "7"]).unwrap().ledger_fd, Some(7));
        assert_eq!(parse(&[]).unwrap().ledger_fd, None);
        assert!(parse(&["--ledger-fd"]).is_err());
        assert!(parse(&["--ledger-fd", "x"]).is_err());
        assert_eq!(parse(&["--mangle-frames", "9"]).unwrap().mangle, Some(9));
        assert!(parse(&["--mangle-frames"]).is_err());
        assert_eq!(
            parse(&["--leak-page", "missed"]).unwrap().leak,
            Some(PageLeak::Missed)
        );
        assert!(parse(&["--leak-page"]).is_err() && parse(&["--leak-page", "x"]).is_err());
        let error = parse(&["--what"]).unwrap_err().to_string();
        assert!(error.contains("--what"), "{error}");
    }

    #[test]
    fn parse_takes_sandbox_and_limits_in_both_dialects() {
        let words = [
            "--sandbox",
            "--keep",
            "/a",
            "--keep",
            "/b",
            "--cpu-limit",
            "3",
        ];
        for dialect in [&[][..], &["--dialect", "lambda-v1"]] {
            let args = parse(&[dialect, &words].concat()).unwrap();
            assert!(args.sandbox.wanted && !args.sandbox.only_try);
            assert_eq!(args.sandbox.keep, ["/a", "/b"].map(PathBuf::from));
            assert_eq!(args.limits.cpu_s, Some(3));
        }
        assert!(parse(&["--keep"]).is_err());
        let error = parse(&["--cpu-limit", "soon"]).unwrap_err().to_string();
        assert!(
            error.contains("--cpu-limit") && error.contains("soon"),
            "{error}"
        );
    }

    #[test]
    fn parse_takes_the_line_dialect_with_its_own_arguments() {
        let line = |arguments: &[&str]| {
            let all = [&["--dialect", "lambda-v1"], arguments].concat();
            parse(&all).map(|args| args.line.expect("the line dialect"))
        };
        assert_eq!(line(&[]).unwrap(), LineArgs::default());
        let args = line(&["--timeout=2.5", "--no-hot-reload", "--diagnose", "--faults"]).unwrap();
        assert_eq!(args.deadline.as_millis(), 2500);
        assert!(args.diagnose && args.faults);
        assert_eq!(line(&["--timeout", "3"]).unwrap().deadline.as_secs(), 3);
        for wrong in [
            "--timeout=",
            "--timeout=-1",
            "--timeout=x",
            "--timeout",
            "--ledger-fd",
        ] {
            assert!(line(&[wrong]).is_err(), "{wrong}");
        }
        assert!(parse(&["--diagnose"]).is_err());
        assert!(parse(&["--dialect"]).is_err() && parse(&["--dialect", "lambda-v2"]).is_err());
        assert_eq!(
            parse(&["--dialect", "native", "--ledger-fd", "4"])
                .unwrap()
                .ledger_fd,
            Some(4)
        );
    }
}
