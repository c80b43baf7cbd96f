//! Text that the C library holds back for its two output streams.
//!
//! Whoever puts memory back puts the streams' buffers back as well, so what is in
//! them must be written before. Where nothing is held back, that is seen by a few
//! reads, without a system call.

use libc::{FILE, size_t};

unsafe extern "C" {
    static stdout: *mut FILE;
    static stderr: *mut FILE;
    fn __fpending(stream: *mut FILE) -> size_t;
}

fn streams() -> [*mut FILE; 2] {
    // Read anew each time: a program may put other streams in their place.
    // SAFETY: a variable of the C library's.
    let output = unsafe { (&raw const stdout).read() };
    // SAFETY: as above.
    let errors = unsafe { (&raw const stderr).read() };
    [output, errors]
}

/// Bytes held back.
///
/// # Safety
/// Streams may have been damaged by whoever has used them: to be called where a
/// fault is caught, or where nobody else has.
#[must_use]
pub unsafe fn held_back() -> usize {
    let held = streams().map(|stream| match stream.is_null() {
        true => 0,
        // SAFETY: the caller vouches for the stream, or for what comes of it.
        false => unsafe { __fpending(stream) },
    });
    held[0].saturating_add(held[1])
}

/// Writes what is held back, as far as the descriptors take it.
///
/// # Safety
/// As for [`held_back`]; it may also wait, for a lock or for a reader.
pub unsafe fn write_out() {
    for stream in streams() {
        if !stream.is_null() {
            // What can't be written has nowhere else to go.
            // SAFETY: the caller vouches for the stream, or for what comes of it.
            unsafe { libc::fflush(stream) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    /// In a process of its own, so that the test runner's streams stay as they are.
    #[test]
    fn text_in_a_stream_is_held_back_until_it_is_written_out() {
        let mut ends = [0; 2];
        // SAFETY: two descriptors fit.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        // SAFETY: the kernel just made them.
        let [from, to] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
        // SAFETY: the child calls what is safe behind a fork of a program whose
        // other threads use no stdio, and ends.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: descriptor 1 is this process's own.
                unsafe { libc::dup2(to.as_raw_fd(), 1) };
                // SAFETY: a C string and a stream.
                unsafe { libc::fputs(c"held".as_ptr(), streams()[0]) };
                // SAFETY: nobody has damaged the streams.
                let before = unsafe { held_back() };
                // SAFETY: as above.
                unsafe { write_out() };
                // SAFETY: as above.
                let after = unsafe { held_back() };
                // SAFETY: ends the child.
                unsafe { libc::_exit(i32::from([before, after] != [4, 0])) };
            }
            child => {
                drop(to);
                let mut text = String::new();
                std::fs::File::from(from).read_to_string(&mut text).unwrap();
                let mut status = 0;
                // SAFETY: a child of ours.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert_eq!((text.as_str(), status), ("held", 0));
            }
        }
    }
}
