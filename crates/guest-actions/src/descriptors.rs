//! Descriptors: opened, closed, moved, seeked.

use crate::scene::{Action, Done, Failure, Scene, check};
use libc::c_int;

pub(crate) const TABLE: &[Action] = &[
    ("open", |scene| {
        let path = scene.text()?;
        // SAFETY: the path is a C string.
        check("open", unsafe { libc::open(path.as_ptr(), libc::O_RDWR) }).map(drop)
    }),
    ("close", |scene| {
        let number = scene.number()?;
        // SAFETY: a test may close what it likes.
        check("close", unsafe { libc::close(number) }).map(drop)
    }),
    ("close-range", |scene| {
        let (first, last): (u32, u32) = (scene.number()?, scene.number()?);
        // SAFETY: a test may close what it likes.
        let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        check("close_range", result).map(drop)
    }),
    ("dup2", |scene| {
        let (from, to) = (scene.number()?, scene.number()?);
        // SAFETY: a test may replace what it likes.
        check("dup2", unsafe { libc::dup2(from, to) }).map(drop)
    }),
    ("seek", |scene| {
        let (number, offset) = (scene.number()?, scene.number()?);
        // SAFETY: takes numbers.
        check("lseek", unsafe {
            libc::lseek(number, offset, libc::SEEK_SET)
        })
        .map(drop)
    }),
    ("nonblock", |scene| {
        let number = scene.number()?;
        // SAFETY: takes numbers.
        check("fcntl", unsafe {
            libc::fcntl(number, libc::F_SETFL, libc::O_NONBLOCK)
        })
        .map(drop)
    }),
    ("memfd", |_| {
        // SAFETY: the name is a C string.
        check("memfd_create", unsafe {
            libc::memfd_create(c"left".as_ptr(), 0)
        })
        .map(drop)
    }),
    ("write", |scene| {
        let (number, text) = (scene.number()?, scene.text()?);
        // SAFETY: the text is a C string.
        let length = unsafe { libc::strlen(text.as_ptr()) };
        // SAFETY: as long as said.
        let written = unsafe { libc::write(number, text.as_ptr().cast(), length) };
        check("write", i64::try_from(written).unwrap_or(-1)).map(drop)
    }),
    ("replace-host-descriptor", replace_host_descriptor),
    ("print-descriptors", print_all),
    ("print-descriptor", print_one),
];

/// The host's begin where a guest's soft limit ends.
const HOSTS: core::ops::Range<c_int> = 1024..8192;

/// Points the first of the host's descriptors at the null device.
fn replace_host_descriptor(_: &mut Scene<'_>) -> Done {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure is ours.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the structure is ours.
    check("setrlimit", unsafe {
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)
    })?;
    // SAFETY: only asks.
    let first = HOSTS
        .into_iter()
        .find(|number| unsafe { libc::fcntl(*number, libc::F_GETFD) } != -1);
    let first = first.ok_or(Failure {
        call: "find the host's descriptors",
        errno: libc::ENOENT,
    })?;
    // SAFETY: what happens to the host is what is to be seen.
    check("dup2", unsafe { libc::dup2(0, first) }).map(drop)
}

/// Opens a memory file with `text` in it and stands in its middle; it gets the lowest number.
pub(crate) fn open_file(text: &[u8]) -> Done {
    // SAFETY: the name is a C string.
    let number = unsafe { libc::memfd_create(c"given".as_ptr(), 0) };
    check("memfd_create", number)?;
    // SAFETY: as long as said.
    let written = unsafe { libc::write(number, text.as_ptr().cast(), text.len()) };
    check("write", i64::try_from(written).unwrap_or(-1))?;
    // SAFETY: takes numbers.
    check("lseek", unsafe { libc::lseek(number, 5, libc::SEEK_SET) }).map(drop)
}

fn print_all(scene: &mut Scene<'_>) -> Done {
    for number in 0..HOSTS.start {
        // SAFETY: only asks.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } != -1 {
            scene.say(format_args!("descriptor {number}"))?;
        }
    }
    Ok(())
}

fn print_one(scene: &mut Scene<'_>) -> Done {
    let number = scene.number()?;
    // SAFETY: all-zero is a valid structure.
    let mut found: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: the structure is ours.
    let known = unsafe { libc::fstat(number, &raw mut found) } == 0;
    // SAFETY: only asks.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFL) };
    // SAFETY: only asks.
    let offset = unsafe { libc::lseek(number, 0, libc::SEEK_CUR) };
    let mode = found.st_mode;
    scene.say(format_args!(
        "descriptor {number} open={known} mode={mode:o} size={} flags={flags:o} at={offset}",
        found.st_size
    ))
}
