//! `cargo xtask check-run`: does a report answer every case exactly once, and do its totals agree?
//!
//! A run over a whole corpus has real failures, so its exit code alone does
//! not tell a sound run from one that lost results.

use crate::error::{Error, Result};
use crate::rewind_run::{self, Case, Head, Line, Summary};
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

/// Version of the line format that is understood.
const SCHEMA: u64 = 1;
/// Problems printed in full; the rest is counted.
const SHOWN: usize = 20;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Report written by `rewind run --format ndjson`
    file: PathBuf,
    /// Lost results that are put up with
    #[arg(long, default_value_t = 0)]
    max_lost: u64,
    /// Cases that must have been answered at least: a run of nothing proves nothing
    #[arg(long, default_value_t = 1)]
    min_cases: u64,
}

/// Prints what is wrong; `true` if nothing is.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let lines = rewind_run::read(&options.file)?;
    let (head, cases, summary) = parts(&lines)
        .map_err(|problem| Error::Other(format!("check {}: {problem}", options.file.display())))?;
    let mut problems = Vec::new();
    let last = last_attempts(head.repeat, &cases, &mut problems);
    check_totals(&last, summary, &mut problems);
    check_plan(head, summary, &mut problems);
    check_limits(options, summary, &mut problems);
    for problem in problems.iter().take(SHOWN) {
        writeln!(out, "check-run: {problem}")?;
    }
    if problems.len() > SHOWN {
        writeln!(out, "check-run: … and {} more", problems.len() - SHOWN)?;
    }
    writeln!(
        out,
        "check-run: {} cases: {} pass, {} fail, {} skip, {} crash, {} timeout, {} lost: {}",
        summary.cases,
        summary.pass,
        summary.fail,
        summary.skip,
        summary.crash,
        summary.timeout,
        summary.lost,
        if problems.is_empty() {
            "sound"
        } else {
            "NOT SOUND"
        }
    )?;
    Ok(problems.is_empty())
}

/// First line, case lines, last line; nothing else may stand in their places.
fn parts(lines: &[Line]) -> std::result::Result<(&Head, Vec<&Case>, &Summary), String> {
    let (Some(Line::Run(head)), Some(Line::Summary(summary))) = (lines.first(), lines.last())
    else {
        return Err(
            "it must begin with a line of type run and end with one of type summary; \
                    was the run cut off?"
                .into(),
        );
    };
    if head.schema != SCHEMA {
        return Err(format!(
            "schema {} is not known, only {SCHEMA}",
            head.schema
        ));
    }
    let mut cases = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate().take(lines.len() - 1).skip(1) {
        match line {
            Line::Case(case) => cases.push(case),
            Line::Other => {}
            Line::Run(_) | Line::Summary(_) => {
                return Err(format!(
                    "line {} belongs at an end of the report",
                    index + 1
                ));
            }
        }
    }
    Ok((head, cases, summary))
}

/// The verdict that counts for each execution: that of its last attempt.
fn last_attempts<'a>(repeat: u64, cases: &[&'a Case], problems: &mut Vec<String>) -> Vec<&'a str> {
    let mut answers: HashMap<(&str, &str), Vec<&Case>> = HashMap::with_capacity(cases.len());
    for case in cases {
        answers
            .entry((&case.path, &case.variant))
            .or_default()
            .push(case);
    }
    let mut last = Vec::with_capacity(cases.len());
    for ((path, variant), answers) in &answers {
        let firsts = answers.iter().filter(|case| case.attempt <= 1).count() as u64;
        let skipped = answers.iter().any(|case| case.verdict == "skip");
        if firsts != if skipped { 1 } else { repeat } {
            problems.push(format!(
                "{path} ({variant}) has {firsts} first answers, not {repeat}"
            ));
        }
        if repeat == 1 {
            check_attempts(path, variant, answers, problems);
            let counting = answers.iter().filter(|case| case.partial.is_none());
            let latest = counting.max_by_key(|case| case.attempt);
            last.extend(latest.map(|case| case.verdict.as_str()));
        } else {
            last.extend(answers.iter().map(|case| case.verdict.as_str()));
        }
    }
    problems.sort_unstable();
    last
}

/// Attempts must be numbered without a gap or a double.
fn check_attempts(path: &str, variant: &str, answers: &[&Case], problems: &mut Vec<String>) {
    let mut numbers: Vec<u64> = answers.iter().map(|case| case.attempt.max(1)).collect();
    numbers.sort_unstable();
    if numbers.iter().zip(1..).any(|(number, due)| *number != due) {
        problems.push(format!("{path} ({variant}) has the attempts {numbers:?}"));
    }
}

fn check_totals(last: &[&str], summary: &Summary, problems: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for verdict in last {
        *counts.entry(verdict).or_default() += 1;
    }
    let totals = [
        ("pass", summary.pass),
        ("fail", summary.fail),
        ("skip", summary.skip),
        ("crash", summary.crash),
        ("timeout", summary.timeout),
        ("lost", summary.lost),
    ];
    for (verdict, total) in totals {
        let count = counts.remove(verdict).unwrap_or(0);
        if count != total {
            problems.push(format!(
                "{count} cases end with {verdict}, the summary says {total}"
            ));
        }
    }
    for (verdict, count) in counts {
        problems.push(format!(
            "{count} cases end with {verdict}, which is no verdict"
        ));
    }
    let answered = last.len() as u64;
    if answered != summary.cases {
        problems.push(format!(
            "{answered} cases are answered, the summary says {}",
            summary.cases
        ));
    }
}

/// What the first line announced must have been answered.
fn check_plan(head: &Head, summary: &Summary, problems: &mut Vec<String>) {
    if let (Some(cases), Some(skips)) = (head.cases, head.skips)
        && cases + skips != summary.cases
    {
        problems.push(format!(
            "{} cases were planned, {} are answered",
            cases + skips,
            summary.cases
        ));
    }
}

fn check_limits(options: &Options, summary: &Summary, problems: &mut Vec<String>) {
    if summary.lost > options.max_lost {
        problems.push(format!(
            "{} results are lost, at most {}",
            summary.lost, options.max_lost
        ));
    }
    if summary.cases < options.min_cases {
        problems.push(format!(
            "{} cases are too few: {}",
            summary.cases, options.min_cases
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"type":"run","schema":1,"cases":3,"skips":1,"new":true}"#;
    const END: &str =
        r#"{"type":"summary","cases":4,"pass":2,"fail":1,"skip":1,"crash":0,"timeout":0,"lost":0}"#;

    fn case(path: &str, verdict: &str, attempt: u64) -> String {
        format!(
            r#"{{"type":"case","path":"{path}","variant":"sloppy","verdict":"{verdict}","outcome":{{"kind":"completed"}},"attempt":{attempt}}}"#
        )
    }

    #[test]
    fn attempt_that_is_partial_leaves_the_one_before_to_count() {
        let mut lines = good();
        let partial = case("e.js", "pass", 2).replace(
            "\"attempt\"",
            "\"expected\":false,\"partial\":\"assert\",\"attempt\"",
        );
        lines.insert(1, case("e.js", "timeout", 1));
        lines.insert(2, partial);
        let end = lines.len() - 1;
        lines[0] = lines[0].replace("\"cases\":3", "\"cases\":4");
        lines[end] = END
            .replace("\"cases\":4", "\"cases\":5")
            .replace("\"timeout\":0", "\"timeout\":1");
        let (sound, text) = check(&lines).expect("checked");
        assert!(sound, "{text}");
    }

    fn good() -> Vec<String> {
        vec![
            HEAD.into(),
            case("a.js", "pass", 1),
            case("b.js", "crash", 1),
            case("c.js", "skip", 0),
            r#"{"type":"note"}"#.into(),
            case("b.js", "fail", 2),
            case("d.js", "pass", 1),
            END.into(),
        ]
    }

    fn check(lines: &[String]) -> Result<(bool, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("run.ndjson");
        std::fs::write(&file, lines.join("\n")).expect("written");
        let options = Options {
            file,
            max_lost: 0,
            min_cases: 1,
        };
        let mut out = Vec::new();
        let sound = run(&options, &mut out)?;
        Ok((sound, String::from_utf8(out).expect("text")))
    }

    fn complaint(lines: &[String]) -> String {
        let (sound, text) = check(lines).expect("a report");
        assert!(!sound, "{text}");
        text
    }

    #[test]
    fn sound_report_with_a_retry_is_accepted() {
        let (sound, text) = check(&good()).expect("a report");
        assert!(sound, "{text}");
        insta::assert_snapshot!(text, @"check-run: 4 cases: 2 pass, 1 fail, 1 skip, 0 crash, 0 timeout, 0 lost: sound");
    }

    #[test]
    fn missing_answer_is_found() {
        let mut lines = good();
        lines.remove(1);
        let text = complaint(&lines);
        assert!(
            text.contains("1 cases end with pass, the summary says 2"),
            "{text}"
        );
        assert!(
            text.contains("3 cases are answered, the summary says 4"),
            "{text}"
        );
    }

    #[test]
    fn doubled_answer_is_found() {
        let mut lines = good();
        lines.insert(1, case("a.js", "pass", 1));
        let text = complaint(&lines);
        assert!(
            text.contains("a.js (sloppy) has 2 first answers, not 1"),
            "{text}"
        );
    }

    #[test]
    fn gap_in_the_attempts_is_found() {
        let mut lines = good();
        lines[5] = case("b.js", "fail", 3);
        assert!(complaint(&lines).contains("b.js (sloppy) has the attempts [1, 3]"));
    }

    #[test]
    fn lost_result_beyond_the_limit_is_found() {
        let mut lines = good();
        lines[6] = case("d.js", "lost", 1);
        lines[7] = END
            .replace(r#""pass":2"#, r#""pass":1"#)
            .replace(r#""lost":0"#, r#""lost":1"#);
        assert!(complaint(&lines).contains("1 results are lost, at most 0"));
    }

    #[test]
    fn plan_that_was_not_carried_out_is_found() {
        let mut lines = good();
        lines[0] = HEAD.replace(r#""cases":3"#, r#""cases":4"#);
        assert!(complaint(&lines).contains("5 cases were planned, 4 are answered"));
    }

    #[test]
    fn unknown_verdict_is_found() {
        let mut lines = good();
        lines[1] = case("a.js", "maybe", 1);
        assert!(complaint(&lines).contains("1 cases end with maybe, which is no verdict"));
    }

    #[test]
    fn report_that_was_cut_off_is_refused() {
        let mut lines = good();
        lines.pop();
        let error = check(&lines).expect_err("cut off").to_string();
        assert!(error.contains("was the run cut off?"), "{error}");
        let error = check(&[]).expect_err("empty").to_string();
        assert!(error.contains("was the run cut off?"), "{error}");
    }

    #[test]
    fn line_that_is_no_json_is_named() {
        let mut lines = good();
        lines[2] = "{\"type\":\"case\"".into();
        let error = check(&lines).expect_err("broken").to_string();
        assert!(error.contains("run.ndjson:3: "), "{error}");
    }
}
