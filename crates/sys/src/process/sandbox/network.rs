//! The network of a sandbox: one interface that leads to itself.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Switches the loopback interface on. Where the kernel has none a sandbox is
/// only stricter, so nothing is said of a failure.
pub(super) fn raise_loopback() {
    // SAFETY: takes numbers.
    let number = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if number == -1 {
        return;
    }
    // SAFETY: the kernel just gave this number to us alone.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    let request = MaybeUninit::<libc::ifreq>::zeroed();
    // SAFETY: all zero bits are a valid request.
    let mut request = unsafe { request.assume_init() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap_or(1);
    // SAFETY: the request is ours, with the name and the flags that this one wants.
    unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
}
