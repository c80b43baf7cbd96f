//! The tiers as root, as a user without rights, and where the kernel refuses
//! what one of them needs: `doctor` and `run` say the same.

use crate::place::{Place, without_rights};
use crate::seccomp;
use crate::support::{Corpus, Said};
use serde_json::Value;

const TIERS: [&str; 3] = ["pagemap-scan", "mprotect", "copy"];

/// A corpus whose tests see each other if nothing is put back.
fn place() -> Place {
    let looks = "if (globalThis.dirt) throw 1; globalThis.dirt = [];";
    Place::of(Corpus::new(&[("a.js", "", looks), ("b.js", "", looks)]))
}

/// Who runs the tests; and if that is root, somebody without rights as well.
fn users() -> Vec<u32> {
    let mut users = vec![rewind_sys::process::user(), without_rights()];
    users.dedup();
    users
}

/// What doctor finds of each tier, and whether runs do likewise; the tier that
/// auto takes, and why the others can't be had.
fn tiers(place: &Place, user: u32) -> (String, Vec<String>) {
    let said = place.says(user, "doctor --format ndjson");
    let lines = said.lines();
    let find = |name: &str| -> &Value {
        let found = lines.iter().find(|line| line["name"] == name);
        found.unwrap_or_else(|| panic!("nothing of {name}: {said:?}"))
    };
    let shown = if user == 0 {
        "root".to_owned()
    } else {
        user.to_string()
    };
    assert_eq!(find("user")["detail"], *shown);
    let run = |tracking: &str| {
        let words = "run --no-cache -j 1 --verify always --format ndjson --tracking";
        place.says(user, &format!("{words} {tracking}"))
    };
    let mut reasons = Vec::new();
    for tier in TIERS {
        let found = find(tier);
        let said = run(tier);
        if found["status"] == "ok" {
            assert_eq!(said.code, Some(0), "{tier}: {said:?}");
            let summary = said.lines().pop().expect("a summary");
            assert_eq!(
                (&summary["tracking"], &summary["pass"]),
                (&tier.into(), &4.into())
            );
        } else {
            let detail = found["detail"].as_str().expect("text");
            let reason = detail.strip_prefix("not to be had: ").expect("a reason");
            assert_eq!(said.code, Some(3), "{tier}: {said:?}");
            assert!(said.err.contains(reason), "{tier}, {reason}: {said:?}");
            reasons.push(reason.to_owned());
        }
    }
    let said = run("auto");
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.lines().pop().expect("a summary");
    let taken = summary["tracking"].as_str().expect("a tier").to_owned();
    let told = find("tracking")["detail"].as_str().expect("text");
    assert!(told.starts_with(&format!("auto takes {taken}")), "{told}");
    (taken, reasons)
}

#[test]
fn doctor_and_runs_agree_on_every_tier_for_every_user() {
    let place = place();
    let mut found: Vec<_> = users()
        .into_iter()
        .map(|user| tiers(&place, user))
        .collect();
    // The tiers need no rights: what root has, everybody has.
    found.dedup();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn refused_userfaultfd_is_told_and_gone_around_for_every_user() {
    let place = place();
    for user in users() {
        seccomp::without_userfaultfd(|| {
            let (taken, reasons) = tiers(&place, user);
            assert_eq!(
                (taken.as_str(), reasons.len()),
                ("mprotect", 1),
                "{reasons:?}"
            );
            assert!(
                reasons[0].starts_with("call userfaultfd: Operation not"),
                "{reasons:?}"
            );
            assert!(reasons[0].contains("seccomp filter"), "{reasons:?}");
        });
    }
}

#[test]
fn kernel_without_pagemap_scan_is_told_and_gone_around_for_every_user() {
    let place = place();
    for user in users() {
        seccomp::without_pagemap_scan(|| {
            let (taken, reasons) = tiers(&place, user);
            assert_eq!(
                (taken.as_str(), reasons.len()),
                ("mprotect", 1),
                "{reasons:?}"
            );
            assert!(reasons[0].contains("PAGEMAP_SCAN"), "{reasons:?}");
        });
    }
}

#[test]
fn run_without_threads_ends_with_an_error_that_says_so() {
    let corpus = Corpus::new(&[("a.js", "", "1;"), ("b.js", "", "1;")]);
    for words in ["run --no-cache", "run", "run --format ndjson"] {
        let mut command = corpus.command(words);
        seccomp::refuse_threads(&mut command);
        let said = Said::of(command.output().expect("started"));
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains("thread"), "{said:?}");
        assert!(!said.err.contains("panicked"), "{said:?}");
    }
}

#[test]
fn corpus_is_read_and_listed_without_threads() {
    let corpus = Corpus::new(&[("a.js", "", "1;"), ("b.js", "", "1;")]);
    let mut command = corpus.command("list --no-cache");
    seccomp::refuse_threads(&mut command);
    let said = Said::of(command.output().expect("started"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.out, corpus.rewind("list --no-cache").out);
}
