//! Threads and processes that stay.

use crate::scene::{Action, Done, Failure, Scene, Text, check, check_pointer};
use core::ptr;
use libc::{c_int, c_void};

pub(crate) const TABLE: &[Action] = &[
    ("thread", |_| {
        let mut thread = 0;
        // SAFETY: the thread's function uses nothing of ours.
        let errno =
            unsafe { libc::pthread_create(&raw mut thread, ptr::null(), sleep, ptr::null_mut()) };
        if errno == 0 {
            Ok(())
        } else {
            Err(Failure {
                call: "pthread_create",
                errno,
            })
        }
    }),
    ("print-threads", |scene| {
        // SAFETY: the path is a C string.
        let folder = check_pointer("opendir", unsafe {
            libc::opendir(c"/proc/self/task".as_ptr())
        })?;
        let mut count = 0;
        // SAFETY: the folder is open.
        while !unsafe { libc::readdir(folder) }.is_null() {
            count += 1;
        }
        // SAFETY: opened above.
        unsafe { libc::closedir(folder) };
        scene.say(format_args!("threads {}", count - 2))
    }),
    ("fork", |scene| fork(scene, 0)),
    ("daemon", |scene| fork(scene, 2)),
    ("zombie", |_| match fork_once()? {
        0 => exit_now(),
        _ => Ok(()),
    }),
    ("sibling", |scene| {
        let name = scene.text()?;
        let flags = libc::c_long::from(libc::CLONE_PARENT | libc::SIGCHLD);
        // SAFETY: a child of its own memory; all it does is in this file.
        let child = check("clone", unsafe {
            libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0)
        })?;
        if child == 0 {
            stay_as(&name);
        }
        wait_for(&name)
    }),
    ("trace-me", |_| {
        let none = ptr::null_mut::<c_void>();
        // SAFETY: reads and writes no memory.
        check("ptrace", unsafe {
            libc::ptrace(libc::PTRACE_TRACEME, 0, none, none)
        })
        .map(drop)
    }),
    ("print-tracer", |scene| {
        let mut text = [0u8; 1024];
        // SAFETY: the path is a C string.
        let file = unsafe { libc::open(c"/proc/self/status".as_ptr(), libc::O_RDONLY) };
        check("open", file)?;
        // SAFETY: the buffer is as long as said.
        let length = unsafe { libc::read(file, text.as_mut_ptr().cast(), text.len()) };
        // SAFETY: opened above.
        unsafe { libc::close(file) };
        let text = text.get(..usize::try_from(length).unwrap_or(0));
        let mut lines = text.unwrap_or_default().split(|byte| *byte == b'\n');
        let is_free = lines.any(|line| line == b"TracerPid:\t0");
        scene.say(format_args!("traced {}", !is_free))
    }),
    ("print-children", |scene| {
        // SAFETY: all-zero is a valid structure.
        let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: the structure is ours.
        let has = unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) } == 0;
        scene.say(format_args!("children {has}"))
    }),
    ("print-alive", |scene| {
        let name = scene.text()?;
        let (socket, address, length) = named_socket(&name)?;
        // SAFETY: the address is ours and as long as said.
        let bound = unsafe { libc::bind(socket, (&raw const address).cast(), length) } == 0;
        // SAFETY: opened above.
        unsafe { libc::close(socket) };
        scene.say(format_args!("alive {}", !bound))
    }),
    ("setsid", |_| {
        // SAFETY: takes nothing.
        check("setsid", unsafe { libc::setsid() }).map(drop)
    }),
    ("setpgid", |_| {
        // SAFETY: takes numbers.
        check("setpgid", unsafe { libc::setpgid(0, 0) }).map(drop)
    }),
    ("print-group", |scene| {
        // SAFETY: getpid can't fail.
        let own = unsafe { libc::getpid() };
        // SAFETY: can't fail for the caller itself.
        let group = unsafe { libc::getpgid(0) };
        // SAFETY: can't fail for the caller itself.
        let session = unsafe { libc::getsid(0) };
        scene.say(format_args!(
            "leads group={} session={}",
            own == group,
            own == session
        ))
    }),
];

extern "C" fn sleep(_: *mut c_void) -> *mut c_void {
    loop {
        // SAFETY: takes nothing.
        unsafe { libc::pause() };
    }
}

fn fork_once() -> Result<i64, Failure> {
    // The raw call: no handlers of the C library's run, no lock is taken.
    let flags = libc::c_long::from(libc::SIGCHLD);
    // SAFETY: a child of its own memory; all it does is in this file.
    check("fork", unsafe {
        libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0)
    })
}

/// A process that waits for ever, `steps` forks away and out of the session if
/// more than none. It holds a name, so that it can be found.
fn fork(scene: &mut Scene<'_>, steps: u32) -> Done {
    let name = scene.text()?;
    if fork_once()? != 0 {
        return wait_for(&name);
    }
    for _ in 1..steps {
        // SAFETY: takes nothing.
        unsafe { libc::setsid() };
        if fork_once().unwrap_or(1) != 0 {
            return exit_now();
        }
    }
    stay_as(&name)
}

/// Holds the name for ever.
fn stay_as(name: &Text) -> ! {
    if let Ok((socket, address, length)) = named_socket(name) {
        // SAFETY: the address is ours and as long as said.
        unsafe { libc::bind(socket, (&raw const address).cast(), length) };
    }
    loop {
        // SAFETY: takes nothing.
        unsafe { libc::pause() };
    }
}

/// Until the other process has its name: a name that is taken can't be bound again.
fn wait_for(name: &Text) -> Done {
    for _ in 0..2000 {
        let (socket, address, length) = named_socket(name)?;
        // SAFETY: the address is ours and as long as said.
        let bound = unsafe { libc::bind(socket, (&raw const address).cast(), length) } == 0;
        // SAFETY: opened above.
        unsafe { libc::close(socket) };
        if !bound {
            return Ok(());
        }
        // SAFETY: takes a number.
        unsafe { libc::usleep(500) };
    }
    Err(Failure {
        call: "wait for the process",
        errno: libc::ETIMEDOUT,
    })
}

fn exit_now() -> Done {
    // SAFETY: ends this process, a fork; exit itself would be taken for the guest's.
    unsafe { libc::syscall(libc::SYS_exit_group, 0) };
    Ok(())
}

/// A socket and the abstract address of that name, which goes with its process.
fn named_socket(name: &Text) -> Result<(c_int, libc::sockaddr_un, libc::socklen_t), Failure> {
    // SAFETY: takes numbers.
    let socket = unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_DGRAM, 0) };
    check("socket", socket)?;
    // SAFETY: all-zero is a valid address; its first byte of the path stays 0: abstract.
    let mut address: libc::sockaddr_un = unsafe { core::mem::zeroed() };
    address.sun_family = libc::sa_family_t::try_from(libc::AF_UNIX).unwrap_or(0);
    let path = address.sun_path.as_mut_ptr().wrapping_add(1);
    // SAFETY: the path has room for 107 more.
    unsafe { libc::strncpy(path, name.as_ptr(), 100) };
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_un>()).unwrap_or(0);
    Ok((socket, address, length))
}
