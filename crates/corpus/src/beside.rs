//! Work that goes on beside other work, where a thread is to be had.
//!
//! A process may be at its limit of threads. All of the corpus can be read by
//! one, so that is no reason to give up, and none to panic.

use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Work that was begun, or waits until its result is asked for.
pub(crate) enum Beside<'scope, T, W> {
    /// A thread does it.
    Thread(ScopedJoinHandle<'scope, T>),
    /// No thread could be started.
    Waiting(W),
}

impl<'scope, T, W> Beside<'scope, T, W>
where
    T: Send + 'scope,
    W: FnOnce() -> T + Clone + Send + 'scope,
{
    /// Begins `work` on a thread of its own if one can be started.
    pub(crate) fn begin(scope: &'scope Scope<'scope, '_>, work: W) -> Self {
        Self::begin_by(Builder::new(), scope, work)
    }

    fn begin_by(builder: Builder, scope: &'scope Scope<'scope, '_>, work: W) -> Self {
        match builder.spawn_scoped(scope, work.clone()) {
            Ok(thread) => Self::Thread(thread),
            Err(_) => Self::Waiting(work),
        }
    }

    /// The result; a panic of the thread is this one's.
    pub(crate) fn finish(self) -> T {
        match self {
            Self::Thread(thread) => match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Self::Waiting(work) => work(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_with_a_thread_and_without() {
        let here = std::thread::current().id();
        let work = || std::thread::current().id();
        std::thread::scope(|scope| {
            assert_ne!(Beside::begin(scope, work).finish(), here);
            // No system has room for such a stack.
            let impossible = Builder::new().stack_size(1 << 60);
            assert_eq!(Beside::begin_by(impossible, scope, work).finish(), here);
        });
    }
}
