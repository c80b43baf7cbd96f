//! Handlers, mask, waiting signals, the alternate stack, and timers.

use crate::scene::{Action, Done, Failure, Scene, check};
use core::mem::MaybeUninit;
use core::ptr;
use libc::{c_int, c_void};

pub(crate) const TABLE: &[Action] = &[
    ("ignore", |scene| {
        let signal: c_int = scene.number()?;
        // SAFETY: ignoring runs nothing.
        let old = unsafe { libc::signal(signal, libc::SIG_IGN) };
        check("signal", if old == libc::SIG_ERR { -1 } else { 0 }).map(drop)
    }),
    ("handle", |scene| {
        let signal: c_int = scene.number()?;
        let handler: extern "C" fn(c_int) = nothing;
        // SAFETY: the handler does nothing.
        let old = unsafe { libc::signal(signal, handler as libc::sighandler_t) };
        check("signal", if old == libc::SIG_ERR { -1 } else { 0 }).map(drop)
    }),
    ("print-handlers", |scene| {
        for signal in 1..=64 {
            let mut old = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: only asks; the structure is ours.
            unsafe { libc::sigaction(signal, ptr::null(), old.as_mut_ptr()) };
            // SAFETY: zeroed, and filled where the signal exists.
            let old = unsafe { old.assume_init() };
            let kind = match old.sa_sigaction {
                libc::SIG_DFL => "default",
                libc::SIG_IGN => "ignored",
                _ => "handled",
            };
            scene.say(format_args!("signal {signal} {kind} {:x}", old.sa_flags))?;
        }
        Ok(())
    }),
    ("block", |scene| {
        let signal: c_int = scene.number()?;
        let set = set_of(signal);
        // SAFETY: the set is ours.
        let errno =
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
        if errno == 0 {
            Ok(())
        } else {
            Err(Failure {
                call: "pthread_sigmask",
                errno,
            })
        }
    }),
    ("print-mask", |scene| {
        let set = read_set(|set| {
            // SAFETY: a null new set only asks.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), set) }
        });
        say_set(scene, "blocked", &set)
    }),
    ("raise", |scene| {
        let signal: c_int = scene.number()?;
        // SAFETY: getpid can't fail.
        let own = unsafe { libc::getpid() };
        // SAFETY: takes numbers.
        check("kill", unsafe { libc::kill(own, signal) }).map(drop)
    }),
    ("print-pending", |scene| {
        let set = read_set(|set| {
            // SAFETY: the set is ours.
            unsafe { libc::sigpending(set) }
        });
        say_set(scene, "pending", &set)
    }),
    ("alternate-stack", |scene| {
        let stack = libc::stack_t {
            ss_sp: scene.page.cast::<c_void>(),
            ss_flags: 0,
            ss_size: 16384,
        };
        // SAFETY: the guest's page and those behind it are there for good.
        check("sigaltstack", unsafe {
            libc::sigaltstack(&raw const stack, ptr::null_mut())
        })
        .map(drop)
    }),
    ("print-alternate-stack", |scene| {
        let mut old = MaybeUninit::<libc::stack_t>::zeroed();
        // SAFETY: only asks; the structure is ours.
        unsafe { libc::sigaltstack(ptr::null(), old.as_mut_ptr()) };
        // SAFETY: zeroed, and filled.
        let old = unsafe { old.assume_init() };
        scene.say(format_args!(
            "alternate stack {} {}",
            old.ss_size, old.ss_flags
        ))
    }),
    ("setitimer", |scene| {
        let which: c_int = scene.number()?;
        let far = libc::timeval {
            tv_sec: 1000,
            tv_usec: 0,
        };
        let value = libc::itimerval {
            it_interval: far,
            it_value: far,
        };
        // SAFETY: the value is ours. The libraries differ on the type of `which`.
        let result = unsafe {
            libc::syscall(
                libc::SYS_setitimer,
                which,
                &raw const value,
                ptr::null_mut::<c_void>(),
            )
        };
        check("setitimer", result).map(drop)
    }),
    ("alarm", |_| {
        // SAFETY: takes a number.
        unsafe { libc::alarm(1000) };
        Ok(())
    }),
    ("print-itimers", |scene| {
        for which in 0..3 {
            let mut value = MaybeUninit::<libc::itimerval>::zeroed();
            // SAFETY: the structure is ours.
            unsafe { libc::syscall(libc::SYS_getitimer, which, value.as_mut_ptr()) };
            // SAFETY: zeroed, and filled.
            let armed = unsafe { value.assume_init() }.it_value.tv_sec != 0;
            scene.say(format_args!("itimer {which} {armed}"))?;
        }
        Ok(())
    }),
    ("timer-create", timer_create),
    ("timers-delete", |_| {
        for id in 0..64 {
            // SAFETY: takes a number; what is no timer's is refused.
            unsafe { libc::syscall(libc::SYS_timer_delete, id) };
        }
        Ok(())
    }),
    ("timers-disarm", |_| {
        // SAFETY: all-zero is a valid value: disarmed.
        let off: libc::itimerspec = unsafe { core::mem::zeroed() };
        for id in 0..64 {
            // SAFETY: the value is ours; what is no timer's is refused.
            unsafe {
                libc::syscall(
                    libc::SYS_timer_settime,
                    id,
                    0,
                    &raw const off,
                    ptr::null_mut::<c_void>(),
                )
            };
        }
        Ok(())
    }),
    ("hang", |_| {
        loop {
            // SAFETY: takes nothing.
            unsafe { libc::pause() };
        }
    }),
    ("print-timers", print_timers),
];

extern "C" fn nothing(_: c_int) {}

fn set_of(signal: c_int) -> libc::sigset_t {
    let mut set = read_set(|set| {
        // SAFETY: initialises the set it is given.
        unsafe { libc::sigemptyset(set) }
    });
    // SAFETY: the set is initialised.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    set
}

fn read_set(fill: impl FnOnce(*mut libc::sigset_t) -> c_int) -> libc::sigset_t {
    let mut set = MaybeUninit::zeroed();
    fill(set.as_mut_ptr());
    // SAFETY: all-zero is a valid set.
    unsafe { set.assume_init() }
}

fn say_set(scene: &mut Scene<'_>, what: &str, set: &libc::sigset_t) -> Done {
    for signal in 1..=64 {
        // SAFETY: the set is initialised.
        if unsafe { libc::sigismember(set, signal) } == 1 {
            scene.say(format_args!("{what} {signal}"))?;
        }
    }
    Ok(())
}

fn timer_create(_: &mut Scene<'_>) -> Done {
    // SAFETY: all-zero is a valid sigevent.
    let mut event: libc::sigevent = unsafe { core::mem::zeroed() };
    event.sigev_notify = libc::SIGEV_SIGNAL;
    event.sigev_signo = libc::SIGUSR1;
    let mut id = ptr::null_mut();
    // SAFETY: both are ours.
    check("timer_create", unsafe {
        libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut id)
    })?;
    let far = libc::timespec {
        tv_sec: 1000,
        tv_nsec: 0,
    };
    let value = libc::itimerspec {
        it_interval: far,
        it_value: far,
    };
    // SAFETY: the timer was just made, the value is ours.
    check("timer_settime", unsafe {
        libc::timer_settime(id, 0, &raw const value, ptr::null_mut())
    })
    .map(drop)
}

/// How many timers there are that send SIGUSR1; the kernel lists all.
fn print_timers(scene: &mut Scene<'_>) -> Done {
    // SAFETY: C strings.
    let file = unsafe { libc::fopen(c"/proc/self/timers".as_ptr(), c"r".as_ptr()) };
    let file = crate::scene::check_pointer("fopen", file)?;
    let mut line = [0 as libc::c_char; 256];
    let mut count = 0;
    // SAFETY: the buffer is as long as said and the file is open.
    while !unsafe { libc::fgets(line.as_mut_ptr(), 256, file) }.is_null() {
        // SAFETY: fgets wrote a C string.
        count +=
            i32::from(unsafe { libc::strncmp(line.as_ptr(), c"signal: 10/".as_ptr(), 11) } == 0);
    }
    // SAFETY: opened above.
    check("fclose", unsafe { libc::fclose(file) })?;
    scene.say(format_args!("timers {count}"))
}
