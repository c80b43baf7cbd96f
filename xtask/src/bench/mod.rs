//! `cargo xtask bench-peers`: us against the peers, on the same files, in turns.
//!
//! Contenders run one after the other in every round, in an order that rotates,
//! so that what slows the machine down for a while slows all of them. Ratios
//! come with an interval from resampled rounds.

mod contender;
mod figures;
mod measure;
mod report;
mod sample;
mod strings;
mod svg;

use crate::error::{Error, Result};
use crate::listing::Tree;
use crate::peer::{self, Configuration};
use crate::workspace::Metadata;
use contender::{Contender, Ours, Way};
use figures::Figures;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rounds if nothing is said.
const ROUNDS: usize = 11;
/// Rounds with `--quick`.
const QUICK: usize = 3;
/// Tests for which the engine's shell is started.
const SAMPLE: usize = 300;
/// Most tests for which our worker is forked; so many that its start doesn't count.
const FORKS: usize = 3000;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Root of a test262 tree
    #[arg(long, required_unless_present = "strings")]
    root: Option<PathBuf>,
    /// Tests that are bound by the engine, made for this: expressions over strings of some MB
    #[arg(long, conflicts_with_all = ["root", "paths", "without"])]
    strings: bool,
    /// Fail if one worker takes more than so many times as long as one thread of run-test262
    #[arg(long, value_name = "RATIO")]
    most: Option<f64>,
    /// Files and folders below the root
    #[arg(long, num_args = 1.., default_value = "test/language/expressions")]
    paths: Vec<String>,
    /// Tests below the root that nobody runs, such as those that only wait
    #[arg(long, num_args = 1..)]
    without: Vec<String>,
    /// Three rounds of one worker against one thread of run-test262, and nobody else
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
    /// File for a plot of the medians
    #[arg(long)]
    svg: Option<PathBuf>,
}

impl Options {
    fn rounds(&self) -> usize {
        let asked = self.rounds.and_then(|rounds| usize::try_from(rounds).ok());
        asked.unwrap_or(if self.quick { QUICK } else { ROUNDS })
    }
}

/// Measures, prints and writes; `false` only if a ratio was asked for and is not kept.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let scratch =
        tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let (root, paths) = match &options.root {
        Some(root) => (root.clone(), options.paths.clone()),
        None => {
            let made = strings::write(scratch.path())?;
            (made, vec![strings::FOLDER.to_owned()])
        }
    };
    let tree = Tree::open(&root)?;
    let tests = left(tree.tests(&paths)?, &options.without)?;
    let skip_list = skip_list(&options.without, scratch.path())?;
    let release = metadata.target_directory.join("release/rewind");
    let program = options.rewind.clone().unwrap_or(release);
    let ours = Ours {
        program: &program,
        root: &tree.root,
        paths: &paths,
        skip_list: skip_list.as_deref(),
    };
    let contenders = contenders(options, ours, &tree, &tests, scratch.path(), out)?;
    let mut what = paths.join(" ");
    if !options.without.is_empty() {
        what = format!("{what} without {}", options.without.join(" "));
    }
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
    if let Some(path) = &options.svg {
        write_file(path, &svg::plot(&figures))?;
    }
    writeln!(out, "bench-peers: figures are in {}", json.display())?;
    keeps(&figures, options.most, out)
}

/// Whether the first row takes at most `most` times what the second does, the engine's own runner.
fn keeps(figures: &Figures, most: Option<f64>, out: &mut dyn Write) -> Result<bool> {
    let (Some(most), [ours, peer, ..]) = (most, figures.rows.as_slice()) else {
        return Ok(true);
    };
    let ratio = ours.ratio(peer, |took| took.wall).value;
    let keeps = ratio <= most;
    let told = if keeps { "at most" } else { "more than" };
    let (ours, peer) = (&ours.name, &peer.name);
    writeln!(
        out,
        "bench-peers: {ours} takes {ratio:.3} times what {peer} does, {told} {most}"
    )?;
    Ok(keeps)
}

/// The tests but for those that nobody runs.
fn left(tests: Vec<String>, without: &[String]) -> Result<Vec<String>> {
    if let Some(other) = without.iter().find(|it| !tests.contains(it)) {
        let problem = format!("leave out {other}: it is none of the tests; mend --without");
        return Err(Error::Other(problem));
    }
    let mut left = tests;
    left.retain(|test| !without.contains(test));
    Ok(left)
}

/// The same for ours, as a list; `None` where it would be empty.
fn skip_list(without: &[String], scratch: &Path) -> Result<Option<PathBuf>> {
    if without.is_empty() {
        return Ok(None);
    }
    let lines = without
        .iter()
        .map(|test| format!("{test} -- by --without\n"));
    let file = scratch.join("without.txt");
    write_file(&file, &lines.collect::<String>())?;
    Ok(Some(file))
}

/// Everybody who runs; the first is what the others are held against.
fn contenders(
    options: &Options,
    ours: Ours<'_>,
    tree: &Tree,
    tests: &[String],
    scratch: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Contender>> {
    let peers = peer::build(out)?;
    let configuration = Configuration::read(&peers.shipped_conf)?;
    let runner = |threads| {
        let program = &peers.run_test262;
        Contender::run_test262(program, &tree.root, &configuration, tests, scratch, threads)
    };
    let mut contenders = vec![Contender::rewind(ours, 1, Way::Usual), runner(1)?];
    if options.quick {
        return Ok(contenders);
    }
    contenders.extend([Contender::rewind(ours, 2, Way::Usual), runner(2)?]);
    let tiers = ["mprotect", "copy"];
    contenders.extend(tiers.map(|tier| Contender::rewind(ours, 1, Way::Tier(tier))));
    contenders.extend(isolated(ours, tests));
    let files = sample::write(tree, &configuration, tests, SAMPLE, scratch)?;
    if !files.is_empty() {
        contenders.push(Contender::qjs(&peers.qjs, &files));
    }
    Ok(contenders)
}

/// Our worker with what others do instead of a restore: a fresh context, and a fork.
fn isolated(ours: Ours<'_>, tests: &[String]) -> [Contender; 2] {
    let fresh = Contender::rewind(ours, 1, Way::Isolation("fresh-context"));
    let fork = Way::Isolation("fork");
    let step = tests.len().div_ceil(FORKS).max(1);
    if step == 1 {
        return [fresh, Contender::rewind(ours, 1, fork)];
    }
    let paths: Vec<String> = tests.iter().step_by(step).cloned().collect();
    let ours = Ours {
        paths: &paths,
        ..ours
    };
    [fresh, Contender::rewind(ours, 1, fork).of_sample()]
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    }
    std::fs::write(path, text).map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_that_was_asked_for_is_kept_or_not() {
        let figures = figures::tests::sample();
        let mut out = Vec::new();
        // 0.5 s against 5.0 s.
        assert!(keeps(&figures, Some(0.1), &mut out).expect("written"));
        assert!(!keeps(&figures, Some(0.09), &mut out).expect("written"));
        assert!(keeps(&figures, None, &mut out).expect("written"));
        let told = String::from_utf8(out).expect("text");
        assert!(
            told.ends_with("rewind 1 takes 0.100 times what run-test262 1 does, more than 0.09\n"),
            "{told}"
        );
    }

    #[test]
    fn tests_left_out_are_run_by_nobody_and_must_be_there() {
        let tests = || vec!["test/a.js".to_owned(), "test/b.js".to_owned()];
        let without = ["test/a.js".to_owned()];
        assert_eq!(left(tests(), &without).expect("there"), ["test/b.js"]);
        assert!(left(tests(), &["test/c.js".to_owned()]).is_err());
        let scratch = tempfile::tempdir().expect("a folder");
        let list = skip_list(&without, scratch.path()).expect("written");
        let text = std::fs::read_to_string(list.expect("not empty")).expect("read");
        assert_eq!(text, "test/a.js -- by --without\n");
        assert!(skip_list(&[], scratch.path()).expect("nothing").is_none());
    }
}
