//! Using something up: memory, descriptors, processes, files, time.

use crate::scene::{Action, Done, Failure, Scene, check, errno};
use core::hint::black_box;
use core::ptr;
use libc::c_void;

const MIB: usize = 1 << 20;

pub(crate) const TABLE: &[Action] = &[
    ("take-memory", |scene| {
        let mebibytes: usize = scene.number()?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        for taken in 0..mebibytes {
            // SAFETY: a fresh mapping, wherever the kernel likes.
            let block = unsafe { libc::mmap(ptr::null_mut(), MIB, access, flags, -1, 0) };
            if block == libc::MAP_FAILED {
                return refused(scene, "mmap", taken);
            }
            // SAFETY: the first byte of a mapping that was just made.
            unsafe { block.cast::<u8>().write_volatile(1) };
        }
        Ok(())
    }),
    ("take-descriptors", |scene| {
        let count: usize = scene.number()?;
        for taken in 0..count {
            // SAFETY: the path is a C string.
            if unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY) } == -1 {
                return refused(scene, "open", taken);
            }
        }
        Ok(())
    }),
    ("take-processes", |scene| {
        let count: usize = scene.number()?;
        for taken in 0..count {
            // SAFETY: the child does nothing but wait.
            match unsafe { libc::fork() } {
                -1 => return refused(scene, "fork", taken),
                0 => wait_for_ever(),
                _ => {}
            }
        }
        Ok(())
    }),
    ("take-threads", |scene| {
        let count: usize = scene.number()?;
        for _ in 0..count {
            let mut thread = 0;
            // SAFETY: the thread's function uses nothing of ours.
            let failed = unsafe {
                libc::pthread_create(&raw mut thread, ptr::null(), burn, ptr::null_mut())
            };
            if failed != 0 {
                return Err(Failure {
                    call: "pthread_create",
                    errno: failed,
                });
            }
        }
        Ok(())
    }),
    ("fill-file", |scene| {
        let (name, mebibytes) = (scene.text()?, scene.number()?);
        let flags = libc::O_CREAT | libc::O_WRONLY;
        // SAFETY: the path is a C string.
        let file = check("open", unsafe { libc::open(name.as_ptr(), flags, 0o644) })?;
        fill(scene, i32::try_from(file).unwrap_or(-1), mebibytes)
    }),
    ("fill-output", |scene| {
        let (number, mebibytes) = (scene.number()?, scene.number()?);
        fill(scene, number, mebibytes)
    }),
    ("ignore-signal", |scene| {
        let signal = scene.number()?;
        // SAFETY: takes numbers.
        let before = unsafe { libc::signal(signal, libc::SIG_IGN) };
        if before == libc::SIG_ERR {
            return Err(Failure {
                call: "signal",
                errno: errno(),
            });
        }
        Ok(())
    }),
    ("burn", |_| {
        burn(ptr::null_mut());
        Ok(())
    }),
];

/// Tells how many could be had before the kernel refused, and fails.
fn refused(scene: &mut Scene<'_>, call: &'static str, taken: usize) -> Done {
    let errno = errno();
    scene.say(format_args!("took {taken}"))?;
    Err(Failure { call, errno })
}

fn fill(scene: &mut Scene<'_>, number: i32, mebibytes: usize) -> Done {
    const BLOCK: [u8; 4096] = [b'x'; 4096];
    for block in 0..mebibytes * MIB / BLOCK.len() {
        // SAFETY: the block is readable.
        let written = unsafe { libc::write(number, BLOCK.as_ptr().cast(), BLOCK.len()) };
        if written != BLOCK.len().cast_signed() {
            return refused(scene, "write", block);
        }
    }
    Ok(())
}

fn wait_for_ever() -> ! {
    loop {
        // SAFETY: takes nothing.
        unsafe { libc::pause() };
    }
}

/// Uses a processor for ever.
extern "C" fn burn(_: *mut c_void) -> *mut c_void {
    let mut number = 1u64;
    loop {
        number = black_box(number.wrapping_mul(3));
    }
}
