//! What a run tells the world: lines for machines, text for people, files for
//! build servers.
//!
//! ```text
//! CaseRecord ──► Reporter ──► Figures               counts, percentiles, failures kept
//!                   │
//!                   ├──► Sink: ndjson | tap         a line for each attempt, to stdout
//!                   ├──► Sink: junit | results      files, put in place when they are whole
//! events ───────────┼──► Trace                      the run's course, for Perfetto
//!                   └──► Progress                   for people, to stderr
//! RunFacts + Figures ──► Summary ──► every sink, and the text for people
//! ```
//!
//! Nothing here judges, measures or decides: it is told, and it says. A report
//! that can't be written is told once and given up, and the others go on; of
//! progress not even that is told. Whether a run did all that was planned is
//! worked out by [`Completeness`], for every form of report.

mod atomic;
mod bisected;
mod completeness;
mod error;
mod figures;
mod files;
mod foreign;
pub mod human;
mod json;
mod junit;
mod leftovers;
mod lock;
mod ndjson;
mod progress;
mod record;
mod recycling;
mod reporter;
mod results;
mod shadow;
mod signal;
mod summary;
mod tap;
#[cfg(test)]
mod testing;
mod text;
mod trace;

pub use atomic::AtomicFile;
pub use bisected::{BisectCounts, BisectRecord, Cause, NamedCase, SearchEnd};
pub use completeness::{Completeness, StopReason, Stopped};
pub use error::ReportError;
pub use figures::{Counts, Failure, Figures, Slow};
pub use files::put_json;
pub use foreign::is_results_file;
pub use junit::Junit;
pub use lock::{Holder, started_now};
pub use ndjson::Ndjson;
pub use progress::{Progress, ProgressKind};
pub use record::{About, CaseRecord, RunHeader};
pub use recycling::RecyclingFigures;
pub use reporter::{Ended, Reporter, Sink};
pub use results::{FAILURES_FILE, RESULTS_FILE, ResultsFolder};
/// What a run says of a case; reported under its lower-case name.
pub use rewind_verdict::Verdict;
pub use shadow::{CaseEnd, Finding, ShadowCounts, ShadowRecord};
pub use signal::signal_name;
pub use summary::{
    MemoryPeaks, Percentiles, PhaseSeconds, Retired, RunFacts, Skips, Stage, Summary,
};
pub use tap::Tap;
pub use trace::{Moment, Trace};
