//! The dispatcher's end of an executor.

use crate::event::Running;
use crate::ticket::Order;
use crossbeam_channel::Sender;
use rewind_sys::pipe::Wake;
use std::sync::Arc;

/// An executor, as the dispatcher sees it.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` once the executor is gone.
    orders: Option<Sender<Order>>,
    wake: Arc<Wake>,
    /// It asked for work and got none.
    pub(super) hungry: bool,
    /// What its cases took on average, in µs, when it asked.
    pub(super) usual_us: Option<u64>,
    /// It was asked to give work back, and has none to give or hasn't answered.
    pub(super) asked: bool,
    /// Tickets it has.
    pub(super) held: usize,
    pub(super) running: Option<Running>,
    /// Its worker is at a case and uses no processor.
    pub(super) asleep: bool,
}

impl Slot {
    pub(crate) fn new(orders: Sender<Order>, wake: Arc<Wake>) -> Self {
        Self {
            orders: Some(orders),
            wake,
            hungry: false,
            usual_us: None,
            asked: false,
            held: 0,
            running: None,
            asleep: false,
        }
    }

    /// Its executor is there.
    pub(super) fn is_served(&self) -> bool {
        self.orders.is_some()
    }

    /// It has work, and its worker is at it.
    pub(super) fn is_awake(&self) -> bool {
        self.held > 0 && !self.asleep
    }

    /// Its executor has gone.
    pub(super) fn close(&mut self) {
        self.orders = None;
        self.hungry = false;
        self.running = None;
        self.asleep = false;
    }

    pub(super) fn order(&self, order: Order) {
        // An executor that is gone has said so, or is about to.
        if let Some(orders) = &self.orders
            && orders.send(order).is_ok()
        {
            self.wake.raise();
        }
    }
}

impl Drop for Slot {
    /// Also when the caller's event handler panics: the executor must notice.
    fn drop(&mut self) {
        self.orders = None;
        self.wake.raise();
    }
}
