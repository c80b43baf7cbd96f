//! What native code leaves in places where nobody looks: the thread's own
//! memory, and what a preamble made.

use crate::parent::{Parent, case, hello, preamble};
use rewind_protocol::{Finished, Hello, Outcome, PreambleId, RetireReason, Run, ToWorker, Verify};

/// A worker whose guest can do whatever a process can.
fn worker(verify: Verify) -> Parent {
    Parent::ready(Hello {
        guest: "actions".to_owned(),
        verify,
        ..hello()
    })
}

fn said(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.output).into_owned()
}

fn on_preamble(source: &str) -> Run {
    Run {
        preamble: PreambleId(1),
        ..case(source)
    }
}

/// The kernel reads the area before each signal and ends a process in which it
/// makes no sense; the library reads the block in nearly every call.
#[test]
fn thread_memory_that_is_torn_before_a_signal_costs_that_case_alone() {
    let look = "print-sequences\nprint-thread";
    for verify in [Verify::Off, Verify::Always] {
        let mut parent = worker(verify);
        let fresh = said(&parent.run(case(look)));
        let torn = [
            ("scribble-sequences\ncall abort", libc::SIGABRT),
            ("scribble-thread", libc::SIGSEGV),
        ];
        for (source, signal) in torn.into_iter().cycle().take(6) {
            match parent.run(case(source)).outcome {
                Outcome::Crashed(site) => {
                    assert_eq!((site.signal, site.worker_died), (signal, false), "{source}");
                }
                other => panic!("{source}: no crash but {other:?}"),
            }
            assert_eq!(said(&parent.run(case(look))), fresh);
        }
        // By its deadline, which is a signal as well, and in an orderly way.
        let hangs = Run {
            deadline_ms: 20,
            ..case("scribble-sequences\nhang")
        };
        let hung = parent.run(hangs).outcome;
        assert!(matches!(hung, Outcome::TimedOut(_)), "{hung:?}");
        let returns = parent.run(case("scribble-sequences"));
        assert_eq!(returns.outcome, Outcome::Completed);
        assert_eq!(said(&parent.run(case(look))), fresh);
        assert_eq!(parent.drain().reason, RetireReason::Drained);
    }
}

#[test]
fn files_of_a_preamble_stay_whatever_a_case_does_to_them() {
    let mut parent = worker(Verify::Off);
    let made = "make-file given\nwrite-file given text\nmake-folder deep\nmake-file deep/below";
    parent.say(&ToWorker::Preamble(preamble(1, None, made)));
    let look = "print-files\nprint-file given\nprint-mode given\nprint-mode deep/below";
    let fresh = said(&parent.run(on_preamble(look)));
    assert!(fresh.contains("working 2 entries\n"), "{fresh}");
    assert!(fresh.contains("file text\n"), "{fresh}");
    for source in [
        "make-file another",
        "make-file another\nhide-changes",
        "make-file deep/another",
        "write-file given other",
        "write-file given other\nhide-changes",
        "chmod given 0600\nchmod deep/below 0",
        "make-folder deep/deeper\nmake-file deep/deeper/still",
    ] {
        assert_eq!(
            parent.run(on_preamble(source)).outcome,
            Outcome::Completed,
            "{source}"
        );
        assert_eq!(said(&parent.run(on_preamble(look))), fresh, "{source}");
    }
    assert_eq!(parent.drain().reason, RetireReason::Drained);
}
