//! What an action finds: its words, the host, and what the guest made at boot.

use core::fmt::{self, Write};
use libc::c_int;
use rewind_guest::Host;

/// Longest word, with the NUL behind it, that is handed to the C library.
const LONGEST: usize = 256;

/// Why an action did not do what it should.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    /// The call.
    pub(crate) call: &'static str,
    /// Its errno; 0 for a line that can't be understood.
    pub(crate) errno: c_int,
}

pub(crate) type Done = Result<(), Failure>;
/// An action's name and what it does.
pub(crate) type Action = (&'static str, fn(&mut Scene<'_>) -> Done);

/// The surroundings of one action.
pub(crate) struct Scene<'a> {
    pub(crate) host: &'static Host,
    /// A page in the guest's heap, made at boot.
    pub(crate) page: *mut u8,
    /// What follows the action's name.
    words: core::str::SplitAsciiWhitespace<'a>,
}

/// A word as the C library wants it.
pub(crate) struct Text([u8; LONGEST]);

impl Text {
    pub(crate) const fn as_ptr(&self) -> *const libc::c_char {
        self.0.as_ptr().cast()
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        host: &'static Host,
        page: *mut u8,
        words: core::str::SplitAsciiWhitespace<'a>,
    ) -> Self {
        Self { host, page, words }
    }

    /// The next word, with a NUL behind it.
    pub(crate) fn text(&mut self) -> Result<Text, Failure> {
        let word = self.words.next().ok_or(MISSING)?.as_bytes();
        let mut text = [0; LONGEST];
        match text.get_mut(..word.len()) {
            Some(room) if word.len() < LONGEST => room.copy_from_slice(word),
            _ => return Err(MISSING),
        }
        Ok(Text(text))
    }

    /// The next word as a number; with a leading 0 it is octal.
    pub(crate) fn number<N: TryFrom<i64>>(&mut self) -> Result<N, Failure> {
        let word = self.words.next().ok_or(MISSING)?;
        let base = if word.len() > 1 && word.starts_with('0') {
            8
        } else {
            10
        };
        let number = i64::from_str_radix(word, base).map_err(|_not_a_number| MISSING)?;
        N::try_from(number).map_err(|_too_large| MISSING)
    }

    /// Tells something.
    pub(crate) fn say(&mut self, text: fmt::Arguments<'_>) -> Done {
        // A sink never refuses; what doesn't fit is counted.
        let _ = Printer(self.host).write_fmt(text);
        self.host.output.push(b"\n");
        Ok(())
    }
}

const MISSING: Failure = Failure {
    call: "understand the action's words",
    errno: 0,
};

struct Printer(&'static Host);

impl Write for Printer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.output.push(text.as_bytes());
        Ok(())
    }
}

/// The calling thread's errno.
pub(crate) fn errno() -> c_int {
    // SAFETY: errno's address is always valid.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { place.read() }
}

/// Turns -1 into a failure of `call`.
pub(crate) fn check(call: &'static str, result: impl Into<i64>) -> Result<i64, Failure> {
    match result.into() {
        -1 => Err(Failure {
            call,
            errno: errno(),
        }),
        value => Ok(value),
    }
}

/// Turns null into a failure of `call`.
pub(crate) fn check_pointer<T>(call: &'static str, pointer: *mut T) -> Result<*mut T, Failure> {
    if pointer.is_null() {
        Err(Failure {
            call,
            errno: errno(),
        })
    } else {
        Ok(pointer)
    }
}
