//! What is encoded is decoded again, in whatever pieces it comes.

use crate::samples::{self, NONCE};
use crate::strategies::{stream_to_parent, stream_to_worker, to_parent, to_worker};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use rewind_protocol::codec::Incoming;
use rewind_protocol::{
    CodecError, Decoder, MAX_FRAME, Run, Seq, ToParent, ToWorker, encode_run, encode_to_parent,
    encode_to_worker,
};

pub(crate) fn frames_to_worker(messages: &[ToWorker]) -> Vec<Vec<u8>> {
    let encode = |message| {
        let mut out = Vec::new();
        encode_to_worker(message, &mut out).expect("it fits a frame");
        out
    };
    messages.iter().map(encode).collect()
}

pub(crate) fn frames_to_parent(messages: &[ToParent], nonce: u64) -> Vec<Vec<u8>> {
    let encode = |message| {
        let mut out = Vec::new();
        encode_to_parent(message, nonce, &mut out).expect("it fits a frame");
        out
    };
    messages.iter().map(encode).collect()
}

/// All messages of a stream cut into pieces of the sizes given (the rest at
/// once), and how it ended.
pub(crate) fn decode<M: Incoming>(
    mut decoder: Decoder<M>,
    stream: &[u8],
    sizes: &[usize],
) -> (Vec<M>, Result<(), CodecError>) {
    let mut messages = Vec::new();
    let mut rest = stream;
    for &size in sizes.iter().chain([&usize::MAX]) {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        decoder.feed_slice(piece);
        loop {
            match decoder.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        decoder.next().err().as_ref(),
                        Some(&error),
                        "it stays failed"
                    );
                    return (messages, Err(error));
                }
            }
        }
    }
    assert_eq!(decoder.received(), stream.len() as u64);
    (messages, decoder.finish())
}

proptest! {
    #[test]
    fn any_message_to_the_worker_comes_back(nonce: u64, message in to_worker(7)) {
        let _ = nonce;
        let [frame] = frames_to_worker(std::slice::from_ref(&message)).try_into().unwrap();
        prop_assert_eq!(decode(Decoder::for_worker(), &frame, &[]), (vec![message], Ok(())));
    }

    #[test]
    fn any_message_to_the_parent_comes_back(
        (nonce, message) in any::<u64>().prop_flat_map(|nonce| (Just(nonce), to_parent(nonce))),
    ) {
        let [frame] = frames_to_parent(std::slice::from_ref(&message), nonce).try_into().unwrap();
        prop_assert_eq!(decode(Decoder::for_parent(nonce), &frame, &[]), (vec![message], Ok(())));
    }

    #[test]
    fn pieces_of_any_size_give_the_same_messages_to_the_worker(
        messages in stream_to_worker(NONCE),
        sizes in vec(0..60_usize, 0..200),
    ) {
        let stream = frames_to_worker(&messages).concat();
        prop_assert_eq!(decode(Decoder::for_worker(), &stream, &sizes), (messages, Ok(())));
    }

    #[test]
    fn pieces_of_any_size_give_the_same_messages_to_the_parent(
        messages in stream_to_parent(NONCE),
        sizes in vec(0..60_usize, 0..200),
    ) {
        let stream = frames_to_parent(&messages, NONCE).concat();
        prop_assert_eq!(decode(Decoder::for_parent(NONCE), &stream, &sizes), (messages, Ok(())));
    }
}

#[test]
fn single_bytes_give_every_sample_and_count_them() {
    let (_, messages): (Vec<_>, Vec<_>) = samples::to_parent().into_iter().unzip();
    let frames = frames_to_parent(&messages, NONCE);
    let mut decoder = Decoder::for_parent(NONCE);
    let (mut decoded, mut length) = (Vec::new(), 0);
    for frame in &frames {
        for (at, &byte) in frame.iter().enumerate() {
            assert_eq!(decoder.consumed(), length, "only whole frames count");
            decoder.feed(vec![byte]);
            let message = decoder.next().unwrap();
            assert_eq!(message.is_some(), at + 1 == frame.len());
            decoded.extend(message);
        }
        length += frame.len() as u64;
        assert_eq!((decoder.consumed(), decoder.received()), (length, length));
    }
    assert_eq!(decoded, messages);
}

#[test]
fn sources_and_outputs_are_slices_of_the_chunk() {
    let run = samples::run(0);
    let mut frame = Vec::new();
    encode_run(&run, &mut frame).unwrap();
    let chunk = Bytes::from(frame);
    let within = chunk.as_ptr_range();
    let mut decoder = Decoder::for_worker();
    decoder.feed(chunk.clone());
    let Ok(Some(ToWorker::Run(decoded))) = decoder.next() else {
        panic!("a case was sent")
    };
    assert_eq!(decoded.source, run.source);
    assert!(
        within.contains(&decoded.source.as_ptr()),
        "the source was copied"
    );
}

fn run_of(length: usize) -> Run {
    Run {
        source: Bytes::from(vec![b' '; length]),
        ..samples::run(5)
    }
}

#[test]
fn a_frame_may_be_exactly_as_large_as_the_limit() {
    let mut frame = Vec::new();
    encode_run(&run_of(MAX_FRAME - 1000), &mut frame).unwrap();
    let overhead = frame.len() - (MAX_FRAME - 1000) - 4;
    let largest = run_of(MAX_FRAME - overhead);
    frame.clear();
    encode_run(&largest, &mut frame).unwrap();
    assert_eq!(frame.len(), MAX_FRAME + 4);
    let (messages, end) = decode(Decoder::for_worker(), &frame, &[]);
    assert_eq!(end, Ok(()));
    assert!(messages == [ToWorker::Run(largest)]);
    let mut out = b"kept".to_vec();
    let error = encode_run(&run_of(MAX_FRAME - overhead + 1), &mut out).unwrap_err();
    assert_eq!(out, b"kept", "nothing is written of what doesn't fit");
    assert_eq!(
        error.to_string(),
        "encode case 5 of test/language/expressions/addition/order.js: it takes 25165825 bytes \
         and a frame holds at most 25165824"
    );
}

#[test]
fn cases_must_count_upwards_and_may_leave_gaps() {
    let run = |seq| ToWorker::Run(samples::run(seq));
    let stream = frames_to_worker(&[run(3), run(9), run(9)]).concat();
    let (messages, end) = decode(Decoder::for_worker(), &stream, &[]);
    assert_eq!(messages, [run(3), run(9)]);
    let error = end.unwrap_err().to_string();
    assert!(
        error.ends_with("Run comes a second time, or late, for case 9"),
        "{error}"
    );
}

#[test]
fn a_second_answer_to_a_case_is_an_error() {
    let finished = |seq| ToParent::Finished(Box::new(samples::bare_finished(seq)));
    let messages = [finished(0), finished(2), finished(1), finished(0)];
    let stream = frames_to_parent(&messages, NONCE).concat();
    let (decoded, end) = decode(Decoder::for_parent(NONCE), &stream, &[]);
    assert_eq!(decoded, &messages[..3]);
    let error = end.unwrap_err().to_string();
    assert!(
        error.ends_with("Finished comes a second time, or late, for case 0"),
        "{error}"
    );
}

#[test]
fn a_case_number_that_no_ledger_holds_is_an_error() {
    let mut frame = Vec::new();
    encode_to_worker(
        &ToWorker::Cancel {
            seq: Seq(Seq::MAX.0 + 1),
        },
        &mut frame,
    )
    .unwrap();
    let (_, end) = decode(Decoder::for_worker(), &frame, &[]);
    assert!(
        end.unwrap_err()
            .to_string()
            .ends_with("field `seq` of Cancel is above 2^62 - 1")
    );
}
