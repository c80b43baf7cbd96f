//! A report as a record: what ran where, and how to ask for the same again.

use crate::args::{Cli, Command, Format, RunArgs};
use crate::error::CliError;
use crate::paths;
use crate::profile::Profile;
use crate::report_file::{CaseLine, ReportFile};
use crate::select::Selected;
use clap::Parser as _;
use rewind_plan::{CaseId, Plan};
use rewind_protocol::{Variant, path_text};
use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;

/// First attempts, in the order of their answers. Retries ran alone.
pub(in crate::run) fn first_attempts(report: &ReportFile) -> Vec<&CaseLine> {
    report.cases.iter().filter(|it| it.attempt == 1).collect()
}

/// Where the cases of that name are in `lines`: a path, a path and a variant with
/// a space between, or these with `#N` behind for the Nth time that the case ran. The
/// path may be written as in lists ([`path_text`]).
pub(in crate::run) fn find(lines: &[&CaseLine], name: &str) -> Vec<usize> {
    let exactly = |name: &str| -> Vec<usize> {
        let named = |line: &CaseLine| *line.path == *name || plain_name(line) == name;
        let numbered = lines.iter().enumerate();
        numbered
            .filter_map(|(at, line)| named(line).then_some(at))
            .collect()
    };
    let mut found = exactly(name);
    if let (true, Ok(plain)) = (found.is_empty(), path_text::unescaped(name)) {
        found = exactly(&plain);
    }
    let time = name
        .rsplit_once('#')
        .and_then(|(stem, time)| Some((stem, time.parse::<usize>().ok()?.checked_sub(1)?)));
    match time {
        Some((stem, time)) if found.is_empty() => {
            let one = exactly(stem).get(time).copied();
            one.into_iter().collect()
        }
        _ => found,
    }
}

/// As [`find`], and an error if there is none.
pub(in crate::run) fn must_find(
    report: &ReportFile,
    lines: &[&CaseLine],
    name: &str,
) -> Result<Vec<usize>, CliError> {
    let found = find(lines, name);
    if found.is_empty() {
        return Err(CliError::NoTests(format!(
            "{} has no case `{name}`; name a path, or path and variant, as they stand there",
            report.path.display()
        )));
    }
    Ok(found)
}

fn plain_name(line: &CaseLine) -> String {
    format!("{} {}", line.path, line.variant)
}

/// What is to be said otherwise than the record has it.
#[derive(Debug, Default)]
pub(in crate::run) struct Otherwise {
    /// Corpus root, if it is elsewhere now.
    pub(in crate::run) root: Option<PathBuf>,
    pub(in crate::run) format: Option<Format>,
    /// Restores aren't compared with the checkpoint: a worker that fails that
    /// leaves, and what was to be shown would be gone with it.
    pub(in crate::run) unverified: bool,
}

/// The words that ask for the same configuration, read as such.
pub(in crate::run) fn as_run(
    report: &ReportFile,
    otherwise: &Otherwise,
) -> Result<RunArgs, CliError> {
    let root = otherwise.root.clone();
    let root = root.map_or_else(|| report.path_in("root"), Into::into);
    let text = |key: &str| {
        let value = report.header.get(key)?;
        let plain = value.as_str().map(str::to_owned);
        (!value.is_null()).then(|| plain.unwrap_or_else(|| value.to_string()))
    };
    let mut words: Vec<OsString> = ["rewind", "run", "--mode", "both", "--order", "path"]
        .map(Into::into)
        .into();
    words.extend(["--root".into(), root]);
    let pairs = [
        ("--timeout", "timeout_s"),
        ("--repeat", "repeat"),
        ("--workers", "workers"),
        ("--stand-ins", "stand_ins"),
        ("--isolation", "isolation"),
        ("--tracking", "tracking"),
        ("--heap-cap", "heap_cap_mib"),
        ("--expectations", "expectations"),
        ("--slow", "slow"),
        ("--baseline", "baseline"),
        ("--diagnose", "diagnose"),
        ("--unsupported", "unsupported"),
        ("--allow", "allow"),
        ("--leak-page", "leak_page"),
    ];
    for (flag, key) in pairs {
        if let Some(value) = text(key) {
            words.extend([flag.into(), paths::read(&value, report.escapes(key))]);
        }
    }
    if report.header.get("faults").is_some_and(|it| it == true) {
        words.push("--faults".into());
    }
    words.extend(report.word("limits").split_whitespace().map(Into::into));
    // Where workers were replaced, is in the record.
    words.extend(["--recycle-after", "none", "--crash-limit", "none"].map(Into::into));
    let verify = if otherwise.unverified {
        Some("off".to_owned())
    } else {
        text("verify")
    };
    words.extend(
        verify
            .into_iter()
            .flat_map(|it| ["--verify".into(), it.into()]),
    );
    let unusable = |problem: String| CliError::BadReport {
        path: report.path.clone(),
        line: 1,
        problem,
    };
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Command::Run(run)) => {
            let mut run = *run;
            run.tell.format = otherwise.format;
            run.tell.results = None;
            run.execute.shadow = None;
            Ok(run)
        }
        Ok(_) => Err(unusable("it asks for no run".to_owned())),
        Err(error) => Err(unusable(error.to_string())),
    }
}

/// The corpus of the record, with a plan of nothing but `lines`. That the corpus
/// or this program has changed is a remark.
pub(in crate::run) fn select(
    report: &ReportFile,
    run: &RunArgs,
    lines: &[&CaseLine],
) -> Result<Selected, CliError> {
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let mut selected = Selected::load(&run.select, &Profile::default(), &here, None)?;
    let edition = selected.suite.edition();
    if edition != report.word("corpus") {
        let was = report.word("corpus");
        let remark = format!("the corpus is now {edition}; it was {was} when this was recorded");
        selected.remarks.push(remark);
    }
    let (was, build) = (report.word("build"), rewind_worker::build_name());
    if !was.is_empty() && was != build {
        let remark = format!("this is build {build}; the record is of {was}");
        selected.remarks.push(remark);
    }
    let recorded: HashSet<_> = lines.iter().map(|it| (&*it.path, it.variant)).collect();
    let plan = &mut selected.plan;
    plan.cases
        .retain(|case| recorded.contains(&(&*case.path, case.variant)));
    plan.skipped.clear();
    Ok(selected)
}

/// The number in the plan of each line; `None` where its case isn't there any more.
pub(in crate::run) fn numbers(lines: &[&CaseLine], plan: &Plan) -> Vec<Option<CaseId>> {
    let mut free: HashMap<(&str, Variant), VecDeque<CaseId>> = HashMap::new();
    for (id, case) in plan.iter() {
        let rounds = free.entry((&case.path, case.variant)).or_default();
        rounds.push_back(id);
    }
    let keys = lines.iter().map(|line| (&*line.path, line.variant));
    keys.map(|key| free.get_mut(&key)?.pop_front()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::bisect::Times;
    use rewind_verdict::Verdict;

    fn line(path: &str, variant: Variant) -> CaseLine {
        CaseLine {
            partial: None,
            text: String::new(),
            path: path.into(),
            variant,
            verdict: Verdict::Pass,
            expected: true,
            class: None,
            attempt: 1,
            us: 0,
            heap_peak: 0,
            worker: 0,
            worker_life: 0,
        }
    }

    #[test]
    fn names_find_the_line_that_they_are_of() {
        let lines = [
            line("a.js", Variant::named(&"sloppy")),
            line("a.js", Variant::named(&"strict")),
            line("b#2", Variant::named(&"raw")),
            line("a.js", Variant::named(&"sloppy")),
        ];
        let lines: Vec<_> = lines.iter().collect();
        let times = Times::of(lines.iter().map(|it| (&*it.path, it.variant)));
        let name = |at: usize| match times.at(at) {
            Some(time) => format!("{}#{time}", plain_name(lines[at])),
            None => plain_name(lines[at]),
        };
        let names: Vec<_> = (0..lines.len()).map(name).collect();
        assert_eq!(
            names,
            ["a.js sloppy#1", "a.js strict", "b#2 raw", "a.js sloppy#2"]
        );
        for (at, name) in names.iter().enumerate() {
            assert_eq!(find(&lines, name), [at], "{name}");
        }
        let odd = line("a\n\\.js", Variant::named(&"raw"));
        for name in ["a\n\\.js raw", "a\\n\\\\.js raw", "a\\x0a\\\\.js"] {
            assert_eq!(find(&[&odd], name), [0], "{name}");
        }
        assert_eq!(find(&lines, "a.js"), [0, 1, 3]);
        assert_eq!(find(&lines, "a.js sloppy"), [0, 3]);
        assert_eq!(find(&lines, "b#2"), [2]);
        for name in ["a.js sloppy#0", "a.js sloppy#3", "a", "", "#1"] {
            assert!(find(&lines, name).is_empty(), "{name}");
        }
    }
}
