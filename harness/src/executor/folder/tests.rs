use super::*;
use rewind_protocol::FolderToken;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

/// More than any process has.
const NOBODY: i32 = i32::MAX;

struct Place {
    root: tempfile::TempDir,
    command: WorkerCommand,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut command = WorkerCommand::new("worker", [""; 0]);
        command.env = vec![("TMPDIR".into(), root.path().into())];
        Self { root, command }
    }

    fn path(&self, marker: &FolderMarker) -> PathBuf {
        self.root.path().join(marker.name.to_string())
    }

    /// A folder as a worker makes it, with something in it.
    fn folder(&self, marker: &FolderMarker) -> PathBuf {
        let path = self.path(marker);
        for folder in INNER {
            fs::create_dir_all(path.join(folder).join("deep")).unwrap();
        }
        fs::write(path.join(MARKER_FILE), marker.to_string()).unwrap();
        close(&path);
        path
    }

    /// What a sweep leaves of what there is.
    fn sweep(&self) -> Vec<String> {
        sweep(&self.command);
        let mut left: Vec<_> = fs::read_dir(self.root.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        left
    }
}

fn close(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let marker = folder.join(MARKER_FILE);
    fs::set_permissions(marker, fs::Permissions::from_mode(0o600)).unwrap();
}

/// What a worker that is gone wrote, started by such a parent.
fn of(parent: i32, worker: i32) -> FolderMarker {
    let realm = Realm::current().unwrap();
    let parent_started = Identity::of(Pid(parent)).map_or(1, |it| it.started);
    FolderMarker {
        name: FolderName {
            parent,
            worker,
            token: FolderToken([0x5c; 16]),
        },
        parent_started,
        worker_started: 1,
        boot: realm.boot,
        namespace: realm.namespace,
    }
}

fn own() -> i32 {
    process::own().0
}

#[test]
fn remove_takes_the_folder_of_that_worker_alone() {
    let place = Place::new();
    let folders = [NOBODY, NOBODY - 1].map(|worker| place.folder(&of(own(), worker)));
    remove(&place.command, Pid(NOBODY));
    assert_eq!(folders.map(|it| it.exists()), [false, true]);
}

#[test]
fn remove_leaves_what_another_process_of_this_number_made() {
    let place = Place::new();
    let mut marker = of(own(), NOBODY);
    marker.parent_started += 1;
    let folder = place.folder(&marker);
    remove(&place.command, Pid(NOBODY));
    assert!(folder.exists());
}

#[test]
fn remove_leaves_the_folder_of_a_worker_that_lives() {
    let place = Place::new();
    let mut marker = of(own(), own());
    marker.worker_started = marker.parent_started;
    let folder = place.folder(&marker);
    remove(&place.command, Pid(own()));
    assert!(folder.exists());
}

#[test]
fn sweep_takes_what_a_dead_parent_left_whole_or_half_removed() {
    let place = Place::new();
    place.folder(&of(NOBODY, NOBODY));
    let half = place.folder(&of(NOBODY - 1, NOBODY));
    fs::remove_dir_all(half.join(WORK_FOLDER)).unwrap();
    assert_eq!(place.sweep(), [""; 0]);
}

#[test]
fn sweep_takes_what_is_older_than_the_process_that_has_the_number_now() {
    let place = Place::new();
    let mut marker = of(own(), NOBODY);
    marker.parent_started -= 1;
    place.folder(&marker);
    assert_eq!(place.sweep(), [""; 0]);
}

#[test]
fn sweep_leaves_what_somebody_uses() {
    let place = Place::new();
    // Process 1 lives as long as anything.
    let of_the_living = of(1, NOBODY);
    let mut worker_lives = of(NOBODY, 1);
    worker_lives.worker_started = Identity::of(Pid(1)).unwrap().started;
    let locked = of(NOBODY, NOBODY);
    let markers = [of_the_living, worker_lives, locked];
    let mut folders = markers.each_ref().map(|marker| place.folder(marker));
    let lock = File::open(folders[2].join(MARKER_FILE)).unwrap();
    lock.lock_shared().unwrap();
    place.sweep();
    assert_eq!(folders.each_ref().map(|it| it.exists()), [true; 3]);
    drop(lock);
    place.sweep();
    assert_eq!(
        folders.each_mut().map(|it| it.exists()),
        [true, true, false]
    );
}

#[test]
fn folder_of_a_user_stays_whatever_it_is_called() {
    let place = Place::new();
    let names = [
        "rewind-2024-11".to_owned(),
        format!("rewind-{NOBODY}-{NOBODY}"),
        of(NOBODY, NOBODY).name.to_string(),
    ];
    for name in &names {
        let data = place.root.path().join(name).join("work/mydata");
        fs::create_dir_all(&data).unwrap();
        fs::set_permissions(
            place.root.path().join(name),
            fs::Permissions::from_mode(0o700),
        )
        .unwrap();
    }
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(place.sweep(), expected);
    assert!(names.iter().all(|name| {
        let data = place.root.path().join(name).join("work/mydata");
        data.exists()
    }));
}

/// Each is a worker's folder but for one thing.
#[test]
fn sweep_leaves_what_is_not_proven() {
    type Change = fn(&Path, &FolderMarker);
    let cases: &[(&str, Change)] = &[
        ("no marker", |path, _| {
            fs::remove_file(path.join(MARKER_FILE)).unwrap();
        }),
        ("half a marker", |path, marker| {
            let text = marker.to_string();
            fs::write(path.join(MARKER_FILE), &text[..text.len() - 3]).unwrap();
        }),
        ("no text in the marker", |path, _| {
            fs::write(path.join(MARKER_FILE), "").unwrap();
        }),
        ("a marker of another token", |path, marker| {
            let mut other = marker.clone();
            other.name.token = FolderToken([1; 16]);
            fs::write(path.join(MARKER_FILE), other.to_string()).unwrap();
        }),
        ("a marker of another boot", |path, marker| {
            let mut other = marker.clone();
            other.boot = "0".repeat(36);
            fs::write(path.join(MARKER_FILE), other.to_string()).unwrap();
        }),
        ("a marker of another namespace", |path, marker| {
            let mut other = marker.clone();
            other.namespace += 1;
            fs::write(path.join(MARKER_FILE), other.to_string()).unwrap();
        }),
        ("a marker of nobody knows whom", |path, marker| {
            let mut other = marker.clone();
            other.worker_started = 0;
            fs::write(path.join(MARKER_FILE), other.to_string()).unwrap();
        }),
        ("a marker that others may write", |path, _| {
            let open = fs::Permissions::from_mode(0o602);
            fs::set_permissions(path.join(MARKER_FILE), open).unwrap();
        }),
        ("a folder that others may write", |path, _| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o770)).unwrap();
        }),
        ("a marker behind a link", |path, _| {
            let elsewhere = path.with_file_name("marker");
            fs::rename(path.join(MARKER_FILE), &elsewhere).unwrap();
            symlink(elsewhere, path.join(MARKER_FILE)).unwrap();
        }),
        ("a folder behind a link", |path, _| {
            let elsewhere = path.with_file_name("elsewhere");
            fs::rename(path, &elsewhere).unwrap();
            symlink(elsewhere, path).unwrap();
        }),
        ("a folder in it behind a link", |path, _| {
            let elsewhere = path.with_file_name("elsewhere");
            fs::rename(path.join(WORK_FOLDER), &elsewhere).unwrap();
            symlink(elsewhere, path.join(WORK_FOLDER)).unwrap();
        }),
        ("a file of somebody's", |path, _| {
            fs::write(path.join("notes"), "mine").unwrap();
        }),
        ("a hidden folder of somebody's", |path, _| {
            fs::create_dir(path.join(".git")).unwrap();
        }),
        ("a file where a folder belongs", |path, _| {
            fs::remove_dir_all(path.join(WORK_FOLDER)).unwrap();
            fs::write(path.join(WORK_FOLDER), "mine").unwrap();
        }),
    ];
    for (what, change) in cases {
        let place = Place::new();
        let marker = of(NOBODY, NOBODY);
        let folder = place.folder(&marker);
        change(&folder, &marker);
        let all = || listing(place.root.path());
        let before = all();
        place.sweep();
        assert_eq!(all(), before, "{what}");
    }
}

#[test]
fn sweep_leaves_what_belongs_to_another_user() {
    if user() != 0 {
        // Only root can give something away.
        return;
    }
    let place = Place::new();
    let folder = place.folder(&of(NOBODY, NOBODY));
    for given in [folder.clone(), folder.join(MARKER_FILE)] {
        chown(&given, Some(1), None).unwrap();
        place.sweep();
        assert!(folder.join("work/deep").exists(), "{}", given.display());
        chown(&given, Some(0), None).unwrap();
    }
    place.sweep();
    assert!(!folder.exists());
}

/// Paths of all that lies below `folder`.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        all.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            all.extend(listing(&entry.path()));
        }
    }
    all.sort();
    all
}
