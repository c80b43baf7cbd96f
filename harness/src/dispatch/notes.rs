//! What the dispatcher does about what executors say.

use super::Dispatcher;
use super::slot::Slot;
use crate::error::LastWorker;
use crate::event::{Event, WorkerId};
use crate::stop::Stop;
use crate::ticket::{Answer, Left, Note, Ticket, What};
use crate::totals::Ending;
use rewind_plan::CaseId;
use rewind_protocol::{Outcome, RetireReason};
use rewind_sys::process::Ended;

impl Dispatcher<'_> {
    pub(super) fn take(&mut self, note: Note) {
        let Note { worker, what } = note;
        match what {
            What::Want { usual_us } => self.want(worker, usual_us),
            What::Ready(reply) => (self.on_event)(Event::WorkerReady { worker, reply }),
            What::Answers(answers) => {
                for answer in answers {
                    self.answered(worker, answer);
                }
            }
            What::Unreadable { ticket, error } => self.unreadable(worker, ticket, error),
            What::Diagnostic(text) => (self.on_event)(Event::Diagnostic { worker, text }),
            What::TookOver(pause) => self.totals.recycling.pauses.push(pause),
            What::Left {
                left,
                requeued,
                ended,
            } => self.left(worker, left, requeued, ended),
            What::GaveBack(tickets) => self.gave_back(worker, tickets),
            What::Report(running) => {
                if let Some(slot) = self.slot(worker) {
                    slot.running = running;
                    slot.asleep = running.is_some_and(|running| running.asleep);
                }
                self.feed();
            }
            What::Gone(last) => self.gone(worker, last),
            What::Panicked => {
                // The panic itself goes on when the thread is joined.
                self.gone(worker, None);
                self.heed(Stop::Kill);
            }
        }
    }

    fn want(&mut self, worker: WorkerId, usual_us: Option<u64>) {
        if let Some(slot) = self.slot(worker).filter(|slot| !slot.hungry) {
            slot.hungry = true;
            slot.usual_us = usual_us;
            self.hungry += 1;
        }
        self.feed();
    }

    /// An executor has `count` tickets less.
    fn release(&mut self, worker: WorkerId, count: usize) {
        if let Some(slot) = self.slot(worker) {
            slot.held = slot.held.saturating_sub(count);
            slot.asleep = false;
        }
    }

    fn gave_back(&mut self, worker: WorkerId, tickets: Vec<Ticket>) {
        if let Some(slot) = self.slot(worker) {
            slot.asked = tickets.is_empty();
        }
        self.put_back(worker, tickets);
    }

    fn put_back(&mut self, worker: WorkerId, mut tickets: Vec<Ticket>) {
        self.release(worker, tickets.len());
        if !self.unwanted.is_empty() {
            let unwanted =
                |ticket: &Ticket| ticket.attempt == 1 && self.unwanted.contains(&ticket.case);
            let (out, kept) = tickets.into_iter().partition(unwanted);
            tickets = kept;
            let out: Vec<Ticket> = out;
            out.into_iter().for_each(|ticket| self.withdrawn(ticket));
        }
        self.queue.put_back(tickets);
        self.feed();
    }

    fn settle(&mut self, worker: WorkerId, ticket: Ticket) {
        self.release(worker, 1);
        self.unwanted.remove(&ticket.case);
        let in_turn = self.roll.settle(ticket.case, ticket.attempt);
        assert!(
            in_turn,
            "a ticket is in one place, so each attempt is settled once"
        );
        self.solo &= ticket.attempt == 1;
    }

    fn answered(&mut self, worker: WorkerId, answer: Answer) {
        let Answer { ticket, finished } = answer;
        self.settle(worker, ticket);
        self.totals.answered += usize::from(ticket.attempt == 1);
        if matches!(finished.outcome, Outcome::Lost { .. }) {
            if ticket.attempt == 1 && self.retry_lost {
                self.try_again(ticket.case);
            } else {
                self.totals.lost += 1;
            }
        }
        let (case, attempt) = (ticket.case, u32::from(ticket.attempt));
        (self.on_event)(Event::Answered {
            case,
            attempt,
            worker,
            finished,
        });
    }

    /// When all else is done, if there is a time for that; else at once.
    fn try_again(&mut self, case: CaseId) {
        if self.commands.is_none() {
            self.lost.push(case);
            return;
        }
        self.totals.retried += 1;
        self.queue.push(Ticket::new(case, 2, true));
        self.feed();
    }

    fn unreadable(&mut self, worker: WorkerId, ticket: Ticket, error: String) {
        self.settle(worker, ticket);
        self.totals.unreadable += 1;
        (self.on_event)(Event::Unreadable {
            case: ticket.case,
            error,
        });
    }

    fn left(&mut self, worker: WorkerId, left: Left, requeued: usize, ended: Option<Ended>) {
        let peak_rss = ended.map_or(0, |ended| ended.peak_rss);
        self.totals.workers += usize::from(ended.is_some());
        self.totals.replaced += usize::from(ended.is_some() && worker.life > 0);
        self.totals.peak_worker_rss = self.totals.peak_worker_rss.max(peak_rss);
        self.totals.workers_cpu += ended.map(|ended| ended.cpu).unwrap_or_default();
        if let Some(slot) = self.slot(worker) {
            slot.running = None;
        }
        match left {
            Left::Retired(retiring) => {
                self.totals.add_counters(&retiring.counters);
                if retiring.reason != RetireReason::Drained {
                    self.totals
                        .endings
                        .push((worker, Ending::Retired(retiring.reason)));
                }
                (self.on_event)(Event::WorkerRetired {
                    worker,
                    retiring,
                    requeued,
                    peak_rss,
                });
            }
            Left::Replaced { limit, retiring } => {
                self.totals.add_counters(&retiring.counters);
                self.totals.endings.push((worker, Ending::Replaced(limit)));
                (self.on_event)(Event::WorkerRetired {
                    worker,
                    retiring,
                    requeued,
                    peak_rss,
                });
            }
            Left::Died {
                death,
                blamed,
                suspected,
                stderr_tail,
            } => {
                self.totals
                    .endings
                    .push((worker, Ending::Died(death.clone())));
                (self.on_event)(Event::WorkerDied {
                    worker,
                    death,
                    blamed,
                    suspected,
                    requeued,
                    stderr_tail,
                });
            }
        }
    }

    fn gone(&mut self, worker: WorkerId, last: Option<Box<LastWorker>>) {
        if let Some(slot) = self.slot(worker).filter(|slot| slot.is_served()) {
            let hungry = usize::from(slot.hungry);
            slot.close();
            self.served -= 1;
            self.hungry -= hungry;
        }
        if last.is_some() {
            self.last = last;
        }
        self.end_stand_ins();
        self.feed();
    }

    fn slot(&mut self, worker: WorkerId) -> Option<&mut Slot> {
        self.slots.get_mut(worker.slot as usize)
    }
}
