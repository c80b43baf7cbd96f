//! Files with an entry a line that people edit and runs rewrite: paths that stay
//! on their line, comments that stay with their entry, and a file that is whole
//! whatever happens.

use rewind_protocol::Variant;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

/// All of them.
pub(crate) const VARIANTS: [Variant; 4] = [
    Variant::Sloppy,
    Variant::Strict,
    Variant::Module,
    Variant::Raw,
];

/// The variant called `name`, or what is wrong with the name.
pub(crate) fn variant(name: &str) -> Result<Variant, String> {
    VARIANTS
        .into_iter()
        .find(|known| known.name() == name)
        .ok_or_else(|| format!("unknown variant `{name}`: use sloppy, strict, module or raw"))
}

/// A path that stays on its line and is no comment.
pub(crate) fn escaped(path: &str) -> Cow<'_, str> {
    if !path.starts_with(['#', ' ']) && !path.contains(['\\', '\n', '\r']) {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len() + 2);
    for (at, letter) in path.char_indices() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '#' if at == 0 => text.push_str("\\#"),
            ' ' if at == 0 => text.push_str("\\ "),
            letter => text.push(letter),
        }
    }
    Cow::Owned(text)
}

/// The path that was escaped, or what is wrong with it.
pub(crate) fn unescaped(text: &str) -> Result<Arc<str>, String> {
    if !text.contains('\\') {
        return Ok(Arc::from(text));
    }
    let mut path = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        path.push(match letter {
            '\\' => match letters.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('#') => '#',
                Some(' ') => ' ',
                _ => return Err("a `\\` in a path is written `\\\\`".to_owned()),
            },
            letter => letter,
        });
    }
    Ok(Arc::from(path))
}

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
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one worth telling; a leftover does no harm.
        let _ = fs::remove_file(&temporary);
    }
    written
}
