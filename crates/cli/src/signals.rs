//! What people may say to a run that goes on: Ctrl-C, SIGTERM, SIGHUP and SIGUSR1.
//!
//! Signals arrive on a thread of their own, so nothing here is bound by the
//! rules for handlers.

use crate::error::CliError;
use rewind_harness::StopFlag;
use rewind_sys::signal::is_ignored;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::{Handle, Signals};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Listens until it is dropped.
pub(crate) struct Listener {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    asked: Arc<AtomicBool>,
    interrupted: Arc<AtomicBool>,
}

impl Listener {
    /// Listens: SIGINT, SIGTERM and SIGHUP ask `stop` to drain, and to kill if
    /// one comes again; SIGUSR1 asks what is running. A SIGHUP that whoever
    /// started this process has ignored (`nohup`) stays ignored.
    pub(crate) fn start(stop: StopFlag) -> Result<Self, CliError> {
        let hears = |signal: &i32| *signal != SIGHUP || !is_ignored(SIGHUP).unwrap_or(true);
        let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1].into_iter().filter(hears);
        let signals = Signals::new(signals).map_err(CliError::system("listen for signals"))?;
        let (asked, interrupted) = (Arc::default(), Arc::default());
        let handle = signals.handle();
        let thread = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn({
                let (asked, interrupted) = (Arc::clone(&asked), Arc::clone(&interrupted));
                move || listen(signals, &stop, &asked, &interrupted)
            })
            .map_err(CliError::system("start the thread for signals"))?;
        Ok(Self {
            handle,
            thread: Some(thread),
            asked,
            interrupted,
        })
    }

    /// Somebody has asked what is running, since this was called last.
    pub(crate) fn asked(&self) -> bool {
        self.asked.swap(false, Ordering::Relaxed)
    }

    /// Somebody wants the run to end.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn listen(mut signals: Signals, stop: &StopFlag, asked: &AtomicBool, interrupted: &AtomicBool) {
    for signal in signals.forever() {
        if signal == SIGUSR1 {
            asked.store(true, Ordering::Relaxed);
        } else {
            interrupted.store(true, Ordering::Relaxed);
            stop.request();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // It only stores and loops: there is no panic to pass on.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_harness::Stop;
    use std::time::{Duration, Instant};

    fn wait_for(what: impl Fn() -> bool) {
        let since = Instant::now();
        while !what() {
            assert!(
                since.elapsed() < Duration::from_secs(20),
                "the signal never arrived"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn interrupt_drains_then_kills_and_usr1_only_asks() {
        let stop = StopFlag::new();
        let listener = Listener::start(stop.clone()).expect("listener");
        signal_hook::low_level::raise(SIGUSR1).expect("raise");
        wait_for(|| listener.asked());
        assert!(!listener.asked() && !listener.interrupted());
        assert_eq!(stop.level(), Stop::No);
        signal_hook::low_level::raise(SIGINT).expect("raise");
        wait_for(|| stop.level() == Stop::Drain);
        assert!(listener.interrupted());
        signal_hook::low_level::raise(SIGINT).expect("raise");
        wait_for(|| stop.level() == Stop::Kill);
    }
}
