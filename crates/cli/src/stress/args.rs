//! What `rewind stress` can be told.

use super::kind::{Kind, Selection};
use crate::args::{Format, IsolationChoice, Seconds, TrackingChoice, Workers, plain_format};
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// `rewind stress`.
#[derive(Clone, Debug, Args)]
pub(crate) struct StressArgs {
    /// Kinds of fault, separated by commas: all, in-process, process, or names
    /// of kinds (`--faults ?` lists them); `all` has few of those that end the worker
    #[arg(
        long,
        value_name = "LIST",
        default_value = "all",
        env = "REWIND_STRESS_FAULTS"
    )]
    pub(crate) faults: Selection,
    /// Faults to raise; a check follows each
    #[arg(
        long,
        value_name = "N",
        default_value = "1000",
        env = "REWIND_STRESS_COUNT"
    )]
    pub(crate) count: NonZeroU32,
    /// Worker processes, or num-cpus
    #[arg(
        short = 'j',
        long,
        value_name = "N",
        default_value = "1",
        env = "REWIND_WORKERS"
    )]
    pub(crate) workers: Workers,
    /// Seed of the order
    #[arg(long, value_name = "N", default_value = "0", env = "REWIND_SEED")]
    pub(crate) seed: u64,
    /// How writes are found [default: auto]
    #[arg(long, value_enum, env = "REWIND_TRACKING")]
    pub(crate) tracking: Option<TrackingChoice>,
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write a page with plots of recovery and throughput to FILE
    #[arg(long, value_name = "FILE", env = "REWIND_STRESS_HTML")]
    pub(crate) html: Option<PathBuf>,
    /// Deadline of a case that isn't meant to hang, in seconds
    #[arg(long, value_name = "SECS", default_value = "10", hide = true)]
    pub(crate) timeout: Seconds,
    /// Raise the second kind where the first is planned, to see that it is noticed
    #[arg(long, value_name = "KIND=KIND", value_parser = swap, hide = true)]
    pub(crate) swap: Option<(Kind, Kind)>,
    /// Workers cut off or repeat one write to the parent in so many
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) mangle_frames: Option<u64>,
    /// What keeps cases apart; with anything less than a checkpoint the checks fail
    #[arg(long, value_enum, default_value = "checkpoint", hide = true)]
    pub(crate) isolation: IsolationChoice,
    /// Executable of the workers
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) worker_exe: Option<PathBuf>,
}

fn swap(text: &str) -> Result<(Kind, Kind), String> {
    let (planned, raised) = text.split_once('=').ok_or("write it as KIND=KIND")?;
    Ok((planned.parse()?, raised.parse()?))
}
