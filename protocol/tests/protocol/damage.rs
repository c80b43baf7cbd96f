//! Streams that were cut, repeated or written into end in an error, and
//! whatever was decoded before it is exactly what was sent.

use crate::round_trip::{decode, frames_to_parent, frames_to_worker};
use crate::samples::{self, NONCE};
use crate::strategies::{stream_to_parent, stream_to_worker};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rewind_protocol::codec::{Incoming, seal};
use rewind_protocol::{
    CodecError, Decoder, FrameFault, MAX_FRAME, Outcome, Seq, ToParent, encode_to_parent,
};

/// Something that happens to a stream.
#[derive(Clone, Debug)]
enum Damage {
    /// Bytes are lost.
    Cut(Index, Index),
    /// Bytes come twice.
    Repeat(Index, Index),
    /// Bytes come in between.
    Insert(Index, Vec<u8>),
    /// Bytes are replaced.
    Overwrite(Index, Vec<u8>),
}

impl Damage {
    fn strike(&self, stream: &mut Vec<u8>) {
        let length = stream.len();
        let span = |a: &Index, b: &Index| {
            let (a, b) = (a.index(length + 1), b.index(length + 1));
            a.min(b)..a.max(b)
        };
        match self {
            Self::Cut(a, b) => drop(stream.drain(span(a, b))),
            Self::Repeat(a, b) => {
                let span = span(a, b);
                let again = stream[span.clone()].to_vec();
                stream.splice(span.end..span.end, again);
            }
            Self::Insert(at, bytes) => {
                let at = at.index(length + 1);
                stream.splice(at..at, bytes.iter().copied());
            }
            Self::Overwrite(at, bytes) => {
                let at = at.index(length + 1);
                stream
                    .iter_mut()
                    .skip(at)
                    .zip(bytes)
                    .for_each(|(old, &new)| *old = new);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let garbage = || vec(any::<u8>(), 1..40);
    prop_oneof![
        any::<(Index, Index)>().prop_map(|(a, b)| Damage::Cut(a, b)),
        any::<(Index, Index)>().prop_map(|(a, b)| Damage::Repeat(a, b)),
        (any::<Index>(), garbage()).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), garbage()).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
    ]
}

/// Holds what came out of a damaged stream against the frames that were sent:
/// each message is one that was sent, up to the first byte that differs they
/// are those that were sent there, and a stream that was not cut or repeated
/// between two frames ends in an error.
fn judge<M: Incoming + PartialEq + std::fmt::Debug>(
    messages: &[M],
    frames: &[Vec<u8>],
    damaged: &[u8],
    decoded: &[M],
    end: &Result<(), CodecError>,
) -> Result<(), TestCaseError> {
    let whole_frames = split_into(damaged, frames);
    prop_assert_eq!(
        end.is_ok(),
        whole_frames.is_some() && !repeats(messages, &whole_frames)
    );
    let sound = damaged
        .iter()
        .zip(frames.concat())
        .take_while(|(a, b)| **a == *b)
        .count();
    let mut length = 0;
    let before = frames.iter().take_while(|frame| {
        length += frame.len();
        length <= sound
    });
    let before = before.count();
    prop_assert!(
        decoded.len() >= before,
        "{} of {before} came",
        decoded.len()
    );
    prop_assert_eq!(&decoded[..before], &messages[..before]);
    for message in decoded {
        prop_assert!(messages.contains(message), "{:?} was never sent", message);
    }
    Ok(())
}

/// Which frames a stream is made of, if it is made of whole ones.
fn split_into(mut stream: &[u8], frames: &[Vec<u8>]) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    while !stream.is_empty() {
        let at = frames.iter().position(|frame| stream.starts_with(frame))?;
        stream = &stream[frames[at].len()..];
        found.push(at);
    }
    Some(found)
}

/// Whether a stream of whole frames sends a case again or late, or answers one again.
fn repeats<M: Incoming + std::fmt::Debug>(messages: &[M], order: &Option<Vec<usize>>) -> bool {
    let order = order.as_deref().unwrap_or_default();
    let of_kind = |kind: &str| {
        let is_kind = |at: &usize| format!("{:?}", messages[*at]).starts_with(kind);
        order.iter().copied().filter(is_kind).collect::<Vec<_>>()
    };
    let runs = of_kind("Run(");
    let mut answers = of_kind("Finished(");
    answers.sort_unstable();
    runs.windows(2).any(|pair| pair[0] >= pair[1])
        || answers.windows(2).any(|pair| pair[0] == pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn damage_on_the_way_to_the_worker_changes_no_message(
        messages in stream_to_worker(NONCE),
        damages in vec(damage(), 1..4),
        sizes in vec(0..200_usize, 0..20),
    ) {
        let frames = frames_to_worker(&messages);
        let mut stream = frames.concat();
        damages.iter().for_each(|damage| damage.strike(&mut stream));
        let (decoded, end) = decode(Decoder::for_worker(), &stream, &sizes);
        judge(&messages, &frames, &stream, &decoded, &end)?;
    }

    #[test]
    fn damage_on_the_way_to_the_parent_changes_no_message(
        messages in stream_to_parent(NONCE),
        damages in vec(damage(), 1..4),
        sizes in vec(0..200_usize, 0..20),
    ) {
        let frames = frames_to_parent(&messages, NONCE);
        let mut stream = frames.concat();
        damages.iter().for_each(|damage| damage.strike(&mut stream));
        let (decoded, end) = decode(Decoder::for_parent(NONCE), &stream, &sizes);
        judge(&messages, &frames, &stream, &decoded, &end)?;
    }

    #[test]
    fn garbage_is_no_message(stream in vec(any::<u8>(), 0..2000), sizes in vec(0..99_usize, 0..9)) {
        let (decoded, end) = decode(Decoder::for_parent(NONCE), &stream, &sizes);
        prop_assert!(decoded.is_empty());
        prop_assert_eq!(end.is_ok(), stream.is_empty());
        let (decoded, end) = decode(Decoder::for_worker(), &stream, &sizes);
        prop_assert!(decoded.is_empty());
        prop_assert_eq!(end.is_ok(), stream.is_empty());
    }

    /// Past the seal, so that the fields themselves are judged.
    #[test]
    fn sealed_garbage_does_no_harm(body in vec(any::<u8>(), 0..200)) {
        let (_, end) = decode(Decoder::for_worker(), &sealed(0, &body), &[]);
        prop_assert!(matches!(end, Ok(()) | Err(CodecError::Frame { at: 0, .. })), "{end:?}");
        let (_, end) = decode(Decoder::for_parent(NONCE), &sealed(NONCE, &body), &[]);
        prop_assert!(matches!(end, Ok(()) | Err(CodecError::Frame { at: 0, .. })), "{end:?}");
    }

    /// A sealed frame whose fields were damaged first: what a faulty peer could send.
    #[test]
    fn sealed_damage_does_no_harm(which: Index, damages in vec(damage(), 1..4)) {
        let (_, messages): (Vec<_>, Vec<_>) = samples::to_parent().into_iter().unzip();
        let frames = frames_to_parent(&messages, NONCE);
        let mut fields = fields_of(&frames[which.index(frames.len())]).to_vec();
        damages.iter().for_each(|damage| damage.strike(&mut fields));
        let (decoded, end) = decode(Decoder::for_parent(NONCE), &sealed(NONCE, &fields), &[]);
        prop_assert_eq!(decoded.len(), usize::from(end.is_ok()));
    }
}

/// A frame of the fields given, with a seal that fits.
pub(crate) fn sealed(key: u64, fields: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    prost::encode_length_delimiter(fields.len() + 9, &mut frame).expect("a vector grows");
    frame.extend_from_slice(fields);
    frame.push(0x79);
    frame.extend_from_slice(&seal(key, fields).to_le_bytes());
    frame
}

/// What lies between a frame's length and its seal.
fn fields_of(frame: &[u8]) -> &[u8] {
    let prefix = frame
        .iter()
        .position(|byte| byte & 0x80 == 0)
        .expect("a length ends")
        + 1;
    &frame[prefix..frame.len() - 9]
}

fn fault_of(end: Result<(), CodecError>) -> FrameFault {
    match end {
        Err(CodecError::Frame { fault, .. }) => fault,
        other => panic!("{other:?} is no fault of a frame"),
    }
}

#[test]
fn a_stream_that_ends_at_any_byte_gives_the_whole_frames_before_it() {
    let (_, messages): (Vec<_>, Vec<_>) = samples::to_parent().into_iter().unzip();
    let frames = frames_to_parent(&messages, NONCE);
    let stream = frames.concat();
    for end in 0..=stream.len() {
        let mut at = 0;
        let mut whole = 0;
        while whole < frames.len() && at + frames[whole].len() <= end {
            at += frames[whole].len();
            whole += 1;
        }
        let (decoded, result) = decode(Decoder::for_parent(NONCE), &stream[..end], &[]);
        assert_eq!(decoded, &messages[..whole], "cut at {end}");
        let (at, have) = (at as u64, (end - at) as u64);
        let expected = if have == 0 {
            Ok(())
        } else {
            Err(CodecError::Cut { at, have })
        };
        assert_eq!(result, expected, "cut at {end}");
    }
}

#[test]
fn any_bit_flipped_in_any_sample_is_noticed() {
    let (_, messages): (Vec<_>, Vec<_>) = samples::to_worker().into_iter().unzip();
    for frame in frames_to_worker(&messages) {
        for bit in 0..frame.len() * 8 {
            let mut frame = frame.clone();
            frame[bit / 8] ^= 1 << (bit % 8);
            let (decoded, end) = decode(Decoder::for_worker(), &frame, &[]);
            assert_eq!(decoded, [], "bit {bit}");
            assert!(end.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn a_frame_with_another_nonce_is_forged() {
    let message = ToParent::Finished(Box::new(samples::finished(1, Outcome::Completed)));
    let [frame] = frames_to_parent(&[message], NONCE ^ 1).try_into().unwrap();
    // Sealed with the wrong key.
    let (decoded, end) = decode(Decoder::for_parent(NONCE), &frame, &[]);
    assert_eq!((decoded, fault_of(end)), (vec![], FrameFault::Seal));
    // Sealed with the right key: that takes a worker which mixes up its nonces.
    let (decoded, end) = decode(
        Decoder::for_parent(NONCE),
        &sealed(NONCE, fields_of(&frame)),
        &[],
    );
    assert_eq!(
        (decoded, fault_of(end)),
        (vec![], FrameFault::Nonce { found: NONCE ^ 1 })
    );
}

#[test]
fn a_reply_to_another_parent_is_forged() {
    let mut reply = samples::hello_reply();
    reply.nonce += 1;
    let mut frame = Vec::new();
    encode_to_parent(&ToParent::HelloReply(reply), NONCE, &mut frame).unwrap();
    let (_, end) = decode(Decoder::for_parent(NONCE), &frame, &[]);
    assert_eq!(fault_of(end), FrameFault::Nonce { found: NONCE + 1 });
}

#[test]
fn a_length_above_the_limit_is_refused_before_its_bytes_come() {
    let mut frame = Vec::new();
    prost::encode_length_delimiter(MAX_FRAME + 1, &mut frame).unwrap();
    let (_, end) = decode(Decoder::for_worker(), &frame, &[]);
    assert_eq!(fault_of(end), FrameFault::TooLong(MAX_FRAME + 1));
}

#[test]
fn a_length_that_is_no_short_varint_is_refused() {
    for length in [
        &b"\xff\xff\xff\xff\x00"[..],
        b"\x80\x80\x80\x80",
        b"\x8a\x00",
        b"\x80\x00",
    ] {
        let (_, end) = decode(Decoder::for_worker(), length, &[]);
        assert_eq!(fault_of(end), FrameFault::Length, "{length:x?}");
    }
}

#[test]
fn frames_without_a_seal_are_refused() {
    for frame in [
        &b"\x00"[..],
        b"\x02\x32\x00",
        b"\x0b\x32\x00\x71\x01\x02\x03\x04\x05\x06\x07\x08",
    ] {
        let (_, end) = decode(Decoder::for_worker(), frame, &[]);
        assert_eq!(fault_of(end), FrameFault::Unsealed, "{frame:x?}");
    }
}

#[test]
fn what_is_printed_between_frames_ends_the_stream() {
    let before = frames_to_parent(&[ToParent::Ready], NONCE).concat();
    let after = frames_to_parent(&[ToParent::Started { seq: Seq(1) }], NONCE).concat();
    let stream = [&before[..], b"Test262:AsyncTestComplete\n", &after].concat();
    let (decoded, end) = decode(Decoder::for_parent(NONCE), &stream, &[]);
    assert_eq!(decoded, [ToParent::Ready]);
    let error = end.unwrap_err().to_string();
    let place = format!("read the frame at byte {} of the stream: ", before.len());
    assert!(error.starts_with(&place), "{error}");
}

#[test]
fn missing_and_unknown_fields_are_named() {
    let nested = |tag: u8, fields: &[u8]| {
        let length = u8::try_from(fields.len()).expect("short");
        [&[tag, length], fields].concat()
    };
    // Run with a deadline alone; with the variant `A`; without a deadline.
    for (fields, text) in [
        (&b"\x30\x01"[..], "field `variant` of Run is missing"),
        (b"\x30\x01\x4a\x01A", "field `variant` of Run is no name"),
        (b"\x4a\x01a", "field `deadline_ms` of Run is missing"),
    ] {
        let frame = sealed(0, &nested(0x1a, fields));
        let (_, end) = decode(Decoder::for_worker(), &frame, &[]);
        assert_eq!(fault_of(end).to_string(), text);
    }
    // Message 14, which no version has yet, and no message at all.
    for fields in [nested(0x72, b""), vec![]] {
        let (_, end) = decode(Decoder::for_worker(), &sealed(0, &fields), &[]);
        assert_eq!(fault_of(end), FrameFault::Unknown);
    }
    // A preamble that is its own parent.
    let frame = sealed(0, &nested(0x12, b"\x08\x01\x10\x01"));
    let (_, end) = decode(Decoder::for_worker(), &frame, &[]);
    let text = fault_of(end).to_string();
    assert_eq!(text, "field `parent` of Preamble is the preamble itself");
}
