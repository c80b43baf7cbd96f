//! What is said between an executor and its worker, in the dialect of the run.
//!
//! Whatever the dialect, messages come out and cases go in; only here is it
//! known how they look as bytes.

use super::Shared;
use super::outbox::Outbox;
use crate::config::Dialect;
use crate::line::{Ear, Mouth};
use crate::workload::{CaseFacts, CaseText};
use rewind_protocol::{
    CodecError, Decoder, LedgerReader, PreambleId, Retiring, Run, Seq, ToParent, ToWorker,
    encode_run, encode_to_worker,
};

/// One worker's conversation.
pub(super) enum Talk {
    /// Frames of the native dialect.
    Native {
        decoder: Decoder<ToParent>,
        /// By index: the worker knows the preamble. What is beyond, it doesn't.
        preambles: Vec<bool>,
    },
    /// A manifest, and lines in answer.
    Line { mouth: Mouth, ear: Box<Ear> },
}

impl Talk {
    pub(super) fn new(shared: Shared<'_>, nonce: u64) -> Self {
        match shared.config.dialect {
            Dialect::Native => Self::Native {
                decoder: Decoder::for_parent(nonce),
                preambles: vec![false; shared.preambles.len()],
            },
            Dialect::LambdaV1 => Self::Line {
                mouth: Mouth::new(shared.workload.root(), shared.config.texts),
                ear: Box::new(Ear::new(shared.config.texts.printed)),
            },
        }
    }

    /// The worker is greeted, and sent nothing before it has replied; otherwise
    /// it is up as soon as it is started, and ends when its input does.
    pub(super) fn greets(&self) -> bool {
        matches!(self, Self::Native { .. })
    }

    /// Takes bytes from the worker.
    pub(super) fn feed(&mut self, read: &[u8]) {
        match self {
            Self::Native { decoder, .. } => decoder.feed_slice(read),
            Self::Line { ear, .. } => ear.feed(read),
        }
    }

    /// The next message; an error, after which nothing is to be asked any more,
    /// if what comes makes no sense.
    pub(super) fn next(&mut self) -> Result<Option<ToParent>, String> {
        match self {
            Self::Native { decoder, .. } => decoder.next().map_err(|error| error.to_string()),
            Self::Line { ear, .. } => ear.next(),
        }
    }

    /// The messages of a dead worker that its ledger has beyond what was fed.
    pub(super) fn complete(&mut self, ledger: &LedgerReader<'_>, nonce: u64) -> Vec<ToParent> {
        match self {
            Self::Native { decoder, .. } => {
                let fresh = Decoder::<ToParent>::for_parent(nonce);
                // An error beside the messages means that pipe and ledger were both
                // written over: the rest is unanswered.
                std::mem::replace(decoder, fresh).complete(ledger).0
            }
            Self::Line { .. } => Vec::new(),
        }
    }

    /// The last words of a worker that has none of its own.
    pub(super) fn drained(&self) -> Option<Retiring> {
        match self {
            Self::Native { .. } => None,
            Self::Line { ear, .. } => Some(ear.drained()),
        }
    }

    /// Puts the end of all cases into `outbox`, where the dialect has a word for it.
    pub(super) fn put_end(&self, outbox: &mut Outbox) -> Result<(), CodecError> {
        if self.greets() {
            outbox.put(|out| encode_to_worker(&ToWorker::Drain, out))?;
        }
        Ok(())
    }

    /// Puts a preamble and those below it into `outbox`, unless the worker knows
    /// them or the dialect sends none by themselves.
    pub(super) fn put_preamble(
        &mut self,
        shared: Shared<'_>,
        outbox: &mut Outbox,
        index: u32,
    ) -> Result<(), String> {
        match self {
            Self::Native { preambles, .. } => put_preamble(shared, outbox, preambles, index),
            Self::Line { .. } => Ok(()),
        }
    }

    /// Puts a case, and before it what it needs, into `outbox`. Gives the bytes
    /// of the case.
    pub(super) fn put_case(
        &mut self,
        shared: Shared<'_>,
        outbox: &mut Outbox,
        seq: Seq,
        facts: CaseFacts,
        text: CaseText,
    ) -> Result<usize, String> {
        match self {
            Self::Native { preambles, .. } => {
                let preamble = match facts.preamble {
                    None => PreambleId::ENGINE,
                    Some(index) => {
                        put_preamble(shared, outbox, preambles, index)?;
                        PreambleId(index)
                    }
                };
                let run = Run {
                    seq,
                    path: text.name.to_string(),
                    variant: facts.variant,
                    preamble,
                    source: text.source,
                    deadline_ms: facts.deadline_ms,
                    attributes: facts.attributes,
                };
                let put = outbox.put(|out| encode_run(&run, out));
                put.map_err(|error| error.to_string())
            }
            Self::Line { mouth, ear } => {
                outbox.put(|out| mouth.put_harness(facts.preamble, shared.preambles, out))?;
                let mut name = None;
                let put =
                    outbox.put(|out| mouth.put_case(facts, &text, out).map(|it| name = Some(it)));
                let bytes = put.map_err(|error| error.to_string())?;
                ear.expect(seq, name.unwrap_or_default());
                Ok(bytes)
            }
        }
    }
}

/// Puts a preamble and those below it, unless the worker knows them.
fn put_preamble(
    shared: Shared<'_>,
    outbox: &mut Outbox,
    known: &mut Vec<bool>,
    index: u32,
) -> Result<(), String> {
    let get = |index| {
        let preamble = shared.preambles.get(index);
        preamble.map_err(|refusal| refusal.to_string())
    };
    let knows = |known: &[bool], id: PreambleId| known.get(id.0 as usize) == Some(&true);
    let mut missing = Vec::new();
    let mut next = Some(get(index)?);
    while let Some(preamble) = next.filter(|&preamble| !knows(known, preamble.id)) {
        missing.push(preamble);
        next = preamble.parent.map(|parent| get(parent.0)).transpose()?;
    }
    while let Some(preamble) = missing.pop() {
        let message = ToWorker::Preamble(preamble.clone());
        let put = outbox.put(|out| encode_to_worker(&message, out));
        put.map_err(|error| error.to_string())?;
        let index = preamble.id.0 as usize;
        if known.len() <= index {
            known.resize(index + 1, false);
        }
        if let Some(known) = known.get_mut(index) {
            *known = true;
        }
    }
    Ok(())
}
