//! Every way out of a guarded region, each in a child process of its own.
//!
//! Handlers belong to a process and the guard to its main thread, so this
//! program is its own harness: it runs itself once for each scenario and looks
//! at how the child ended.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::multiple_unsafe_ops_per_block,
    reason = "a test program of its own: it reports on stdout, and its faults are meant"
)]

use rewind_guard::{Departure, Guard, GuardOptions};
use rewind_sys::watch::{self, Touched};
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::time::Duration;

rewind_guard::export_exit_family!();

const CHILD: &str = "REWIND_GUARD_SCENARIO";

/// How a child must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Success,
    Signal(i32),
    Code(i32),
}

impl End {
    fn of(status: ExitStatus) -> Self {
        match (status.signal(), status.code()) {
            (Some(signal), _) => Self::Signal(signal),
            (None, Some(0)) => Self::Success,
            (None, code) => Self::Code(code.unwrap_or(-1)),
        }
    }
}

type Scenario = (&'static str, End, fn(&mut Guard));

const SCENARIOS: &[Scenario] = &[
    ("body_that_returns_gives_returned", End::Success, returned),
    (
        "null_write_gives_sigsegv_at_its_address",
        End::Success,
        null_write,
    ),
    (
        "every_fault_twice_in_a_row_and_mixed",
        End::Success,
        every_fault,
    ),
    ("stack_overflow_is_told_apart", End::Success, stack_overflow),
    ("exit_family_gives_the_status", End::Success, exits),
    (
        "deadline_ends_an_endless_loop_again_and_again",
        End::Success,
        deadlines,
    ),
    (
        "late_deadline_of_an_earlier_region_is_ignored",
        End::Success,
        late_deadline,
    ),
    (
        "deadline_shorter_than_the_armed_one_is_kept",
        End::Success,
        shorter_deadline,
    ),
    (
        "signal_mask_of_the_host_is_back_after_a_fault",
        End::Success,
        mask,
    ),
    (
        "control_registers_are_back_after_a_region",
        End::Success,
        control_registers,
    ),
    (
        "replaced_handler_is_found_and_put_back",
        End::Success,
        reinstate,
    ),
    ("second_guard_is_refused", End::Success, second_guard),
    ("body_without_a_call_touches_nothing", End::Success, no_call),
    ("calls_are_made_and_noted", End::Success, calls),
    (
        "calls_that_undo_themselves_count_where_they_are_torn",
        End::Success,
        calls_that_undo_themselves,
    ),
    (
        "call_that_could_end_the_watch_touches_all",
        End::Success,
        escapes,
    ),
    (
        "more_calls_than_are_watched_touch_all",
        End::Success,
        many_calls,
    ),
    (
        "fault_at_a_call_names_the_caller",
        End::Success,
        fault_at_a_call,
    ),
    ("deadline_ends_a_call_that_waits", End::Success, waits),
    ("thread_of_a_body_is_not_watched", End::Success, threads),
    (
        "ten_thousand_faults_leave_memory_as_it_was",
        End::Success,
        many,
    ),
    (
        "torn_thread_memory_is_put_back_before_the_host_goes_on",
        End::Success,
        torn_thread,
    ),
    (
        "restartable_sequences_can_be_overwritten",
        End::Success,
        torn_sequences,
    ),
    (
        "segment_bases_are_back_after_a_region",
        End::Success,
        segment_bases,
    ),
    (
        "host_fault_kills_the_process",
        End::Signal(libc::SIGSEGV),
        host_fault,
    ),
    (
        "host_abort_kills_the_process",
        End::Signal(libc::SIGABRT),
        host_abort,
    ),
    ("host_exit_ends_the_process", End::Code(7), host_exit),
    (
        "fault_of_another_thread_kills_the_process",
        End::Signal(libc::SIGSEGV),
        other_thread,
    ),
];

fn main() {
    if let Ok(name) = std::env::var(CHILD) {
        let (_, _, body) = SCENARIOS
            .iter()
            .find(|scenario| scenario.0 == name)
            .unwrap();
        let mut guard = Guard::install(GuardOptions::default()).unwrap();
        body(&mut guard);
        return;
    }
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let (mut passed, mut failed) = (0, 0);
    for (name, expected, _) in SCENARIOS {
        if filter
            .as_ref()
            .is_some_and(|filter| !name.contains(filter.as_str()))
        {
            continue;
        }
        let child = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, name)
            .output()
            .unwrap();
        let end = End::of(child.status);
        if end == *expected {
            passed += 1;
            println!("test {name} ... ok");
        } else {
            failed += 1;
            println!("test {name} ... FAILED: ended with {end:?}, not {expected:?}");
            println!("{}", String::from_utf8_lossy(&child.stderr));
        }
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured");
    assert_eq!(failed, 0);
}

fn fault_of(guard: &mut Guard, body: fn()) -> rewind_guard::Fault {
    match guard.run(Some(Duration::from_secs(10)), body) {
        Departure::Faulted(fault) => fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

fn returned(guard: &mut Guard) {
    let mut sum = 0;
    for i in 0..1000 {
        assert_eq!(guard.run(None, || sum += i), Departure::Returned);
    }
    assert_eq!(sum, 499_500);
}

fn write_null() {
    // SAFETY: not safe at all: the fault is what is tested.
    unsafe { black_box(8 as *mut u32).write_volatile(1) };
}

fn null_write(guard: &mut Guard) {
    let fault = fault_of(guard, write_null);
    assert_eq!((fault.signal, fault.address), (libc::SIGSEGV, 8));
    assert!(fault.pc != 0 && !fault.stack_overflow);
}

fn illegal() {
    // SAFETY: an invalid instruction; the fault is what is tested.
    unsafe { std::arch::asm!("ud2") };
}

fn trap() {
    // SAFETY: a breakpoint; the fault is what is tested.
    unsafe { std::arch::asm!("int3") };
}

fn divide() {
    // SAFETY: divides by zero; the fault is what is tested.
    unsafe {
        std::arch::asm!("xor edx, edx", "mov eax, 1", "xor ecx, ecx", "div ecx",
            out("eax") _, out("ecx") _, out("edx") _);
    }
}

fn abort() {
    // SAFETY: takes nothing.
    unsafe { libc::abort() };
}

fn bus() {
    // SAFETY: maps a file of no length and touches it; the fault is what is tested.
    unsafe {
        let file = libc::memfd_create(c"empty".as_ptr(), libc::MFD_CLOEXEC);
        let page = libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ,
            libc::MAP_SHARED,
            file,
            0,
        );
        libc::close(file);
        black_box(page.cast::<u8>().read_volatile());
    }
}

fn system_call() {
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(libc::SIGSYS) };
}

const FAULTS: [(fn(), i32); 7] = [
    (write_null, libc::SIGSEGV),
    (bus, libc::SIGBUS),
    (divide, libc::SIGFPE),
    (illegal, libc::SIGILL),
    (abort, libc::SIGABRT),
    (trap, libc::SIGTRAP),
    (system_call, libc::SIGSYS),
];

fn every_fault(guard: &mut Guard) {
    for (body, signal) in FAULTS {
        for _ in 0..3 {
            assert_eq!(fault_of(guard, body).signal, signal);
        }
    }
    for round in 0..49 {
        let (body, signal) = FAULTS[round * 3 % FAULTS.len()];
        assert_eq!(fault_of(guard, body).signal, signal);
        assert_eq!(guard.run(None, || ()), Departure::Returned);
    }
}

#[expect(unconditional_recursion, reason = "the overflow is what is tested")]
fn deep(level: u64) -> u64 {
    let frame = black_box([level; 128]);
    deep(level + 1) + frame[7]
}

fn stack_overflow(guard: &mut Guard) {
    for _ in 0..3 {
        let fault = fault_of(guard, || {
            black_box(deep(0));
        });
        assert_eq!(fault.signal, libc::SIGSEGV);
        assert!(fault.stack_overflow);
    }
    assert!(!fault_of(guard, write_null).stack_overflow);
}

fn exits(guard: &mut Guard) {
    // SAFETY: the exit family of this program, which the guard answers.
    let bodies: [fn(); 2] = [|| unsafe { libc::exit(3) }, || unsafe { libc::_exit(4) }];
    for _ in 0..3 {
        assert_eq!(guard.run(None, bodies[0]), Departure::Exited(3));
        assert_eq!(guard.run(None, bodies[1]), Departure::Exited(4));
        assert_eq!(fault_of(guard, illegal).signal, libc::SIGILL);
    }
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

fn deadlines(guard: &mut Guard) {
    for _ in 0..5 {
        let departure = guard.run(Some(Duration::from_millis(5)), spin);
        assert_eq!(departure, Departure::DeadlinePassed);
        assert_eq!(guard.run(None, || ()), Departure::Returned);
    }
}

fn late_deadline(guard: &mut Guard) {
    let sleep = || std::thread::sleep(Duration::from_millis(60));
    assert_eq!(
        guard.run(Some(Duration::from_millis(20)), || ()),
        Departure::Returned
    );
    assert_eq!(
        guard.run(Some(Duration::from_secs(10)), sleep),
        Departure::Returned
    );
    assert_eq!(guard.run(None, sleep), Departure::Returned);
    // The timer was used up meanwhile: it must be armed again.
    assert_eq!(
        guard.run(Some(Duration::from_millis(5)), spin),
        Departure::DeadlinePassed
    );
}

fn shorter_deadline(guard: &mut Guard) {
    assert_eq!(
        guard.run(Some(Duration::from_secs(3600)), || ()),
        Departure::Returned
    );
    assert_eq!(
        guard.run(Some(Duration::from_millis(5)), spin),
        Departure::DeadlinePassed
    );
}

fn blocked(signal: i32) -> bool {
    let set = rewind_sys::signal::Mask::current().unwrap().raw();
    // SAFETY: an initialised set.
    unsafe { libc::sigismember(&raw const set, signal) == 1 }
}

fn mask(guard: &mut Guard) {
    let fault = fault_of(guard, || {
        // SAFETY: blocks one signal in this thread, then faults.
        unsafe {
            let mut set = std::mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR1);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        }
        write_null();
    });
    assert_eq!(fault.signal, libc::SIGSEGV);
    assert!(!blocked(libc::SIGUSR1) && !blocked(libc::SIGSEGV));
}

fn mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: stores a control register into a local.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack)) };
    value
}

fn round_down() {
    let value = 0x3f80u32;
    // SAFETY: loads a control register from a local.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack)) };
}

fn control_registers(guard: &mut Guard) {
    let clean = mxcsr();
    assert_eq!(guard.run(None, round_down), Departure::Returned);
    assert_eq!(mxcsr(), clean);
    let fault = fault_of(guard, || {
        round_down();
        // SAFETY: sets the direction flag and faults with it set.
        unsafe { std::arch::asm!("std", "ud2") };
    });
    assert_eq!(fault.signal, libc::SIGILL);
    assert_eq!(mxcsr(), clean);
    let flags: u64;
    // SAFETY: reads the flags through the stack.
    unsafe { std::arch::asm!("pushfq", "pop {}", out(reg) flags) };
    assert_eq!(flags & (1 << 10), 0, "direction flag");
}

fn reinstate(guard: &mut Guard) {
    assert!(!guard.reinstate().unwrap());
    let departure = guard.run(None, || {
        // SAFETY: takes a handler away, as a guest may.
        unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
    });
    assert_eq!(departure, Departure::Returned);
    assert!(guard.reinstate().unwrap());
    assert_eq!(fault_of(guard, write_null).signal, libc::SIGSEGV);
}

fn second_guard(_guard: &mut Guard) {
    assert!(Guard::install(GuardOptions::default()).is_err());
}

fn many(guard: &mut Guard) {
    let round = |guard: &mut Guard| {
        for (body, signal) in FAULTS {
            if signal != libc::SIGBUS {
                assert_eq!(fault_of(guard, body).signal, signal);
            }
        }
    };
    (0..100).for_each(|_| round(guard));
    let before = rewind_sys::probe::resident_bytes().unwrap();
    (0..1700).for_each(|_| round(guard));
    let after = rewind_sys::probe::resident_bytes().unwrap();
    assert!(
        after <= before + (64 << 10),
        "grew from {before} to {after} bytes"
    );
}

fn host_fault(guard: &mut Guard) {
    assert_eq!(fault_of(guard, write_null).signal, libc::SIGSEGV);
    write_null();
}

fn host_abort(guard: &mut Guard) {
    assert_eq!(fault_of(guard, abort).signal, libc::SIGABRT);
    abort();
}

fn host_exit(guard: &mut Guard) {
    assert_eq!(guard.run(None, || ()), Departure::Returned);
    std::process::exit(7);
}

fn other_thread(guard: &mut Guard) {
    let departure = guard.run(None, || {
        let _ = std::thread::spawn(write_null).join();
    });
    panic!("the thread's fault was swallowed: {departure:?}");
}

/// What `body` touched, by the watch's own words; the body returns.
fn touched_by(guard: &mut Guard, body: fn()) -> String {
    assert_eq!(guard.run(None, body), Departure::Returned);
    format!("{:?}", guard.touched())
}

fn raw(number: libc::c_long, arguments: [usize; 3]) -> isize {
    let result: isize;
    // SAFETY: a system call without the C library, as native code may make it;
    // used with arguments that the kernel checks.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            out("rcx") _,
            out("r11") _,
        );
    }
    result
}

fn no_call(guard: &mut Guard) {
    assert_eq!(touched_by(guard, || _ = black_box(7)), "{}");
    for _ in 0..3 {
        fault_of(guard, write_null);
        assert!(guard.touched().is_nothing());
    }
}

fn calls(guard: &mut Guard) {
    let own = std::process::id();
    assert_eq!(
        touched_by(guard, || {
            let pid = raw(libc::SYS_getpid, [0; 3]);
            assert_eq!(u32::try_from(pid).unwrap(), std::process::id());
        }),
        "{}"
    );
    assert_eq!(std::process::id(), own);
    let dup = || assert!(raw(libc::SYS_dup, [0; 3]) > 2);
    assert_eq!(touched_by(guard, dup), r#"{"descriptors"}"#);
    // The frame of the caller, and the bytes below its stack pointer, survive.
    let sum = || {
        let words = black_box([1u64, 2, 3, 4, 5, 6, 7, 8]);
        for _ in 0..8 {
            // SAFETY: takes nothing.
            unsafe { libc::getppid() };
        }
        assert_eq!(words.iter().sum::<u64>(), 36);
    };
    assert_eq!(touched_by(guard, sum), "{}");
    assert_eq!(
        raw(libc::SYS_dup, [99_999, 0, 0]),
        -9,
        "the host's own calls"
    );
}

fn calls_that_undo_themselves(guard: &mut Guard) {
    let whole = || {
        let paused = watch::pause_for(Touched::DESCRIPTORS);
        let copy = raw(libc::SYS_dup, [0; 3]);
        assert_eq!(raw(libc::SYS_close, [copy.cast_unsigned(), 0, 0]), 0);
        watch::resume_as(paused);
    };
    assert_eq!(touched_by(guard, whole), "{}");
    let torn = || {
        let _paused = watch::pause_for(Touched::DESCRIPTORS);
        assert!(raw(libc::SYS_dup, [0; 3]) > 2);
        write_null();
    };
    fault_of(guard, torn);
    assert_eq!(format!("{:?}", guard.touched()), r#"{"descriptors"}"#);
    let both = || {
        let paused = watch::pause_for(Touched::FILES);
        watch::resume_as(paused);
        assert!(raw(libc::SYS_dup, [0; 3]) > 2);
    };
    assert_eq!(touched_by(guard, both), r#"{"descriptors"}"#);
}

fn escapes(guard: &mut Guard) {
    let mask = || {
        // SAFETY: all-zero is the empty set.
        let set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the set is ours.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut()) };
    };
    assert_eq!(touched_by(guard, mask), "all");
    let switched_off = || {
        // SAFETY: takes numbers: PR_SET_SYSCALL_USER_DISPATCH, off.
        unsafe { libc::prctl(59, 0, 0, 0, 0) };
    };
    assert_eq!(touched_by(guard, switched_off), "all");
    let dup = || _ = raw(libc::SYS_dup, [0; 3]);
    assert_eq!(touched_by(guard, dup), "{}", "it is off");
    guard.reinstate().unwrap();
    assert_eq!(touched_by(guard, dup), r#"{"descriptors"}"#);
}

fn many_calls(guard: &mut Guard) {
    let many = || {
        for _ in 0..100 {
            assert!(raw(libc::SYS_getpid, [0; 3]) > 0);
        }
    };
    assert_eq!(touched_by(guard, many), "all");
    assert!(guard.seen().is_nothing(), "{:?}", guard.seen());
    let dups_and_many = || {
        raw(libc::SYS_dup, [0; 3]);
        for _ in 0..100 {
            raw(libc::SYS_getpid, [0; 3]);
        }
    };
    assert_eq!(touched_by(guard, dups_and_many), "all");
    assert!(guard.seen().meets(Touched::DESCRIPTORS));
    assert!(!guard.seen().meets(Touched::FILES));
}

fn fault_at_a_call(guard: &mut Guard) {
    let raises = || {
        // SAFETY: takes a number.
        unsafe { libc::raise(libc::SIGFPE) };
    };
    let fault = fault_of(guard, raises);
    assert_eq!(fault.signal, libc::SIGFPE);
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked about.
    let known = unsafe { libc::dladdr(fault.pc as *const libc::c_void, found.as_mut_ptr()) };
    assert_ne!(known, 0);
    // SAFETY: filled by the call.
    let name = unsafe { std::ffi::CStr::from_ptr(found.assume_init().dli_fname) };
    assert!(name.to_str().unwrap().contains("libc"), "{name:?}");
    assert!(guard.touched().meets(Touched::SIGNALS));
}

fn waits(guard: &mut Guard) {
    for _ in 0..3 {
        let departure = guard.run(Some(Duration::from_millis(5)), || {
            // SAFETY: takes a number.
            unsafe { libc::sleep(100) };
        });
        assert_eq!(departure, Departure::DeadlinePassed);
        assert!(guard.touched().is_nothing(), "{:?}", guard.touched());
    }
}

fn threads(guard: &mut Guard) {
    let thread = || {
        let other = std::thread::spawn(|| {
            // SAFETY: takes nothing.
            (0..1000).for_each(|_| _ = unsafe { libc::getppid() });
        });
        other.join().unwrap();
    };
    assert_eq!(touched_by(guard, thread), "all");
    assert_eq!(touched_by(guard, || ()), "{}");
}

fn fill(start: usize, length: usize) {
    // SAFETY: memory of this thread's own, which the guard puts back.
    unsafe { (start as *mut u8).write_bytes(0xa5, length) };
}

/// The host goes on with calls that need the thread's memory, a thread among them.
fn uses_the_library() {
    let sum = std::thread::spawn(|| std::fs::read("/proc/self/status").unwrap().len());
    assert!(sum.join().unwrap() > 0);
    std::thread::sleep(Duration::from_millis(1));
}

fn torn_thread(guard: &mut Guard) {
    for _ in 0..3 {
        let torn = || {
            let (start, length) = rewind_sys::thread::control_block();
            fill(start, length);
            write_null();
        };
        assert_eq!(fault_of(guard, torn).signal, libc::SIGSEGV);
        uses_the_library();
        let hangs = || {
            let (start, length) = rewind_sys::thread::control_block();
            fill(start, length);
            loop {
                std::hint::spin_loop();
            }
        };
        let departure = guard.run(Some(Duration::from_millis(5)), hangs);
        assert_eq!(departure, Departure::DeadlinePassed);
        uses_the_library();
    }
}

fn torn_sequences(guard: &mut Guard) {
    let Some((start, length)) = rewind_sys::rseq::area() else {
        println!("skipped: the C library has no area");
        return;
    };
    assert!(!rewind_sys::rseq::is_registered());
    for _ in 0..3 {
        let departure = guard.run(None, || {
            fill(start, length);
            // SAFETY: sends a signal to this thread, which ends the region.
            unsafe { libc::raise(libc::SIGFPE) };
        });
        assert!(matches!(departure, Departure::Faulted(fault) if fault.signal == libc::SIGFPE));
        uses_the_library();
    }
}

fn segment_bases(guard: &mut Guard) {
    if !rewind_sys::thread::is_base_readable() {
        println!("skipped: the processor keeps them to itself");
        return;
    }
    let gs = || {
        let base: usize;
        // SAFETY: as just asked.
        unsafe { std::arch::asm!("rdgsbase {}", out(reg) base, options(nomem, nostack)) };
        base
    };
    let before = gs();
    // SAFETY: nothing uses the base.
    let moved = || unsafe { std::arch::asm!("wrgsbase {}", in(reg) 4096usize, options(nostack)) };
    assert_eq!(guard.run(None, moved), Departure::Returned);
    assert_eq!(gs(), before);
    let lost = || {
        // SAFETY: none: what follows can't find its thread any more.
        unsafe { std::arch::asm!("wrfsbase {}", in(reg) 4096usize, options(nostack)) };
        write_null();
    };
    assert_eq!(fault_of(guard, lost).signal, libc::SIGSEGV);
    uses_the_library();
}
