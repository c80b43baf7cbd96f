//! Finding the executable whose `worker` command a pool starts.

use super::PoolError;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The executable's name.
const NAME: &str = "rewind";
/// The environment variable that names it.
pub(super) const VARIABLE: &str = "REWIND_EXE";
/// Folders of a build in which Cargo puts programs that belong to the one above.
const BELOW: [&str; 2] = ["examples", "deps"];

/// Where it may be.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// What the builder was given.
    pub(super) given: Option<PathBuf>,
    /// What [`VARIABLE`] says.
    pub(super) variable: Option<OsString>,
    /// The program that embeds this library.
    pub(super) own: Option<PathBuf>,
    /// What `PATH` says.
    pub(super) search: Option<OsString>,
}

impl Places {
    /// As this process has them.
    pub(super) fn of_this_process(given: Option<PathBuf>) -> Self {
        Self {
            given,
            variable: std::env::var_os(VARIABLE),
            own: std::env::current_exe().ok(),
            search: std::env::var_os("PATH"),
        }
    }

    /// The first that is there. One that somebody named has to be.
    pub(super) fn find(self) -> Result<PathBuf, PoolError> {
        if let Some(path) = self.given {
            return named(path, "PoolBuilder::executable");
        }
        if let Some(path) = self.variable.filter(|path| !path.is_empty()) {
            return named(path.into(), VARIABLE);
        }
        let folders = self.own.as_deref().map(beside).unwrap_or_default();
        let search = self.search.unwrap_or_default();
        let searched = std::env::split_paths(&search).filter(|folder| folder.is_absolute());
        let all = folders.iter().cloned().chain(searched);
        let mut files = all.map(|folder| folder.join(NAME));
        files
            .find(|file| refusal(file).is_none())
            .ok_or_else(|| PoolError::NoExecutable {
                looked: looked(&folders),
            })
    }
}

/// The folder of the program, and the one above if Cargo put it into one of its own.
fn beside(own: &Path) -> Vec<PathBuf> {
    let Some(folder) = own.parent() else {
        return Vec::new();
    };
    let is_below = BELOW.iter().any(|name| folder.ends_with(name));
    let above = folder.parent().filter(|_| is_below);
    std::iter::once(folder)
        .chain(above)
        .map(Path::to_path_buf)
        .collect()
}

fn looked(folders: &[PathBuf]) -> String {
    let folders: Vec<String> = folders
        .iter()
        .map(|folder| format!("in {}", folder.display()))
        .chain(["in a folder of PATH".to_owned()])
        .collect();
    folders.join(", nor ")
}

fn named(path: PathBuf, named_by: &'static str) -> Result<PathBuf, PoolError> {
    match refusal(&path) {
        None => Ok(path),
        Some(why) => Err(PoolError::BadExecutable {
            path,
            named_by,
            why,
        }),
    }
}

/// Why the file can't be run; `None` if it can, as far as one can see.
fn refusal(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Err(error) => Some(error.to_string()),
        Ok(found) if !found.is_file() => Some("it is no file".to_owned()),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => {
            Some("it is not executable (chmod +x)".to_owned())
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn put(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn executable_is_the_one_named_else_beside_the_program_else_in_path() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        let places = || Places {
            own: Some(at("build/examples/embed")),
            search: std::env::join_paths([at("none"), at("bin")]).ok(),
            ..Places::default()
        };
        let error = places().find().unwrap_err().to_string();
        for part in ["build/examples, nor in", "build, nor in a", "REWIND_EXE"] {
            assert!(error.contains(part), "{error}");
        }
        for found in ["bin/rewind", "build/rewind", "build/examples/rewind"] {
            put(&at(found), 0o700);
            assert_eq!(places().find(), Ok(at(found)));
        }
        // One that can't be run is passed over where nobody named it.
        put(&at("build/examples/rewind"), 0o600);
        assert_eq!(places().find(), Ok(at("build/rewind")));
        let named = |name: &str| Places {
            variable: Some(at(name).into()),
            ..places()
        };
        assert_eq!(named("bin/rewind").find(), Ok(at("bin/rewind")));
        for (name, why) in [
            ("gone", "No such file"),
            ("bin", "no file"),
            ("build/examples/rewind", "chmod +x"),
        ] {
            let error = named(name).find().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(VARIABLE), "{error}");
        }
        let given = Places {
            given: Some(at("build/rewind")),
            ..named("gone")
        };
        assert_eq!(given.find(), Ok(at("build/rewind")));
    }

    #[test]
    fn program_that_cargo_did_not_put_there_has_no_folder_above() {
        let own = Path::new("/opt/tool/run");
        assert_eq!(beside(own), [PathBuf::from("/opt/tool")]);
    }
}
