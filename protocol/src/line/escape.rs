//! Output that can't be taken for a frame.
//!
//! A line of output that starts with 0x01 would look like a frame; the worker puts
//! 0x02 before it. So that this can be undone, a line that starts with 0x02 and
//! then with either of them gets another 0x02.

use super::MARK;

const SHIELD: u8 = 0x02;

/// Appends `output` to `out` so that no line of it starts with 0x01, and so that
/// it ends with a newline unless it is empty. `out` must be at the start of a line.
pub fn escape(output: &[u8], out: &mut Vec<u8>) {
    for line in output.split_inclusive(|&byte| byte == b'\n') {
        if is_risky(line) {
            out.push(SHIELD);
        }
        out.extend_from_slice(line);
    }
    if output.last().is_some_and(|&last| last != b'\n') {
        out.push(b'\n');
    }
}

/// A line of output as it was before [`escape`].
#[must_use]
pub fn unescape_line(line: &[u8]) -> &[u8] {
    match line {
        [SHIELD, rest @ ..] if is_risky(rest) => rest,
        _ => line,
    }
}

/// It must not stand at the start of a line as it is.
fn is_risky(line: &[u8]) -> bool {
    let behind = line.iter().find(|&&byte| byte != SHIELD);
    behind == Some(&MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(output: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        escape(output, &mut out);
        out
    }

    #[test]
    fn lines_that_look_like_frames_are_shielded_and_others_left_alone() {
        assert_eq!(escaped(b"\x01BATCH_END 0 1\n"), b"\x02\x01BATCH_END 0 1\n");
        assert_eq!(escaped(b"a\x01b\n\n\x01"), b"a\x01b\n\n\x02\x01\n");
        assert_eq!(escaped(b"\x02\x01"), b"\x02\x02\x01\n");
        assert_eq!(escaped(b"\x02alone"), b"\x02alone\n");
        assert_eq!(escaped(b""), b"");
    }

    proptest! {
        #[test]
        fn escaped_output_holds_no_frame_and_comes_back(
            output in proptest::collection::vec(
                prop_oneof![Just(MARK), Just(SHIELD), Just(b'\n'), Just(b'B')], 0..40),
        ) {
            let wire = escaped(&output);
            let lines = || wire.split_inclusive(|&byte| byte == b'\n');
            prop_assert!(lines().all(|line| !line.starts_with(&[MARK])));
            prop_assert!(wire.is_empty() || wire.ends_with(b"\n"));
            let mut back: Vec<u8> = lines().flat_map(unescape_line).copied().collect();
            if !output.is_empty() && !output.ends_with(b"\n") {
                back.pop();
            }
            prop_assert_eq!(back, output);
        }
    }
}
