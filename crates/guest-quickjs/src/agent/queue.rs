//! Reports of agents, first in first out, in guest memory.

use crate::memory::{self, Bytes};

/// Reports on their way to the main agent. Guarded by the hub's lock.
pub(crate) struct Queue {
    first: *mut Report,
    last: *mut Report,
}

struct Report {
    text: Bytes,
    next: *mut Report,
}

impl Queue {
    /// A queue with nothing in it.
    pub(crate) const EMPTY: Self = Self {
        first: core::ptr::null_mut(),
        last: core::ptr::null_mut(),
    };

    /// Puts `text` at the end; false if memory ran out.
    pub(crate) fn push(&mut self, text: Bytes) -> bool {
        let next = core::ptr::null_mut();
        let Some(report) = memory::place(Report { text, next }) else {
            return false;
        };
        // SAFETY: `last` is null or the queue's last report, which is live.
        match unsafe { self.last.as_mut() } {
            Some(last) => last.next = report,
            None => self.first = report,
        }
        self.last = report;
        true
    }

    /// Takes the first report.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: placed by `push`, and the queue forgets it here.
        let report = unsafe { memory::take_back(self.first) };
        self.first = report.next;
        if self.first.is_null() {
            self.last = core::ptr::null_mut();
        }
        Some(report.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_out_in_the_order_they_went_in() {
        let mut queue = Queue::EMPTY;
        assert!(queue.pop().is_none());
        for text in [b"a", b"b"] {
            assert!(queue.push(Bytes::concat(&[text]).unwrap()));
        }
        assert_eq!(queue.pop().unwrap().as_slice(), b"a");
        assert!(queue.push(Bytes::concat(&[b"c"]).unwrap()));
        assert_eq!(queue.pop().unwrap().as_slice(), b"b");
        assert_eq!(queue.pop().unwrap().as_slice(), b"c");
        assert!(queue.pop().is_none());
    }
}
