//! What `rewind bisect` can be told.

use crate::args::{Format, plain_format};
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// What follows the help text.
pub(crate) const BISECT_CODES: &str = "Exit codes:
    0  found: the cases named change how the victim ends, and none of them can be left out
    1  not found: nothing before the victim changes it, or the bound on tries was reached
    2  bad usage, or a record that can't be used
    3  our machinery failed
    4  the record has no such case
  130  interrupted; the same command goes on from there";

/// `rewind bisect`.
#[derive(Clone, Debug, Args)]
pub(crate) struct BisectArgs {
    /// Results of the run: a results folder, or an ndjson report
    #[arg(value_name = "RECORD")]
    pub(crate) record: PathBuf,
    /// The case that ends otherwise alone: its path, or path and variant with a space
    /// between; #N behind these is the Nth time that it ran
    #[arg(long, value_name = "CASE")]
    pub(crate) victim: String,
    /// Corpus root, if it is elsewhere now
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Seed of where the search begins; decides which set is found where there are several
    /// [default: that of the run]
    #[arg(long, value_name = "N", env = "REWIND_SEED")]
    pub(crate) seed: Option<u64>,
    /// Most tries before it gives up; the same command goes on from there
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) max_probes: NonZeroU32,
    /// Forget what was tried before
    #[arg(long)]
    pub(crate) fresh: bool,
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Executable of the workers
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) worker_exe: Option<PathBuf>,
}
