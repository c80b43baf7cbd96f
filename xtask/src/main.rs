//! Checks and chores of the repository that are more than one line: `cargo xtask …`.

mod args;
mod bench;
mod check_run;
mod corpus;
mod deps;
mod error;
mod fnmatch;
mod gate;
mod listing;
mod peer;
mod rewind_run;
mod tail;
mod verdicts;
mod workspace;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    match args::run(&mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to tell it to if standard error is closed.
            let _ = writeln!(std::io::stderr(), "{}", error::chain(&error));
            ExitCode::from(2)
        }
    }
}
