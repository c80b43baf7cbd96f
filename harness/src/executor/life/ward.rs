//! What is known of one worker while it lives.

use super::Stage;
use super::withdraw::Withdrawal;
use crate::event::WorkerId;
use crate::executor::Shared;
use crate::executor::link::Link;
use crate::executor::memory::Memory;
use crate::executor::outbox::Outbox;
use crate::executor::rest::Rest;
use crate::executor::talk::Talk;
use crate::executor::watchdog::Watchdog;
use crate::executor::window::Window;
use crate::recycling::Limit;
use crate::ticket::Answer;
use rewind_plan::CaseId;
use rewind_protocol::{CaseState, Retiring, Seq};
use rewind_sys::timer::monotonic_ns;
use std::time::Instant;

/// Whether a worker has built what a case runs on, before it was sent that: by then
/// nothing but the preambles themselves can have ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nobody asked.
    None,
    /// It was told to. The ledger of an earlier worker lays that one's end to this preamble.
    Asked(u32),
    /// It has.
    Stands,
}

/// A worker that an executor looks after.
pub(in crate::executor) struct Ward {
    pub(in crate::executor) worker: WorkerId,
    pub(in crate::executor) link: Link,
    pub(super) talk: Talk,
    pub(super) outbox: Outbox,
    pub(super) window: Window,
    pub(super) watchdog: Watchdog,
    pub(super) rest: Rest,
    pub(super) stage: Stage,
    /// When the stage must have been left; of no meaning when up.
    pub(super) until: Instant,
    /// What it said itself of the case it is at.
    pub(super) said: Option<(Seq, CaseState)>,
    /// The case that it was sent last: it gets others of the same batch alone.
    pub(super) last_sent: Option<CaseId>,
    pub(super) proof: Proof,
    /// When the answer that came last did, or what is waited for was sent.
    pub(super) heard: Instant,
    /// A case was settled, by an answer or otherwise.
    pub(super) settled: bool,
    /// Cases that it has answered.
    pub(super) answered: usize,
    /// It has answered the greeting.
    pub(super) greeted: bool,
    /// It was told to leave.
    pub(super) dismissed: bool,
    pub(super) retiring: Option<Retiring>,
    pub(super) refused: Option<String>,
    pub(super) answers: Vec<Answer>,
    /// It was raised as a spare.
    pub(super) from_spare: bool,
    /// When it came up, and when it was taken over.
    pub(super) began: Instant,
    pub(super) began_ns: u64,
    /// Monotonic ns at which the first case was sent.
    pub(super) first_sent: Option<u64>,
    /// Cases that it survived a crash of.
    pub(super) crashes: u64,
    pub(super) memory: Memory,
    /// Its memory grows too fast.
    pub(super) grows: bool,
    /// It can give back what it has not begun.
    pub(super) withdraws: bool,
    /// What was sent ahead is on its way back.
    pub(super) withdrawal: Option<Withdrawal>,
    /// The limit for which it is replaced: it is sent nothing more.
    pub(super) replaced: Option<Limit>,
}

impl Ward {
    /// The worker behind `link`, which has just been started or taken.
    pub(super) fn new(shared: Shared<'_>, worker: WorkerId, link: Link) -> Self {
        let now = Instant::now();
        let talk = Talk::new(shared, link.nonce);
        Self {
            stage: if talk.greets() {
                Stage::Starting
            } else {
                Stage::Up
            },
            memory: Memory::of(link.child.pid().0, now),
            worker,
            link,
            talk,
            outbox: Outbox::default(),
            window: Window::default(),
            watchdog: Watchdog::new(now),
            rest: Rest::default(),
            until: now + shared.config.patience.start,
            said: None,
            last_sent: None,
            proof: Proof::None,
            heard: now,
            settled: false,
            answered: 0,
            greeted: false,
            dismissed: false,
            retiring: None,
            refused: None,
            answers: Vec::new(),
            from_spare: false,
            began: now,
            began_ns: monotonic_ns(),
            first_sent: None,
            crashes: 0,
            grows: false,
            withdraws: false,
            withdrawal: None,
            replaced: None,
        }
    }
}

impl std::fmt::Debug for Ward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Ward");
        debug.field("worker", &self.worker).finish_non_exhaustive()
    }
}
