//! What lies in a folder: as it was recorded, and put back.
//!
//! The folder is empty for nearly all guests. What a preamble made in it belongs
//! there from then on, so it is kept with its bytes. No link is followed.

use rewind_sys::folder::HeldFolder;
use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes that are kept of all files together.
const KEPT_BYTES: u64 = 16 << 20;

/// One name below the folder.
#[derive(Debug)]
struct Node {
    path: PathBuf,
    kind: Kind,
    mode: u32,
    modified: Option<SystemTime>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    File(Vec<u8>),
    Link(PathBuf),
    /// No copy can be made of it: its number, size, and the time of its last change.
    Other([u64; 4]),
}

/// All names below a folder, those of folders before those in them.
#[derive(Debug, Default)]
pub(super) struct Tree(Vec<Node>);

impl Tree {
    /// What lies below `folder` now.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut nodes = Vec::new();
        let mut room = KEPT_BYTES;
        for path in below(folder)? {
            let found = fs::symlink_metadata(&path)?;
            nodes.push(Node {
                kind: Kind::read(&path, &found, &mut room)?,
                mode: found.mode() & 0o7777,
                modified: found.modified().ok(),
                path,
            });
        }
        Ok(Self(nodes))
    }

    /// Nothing was there when this was read.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes what was not there, and brings back what was.
    pub(super) fn put_back(&self, folder: &Path) -> io::Result<()> {
        let belongs = |path: &Path| {
            let node = self.0.iter().find(|node| node.path == path)?;
            node.is_of_kind(path).ok().filter(|same| *same)
        };
        for path in below(folder)? {
            // What lay in a folder may be gone with it.
            if belongs(&path).is_none() && fs::symlink_metadata(&path).is_ok() {
                remove(&path)?;
            }
        }
        self.0.iter().try_for_each(Node::bring_back)?;
        // Last, for what is made in a folder changes its time.
        self.0.iter().rev().try_for_each(Node::set_time)
    }
}

impl Kind {
    fn read(path: &Path, found: &Metadata, room: &mut u64) -> io::Result<Self> {
        if found.is_dir() {
            return Ok(Self::Folder);
        }
        if found.is_symlink() {
            return Ok(Self::Link(fs::read_link(path)?));
        }
        if found.is_file() && found.len() <= *room {
            *room -= found.len();
            return Ok(Self::File(fs::read(path)?));
        }
        Ok(Self::Other(identity(found)))
    }
}

fn identity(found: &Metadata) -> [u64; 4] {
    [
        found.ino(),
        found.size(),
        found.ctime().cast_unsigned(),
        found.ctime_nsec().cast_unsigned(),
    ]
}

impl Node {
    /// What is there now can be made what was there.
    fn is_of_kind(&self, path: &Path) -> io::Result<bool> {
        let found = fs::symlink_metadata(path)?;
        Ok(match &self.kind {
            Kind::Folder => found.is_dir(),
            // A second name for it may lie elsewhere, and must not be written through.
            Kind::File(_) => found.is_file() && found.nlink() == 1,
            Kind::Link(to) => found.is_symlink() && fs::read_link(path)? == *to,
            Kind::Other(_) => true,
        })
    }

    fn bring_back(&self) -> io::Result<()> {
        let path = &self.path;
        let there = fs::symlink_metadata(path).is_ok();
        match &self.kind {
            Kind::Folder if !there => fs::create_dir(path)?,
            Kind::Link(to) if !there => symlink(to, path)?,
            Kind::File(_) if !there => drop(File::create_new(path)?),
            Kind::Other(recorded) => {
                let found = fs::symlink_metadata(path)?;
                if identity(&found) != *recorded {
                    let name = path.file_name().unwrap_or_default().display();
                    return Err(io::Error::other(format!("{name} was changed")));
                }
                return Ok(());
            }
            _ => {}
        }
        if matches!(self.kind, Kind::Link(_)) {
            return Ok(());
        }
        let mode = || Permissions::from_mode(self.mode);
        if let Kind::File(bytes) = &self.kind {
            write_back(path, bytes)?;
        }
        if fs::symlink_metadata(path)?.mode() & 0o7777 != self.mode {
            fs::set_permissions(path, mode())?;
        }
        Ok(())
    }

    fn set_time(&self) -> io::Result<()> {
        if !matches!(self.kind, Kind::Folder | Kind::File(_)) {
            return Ok(());
        }
        let open = File::open(&self.path)?;
        match self.modified {
            Some(time) if open.metadata()?.modified().ok() != Some(time) => open.set_modified(time),
            _ => Ok(()),
        }
    }
}

/// Makes a file hold these bytes; one that does already isn't written to.
fn write_back(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|now| now == bytes) {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let file = File::options().write(true).open(path)?;
    file.set_len(bytes.len() as u64)?;
    file.write_all_at(bytes, 0)
}

/// All that lies below a folder, those of folders before those in them. No
/// mount is crossed: one is an error.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![(HeldFolder::open(folder)?, folder.to_owned())];
    while let Some((held, folder)) = waiting.pop() {
        for name in held.names()? {
            let path = folder.join(&name);
            if fs::symlink_metadata(&path)?.is_dir() {
                waiting.push((held.folder(&name)?, path.clone()));
            }
            found.push(path);
        }
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    let parent = HeldFolder::open(parent)?;
    if fs::symlink_metadata(path)?.is_dir() {
        parent.folder(name)?.empty()?;
        parent.remove_folder(name)
    } else {
        parent.remove_file(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> tempfile::TempDir {
        let at = tempfile::tempdir().unwrap();
        fs::create_dir(at.path().join("deep")).unwrap();
        fs::write(at.path().join("deep/kept"), "bytes").unwrap();
        symlink("deep/kept", at.path().join("link")).unwrap();
        at
    }

    /// Every name with what can be told of it.
    fn all(at: &Path) -> Vec<String> {
        let tell = |path: &PathBuf| {
            let found = fs::symlink_metadata(path).unwrap();
            let mut room = u64::MAX;
            let kind = Kind::read(path, &found, &mut room).unwrap();
            let time = found.modified().unwrap();
            let shown = path.strip_prefix(at).unwrap();
            // A link's own time can't be set without following it.
            let time = (!found.is_symlink()).then_some(time);
            format!("{shown:?} {kind:?} {:o} {time:?}", found.mode())
        };
        let mut told: Vec<_> = below(at).unwrap().iter().map(tell).collect();
        told.sort();
        told
    }

    type Spoiler = (&'static str, fn(&Path));

    #[test]
    fn put_back_brings_back_whatever_was_done_to_it() {
        let spoilers: &[Spoiler] = &[
            ("nothing", |_| {}),
            ("written", |at| {
                fs::write(at.join("deep/kept"), "longer bytes").unwrap();
            }),
            ("written through the link", |at| {
                fs::write(at.join("link"), "x").unwrap();
            }),
            ("removed", |at| fs::remove_dir_all(at.join("deep")).unwrap()),
            ("added", |at| {
                fs::create_dir(at.join("deep/new")).unwrap();
                fs::write(at.join("deep/new/file"), "x").unwrap();
            }),
            ("folder for a file", |at| {
                fs::remove_file(at.join("deep/kept")).unwrap();
                fs::create_dir(at.join("deep/kept")).unwrap();
            }),
            ("link for a folder", |at| {
                fs::rename(at.join("deep"), at.join("moved")).unwrap();
                symlink("moved", at.join("deep")).unwrap();
            }),
            ("mode", |at| {
                let mode = Permissions::from_mode(0o400);
                fs::set_permissions(at.join("deep/kept"), mode).unwrap();
            }),
        ];
        for (name, spoil) in spoilers {
            let at = made();
            let (before, tree) = (all(at.path()), Tree::read(at.path()).unwrap());
            spoil(at.path());
            tree.put_back(at.path()).unwrap();
            assert_eq!(all(at.path()), before, "{name}");
        }
    }

    #[test]
    fn put_back_never_writes_through_a_second_name() {
        let (at, elsewhere) = (made(), tempfile::tempdir().unwrap());
        let tree = Tree::read(at.path()).unwrap();
        let others = elsewhere.path().join("others");
        fs::write(&others, "untouched").unwrap();
        fs::remove_file(at.path().join("deep/kept")).unwrap();
        fs::hard_link(&others, at.path().join("deep/kept")).unwrap();
        tree.put_back(at.path()).unwrap();
        assert_eq!(fs::read(others).unwrap(), b"untouched");
        assert_eq!(fs::read(at.path().join("deep/kept")).unwrap(), b"bytes");
    }

    #[test]
    fn what_can_not_be_copied_is_told_when_it_changes() {
        let at = tempfile::tempdir().unwrap();
        let large = at.path().join("large");
        let file = File::create_new(&large).unwrap();
        file.set_len(KEPT_BYTES + 1).unwrap();
        let tree = Tree::read(at.path()).unwrap();
        tree.put_back(at.path()).unwrap();
        file.set_len(KEPT_BYTES + 2).unwrap();
        let error = tree.put_back(at.path()).unwrap_err();
        assert_eq!(error.to_string(), "large was changed");
    }
}
