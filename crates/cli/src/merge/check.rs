//! Whether reports are the shards of one whole.

use crate::report_file::ReportFile;
use rewind_protocol::Variant;
use serde_json::Value;
use std::collections::HashMap;

/// What must be the same in all of them. Root, paths and workers may differ:
/// other machines have others, and `corpus` tells which tests were found.
const SAME: [&str; 18] = [
    "version",
    "build",
    "unsupported",
    "allow",
    "diagnose",
    "suite",
    "corpus",
    "mode",
    "timeout_s",
    "isolation",
    "filter",
    "repeat",
    "seed",
    "order",
    "retries",
    "heap_cap_mib",
    "faults",
    "whole",
];

/// Says what is wrong, if they are not.
pub(super) fn check(files: &[ReportFile]) -> Result<(), String> {
    shards(files)?;
    same(files)?;
    complete(files)?;
    disjoint(files)?;
    whole(files)
}

/// Share and number of shares that a report is of.
pub(super) fn shard(file: &ReportFile) -> Option<(u64, u64)> {
    let (k, n) = file.word("shard").split_once('/')?;
    Some((k.parse().ok()?, n.parse().ok()?))
}

/// Each of n shares is there, once.
fn shards(files: &[ReportFile]) -> Result<(), String> {
    let mut there: HashMap<u64, &ReportFile> = HashMap::new();
    let mut of = None;
    for file in files {
        let name = file.path.display();
        let Some((k, n)) = shard(file) else {
            return Err(format!(
                "{name} is of no shard; merge results of runs with --shard K/N"
            ));
        };
        if *of.get_or_insert(n) != n {
            let first = of.unwrap_or(n);
            return Err(format!(
                "{name} is shard {k} of {n}, the first of {first}; merge shards of one division"
            ));
        }
        if let Some(other) = there.insert(k, file) {
            let other = other.path.display();
            return Err(format!(
                "shard {k} of {n} is there twice: {other} and {name}; leave one away"
            ));
        }
    }
    let n = of.unwrap_or_default();
    let missing: Vec<_> = (1..=n)
        .filter(|k| !there.contains_key(k))
        .map(|k| format!("{k}/{n}"))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} missing; name the results of every shard",
            missing.join(", ")
        ))
    }
}

/// The configuration is one.
fn same(files: &[ReportFile]) -> Result<(), String> {
    let Some((first, others)) = files.split_first() else {
        return Ok(());
    };
    for file in others {
        for key in SAME {
            let of = |file: &ReportFile| file.header.get(key).cloned().unwrap_or(Value::Null);
            let (ours, theirs) = (of(first), of(file));
            if ours != theirs {
                let (a, b) = (first.path.display(), file.path.display());
                return Err(format!(
                    "`{key}` is {ours} in {a} and {theirs} in {b}; run all shards alike"
                ));
            }
        }
    }
    Ok(())
}

/// Every run finished.
fn complete(files: &[ReportFile]) -> Result<(), String> {
    for file in files {
        let run = file.completeness();
        if !run.complete {
            let (name, missing) = (file.path.display(), run.not_run);
            return Err(format!(
                "{missing} cases of {name} have no result ({run}); finish that run with --resume"
            ));
        }
    }
    Ok(())
}

/// No case is in two of them.
fn disjoint(files: &[ReportFile]) -> Result<(), String> {
    let mut owner: HashMap<(&str, Variant), usize> = HashMap::new();
    for (index, file) in files.iter().enumerate() {
        for case in &file.cases {
            let first = *owner.entry((&case.path, case.variant)).or_insert(index);
            if let Some(other) = files.get(first).filter(|_| first != index) {
                let (path, variant) = (&case.path, case.variant);
                let (a, b) = (other.path.display(), file.path.display());
                return Err(format!(
                    "{path} {variant} is in {a} and in {b}; shards overlap where they were \
                     dealt out by other timings: run them with --no-cache, or with one and \
                     the same timings"
                ));
            }
        }
    }
    Ok(())
}

/// Together they have as many cases as there are.
fn whole(files: &[ReportFile]) -> Result<(), String> {
    let whole = files.first().map_or(0, |file| file.number("whole"));
    let sum: u64 = files
        .iter()
        .map(|file| file.number("cases") + file.number("skips"))
        .sum();
    if whole == sum {
        Ok(())
    } else {
        Err(format!(
            "the shards have {sum} cases together, the whole has {whole}; they were dealt out \
             by other timings: run them with --no-cache, or with one and the same timings"
        ))
    }
}
