//! Versions, and how two sides agree on one.
//!
//! The major version must be the same on both sides; of the minor versions the
//! lower one is spoken. What is needed to find out that the versions differ
//! (framing, seal, the first three fields of both greetings, `Refused`) stays
//! as it is in every major version, so that the oldest program can still tell
//! a person what is wrong with the newest.

use core::cmp::Ordering;
use core::fmt;

/// Opens both greetings: the bytes `RWND`, least significant first.
pub const MAGIC: u32 = u32::from_le_bytes(*b"RWND");

/// Version of the protocol; independent of the product's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Raised when an older side could misunderstand a newer one.
    pub major: u32,
    /// Raised when something is added that an older side can do without.
    pub minor: u32,
}

impl Version {
    /// What this build speaks.
    pub const CURRENT: Self = Self { major: 2, minor: 0 };
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Why two sides can't talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The other side doesn't speak this protocol at all.
    #[error(
        "shake hands: the greeting opens with {found:#010x} where {MAGIC:#010x} belongs; \
         is the program at the other end a rewind of this kind?"
    )]
    Magic {
        /// What came in its place.
        found: u32,
    },
    /// The major versions differ.
    #[error(
        "agree on a protocol version: this side speaks {ours} and the other side {theirs}; {}",
        mend(*ours, *theirs)
    )]
    Major {
        /// What this side speaks.
        ours: Version,
        /// What the other side speaks.
        theirs: Version,
    },
}

/// What a person can do about two versions that differ.
fn mend(ours: Version, theirs: Version) -> &'static str {
    match ours.cmp(&theirs) {
        Ordering::Less => "update the program on this side, or start both from one release",
        Ordering::Equal => "start both from one release",
        Ordering::Greater => "update the program on the other side, or start both from one release",
    }
}

/// The version that both sides speak from now on: `ours` or `theirs`,
/// whichever has the lower minor.
///
/// # Errors
/// [`HandshakeError::Major`] if the major versions differ.
pub fn negotiate(ours: Version, theirs: Version) -> Result<Version, HandshakeError> {
    if ours.major == theirs.major {
        Ok(ours.min(theirs))
    } else {
        Err(HandshakeError::Major { ours, theirs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn version(major: u32, minor: u32) -> Version {
        Version { major, minor }
    }

    #[test]
    fn equal_majors_speak_the_lower_minor() {
        assert_eq!(negotiate(version(1, 4), version(1, 2)), Ok(version(1, 2)));
        assert_eq!(negotiate(version(1, 2), version(1, 4)), Ok(version(1, 2)));
        assert_eq!(negotiate(version(1, 3), version(1, 3)), Ok(version(1, 3)));
    }

    #[test]
    fn a_newer_peer_asks_for_an_update_of_this_side() {
        let text = negotiate(version(1, 7), version(2, 0))
            .unwrap_err()
            .to_string();
        assert_eq!(
            text,
            "agree on a protocol version: this side speaks 1.7 and the other side 2.0; \
             update the program on this side, or start both from one release"
        );
    }

    #[test]
    fn an_older_peer_asks_for_an_update_of_the_other_side() {
        let text = negotiate(version(2, 0), version(1, 7))
            .unwrap_err()
            .to_string();
        assert_eq!(
            text,
            "agree on a protocol version: this side speaks 2.0 and the other side 1.7; \
             update the program on the other side, or start both from one release"
        );
    }

    #[test]
    fn magic_reads_rwnd_in_stream_order() {
        assert_eq!(&MAGIC.to_le_bytes(), b"RWND");
    }
}
