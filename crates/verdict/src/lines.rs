//! Files with an entry a line that people edit and runs rewrite: paths that stay
//! on their line ([`path_text`]), comments that stay with their entry, and a file that is whole
//! whatever happens.

use rewind_protocol::{Variant, path_text};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The variant called `name`, or what is wrong with the name.
pub(crate) fn variant(name: &str) -> Result<Variant, String> {
    rewind_corpus::variants::of_name(name)
        .ok_or_else(|| format!("unknown variant `{name}`: use sloppy, strict, module or raw"))
}

/// The path that was written, or what is wrong with it.
pub(crate) fn unescaped(text: &str) -> Result<Arc<str>, String> {
    let path = path_text::unescaped(text).map_err(|error| error.to_string())?;
    Ok(Arc::from(path))
}

/// Other names to try; more leftovers than that are nobody's accident.
const NAMES: u32 = 100;

/// Appends a line.
pub(crate) fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// An entry with the comment lines above it.
pub(crate) trait Commented {
    /// With their `#`; blank lines are empty.
    fn comments(&mut self) -> &mut Vec<String>;
}

/// Keeps the entries that `wanted` says; `trailing` are the comments below the last.
///
/// Of an entry that goes, the comments down to a blank line stay: they are about
/// the file. Those directly above it go to the next entry if that has none of its
/// own, for then they were about both.
pub(crate) fn keep<E: Commented>(
    entries: &mut Vec<E>,
    trailing: &mut Vec<String>,
    mut wanted: impl FnMut(&mut E) -> bool,
) {
    let mut kept = Vec::with_capacity(entries.len());
    let mut left = Vec::new();
    for mut entry in std::mem::take(entries) {
        hand_down(&mut left, entry.comments());
        if wanted(&mut entry) {
            kept.push(entry);
        } else {
            left = std::mem::take(entry.comments());
        }
    }
    *entries = kept;
    let about_file = left.iter().rposition(String::is_empty);
    left.truncate(about_file.map_or(0, |blank| blank + 1));
    left.append(trailing);
    *trailing = left;
}

/// Puts what is `left` of an entry that is gone above `comments`, those of the
/// entry after it.
fn hand_down(left: &mut Vec<String>, comments: &mut Vec<String>) {
    let own = !comments.is_empty();
    if own {
        let about_file = left.iter().rposition(String::is_empty);
        left.truncate(about_file.map_or(0, |blank| blank + 1));
    }
    left.append(comments);
    std::mem::swap(left, comments);
}

/// Writes a file that can't be made again: it is on disk before it takes the
/// place of the one before.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The file that a link leads to is replaced, not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (mut file, temporary) = beside(&target)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let written = written.and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        // The first error is the one worth telling; a leftover does no harm.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file in the folder of `path`. Nothing is opened that is there already:
/// it may be a link, or another's.
fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let mut number = 0;
    loop {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.{number}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        match File::create_new(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < NAMES => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn replace_follows_the_link_of_the_list_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("precious"), "mine").unwrap();
        fs::write(at("real"), "old").unwrap();
        symlink("real", at("list")).unwrap();
        let taken = format!(".real.{}.0.tmp", std::process::id());
        symlink("precious", at(&taken)).unwrap();
        replace(&at("list"), b"new").unwrap();
        assert!(at("list").is_symlink() && at(&taken).is_symlink());
        assert_eq!(fs::read(at("real")).unwrap(), b"new");
        assert_eq!(fs::read(at("precious")).unwrap(), b"mine");
    }
}
