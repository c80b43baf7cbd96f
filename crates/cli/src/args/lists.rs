//! Lists of what is admitted to a run, and of what it must show.

use clap::Args;
use std::path::PathBuf;

/// Which tests are admitted, whatever they are called.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AdmissionArgs {
    /// Features that the engine lacks, a line each (NAME: REASON) [default: built in]
    #[arg(long, value_name = "FILE", env = "REWIND_UNSUPPORTED")]
    pub(crate) unsupported: Option<PathBuf>,
    /// Tests to run although the engine lacks a feature of theirs, a path or glob a line
    #[arg(long, value_name = "FILE", env = "REWIND_ALLOW")]
    pub(crate) allow: Option<PathBuf>,
}

/// What tests must show besides passing.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DiagnoseArgs {
    /// Markers that must appear, a line each: PATH, perhaps VARIANT, MARKER; a pass without is a failure
    #[arg(long, value_name = "FILE", env = "REWIND_DIAGNOSE")]
    pub(crate) diagnose: Option<PathBuf>,
}
