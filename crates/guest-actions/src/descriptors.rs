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
    ("write-at", |scene| {
        let (number, text) = (scene.number()?, scene.text()?);
        // SAFETY: the text is a C string.
        let length = unsafe { libc::strlen(text.as_ptr()) };
        // SAFETY: as long as said.
        let written = unsafe { libc::pwrite(number, text.as_ptr().cast(), length, 0) };
        check("pwrite", i64::try_from(written).unwrap_or(-1)).map(drop)
    }),
    ("write-mapped", |scene| {
        let number = scene.number()?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping.
        let mapped = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                4096,
                access,
                libc::MAP_SHARED,
                number,
                0,
            )
        };
        check("mmap", if mapped == libc::MAP_FAILED { -1 } else { 0 })?;
        // SAFETY: the file has ten bytes.
        unsafe { mapped.cast::<u8>().write_volatile(b'#') };
        Ok(())
    }),
    ("truncate", |scene| {
        let (number, length) = (scene.number()?, scene.number()?);
        // SAFETY: takes numbers.
        check("ftruncate", unsafe { libc::ftruncate(number, length) }).map(drop)
    }),
    ("print-text", |scene| {
        let number = scene.number()?;
        let mut text = [0u8; 32];
        // SAFETY: the buffer is as long as said.
        let got = unsafe { libc::pread(number, text.as_mut_ptr().cast(), text.len(), 0) };
        let text = text.get(..usize::try_from(got).unwrap_or(0));
        let text = core::str::from_utf8(text.unwrap_or_default()).unwrap_or("?");
        scene.say(format_args!("text {text}"))
    }),
    ("lock", |scene| {
        let number = scene.number()?;
        // SAFETY: takes numbers.
        check("flock", unsafe {
            libc::flock(number, libc::LOCK_EX | libc::LOCK_NB)
        })
        .map(drop)
    }),
    ("print-lock", |scene| {
        // Opened anew, for a lock is the open file's.
        // SAFETY: the path is a C string.
        let other = unsafe { libc::open(c"/proc/self/fd/3".as_ptr(), libc::O_RDONLY) };
        check("open", other)?;
        // SAFETY: takes numbers.
        let free = unsafe { libc::flock(other, libc::LOCK_EX | libc::LOCK_NB) } == 0;
        // SAFETY: opened above.
        unsafe { libc::close(other) };
        scene.say(format_args!("lock free={free}"))
    }),
    ("open-high", |scene| {
        let number: c_int = scene.number()?;
        raise_limit()?;
        // SAFETY: takes numbers.
        let moved = unsafe { libc::fcntl(0, libc::F_DUPFD, number) };
        check("fcntl", moved).map(drop)
    }),
    ("print-high", |scene| {
        for number in 1024..8192 {
            // SAFETY: only asks.
            if unsafe { libc::fcntl(number, libc::F_GETFD) } != -1 {
                scene.say(format_args!("descriptor {number}"))?;
            }
        }
        Ok(())
    }),
    ("replace-host-descriptor", replace_host_descriptor),
    ("print-descriptors", print_all),
    ("print-descriptor", print_one),
];

/// The host's begin where a guest's soft limit ends.
const HOSTS: core::ops::Range<c_int> = 1024..8192;

/// As far as the hard limit allows.
fn raise_limit() -> Done {
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
    })
    .map(drop)
}

/// Points the first of the host's descriptors at the null device.
fn replace_host_descriptor(_: &mut Scene<'_>) -> Done {
    raise_limit()?;
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
