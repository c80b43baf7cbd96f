//! Anything at all as a manifest: no panic, and the same items however it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewind_fuzz::in_pieces;
use rewind_protocol::line::{Item, LineError, Manifest};

fn read(pieces: impl IntoIterator<Item = Vec<u8>>) -> (Vec<Item>, Option<LineError>) {
    let (mut manifest, mut items) = (Manifest::new(), Vec::new());
    for piece in pieces {
        manifest.feed(&piece);
        loop {
            match manifest.next() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => return (items, Some(error)),
            }
        }
    }
    let end = manifest.finish().err();
    (items, end)
}

fuzz_target!(|input: &[u8]| {
    let whole = in_pieces(input).flatten().collect();
    assert_eq!(read(in_pieces(input)), read([whole]));
});
