//! Isolation by fork: the worker is a warmed copy that is forked for each case.
//!
//! ```text
//!   worker ──fork──► child runs the case, writes its answer ──► exits
//!      │                             │
//!      └── waits ◄── shared words: length, then the frame ◄────┘
//! ```
//!
//! The guest in the worker itself never runs a case, so there is nothing to put
//! back. A child that dies without an answer is the outcome of its case. One
//! that won't end is ended, with the worker, by the parent's watchdog.

use crate::WorkerError;
use rewind_sys::process::{self, ExitStatus};
use rewind_sys::shared::SharedWords;
use rewind_sys::signal;
use std::sync::atomic::Ordering;

/// Words of an answer: 4 MiB, several times the most that a case may say.
const ROOM: usize = (4 << 20) / size_of::<u64>();

/// What came of a child.
pub(crate) enum Forked {
    /// Its answer, one frame as it goes to the parent.
    Answered(Vec<u8>),
    /// It ended without one.
    Ended(ExitStatus),
}

/// The memory through which children answer.
pub(crate) struct Zygote {
    shared: SharedWords,
}

impl Zygote {
    pub(crate) fn new() -> Result<Self, WorkerError> {
        Ok(Self {
            shared: SharedWords::create(1 + ROOM)?,
        })
    }

    /// Runs `body` in a forked child and waits for its frame.
    pub(crate) fn run(
        &self,
        body: impl FnOnce() -> Result<Vec<u8>, WorkerError>,
    ) -> Result<Forked, WorkerError> {
        let length = &self.shared.words()[0];
        length.store(0, Ordering::SeqCst);
        #[expect(unsafe_code, reason = "a fork copies the whole process")]
        // SAFETY: a worker is single-threaded between cases, and with this
        // isolation no case runs in it, so that no guest left a thread either.
        let child = unsafe { process::fork() };
        let Some(mut child) = child? else {
            self.be_the_child(body)
        };
        let status = child.wait()?.status;
        let answered = usize::try_from(length.load(Ordering::SeqCst)).unwrap_or(0);
        if status == ExitStatus::Exited(0) && answered > 0 {
            return Ok(Forked::Answered(self.read(answered)));
        }
        Ok(Forked::Ended(status))
    }

    fn be_the_child(&self, body: impl FnOnce() -> Result<Vec<u8>, WorkerError>) -> ! {
        let answered = process::die_with_parent(process::parent())
            .map_err(WorkerError::from)
            .and_then(|()| body());
        if let Ok(frame) = answered {
            self.write(&frame);
        }
        signal::exit_now(0)
    }

    fn write(&self, frame: &[u8]) {
        let Some((length, room)) = self.shared.words().split_first() else {
            return;
        };
        if frame.len() > room.len() * size_of::<u64>() {
            return;
        }
        for (word, bytes) in room.iter().zip(frame.chunks(size_of::<u64>())) {
            let mut whole = [0; size_of::<u64>()];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(whole), Ordering::Relaxed);
        }
        length.store(frame.len() as u64, Ordering::SeqCst);
    }

    fn read(&self, length: usize) -> Vec<u8> {
        let words = self
            .shared
            .words()
            .iter()
            .skip(1)
            .take(length.div_ceil(size_of::<u64>()));
        let mut frame: Vec<u8> = words
            .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
            .collect();
        frame.truncate(length);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_written_is_the_frame_read() {
        let zygote = Zygote::new().unwrap();
        for length in [1, 7, 8, 9, 1000] {
            let frame: Vec<u8> = (0..length)
                .map(|n| u8::try_from(n % 251).unwrap())
                .collect();
            zygote.write(&frame);
            assert_eq!(zygote.read(length), frame);
        }
        zygote.shared.words()[0].store(0, Ordering::SeqCst);
        zygote.write(&vec![1; ROOM * 8 + 1]);
        assert_eq!(
            zygote.shared.words()[0].load(Ordering::SeqCst),
            0,
            "too large: no answer"
        );
    }
}
