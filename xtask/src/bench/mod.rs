//! `cargo xtask bench-peers`: us against the peers, on the same files, in turns.
//!
//! Contenders run one after the other in every round, in an order that rotates,
//! so that what slows the machine down for a while slows all of them. Ratios
//! come with an interval from resampled rounds.

mod contender;
mod figures;
mod measure;
mod report;

use crate::error::{Error, Result};
use crate::listing::Tree;
use crate::peer::{self, Configuration};
use crate::workspace::Metadata;
use contender::Contender;
use figures::Figures;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rounds if nothing is said.
const ROUNDS: usize = 11;
/// Rounds with `--quick`.
const QUICK: usize = 3;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Root of a test262 tree
    #[arg(long)]
    root: PathBuf,
    /// Files and folders below the root
    #[arg(long, num_args = 1.., default_value = "test/language/expressions")]
    paths: Vec<String>,
    /// Three rounds
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// Rounds
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: Option<u64>,
    /// Our binary; by default the release build in cargo's target folder
    #[arg(long)]
    rewind: Option<PathBuf>,
    /// File for all figures as JSON; by default bench/peers.json in cargo's target folder
    #[arg(long)]
    json: Option<PathBuf>,
    /// File for the table as markdown
    #[arg(long)]
    markdown: Option<PathBuf>,
}

impl Options {
    fn rounds(&self) -> usize {
        let asked = self.rounds.and_then(|rounds| usize::try_from(rounds).ok());
        asked.unwrap_or(if self.quick { QUICK } else { ROUNDS })
    }
}

/// Measures, prints and writes; always `true`, for no time is a failure here.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let tree = Tree::open(&options.root)?;
    let tests = tree.tests(&options.paths)?;
    let peers = peer::build(out)?;
    let configuration = Configuration::read(&peers.shipped_conf)?;
    let scratch = tempfile::tempdir().map_err(Error::file("create a folder for", &tree.root))?;
    let release = metadata.target_directory.join("release/rewind");
    let ours = options.rewind.clone().unwrap_or(release);
    let contenders = [
        Contender::rewind(&ours, &tree.root, &options.paths),
        Contender::run_test262(
            &peers.run_test262,
            &tree.root,
            &configuration,
            &tests,
            scratch.path(),
        )?,
    ];
    let what = options.paths.join(" ");
    let figures = Figures::gather(&contenders, options.rounds(), &what, tests.len(), out)?;
    writeln!(out, "{}", report::text(&figures))?;
    let json = options
        .json
        .clone()
        .unwrap_or_else(|| metadata.target_directory.join("bench/peers.json"));
    write_file(&json, &report::json(&figures))?;
    if let Some(path) = &options.markdown {
        write_file(path, &report::markdown(&figures))?;
    }
    writeln!(out, "bench-peers: figures are in {}", json.display())?;
    Ok(true)
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    }
    std::fs::write(path, text).map_err(Error::file("write", path))
}
