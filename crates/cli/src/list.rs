//! `rewind list`: what would be run, in the order of starting, and what would not.

use crate::args::{Format, ListArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::select::Selected;
use rewind_plan::{Case, Plan, Skipped};
use rewind_protocol::path_text;
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// Lists what `args` select.
pub(crate) fn list(args: &ListArgs) -> Result<ExitCode, CliError> {
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let profile = Profile::find(args.select.profile.as_deref(), &here)?;
    let selected = Selected::load(&args.select, &profile, &here, None)?;
    selected.must_hold_tests()?;
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out, &selected.plan, args.format.unwrap_or_default())
        .and_then(|()| out.flush())
        .map_err(CliError::system("write the list"))?;
    Ok(ExitCode::Success)
}

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    path: &'a str,
    variant: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<u32>,
    /// Sources evaluated before it, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    preamble: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<u32>,
    /// What it is thought to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_us: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<String>,
    /// Why it can't be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn case(plan: &'a Plan, case: &'a Case) -> Self {
        Self {
            r#type: "case",
            path: &case.path,
            variant: case.variant.name(),
            round: Some(case.round),
            preamble: Some(sources(plan, case.preamble)),
            deadline_ms: Some(case.deadline_ms),
            weight_us: Some(case.weight_us),
            skip: None,
            unreadable: plan.unreadable(case).map(|reason| &**reason),
        }
    }

    fn skipped(skipped: &'a Skipped) -> Self {
        Self {
            r#type: "skip",
            path: &skipped.path,
            variant: skipped.variant.name(),
            round: None,
            preamble: None,
            deadline_ms: None,
            weight_us: None,
            skip: Some(skipped.reason.to_string()),
            unreadable: None,
        }
    }
}

/// All sources of a preamble, those of its parents first.
fn sources(plan: &Plan, preamble: Option<u32>) -> Vec<&str> {
    let mut layers = Vec::new();
    let mut next = preamble;
    while let Some(spec) = next.and_then(|index| plan.preambles.get(index as usize)) {
        layers.push(spec);
        // A parent's index is smaller than its child's, so this ends.
        next = spec.parent;
    }
    layers
        .iter()
        .rev()
        .flat_map(|spec| &spec.sources)
        .map(|source| &**source)
        .collect()
}

fn write(out: &mut impl Write, plan: &Plan, format: Format) -> io::Result<()> {
    let cases = plan.cases.iter().map(|case| Line::case(plan, case));
    let skipped = plan.skipped.iter().map(Line::skipped);
    for line in cases.chain(skipped) {
        match format {
            Format::Ndjson => {
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            }
            Format::Human | Format::Tap => write_plain(out, &line)?,
        }
    }
    Ok(())
}

fn write_plain(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    write!(out, "{} {}", path_text::escaped(line.path), line.variant)?;
    if let Some(reason) = line.unreadable {
        return writeln!(out, " (can't be run: {reason})");
    }
    match (&line.skip, &line.preamble) {
        (Some(reason), _) => writeln!(out, " (skipped: {reason})"),
        (None, Some(sources)) if !sources.is_empty() => writeln!(out, " {}", sources.join(",")),
        (None, _) => writeln!(out, " -"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_plan::{PreambleSpec, SkipReason};
    use rewind_protocol::{Attributes, Variant};

    fn plan() -> Plan {
        let case = |path: &str, variant, preamble| Case {
            path: path.into(),
            variant,
            preamble,
            attributes: Attributes::NONE,
            deadline_ms: 10_000,
            weight_us: 25,
            bytes: 0,
            test: 0,
            round: 0,
            expectation: None,
        };
        Plan {
            root: "/corpus".into(),
            cases: vec![
                case("test/a.js", Variant::named(&"sloppy"), Some(1)),
                case("test/b.js", Variant::named(&"raw"), None),
                Case {
                    test: 2,
                    ..case("test/d.js", Variant::named(&"sloppy"), None)
                },
            ],
            preambles: vec![
                PreambleSpec {
                    parent: None,
                    sources: vec!["harness/assert.js".into(), "harness/sta.js".into()],
                },
                PreambleSpec {
                    parent: Some(0),
                    sources: vec!["harness/deep.js".into()],
                },
            ],
            skipped: vec![Skipped {
                path: "test/c.js".into(),
                variant: Variant::named(&"module"),
                reason: SkipReason::Feature {
                    name: "Temporal".into(),
                    reason: "not there yet".into(),
                },
                test: 1,
                expectation: None,
            }],
            texts: None,
            unreadable: [(2, "line 3: unknown flag `x`".into())].into(),
        }
    }

    fn listed(format: Format) -> String {
        let mut out = Vec::new();
        write(&mut out, &plan(), format).expect("written");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn list_for_people_has_path_variant_and_preamble() {
        insta::assert_snapshot!(listed(Format::Human), @r#"
        test/a.js sloppy harness/assert.js,harness/sta.js,harness/deep.js
        test/b.js raw -
        test/d.js sloppy (can't be run: line 3: unknown flag `x`)
        test/c.js module (skipped: needs Temporal: not there yet)
        "#);
    }

    #[test]
    fn list_for_machines_is_an_object_a_line() {
        insta::assert_snapshot!(listed(Format::Ndjson), @r#"
        {"type":"case","path":"test/a.js","variant":"sloppy","round":0,"preamble":["harness/assert.js","harness/sta.js","harness/deep.js"],"deadline_ms":10000,"weight_us":25}
        {"type":"case","path":"test/b.js","variant":"raw","round":0,"preamble":[],"deadline_ms":10000,"weight_us":25}
        {"type":"case","path":"test/d.js","variant":"sloppy","round":0,"preamble":[],"deadline_ms":10000,"weight_us":25,"unreadable":"line 3: unknown flag `x`"}
        {"type":"skip","path":"test/c.js","variant":"module","skip":"needs Temporal: not there yet"}
        "#);
    }
}
