//! What the handler writes and the landing reads: a fixed record of atomics.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};

/// A native fault, as the kernel told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Signal number.
    pub signal: i32,
    /// `si_code`.
    pub code: i32,
    /// `si_addr`, or the sender's process id where the signal was sent.
    pub address: u64,
    /// Program counter at the fault.
    pub pc: u64,
    /// The address lies in the guard below the guest's stack.
    pub stack_overflow: bool,
}

/// How a guarded region ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The body returned.
    Returned,
    /// A native fault ended it.
    Faulted(Fault),
    /// It called one of the exit family, with this status.
    Exited(i32),
    /// Its deadline passed.
    DeadlinePassed,
}

pub(crate) const KIND_FAULT: i32 = 1;
pub(crate) const KIND_EXIT: i32 = 2;
pub(crate) const KIND_DEADLINE: i32 = 3;

/// Everything that the handler shares with the host, in one place.
pub(crate) struct Record {
    /// The process that the regions are in. A fork of it has the handlers too,
    /// and must not go on as if it were the host.
    pub(crate) process: AtomicI32,
    /// A region is open: the guest may be running.
    pub(crate) in_guest: AtomicBool,
    /// How the region ended, one of the `KIND_`s.
    pub(crate) kind: AtomicI32,
    pub(crate) signal: AtomicI32,
    pub(crate) code: AtomicI32,
    pub(crate) address: AtomicU64,
    pub(crate) pc: AtomicU64,
    /// Monotonic ns at which the handler last decided to land.
    pub(crate) landed_at: AtomicU64,
    /// The guest called exit; the trap that follows carries `exit_status`.
    pub(crate) exit_pending: AtomicBool,
    pub(crate) exit_status: AtomicI32,
    /// Monotonic ns at which the open region's deadline passes; `u64::MAX` for none.
    pub(crate) deadline_at: AtomicU64,
    /// Monotonic ns at which the timer will fire; 0 while it is disarmed.
    pub(crate) timer_at: AtomicU64,
    /// The timer's kernel handle.
    pub(crate) timer: AtomicUsize,
    pub(crate) deadline_signal: AtomicI32,
    /// Bounds of the guest's stack, the host's and the alternate one.
    pub(crate) guest_stack: Span,
    /// The guest's stack without its guard.
    pub(crate) guest_frames: Span,
    pub(crate) host_stack: Span,
    pub(crate) alternate_stack: Span,
}

/// A range of addresses that is set once and read in the handler.
pub(crate) struct Span {
    start: AtomicUsize,
    end: AtomicUsize,
}

impl Span {
    const fn new() -> Self {
        Self {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
        }
    }

    pub(crate) fn set(&self, start: usize, end: usize) {
        self.start.store(start, Ordering::SeqCst);
        self.end.store(end, Ordering::SeqCst);
    }

    pub(crate) fn contains(&self, address: usize) -> bool {
        address >= self.start.load(Ordering::Relaxed) && address < self.end.load(Ordering::Relaxed)
    }
}

pub(crate) static RECORD: Record = Record {
    process: AtomicI32::new(0),
    in_guest: AtomicBool::new(false),
    kind: AtomicI32::new(0),
    signal: AtomicI32::new(0),
    code: AtomicI32::new(0),
    address: AtomicU64::new(0),
    pc: AtomicU64::new(0),
    landed_at: AtomicU64::new(0),
    exit_pending: AtomicBool::new(false),
    exit_status: AtomicI32::new(0),
    deadline_at: AtomicU64::new(u64::MAX),
    timer_at: AtomicU64::new(0),
    timer: AtomicUsize::new(0),
    deadline_signal: AtomicI32::new(0),
    guest_stack: Span::new(),
    guest_frames: Span::new(),
    host_stack: Span::new(),
    alternate_stack: Span::new(),
};

/// Number of the calling process. Safe in a signal handler.
pub(crate) fn process_id() -> i32 {
    // SAFETY: takes nothing and can't fail.
    unsafe { libc::getpid() }
}

impl Record {
    /// The calling process is the one that the regions are in.
    pub(crate) fn is_ours(&self) -> bool {
        self.process.load(Ordering::Relaxed) == process_id()
    }

    /// What the handler wrote, for a region that landed.
    pub(crate) fn departure(&self, guard_hit: impl FnOnce(usize) -> bool) -> Departure {
        match self.kind.load(Ordering::SeqCst) {
            KIND_EXIT => Departure::Exited(self.exit_status.load(Ordering::SeqCst)),
            KIND_DEADLINE => Departure::DeadlinePassed,
            _ => {
                let address = self.address.load(Ordering::SeqCst);
                Departure::Faulted(Fault {
                    signal: self.signal.load(Ordering::SeqCst),
                    code: self.code.load(Ordering::SeqCst),
                    address,
                    pc: self.pc.load(Ordering::SeqCst),
                    stack_overflow: guard_hit(usize::try_from(address).unwrap_or(0)),
                })
            }
        }
    }
}
