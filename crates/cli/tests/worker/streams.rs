//! Text that a case leaves in the buffers of C's streams: it is output of that
//! case, however it ends, and of no other.

use crate::parent::{Parent, case, hello, preamble};
use rewind_protocol::{
    Finished, Hello, Isolation, Outcome, PreambleId, Run, TimeoutOrigin, ToWorker,
};

const EACH: [Isolation; 2] = [Isolation::Checkpoint, Isolation::Fork];

fn worker(isolation: Isolation) -> Parent {
    Parent::ready(Hello {
        guest: "actions".to_owned(),
        isolation,
        ..hello()
    })
}

fn text(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.output).into_owned()
}

/// The next case writes what is in the streams: nothing.
fn nothing_is_left(parent: &mut Parent) {
    let next = parent.run(case("flush"));
    assert_eq!(
        (next.outcome, &next.output[..], next.output_dropped),
        (Outcome::Completed, &b""[..], 0)
    );
}

#[test]
fn text_left_in_a_stream_is_output_of_its_case() {
    for isolation in EACH {
        let mut parent = worker(isolation);
        for (source, output) in [
            ("buffer left", "left"),
            ("buffer-errors wrong", "wrong"),
            ("buffer-errors wrong\nbuffer left", "leftwrong"),
            ("buffer first\nflush\nbuffer last", "firstlast"),
            ("umask 022", ""),
        ] {
            let finished = parent.run(case(source));
            assert_eq!(finished.outcome, Outcome::Completed, "{source}");
            assert_eq!(text(&finished), output, "{source}");
            nothing_is_left(&mut parent);
        }
        let failed = parent.run(case("buffer left\nno-such-action"));
        assert!(matches!(failed.outcome, Outcome::Threw { .. }));
        assert_eq!(text(&failed), "left");
        nothing_is_left(&mut parent);
    }
}

#[test]
fn text_left_in_a_stream_survives_whatever_ends_the_case() {
    for isolation in EACH {
        let mut parent = worker(isolation);
        for end in ["call abort", "call exit", "call _exit", "hang"] {
            let run = Run {
                deadline_ms: 100,
                ..case(format!("buffer left\n{end}"))
            };
            let finished = parent.run(run);
            let fits = match &finished.outcome {
                Outcome::Crashed(site) => end == "call abort" && site.signal == 6,
                Outcome::Exited { code, .. } => end.ends_with("exit") && *code == 3,
                Outcome::TimedOut(TimeoutOrigin::Deadline) => end == "hang",
                _ => false,
            };
            assert!(fits, "{end}: {:?}", finished.outcome);
            assert_eq!(text(&finished), "left", "{end}");
            nothing_is_left(&mut parent);
        }
    }
}

/// The case had ended: what its streams are like is no outcome of it.
#[test]
fn damaged_stream_costs_its_text_and_nothing_else() {
    for isolation in EACH {
        let mut parent = worker(isolation);
        for (damage, dropped) in [("place", 0), ("table", 4)] {
            let finished = parent.run(case(format!("buffer left\ndamage-stream {damage}")));
            assert_eq!(finished.outcome, Outcome::Completed, "{damage}");
            assert_eq!(finished.output_dropped, dropped, "{damage}");
            assert!(!text(&finished).contains("left"), "{damage}");
            nothing_is_left(&mut parent);
            assert_eq!(text(&parent.run(case("buffer left"))), "left");
        }
        assert_eq!(parent.drain().counters.crashes, 0);
    }
}

/// Nor is it left for the first case on it, nor for each.
#[test]
fn text_of_a_preamble_is_no_cases_output() {
    for isolation in EACH {
        let mut parent = worker(isolation);
        parent.say(&ToWorker::Preamble(preamble(0, None, "buffer preamble")));
        for source in ["umask 022", "buffer own", "umask 022"] {
            let finished = parent.run(Run {
                preamble: PreambleId(0),
                ..case(source)
            });
            assert_eq!(finished.outcome, Outcome::Completed);
            let own = source.strip_prefix("buffer ").unwrap_or_default();
            assert_eq!(text(&finished), own);
        }
    }
}
