use super::super::{End, Exit, Figures, Status, escape};
use super::*;
use proptest::prelude::*;

/// Each piece as text that can be compared.
fn read(bytes: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut frames = Frames::new();
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for &cut in cuts.iter().chain([&usize::MAX]) {
        let (piece, behind) = rest.split_at(cut.min(rest.len()));
        rest = behind;
        frames.feed(piece);
        while let Some(piece) = frames.next() {
            pieces.push(match piece {
                Piece::Frame(frame) => format!("{frame:?}"),
                Piece::Text(text) => format!("text {}", text.escape_ascii()),
            });
        }
    }
    assert_eq!(frames.received(), bytes.len() as u64);
    pieces.push(format!("rest {}", frames.rest().escape_ascii()));
    pieces
}

const FIGURES: Figures = Figures {
    rss_before: 3,
    rss_after: 4,
    parse: 5,
    ast: 6,
    early: 7,
    imports: 8,
    compile: 9,
    link: 10,
    execute: 11,
    cleanup: 12,
    total: u64::MAX,
    cpu: None,
};

/// The bytes of every frame, as they are for all time.
fn golden() -> Vec<(Frame<'static>, &'static [u8])> {
    let end = |status, figures| {
        Frame::End(End {
            status,
            elapsed_us: 2,
            figures,
        })
    };
    let crash = Exit::CrashCount {
        count: 10,
        limit: 11,
        rss_mb: 12,
        rss_limit_mb: 13,
        tests: 14,
    };
    let rss = Exit::RssExceeded {
        rss_mb: 5000,
        rss_limit_mb: 4096,
        tests: 3,
    };
    let between = Exit::BetweenTests {
        signal: 11,
        tests: 6,
    };
    let with_cpu = Figures {
        cpu: Some(14),
        ..FIGURES
    };
    vec![
        (
            Frame::Start(b"a.js#strict"),
            b"\x01BATCH_START a.js#strict\n",
        ),
        (Frame::Start(b""), b"\x01BATCH_START \n"),
        (end(Status::FAILED, None), b"\x01BATCH_END 1 2\n"),
        (
            end(Status::PASSED, Some(FIGURES)),
            b"\x01BATCH_END 0 2 3 4 5 6 7 8 9 10 11 12 18446744073709551615\n",
        ),
        (
            end(Status::TIMED_OUT, Some(with_cpu)),
            b"\x01BATCH_END 124 2 3 4 5 6 7 8 9 10 11 12 18446744073709551615 14\n",
        ),
        (end(Status::crashed(11), None), b"\x01BATCH_END 139 2\n"),
        (
            Frame::Exit(between),
            b"\x01BATCH_EXIT between_test_crash signal=11 tests=6\n",
        ),
        (
            Frame::Exit(crash),
            b"\x01BATCH_EXIT crash_count=10 limit=11 RSS=12MB limit=13MB tests=14\n",
        ),
        (
            Frame::Exit(rss),
            b"\x01BATCH_EXIT rss_exceeded RSS=5000MB limit=4096MB tests=3\n",
        ),
        (
            Frame::StdinError {
                number: 5,
                tests: 2,
            },
            b"\x01BATCH_DIAG stdin_error=5 tests=2\n",
        ),
        (
            Frame::UnexpectedExit { tests: 2 },
            b"\x01BATCH_DIAG unexpected_exit tests=2\n",
        ),
        (
            Frame::ManifestEnd(b"7 of 9"),
            b"\x01BATCH_MANIFEST_END 7 of 9\n",
        ),
    ]
}

#[test]
fn golden_frames_are_written_and_read() {
    for (frame, bytes) in golden() {
        let mut out = Vec::new();
        frame.put(&mut out);
        assert_eq!(out, bytes, "{}", out.escape_ascii());
        let line = bytes.strip_suffix(b"\n").unwrap();
        assert_eq!(Frame::parse(line), Some(frame), "{}", bytes.escape_ascii());
    }
}

#[test]
fn fields_of_later_versions_are_tolerated_and_missing_ones_are_not() {
    let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for count in 0..20 {
        let line = format!("\x01BATCH_END {}", numbers[..count].join(" "));
        let told = matches!(Frame::parse(line.as_bytes()), Some(Frame::End(_)));
        assert_eq!(told, count == 2 || count >= 13, "{line}");
    }
}

#[test]
fn lines_that_are_almost_frames_are_output() {
    for line in [
        "BATCH_START a",
        "\x01BATCH_START",
        "\x01BATCH_END",
        "\x01BATCH_END 0 -1",
        "\x01BATCH_END 0 +1",
        "\x01BATCH_END 0  1",
        "\x01BATCH_END 0 1 ",
        "\x01BATCH_END 0 1\r",
        "\x01\x01BATCH_END 0 1",
        " \x01BATCH_END 0 1",
        "\x01BATCH_EXIT",
        "\x01BATCH_EXIT tired",
        "\x01BATCH_EXIT rss_exceeded RSS=1 limit=1MB tests=1",
        "\x01BATCH_EXIT between_test_crash signal=1 tests=2 more=3",
        "\x01BATCH_DIAG stdin_error=x tests=1",
        "\x01BATCH_LATER 1",
    ] {
        assert_eq!(Frame::parse(line.as_bytes()), None, "{line:?}");
        let output = format!("{line}\n");
        let told = format!("text {}", output.as_bytes().escape_ascii());
        assert_eq!(read(output.as_bytes(), &[]), [told, "rest ".to_owned()]);
    }
}

#[test]
fn frame_without_its_newline_is_none_yet() {
    let pieces = read(b"\x01BATCH_END 0 12", &[]);
    assert_eq!(pieces, ["rest \\x01BATCH_END 0 12"]);
    let pieces = read(b"a\x01BATCH_END 0 12\n", &[]);
    assert_eq!(pieces, ["text a\\x01BATCH_END 0 12\\n", "rest "]);
}

#[test]
fn statuses_tell_signals() {
    assert_eq!(Status::crashed(11), Status(139));
    assert_eq!(Status(139).signal(), Some(11));
    for status in [0, 1, 124, 128, 193, 255, u32::MAX] {
        assert_eq!(Status(status).signal(), None, "{status}");
    }
}

#[test]
fn phases_come_back_but_for_what_the_dialect_does_not_tell() {
    use crate::{Nanos, Phases};
    let phases = Phases {
        load: Nanos(1_000),
        compile: Nanos(2_000),
        execute: Nanos(3_000),
        jobs: Nanos(4_000),
        capture: Nanos(5_000),
        restore: Nanos(6_000),
    };
    let back = Figures::of(&phases, 0, 0).phases();
    assert_eq!(back.total(), phases.total());
    assert_eq!((back.load, back.compile), (phases.load, phases.compile));
    assert_eq!(back.execute, phases.execute + phases.jobs);
}

#[test]
fn very_long_line_comes_in_pieces_and_is_no_frame() {
    let mut line = b"\x01BATCH_START ".to_vec();
    line.resize(3 * MAX_LINE, b'x');
    line.extend_from_slice(b"\n\x01BATCH_MANIFEST_END 1\n");
    let whole = read(&line, &[]);
    assert_eq!(whole.len(), 6);
    assert_eq!(whole[4], format!("{:?}", Frame::ManifestEnd(b"1")));
    assert_eq!(read(&line, &[4096; 40]), whole);
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_pieces(
        parts in proptest::collection::vec((0usize..12, "[\x01\x02\nB _0]{0,12}"), 0..8),
        cuts in proptest::collection::vec(0usize..40, 0..12),
    ) {
        let golden = golden();
        let mut bytes = Vec::new();
        let mut frames = 0;
        for (index, text) in &parts {
            escape(text.as_bytes(), &mut bytes);
            bytes.extend_from_slice(golden[*index].1);
            frames += 1;
        }
        let whole = read(&bytes, &[]);
        prop_assert_eq!(read(&bytes, &cuts), whole.clone());
        let told = whole.iter().filter(|piece| !piece.starts_with("text ")).count();
        prop_assert_eq!(told, frames + 1, "output must not add or hide a frame: {:?}", whole);
    }

    #[test]
    fn any_bytes_are_told_whole(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        cuts in proptest::collection::vec(0usize..40, 0..12),
    ) {
        prop_assert_eq!(read(&bytes, &cuts), read(&bytes, &[]));
    }
}
