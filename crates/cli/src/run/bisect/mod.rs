//! `rewind bisect RECORD --victim CASE`: which of the cases that ran before the
//! victim, in its process, change how it ends?
//!
//! ```text
//! record ─► scene: the victim, and its predecessors since its process started
//!             │
//!             ├─ alone, twice ──── not the same? flaky by itself
//!             ├─ after all ─────── as alone? they don't change it
//!             ├─ search ────────── a set of which none can be left out
//!             └─ after that, again ── other? not steady
//! ```
//!
//! Each try runs a part of the predecessors, in their order, and then the victim,
//! in one fresh worker.

mod args;
mod hunt;
mod notes;
mod probe;
mod recorded;
mod scene;
mod search;
mod show;

pub(crate) use args::{BISECT_CODES, BisectArgs};
pub(super) use hunt::{Conclusion, hunt};
pub(super) use notes::{About, Notes};
pub(super) use probe::{Audience, Bench, Bounds, Reached};
pub(super) use scene::{Member, Scene, Times};
pub(super) use show::replay as replay_command;

use crate::error::CliError;
use crate::exit::ExitCode;
use crate::report_file::ReportFile;
use crate::signals::Listener;
use crate::terminal::tell;
use recorded::Recorded;
use rewind_harness::StopFlag;
use show::Show;

/// Looks for what changes the victim that `args` name.
pub(crate) fn bisect(args: &BisectArgs) -> Result<ExitCode, CliError> {
    let report = ReportFile::load(&args.record)?;
    let stop = StopFlag::new();
    let _listener = Listener::start(stop.clone())?;
    let recorded = Recorded::find(&report, args, &stop)?;
    for remark in &recorded.selected.remarks {
        tell(&format!("note: {remark}\n"));
    }
    let scene = recorded.scene();
    let notes = Notes::open(Some(&report.path), About::new(&scene)?, args.fresh)?;
    let seed = args.seed.unwrap_or_else(|| report.number("seed"));
    let mut show = Show::new(&scene, &recorded, args, seed);
    show.begin(&notes)?;
    let bounds = Bounds {
        tries: args.max_probes.get(),
        until: None,
    };
    let mut bench = Bench::new(&scene, notes, bounds, &stop, &mut show);
    let (conclusion, ends) = hunt(&mut bench, seed)?;
    let tries = bench.tries();
    show.end(&conclusion, &ends, tries)?;
    Ok(match conclusion {
        Conclusion::Found(_) => ExitCode::Success,
        Conclusion::Bound(..) | Conclusion::Nothing(_) => ExitCode::Failures,
        Conclusion::Interrupted(_) => ExitCode::Interrupted,
    })
}
