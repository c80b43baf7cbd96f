//! Words that test262 and a guest for it agree on: variants, attributes, notices.

use rewind_protocol::line::TextRules;
use rewind_protocol::{Attributes, ErrorPhase, PrintedNotice, Variant};

/// Global code as it stands.
pub const SLOPPY: Variant = Variant::named(&"sloppy");
/// Global code made strict.
pub const STRICT: Variant = Variant::named(&"strict");
/// Module code.
pub const MODULE: Variant = Variant::named(&"module");
/// Global code as it stands, with no harness before it.
pub const RAW: Variant = Variant::named(&"raw");

/// All of them, in the order in which they are told.
pub const ALL: [Variant; 4] = [SLOPPY, STRICT, MODULE, RAW];

/// The variant of that name.
#[must_use]
pub fn of_name(name: &str) -> Option<Variant> {
    ALL.into_iter().find(|variant| variant.name() == name)
}

/// The case says by a notice that it is done.
pub const ASYNC: &str = "async";
/// `Atomics.wait` in the main agent throws.
pub const CANNOT_BLOCK: &str = "cannot-block";
/// What the main agent of a guest must be able to do for some tests: to wait in
/// `Atomics.wait`.
pub const CAN_BLOCK: &str = "can-block";

/// The attributes of a case with these flags.
#[must_use]
pub const fn attributes(is_async: bool, cannot_block: bool) -> Attributes {
    match (is_async, cannot_block) {
        (false, false) => Attributes::NONE,
        (true, false) => Attributes::listed(&"async"),
        (false, true) => Attributes::listed(&"cannot-block"),
        (true, true) => Attributes::listed(&"async,cannot-block"),
    }
}

/// While a test was parsed, early errors included.
pub const PARSE: ErrorPhase = ErrorPhase::named("parse");
/// While its module graph was resolved and linked.
pub const RESOLUTION: ErrorPhase = ErrorPhase::named("resolution");

/// An asynchronous test is done.
pub const ASYNC_COMPLETED: &str = "async-completed";
/// An asynchronous test is done, and has failed; with the reason.
pub const ASYNC_FAILED: &str = "async-failed";

/// The lines that test262 has a host look for.
const PRINTED: [PrintedNotice; 2] = [
    PrintedNotice {
        name: ASYNC_COMPLETED,
        line: "Test262:AsyncTestComplete",
        with_text: false,
    },
    PrintedNotice {
        name: ASYNC_FAILED,
        line: "Test262:AsyncTestFailure:",
        with_text: true,
    },
];

/// How texts are made for a worker that is sent them whole.
pub const TEXTS: TextRules = TextRules {
    // A comment or a statement that one file leaves open must not reach into the next.
    between: b"\n;\n",
    prefixes: &[(STRICT, b"\"use strict\";\n")],
    modules: &[MODULE],
    printed: &PRINTED,
};
