//! Errors that the host made and the engine throws on its behalf: a module that
//! isn't there, say.
//!
//! A test that has to fail with a ReferenceError must not pass because a file of
//! its corpus is missing. So each such error is remembered, and an uncaught value
//! that is one of them ends the case as the host's failure, not as a throw. Code
//! of the case may catch it like any other.
//!
//! Remembered is the value itself, for names and messages can be imitated:
//!
//! ```text
//!   Session ─▶ newest ─▶ … ─▶ oldest      each holds one count of its value
//! ```

use crate::memory;
use crate::value::{Context, Owned, Pending, Raw, is_same_object};
use core::cell::Cell;

/// What sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The file of a module isn't there, or can't be read.
    MissingModule,
    /// The host makes no modules of the type asked for.
    UnsupportedModule,
    /// A module's evaluation neither ended nor failed, and no job is left.
    PendingPromise,
}

impl Kind {
    /// What the host is told.
    pub(crate) const fn name(self) -> &'static [u8] {
        match self {
            Self::MissingModule => b"missing-module",
            Self::UnsupportedModule => b"unsupported-module",
            Self::PendingPromise => b"pending-promise",
        }
    }
}

/// One error, in guest memory.
struct Made {
    kind: Kind,
    /// One count of it.
    value: Raw,
    older: *mut Made,
}

/// Those of a runtime since its case began.
pub(crate) struct HostErrors {
    newest: Cell<*mut Made>,
}

impl HostErrors {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            newest: Cell::new(core::ptr::null_mut()),
        }
    }

    /// Remembers the pending exception.
    pub(crate) fn note(&self, context: Context, kind: Kind, _: Pending) -> Pending {
        let value = context.exception();
        let made = Made {
            kind,
            value: context.dup(value.raw()).into_raw(),
            older: self.newest.get(),
        };
        match memory::place(made) {
            Some(made) => {
                self.newest.set(made);
                context.throw(value)
            }
            None => {
                context.free(value);
                context.out_of_memory()
            }
        }
    }

    /// What sort of host's error `value` is, if it is one.
    pub(crate) fn kind_of(&self, value: Raw) -> Option<Kind> {
        let mut at = self.newest.get();
        while !at.is_null() {
            // SAFETY: made by `note` and not yet given back.
            let made = unsafe { &*at };
            if is_same_object(made.value, value) {
                return Some(made.kind);
            }
            at = made.older;
        }
        None
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self, context: Context) {
        let mut at = self.newest.replace(core::ptr::null_mut());
        while !at.is_null() {
            // SAFETY: made by `note`; the list no longer begins with it.
            let made = unsafe { memory::take_back(at) };
            context.free(Owned::from_raw(made.value));
            at = made.older;
        }
    }
}
