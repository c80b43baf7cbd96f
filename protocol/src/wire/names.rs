//! Enumerations of the domain and those of the wire: the same names on both sides.
//!
//! Every one starts with an unspecified value on the wire, so that a field
//! which was left out is noticed instead of meaning the first choice.

use super::{outcome, to_parent, to_worker};
use crate::codec::FrameFault;
use crate::{message, outcome as domain};

/// An enumeration that has a form on the wire.
pub(crate) trait Named: Copy {
    /// Its number there.
    fn number(self) -> i32;

    /// The value that has the number given.
    fn of_number(number: i32) -> Option<Self>;

    /// The value of a field.
    fn read(number: i32, message: &'static str, field: &'static str) -> Result<Self, FrameFault> {
        match Self::of_number(number) {
            Some(value) => Ok(value),
            None if number == 0 => Err(FrameFault::missing(message, field)),
            None => Err(FrameFault::field(
                message,
                field,
                "has a value that this version doesn't know",
            )),
        }
    }
}

macro_rules! named {
    ($domain:ty, $wire:ty, $($name:ident)*) => {
        impl Named for $domain {
            fn number(self) -> i32 {
                match self {
                    $(Self::$name => <$wire>::$name as i32,)*
                }
            }

            fn of_number(number: i32) -> Option<Self> {
                match <$wire>::try_from(number).ok()? {
                    <$wire>::Unspecified => None,
                    $(<$wire>::$name => Some(Self::$name),)*
                }
            }
        }
    };
}

named!(message::Tracking, to_worker::Tracking, Auto PagemapScan Mprotect Copy);
named!(message::Verify, to_worker::Verify, Off Sample Always);
named!(message::Isolation, to_worker::Isolation, Checkpoint None Fork Spawn FreshContext);
named!(domain::TimeoutOrigin, outcome::TimeoutOrigin, Deadline Watchdog);
named!(
    message::RetireReason,
    to_parent::RetireReason,
    Drained CrashLimit RssLimit ThreadsLeft VerificationFailed BetweenTestsFault Unrestorable Other
);
