//! What `rewind profile` can be told.

use crate::args::RunArgs;
use clap::Args;
use std::path::PathBuf;

/// `rewind profile`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProfileArgs {
    /// What is run, and how.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Read the results of an earlier run (a results folder, or an ndjson report); run nothing
    #[arg(
        long,
        value_name = "RESULTS",
        help_heading = "Profile",
        conflicts_with_all = ["paths", "filter", "shard", "repeat", "trace", "resume", "rerun"]
    )]
    pub(crate) from: Option<PathBuf>,
    /// Name so many tests in each list, from 0 to 1000
    #[arg(
        long,
        value_name = "N",
        default_value = "5",
        env = "REWIND_TOP",
        help_heading = "Profile",
        value_parser = clap::value_parser!(u32).range(0..=1000)
    )]
    pub(crate) top: u32,
}
