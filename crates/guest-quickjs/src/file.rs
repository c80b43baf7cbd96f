//! Reading a file into guest memory with plain system calls: stdio would touch
//! locks and buffers, `std::fs` the host's allocator.

use crate::memory::Bytes;
use libc::c_int;

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It isn't there, isn't a regular file, or can't be read.
    Missing,
    /// Guest memory ran out.
    NoMemory,
}

/// Reads the whole regular file at `path`.
pub(crate) fn read(path: &Bytes) -> Result<Bytes, Unread> {
    // SAFETY: `path` is a C string.
    let file = unsafe { libc::open(path.as_c(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return Err(Unread::Missing);
    }
    let contents = size(file).and_then(|size| fill(file, size));
    // SAFETY: `file` was opened above and is closed once.
    unsafe { libc::close(file) };
    contents
}

/// Length of an open regular file, in bytes.
fn size(file: c_int) -> Result<usize, Unread> {
    // SAFETY: all zero bits are a valid `stat`.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: `stat` is written.
    if unsafe { libc::fstat(file, &raw mut stat) } != 0 {
        return Err(Unread::Missing);
    }
    if stat.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Err(Unread::Missing);
    }
    usize::try_from(stat.st_size).map_err(|_negative| Unread::Missing)
}

/// Reads `size` bytes. A file that shrinks meanwhile is as good as missing.
fn fill(file: c_int, size: usize) -> Result<Bytes, Unread> {
    let mut contents = Bytes::zeroed(size).ok_or(Unread::NoMemory)?;
    let mut done = 0;
    while let Some(rest) = contents.as_mut_slice().get_mut(done..)
        && !rest.is_empty()
    {
        // SAFETY: `rest` is a writable block of the length given.
        let got = unsafe { libc::read(file, rest.as_mut_ptr().cast(), rest.len()) };
        match usize::try_from(got) {
            Ok(0) | Err(_) => {
                contents.free();
                return Err(Unread::Missing);
            }
            Ok(got) => done += got,
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &std::path::Path) -> Result<Vec<u8>, Unread> {
        let path = Bytes::concat(&[path.as_os_str().as_encoded_bytes()]).unwrap();
        read(&path).map(|bytes| bytes.as_slice().to_vec())
    }

    #[test]
    fn read_returns_the_bytes_of_a_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, b"a\0b").unwrap();
        assert_eq!(at(&file).unwrap(), b"a\0b");
        std::fs::write(&file, b"").unwrap();
        assert_eq!(at(&file).unwrap(), b"");
        assert_eq!(at(folder.path()), Err(Unread::Missing));
        assert_eq!(at(&folder.path().join("b")), Err(Unread::Missing));
    }
}
