//! The checksum that closes every message.
//!
//! A multiply-and-rotate hash over four lanes of 8-byte words: as fast as the
//! memory is read, and short enough to be written in any language. It is keyed
//! but no cipher: it keeps apart what the other side sent and what came about
//! by loss, repetition or a guest's bytes in the stream, as long as the guest
//! can't read the key.
//!
//! Every step is a bijection of its lane, and so is the fold at the end, so that
//! a change which stays within one word never goes unnoticed.

/// Bytes at the end of a message that hold its seal: a key byte and the value.
pub const SEAL_BYTES: usize = 9;

/// The key byte of the seal's field: number 15, wire type fixed64.
pub const SEAL_KEY: u8 = 15 << 3 | 1;

/// Key of the seals on the way to a worker, which doesn't know its nonce yet.
pub const WORKER_KEY: u64 = 0;

/// Odd and without a pattern: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const LANES: usize = 4;

/// The seal of the fields in `body` under `key`: the worker's nonce on the way
/// to the parent, [`WORKER_KEY`] on the way to the worker.
#[must_use]
pub fn seal(key: u64, body: &[u8]) -> u64 {
    let mut lanes = [0, 1, 2, 3].map(|n: u64| key.wrapping_add(n.wrapping_mul(MULTIPLIER)));
    let (words, rest) = body.as_chunks::<8>();
    let (stripes, words) = words.as_chunks::<LANES>();
    for stripe in stripes {
        absorb(&mut lanes, stripe);
    }
    absorb(&mut lanes, words);
    if let (false, Some(lane)) = (rest.is_empty(), lanes.get_mut(words.len())) {
        *lane = mix(*lane, filled_up(rest));
    }
    let folded = lanes.into_iter().fold(body.len() as u64, mix);
    folded ^ (folded >> 32)
}

/// Takes one word into each lane, as far as there are words.
#[inline]
fn absorb(lanes: &mut [u64; LANES], words: &[[u8; 8]]) {
    for (lane, word) in lanes.iter_mut().zip(words) {
        *lane = mix(*lane, u64::from_le_bytes(*word));
    }
}

/// The word that starts with `bytes`, fewer than 8, and goes on with zeros.
fn filled_up(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[inline]
fn mix(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(MULTIPLIER).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another program from the description in `docs/protocol.md`.
    #[test]
    fn seals_are_what_the_documentation_says() {
        let counting: Vec<u8> = (0..100).collect();
        for (key, body, expected) in [
            (0, &[][..], 0xc828_a4c4_bd6a_1d74),
            (0, &[0x2a, 2, 8, 7], 0x69e9_7083_d955_4c22),
            (0x0123_4567_89ab_cdef, &counting[..8], 0x03d0_88af_8fd5_5624),
            (
                0x0123_4567_89ab_cdef,
                &counting[..31],
                0x6a09_09ff_3a5d_9df3,
            ),
            (u64::MAX, &counting, 0xd551_aaa2_5b7c_8bf5),
        ] {
            assert_eq!(seal(key, body), expected, "{key:#x}, {} bytes", body.len());
        }
    }

    #[test]
    fn every_bit_of_key_and_body_counts() {
        let body: Vec<u8> = (0..77).collect();
        let sealed = seal(7, &body);
        for bit in 0..64 {
            assert_ne!(seal(7 ^ 1 << bit, &body), sealed, "bit {bit} of the key");
        }
        for bit in 0..body.len() * 8 {
            let mut body = body.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(seal(7, &body), sealed, "bit {bit} of the body");
        }
    }

    #[test]
    fn zeros_at_the_end_count() {
        let seals: std::collections::BTreeSet<u64> =
            (0..100).map(|length| seal(0, &vec![0; length])).collect();
        assert_eq!(seals.len(), 100);
    }
}
