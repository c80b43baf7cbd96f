//! Words that this guest and a suite of JavaScript tests agree on.

use rewind_guest::{ErrorPhase, PrintedNotice, Variant};

/// Global code as it stands.
pub(crate) const SLOPPY: Variant = Variant::named(&"sloppy");
/// Global code made strict.
pub(crate) const STRICT: Variant = Variant::named(&"strict");
/// Module code.
pub(crate) const MODULE: Variant = Variant::named(&"module");

/// While it was parsed, early errors included.
pub(crate) const PARSE: ErrorPhase = ErrorPhase::named("parse");
/// While its module graph was resolved and linked.
pub(crate) const RESOLUTION: ErrorPhase = ErrorPhase::named("resolution");

/// The case says by a notice that it is done.
pub(crate) const ASYNC: &str = "async";
/// `Atomics.wait` in the main agent throws.
pub(crate) const CANNOT_BLOCK: &str = "cannot-block";
/// The case is given a `console`.
pub(crate) const CONSOLE: &str = "console";
/// All of them.
pub(crate) const ATTRIBUTES: &[&str] = &[ASYNC, CANNOT_BLOCK, CONSOLE];

/// The case is done.
pub(crate) const ASYNC_COMPLETED: &str = "async-completed";
/// The case is done, and has failed; with the reason.
pub(crate) const ASYNC_FAILED: &str = "async-failed";

/// What `print` takes for a notice.
pub(crate) const PRINTED: [PrintedNotice; 2] = [
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
