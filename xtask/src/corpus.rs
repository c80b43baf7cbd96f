//! `cargo xtask corpus`: unpacks a test262 archive into a folder that git ignores.

use crate::error::{Error, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Says what was unpacked; written when all of it was.
const STAMP: &str = ".unpacked";

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Archive: a tar file in any compression that the system's tar knows
    #[arg(long)]
    archive: PathBuf,
    /// Folder to unpack into
    #[arg(long, default_value = "target/corpora/test262")]
    into: PathBuf,
}

/// Unpacks, unless the same archive was unpacked there before.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let stamp = options.into.join(STAMP);
    let identity = identity(&options.archive)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|known| known == identity) {
        writeln!(out, "corpus: {} is up to date", options.into.display())?;
        return Ok(true);
    }
    if is_occupied(&options.into) {
        return Err(Error::Other(format!(
            "unpack into {}: it holds something else; remove it, or name another folder with --into",
            options.into.display()
        )));
    }
    if let Some(path) = changed(&options.into)? {
        return Err(Error::Other(format!(
            "unpack into {}: {} was added or changed since; move it away, or remove {0} yourself",
            options.into.display(),
            path.display()
        )));
    }
    replace(&options.archive, &options.into, &identity)?;
    writeln!(out, "corpus: unpacked into {}", options.into.display())?;
    Ok(true)
}

/// Name, size and time of the archive: enough to see that it is another one.
fn identity(archive: &Path) -> Result<String> {
    let metadata = archive.metadata().map_err(Error::file("read", archive))?;
    let modified = metadata.modified().ok();
    let age = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!(
        "{name} {} {}\n",
        metadata.len(),
        age.unwrap_or_default().as_secs()
    ))
}

/// There is something that isn't known to be ours: a link, a file, a folder that
/// can't be read, or one with something in it and without a stamp of this command.
fn is_occupied(folder: &Path) -> bool {
    match std::fs::symlink_metadata(folder) {
        Err(error) => return error.kind() != std::io::ErrorKind::NotFound,
        Ok(found) if !found.is_dir() => return true,
        Ok(_) => {}
    }
    let is_empty = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    !is_empty && !is_stamped(folder)
}

/// The stamp is a file, not a link, and says what [`identity`] does.
fn is_stamped(folder: &Path) -> bool {
    let stamp = folder.join(STAMP);
    if !std::fs::symlink_metadata(&stamp).is_ok_and(|found| found.is_file()) {
        return false;
    }
    let text = std::fs::read_to_string(&stamp).unwrap_or_default();
    let Some(line) = text.strip_suffix('\n') else {
        return false;
    };
    let numbers: Vec<_> = line.rsplitn(3, ' ').take(2).collect();
    !line.contains('\n') && numbers.len() == 2 && numbers.iter().all(|it| it.parse::<u64>().is_ok())
}

/// Something below `folder` that was added or changed after it was unpacked. The
/// stamp is written last, and when the kernel last changed an entry can't be set.
/// The folder itself changes when it is moved into place.
fn changed(folder: &Path) -> Result<Option<PathBuf>> {
    use std::os::unix::fs::MetadataExt as _;
    let since = |found: &std::fs::Metadata| (found.ctime(), found.ctime_nsec());
    let Ok(stamp) = std::fs::symlink_metadata(folder.join(STAMP)) else {
        return Ok(None);
    };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(Error::file("list", &folder))?;
        for entry in entries {
            let entry = entry.map_err(Error::file("list", &folder))?;
            let path = entry.path();
            let found = entry.metadata().map_err(Error::file("read", &path))?;
            if since(&found) > since(&stamp) {
                return Ok(Some(path));
            }
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(None)
}

/// Unpacks beside the target and renames: an interrupted run leaves nothing that looks whole.
fn replace(archive: &Path, into: &Path, identity: &str) -> Result<()> {
    let parent = into.parent().filter(|path| !path.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    let scratch =
        tempfile::tempdir_in(parent).map_err(Error::file("create a folder in", parent))?;
    let inner = scratch.path().join("tree");
    std::fs::create_dir(&inner).map_err(Error::file("create", &inner))?;
    untar(archive, &inner)?;
    let root = corpus_root(&inner)?;
    std::fs::write(root.join(STAMP), identity).map_err(Error::file("write", &root))?;
    if into.exists() {
        std::fs::remove_dir_all(into).map_err(Error::file("remove", into))?;
    }
    std::fs::rename(&root, into).map_err(Error::file("move into place", into))
}

fn untar(archive: &Path, into: &Path) -> Result<()> {
    let output = Command::new("tar")
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(into)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start {
            program: "tar".into(),
            source,
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: format!("tar -xf {}", archive.display()),
        status: output.status.to_string(),
        detail: format!("\n{}", String::from_utf8_lossy(&output.stderr).trim_end()),
    })
}

/// The folder with `harness` and `test`: the archive's top, or the one folder in it.
fn corpus_root(unpacked: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(unpacked).map_err(Error::file("list", unpacked))?;
    let folders = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    std::iter::once(unpacked.to_path_buf())
        .chain(folders)
        .find(|folder| folder.join("harness").is_dir() && folder.join("test").is_dir())
        .ok_or_else(|| {
            Error::Other("use the archive: there is no harness/ and test/ in it".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(folder: &Path, prefix: &str) -> PathBuf {
        for part in ["harness", "test"] {
            let path = folder.join("in").join(prefix).join(part);
            std::fs::create_dir_all(&path).expect("created");
            std::fs::write(path.join("a.js"), prefix).expect("written");
        }
        let archive = folder.join("corpus.tar");
        let status = Command::new("tar")
            .args(["-cf".as_ref(), archive.as_os_str(), "-C".as_ref()])
            .arg(folder.join("in"))
            .arg(".")
            .status();
        assert!(status.expect("tar runs").success());
        archive
    }

    #[test]
    fn run_unpacks_once_and_again_if_the_archive_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        for prefix in ["", "test262-main"] {
            let inner = folder.path().join(format!("case{}", prefix.len()));
            std::fs::create_dir(&inner).expect("created");
            let options = Options {
                archive: archive(&inner, prefix),
                into: inner.join("out/test262"),
            };
            let mut out = Vec::new();
            assert!(run(&options, &mut out).expect("unpacked"));
            assert!(options.into.join("test/a.js").is_file());
            assert!(run(&options, &mut out).expect("skipped"));
            let text = String::from_utf8(out).expect("text");
            assert!(
                text.contains("unpacked into") && text.contains("up to date"),
                "{text}"
            );

            std::fs::remove_dir_all(inner.join("in")).expect("removed");
            let marker = "test262-other-name-of-another-size";
            let options = Options {
                archive: archive(&inner, marker),
                ..options
            };
            std::fs::write(options.into.join(".unpacked"), "another.tar 1 2\n").expect("written");
            run(&options, &mut Vec::new()).expect("unpacked again");
            let text = std::fs::read_to_string(options.into.join("test/a.js")).expect("read");
            assert_eq!(text, marker);
        }
    }

    #[test]
    fn run_into_a_folder_of_someone_else_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let into = folder.path().join("mine");
        std::fs::create_dir(&into).expect("created");
        std::fs::write(into.join("precious"), "").expect("written");
        let options = Options {
            archive: archive(folder.path(), ""),
            into: into.clone(),
        };
        let error = run(&options, &mut Vec::new())
            .expect_err("refused")
            .to_string();
        assert!(error.contains("holds something else"), "{error}");
        assert!(into.join("precious").exists());
    }

    #[test]
    fn only_an_empty_folder_or_one_with_our_stamp_is_replaced() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("into");
        assert!(!is_occupied(&folder), "nothing there");
        std::fs::create_dir(&folder).expect("created");
        assert!(!is_occupied(&folder), "empty");
        let stamp = folder.join(".unpacked");
        for (text, occupied) in [
            ("", true),
            ("notes of somebody\n", true),
            ("a.tar 12 34\nmore 1 2\n", true),
            ("a.tar 12\n", true),
            ("a.tar 12 34", true),
            ("my archive.tar.xz 12 34\n", false),
        ] {
            std::fs::write(&stamp, text).expect("written");
            assert_eq!(is_occupied(&folder), occupied, "{text:?}");
        }
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).expect("linked");
        assert!(is_occupied(&link), "a link");
        std::fs::rename(&stamp, place.path().join("stamp")).expect("moved");
        std::os::unix::fs::symlink("../stamp", &stamp).expect("linked");
        assert!(is_occupied(&folder), "a stamp behind a link");
    }

    #[test]
    fn tree_that_somebody_worked_in_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            archive: archive(folder.path(), ""),
            into: folder.path().join("out"),
        };
        run(&options, &mut Vec::new()).expect("unpacked");
        assert_eq!(changed(&options.into).expect("listed"), None);
        let stamp = options.into.join(STAMP);
        let times = std::fs::metadata(&stamp).expect("there");
        let own = options.into.join("test/mine.js");
        std::fs::write(&own, "1;").expect("written");
        // The kernel's clock for files moves in steps of some milliseconds.
        while changed(&options.into).expect("listed").is_none() {
            std::fs::write(&own, "1;").expect("written");
        }
        let file = std::fs::File::options()
            .write(true)
            .open(&own)
            .expect("opened");
        file.set_modified(times.modified().expect("a time"))
            .expect("set");
        let other = folder.path().join("other.tar");
        std::fs::rename(&options.archive, &other).expect("renamed");
        let options = Options {
            archive: other,
            ..options
        };
        let error = run(&options, &mut Vec::new())
            .expect_err("refused")
            .to_string();
        assert!(
            error.contains("test was added") || error.contains("mine.js was added"),
            "{error}"
        );
        assert!(own.exists());
        std::fs::remove_dir_all(&options.into).expect("removed");
        run(&options, &mut Vec::new()).expect("unpacked");
        assert!(!own.exists());
    }

    #[test]
    fn run_on_a_broken_archive_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("broken.tar.xz");
        std::fs::write(&archive, "no archive").expect("written");
        let into = folder.path().join("out/test262");
        let options = Options {
            archive,
            into: into.clone(),
        };
        assert!(run(&options, &mut Vec::new()).is_err());
        assert!(!into.exists());
    }
}
