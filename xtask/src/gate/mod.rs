//! `cargo xtask perf-gate`: did the work that needs no kernel become dearer?
//!
//! Wall-clock time can't be gated on a machine that others use. Instructions
//! can: `benches/src/bin/gate.rs` does fixed work under `valgrind
//! --tool=callgrind`, and what it executed is held against figures in
//! `xtask/perf-gate.toml`. Other compilers make other code, so the figures carry
//! the compiler's version, and are not compared with another's.
//!
//! What lives off the kernel (restores, faults) isn't here: valgrind knows
//! neither userfaultfd nor our handlers. See `cargo bench -p rewind-benches`. But
//! for one thing that can be counted without it: page faults of tests that use as
//! much memory as the one before, which are none as long as memory is kept.

mod count;
mod figures;
mod report;

use crate::error::{Error, Result};
use crate::workspace::Metadata;
use count::Counter;
use figures::Figures;
use std::io::Write;

/// Works of the program, in the order of the table. What `nothing` costs is taken off the others.
const WORKS: [&str; 7] = [
    "codec",
    "seal",
    "heap",
    "strings",
    "frontmatter",
    "judge",
    "plan",
];
/// Most page faults of 20 tests that use 40 MiB each: one alone would take 20 for
/// huge pages, 10,000 for small ones.
const MOST_FAULTS: u64 = 20;
/// A work that costs more than its figure by more than this many per cent fails.
const TOLERANCE: u64 = 3;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write the figures of this tree and this compiler instead of comparing
    #[arg(long)]
    update: bool,
}

/// Counts and compares, or writes; `false` if a work became too dear.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let path = metadata.workspace_root.join("xtask/perf-gate.toml");
    let compiler = count::compiler()?;
    let stored = match options.update {
        true => None,
        false => Some(Figures::read(&path)?),
    };
    if let Some(stored) = stored.as_ref().filter(|stored| stored.compiler != compiler) {
        writeln!(
            out,
            "perf-gate: skipped: the figures are of {}, this is {compiler}; \
             take them anew with cargo xtask perf-gate --update",
            stored.compiler
        )?;
        return Ok(true);
    }
    let counter = Counter::build(&metadata)?;
    let start = counter.instructions("nothing")?;
    let mut now = Figures::new(compiler);
    for work in WORKS {
        let instructions = counter.instructions(work)?;
        now.works
            .insert(work.to_owned(), instructions.saturating_sub(start));
    }
    let Some(stored) = stored else {
        std::fs::write(&path, now.text()).map_err(Error::file("write", &path))?;
        writeln!(out, "perf-gate: wrote {}", path.display())?;
        return Ok(true);
    };
    let rows = report::rows(&WORKS, &stored, &now);
    write!(out, "{}", report::text(&rows))?;
    let faults = counter.faults()?;
    let few = faults <= MOST_FAULTS;
    let verdict = if few { "holds" } else { "memory isn't kept" };
    writeln!(
        out,
        "perf-gate: {faults} page faults for memory used before, {MOST_FAULTS} at most: {verdict}"
    )?;
    Ok(few && rows.iter().all(|row| row.holds()))
}
