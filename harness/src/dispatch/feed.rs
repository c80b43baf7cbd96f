//! Who gets work.
//!
//! ```text
//!   slots   0 1 … regular-1 │ regular …
//!           always          │ while fewer than `regular` of all are awake
//! ```
//!
//! A worker whose case waits by the clock uses no processor: another may stand
//! in for it meanwhile. When it wakes up, the one that stood in finishes what
//! it has and gets nothing more. So now and then a few more than `regular` are
//! awake, each for the time of a small piece.

use super::Dispatcher;
use super::slot::Slot;
use crate::stop::Stop;
use crate::ticket::Order;

impl Dispatcher<'_> {
    /// Deals work to the slots that asked for it, or asks others to share theirs.
    pub(super) fn feed(&mut self) {
        if self.told > Stop::No || self.hungry == 0 {
            return;
        }
        let regular = self.slots.iter().take(self.regular);
        let served = regular.filter(|slot| slot.is_served()).count();
        let mut awake = self.awake();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if !slot.hungry || (index >= self.regular && awake >= self.regular) {
                continue;
            }
            let piece = self.queue.deal(served, slot.usual_us);
            if piece.is_empty() {
                break;
            }
            awake += usize::from(index >= self.regular && !slot.is_awake());
            slot.hungry = false;
            self.hungry -= 1;
            slot.asked = false;
            slot.held += piece.len();
            slot.order(Order::Work(piece));
        }
        if self.queue.is_empty() && self.has_idle(awake) {
            self.ask_the_richest();
        }
    }

    /// Slots that work or are about to: a regular one that has no work yet, or
    /// can't have any, is nobody to stand in for.
    fn awake(&self) -> usize {
        let (regular, others) = self.slots.split_at(self.regular.min(self.slots.len()));
        let up = regular.iter().filter(|slot| !slot.asleep).count();
        up + others.iter().filter(|slot| slot.is_awake()).count()
    }

    /// Where no regular slot is left, nobody will ever sleep again: the others
    /// finish what they have, and go.
    pub(super) fn end_stand_ins(&self) {
        let (regular, others) = self.slots.split_at(self.regular.min(self.slots.len()));
        if !regular.iter().any(Slot::is_served) {
            for slot in others {
                slot.order(Order::Drain);
            }
        }
    }

    /// There is a slot that may work and has nothing to do.
    fn has_idle(&self, awake: usize) -> bool {
        let idle = |slot: &Slot| slot.hungry && slot.held == 0;
        let may = |index: usize| index < self.regular || awake < self.regular;
        let mut slots = self.slots.iter().enumerate();
        slots.any(|(index, slot)| idle(slot) && may(index))
    }

    fn ask_the_richest(&mut self) {
        let rich = self
            .slots
            .iter_mut()
            .filter(|slot| slot.held > 1 && !slot.asked);
        if let Some(slot) = rich.max_by_key(|slot| slot.held) {
            slot.asked = true;
            slot.order(Order::GiveBack);
        }
    }
}
