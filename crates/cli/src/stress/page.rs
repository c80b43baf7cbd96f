//! A stress run as one page that needs nothing else: plots, and every figure
//! as text below them.

use super::plot::{self, STEPS};
use super::summary::{Micros, Summary};
use super::timeline::Timeline;
use hdrhistogram::Histogram;
use std::fmt::Write;

/// What the page is made of.
pub(super) struct Page<'a> {
    pub(super) summary: &'a Summary,
    /// From a fault to the next case's start, in ns.
    pub(super) recovery: &'a Histogram<u64>,
    pub(super) timeline: &'a Timeline,
    /// The run's options: name and value.
    pub(super) options: &'a [(&'static str, String)],
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#222;--soft:#888;--blue:#2a7ab0;--red:#b0402a}\
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--soft:#888;--blue:#6ab4e4;--red:#e4886a}}\
body{font:15px/1.5 sans-serif;max-width:800px;margin:2em auto;padding:0 1em}\
svg{width:100%;overflow:visible;font-size:12px}svg text{fill:var(--ink)}\
table{border-collapse:collapse}td,th{padding:.1em .8em;text-align:right}\
td:first-child,th:first-child{text-align:left}\
.grid{stroke:var(--soft);stroke-opacity:.4}.span{stroke:var(--soft);stroke-width:2}\
.p50,.bar{fill:var(--blue)}.p90{fill:var(--soft)}.p99,.bad{fill:var(--red);color:var(--red)}\
.line{fill:none;stroke:var(--blue);stroke-width:1.5}";

impl Page<'_> {
    /// The whole page.
    pub(super) fn render(&self) -> String {
        let mut text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
             <title>rewind stress</title><style>{STYLE}</style></head>\n<body>\n\
             <h1>rewind stress</h1>\n"
        );
        // Writing into a `String` has no way to fail.
        let _ = self.write_all(&mut text);
        text.push_str("</body>\n</html>\n");
        text
    }

    fn write_all(&self, text: &mut String) -> std::fmt::Result {
        self.verdict(text)?;
        self.recoveries(text)?;
        writeln!(text, "<h2>Throughput</h2>")?;
        let rates = self.timeline.rates();
        text.push_str(&plot::throughput(&rates));
        table(
            text,
            "cases a second, by time",
            &["s", "cases/s"],
            rates
                .iter()
                .map(|(second, rate)| [format!("{second:.2}"), format!("{rate:.0}")]),
        )?;
        self.figures(text)
    }

    fn verdict(&self, text: &mut String) -> std::fmt::Result {
        let it = self.summary;
        let wrong = it.doubled + it.misattributed + it.failed_checks;
        let sound = it.complete && wrong == 0;
        writeln!(
            text,
            "<p{}>{} faults, {} answers: {} lost, {} doubled, {} misattributed, {} checks failed.",
            if sound { "" } else { " class=\"bad\"" },
            it.faults,
            it.cases,
            it.lost,
            it.doubled,
            it.misattributed,
            it.failed_checks,
        )?;
        if it.interrupted {
            writeln!(text, "Interrupted; {} cases were not run.", it.not_run)?;
        }
        writeln!(text, "</p>")?;
        if it.violations.is_empty() {
            return Ok(());
        }
        let rows = it.violations.iter().map(|wrong| {
            [
                wrong.kind.to_owned(),
                wrong.case.to_string(),
                wrong.expected.clone(),
                wrong.seen.clone(),
            ]
        });
        table(
            text,
            "wrong answers",
            &["kind", "case", "expected", "seen"],
            rows,
        )
    }

    fn recoveries(&self, text: &mut String) -> std::fmt::Result {
        let it = self.summary;
        let Some(all) = it.recovery_us else {
            return writeln!(text, "<p>No fault had to be recovered from.</p>");
        };
        writeln!(
            text,
            "<h2>Recovery</h2>\n<p>From a fault to the next case's start.</p>"
        )?;
        let kinds = it.recovery_us_by_kind.iter().map(|(name, it)| (*name, *it));
        text.push_str(&plot::percentiles(kinds.clone()));
        let rows = [("all", all)].into_iter().chain(kinds).map(row);
        let columns = ["kind", "p50, µs", "p90, µs", "p99, µs", "max, µs", "count"];
        table(text, "percentiles by kind", &columns, rows)?;
        let bars = bars(self.recovery);
        text.push_str(&plot::histogram(&bars));
        let rows = bars
            .iter()
            .map(|(edge, count)| [format!("{edge:.1}"), count.to_string()]);
        table(text, "recoveries by length", &["from µs", "count"], rows)
    }

    fn figures(&self, text: &mut String) -> std::fmt::Result {
        let it = self.summary;
        let growth = it
            .rss_growth_kib
            .map_or("unknown".to_owned(), |kib| format!("{kib:+} KiB"));
        let mut rows = vec![
            ["cases/s".to_owned(), it.cases_per_s.to_string()],
            ["faults/s".to_owned(), it.faults_per_s.to_string()],
            ["wall-clock".to_owned(), format!("{:.2} s", it.wall_s)],
            ["growth of memory".to_owned(), growth],
            [
                "most memory of a worker".to_owned(),
                format!("{} KiB", it.peak_rss_kib),
            ],
            [
                "workers replaced".to_owned(),
                it.process_restarts.to_string(),
            ],
            [
                "workers killed from outside".to_owned(),
                it.kills.to_string(),
            ],
            [
                "cases that ran just then".to_owned(),
                it.killed_cases.to_string(),
            ],
            ["tracked by".to_owned(), it.tracking.to_owned()],
        ];
        let reasons = it.restart_reasons.iter();
        rows.extend(reasons.map(|it| [format!("replaced: {}", it.reason), it.count.to_string()]));
        let options = self.options.iter();
        rows.extend(options.map(|(name, value)| [(*name).to_owned(), value.clone()]));
        writeln!(text, "<h2>Figures</h2>")?;
        table(
            text,
            "figures of the run",
            &["figure", "value"],
            rows.into_iter(),
        )?;
        let kinds = it.by_kind.iter();
        let rows = kinds.map(|(name, count)| [(*name).to_owned(), count.to_string()]);
        table(text, "faults by kind", &["kind", "faults"], rows)
    }
}

fn row((name, it): (&str, Micros)) -> [String; 6] {
    let [p50, p90, p99, max] = [it.p50, it.p90, it.p99, it.max].map(|it| format!("{it:.1}"));
    [name.to_owned(), p50, p90, p99, max, it.count.to_string()]
}

/// Lower edges in µs, at eighths of a decade, and how many recoveries lie above
/// each and below the next.
fn bars(recovery: &Histogram<u64>) -> Vec<(f64, u64)> {
    let step = |micros: f64| (micros.max(0.1).log10() * f64::from(STEPS)).floor();
    let mut bars: Vec<(f64, u64)> = Vec::new();
    for value in recovery.iter_recorded() {
        let at = step(value.value_iterated_to() as f64 / 1000.0);
        let count = value.count_since_last_iteration();
        match bars.last_mut() {
            Some((last, sum)) if *last >= at => *sum += count,
            _ => bars.push((at, count)),
        }
    }
    let edge = |at: f64| 10f64.powf(at / f64::from(STEPS));
    bars.into_iter()
        .map(|(at, count)| (edge(at), count))
        .collect()
}

fn table<const N: usize>(
    text: &mut String,
    caption: &str,
    columns: &[&str],
    rows: impl Iterator<Item = [String; N]>,
) -> std::fmt::Result {
    write!(text, "<details><summary>{caption}</summary><table><tr>")?;
    for column in columns {
        write!(text, "<th>{column}</th>")?;
    }
    writeln!(text, "</tr>")?;
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            write!(text, "<td>{}</td>", escaped(&cell))?;
        }
        text.push_str("</tr>\n");
    }
    writeln!(text, "</table></details>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::tally::Violation;

    fn page(summary: &Summary, nanos: &[u64]) -> String {
        let mut recovery = Histogram::new_with_bounds(1, 1 << 40, 3).expect("three digits");
        nanos.iter().for_each(|ns| recovery.saturating_record(*ns));
        let timeline = Timeline::new();
        let options = [("seed", "7".to_owned())];
        Page {
            summary,
            recovery: &recovery,
            timeline: &timeline,
            options: &options,
        }
        .render()
    }

    #[test]
    fn page_has_every_figure_as_text_and_needs_nothing_from_elsewhere() {
        let recovery = Micros {
            p50: 21.5,
            p90: 30.0,
            p99: 99.9,
            max: 150.0,
            count: 3,
        };
        let summary = Summary {
            faults: 3,
            recovery_us: Some(recovery),
            recovery_us_by_kind: [("null", recovery)].into(),
            ..Summary::default()
        };
        let page = page(&summary, &[21_500, 22_000, 99_900]);
        let row = "<td>null</td><td>21.5</td><td>30.0</td><td>99.9</td><td>150.0</td><td>3</td>";
        assert!(page.contains(row), "{page}");
        assert!(page.contains("<td>17.8</td><td>2</td>"), "{page}");
        assert!(page.contains("<td>seed</td><td>7</td>"), "{page}");
        for word in ["http", "<script", "src=", "url("] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn only_a_run_that_did_all_and_found_nothing_looks_well() {
        let whole = Summary {
            complete: true,
            ..Summary::default()
        };
        let is_bad = |summary: &Summary| page(summary, &[]).contains("class=\"bad\"");
        assert!(!is_bad(&whole));
        let damaged = Summary {
            failed_checks: 1,
            ..whole.clone()
        };
        assert!(is_bad(&damaged));
        let stopped = Summary {
            interrupted: true,
            not_run: 7,
            complete: false,
            ..whole
        };
        assert!(is_bad(&stopped));
        let page = page(&stopped, &[]);
        assert!(
            page.contains("Interrupted; 7 cases were not run."),
            "{page}"
        );
    }

    #[test]
    fn what_a_test_said_is_text_and_no_markup() {
        let wrong = Violation {
            case: 1,
            kind: "check",
            expected: "completed".to_owned(),
            seen: "threw <b>&".to_owned(),
        };
        let summary = Summary {
            misattributed: 1,
            violations: vec![wrong],
            ..Summary::default()
        };
        let page = page(&summary, &[]);
        assert!(page.contains("threw &lt;b>&amp;"), "{page}");
        assert!(page.contains("class=\"bad\""), "{page}");
    }
}
