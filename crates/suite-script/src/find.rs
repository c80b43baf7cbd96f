//! Which files are scripts.

use crate::ScriptError;
use rewind_protocol::Variant;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What the ending of a file means to the guest.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// The ending, without its dot.
    pub ending: &'static str,
    /// The variant that such files are run in.
    pub variant: Variant,
}

/// A file that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: PathBuf,
    pub(crate) variant: Variant,
}

/// The scripts at and below `paths`, by their path below `root`: files that were
/// named whatever their ending is, and in folders those with an ending of
/// `languages`. Hidden files and folders are passed over.
pub(crate) fn find(
    root: &Path,
    paths: &[PathBuf],
    languages: &[Language],
) -> Result<BTreeMap<PathBuf, Found>, ScriptError> {
    let mut scripts = BTreeMap::new();
    for path in paths {
        let path = real(path)?;
        if path.is_dir() {
            walk(root, &path, languages, &mut scripts)?;
        } else if path.is_file() {
            // The first language stands for files of any other ending.
            let variant = language(&path, languages).or(languages.first());
            if let Some(language) = variant {
                add(root, path, language.variant, &mut scripts)?;
            }
        } else {
            return Err(ScriptError::Kind(path));
        }
    }
    Ok(scripts)
}

/// The folder that all `paths` lie in: `here` if they are below it, else the
/// nearest one above them all.
pub(crate) fn root_of(paths: &[PathBuf], here: &Path) -> Result<PathBuf, ScriptError> {
    let mut root = real(here)?;
    for path in paths {
        let path = real(path)?;
        while !path.starts_with(&root) {
            // `/` is above everything, so this ends.
            if !root.pop() {
                break;
            }
        }
    }
    Ok(root)
}

pub(crate) fn real(path: &Path) -> Result<PathBuf, ScriptError> {
    path.canonicalize().map_err(|source| ScriptError::Look {
        path: path.to_path_buf(),
        source,
    })
}

fn walk(
    root: &Path,
    folder: &Path,
    languages: &[Language],
    scripts: &mut BTreeMap<PathBuf, Found>,
) -> Result<(), ScriptError> {
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let entries = WalkDir::new(folder).into_iter();
    for entry in entries.filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry.map_err(|error| ScriptError::Look {
            path: error.path().unwrap_or(folder).to_path_buf(),
            source: error.into(),
        })?;
        let path = entry.path();
        if let Some(language) = language(path, languages)
            && path.is_file()
        {
            add(root, path.to_path_buf(), language.variant, scripts)?;
        }
    }
    Ok(())
}

fn language<'l>(path: &Path, languages: &'l [Language]) -> Option<&'l Language> {
    let ending = path.extension()?.to_str()?;
    languages.iter().find(|known| known.ending == ending)
}

fn add(
    root: &Path,
    file: PathBuf,
    variant: Variant,
    scripts: &mut BTreeMap<PathBuf, Found>,
) -> Result<(), ScriptError> {
    let below = file.strip_prefix(root).map(Path::to_path_buf);
    let below = below.map_err(|_outside| ScriptError::Outside {
        path: file.clone(),
        root: root.to_path_buf(),
    })?;
    scripts.insert(below, Found { file, variant });
    Ok(())
}
