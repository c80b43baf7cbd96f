//! From messages to frames.
//!
//! A case and its answer are written straight into the output: a source is
//! copied once. The messages that come seldom go by way of their wire form.

use super::{CodecError, MAX_FRAME, SEAL_BYTES, SEAL_KEY, WORKER_KEY, seal};
use crate::case::Run;
use crate::message::{ToParent, ToWorker};
use crate::outcome::Finished;
use crate::varint;
use crate::wire::{
    self, Encode, FinishedFrame, ParentBody, RunFrame, WorkerBody, parent as parent_wire,
    worker as worker_wire,
};

/// Appends `message` to `out` as one frame.
///
/// # Errors
/// [`CodecError::Oversized`] if it takes more than [`MAX_FRAME`] bytes; `out`
/// is then as it was.
pub fn encode_to_worker(message: &ToWorker, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let (name, body) = match message {
        ToWorker::Run(run) => return encode_run(run, out),
        ToWorker::Hello(hello) => ("Hello", WorkerBody::Hello(hello.into())),
        ToWorker::Preamble(preamble) => ("Preamble", WorkerBody::Preamble(preamble.into())),
        ToWorker::Cancel { seq } => (
            "Cancel",
            WorkerBody::Cancel(worker_wire::Cancel { seq: seq.0 }),
        ),
        ToWorker::Withdraw(withdraw) => ("Withdraw", WorkerBody::Withdraw(withdraw.into())),
        ToWorker::Ping { token } => (
            "Ping",
            WorkerBody::Ping(worker_wire::Ping { token: *token }),
        ),
        ToWorker::Drain => ("Drain", WorkerBody::Drain(worker_wire::Drain {})),
        ToWorker::Shutdown => ("Shutdown", WorkerBody::Shutdown(worker_wire::Shutdown {})),
    };
    let message = wire::ToWorker {
        body: Some(body),
        seal: 0,
    };
    encode_prost(&message, WORKER_KEY, name, out)
}

/// Appends `message` to `out` as one frame of the worker that has `nonce`.
///
/// # Errors
/// As for [`encode_to_worker`].
pub fn encode_to_parent(
    message: &ToParent,
    nonce: u64,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let (name, body) = match message {
        ToParent::Finished(finished) => return encode_finished(finished, nonce, out),
        ToParent::HelloReply(reply) => ("HelloReply", ParentBody::HelloReply(reply.into())),
        ToParent::Ready => ("Ready", ParentBody::Ready(parent_wire::Ready {})),
        ToParent::Started { seq } => (
            "Started",
            ParentBody::Started(parent_wire::Started { seq: seq.0 }),
        ),
        ToParent::Withdrawn { seqs } => (
            "Withdrawn",
            ParentBody::Withdrawn(parent_wire::Withdrawn {
                seqs: seqs.iter().map(|seq| seq.0).collect(),
            }),
        ),
        ToParent::Pong { token } => (
            "Pong",
            ParentBody::Pong(parent_wire::Pong { token: *token }),
        ),
        ToParent::Diagnostic { text } => (
            "Diagnostic",
            ParentBody::Diagnostic(parent_wire::Diagnostic { text: text.clone() }),
        ),
        ToParent::Retiring(retiring) => ("Retiring", ParentBody::Retiring(retiring.into())),
        ToParent::Refused { reason } => (
            "Refused",
            ParentBody::Refused(parent_wire::Refused {
                reason: reason.clone(),
            }),
        ),
    };
    let message = wire::ToParent {
        nonce,
        body: Some(body),
        seal: 0,
    };
    encode_prost(&message, nonce, name, out)
}

/// Appends a case to `out` as one frame; its source is copied once.
///
/// # Errors
/// As for [`encode_to_worker`].
pub fn encode_run(run: &Run, out: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_direct(&RunFrame(run), WORKER_KEY, out, || {
        format!("case {} of {}", run.seq.0, run.path)
    })
}

/// Appends the answer to a case to `out` as one frame of the worker that has
/// `nonce`; nothing is allocated but what `out` grows by.
///
/// # Errors
/// As for [`encode_to_worker`].
pub fn encode_finished(
    finished: &Finished,
    nonce: u64,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    encode_direct(&FinishedFrame { nonce, finished }, nonce, out, || {
        format!("the answer to case {}", finished.seq.0)
    })
}

fn encode_direct(
    message: &impl Encode,
    key: u64,
    out: &mut Vec<u8>,
    what: impl FnOnce() -> String,
) -> Result<(), CodecError> {
    frame(message.length(), key, out, what, |out| message.put(out))
}

fn encode_prost(
    message: &impl prost::Message,
    key: u64,
    name: &str,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let what = || format!("a {name}");
    frame(message.encoded_len(), key, out, what, |out| {
        out.extend_from_slice(&message.encode_to_vec());
    })
}

/// Appends a length, the fields that `put` writes, and their seal.
fn frame(
    fields: usize,
    key: u64,
    out: &mut Vec<u8>,
    what: impl FnOnce() -> String,
    put: impl FnOnce(&mut Vec<u8>),
) -> Result<(), CodecError> {
    let length = fields + SEAL_BYTES;
    if length > MAX_FRAME {
        return Err(CodecError::Oversized {
            what: what(),
            length,
        });
    }
    out.reserve(varint::length(length as u64) + length);
    varint::write(length as u64, out);
    let start = out.len();
    put(out);
    assert_eq!(
        out.len() - start,
        fields,
        "a message is as long as it was measured"
    );
    let seal = seal(key, out.get(start..).unwrap_or_default());
    out.push(SEAL_KEY);
    out.extend_from_slice(&seal.to_le_bytes());
    Ok(())
}
