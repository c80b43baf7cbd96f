//! What a worker is started with.

use crate::WorkerError;
use crate::injected::Injected;
use crate::limits::CaseLimits;
use crate::line::LineArgs;
use rewind_protocol::line;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Arguments that mean something to a worker of ours in one dialect or the other,
/// so that a wrong use of one isn't passed over.
const KNOWN: [&str; 16] = [
    "--cpu-limit",
    "--diagnose",
    "--dialect",
    "--faults",
    "--file-size-limit",
    "--keep",
    "--leak-page",
    "--ledger-fd",
    "--mangle-frames",
    "--memory-limit",
    "--no-hot-reload",
    "--open-files-limit",
    "--process-limit",
    "--sandbox",
    "--timeout",
    "--try-sandbox",
];

/// What `rewind worker --help` says.
pub const HELP: &str = "\
Serve a parent on standard input and output. Started by `rewind run`, or by a
runner of your own; not by people, who see nothing but bytes.

Usage: rewind worker [--ledger-fd N] [LIMITS]
       rewind worker --dialect lambda-v1 [OPTIONS] [LIMITS] < MANIFEST

The native dialect (docs/protocol.md) begins with the parent's Hello, which says
all else. The line dialect (docs/line-dialect.md) reads a manifest of sources.
Read what the worker writes while you write to it.

  --dialect native|lambda-v1  What is spoken [default: native]
  --ledger-fd N               Inherited descriptor of the ledger; native only

In the line dialect:
  --timeout SECS              Deadline of a case that names none [default: 10]
  --diagnose                  Markers are lines of the output
  --faults                    Cases may raise native faults
  --no-hot-reload             Accepted, and without effect
  --WORD, --WORD=VALUE        Any other: passed over, with a note on stderr

Limits of a case, each a number or `none`:
  --memory-limit MIB          --cpu-limit SECS       --file-size-limit MIB
  --process-limit N           --open-files-limit N

  --sandbox                   Shut the worker off from files and network
  --keep PATH                 What it may read all the same; may be repeated
  --try-sandbox               Say by the exit code whether that works here

Exit codes:
  0  the parent is done with the worker, or the worker retired and said why
  3  it can't serve, or its input makes no sense; stderr says why
";

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
    /// Arguments that only other workers of the line dialect know, which one of ours
    /// passes over.
    pub ignored: Vec<String>,
    /// Faults of the worker made on purpose, to test what looks for such.
    pub injected: Injected,
}

impl WorkerArgs {
    /// Reads the arguments behind `worker`.
    ///
    /// # Errors
    /// For an argument that a worker doesn't have.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, WorkerError> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut parsed = Self {
            line: speaks_lines(&arguments).then(LineArgs::default),
            ..Self::default()
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let refuse = |argument: &OsString| {
                WorkerError::Argument(argument.to_string_lossy().into_owned())
            };
            if argument == "--dialect" {
                match arguments.next() {
                    Some(name) if name == line::NAME || name == "native" => {}
                    other => return Err(refuse(&other.unwrap_or(argument))),
                }
                continue;
            }
            if parsed.limits.take(&argument, &mut arguments)?
                || parsed.sandbox.take(&argument, &mut arguments)
                || (parsed.injected).take(&argument, parsed.line.is_some(), &mut arguments)?
            {
                continue;
            }
            if let Some(line) = &mut parsed.line {
                if line.take(&argument, &mut arguments) {
                    continue;
                }
                match unknown_word(&argument) {
                    Some(word) => parsed.ignored.push(word.to_owned()),
                    None => return Err(refuse(&argument)),
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
                _ => return Err(refuse(&argument)),
            }
        }
        Ok(parsed)
    }
}

/// The last dialect that is named, wherever that is, is the line dialect.
fn speaks_lines(arguments: &[OsString]) -> bool {
    let mut names = arguments.windows(2).filter_map(|pair| match pair {
        [flag, name] if flag == "--dialect" => Some(name),
        _ => None,
    });
    names.next_back().is_some_and(|name| name == line::NAME)
}

/// A word of the form `--word` or `--word=value` that no worker of ours knows.
fn unknown_word(argument: &OsStr) -> Option<&str> {
    let word = argument.to_str()?;
    let (name, _) = word.split_once('=').unwrap_or((word, ""));
    let is_word = name.strip_prefix("--").is_some_and(|it| !it.is_empty());
    (is_word && !KNOWN.contains(&name)).then_some(word)
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
        let words = ["--opt-level=0", "--mir-interp", "--timeout=2", "--x=--y"];
        let args = parse(&[&words[..], &["--dialect", "lambda-v1"]].concat()).unwrap();
        assert_eq!(args.ignored, ["--opt-level=0", "--mir-interp", "--x=--y"]);
        assert_eq!(args.line.map(|line| line.deadline.as_secs()), Some(2));
        for wrong in ["0", "-O0", "--", "--=3", "--sandbox=1", "--diagnose=1"] {
            assert!(line(&[wrong]).is_err(), "{wrong}");
        }
        assert!(
            parse(&["--mir-interp"]).is_err(),
            "only in the line dialect"
        );
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
