//! What has to be known before a layer is built, and whether one may be; what
//! threads that are left forbid.

use super::Chamber;
use crate::error::Leave;
use crate::layers::Built;
use rewind_protocol::{PreambleId, RetireReason};

impl Chamber {
    /// No thread of the guest is left; else why the worker has to leave.
    pub(crate) fn is_alone(&self) -> Result<(), Leave> {
        match self.host.threads() {
            0 => Ok(()),
            threads => {
                let detail = format!("{threads} threads of the guest did not end");
                Err(Leave::new(RetireReason::ThreadsLeft, detail))
            }
        }
    }

    /// Ends the process, everything being said: threads of the guest are left,
    /// and what goes with the chamber must not be torn from under them.
    pub(crate) fn end_among_threads(&mut self) -> ! {
        self.kernel.remove_folders();
        rewind_sys::signal::exit_now(0)
    }

    /// There is a layer for `id`: to go there is to put memory back, and no more.
    pub(crate) fn stands(&self, id: PreambleId) -> bool {
        let built = self.layers.peek(id);
        self.renewal.is_none() && matches!(built, Some(Built::Layer { .. }))
    }

    /// Preambles to be built for `id`, those below others first.
    pub(crate) fn missing(&self, id: PreambleId) -> Vec<PreambleId> {
        if self.at == id || self.renewal.is_some() {
            return Vec::new();
        }
        let missing = self.layers.missing(id).unwrap_or_default();
        missing.iter().map(|preamble| preamble.id).collect()
    }

    /// Preambles that were declared, those below others first; as many as layers are kept.
    pub(crate) fn declared(&self) -> Vec<PreambleId> {
        match self.renewal {
            Some(_) => Vec::new(),
            None => self.layers.declared(),
        }
    }

    /// The files of a preamble, for people.
    pub(crate) fn names(&self, id: PreambleId) -> String {
        self.layers.names(id)
    }
}
