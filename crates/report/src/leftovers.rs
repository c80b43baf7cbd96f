//! Halves of files that a killed run left in its results folder.

use crate::{FAILURES_FILE, files::Sorted};
use std::fs;
use std::path::Path;

/// Clears them away; the folder is locked, so nobody fills them any more. The
/// halves of a report stay, for `--resume` reads them.
pub(crate) fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if is_leftover(&entry.file_name().to_string_lossy()) {
            // It does no harm if it stays.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Names that unfinished files go by: `.failures.txt.123.tmp`, `timings.txt.123.0.tmp`.
fn is_leftover(name: &str) -> bool {
    let Some(name) = name.strip_suffix(".tmp") else {
        return false;
    };
    let ours = [FAILURES_FILE, "config.json", "timings.txt"];
    let mut ours = ours.into_iter().chain(Sorted::FILES);
    let name = name.strip_prefix('.').unwrap_or(name);
    ours.any(|file| {
        let rest = name.strip_prefix(file).and_then(|it| it.strip_prefix('.'));
        rest.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_of_our_own_files_are_leftovers() {
        for name in [
            ".failures.txt.12.tmp",
            ".memory.json.9.tmp",
            ".config.json.9.tmp",
            "timings.txt.12.0.tmp",
        ] {
            assert!(is_leftover(name), "{name}");
        }
        for name in [
            "failures.txt",
            ".results.ndjson.12.tmp",
            ".failures.txt.mine.tmp",
            "notes.tmp",
            ".lock",
        ] {
            assert!(!is_leftover(name), "{name}");
        }
    }
}
