//! Installing the guard and running bodies in it.

use crate::handler::{self, FAULTS, SHARED, THREAD};
use crate::record::{Departure, RECORD, process_id};
use crate::stack::{Bounds, GuestStack};
use corosensei::{Coroutine, CoroutineResult};
use rewind_sys::signal::{AlternateStack, Disposition, Mask, set_disposition};
use rewind_sys::timer::{self, ThreadTimer, monotonic_ns};
use rewind_sys::watch::{self, Touched};
use rewind_sys::{SysError, fpu, rseq, thread};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A frame of the kernel's with every register set fits many times over.
const ALTERNATE_STACK: usize = 64 << 10;

/// Why the guard could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// There is one guard in a process.
    #[error("install the guard: this process has one already")]
    Installed,
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
}

/// What a guard is made with.
#[derive(Clone, Copy, Debug)]
pub struct GuardOptions {
    /// Usable bytes of the guest's stack.
    pub stack_bytes: usize,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self {
            stack_bytes: 4 << 20,
        }
    }
}

/// The process's guard: handlers, alternate stack, guest stack and timer.
///
/// It belongs to the thread that installed it.
#[derive(Debug)]
pub struct Guard {
    stack: GuestStack,
    alternate: AlternateStack,
    timer: ThreadTimer,
    mask: Mask,
    not_send: PhantomData<*mut ()>,
}

impl Guard {
    /// Installs the handlers in this process and makes the calling thread the one whose faults are caught.
    ///
    /// # Errors
    /// When there is a guard already, or the kernel refuses a stack, a handler or a timer.
    pub fn install(options: GuardOptions) -> Result<Self, GuardError> {
        static INSTALLED: AtomicBool = AtomicBool::new(false);
        if INSTALLED.swap(true, Ordering::SeqCst) {
            return Err(GuardError::Installed);
        }
        // With it, a body that overwrites its thread's memory would end the
        // process at the next signal. Where another library has one, it stays.
        let _ = rseq::unregister();
        THREAD.adopt();
        let deadline_signal = libc::SIGRTMAX() - 1;
        let guard = Self {
            stack: GuestStack::new(options.stack_bytes)?,
            alternate: AlternateStack::install(ALTERNATE_STACK)?,
            timer: ThreadTimer::create(deadline_signal)?,
            mask: Mask::current()?,
            not_send: PhantomData,
        };
        guard.publish(deadline_signal)?;
        guard.install_handlers(deadline_signal)?;
        // Where the kernel can't watch, everything counts as touched.
        let _ = watch::install();
        Ok(guard)
    }

    /// Tells the handler what it must know.
    fn publish(&self, deadline_signal: i32) -> Result<(), SysError> {
        let (host_start, host_end) = thread::stack_bounds()?;
        let (alternate_start, alternate_end) = self.alternate.bounds();
        let bounds = self.stack.bounds();
        RECORD.host_stack.set(host_start, host_end);
        RECORD.alternate_stack.set(alternate_start, alternate_end);
        RECORD.guest_stack.set(bounds.limit, bounds.base);
        RECORD.guest_frames.set(bounds.frames(), bounds.base);
        RECORD.timer.store(self.timer.handle().0, Ordering::SeqCst);
        RECORD.process.store(process_id(), Ordering::SeqCst);
        RECORD
            .deadline_signal
            .store(deadline_signal, Ordering::SeqCst);
        // SAFETY: no handler of ours is installed yet, so nobody reads it.
        unsafe { *SHARED.mask.get() = Some(self.mask.raw()) };
        Ok(())
    }

    fn install_handlers(&self, deadline_signal: i32) -> Result<(), SysError> {
        let ours = Disposition::on_alternate_stack(handler::handle);
        for (index, signal) in FAULTS.into_iter().enumerate() {
            let previous = set_disposition(signal, &ours)?;
            // SAFETY: only this function writes here, and the handler of this
            // signal finds either nothing or what is written.
            unsafe { (&mut *SHARED.previous.get())[index] = Some(previous) };
        }
        set_disposition(deadline_signal, &ours).map(drop)
    }

    /// Runs `body` on the guest's stack until it returns, faults, exits or
    /// `deadline` has passed (none: it may run for ever).
    ///
    /// Where the body doesn't return, its frames are gone without being
    /// dropped: it must own nothing whose drop matters. What it did to memory
    /// stays; a restore is the caller's to make.
    pub fn run<F: FnOnce()>(&mut self, deadline: Option<Duration>, body: F) -> Departure {
        let bounds = self.stack.bounds();
        // SAFETY: `body` lives until this function returns, and the coroutine
        // with it: it runs to its end or to a landing below.
        let mut coroutine: Coroutine<(), (), bool, Bounds> = unsafe {
            Coroutine::with_stack_unchecked(bounds, move |_, ()| {
                watch::open();
                body();
                watch::close();
                RECORD.in_guest.store(false, Ordering::SeqCst);
                false
            })
        };
        // SAFETY: no region is open, so the handler doesn't read it.
        unsafe { *SHARED.trap.get() = Some(coroutine.trap_handler()) };
        RECORD.exit_pending.store(false, Ordering::Relaxed);
        // SAFETY: likewise; this is the thread that was adopted.
        unsafe { THREAD.save() };
        self.open(deadline);
        let landed = match coroutine.resume(()) {
            CoroutineResult::Return(landed) => landed,
            // The body has no yielder.
            CoroutineResult::Yield(()) => false,
        };
        RECORD.in_guest.store(false, Ordering::SeqCst);
        RECORD.deadline_at.store(u64::MAX, Ordering::SeqCst);
        // SAFETY: this is the thread that was adopted, and the body is over.
        unsafe { THREAD.put_bases_back() };
        fpu::reset();
        if watch::touched().is_all() {
            // Before anything asks for the time.
            timer::allow_counter();
        }
        if landed {
            self.landed(bounds)
        } else {
            Departure::Returned
        }
    }

    /// As [`Guard::run`], to clean up behind the last region's body: what that
    /// touched stays in [`Guard::touched`] and [`Guard::seen`], and what this one does is added.
    pub fn run_on<F: FnOnce()>(&mut self, deadline: Option<Duration>, body: F) -> Departure {
        let (before, seen) = (watch::touched(), watch::seen());
        let departure = self.run(deadline, body);
        watch::also_touched(before, seen);
        departure
    }

    /// Opens the region. The timer is left alone where it fires early enough:
    /// it then arms itself for what is left, so that an ordinary body costs no system call.
    fn open(&self, deadline: Option<Duration>) {
        let Some(span) = deadline else {
            RECORD.in_guest.store(true, Ordering::SeqCst);
            return;
        };
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let at = monotonic_ns().saturating_add(nanos);
        RECORD.deadline_at.store(at, Ordering::SeqCst);
        RECORD.in_guest.store(true, Ordering::SeqCst);
        let fires = RECORD.timer_at.load(Ordering::SeqCst);
        if fires == 0 || fires > at {
            RECORD.timer_at.store(at, Ordering::SeqCst);
            if self.timer.set(span).is_err() {
                RECORD.timer_at.store(0, Ordering::SeqCst);
            }
        }
    }

    fn landed(&self, bounds: Bounds) -> Departure {
        let departure = RECORD.departure(|address| bounds.guard_contains(address));
        if let Departure::Faulted(fault) = departure
            && fault.stack_overflow
        {
            self.stack.discard();
        }
        departure
    }

    /// Puts this thread's control block back as the last region found it, which
    /// is done already where the body didn't return. For bodies that may have
    /// overwritten it, and whose memory is put back anyway.
    pub fn put_thread_back(&mut self) {
        // SAFETY: no region is open, and this is the thread that was adopted.
        unsafe { THREAD.put_back() };
    }

    /// Gives the guest's stack back to the kernel; it comes anew as it is used.
    pub fn give_back(&mut self) {
        self.stack.discard();
    }

    /// When the handler last ended a region: monotonic ns, 0 if it never did.
    #[must_use]
    pub fn landed_at(&self) -> u64 {
        RECORD.landed_at.load(Ordering::Relaxed)
    }

    /// What the last region's body may have changed of the process's state.
    #[must_use]
    pub fn touched(&self) -> Touched {
        watch::touched()
    }

    /// What single calls of the last region's body were seen to change: of what
    /// is too dear to look for unless there is reason to.
    #[must_use]
    pub fn seen(&self) -> Touched {
        watch::seen()
    }

    /// The timer that ends regions at their deadline is there: a body may have deleted it.
    #[must_use]
    pub fn has_timer(&self) -> bool {
        self.timer.exists()
    }

    /// Puts handlers, mask and alternate stack back as the guard installed
    /// them; `true` if a handler had been changed.
    ///
    /// # Errors
    /// When the kernel refuses one of them.
    pub fn reinstate(&self) -> Result<bool, SysError> {
        self.mask.set()?;
        self.alternate.apply()?;
        // A body may have switched the watch off.
        let _ = watch::install();
        // A body may have set the timer: the next region sets it again.
        RECORD.timer_at.store(0, Ordering::SeqCst);
        let ours = Disposition::on_alternate_stack(handler::handle);
        let mut changed = false;
        let deadline = RECORD.deadline_signal.load(Ordering::Relaxed);
        for signal in FAULTS.into_iter().chain([deadline]) {
            changed |= set_disposition(signal, &ours)?.handler() != ours.handler();
        }
        Ok(changed)
    }

    /// Makes the deadline's timer anew, watches no calls, and takes the regions
    /// over: a fork inherits none of it. To be called in the child, by the
    /// thread that forked.
    ///
    /// # Errors
    /// When the kernel has no timer left.
    pub fn renew_timer(&mut self) -> Result<(), SysError> {
        watch::forget();
        self.timer = ThreadTimer::create(RECORD.deadline_signal.load(Ordering::SeqCst))?;
        RECORD.timer.store(self.timer.handle().0, Ordering::SeqCst);
        RECORD.timer_at.store(0, Ordering::SeqCst);
        RECORD.process.store(process_id(), Ordering::SeqCst);
        Ok(())
    }
}
