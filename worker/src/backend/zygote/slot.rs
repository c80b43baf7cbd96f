//! The memory through which one child is told to begin, and answers.
//!
//! ```text
//!   word  0   bytes of the frame, 0 while there is none
//!         1   when the case was taken up, and what was waited for it
//!         3   the child has begun with its case
//!         4   pages reported, and their addresses
//!      1029   the frame
//! ```
//!
//! The child is a peer that guest code may have spoilt: what it wrote is taken
//! for bytes, and no length of its is trusted.

use super::Answer;
use crate::WorkerError;
use crate::timeline::Begun;
use rewind_protocol::Nanos;
use rewind_sys::pipe::{Interest, Wake, poll};
use rewind_sys::shared::SharedWords;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};

const WORD: usize = size_of::<u64>();
/// Words of a frame: 4 MiB, several times the most that a case may say.
const ROOM: usize = (4 << 20) / WORD;
/// Most pages in a report.
pub(super) const PAGES: usize = 1024;
const LENGTH: usize = 0;
const TAKEN_UP: usize = 1;
const WAITED: usize = 2;
const BEGUN: usize = 3;
const REPORTED: usize = 4;
const FRAME: usize = REPORTED + 1 + PAGES;

pub(super) struct Slot {
    shared: SharedWords,
    /// The case may begin.
    go: Wake,
    /// The answer is there, and the child is on its way out.
    answered: Wake,
}

impl Slot {
    pub(super) fn new() -> Result<Self, WorkerError> {
        Ok(Self {
            shared: SharedWords::create(FRAME + ROOM)?.out_of_reach()?,
            go: Wake::new()?.out_of_reach()?,
            answered: Wake::new()?.out_of_reach()?,
        })
    }

    fn word(&self, index: usize) -> Option<&AtomicU64> {
        self.shared.words().get(index)
    }

    fn set(&self, index: usize, value: u64) {
        if let Some(word) = self.word(index) {
            word.store(value, Ordering::SeqCst);
        }
    }

    fn get(&self, index: usize) -> u64 {
        self.word(index)
            .map_or(0, |word| word.load(Ordering::SeqCst))
    }

    /// Nobody uses it: the next child may.
    pub(super) fn make_ready(&self) {
        self.go.clear();
        self.answered.clear();
        for index in [LENGTH, TAKEN_UP, WAITED, BEGUN, REPORTED] {
            self.set(index, 0);
        }
    }

    /// Raised once the answer is there, if the case was over with it.
    pub(super) const fn answered(&self) -> &Wake {
        &self.answered
    }

    /// Lets the child begin.
    pub(super) fn go(&self, begun: Option<Begun>) {
        if let Some(begun) = begun {
            self.set(TAKEN_UP, begun.at.0);
            self.set(WAITED, begun.waited.0);
        }
        self.go.raise();
    }

    /// Waits in the child until it may begin.
    pub(super) fn wait_for_go(&self) -> Result<Option<Begun>, WorkerError> {
        while poll(&[(self.go.as_fd(), Interest::Read)], None)? == 0 {}
        self.set(BEGUN, 1);
        let begun = Begun {
            at: Nanos(self.get(TAKEN_UP)),
            waited: Nanos(self.get(WAITED)),
        };
        Ok((begun.at.0 != 0).then_some(begun))
    }

    /// The child was told to begin, and took notice.
    pub(super) fn has_begun(&self) -> bool {
        self.get(BEGUN) != 0
    }

    /// Leaves the addresses of pages that the child wrote to.
    pub(super) fn report(&self, pages: &[usize]) {
        let pages = pages.get(..PAGES).unwrap_or(pages);
        for (index, page) in pages.iter().enumerate() {
            self.set(REPORTED + 1 + index, *page as u64);
        }
        self.set(REPORTED, pages.len() as u64);
    }

    /// What the child reported.
    pub(super) fn reported(&self) -> Vec<usize> {
        let count = usize::try_from(self.get(REPORTED)).unwrap_or(0).min(PAGES);
        (0..count)
            .filter_map(|index| usize::try_from(self.get(REPORTED + 1 + index)).ok())
            .collect()
    }

    /// Leaves the answer; without one if it is too large.
    pub(super) fn answer(&self, answer: &Answer) {
        let frame = &answer.frame;
        let room = self.shared.words().get(FRAME..).unwrap_or_default();
        if frame.len() > room.len() * WORD {
            return;
        }
        for (word, bytes) in room.iter().zip(frame.chunks(WORD)) {
            let mut whole = [0; WORD];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(whole), Ordering::Relaxed);
        }
        self.set(LENGTH, frame.len() as u64);
        if answer.is_over {
            self.answered.raise();
        }
    }

    /// The answer, if there is one.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.get(LENGTH))
            .unwrap_or(0)
            .min(ROOM * WORD);
        let words = self.shared.words().iter().skip(FRAME);
        let mut frame: Vec<u8> = words
            .take(length.div_ceil(WORD))
            .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
            .collect();
        frame.truncate(length);
        (!frame.is_empty()).then_some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(length: usize) -> Answer {
        let bytes = (0..length).map(|n| u8::try_from(n % 251).unwrap());
        Answer {
            frame: bytes.collect(),
            is_over: true,
        }
    }

    #[test]
    fn frame_written_is_the_frame_read() {
        let slot = Slot::new().unwrap();
        for length in [1, 7, 8, 9, 1000] {
            slot.make_ready();
            assert_eq!(slot.take(), None, "nothing of the one before");
            let answer = answer(length);
            slot.answer(&answer);
            assert_eq!(slot.take(), Some(answer.frame));
        }
    }

    #[test]
    fn frame_that_is_too_large_is_no_answer() {
        let slot = Slot::new().unwrap();
        slot.answer(&answer(ROOM * WORD + 1));
        assert_eq!(slot.take(), None);
        let raised = poll(
            &[(slot.answered().as_fd(), Interest::Read)],
            Some(std::time::Duration::ZERO),
        );
        assert_eq!(raised.unwrap(), 0);
    }

    #[test]
    fn lengths_from_a_spoilt_child_are_cut_off() {
        let slot = Slot::new().unwrap();
        slot.set(LENGTH, u64::MAX);
        slot.set(REPORTED, u64::MAX);
        assert_eq!(slot.take().unwrap().len(), ROOM * WORD);
        assert_eq!(slot.reported().len(), PAGES);
    }

    #[test]
    fn child_learns_when_its_case_was_taken_up() {
        let slot = Slot::new().unwrap();
        let begun = Begun {
            at: Nanos(5),
            waited: Nanos(7),
        };
        slot.go(Some(begun));
        assert!(!slot.has_begun());
        assert_eq!(slot.wait_for_go().unwrap(), Some(begun));
        assert!(slot.has_begun());
        slot.make_ready();
        assert!(!slot.has_begun());
        slot.go(None);
        assert_eq!(slot.wait_for_go().unwrap(), None);
    }
}
