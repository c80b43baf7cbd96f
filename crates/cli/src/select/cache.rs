//! Where the files are kept that only make things faster.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Files about one corpus; they may be deleted at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CacheFiles {
    /// Frontmatter as it was parsed.
    pub(super) frontmatter: PathBuf,
    /// How long cases took.
    pub(super) timings: PathBuf,
}

impl CacheFiles {
    /// Those of the corpus at `root`, in this user's cache folder, which is made
    /// if it is missing; `None` if there can be none.
    pub(super) fn of_process(root: &Path) -> Option<Self> {
        let folder = folder(|name| std::env::var_os(name))?;
        std::fs::create_dir_all(&folder).ok()?;
        Some(Self::below(&folder, root))
    }

    fn below(folder: &Path, root: &Path) -> Self {
        let mut hasher = DefaultHasher::new();
        root.canonicalize()
            .unwrap_or_else(|_| root.to_owned())
            .hash(&mut hasher);
        let key = hasher.finish();
        let file = |what| folder.join(format!("{key:016x}.{what}"));
        Self {
            frontmatter: file("frontmatter"),
            timings: file("timings"),
        }
    }
}

/// The XDG convention: a relative path counts as none.
fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Some(caches?.join("rewind"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_follows_the_convention() {
        let with = |cache: &'static str, home: &'static str| {
            folder(move |name| {
                let value = if name == "HOME" { home } else { cache };
                (!value.is_empty()).then(|| OsString::from(value))
            })
        };
        assert_eq!(with("/c", "/h"), Some(PathBuf::from("/c/rewind")));
        assert_eq!(
            with("relative", "/h"),
            Some(PathBuf::from("/h/.cache/rewind"))
        );
        assert_eq!(with("", ""), None);
    }

    #[test]
    fn corpora_have_files_of_their_own() {
        let files = |root| CacheFiles::below(Path::new("/c"), Path::new(root));
        assert_ne!(files("/a"), files("/b"));
        assert_eq!(files("/a"), files("/a"));
        assert_ne!(files("/a").frontmatter, files("/a").timings);
    }
}
