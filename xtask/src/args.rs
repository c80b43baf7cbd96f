//! The command line, and which function answers each subcommand.

use crate::error::Result;
use crate::{bench, check_run, corpus, deps, gate, peer, tail, verdicts};
use clap::{Parser, Subcommand};
use std::io::Write;

/// Checks and chores of the repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Holds the workspace's imports against the table in docs/architecture.md
    Deps,
    /// Unpacks a test262 archive
    Corpus(corpus::Options),
    /// Checks that an ndjson report answers every case exactly once
    CheckRun(check_run::Options),
    /// Tells how far a run's end was from the best that any order of its cases can do
    Tail(tail::Options),
    /// Builds run-test262 and qjs from the engine's vendored source
    PeerBuild,
    /// Compares our verdicts with run-test262's, case by case
    PeerVerdicts(verdicts::Options),
    /// Times us against the peers on the same files
    BenchPeers(bench::Options),
    /// Counts instructions of fixed work against stored figures
    PerfGate(gate::Options),
}

/// Parses the process's arguments and runs the subcommand; `false` if a check found something.
pub(crate) fn run(out: &mut dyn Write) -> Result<bool> {
    match Arguments::parse().command {
        Command::Deps => deps::run(out),
        Command::Corpus(options) => corpus::run(&options, out),
        Command::CheckRun(options) => check_run::run(&options, out),
        Command::Tail(options) => tail::run(&options, out),
        Command::PeerBuild => peer::build_command(out),
        Command::PeerVerdicts(options) => verdicts::run(&options, out),
        Command::BenchPeers(options) => bench::run(&options, out),
        Command::PerfGate(options) => gate::run(&options, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definition_is_consistent() {
        Arguments::command().debug_assert();
    }
}
