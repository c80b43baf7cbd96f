//! The end of a dead worker's stream: from the ledger, what the pipe didn't bring.
//!
//! ```text
//! pipe    ├─ frames taken ─┤─ part of a frame, or a stranger's bytes ─┤ end
//! ledger        ├──────────┼──────────────────────────────────────────┼─────────┤ committed
//!                          consumed                                   received
//! ```
//!
//! As a rule the stream goes on in the ledger where the pipe ended, at
//! `received`. But a guest may have written into the pipe: then what follows
//! the last sound frame, at `consumed`, is worth nothing, and all of it is
//! taken from the ledger. Which of the two holds is seen by the seals.

use super::{CodecError, Decoder};
use crate::ledger::LedgerReader;
use crate::message::ToParent;

/// Messages, and whether they are all there are.
type Rest = (Vec<ToParent>, Result<(), CodecError>);

impl Decoder<ToParent> {
    /// Every message that was not taken yet, those included that only the
    /// ledger has. For when the worker is dead and all that its pipe held was
    /// fed, whether the decoder has failed over it or not.
    ///
    /// # Errors
    /// Beside the messages that could be had: the reason why there may have
    /// been more. That takes a ledger that was overwritten, or a worker that
    /// committed more than the ring holds.
    pub fn complete(
        mut self,
        ledger: &LedgerReader<'_>,
    ) -> (Vec<ToParent>, Result<(), CodecError>) {
        let mut messages = Vec::new();
        let mut rest = match self.take_all(&mut messages) {
            Ok(()) => self.clone().go_on(ledger),
            Err(error) => (Vec::new(), Err(error)),
        };
        if rest.1.is_err() {
            self.rewind();
            let again = self.go_on(ledger);
            if again.1.is_ok() || again.0.len() >= rest.0.len() {
                rest = again;
            }
        }
        messages.append(&mut rest.0);
        (messages, rest.1)
    }

    /// Takes what the ledger holds beyond what was fed.
    fn go_on(mut self, ledger: &LedgerReader<'_>) -> Rest {
        let mut messages = Vec::new();
        let end = ledger
            .tail(self.received())
            .map_err(CodecError::from)
            .and_then(|tail| {
                self.feed(tail);
                self.take_all(&mut messages)?;
                self.finish()
            });
        (messages, end)
    }

    fn take_all(&mut self, messages: &mut Vec<ToParent>) -> Result<(), CodecError> {
        while let Some(message) = self.next()? {
            messages.push(message);
        }
        Ok(())
    }
}
