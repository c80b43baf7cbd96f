//! Harnesses that were sent, and which one cases run on now.

use bytes::Bytes;
use rewind_protocol::line::Payload;
use rewind_protocol::{Preamble, PreambleId, Source};
use std::collections::HashMap;

/// What the engine is told the harness is called.
const NAME: &str = "harness.js";

/// Equal texts are one preamble, so that going back to one costs no evaluation.
pub(super) struct Harnesses {
    known: HashMap<Bytes, PreambleId>,
    /// What cases run on, or why they can't.
    current: Result<PreambleId, String>,
}

impl Harnesses {
    /// None was sent: cases run on the bare engine.
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::new(),
            current: Ok(PreambleId::ENGINE),
        }
    }

    /// What cases run on now.
    pub(super) fn current(&self) -> Result<PreambleId, &str> {
        self.current.as_ref().copied().map_err(String::as_str)
    }

    /// Takes a harness; gives the preamble to declare if it is a new one.
    pub(super) fn take(&mut self, payload: Payload) -> Option<Preamble> {
        let text = match payload {
            Payload::Text(text) => text,
            Payload::TooLarge(length) => {
                self.current = Err(format!("its harness is too large: {length} bytes"));
                return None;
            }
        };
        if text.is_empty() {
            self.current = Ok(PreambleId::ENGINE);
            return None;
        }
        if let Some(&id) = self.known.get(&text) {
            self.current = Ok(id);
            return None;
        }
        let count = u32::try_from(self.known.len())
            .ok()
            .filter(|&count| count < u32::MAX);
        let Some(id) = count.map(PreambleId) else {
            self.current = Err("there were too many harnesses before it".to_owned());
            return None;
        };
        self.known.insert(text.clone(), id);
        self.current = Ok(id);
        let sources = vec![Source {
            name: NAME.to_owned(),
            text,
        }];
        Some(Preamble {
            id,
            parent: None,
            sources,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static str) -> Payload {
        Payload::Text(text.into())
    }

    #[test]
    fn equal_harnesses_are_one_preamble_and_an_empty_one_is_none() {
        let mut harnesses = Harnesses::new();
        assert_eq!(harnesses.current(), Ok(PreambleId::ENGINE));
        let first = harnesses.take(text("a")).unwrap();
        assert_eq!((first.id, first.parent), (PreambleId(0), None));
        assert_eq!(harnesses.take(text("b")).unwrap().id, PreambleId(1));
        assert_eq!(harnesses.take(text("a")), None);
        assert_eq!(harnesses.current(), Ok(PreambleId(0)));
        assert_eq!(harnesses.take(text("")), None);
        assert_eq!(harnesses.current(), Ok(PreambleId::ENGINE));
        assert_eq!(harnesses.take(Payload::TooLarge(7)), None);
        assert_eq!(
            harnesses.current(),
            Err("its harness is too large: 7 bytes")
        );
        assert_eq!(harnesses.take(text("b")), None);
        assert_eq!(harnesses.current(), Ok(PreambleId(1)));
    }
}
