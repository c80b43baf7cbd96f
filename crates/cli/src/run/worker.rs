//! What a run's workers are started with.

use crate::args::{DialectChoice, ExecuteArgs};
use crate::error::CliError;
use rewind_harness::{Dialect, WorkerCommand};
use rewind_protocol::line;
use std::ffi::OsString;
use std::time::Duration;

/// The shell that takes a command apart.
const SHELL: &str = "/bin/sh";

/// The command that starts a worker, and what it speaks.
///
/// A command of people's own goes to the shell, which looks its program up and
/// then becomes it. A worker of this program's learns from its arguments what the
/// line dialect can't tell it later: `deadline` and whether there are `faults`; and
/// in either dialect what `contain` says of limits.
pub(super) fn command(
    args: &ExecuteArgs,
    contain: &[OsString],
    deadline: Duration,
    faults: bool,
) -> Result<(WorkerCommand, Dialect), CliError> {
    let dialect = args.dialect.unwrap_or_default().into();
    if let Some(command) = &args.worker_command {
        let mut script = OsString::from("exec ");
        script.push(command);
        script.push(" \"$@\"");
        let words = ["-c".into(), script, "rewind-worker".into()];
        return Ok((WorkerCommand::new(SHELL, words), dialect));
    }
    let exe = match &args.worker_exe {
        Some(exe) => exe.clone(),
        None => std::env::current_exe().map_err(CliError::system("find this program"))?,
    };
    let mut words = vec![OsString::from("worker")];
    words.extend_from_slice(contain);
    if let Some(leak) = &args.leak_page {
        words.extend(["--leak-page".into(), leak.into()]);
    }
    if dialect == Dialect::LambdaV1 {
        words.extend(["--dialect".into(), line::NAME.into()]);
        words.push(format!("--timeout={}", deadline.as_secs_f64()).into());
        words.extend(faults.then(|| "--faults".into()));
    }
    Ok((WorkerCommand::new(exe, words), dialect))
}

/// What the workers are a build of; `None` if they are no program of ours.
pub(super) fn build(command: &WorkerCommand) -> Option<String> {
    let own = std::env::current_exe().is_ok_and(|exe| exe == command.exe);
    own.then(rewind_worker::build_name)
}

impl From<DialectChoice> for Dialect {
    fn from(choice: DialectChoice) -> Self {
        match choice {
            DialectChoice::Native => Self::Native,
            DialectChoice::LambdaV1 => Self::LambdaV1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(args: &ExecuteArgs, faults: bool) -> (String, Vec<String>) {
        let (command, _) =
            command(args, &[], Duration::from_millis(2500), faults).expect("a command");
        let words = command
            .args
            .iter()
            .map(|word| word.to_string_lossy().into_owned());
        (command.exe.display().to_string(), words.collect())
    }

    #[test]
    fn own_workers_are_told_what_their_dialect_can_not_tell() {
        let mut args = ExecuteArgs {
            worker_exe: Some("/x/rewind".into()),
            ..ExecuteArgs::default()
        };
        assert_eq!(
            words(&args, true),
            ("/x/rewind".into(), vec!["worker".into()])
        );
        args.dialect = Some(DialectChoice::LambdaV1);
        let (_, told) = words(&args, true);
        assert_eq!(
            told,
            [
                "worker",
                "--dialect",
                "lambda-v1",
                "--timeout=2.5",
                "--faults"
            ]
        );
    }

    #[test]
    fn command_of_people_goes_to_the_shell() {
        let args = ExecuteArgs {
            worker_command: Some("python3 'my worker.py'".into()),
            ..ExecuteArgs::default()
        };
        let (exe, words) = words(&args, false);
        assert_eq!(exe, SHELL);
        assert_eq!(
            words,
            ["-c", "exec python3 'my worker.py' \"$@\"", "rewind-worker"]
        );
    }
}
