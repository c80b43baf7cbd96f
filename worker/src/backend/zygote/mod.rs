//! Isolation by fork: the worker is a warmed copy that is forked for each case.
//!
//! ```text
//!   worker ──fork──► child, waiting ──go──► runs the case ──answer──► exits
//!      │                                                     │
//!      │   while it runs: the child for the next case        │
//!      └── waits for the answer, or for its end ◄────────────┘
//! ```
//!
//! The guest in the worker itself never runs a case, so there is nothing to put
//! back. A child that dies without an answer is the outcome of its case. One
//! that won't end is ended, with the worker, by the parent's watchdog.
//!
//! A child may be forked before the case ahead of its own has ended, and then
//! waits: what the worker knows of the case is in it already, so it can run that
//! case and no other. Each has a [`Slot`] for its answer and gives up the others'
//! before any guest code runs. A slot is used again only when the child that had
//! it has ended, the one that was given away longest ago first.

mod hot;
mod slot;

use crate::WorkerError;
use crate::timeline::Begun;
use hot::Hot;
use rewind_sys::pipe::{Interest, poll};
use rewind_sys::process::{self, ExitStatus, Pid};
use rewind_sys::signal;
use slot::Slot;
use std::os::fd::AsFd;

/// Children at a time: one that runs, one that waits, and one whose memory is
/// being taken down, which nobody has to wait for.
const SLOTS: usize = 3;

/// What came of a child.
pub(crate) enum EndOfChild {
    /// Its answer, one frame as it goes to the parent.
    Answered(Vec<u8>),
    /// It ended without one.
    Ended(ExitStatus),
    /// It ended before the case began: that is nobody's outcome.
    NotBegun(ExitStatus),
}

/// What a child has to say.
pub(crate) struct Answer {
    pub(crate) frame: Vec<u8>,
    /// Nothing of the case can go on in the child: the worker needn't wait for its end.
    pub(crate) is_over: bool,
}

/// Names a child that waits for its case to begin, or runs it.
pub(crate) struct Child {
    slot: usize,
}

/// What a child knows of its place.
pub(crate) struct Place<'a> {
    slot: &'a Slot,
}

impl Place<'_> {
    /// Waits until the case may begin; when it was taken up, if that is wanted.
    pub(crate) fn wait(&self) -> Result<Option<Begun>, WorkerError> {
        self.slot.wait_for_go()
    }
}

/// What children are forked from, and answer through.
pub(crate) struct Zygote {
    own: Pid,
    /// The other children's are given up in a child.
    slots: [Option<Slot>; SLOTS],
    /// Slots of children of which no outcome was taken yet.
    busy: [bool; SLOTS],
    /// Children by slot: they wait, run, or have answered and may not have ended.
    children: [Option<process::Child>; SLOTS],
    /// The slot that was given away last: its child is the youngest.
    last: usize,
    hot: Hot,
}

impl Zygote {
    pub(crate) fn new() -> Result<Self, WorkerError> {
        Ok(Self {
            own: process::own(),
            slots: [Some(Slot::new()?), Some(Slot::new()?), Some(Slot::new()?)],
            busy: [false; SLOTS],
            children: [const { None }; SLOTS],
            last: 0,
            hot: Hot::new(),
        })
    }

    /// Forks a child for one case: `body` waits for its beginning and runs it. Where
    /// the child itself fails, `failed` makes an answer of that.
    pub(crate) fn fork(
        &mut self,
        body: impl FnOnce(&Place<'_>) -> Result<Answer, WorkerError>,
        failed: impl FnOnce(&WorkerError) -> Result<Answer, WorkerError>,
    ) -> Result<Child, WorkerError> {
        let mut oldest_first = (1..=SLOTS).map(|step| (self.last + step) % SLOTS);
        let Some(slot) = oldest_first.find(|slot| !self.busy[*slot]) else {
            return Err(WorkerError::Fork("a child more than there are slots"));
        };
        self.last = slot;
        if let Some(mut before) = self.children[slot].take() {
            before.wait()?;
        }
        if let Some(slot) = &self.slots[slot] {
            slot.make_ready();
        }
        let reports = self.hot.wants_a_report();
        #[expect(unsafe_code, reason = "a fork copies the whole process")]
        // SAFETY: a worker is single-threaded between cases, and with this
        // isolation no case runs in it, so that no guest left a thread either.
        let child = unsafe { process::fork() };
        let Some(child) = child? else {
            self.be_the_child(slot, reports, body, failed)
        };
        self.children[slot] = Some(child.out_of_reach()?);
        self.busy[slot] = true;
        Ok(Child { slot })
    }

    /// Ends a child that isn't needed.
    pub(crate) fn abandon(&mut self, child: &Child) {
        self.busy[child.slot] = false;
        self.children[child.slot] = None;
    }

    /// The child's case begins.
    pub(crate) fn start(&self, child: &Child, begun: Option<Begun>) {
        if let Some(slot) = &self.slots[child.slot] {
            slot.go(begun);
        }
    }

    /// Waits for the answer of a child that was started, or for its end.
    pub(crate) fn outcome(&mut self, child: Child) -> Result<EndOfChild, WorkerError> {
        let Child { slot } = child;
        let (Some(place), Some(child)) = (&self.slots[slot], &mut self.children[slot]) else {
            return Err(WorkerError::Fork("no child in the slot of an answer"));
        };
        let ready = loop {
            let answer = (place.answered().as_fd(), Interest::Read);
            match poll(&[answer, (child.as_fd(), Interest::Read)], None)? {
                0 => {}
                ready => break ready,
            }
        };
        // It may have ended as well by now: the answer counts.
        let ended = match ready & 1 {
            0 => child.wait()?.status,
            _ => ExitStatus::Exited(0),
        };
        self.busy[slot] = false;
        let (frame, has_begun) = (place.take(), place.has_begun());
        self.hot.note(place.reported());
        Ok(match frame {
            Some(frame) if ended == ExitStatus::Exited(0) => EndOfChild::Answered(frame),
            _ if has_begun => EndOfChild::Ended(ended),
            _ => EndOfChild::NotBegun(ended),
        })
    }

    fn be_the_child(
        &mut self,
        own: usize,
        reports: bool,
        body: impl FnOnce(&Place<'_>) -> Result<Answer, WorkerError>,
        failed: impl FnOnce(&WorkerError) -> Result<Answer, WorkerError>,
    ) -> ! {
        let answered = self.settle(own).and_then(|()| match &self.slots[own] {
            Some(slot) => body(&Place { slot }),
            None => Err(WorkerError::Fork("a child without a slot")),
        });
        // A failure of ours is no outcome of the case, and must not look like one.
        let answered = answered.or_else(|error| failed(&error));
        if let (Ok(answer), Some(slot)) = (answered, &self.slots[own]) {
            if reports {
                slot.report(&hot::written());
            }
            slot.answer(&answer);
        }
        signal::exit_now(0)
    }

    /// Gives up, in a child, what is the worker's or another child's.
    fn settle(&mut self, own: usize) -> Result<(), WorkerError> {
        process::die_with_parent(self.own)?;
        self.hot.give_up();
        for index in (0..SLOTS).filter(|index| *index != own) {
            self.slots[index] = None;
            if let Some(other) = self.children[index].take() {
                other.give_up();
            }
        }
        Ok(())
    }
}
