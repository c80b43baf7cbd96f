//! The first messages: who is served, who is refused, and what either is told.

use crate::parent::{NONCE, Parent, case, hello};
use rewind_protocol::handshake::MAGIC;
use rewind_protocol::{Hello, Outcome, ToParent, ToWorker, Tracking, Version};
use rewind_sys::process::ExitStatus;

/// What a worker says to `hello`, which it must refuse; it ends by itself.
fn refusal(hello: Hello) -> String {
    let mut parent = match hello.ledger {
        true => Parent::start_with_ledger(),
        false => Parent::start(),
    };
    parent.say(&ToWorker::Hello(hello));
    let reason = match parent.hear() {
        Some(ToParent::Refused { reason }) => reason,
        other => panic!("not refused but {other:?}"),
    };
    assert_eq!(parent.hear(), None, "nothing follows a refusal");
    assert_eq!(parent.end().0, ExitStatus::Exited(0));
    reason
}

#[test]
fn greeting_is_answered_with_who_is_there() {
    let (mut parent, reply) = Parent::greet(hello());
    assert_eq!((reply.version, reply.nonce), (Version::CURRENT, NONCE));
    assert_eq!(reply.guest_name, "quickjs");
    assert!(!reply.guest_version.is_empty() && !reply.tracking_reason.is_empty());
    assert_ne!(reply.tracking, Tracking::Auto);
    assert_eq!(reply.page_size, 4096);
    assert_eq!(i64::from(reply.pid), i64::from(parent.child().pid().0));
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
}

#[test]
fn lower_minor_version_is_spoken() {
    let newer = Version {
        major: Version::CURRENT.major,
        minor: Version::CURRENT.minor + 7,
    };
    let (_parent, reply) = Parent::greet(Hello {
        version: newer,
        ..hello()
    });
    assert_eq!(reply.version, Version::CURRENT);
}

#[test]
fn other_major_version_is_refused_with_both_versions_and_the_mend() {
    let ours = Version::CURRENT;
    for (major, side) in [
        (ours.major + 1, "this side"),
        (ours.major - 1, "the other side"),
    ] {
        let theirs = Version { major, minor: 3 };
        let reason = refusal(Hello {
            version: theirs,
            ..hello()
        });
        assert_eq!(
            reason,
            format!(
                "failed to agree on a protocol version: this side speaks {ours} and the other \
                 side {theirs}; update the program on {side}, or start both from one release"
            )
        );
    }
}

/// A greeting of a major version whose further fields are of other types.
#[test]
fn greeting_of_a_major_version_that_does_not_parse_is_refused_as_well() {
    let mut greeting = vec![0x0d];
    greeting.extend(MAGIC.to_le_bytes());
    greeting.extend([0x12, 4, 0x08, 9, 0x10, 1]);
    greeting.push(0x19);
    greeting.extend(NONCE.to_le_bytes());
    greeting.extend([0x20, 1, 0x28, 1]);
    let mut body = vec![0x0a, u8::try_from(greeting.len()).expect("short")];
    body.extend(greeting);
    let mut parent = Parent::start();
    parent.send(&framed(&body));
    match parent.hear() {
        Some(ToParent::Refused { reason }) => assert!(reason.contains("9.1"), "{reason}"),
        other => panic!("not refused but {other:?}"),
    }
}

/// A frame around the fields of a short message, sealed.
fn framed(body: &[u8]) -> Vec<u8> {
    use rewind_protocol::codec::{SEAL_BYTES, SEAL_KEY, WORKER_KEY, seal};
    let mut frame = vec![u8::try_from(body.len() + SEAL_BYTES).expect("short")];
    frame.extend(body);
    frame.push(SEAL_KEY);
    frame.extend(seal(WORKER_KEY, body).to_le_bytes());
    frame
}

#[test]
fn greeting_that_lacks_a_field_is_refused_with_its_name() {
    for (field, hello) in [
        (
            "guest",
            Hello {
                guest: String::new(),
                ..hello()
            },
        ),
        (
            "heap_cap",
            Hello {
                heap_cap: 0,
                ..hello()
            },
        ),
        (
            "rss_hard_limit",
            Hello {
                rss_hard_limit: 0,
                ..hello()
            },
        ),
    ] {
        let reason = refusal(hello);
        let wanted =
            format!("failed to understand the greeting: field `{field}` of Hello is missing");
        assert_eq!(reason, wanted);
    }
}

/// Enumerations and limits that have no value for "not said" are missed by the codec.
#[test]
fn greeting_that_lacks_a_choice_is_refused_with_its_name() {
    let nonce = [&[0x19][..], &NONCE.to_le_bytes()].concat();
    let version = [0x12, 4, 0x08, 2, 0x10, 0];
    let [layers, tracking, verify] = [[0x78, 1], [0x40, 1], [0x48, 1]];
    for (field, fields) in [
        ("version", vec![]),
        ("layer_limit", version.to_vec()),
        ("tracking", [&version[..], &layers].concat()),
        ("verify", [&version[..], &layers, &tracking].concat()),
        (
            "isolation",
            [&version[..], &layers, &tracking, &verify].concat(),
        ),
    ] {
        let mut greeting = vec![0x0d];
        greeting.extend(MAGIC.to_le_bytes());
        greeting.extend(&nonce);
        greeting.extend(fields);
        let mut body = vec![0x0a, u8::try_from(greeting.len()).expect("short")];
        body.extend(greeting);
        let mut parent = Parent::start();
        parent.send(&framed(&body));
        let reason =
            format!("failed to understand the greeting: field `{field}` of Hello is missing");
        assert_eq!(parent.hear(), Some(ToParent::Refused { reason }));
        assert_eq!(parent.hear(), None);
        assert_eq!(parent.end().0, ExitStatus::Exited(0));
    }
}

#[test]
fn guest_that_is_not_there_is_refused_with_those_that_are() {
    let reason = refusal(Hello {
        guest: "cobol".to_owned(),
        ..hello()
    });
    let named = reason.strip_prefix("failed to find the guest \"cobol\"; this build has: ");
    assert!(
        named.is_some_and(|all| all.split(", ").any(|name| name == "quickjs")),
        "{reason}"
    );
}

#[test]
fn heap_that_is_too_small_for_the_engine_is_refused() {
    let reason = refusal(Hello {
        heap_cap: 64 << 10,
        ..hello()
    });
    assert!(reason.starts_with("failed to "), "{reason}");
    assert!(reason.contains("heap"), "{reason}");
}

#[test]
fn foreign_protocol_is_an_error_on_stderr() {
    // `G` promises a frame of 71 bytes.
    let request =
        b"GET /worker HTTP/1.1\r\nHost: example.org\r\nAccept: application/x-rewind\r\n\r\n";
    let (status, text) = after(request);
    assert_eq!(status, ExitStatus::Exited(3));
    assert_eq!(
        text,
        "error: failed to read what the parent says: read the frame at byte 0 of the stream: \
         it doesn't end in a seal; is the other side of an older kind?\n"
    );
}

#[test]
fn frame_that_claims_too_much_is_an_error_before_its_bytes_come() {
    let (status, text) = after(&[0xff, 0xff, 0xff, 0x7f, 1, 2, 3]);
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(
        text.contains("it claims 268435455 bytes and may have at most"),
        "{text}"
    );
}

#[test]
fn greeting_that_is_cut_off_is_an_error() {
    let mut parent = Parent::start();
    let mut frame = Vec::new();
    let greeting = ToWorker::Hello(hello());
    rewind_protocol::encode_to_worker(&greeting, &mut frame).expect("encoded");
    parent.send(&frame[..frame.len() - 1]);
    parent.hang_up();
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("the stream ends"), "{text}");
}

#[test]
fn first_message_that_is_no_greeting_is_an_error() {
    let mut parent = Parent::start();
    parent.say(&ToWorker::Ping { token: 1 });
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(
        text.contains("the parent's first message is no Hello"),
        "{text}"
    );
}

/// How a worker ends that was sent `bytes` first, and what it says.
fn after(bytes: &[u8]) -> (ExitStatus, String) {
    let mut parent = Parent::start();
    parent.send(bytes);
    parent.end()
}

#[test]
fn end_of_the_stream_at_once_is_no_error() {
    let mut parent = Parent::start();
    parent.hang_up();
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn help_explains_both_dialects() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args(["worker", "--help"])
        .output()
        .expect("started");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    for word in [
        "--ledger-fd N",
        "--dialect lambda-v1",
        "--timeout SECS",
        "Exit codes:",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn argument_that_a_worker_does_not_have_is_named() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args(["worker", "--speed"])
        .output()
        .expect("started");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text.contains("--speed") && text.contains("--ledger-fd N"),
        "{text}"
    );
}
