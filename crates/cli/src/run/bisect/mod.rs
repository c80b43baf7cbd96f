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
mod scene;
mod search;
mod show;

pub(crate) use args::{BISECT_CODES, BisectArgs};

use crate::error::CliError;
use crate::exit::ExitCode;
use crate::report_file::ReportFile;
use crate::signals::Listener;
use crate::terminal::tell;
use hunt::Conclusion;
use notes::{About, Notes};
use probe::Bench;
use rewind_harness::StopFlag;
use scene::Scene;
use show::Show;

/// Looks for what changes the victim that `args` name.
pub(crate) fn bisect(args: &BisectArgs) -> Result<ExitCode, CliError> {
    let report = ReportFile::load(&args.record)?;
    let stop = StopFlag::new();
    let _listener = Listener::start(stop.clone())?;
    let scene = Scene::set(&report, args, &stop)?;
    for remark in &scene.selected.remarks {
        tell(&format!("note: {remark}\n"));
    }
    let about = About::new(
        &report.path,
        &scene.settings.worker.exe,
        scene.selected.corpus.edition(),
        scene.victim_name(),
    )?;
    let notes = Notes::open(&report.path, about, args.fresh)?;
    let seed = args.seed.unwrap_or_else(|| report.number("seed"));
    let show = Show::new(&scene, args, seed);
    show.begin(&notes)?;
    let mut bench = Bench::new(&scene, notes, args.max_probes.get(), &stop, &show);
    let (conclusion, ends) = hunt::hunt(&mut bench, seed)?;
    let tries = bench.tries();
    show.end(&conclusion, &ends, tries)?;
    Ok(match conclusion {
        Conclusion::Found(_) => ExitCode::Success,
        Conclusion::Bound(_) | Conclusion::Nothing(_) => ExitCode::Failures,
        Conclusion::Interrupted(_) => ExitCode::Interrupted,
    })
}
