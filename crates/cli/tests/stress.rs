//! `rewind stress`: faults of every kind with real workers, and answers that
//! must be noticed to be wrong.

use serde_json::Value;
use std::process::Command;

/// Exit code and last line of the report.
fn stress(words: &str) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REWIND_") {
            command.env_remove(name);
        }
    }
    command.args(["stress", "--format", "ndjson"]);
    let output = command
        .args(words.split_whitespace())
        .output()
        .expect("started");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let last = text.lines().last().unwrap_or_default();
    let told = String::from_utf8_lossy(&output.stderr);
    let summary: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{text}\n{told}"));
    assert_eq!(summary["type"], "summary", "{summary}");
    (output.status.code(), summary)
}

fn number(summary: &Value, name: &str) -> i64 {
    summary[name]
        .as_i64()
        .unwrap_or_else(|| panic!("{name} in {summary:#}"))
}

#[test]
fn every_kind_of_fault_is_survived_and_answered_rightly() {
    let (code, summary) = stress("--faults all --count 400 --seed 7 -j 2");
    for name in ["lost", "doubled", "misattributed", "failed_checks"] {
        assert_eq!(number(&summary, name), 0, "{name} in {summary:#}");
    }
    assert_eq!(code, Some(0), "{summary:#}");
    assert_eq!(
        (number(&summary, "faults"), number(&summary, "cases")),
        (400, 800)
    );
    let kinds = summary["by_kind"].as_object().expect("an object");
    assert!(kinds.len() > 40, "{kinds:?}");
    assert!(
        kinds.values().all(|count| count.as_i64() > Some(0)),
        "{kinds:?}"
    );
    // Each of the kinds that take the worker with them comes once.
    for kind in [
        "raw-exit",
        "kill-self",
        "stop-self",
        "hang-blocked",
        "terminate",
    ] {
        assert_eq!(kinds[kind], 1, "{kind}");
    }
    assert!(number(&summary, "process_restarts") >= 8, "{summary:#}");
    let recoveries = number(&summary["recovery_us"], "count");
    assert!(recoveries > 100, "{summary:#}");
}

#[test]
fn one_worker_survives_faults_that_stay_inside_it() {
    let (code, summary) = stress("--faults null,abort,exit,stack,inside-malloc --count 300 -j 1");
    assert_eq!(code, Some(0), "{summary:#}");
    assert_eq!(number(&summary, "process_restarts"), 0, "{summary:#}");
    assert!(summary["rss_growth_kib"].is_i64(), "{summary:#}");
}

/// Nothing is lost, doubled or blamed on a case that had no part in it.
fn assert_sound(code: Option<i32>, summary: &Value) {
    for name in ["lost", "doubled", "misattributed", "failed_checks"] {
        assert_eq!(number(summary, name), 0, "{name} in {summary:#}");
    }
    assert_eq!(code, Some(0), "{summary:#}");
}

#[test]
fn workers_that_are_killed_at_any_step_cost_no_answer() {
    let (code, summary) = stress("--faults kill-worker --count 100 --seed 5 -j 2");
    assert_sound(code, &summary);
    assert!(number(&summary, "kills") > 10, "{summary:#}");
    assert!(number(&summary, "process_restarts") > 10, "{summary:#}");
    assert_eq!(number(&summary, "faults"), 100);
}

#[test]
fn frames_that_are_cut_off_or_repeated_cost_no_answer() {
    let (code, summary) = stress("--faults null,fd-leak --count 600 --seed 5 --mangle-frames 4");
    assert_sound(code, &summary);
    let reasons = summary["restart_reasons"].to_string();
    assert!(reasons.contains("broke the protocol"), "{summary:#}");
    assert_eq!(number(&summary, "cases"), 1200, "{summary:#}");
}

#[test]
fn forged_frames_on_the_workers_own_descriptors_harm_no_other_case() {
    let (code, summary) = stress("--faults forge-host,null --count 6 --seed 5");
    assert_sound(code, &summary);
    assert!(
        summary["by_kind"]["forge-host"].as_i64() > Some(0),
        "{summary:#}"
    );
    let reasons = summary["restart_reasons"].to_string();
    assert!(reasons.contains("broke the protocol"), "{summary:#}");
}

#[test]
fn answer_that_was_not_planned_is_misattributed() {
    let (code, summary) = stress("--faults null,fpe --count 40 --swap null=exit");
    assert_eq!(code, Some(1), "{summary:#}");
    let nulls = summary["by_kind"]["null"].as_i64().expect("a number");
    assert!(nulls > 0 && nulls < 40, "{summary:#}");
    assert_eq!(number(&summary, "misattributed"), nulls);
    assert_eq!(
        (number(&summary, "lost"), number(&summary, "failed_checks")),
        (0, 0)
    );
    let first = &summary["violations"][0];
    assert_eq!(
        (&first["kind"], &first["seen"]),
        (&"null".into(), &"exited with 3".into())
    );
}

#[test]
fn damage_that_is_not_undone_fails_the_checks() {
    let (code, summary) = stress("--faults stray-deadline --count 3 --isolation none");
    assert_eq!(code, Some(5), "{summary:#}");
    assert_eq!(number(&summary, "failed_checks"), 3, "{summary:#}");
}

#[test]
fn page_is_written_and_says_what_the_report_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stress.html");
    let (code, summary) = stress(&format!(
        "--faults null --count 50 --html {}",
        file.display()
    ));
    assert_eq!(code, Some(0), "{summary:#}");
    let page = std::fs::read_to_string(&file).expect("a page");
    let p50 = summary["recovery_us_by_kind"]["null"]["p50"]
        .as_f64()
        .expect("a number");
    assert!(
        page.contains(&format!("<td>null</td><td>{p50:.1}</td>")),
        "{page}"
    );
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(page.ends_with("</html>\n"));
}

#[test]
fn page_that_cannot_be_written_is_refused_before_the_run() {
    let output = Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args([
            "stress",
            "--count",
            "1000000",
            "--html",
            "/no/such/folder/page.html",
        ])
        .output()
        .expect("started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("/no/such/folder/"), "{told}");
}

#[test]
fn unknown_kind_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args(["stress", "--faults", "null,tea"])
        .output()
        .expect("started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("no kind `tea`"), "{told}");
}
