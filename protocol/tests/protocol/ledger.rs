//! The ledger: whatever instant the worker dies at, the stream is completed.

use crate::round_trip::frames_to_parent;
use crate::samples::{self, NONCE};
use proptest::collection::vec;
use proptest::prelude::*;
use rewind_protocol::ledger::{LEDGER_HEADER_WORDS, LEDGER_SIZE};
use rewind_protocol::{
    CaseState, CodecError, Decoder, LEDGER_WORDS, LedgerError, LedgerReader, LedgerWriter, Outcome,
    Seq, ToParent,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// A mapping with a ring of `words` words, as it comes from the kernel.
fn mapping(words: usize) -> Vec<AtomicU64> {
    (0..LEDGER_HEADER_WORDS + words)
        .map(|_| AtomicU64::new(0))
        .collect()
}

/// Byte `n` of a stream in which no stretch looks like another.
fn byte_at(n: u64) -> u8 {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56).to_le_bytes()[0]
}

fn stretch(from: u64, to: u64) -> Vec<u8> {
    (from..to).map(byte_at).collect()
}

/// One step of a worker: commit a frame, and perhaps write what waits.
#[derive(Clone, Debug)]
struct Step {
    length: u64,
    write: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(
        (0..70_u64, any::<bool>()).prop_map(|(length, write)| Step { length, write }),
        0..60,
    )
}

/// A worker that keeps to the rules, with a pipe that takes everything.
struct Worker<'a> {
    ledger: LedgerWriter<'a>,
    flushed: u64,
}

impl Worker<'_> {
    fn step(&mut self, step: &Step) {
        if self.ledger.room(self.flushed) < usize::try_from(step.length).expect("small") {
            self.flushed = self.ledger.committed();
        }
        let from = self.ledger.committed();
        self.ledger
            .append(&stretch(from, from + step.length))
            .expect("it fits the ring");
        if step.write {
            self.flushed = self.ledger.committed();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 512 }))]

    /// Rings of odd sizes, frames of any length, death after any step with any
    /// part of the last write through the pipe.
    #[test]
    fn whatever_instant_the_worker_dies_the_stream_is_completed(
        words in 9..40_usize,
        steps in steps(),
        through in 0..=1000_u64,
    ) {
        let words = mapping(words);
        let ledger = LedgerWriter::new(&words, NONCE).unwrap();
        let reader = LedgerReader::new(&words, NONCE).unwrap();
        let mut worker = Worker { ledger, flushed: 0 };
        for step in &steps {
            worker.step(step);
            let committed = worker.ledger.committed();
            prop_assert_eq!(reader.committed(), committed);
            // A write may have been under way: the pipe took some of what waited.
            let received = worker.flushed + (committed - worker.flushed) * through / 1000;
            let mut stream = stretch(0, received);
            stream.extend(reader.tail(received).unwrap());
            prop_assert_eq!(stream, stretch(0, committed));
        }
    }

    /// A worker that died while it copied a frame has changed words that
    /// nobody needs any more.
    #[test]
    fn a_frame_that_was_being_copied_harms_no_other(
        words in 9..40_usize,
        steps in steps(),
        length in 1..70_u64,
    ) {
        let words = mapping(words);
        let ledger = LedgerWriter::new(&words, NONCE).unwrap();
        let mut worker = Worker { ledger, flushed: 0 };
        steps.iter().for_each(|step| worker.step(step));
        let committed = worker.ledger.committed();
        worker.step(&Step { length, write: false });
        let flushed = worker.flushed;
        words[16].store(committed, Ordering::Relaxed); // as if it had never been raised
        let reader = LedgerReader::new(&words, NONCE).unwrap();
        prop_assert_eq!(reader.tail(flushed).unwrap(), stretch(flushed, committed));
    }

    /// Whatever the guest writes over the header, reading does no harm.
    #[test]
    fn a_scribbled_ledger_gives_an_error_or_bytes_within_bounds(
        scribbles in vec((0..20_usize, prop_oneof![any::<u64>(), 0..400_u64]), 1..6),
        from in prop_oneof![any::<u64>(), 0..400_u64],
    ) {
        let words = mapping(16);
        let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
        ledger.append(&stretch(0, 100)).unwrap();
        for (at, value) in scribbles {
            words[at].store(value, Ordering::Relaxed);
        }
        let reader = LedgerReader::new(&words, NONCE).unwrap();
        let _ = reader.current();
        if let Ok(tail) = reader.tail(from) {
            prop_assert!(tail.len() <= 16 * 8);
            prop_assert!(tail.is_empty() || from + tail.len() as u64 == reader.committed());
        }
    }
}

#[test]
fn the_usual_ledger_is_a_page_and_four_mebibytes() {
    assert_eq!(LEDGER_SIZE, 4096 + (4 << 20));
    assert_eq!(LEDGER_WORDS * 8, LEDGER_SIZE);
}

#[test]
fn a_frame_as_large_as_the_ring_fits_at_any_offset() {
    for lead in 0..=9_u64 {
        let words = mapping(4);
        let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
        ledger.append(&stretch(0, lead)).unwrap();
        ledger.append(&stretch(lead, lead + 32)).unwrap();
        let reader = LedgerReader::new(&words, NONCE).unwrap();
        assert_eq!(reader.tail(lead).unwrap(), stretch(lead, lead + 32));
        let error = ledger.append(&[0; 33]).unwrap_err();
        assert_eq!(
            error,
            LedgerError::FrameTooLarge {
                length: 33,
                capacity: 32
            }
        );
        assert_eq!(reader.committed(), lead + 32);
    }
}

#[test]
fn room_is_what_may_be_appended_without_overwriting_what_waits() {
    let words = mapping(4);
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    assert_eq!((ledger.capacity(), ledger.room(0)), (32, 32));
    ledger.append(&[1; 20]).unwrap();
    assert_eq!(
        (ledger.room(0), ledger.room(5), ledger.room(20)),
        (12, 17, 32)
    );
}

#[test]
fn current_tells_the_case_and_how_far_it_is() {
    let words = mapping(1);
    let reader = LedgerReader::new(&words, NONCE).unwrap();
    assert_eq!(reader.current(), None, "not laid out yet");
    let ledger = LedgerWriter::new(&words, NONCE).unwrap();
    assert_eq!(reader.current(), None, "no case yet");
    ledger.begin(Seq(0));
    assert_eq!(reader.current(), Some((Seq(0), CaseState::Running)));
    ledger.restoring(Seq(0));
    assert_eq!(reader.current(), Some((Seq(0), CaseState::Restoring)));
    ledger.idle(Seq(0));
    assert_eq!(reader.current(), Some((Seq(0), CaseState::Idle)));
    ledger.begin(Seq::MAX);
    assert_eq!(reader.current(), Some((Seq::MAX, CaseState::Running)));
}

#[test]
fn a_ledger_that_was_never_laid_out_adds_nothing() {
    let words = mapping(4);
    let reader = LedgerReader::new(&words, NONCE).unwrap();
    assert_eq!(reader.tail(0), Ok(vec![]));
    assert_eq!(
        reader.tail(77),
        Ok(vec![]),
        "a refusal may have come through the pipe"
    );
}

#[test]
fn a_ledger_without_a_ring_is_refused() {
    let words = mapping(0);
    let expected = LedgerError::TooSmall {
        words: LEDGER_HEADER_WORDS,
    };
    assert_eq!(LedgerWriter::new(&words, NONCE).unwrap_err(), expected);
    assert_eq!(LedgerReader::new(&words, NONCE).unwrap_err(), expected);
    assert!(LedgerReader::new(&[], NONCE).is_err());
}

#[test]
fn another_workers_ledger_is_not_believed() {
    let words = mapping(4);
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    ledger.append(b"frame").unwrap();
    ledger.begin(Seq(3));
    let reader = LedgerReader::new(&words, NONCE + 1).unwrap();
    let expected = LedgerError::Header {
        field: "nonce",
        found: NONCE,
        expected: NONCE + 1,
    };
    assert_eq!(reader.tail(0), Err(expected));
    assert_eq!((reader.current(), reader.committed()), (None, 0));
}

#[test]
fn bounds_that_no_worker_writes_are_named() {
    let words = mapping(4);
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    ledger.append(b"frame").unwrap();
    let reader = LedgerReader::new(&words, NONCE).unwrap();
    let text = reader.tail(6).unwrap_err().to_string();
    assert_eq!(
        text,
        "complete the stream from the ledger: 6 bytes came through the pipe, 5 are committed \
         and the ring holds 32; it was overwritten"
    );
    words[16].store(33, Ordering::Relaxed);
    let expected = LedgerError::Bounds {
        received: 0,
        committed: 33,
        capacity: 32,
    };
    assert_eq!(reader.tail(0), Err(expected));
}

#[test]
fn laying_out_forgets_what_was_there() {
    let words = mapping(4);
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    ledger.append(b"frame").unwrap();
    ledger.begin(Seq(3));
    let _ = LedgerWriter::new(&words, NONCE + 1).unwrap();
    let reader = LedgerReader::new(&words, NONCE + 1).unwrap();
    assert_eq!((reader.current(), reader.committed()), (None, 0));
}

fn answers(count: u64) -> Vec<ToParent> {
    let answer = |seq| samples::finished(seq, Outcome::OutOfMemory);
    (0..count)
        .map(|seq| ToParent::Finished(Box::new(answer(seq))))
        .collect()
}

/// A ledger that holds `frames` and has `spare` bytes more than they take, or
/// somewhat less than a word above that.
fn ledger_of(frames: &[Vec<u8>], spare: usize) -> Vec<AtomicU64> {
    let words = mapping((frames.concat().len() + spare).div_ceil(8));
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    frames
        .iter()
        .for_each(|frame| ledger.append(frame).unwrap());
    words
}

/// What the parent has when the pipe gave it `pipe`, of which it took the
/// messages at once or not at all.
fn completed(
    pipe: &[u8],
    take: bool,
    words: &[AtomicU64],
) -> (Vec<ToParent>, Result<(), CodecError>) {
    let mut decoder = Decoder::for_parent(NONCE);
    decoder.feed_slice(pipe);
    let mut messages = Vec::new();
    while take && let Ok(Some(message)) = decoder.next() {
        messages.push(message);
    }
    let (rest, end) = decoder.complete(&LedgerReader::new(words, NONCE).unwrap());
    messages.extend(rest);
    (messages, end)
}

#[test]
fn every_answer_arrives_once_wherever_the_pipe_ended() {
    let messages = answers(5);
    let frames = frames_to_parent(&messages, NONCE);
    let words = ledger_of(&frames, 0);
    let stream = frames.concat();
    for received in (0..=stream.len()).step_by(if cfg!(miri) { 97 } else { 1 }) {
        for take in [false, true] {
            let (decoded, end) = completed(&stream[..received], take, &words);
            assert_eq!(
                (&decoded, end),
                (&messages, Ok(())),
                "{received} bytes of the pipe"
            );
        }
    }
}

#[test]
fn a_ring_that_holds_less_than_a_frame_more_than_the_pipe_is_enough() {
    let messages = answers(5);
    let frames = frames_to_parent(&messages, NONCE);
    let stream = frames.concat();
    // The ring holds what follows the middle of the second frame, and no more.
    let received = frames[0].len() + frames[1].len() / 2;
    let words = mapping((stream.len() - received).div_ceil(8));
    let mut ledger = LedgerWriter::new(&words, NONCE).unwrap();
    frames
        .iter()
        .for_each(|frame| ledger.append(frame).unwrap());
    let (decoded, end) = completed(&stream[..received], true, &words);
    assert_eq!((decoded, end), (messages, Ok(())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    /// A guest got at the pipe: anything may come at any place of it, and the
    /// ledger makes up for it.
    #[test]
    fn bytes_that_a_guest_writes_into_the_pipe_cost_no_answer(
        received in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        forged in vec(any::<u8>(), 1..200),
        take: bool,
    ) {
        let messages = answers(5);
        let frames = frames_to_parent(&messages, NONCE);
        let words = ledger_of(&frames, 0);
        let stream = frames.concat();
        let mut pipe = stream[..received.index(stream.len() + 1)].to_vec();
        let at = at.index(pipe.len() + 1);
        pipe.splice(at..at, forged);
        let (decoded, end) = completed(&pipe, take, &words);
        prop_assert_eq!(decoded, messages);
        prop_assert_eq!(end, Ok(()));
    }

    /// And if it has scribbled over the ledger as well, what is lost is lost,
    /// but nothing is made up.
    #[test]
    fn with_pipe_and_ledger_overwritten_no_answer_is_made_up(
        pipe in vec(any::<u8>(), 0..300),
        scribbles in vec((0..700_usize, any::<u64>()), 1..20),
    ) {
        let messages = answers(5);
        let words = ledger_of(&frames_to_parent(&messages, NONCE), 0);
        for (at, value) in scribbles {
            words[at % words.len()].store(value, Ordering::Relaxed);
        }
        let (decoded, end) = completed(&pipe, false, &words);
        prop_assert_eq!(&decoded, &messages[..decoded.len()]);
        prop_assert!(end.is_err() || decoded == messages || decoded.is_empty());
    }
}
