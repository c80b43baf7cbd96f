//! Reaching for processes and objects that are others'.

use crate::scene::{Action, Done, Scene, check, errno};
use core::ptr;
use libc::c_int;

pub(crate) const TABLE: &[Action] = &[
    ("kill", |scene| {
        let (process, signal) = (scene.number()?, scene.number()?);
        tell(scene, "kill", |_| {
            // SAFETY: takes numbers.
            unsafe { libc::kill(process, signal) }
        })
    }),
    ("kill-parent", |scene| {
        let signal = scene.number()?;
        tell(scene, "kill", |_| {
            // SAFETY: takes nothing and can't fail.
            let parent = unsafe { libc::getppid() };
            // SAFETY: takes numbers.
            unsafe { libc::kill(parent, signal) }
        })
    }),
    ("trace", |scene| {
        let process: c_int = scene.number()?;
        tell(scene, "ptrace", |_| {
            let none = ptr::null_mut::<libc::c_void>();
            // SAFETY: attaches to another process; nothing of this one is touched.
            let result = unsafe { libc::ptrace(libc::PTRACE_SEIZE, process, none, none) };
            c_int::try_from(result).unwrap_or(-1)
        })
    }),
    ("open-for-writing", |scene| {
        let path = scene.text()?;
        tell(scene, "open", |_| {
            let flags = libc::O_CREAT | libc::O_WRONLY;
            // SAFETY: the path is a C string.
            unsafe { libc::open(path.as_ptr(), flags, 0o644) }
        })
    }),
    ("send-to", |scene| {
        // A datagram to a name that nobody but a socket of this machine may have.
        let port: u16 = scene.number()?;
        // SAFETY: all-zero is a valid address.
        let mut address: libc::sockaddr_in = unsafe { core::mem::zeroed() };
        address.sin_family = libc::sa_family_t::try_from(libc::AF_INET).unwrap_or(0);
        address.sin_port = port.to_be();
        address.sin_addr.s_addr = u32::from_be_bytes([127, 0, 0, 1]).to_be();
        tell(scene, "sendto", |_| {
            // SAFETY: takes numbers.
            let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0) };
            let length = libc::socklen_t::try_from(size_of_val(&address)).unwrap_or(0);
            let to = (&raw const address).cast();
            // SAFETY: the text and the address are readable and as long as said.
            let sent = unsafe { libc::sendto(socket, c"x".as_ptr().cast(), 1, 0, to, length) };
            c_int::try_from(sent).unwrap_or(-1)
        })
    }),
    ("queue-message", |scene| {
        let key: c_int = scene.number()?;
        tell(scene, "msgget", |_| {
            // SAFETY: takes numbers; the queue must be there already.
            unsafe { libc::msgget(key, 0) }
        })
    }),
    ("child-exits", |_| {
        child(|| {
            // SAFETY: ends the child by the library's own function.
            unsafe { libc::exit(9) };
        })
    }),
    ("child-faults", |_| {
        child(|| {
            // SAFETY: none: this is the fault that is asked for.
            unsafe { core::hint::black_box(8_usize as *mut u8).write_volatile(1) };
        })
    }),
    ("print-parent", |scene| {
        // SAFETY: takes nothing and can't fail.
        let parent = unsafe { libc::getppid() };
        scene.say(format_args!("parent {parent}"))
    }),
];

/// Does it, and tells whether that worked or what the errno was: neither is an error.
fn tell(scene: &mut Scene<'_>, call: &str, action: impl FnOnce(&mut Scene<'_>) -> c_int) -> Done {
    let result = action(scene);
    if result == -1 {
        let errno = errno();
        return scene.say(format_args!("{call} errno {errno}"));
    }
    scene.say(format_args!("{call} worked"))
}

/// Forks, lets the child do something that ends it, and waits for that.
fn child(action: impl FnOnce()) -> Done {
    // SAFETY: the child ends in `action`, or goes on as nobody's; see the tests.
    let process = check("fork", unsafe { libc::fork() })?;
    if process == 0 {
        action();
    }
    let mut status = 0;
    let process = libc::pid_t::try_from(process).unwrap_or(-1);
    // SAFETY: the status is ours.
    check("waitpid", unsafe {
        libc::waitpid(process, &raw mut status, 0)
    })
    .map(drop)
}
