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
