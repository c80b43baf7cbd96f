//! The table, for people and for programs.

use super::trial::{Came, Cost};
use crate::error::CliError;
use rewind_report::ReportError;
use rewind_report::human::Palette;
use serde::Serialize;
use std::fmt::Write;

/// What became of one kind.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) kind: &'static str,
    pub(super) came: Came,
    /// A run finds it by sample, not after each test.
    pub(super) sampled: bool,
    /// What restores cost; `None` where the worker ends, or no test was run.
    pub(super) cost: Option<Cost>,
}

impl Finding {
    /// A kind that the guest's tests can't reach by their nature.
    pub(super) fn beyond(kind: &'static str) -> Self {
        let why = "its tests make no system calls of their own".to_owned();
        Self {
            kind,
            came: Came::NotReachable(why),
            sampled: false,
            cost: None,
        }
    }

    const fn word(&self) -> &'static str {
        match self.came {
            Came::Restored => "restored",
            Came::Detected(_) => "detected",
            Came::NotReachable(_) => "not reachable",
            Came::Silent(_) => "SILENT",
            Came::Broken(_) => "BROKEN",
        }
    }

    fn detail(&self) -> &str {
        match &self.came {
            Came::Restored => "",
            Came::Detected(text)
            | Came::NotReachable(text)
            | Came::Silent(text)
            | Came::Broken(text) => text,
        }
    }

    const fn is_sound(&self) -> bool {
        !matches!(self.came, Came::Silent(_) | Came::Broken(_))
    }
}

/// All of an audit.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) guest: String,
    pub(super) findings: Vec<Finding>,
}

impl Table {
    /// Every kind was restored or detected, or is beyond the guest's reach.
    pub(super) fn is_sound(&self) -> bool {
        self.findings.iter().all(Finding::is_sound)
    }

    /// Time for the restore after a test that does nothing, in ns: the median of the rows.
    fn quiet_ns(&self) -> u64 {
        let costs = self.findings.iter().filter_map(|finding| finding.cost);
        let mut times: Vec<_> = costs.map(|cost| cost.quiet_ns).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or(0)
    }

    fn count(&self, word: &str) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.word() == word)
            .count()
    }
}

pub(super) fn human(table: &Table, palette: &Palette) -> String {
    let mut out = String::new();
    let width = table
        .findings
        .iter()
        .map(|finding| finding.kind.len())
        .max()
        .unwrap_or(0);
    // Writing into a `String` has no way to fail.
    let _ = writeln!(
        out,
        "{:<width$}  {:<13}  {:>8}",
        "kind", "what becomes", "cost, µs"
    );
    for finding in &table.findings {
        let style = match finding.came {
            Came::Restored => palette.good,
            Came::Detected(_) | Came::NotReachable(_) => palette.odd,
            Came::Silent(_) | Came::Broken(_) => palette.bad,
        };
        let (kind, word) = (finding.kind, finding.word());
        let cost = finding.cost.map_or(String::new(), |cost| {
            format!("{:.1}", micros(cost.extra_ns()))
        });
        let sampled = if finding.sampled { " (by sample)" } else { "" };
        let line = format!(
            "{kind:<width$}  {style}{word:<13}{style:#}  {cost:>8}  {}{sampled}",
            finding.detail()
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = writeln!(
        out,
        "\n{}: {} restored, {} detected, {} not reachable, {} silent, {} broken; the restore after \
         a test that does nothing takes {:.1} µs",
        table.guest,
        table.count("restored"),
        table.count("detected"),
        table.count("not reachable"),
        table.count("SILENT"),
        table.count("BROKEN"),
        micros(table.quiet_ns()),
    );
    out
}

/// For people: a tenth of a µs is all that is shown.
fn micros(ns: u64) -> f64 {
    f64::from(u32::try_from(ns).unwrap_or(u32::MAX)) / 1000.0
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Audit {
        schema: u32,
        guest: &'a str,
    },
    Row {
        kind: &'a str,
        verdict: String,
        sampled: bool,
        cost_ns: Option<u64>,
        detail: &'a str,
    },
    Summary {
        restored: usize,
        detected: usize,
        not_reachable: usize,
        silent: usize,
        broken: usize,
        quiet_ns: u64,
    },
}

pub(super) fn ndjson(table: &Table) -> Result<String, CliError> {
    let mut out = String::new();
    push(
        &mut out,
        &Line::Audit {
            schema: 1,
            guest: &table.guest,
        },
    )?;
    for finding in &table.findings {
        push(
            &mut out,
            &Line::Row {
                kind: finding.kind,
                verdict: finding.word().to_lowercase().replace(' ', "-"),
                sampled: finding.sampled,
                cost_ns: finding.cost.map(Cost::extra_ns),
                detail: finding.detail(),
            },
        )?;
    }
    push(
        &mut out,
        &Line::Summary {
            restored: table.count("restored"),
            detected: table.count("detected"),
            not_reachable: table.count("not reachable"),
            silent: table.count("SILENT"),
            broken: table.count("BROKEN"),
            quiet_ns: table.quiet_ns(),
        },
    )?;
    Ok(out)
}

fn push(out: &mut String, line: &Line<'_>) -> Result<(), CliError> {
    let what = "the audit";
    let text = serde_json::to_string(line).map_err(|source| ReportError::Json { what, source })?;
    out.push_str(&text);
    out.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(came: Came) -> Table {
        let finding = Finding {
            kind: "umask",
            came,
            sampled: false,
            cost: Some(Cost {
                quiet_ns: 21_300,
                left_ns: 24_400,
            }),
        };
        Table {
            guest: "actions".to_owned(),
            findings: vec![finding],
        }
    }

    #[test]
    fn a_silent_row_is_unsound_and_shown() {
        let table = table(Came::Silent("was 22, is 777".to_owned()));
        assert!(!table.is_sound());
        insta::assert_snapshot!(human(&table, &Palette::plain()), @"
        kind   what becomes   cost, µs
        umask  SILENT              3.1  was 22, is 777

        actions: 0 restored, 0 detected, 0 not reachable, 1 silent, 0 broken; the restore after a test that does nothing takes 21.3 µs
        ");
    }

    #[test]
    fn ndjson_has_a_line_for_each_row_between_first_and_last() {
        let table = table(Came::NotReachable("open: none".to_owned()));
        assert!(table.is_sound());
        insta::assert_snapshot!(ndjson(&table).unwrap(), @r#"
        {"type":"audit","schema":1,"guest":"actions"}
        {"type":"row","kind":"umask","verdict":"not-reachable","sampled":false,"cost_ns":3100,"detail":"open: none"}
        {"type":"summary","restored":0,"detected":0,"not_reachable":1,"silent":0,"broken":0,"quiet_ns":21300}
        "#);
    }
}
