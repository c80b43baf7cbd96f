//! From the command line to a command, and from its end to an exit code.

use crate::args::{Cli, Command};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::terminal::tell;
use crate::{audit, compare, doctor, list, merge, profiling, run, stress, worker_main};
use clap::{CommandFactory as _, FromArgMatches as _};
use signal_hook::consts::SIGXFSZ;
use std::io::{ErrorKind, IsTerminal as _};
use std::process;
use std::sync::Arc;

/// The whole program.
///
/// A worker is started thousands of times in some runs, so its word is looked
/// for before the parser for all the others is put together.
pub(crate) fn enter() -> process::ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|word| word == "worker") {
        return worker_main::main(arguments);
    }
    tell_of_full_files();
    match parse() {
        Ok(cli) => finish(dispatch(&cli)).into(),
        Err(error) => refuse(&error).into(),
    }
}

/// A write beyond the limit on the size of files (`ulimit -f`) is to fail like one to
/// a full disk, and not to end the process. A handler goes with an exec, so workers
/// start without it.
fn tell_of_full_files() {
    // Where even that is refused, nothing is lost but the message.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

fn dispatch(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Run(args) => run::run(args),
        Command::List(args) => until_unread(list::list(args)),
        Command::Profile(args) => profiling::profile(args),
        Command::Stress(args) if args.faults.listed => until_unread(stress::stress(args)),
        Command::Stress(args) => stress::stress(args),
        Command::Compare(args) => compare::compare(args),
        Command::Replay(args) => run::replay(args),
        Command::Bisect(args) => run::bisect(args),
        Command::Merge(args) => merge::merge(args),
        Command::Doctor(args) => until_unread(doctor::doctor(args)),
        Command::Audit(args) => audit::audit(args),
        // Found before the arguments were parsed; here for the help text.
        Command::Worker(_) => Ok(ExitCode::Usage),
    }
}

/// What is only shown is done when nobody reads on: `rewind list | head`.
fn until_unread(shown: Result<ExitCode, CliError>) -> Result<ExitCode, CliError> {
    match shown {
        Err(CliError::System { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
            Ok(ExitCode::Success)
        }
        other => other,
    }
}

/// The command line, with help as wide as the terminal; where that is none,
/// lines are left whole, for whoever reads them to wrap or to search.
fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if !std::io::stdout().is_terminal() {
        command = command.term_width(0);
    }
    let mut matches = command.try_get_matches()?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// Help and version are no errors, and go to stdout.
fn refuse(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Success
    };
    match error.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::Machinery,
        // Who reads no further has read enough.
        _ => code,
    }
}

fn finish(result: Result<ExitCode, CliError>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            tell(&error.render());
            error.exit_code()
        }
    }
}
