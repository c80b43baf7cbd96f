//! A comparison, for people and for machines.

use super::differences::{Differences, Kind};
use super::settings::others;
use crate::paths;
use crate::report_file::ReportFile;
use rewind_protocol::path_text;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Differences of each kind that people are shown.
const LISTED: usize = 50;

pub(super) fn human(
    out: &mut impl Write,
    before: &ReportFile,
    after: &ReportFile,
    found: &Differences<'_>,
) -> io::Result<()> {
    for kind in Kind::ALL {
        let word = kind.name().to_uppercase();
        for it in found.of(kind).take(LISTED) {
            let (variant, was, now) = (it.variant, &it.was, &it.now);
            let path = path_text::escaped(it.path);
            writeln!(out, "{word:>8}  {path} {variant}  {was} → {now}")?;
        }
        let count = found.count(kind);
        if count > LISTED {
            let more = count - LISTED;
            writeln!(
                out,
                "{word:>8}  … and {more} more; --format ndjson lists all"
            )?;
        }
    }
    let counts = Kind::ALL.map(|kind| format!("{} {}", found.count(kind), kind.name()));
    let (both, added) = (found.both, found.added);
    writeln!(
        out,
        "compared  {both} cases in both, {added} added: {}",
        counts.join(", ")
    )?;
    for other in others(before, after) {
        let plain = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let (key, was, now) = (other.key, plain(&other.was), plain(&other.now));
        writeln!(out, "    note  {key} was {was}, and is {now}")?;
    }
    Ok(())
}

pub(super) fn ndjson(
    out: &mut impl Write,
    before: &ReportFile,
    after: &ReportFile,
    found: &Differences<'_>,
) -> io::Result<()> {
    let (a, b) = (paths::told(&before.path), paths::told(&after.path));
    let differs: Vec<Value> = others(before, after)
        .into_iter()
        .map(|it| json!({"key": it.key, "was": it.was, "now": it.now}))
        .collect();
    let head = json!({"type": "compare", "schema": 1, "a": a, "b": b, "differs": differs});
    writeln!(out, "{head}")?;
    for it in &found.all {
        let line = json!({
            "type": "difference", "kind": it.kind.name(), "path": it.path,
            "variant": it.variant.name(), "was": it.was, "now": it.now,
        });
        writeln!(out, "{line}")?;
    }
    let mut summary: Map<String, Value> = Kind::ALL
        .iter()
        .map(|kind| (kind.name().to_owned(), found.count(*kind).into()))
        .collect();
    summary.insert("type".to_owned(), "summary".into());
    summary.insert("both".to_owned(), found.both.into());
    summary.insert("added".to_owned(), found.added.into());
    summary.insert("regressions".to_owned(), found.regressions().into());
    writeln!(out, "{}", Value::Object(summary))
}
