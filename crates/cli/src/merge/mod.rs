//! `rewind merge`: the results of all shards, put together to those of the whole.
//!
//! It refuses where the result would not be the whole: a shard that is missing
//! or there twice, a case in two of them, a run that did not finish, or another
//! configuration. What it writes does not depend on the order they are named in.

mod check;
mod summary;

use crate::args::MergeArgs;
use crate::error::CliError;
use crate::exit::{ExitCode, Standing};
use crate::report_file::{CaseLine, ReportFile};
use crate::terminal::tell;
use rewind_protocol::path_text;
use rewind_report::{AtomicFile, FAILURES_FILE, RESULTS_FILE, ResultsFolder};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Merges what `args` name.
pub(crate) fn merge(args: &MergeArgs) -> Result<ExitCode, CliError> {
    let files: Result<Vec<_>, _> = args
        .inputs
        .iter()
        .map(|path| ReportFile::load(path))
        .collect();
    let mut files = files?;
    check::check(&files).map_err(CliError::Merge)?;
    files.sort_by_key(|file| check::shard(file).map(|(k, _)| k));
    let mut cases: Vec<&CaseLine> = files.iter().flat_map(|file| &file.cases).collect();
    cases.sort_by(|a, b| (&a.path, a.variant, a.attempt).cmp(&(&b.path, b.variant, b.attempt)));
    let summary = summary::of(&files, &cases);
    let folder = ResultsFolder::open(&args.results)?;
    let results = AtomicFile::create(&folder.path().join(RESULTS_FILE))?;
    write_results(results, &header(&files), &cases, &others(&files), &summary)?;
    let failures = AtomicFile::create(&folder.path().join(FAILURES_FILE))?;
    write_failures(failures, &cases)?;
    tell(&told(&files, &summary));
    let count = |key: &str| summary.get(key).and_then(Value::as_u64).unwrap_or_default();
    let shadow = |key: &str| {
        let counts = summary.get("shadow").and_then(|counts| counts.get(key));
        counts.and_then(Value::as_u64).unwrap_or_default()
    };
    let standing = Standing {
        missing: count("lost") + shadow("lost"),
        unexpected: count("unexpected").saturating_sub(count("partial")),
        flaky_refused: count("partial"),
        breaches: shadow("breaches"),
        ..Standing::default()
    };
    Ok(standing.exit_code())
}

/// The first shard's, as if there were none.
fn header(files: &[ReportFile]) -> Map<String, Value> {
    let mut header = files
        .first()
        .map(|it| it.header.clone())
        .unwrap_or_default();
    for key in ["cases", "skips", "workers"] {
        let sum: u64 = files.iter().map(|file| file.number(key)).sum();
        header.insert(key.to_owned(), sum.into());
    }
    header.remove("resumes");
    header.insert("shard".to_owned(), Value::Null);
    header.insert("merged".to_owned(), files.len().into());
    header
}

/// Lines of other types, sorted: which shard they come from is of no interest.
fn others(files: &[ReportFile]) -> Vec<&String> {
    let mut lines: Vec<_> = files.iter().flat_map(|file| &file.others).collect();
    lines.sort();
    lines
}

fn write_results(
    mut file: AtomicFile,
    header: &Map<String, Value>,
    cases: &[&CaseLine],
    others: &[&String],
    summary: &Map<String, Value>,
) -> Result<(), CliError> {
    let mut write = || -> io::Result<()> {
        writeln!(file, "{}", tagged("run", header))?;
        for case in cases {
            writeln!(file, "{}", case.text)?;
        }
        for line in others {
            writeln!(file, "{line}")?;
        }
        writeln!(file, "{}", tagged("summary", summary))
    };
    write().map_err(CliError::system("write the merged results"))?;
    Ok(file.commit()?)
}

/// An object with its type in front, as in the report of a run.
fn tagged(name: &str, object: &Map<String, Value>) -> String {
    let mut rest = object.clone();
    rest.remove("type");
    let rest = Value::Object(rest).to_string();
    let rest = rest.strip_prefix('{').unwrap_or_default();
    format!("{{\"type\":\"{name}\",{rest}")
}

/// As a run lists them: verdict, variant, path and reason, of every attempt
/// that was not as expected.
fn write_failures(mut file: AtomicFile, cases: &[&CaseLine]) -> Result<(), CliError> {
    for case in cases.iter().filter(|case| !case.expected) {
        let line: Value = serde_json::from_str(&case.text).unwrap_or_default();
        let why = line.get("why").and_then(Value::as_str).unwrap_or_default();
        let flat = |text: &str| text.escape_debug().to_string();
        writeln!(
            file,
            "{}\t{}\t{}\t{}",
            case.partial.map_or(case.verdict.name(), |_| "partial"),
            case.variant,
            path_text::escaped(&case.path),
            flat(why)
        )
        .map_err(CliError::system("write the list of failures"))?;
    }
    Ok(file.commit()?)
}

fn told(files: &[ReportFile], summary: &Map<String, Value>) -> String {
    let count = |key: &str| summary.get(key).and_then(Value::as_u64).unwrap_or_default();
    format!(
        "merged  {} shards, {} cases: {} passed, {} failed, {} crashed, {} timed out, {} lost, \
         {} skipped; {} unexpected, {} partial\n",
        files.len(),
        count("cases"),
        count("pass"),
        count("fail"),
        count("crash"),
        count("timeout"),
        count("lost"),
        count("skip"),
        count("unexpected"),
        count("partial")
    )
}
