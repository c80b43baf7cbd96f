//! What lies in a results folder and is not ours to replace.
//!
//! A folder that somebody names for results may hold a project of theirs, with a
//! `config.json` of its own. So each file that a run would replace must begin as
//! ours do, or be empty:
//!
//! ```text
//! results.ndjson   {…"type":"run"…}     in its first line
//! failures.txt     word TAB word TAB …  in its first line
//! *.json           { "schema": 1, "run": "…
//! timings.txt      rewind-timings 1
//! ```

use crate::files::Sorted;
use crate::{FAILURES_FILE, RESULTS_FILE, ReportError};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What a run was done with; written by the program itself.
pub(crate) const CONFIG_FILE: &str = "config.json";
/// How long cases took; written by the planner.
pub(crate) const TIMINGS_FILE: &str = "timings.txt";
/// Enough of a file to know it by.
const HEAD: u64 = 64 << 10;

/// Names of the files that a run may replace.
fn names() -> impl Iterator<Item = &'static str> {
    let own = [RESULTS_FILE, FAILURES_FILE, CONFIG_FILE, TIMINGS_FILE];
    own.into_iter().chain(Sorted::FILES)
}

/// A run puts a file of this name into its results folder.
#[must_use]
pub fn is_results_file(name: &str) -> bool {
    names().any(|it| it == name)
}

/// Refuses a folder with a file in it that a run would replace and that is not ours.
pub(crate) fn refuse(folder: &Path) -> Result<(), ReportError> {
    let others: Vec<&str> = names()
        .filter(|name| !is_ours(name, &folder.join(name)))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(ReportError::Occupied {
        path: folder.to_owned(),
        problem: format!(
            "{} in it would be replaced, and no run has written {}; name another folder, \
             or move {} away",
            others.join(", "),
            pronoun(&others),
            pronoun(&others),
        ),
    })
}

fn pronoun(names: &[&str]) -> &'static str {
    if names.len() == 1 { "it" } else { "them" }
}

/// There is no file `path`, or it is one that a run has written under `name`: then
/// it begins as such files do, or is empty.
pub(crate) fn is_ours(name: &str, path: &Path) -> bool {
    let found = match path.metadata() {
        Ok(found) => found,
        // A link that leads nowhere is told when it is written through.
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    // Pipes and devices are written to, never replaced.
    if !found.is_file() {
        return !found.is_dir();
    }
    let Ok(head) = head_of(path) else {
        return false;
    };
    let line = head.lines().next().unwrap_or_default();
    match name {
        _ if head.is_empty() => true,
        RESULTS_FILE => line.starts_with('{') && line.contains("\"type\":\"run\""),
        FAILURES_FILE => is_failure(line),
        TIMINGS_FILE => line.starts_with("rewind-timings "),
        _ => begins_with_schema_and_run(&head),
    }
}

fn head_of(path: &Path) -> io::Result<String> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Verdict, variant, path and why, with tabs between.
fn is_failure(line: &str) -> bool {
    let is_word = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || b"-_".contains(&byte);
        !text.is_empty() && text.bytes().all(plain)
    };
    let parts: Vec<_> = line.splitn(4, '\t').collect();
    matches!(&parts[..], [verdict, variant, _, _] if is_word(verdict) && is_word(variant))
}

fn begins_with_schema_and_run(head: &str) -> bool {
    let dense: String = head.split_whitespace().take(5).collect();
    let version = dense.strip_prefix("{\"schema\":").unwrap_or_default();
    let rest = version.trim_start_matches(|it: char| it.is_ascii_digit());
    rest.len() < version.len() && rest.starts_with(",\"run\":\"")
}

/// Refuses a target that is a folder.
pub(crate) fn refuse_folder(target: &Path) -> Result<(), ReportError> {
    if !target.is_dir() {
        return Ok(());
    }
    Err(ReportError::Occupied {
        path: PathBuf::from(target),
        problem: "it is a folder; name a file".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OURS: [(&str, &str); 8] = [
        (TIMINGS_FILE, "rewind-timings 2\nkey: "),
        (RESULTS_FILE, "{\"type\":\"run\",\"schema\":1}\n"),
        (
            RESULTS_FILE,
            "{\"cases\":1,\"schema\":1,\"type\":\"run\"}\nmore",
        ),
        (FAILURES_FILE, "fail\tstrict\ttest/a.js\tsaid\n"),
        (FAILURES_FILE, "incomplete\t-\t-\t3 of 4\n"),
        (
            CONFIG_FILE,
            "{\n  \"schema\": 1,\n  \"run\": \"2027-01-01\",\n",
        ),
        ("skips.json", "{\"schema\":12,\"run\":\"then\"}"),
        (CONFIG_FILE, ""),
    ];

    const OF_OTHERS: [(&str, &str); 8] = [
        (TIMINGS_FILE, "1 2 3\n"),
        (RESULTS_FILE, "{\"type\":\"case\"}\n{\"type\":\"run\"}\n"),
        (RESULTS_FILE, "\n"),
        (FAILURES_FILE, "call the plumber\n"),
        (FAILURES_FILE, "Two words\there\tand\tthere\n"),
        (CONFIG_FILE, "{\n  \"name\": \"mine\"\n}\n"),
        (CONFIG_FILE, "{\"schema\": 1, \"tables\": []}"),
        ("memory.json", "[]"),
    ];

    fn refused(name: &str, text: &str) -> Option<String> {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join(name), text).expect("written");
        let refused = refuse(folder.path()).err().map(|error| error.to_string());
        let left = fs::read_to_string(folder.path().join(name)).expect("there");
        assert_eq!(left, text);
        refused
    }

    #[test]
    fn files_that_begin_as_ours_or_are_empty_may_be_replaced() {
        for (name, text) in OURS {
            assert_eq!(refused(name, text), None, "{name}: {text:?}");
        }
    }

    #[test]
    fn files_of_others_are_refused_by_name() {
        for (name, text) in OF_OTHERS {
            let error = refused(name, text).expect("refused");
            assert!(error.contains(&format!("{name} in it would")), "{error}");
        }
    }

    #[test]
    fn every_file_that_stands_in_the_way_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        for name in [CONFIG_FILE, FAILURES_FILE, "notes.txt"] {
            fs::write(folder.path().join(name), "mine").expect("written");
        }
        fs::create_dir(folder.path().join("skips.json")).expect("created");
        let error = refuse(folder.path()).expect_err("refused").to_string();
        let named = "failures.txt, config.json, skips.json in it would be replaced";
        assert!(error.contains(named), "{error}");
    }
}
