//! Greetings of fakes: older, newer, and of another protocol.
//!
//! The fakes write their bytes themselves, as a program of another version
//! would: with fields and values that this one has never heard of.

use crate::damage::sealed;
use crate::round_trip::decode;
use crate::samples::{self, NONCE};
use rewind_protocol::handshake::MAGIC;
use rewind_protocol::{
    Decoder, Hello, HelloReply, ToParent, ToWorker, Version, encode_to_parent, negotiate,
};

/// A greeting's fields 1 to 3, then `more`.
fn greeting(magic: u32, version: Version, more: &[u8]) -> Vec<u8> {
    let mut numbers = vec![0x08];
    prost::encode_length_delimiter(version.major as usize, &mut numbers).expect("it grows");
    numbers.push(0x10);
    prost::encode_length_delimiter(version.minor as usize, &mut numbers).expect("it grows");
    let mut fields = vec![0x0d];
    fields.extend(magic.to_le_bytes());
    fields.extend([0x12, u8::try_from(numbers.len()).expect("short")]);
    fields.extend(numbers);
    fields.push(0x19);
    fields.extend(NONCE.to_le_bytes());
    fields.extend(more);
    fields
}

fn nested(tag: u8, fields: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(fields.len()).expect("short")], fields].concat()
}

/// What a worker makes of a parent's greeting.
fn hello_from(magic: u32, version: Version, more: &[u8]) -> Result<Hello, String> {
    let frame = sealed(0, &nested(0x0a, &greeting(magic, version, more)));
    match decode(Decoder::for_worker(), &frame, &[]) {
        (messages, Ok(())) => match messages.as_slice() {
            [ToWorker::Hello(hello)] => Ok(hello.clone()),
            other => panic!("{other:?}"),
        },
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// What a parent makes of a worker's greeting.
fn reply_from(magic: u32, version: Version, more: &[u8]) -> Result<HelloReply, String> {
    let mut fields = vec![0x09];
    fields.extend(NONCE.to_le_bytes());
    fields.extend(nested(0x12, &greeting(magic, version, more)));
    match decode(Decoder::for_parent(NONCE), &sealed(NONCE, &fields), &[]) {
        (messages, Ok(())) => match messages.as_slice() {
            [ToParent::HelloReply(reply)] => Ok(reply.clone()),
            other => panic!("{other:?}"),
        },
        (_, Err(error)) => Err(error.to_string()),
    }
}

const fn version(major: u32, minor: u32) -> Version {
    Version { major, minor }
}

/// Tracking auto, verify off, isolation checkpoint, one layer.
const HELLO_REST: &[u8] = b"\x40\x01\x48\x01\x58\x01\x78\x01";
/// Tracking by copying.
const REPLY_REST: &[u8] = b"\x38\x04";
/// Of a later major version: field 20, a varint; field 21, a text; fields 7 and
/// 8 the number 99, which is no choice of ours, and in one of the two greetings
/// not even of the right type.
const FROM_LATER: &[u8] = b"\xa0\x01\x05\xaa\x01\x03new\x38\x63\x40\x63";

#[test]
fn a_parent_with_a_newer_minor_is_answered_in_ours() {
    // Field 20 came with 2.9, and this side can do without.
    let hello = hello_from(
        MAGIC,
        version(2, 9),
        &[HELLO_REST, b"\xa0\x01\x05"].concat(),
    )
    .unwrap();
    assert_eq!(hello.version, version(2, 9));
    assert_eq!(
        negotiate(Version::CURRENT, hello.version),
        Ok(Version::CURRENT)
    );
}

#[test]
fn a_worker_with_an_older_minor_is_spoken_to_in_its_own() {
    let reply = reply_from(MAGIC, version(2, 0), REPLY_REST).unwrap();
    assert_eq!(negotiate(version(2, 5), reply.version), Ok(version(2, 0)));
}

#[test]
fn a_parent_of_a_newer_major_is_refused_by_name() {
    let hello = hello_from(MAGIC, version(3, 3), FROM_LATER).unwrap();
    assert_eq!((hello.version, hello.nonce), (version(3, 3), NONCE));
    let reason = negotiate(Version::CURRENT, hello.version)
        .unwrap_err()
        .to_string();
    assert_eq!(
        reason,
        "agree on a protocol version: this side speaks 2.0 and the other side 3.3; \
         update the program on this side, or start both from one release"
    );
    // The refusal reaches the parent: it carries the nonce that was sent.
    let mut frame = Vec::new();
    encode_to_parent(
        &ToParent::Refused {
            reason: reason.clone(),
        },
        hello.nonce,
        &mut frame,
    )
    .unwrap();
    let (messages, end) = decode(Decoder::for_parent(NONCE), &frame, &[]);
    assert_eq!(
        (messages, end),
        (vec![ToParent::Refused { reason }], Ok(()))
    );
}

#[test]
fn a_greeting_of_ours_with_fields_of_the_wrong_type_is_no_stranger() {
    let error = reply_from(MAGIC, Version::CURRENT, FROM_LATER).unwrap_err();
    assert!(error.contains("invalid wire type"), "{error}");
    let error = hello_from(MAGIC, Version::CURRENT, b"\x20\x63").unwrap_err();
    assert!(error.contains("invalid wire type"), "{error}");
}

#[test]
fn a_parent_of_an_older_major_is_refused_by_name() {
    // Its field 4 was a number.
    let hello = hello_from(MAGIC, version(0, 7), b"\x20\x63").unwrap();
    assert_eq!((hello.version, hello.nonce), (version(0, 7), NONCE));
    let reason = negotiate(Version::CURRENT, hello.version)
        .unwrap_err()
        .to_string();
    assert_eq!(
        reason,
        "agree on a protocol version: this side speaks 2.0 and the other side 0.7; \
         update the program on the other side, or start both from one release"
    );
}

#[test]
fn a_worker_of_another_major_is_noticed_by_the_parent() {
    for (theirs, program) in [
        (version(3, 0), "this side"),
        (version(0, 9), "the other side"),
    ] {
        let reply = reply_from(MAGIC, theirs, FROM_LATER).unwrap();
        let text = negotiate(Version::CURRENT, reply.version)
            .unwrap_err()
            .to_string();
        assert_eq!(
            text,
            format!(
                "agree on a protocol version: this side speaks 2.0 and the other side {theirs}; \
                 update the program on {program}, or start both from one release"
            )
        );
    }
}

#[test]
fn a_greeting_without_the_magic_is_of_another_protocol() {
    let text = "the greeting opens with 0x21646170 where 0x444e5752 belongs";
    let magic = u32::from_le_bytes(*b"pad!");
    let error = hello_from(magic, Version::CURRENT, HELLO_REST).unwrap_err();
    assert!(error.contains(text), "{error}");
    let error = reply_from(magic, Version::CURRENT, REPLY_REST).unwrap_err();
    assert!(error.contains(text), "{error}");
}

#[test]
fn a_worker_that_tracks_by_auto_is_refused() {
    let error = reply_from(MAGIC, Version::CURRENT, b"\x38\x01").unwrap_err();
    assert!(
        error.contains("field `tracking` of HelloReply is `auto`"),
        "{error}"
    );
}

#[test]
fn a_hello_of_this_version_must_be_whole() {
    let error = hello_from(MAGIC, Version::CURRENT, b"").unwrap_err();
    assert!(
        error.contains("field `layer_limit` of Hello is missing"),
        "{error}"
    );
    let error = hello_from(MAGIC, Version::CURRENT, b"\x78\x01").unwrap_err();
    assert!(
        error.contains("field `tracking` of Hello is missing"),
        "{error}"
    );
    // The golden bytes are of the first version, which is spoken still.
    let first = samples::hello().version;
    assert_eq!(negotiate(Version::CURRENT, first), Ok(version(2, 0)));
}
