//! `rewind audit`: leaves behind, on purpose, everything that a test can leave
//! behind, and shows what becomes of each.
//!
//! ```text
//! for each kind:  look ─► leave ─► look again
//!                   └──── equal? ────┘   yes: restored
//!                                        no, but the worker ended and said why: detected
//!                                        no: silent, and the audit fails
//! ```
//!
//! It is done twice: with the checks as they are in a run, and with every check
//! after every test. What only the second finds is found in a run by sample.

mod beyond;
mod process;
mod rows;
mod script;
mod show;
mod trial;

use crate::args::{AuditArgs, Format};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::terminal::{Surroundings, unless_unread};
use rewind_harness::{RunConfig, WorkerCommand};
use rewind_protocol::Variant;
use rewind_protocol::message::Verify;
use rewind_report::human::Palette;
use rows::Row;
use show::{Finding, Table};
use std::path::Path;
use trial::Came;

/// The guest that reaches everything.
const ACTIONS: &str = "actions";

/// Runs the audit and prints its table.
pub(crate) fn audit(args: &AuditArgs) -> Result<ExitCode, CliError> {
    // Nobody else can have made it: it is new, under a name of its own.
    let folder = tempfile::Builder::new().prefix("rewind-audit-").tempdir();
    let folder = folder.map_err(CliError::system("make a folder for the tests of the audit"))?;
    let table = table(args, folder.path())?;
    let text = match args.format.unwrap_or_default() {
        Format::Ndjson => show::ndjson(&table)?,
        _ => {
            let choice = args.color.unwrap_or_default();
            let coloured = Surroundings::of_process().colour(choice, &std::io::stdout());
            show::human(&table, &Palette::new(coloured))
        }
    };
    print(&text)?;
    Ok(if table.is_sound() {
        ExitCode::Success
    } else {
        ExitCode::Policy
    })
}

fn print(text: &str) -> Result<(), CliError> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    unless_unread(written).map_err(CliError::system("write the table"))
}

fn table(args: &AuditArgs, folder: &Path) -> Result<Table, CliError> {
    let guest = args.guest.as_deref().unwrap_or(ACTIONS);
    let reaches_process = guest == ACTIONS;
    let mut rows = if reaches_process {
        rows::of_process(std::process::id())
    } else {
        rows::of_script()
    };
    if args.planted {
        let file = folder.join("planted-file");
        rows.push(rows::planted(&file.to_string_lossy()));
    }
    let variant = if reaches_process {
        Variant::named(&"raw")
    } else {
        Variant::named(&"sloppy")
    };
    let findings = Findings {
        variant,
        folder,
        usual: config(args, guest, Verify::Off)?,
        full: config(args, guest, Verify::Always)?,
    };
    let mut found = rows
        .iter()
        .map(|row| findings.of(row))
        .collect::<Result<Vec<_>, _>>()?;
    if !reaches_process {
        found.extend(rows::beyond_scripts().map(Finding::beyond));
    }
    Ok(Table {
        guest: guest.to_owned(),
        findings: found,
    })
}

fn config(args: &AuditArgs, guest: &str, verify: Verify) -> Result<RunConfig, CliError> {
    let exe = match &args.worker_exe {
        Some(exe) => exe.clone(),
        None => std::env::current_exe().map_err(CliError::system("find this program"))?,
    };
    let mut config = RunConfig::new(WorkerCommand::new(exe, ["worker"]), 1);
    config.setup.guest = guest.to_owned();
    config.setup.verify = verify;
    config.retry_lost = false;
    // A worker runs one trial: there is nobody else to blame.
    config.confirm_deaths = false;
    // What its worker failed over is not left by another.
    config.patience.requeues = 0;
    if let Some(tracking) = args.tracking {
        config.setup.tracking = tracking.into();
    }
    Ok(config)
}

/// How each row is tried.
struct Findings<'a> {
    variant: Variant,
    folder: &'a Path,
    usual: RunConfig,
    full: RunConfig,
}

impl Findings<'_> {
    /// The usual checks' word counts, unless they see nothing and the full ones do.
    fn of(&self, row: &Row) -> Result<Finding, CliError> {
        let (usual, first) = trial::run(row, self.variant, self.folder, &self.usual, None)?;
        if !matches!(usual, Came::Silent(_)) {
            let survives = usual == Came::Restored;
            let cost = survives.then(|| trial::cost(row, self.variant, self.folder, &self.usual));
            return Ok(Finding {
                kind: row.kind,
                came: usual,
                sampled: false,
                cost: cost.transpose()?,
            });
        }
        let (full, _) = trial::run(row, self.variant, self.folder, &self.full, Some(&first))?;
        let sampled = !matches!(full, Came::Silent(_) | Came::Broken(_));
        let came = if sampled { full } else { usual };
        Ok(Finding {
            kind: row.kind,
            came,
            sampled,
            cost: None,
        })
    }
}
