//! Size classes: every 16 bytes up to 1 KiB, then four to each doubling.
//!
//! Sizes here are those of whole blocks, header included.

/// Blocks up to this size have a class for every 16 bytes.
const SMALL: usize = 1024;
const SMALL_CLASSES: usize = SMALL / 16;
/// Largest block: 2^40 bytes.
pub(crate) const LARGEST: usize = 1 << 40;
/// Number of classes.
pub(crate) const COUNT: usize = SMALL_CLASSES + (40 - 10) * 4;

/// Bytes of a block's header.
pub(crate) const HEADER: usize = 8;

/// Class and size of the block that serves a request of `payload` bytes, at most [`LARGEST`].
#[inline]
pub(crate) const fn for_request(payload: usize) -> Option<(usize, usize)> {
    if payload > LARGEST - HEADER {
        return None;
    }
    let wanted = round_up(payload + HEADER);
    if wanted <= SMALL {
        return Some((wanted / 16 - 1, wanted));
    }
    let (doubling, quarter) = position(wanted - 1);
    let class = SMALL_CLASSES + (doubling - 10) * 4 + quarter;
    Some((class, (1 << doubling) + ((quarter + 1) << (doubling - 2))))
}

/// Class whose requests a free block of `size` bytes can serve, whatever they ask.
#[inline]
pub(crate) const fn for_free(size: usize) -> usize {
    if size <= SMALL {
        return size / 16 - 1;
    }
    // The smallest request size served by class (d, q) is 2^d + (q+1)·2^(d-2),
    // so a block belongs to the class below the quarter it reaches into.
    let (doubling, quarter) = position(size);
    let exact = SMALL_CLASSES + (doubling - 10) * 4 + quarter;
    if exact == SMALL_CLASSES {
        SMALL_CLASSES - 1
    } else {
        exact - 1
    }
}

/// Block size that holds `payload` bytes without regard to classes.
#[inline]
pub(crate) const fn exact(payload: usize) -> usize {
    round_up(payload + HEADER)
}

/// A block is at least 32 bytes: header, link, and payloads aligned to 16.
#[inline]
const fn round_up(size: usize) -> usize {
    if size < 32 { 32 } else { (size + 15) & !15 }
}

/// Doubling and quarter of it that `size`, above 1 KiB or equal, lies in.
#[inline]
const fn position(size: usize) -> (usize, usize) {
    let doubling = size.ilog2() as usize;
    (doubling, (size >> (doubling - 2)) & 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn for_request_at_the_edges() {
        assert_eq!(for_request(0), Some((1, 32)));
        assert_eq!(for_request(24), Some((1, 32)));
        assert_eq!(for_request(25), Some((2, 48)));
        assert_eq!(for_request(1016), Some((63, 1024)));
        assert_eq!(for_request(1017), Some((64, 1280)));
        assert_eq!(for_request(LARGEST), None);
        assert!(for_request(LARGEST - HEADER).is_some_and(|(class, _)| class < COUNT));
    }

    proptest! {
        #[test]
        fn a_block_holds_its_request_and_wastes_at_most_a_quarter(payload in 0usize..1 << 34) {
            let (class, size) = for_request(payload).unwrap();
            prop_assert!(class < COUNT);
            prop_assert!(size >= payload + HEADER && size % 16 == 0);
            prop_assert!(size <= 32.max((payload + HEADER + 15) * 5 / 4 + 16));
            // A block made for a class goes back to that class.
            prop_assert_eq!(for_free(size), class);
        }

        #[test]
        fn a_free_block_serves_every_request_of_its_class(
            block in 2usize..1 << 24, payload in 0usize..1 << 28,
        ) {
            let block = block * 16;
            let (class, size) = for_request(payload).unwrap();
            if for_free(block) == class {
                prop_assert!(block >= size, "block {block} in the class of {size}");
            }
        }
    }
}
