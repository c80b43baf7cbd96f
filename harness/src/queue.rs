//! Tickets that no executor has, and how they are dealt out.
//!
//! Large pieces at first, because each costs a message; small ones at the end,
//! so that the workers finish together. A piece's size goes by the time its
//! cases are thought to take. Cases of a batch stay together.

use crate::recycling::Limits;
use crate::ticket::Ticket;
use crate::workload::{CaseFacts, Workload};
use rewind_plan::{CaseId, UNKNOWN_WEIGHT_US};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most tickets in a piece.
const MOST: usize = 256;
/// A piece takes one part in so many of what is left for each slot.
const SHARE: u64 = 4;
/// Most time that a piece of several tickets may be thought to take, in µs: slow
/// cases come first, and one slot must not hold many while others have none.
const MOST_WEIGHT: u64 = 250_000;

/// The queue, first to be run first.
#[derive(Debug)]
pub(crate) struct Queue<'a> {
    workload: &'a dyn Workload,
    /// Cut the plan into batches.
    limits: Limits,
    tickets: VecDeque<Ticket>,
    /// Sum of the tickets' weights, in µs.
    weight: u64,
    /// How many tickets there are, for others to see.
    count: Arc<AtomicUsize>,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(workload: &'a dyn Workload, limits: Limits) -> Self {
        Self {
            workload,
            limits,
            tickets: VecDeque::new(),
            weight: 0,
            count: Arc::default(),
        }
    }

    /// How many tickets there are, now and later.
    pub(crate) fn count(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.count)
    }

    fn tell_count(&self) {
        self.count.store(self.tickets.len(), Ordering::Relaxed);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    pub(crate) fn push(&mut self, ticket: Ticket) {
        self.weight += self.weight_of(ticket);
        self.tickets.push_back(ticket);
        self.tell_count();
    }

    /// Takes back what was dealt out and not run: to the front, in its order.
    pub(crate) fn put_back(&mut self, tickets: Vec<Ticket>) {
        for ticket in tickets.into_iter().rev() {
            self.weight += self.weight_of(ticket);
            self.tickets.push_front(ticket);
        }
        self.tell_count();
    }

    /// Takes out the tickets of these cases.
    pub(crate) fn withdraw(&mut self, cases: &HashSet<CaseId>) -> Vec<Ticket> {
        let (out, kept) = std::mem::take(&mut self.tickets)
            .into_iter()
            .partition(|ticket| cases.contains(&ticket.case));
        self.tickets = kept;
        let out: VecDeque<Ticket> = out;
        let weight = out.iter().map(|&ticket| self.weight_of(ticket)).sum();
        self.weight = self.weight.saturating_sub(weight);
        self.tell_count();
        out.into()
    }

    /// A piece for one of `slots` slots, whose cases take `usual_us` on average
    /// if that is known; empty only if the queue is.
    pub(crate) fn deal(&mut self, slots: usize, usual_us: Option<u64>) -> Vec<Ticket> {
        let share = self.weight / (SHARE * slots.max(1) as u64);
        let mut piece = Vec::new();
        let (mut weight, mut likely) = (0, 0);
        while let Some(&ticket) = self.tickets.front() {
            weight += self.weight_of(ticket);
            let facts = self.workload.facts(ticket.case);
            likely += facts.map_or(1, |facts| likely_us(facts, usual_us));
            let large = weight > share || likely > MOST_WEIGHT || piece.len() >= MOST;
            if large && self.may_end(&piece, ticket) {
                break;
            }
            self.weight = self.weight.saturating_sub(self.weight_of(ticket));
            self.tickets.pop_front();
            piece.push(ticket);
        }
        self.tell_count();
        piece
    }

    /// A piece may end before `next`: it isn't empty, and no batch is divided.
    fn may_end(&self, piece: &[Ticket], next: Ticket) -> bool {
        let batch = |ticket: &Ticket| self.limits.batch_of(ticket.case);
        let last = piece.last();
        last.is_some_and(|last| batch(last).is_none() || batch(last) != batch(&next))
    }

    fn weight_of(&self, ticket: Ticket) -> u64 {
        let facts = self.workload.facts(ticket.case);
        facts.map_or(1, |facts| u64::from(facts.weight_us).max(1))
    }
}

/// How long a case is likely to take, in µs, at a slot whose cases take
/// `usual_us`. One that nobody has timed takes as long as those there; were it
/// thought slow, quick cases would be dealt a dozen at a time.
pub(crate) fn likely_us(case: CaseFacts, usual_us: Option<u64>) -> u64 {
    match usual_us {
        Some(usual_us) if case.weight_us == UNKNOWN_WEIGHT_US => usual_us,
        _ => u64::from(case.weight_us),
    }
}

#[cfg(test)]
mod tail;

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_plan::{Case, Plan};
    use rewind_protocol::{Attributes, Variant};

    pub(super) fn plan(weights: &[u32]) -> Plan {
        let case = |&weight_us: &u32| Case {
            path: "a.js".into(),
            variant: Variant::named(&"sloppy"),
            preamble: None,
            attributes: Attributes::NONE,
            deadline_ms: 1,
            weight_us,
            bytes: 0,
            test: 0,
            round: 0,
            expectation: None,
        };
        Plan {
            cases: weights.iter().map(case).collect(),
            ..Plan::default()
        }
    }

    fn ticket(case: u32) -> Ticket {
        Ticket::new(CaseId(case), 1, false)
    }

    pub(super) fn filled(plan: &Plan) -> Queue<'_> {
        let mut queue = Queue::new(plan, Limits::default());
        for (CaseId(case), _) in plan.iter() {
            queue.push(ticket(case));
        }
        queue
    }

    #[test]
    fn piece_divides_no_batch() {
        let plan = plan(&[100; 100]);
        let limits = Limits {
            cases: Some(7),
            batches: true,
            ..Limits::default()
        };
        let mut queue = Queue::new(&plan, limits);
        (0..100).for_each(|case| queue.push(ticket(case)));
        let mut next = 0;
        while !queue.is_empty() {
            let piece = queue.deal(4, None);
            assert_eq!(piece.first().map(|it| it.case), Some(CaseId(next)));
            next = piece.last().expect("a piece").case.0 + 1;
            assert!(next % 7 == 0 || next == 100, "{next}");
        }
    }

    #[test]
    fn pieces_shrink_towards_the_end_and_hold_each_ticket_once() {
        let plan = plan(&[10; 3000]);
        let mut queue = filled(&plan);
        let pieces: Vec<Vec<Ticket>> =
            std::iter::from_fn(|| Some(queue.deal(2, None)).filter(|piece| !piece.is_empty()))
                .collect();
        assert_eq!(pieces.first().unwrap().len(), MOST);
        assert_eq!(pieces.last().unwrap().len(), 1);
        assert!(pieces.windows(2).all(|pair| pair[0].len() >= pair[1].len()));
        let all: Vec<u32> = pieces
            .iter()
            .flatten()
            .map(|ticket| ticket.case.0)
            .collect();
        assert_eq!(all, (0..3000).collect::<Vec<u32>>());
        assert_eq!(queue.weight, 0);
    }

    #[test]
    fn cases_that_nobody_timed_are_dealt_by_what_others_take() {
        let unknown = plan(&[UNKNOWN_WEIGHT_US; 9000]);
        let piece = |plan, usual_us| filled(plan).deal(2, usual_us).len();
        assert_eq!(piece(&unknown, None), 12);
        assert_eq!(piece(&unknown, Some(30)), MOST);
        assert_eq!(piece(&unknown, Some(2_500)), 100);
        assert_eq!(piece(&unknown, Some(300_000)), 1);
        // Who was timed is what it was.
        let known = plan(&[UNKNOWN_WEIGHT_US + 1; 9000]);
        assert_eq!(piece(&known, Some(30)), 12);
        // The share of what is left counts in any case.
        assert_eq!(piece(&plan(&[UNKNOWN_WEIGHT_US; 80]), Some(30)), 10);
    }

    #[test]
    fn heavy_cases_are_not_dealt_to_one_slot_together() {
        let weights: Vec<u32> = (0..100)
            .map(|n| if n < 8 { 1_000_000 } else { 1 })
            .collect();
        let plan = plan(&weights);
        let mut queue = filled(&plan);
        assert_eq!(queue.deal(2, None), [ticket(0)]);
        assert_eq!(queue.deal(2, None), [ticket(1)]);
    }

    #[test]
    fn withdrawn_tickets_are_dealt_no_more() {
        let plan = plan(&[10; 6]);
        let mut queue = filled(&plan);
        let cases = [1, 4, 9].map(CaseId).into();
        assert_eq!(queue.withdraw(&cases), [ticket(1), ticket(4)]);
        assert_eq!((queue.weight, queue.withdraw(&cases)), (40, vec![]));
        let left = std::iter::from_fn(|| queue.deal(1, None).pop());
        assert_eq!(left.map(|it| it.case.0).collect::<Vec<_>>(), [0, 2, 3, 5]);
    }

    #[test]
    fn what_is_put_back_comes_first_and_in_its_order() {
        let plan = plan(&[1; 5]);
        let mut queue = Queue::new(&plan, Limits::default());
        queue.push(ticket(3));
        queue.push(ticket(4));
        queue.put_back(vec![ticket(1), ticket(2)]);
        let all: Vec<u32> = (0..4)
            .flat_map(|_| queue.deal(1, None))
            .map(|ticket| ticket.case.0)
            .collect();
        assert_eq!(all, [1, 2, 3, 4]);
    }
}
