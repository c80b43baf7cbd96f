//! Files in the working and in the temporary directory.

use crate::scene::{Action, Done, Scene, check, check_pointer};
use core::ffi::CStr;
use libc::c_char;

pub(crate) const TABLE: &[Action] = &[
    ("chdir", |scene| {
        let path = scene.text()?;
        // SAFETY: the path is a C string.
        check("chdir", unsafe { libc::chdir(path.as_ptr()) }).map(drop)
    }),
    ("make-file", |scene| {
        let path = scene.text()?;
        make_file(path.as_ptr())
    }),
    ("hide-changes", |_| {
        let epoch = [const {
            libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            }
        }; 2];
        // SAFETY: a C string and two times of ours.
        check("utimensat", unsafe {
            libc::utimensat(libc::AT_FDCWD, c".".as_ptr(), epoch.as_ptr(), 0)
        })
        .map(drop)
    }),
    ("make-folder", |scene| {
        let path = scene.text()?;
        // SAFETY: the path is a C string.
        check("mkdir", unsafe { libc::mkdir(path.as_ptr(), 0o755) }).map(drop)
    }),
    ("make-temporary-file", |scene| {
        let name = scene.text()?;
        let mut path = [0 as c_char; 512];
        // SAFETY: the buffer is as long as said; the strings are C strings.
        unsafe {
            libc::snprintf(
                path.as_mut_ptr(),
                path.len(),
                c"%s/%s".as_ptr(),
                temporary(),
                name.as_ptr(),
            )
        };
        make_file(path.as_ptr())
    }),
    ("write-file", |scene| {
        let (path, text) = (scene.text()?, scene.text()?);
        // SAFETY: the path is a C string.
        let number = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY) };
        check("open", number)?;
        // SAFETY: a C string.
        let length = unsafe { libc::strlen(text.as_ptr()) };
        // SAFETY: as long as said.
        let written = unsafe { libc::write(number, text.as_ptr().cast(), length) };
        // SAFETY: opened above.
        unsafe { libc::close(number) };
        check("write", i64::try_from(written).unwrap_or(-1)).map(drop)
    }),
    ("print-file", |scene| {
        let path = scene.text()?;
        // SAFETY: the path is a C string.
        let number = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY) };
        check("open", number)?;
        let mut text = [0u8; 64];
        // SAFETY: the buffer is as long as said.
        let length = unsafe { libc::read(number, text.as_mut_ptr().cast(), text.len()) };
        // SAFETY: opened above.
        unsafe { libc::close(number) };
        let text = text.get(..usize::try_from(length).unwrap_or(0));
        let text = core::str::from_utf8(text.unwrap_or_default()).unwrap_or("?");
        scene.say(format_args!("file {text}"))
    }),
    ("chmod", |scene| {
        let (path, mode) = (scene.text()?, scene.number()?);
        // SAFETY: the path is a C string.
        check("chmod", unsafe { libc::chmod(path.as_ptr(), mode) }).map(drop)
    }),
    ("print-mode", |scene| {
        let path = scene.text()?;
        // SAFETY: all-zero is a valid structure.
        let mut found: libc::stat = unsafe { core::mem::zeroed() };
        // SAFETY: a C string and a structure of ours.
        unsafe { libc::stat(path.as_ptr(), &raw mut found) };
        scene.say(format_args!("mode {:o}", found.st_mode))
    }),
    ("remove-cwd", |_| {
        let mut path = [0 as c_char; 1024];
        // SAFETY: the buffer is as long as said.
        check_pointer("getcwd", unsafe {
            libc::getcwd(path.as_mut_ptr(), path.len())
        })?;
        // SAFETY: getcwd wrote a C string.
        check("rmdir", unsafe { libc::rmdir(path.as_ptr()) }).map(drop)
    }),
    ("print-cwd", |scene| {
        let mut path = [0 as c_char; 1024];
        // SAFETY: the buffer is as long as said.
        check_pointer("getcwd", unsafe {
            libc::getcwd(path.as_mut_ptr(), path.len())
        })?;
        // SAFETY: getcwd wrote a C string.
        let path = unsafe { CStr::from_ptr(path.as_ptr()) }
            .to_str()
            .unwrap_or("?");
        // The folders above are this worker's own and have its number in their name.
        scene.say(format_args!(
            "cwd {}",
            path.rsplit('/').next().unwrap_or(path)
        ))
    }),
    ("print-files", |scene| {
        print_entries(scene, "working", c".".as_ptr())?;
        print_entries(scene, "temporary", temporary())
    }),
];

fn temporary() -> *const c_char {
    // SAFETY: the name is a C string.
    let path = unsafe { libc::getenv(c"TMPDIR".as_ptr()) };
    if path.is_null() {
        c"/tmp".as_ptr()
    } else {
        path
    }
}

fn make_file(path: *const c_char) -> Done {
    // SAFETY: the path is a C string.
    let number = unsafe { libc::open(path, libc::O_CREAT | libc::O_WRONLY, 0o644) };
    check("open", number)?;
    // SAFETY: just opened.
    check("close", unsafe { libc::close(number) }).map(drop)
}

fn print_entries(scene: &mut Scene<'_>, which: &str, path: *const c_char) -> Done {
    // SAFETY: the path is a C string.
    let folder = check_pointer("opendir", unsafe { libc::opendir(path) })?;
    let mut count = 0;
    // SAFETY: the folder is open.
    while !unsafe { libc::readdir(folder) }.is_null() {
        count += 1;
    }
    // SAFETY: opened above.
    unsafe { libc::closedir(folder) };
    scene.say(format_args!("{which} {} entries", count - 2))
}
