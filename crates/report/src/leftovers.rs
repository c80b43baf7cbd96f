//! Halves of files that a run left in its results folder when it broke off.

use crate::{FAILURES_FILE, RESULTS_FILE, files::Sorted};
use std::fs;
use std::path::Path;

/// Clears them away; the folder is locked, so nobody fills them any more. The
/// halves of a report stay, for `--resume` reads them.
pub(crate) fn clear(folder: &Path) {
    let files = [FAILURES_FILE, "config.json", "timings.txt"];
    let files: Vec<_> = files.into_iter().chain(Sorted::FILES).collect();
    clear_halves_of(folder, &files);
}

/// Clears away the halves of reports: there is a whole one that is newer.
pub(crate) fn clear_halves(folder: &Path) {
    clear_halves_of(folder, &[RESULTS_FILE]);
}

fn clear_halves_of(folder: &Path, files: &[&str]) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if is_half_of(files, &entry.file_name().to_string_lossy()) {
            // It does no harm if it stays.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Names that unfinished files go by: `.failures.txt.123.tmp`, `timings.txt.123.0.tmp`.
fn is_half_of(files: &[&str], name: &str) -> bool {
    let Some(name) = name.strip_suffix(".tmp") else {
        return false;
    };
    let name = name.strip_prefix('.').unwrap_or(name);
    files.iter().any(|file| {
        let rest = name.strip_prefix(file).and_then(|it| it.strip_prefix('.'));
        rest.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_by_clear(names: &[&str], clear: fn(&Path)) -> Vec<String> {
        let folder = tempfile::tempdir().expect("folder");
        for name in names {
            fs::write(folder.path().join(name), "half").expect("written");
        }
        clear(folder.path());
        let entries = fs::read_dir(folder.path()).expect("a folder");
        let mut left: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        left.sort();
        left
    }

    const OTHERS: [&str; 4] = [
        ".failures.txt.mine.tmp",
        ".lock",
        "failures.txt",
        "notes.tmp",
    ];

    #[test]
    fn only_halves_of_our_own_files_are_leftovers_and_reports_are_kept() {
        let halves = [
            ".failures.txt.12.tmp",
            ".memory.json.9.tmp",
            ".config.json.9.tmp",
            "timings.txt.12.0.tmp",
        ];
        let report = ".results.ndjson.12.tmp";
        let names = [&halves[..], &OTHERS, &[report]].concat();
        let mut kept = [&OTHERS[..], &[report]].concat();
        kept.sort_unstable();
        assert_eq!(left_by_clear(&names, clear), kept);
    }

    #[test]
    fn halves_of_reports_go_alone() {
        let halves = [".results.ndjson.12.tmp", ".results.ndjson.4711.tmp"];
        let kept = [&OTHERS[..], &["results.ndjson"]].concat();
        let names = [&halves[..], &kept].concat();
        assert_eq!(left_by_clear(&names, clear_halves), kept);
    }
}
