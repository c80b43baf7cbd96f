//! Halves of files that a run left in its results folder when it broke off.

use crate::foreign::{self, CONFIG_FILE, TIMINGS_FILE};
use crate::{FAILURES_FILE, RESULTS_FILE, files::Sorted};
use std::fs;
use std::path::Path;

/// Clears them away; the folder is locked, so nobody fills them any more. The
/// halves of a report stay, for `--resume` reads them.
pub(crate) fn clear(folder: &Path) {
    let files = [FAILURES_FILE, CONFIG_FILE, TIMINGS_FILE];
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
        let name = entry.file_name();
        let whole = half_of(files, &name.to_string_lossy());
        if whole.is_some_and(|it| is_plain(&entry) && foreign::is_ours(it, &entry.path())) {
            // It does no harm if it stays.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_plain(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|found| found.is_file())
}

/// Of which of `files` this is the name of a half, as `.failures.txt.123.tmp` and
/// `timings.txt.123.0.tmp` are.
fn half_of<'a>(files: &[&'a str], name: &str) -> Option<&'a str> {
    let name = name.strip_suffix(".tmp")?;
    let name = name.strip_prefix('.').unwrap_or(name);
    files.iter().copied().find(|file| {
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
            fs::write(folder.path().join(name), "").expect("written");
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

    #[test]
    fn halves_that_no_run_has_begun_stay() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at(".config.json.9.tmp"), "{\"name\": \"mine\"}").expect("written");
        fs::write(at(".failures.txt.9.tmp"), "fail\tstrict\ta.js\t").expect("written");
        std::os::unix::fs::symlink("nowhere", at(".skips.json.9.tmp")).expect("linked");
        clear(folder.path());
        assert!(at(".config.json.9.tmp").exists());
        assert!(at(".skips.json.9.tmp").is_symlink());
        assert!(!at(".failures.txt.9.tmp").exists());
    }
}
