//! Cases that were sent to a worker and not answered.
//!
//! Numbers are given out one after another, so a queue indexed from its first
//! number finds a case at once. An answer is accepted only for a case that is
//! here and whose frame the worker can have read: everything else is no answer.

use crate::ticket::Ticket;
use rewind_plan::CaseId;
use rewind_protocol::Seq;
use std::collections::{HashSet, VecDeque};

/// A case that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) ticket: Ticket,
    /// Offset in the stream behind its frame.
    pub(super) end: u64,
    /// Bytes of its frame.
    pub(super) bytes: usize,
    /// Its deadline, in ms.
    pub(super) deadline_ms: u32,
}

/// Cases of one worker's life.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Number of the first entry.
    base: u64,
    /// `None` where the answer has come.
    entries: VecDeque<Option<Pending>>,
    waiting: usize,
    bytes: usize,
}

impl Window {
    /// The number that the next case gets.
    pub(super) fn next(&self) -> Seq {
        Seq(self.base + self.entries.len() as u64)
    }

    /// Adds the case that was sent under the number [`Window::next`].
    pub(super) fn push(&mut self, pending: Pending) {
        self.waiting += 1;
        self.bytes += pending.bytes;
        self.entries.push_back(Some(pending));
    }

    /// Takes the case that is answered. `None` if it was never sent (`written`
    /// is how far the pipe has taken the stream) or was answered before.
    pub(super) fn answer(&mut self, seq: Seq, written: u64) -> Option<Pending> {
        let index = self.index(seq)?;
        let pending = self
            .entries
            .get_mut(index)?
            .take_if(|pending| pending.end <= written)?;
        self.waiting -= 1;
        self.bytes -= pending.bytes;
        while let Some(None) = self.entries.front() {
            self.entries.pop_front();
            self.base += 1;
        }
        Some(pending)
    }

    /// The case with that number, if it is waiting.
    pub(super) fn get(&self, seq: Seq) -> Option<&Pending> {
        self.entries.get(self.index(seq)?)?.as_ref()
    }

    /// A case with that number was sent, and answered.
    pub(super) fn was_answered(&self, seq: Seq) -> bool {
        seq < self.next() && self.get(seq).is_none()
    }

    /// What waits is a case that is tried by itself.
    pub(super) fn is_a_trial(&self) -> bool {
        self.first()
            .is_some_and(|(_, pending)| pending.ticket.is_by_itself())
    }

    /// The longest deadline of those that wait, in ms.
    pub(super) fn longest_deadline_ms(&self) -> u32 {
        let waiting = self.entries.iter().flatten();
        waiting.map(|it| it.deadline_ms).max().unwrap_or(0)
    }

    /// The case that has waited longest.
    pub(super) fn first(&self) -> Option<(Seq, &Pending)> {
        let pending = self.entries.front()?.as_ref()?;
        Some((Seq(self.base), pending))
    }

    /// Cases that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Bytes of their frames.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Every case that waits, in the order of sending.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets_from(Seq(0))
    }

    /// The same from that number on.
    pub(super) fn tickets_from(&self, seq: Seq) -> impl Iterator<Item = &Ticket> {
        let before = usize::try_from(seq.0.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let waiting = self.entries.iter().skip(before).flatten();
        waiting.map(|pending| &pending.ticket)
    }

    /// Takes the cases of which the worker can't have read anything, in the order
    /// of sending, and gives the offset in the stream behind the others.
    pub(super) fn take_unsent(&mut self, written: u64) -> (u64, Vec<Ticket>) {
        let waiting = self.entries.iter().flatten();
        let end = waiting.map(|it| it.end).find(|&end| end >= written);
        let end = end.unwrap_or(written);
        let mut tickets = VecDeque::new();
        while let Some(Some(pending)) = self
            .entries
            .back()
            .filter(|it| it.is_some_and(|it| it.end > end))
        {
            tickets.push_front(pending.ticket);
            self.waiting -= 1;
            self.bytes -= pending.bytes;
            self.entries.pop_back();
        }
        (end, tickets.into())
    }

    /// The numbers of those of these cases that wait, in the order of sending.
    pub(super) fn seqs_of(&self, cases: &HashSet<CaseId>) -> Vec<Seq> {
        let numbered = (self.base..).map(Seq).zip(&self.entries);
        let is_one = |it: &Option<Pending>| it.is_some_and(|it| cases.contains(&it.ticket.case));
        let found = numbered.filter(|(_, entry)| is_one(entry));
        found.map(|(seq, _)| seq).collect()
    }

    /// Takes every case that still waits, in the order of sending.
    pub(super) fn into_tickets(self) -> impl Iterator<Item = Ticket> {
        self.entries
            .into_iter()
            .flatten()
            .map(|pending| pending.ticket)
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        usize::try_from(seq.0.checked_sub(self.base)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(case: u32) -> Pending {
        let ticket = Ticket::new(CaseId(case), 1, false);
        Pending {
            ticket,
            end: u64::from(case + 1) * 10,
            bytes: 10,
            deadline_ms: 1,
        }
    }

    fn filled(count: u32) -> Window {
        let mut window = Window::default();
        for case in 0..count {
            assert_eq!(window.next(), Seq(u64::from(case)));
            window.push(pending(case));
        }
        window
    }

    #[test]
    fn each_case_is_answered_once_in_any_order() {
        let mut window = filled(4);
        for case in [2, 0, 3, 1] {
            assert_eq!(
                window.answer(Seq(case), 40),
                Some(pending(u32::try_from(case).unwrap()))
            );
            assert_eq!(window.answer(Seq(case), 40), None);
        }
        assert_eq!((window.waiting(), window.bytes()), (0, 0));
        assert_eq!(window.next(), Seq(4));
    }

    #[test]
    fn case_that_was_not_sent_has_no_answer() {
        let mut window = filled(2);
        assert_eq!(
            window.answer(Seq(1), 19),
            None,
            "its frame is not all written"
        );
        assert_eq!(window.answer(Seq(2), 40), None, "beyond the last");
        assert_eq!(window.answer(Seq(u64::MAX), 40), None);
        assert_eq!(window.answer(Seq(1), 20), Some(pending(1)));
    }

    #[test]
    fn answered_cases_are_known_and_others_are_not() {
        let mut window = filled(4);
        window.answer(Seq(0), 30);
        window.answer(Seq(2), 30);
        let known: Vec<bool> = (0..6).map(|seq| window.was_answered(Seq(seq))).collect();
        assert_eq!(known, [true, false, true, false, false, false]);
    }

    #[test]
    fn case_tried_by_itself_is_known_as_such_while_it_waits() {
        let mut window = filled(1);
        assert!(!window.is_a_trial());
        window.answer(Seq(0), 10);
        let mut tried = pending(1);
        tried.ticket.trial = crate::ticket::Trial::Fresh;
        window.push(tried);
        assert!(window.is_a_trial());
        assert_eq!(window.longest_deadline_ms(), 1);
        window.answer(Seq(1), 20);
        assert!(!window.is_a_trial());
        assert_eq!(window.longest_deadline_ms(), 0);
    }

    #[test]
    fn what_was_not_sent_is_taken_back_behind_the_case_that_is_on_its_way() {
        for (written, end, left) in [
            (0, 10, vec![1, 2, 3]),
            (15, 20, vec![2, 3]),
            (20, 20, vec![2, 3]),
            (31, 40, vec![]),
            (40, 40, vec![]),
            (99, 99, vec![]),
        ] {
            let mut window = filled(4);
            let (found, tickets) = window.take_unsent(written);
            let cases: Vec<u32> = tickets.iter().map(|it| it.case.0).collect();
            assert_eq!((found, &cases), (end, &left), "{written}");
            let kept = 4 - left.len();
            assert_eq!((window.waiting(), window.bytes()), (kept, 10 * kept));
        }
    }

    #[test]
    fn cases_are_found_by_their_names_while_they_wait() {
        let mut window = filled(4);
        window.answer(Seq(1), 40);
        let cases = [3, 1, 0, 7].map(CaseId).into();
        assert_eq!(window.seqs_of(&cases), [Seq(0), Seq(3)]);
        window.answer(Seq(0), 40);
        assert_eq!(window.seqs_of(&cases), [Seq(3)]);
    }

    #[test]
    fn what_waits_is_given_back_in_order() {
        let mut window = filled(4);
        window.answer(Seq(0), 40);
        window.answer(Seq(2), 40);
        assert_eq!(window.first(), Some((Seq(1), &pending(1))));
        assert_eq!(window.get(Seq(2)), None);
        assert_eq!(window.get(Seq(3)), Some(&pending(3)));
        let from = |seq| window.tickets_from(Seq(seq)).count();
        assert_eq!([0, 1, 2, 3, 4, u64::MAX].map(from), [2, 2, 1, 1, 0, 0]);
        let cases: Vec<u32> = window.into_tickets().map(|ticket| ticket.case.0).collect();
        assert_eq!(cases, [1, 3]);
    }
}
