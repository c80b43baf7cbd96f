//! What may be said between the greeting and the end.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{
    CaseState, Hello, Isolation, Outcome, RetireReason, Run, Seq, ToParent, ToWorker, Withdraw,
};
use rewind_sys::process::ExitStatus;

/// A case that runs until somebody opens the gate.
struct Gate(tempfile::TempDir);

impl Gate {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("test")).expect("a folder");
        let mode = nix::sys::stat::Mode::S_IRWXU;
        nix::unistd::mkfifo(&folder.path().join("test/gate.js"), mode).expect("a pipe");
        Self(folder)
    }

    /// A greeting of a worker that finds the gate.
    fn hello(&self, hello: Hello) -> Hello {
        let root = self.0.path().as_os_str().as_encoded_bytes().to_vec();
        Hello { root, ..hello }
    }

    /// The engine waits in `open` until there is a writer, and then finds no file.
    fn case(&self) -> Run {
        Run {
            deadline_ms: 120_000,
            ..case("import('./gate.js').catch(() => print('ran'));")
        }
    }

    /// Lets the case go on, which must have begun.
    fn open(&self) {
        let gate = std::fs::File::options()
            .write(true)
            .open(self.0.path().join("test/gate.js"));
        gate.expect("opened");
    }
}

fn cancelled() -> Outcome {
    Outcome::Lost {
        reason: "cancelled before it started".to_owned(),
    }
}

#[test]
fn without_a_ledger_each_case_is_announced() {
    let mut parent = Parent::ready(hello());
    let asked: Vec<Seq> = (0..5).map(|n| parent.ask(case(format!("{n};")))).collect();
    for seq in asked {
        assert_eq!(parent.hear(), Some(ToParent::Started { seq }));
        match parent.hear() {
            Some(ToParent::Finished(finished)) => {
                assert_eq!((finished.seq, finished.outcome), (seq, Outcome::Completed));
            }
            other => panic!("no answer but {other:?}"),
        }
    }
}

#[test]
fn ping_is_answered_in_its_turn() {
    let mut parent = Parent::ready(hello());
    let run = parent.number(case("1;"));
    parent.say_all(&[
        ToWorker::Ping { token: 7 },
        ToWorker::Run(run),
        ToWorker::Ping { token: u64::MAX },
    ]);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 7 }));
    assert_eq!(parent.answer().outcome, Outcome::Completed);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: u64::MAX }));
}

#[test]
fn cancelled_case_is_answered_once_and_in_its_turn() {
    let mut parent = Parent::ready(hello());
    let runs = [0, 1, 2].map(|n| parent.number(case(format!("print({n});"))));
    let [first, second, third] = runs.clone().map(|run| run.seq);
    let mut messages: Vec<_> = runs.map(ToWorker::Run).into();
    messages.push(ToWorker::Cancel { seq: second });
    // Said again it changes nothing.
    messages.push(ToWorker::Cancel { seq: second });
    parent.say_all(&messages);
    let answers = [(); 3].map(|()| parent.answer());
    assert_eq!(
        [0, 1, 2].map(|n: usize| answers[n].seq),
        [first, second, third]
    );
    assert_eq!(&answers[0].output[..], b"0\n");
    assert_eq!(
        (&answers[1].outcome, answers[1].output.len()),
        (&cancelled(), 0)
    );
    assert_eq!(&answers[2].output[..], b"2\n");
    let counters = parent.drain().counters;
    assert_eq!(counters.cases, 2, "one was not run");
}

#[test]
fn cancellation_that_comes_too_late_or_for_nobody_says_nothing() {
    let mut parent = Parent::ready(hello());
    let done = parent.run(case("1;")).seq;
    parent.say_all(&[
        ToWorker::Cancel { seq: done },
        ToWorker::Cancel { seq: Seq(4711) },
        ToWorker::Ping { token: 3 },
    ]);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 3 }));
}

/// The worker has begun the case before the cancellation is sent.
#[test]
fn case_that_has_begun_is_answered_as_if_it_had_not_been_cancelled() {
    let gate = Gate::new();
    let mut parent = Parent::ready(gate.hello(hello()));
    let seq = parent.ask(gate.case());
    assert_eq!(parent.hear(), Some(ToParent::Started { seq }));
    parent.say(&ToWorker::Cancel { seq });
    gate.open();
    let finished = parent.answer();
    assert_eq!(&finished.output[..], b"ran\n");
    assert_eq!(parent.drain().reason, RetireReason::Drained);
}

/// The cases, of which the first has begun, and what comes after `words` are said
/// behind the others: the answer of the first, and what the withdrawal took back.
fn withdrawn_behind(
    hello: Hello,
    withdraw: impl Fn(&[Seq]) -> Vec<Withdraw>,
) -> (Parent, Vec<Seq>, Vec<Vec<Seq>>) {
    let (gate, ledger) = (Gate::new(), hello.ledger);
    let mut parent = Parent::ready(gate.hello(hello));
    let mut seqs = vec![parent.ask(gate.case())];
    if ledger {
        let running = Some((seqs[0], CaseState::Running));
        while parent.ledger().current() != running {
            std::thread::yield_now();
        }
    } else {
        assert_eq!(parent.hear(), Some(ToParent::Started { seq: seqs[0] }));
    }
    seqs.extend((0..300).map(|n| parent.ask(case(format!("print({n});")))));
    let words = withdraw(&seqs);
    let count = words.len();
    for word in words {
        parent.say(&ToWorker::Withdraw(word));
    }
    gate.open();
    let first = parent.answer();
    assert_eq!((first.seq, &first.output[..]), (seqs[0], &b"ran\n"[..]));
    let mut taken = Vec::new();
    while taken.len() < count {
        match parent.hear() {
            Some(ToParent::Withdrawn { seqs }) => taken.push(seqs),
            other => panic!("a case ran that was to be withdrawn: {other:?}"),
        }
    }
    (parent, seqs, taken)
}

#[test]
fn withdrawal_takes_back_all_that_has_not_begun_before_any_of_it_runs() {
    for isolation in [Isolation::Checkpoint, Isolation::Fork, Isolation::None] {
        for ledger in [false, true] {
            let hello = Hello {
                isolation,
                ledger,
                ..hello()
            };
            let all = |_: &[Seq]| vec![Withdraw::All, Withdraw::All];
            let (mut parent, seqs, taken) = withdrawn_behind(hello, all);
            assert_eq!(taken, [&seqs[1..], &[]], "{isolation:?}");
            // The worker is as good as before.
            assert_eq!(&parent.run(case("print(7);")).output[..], b"7\n");
            assert_eq!(parent.drain().counters.cases, 2);
        }
    }
}

#[test]
fn withdrawal_of_some_cases_leaves_the_others_to_run() {
    let some = |seqs: &[Seq]| {
        // The one that runs, one that waits twice, and one that was never sent.
        let named = vec![seqs[0], seqs[2], seqs[4], seqs[2], Seq(4711)];
        vec![Withdraw::Cases(named)]
    };
    let (mut parent, seqs, taken) = withdrawn_behind(hello(), some);
    assert_eq!(taken, [[seqs[2], seqs[4]]]);
    let left = seqs[1..].iter().filter(|seq| !taken[0].contains(seq));
    for &seq in left {
        assert_eq!(parent.answer().seq, seq);
    }
    assert_eq!(parent.drain().counters.cases, 299);
}

#[test]
fn withdrawal_while_nothing_runs_is_answered_with_nothing() {
    let mut parent = Parent::ready(hello());
    let done = parent.run(case("1;")).seq;
    parent.say(&ToWorker::Withdraw(Withdraw::Cases(vec![done])));
    assert_eq!(parent.hear(), Some(ToParent::Withdrawn { seqs: vec![] }));
    parent.say(&ToWorker::Withdraw(Withdraw::All));
    assert_eq!(parent.hear(), Some(ToParent::Withdrawn { seqs: vec![] }));
}

#[test]
fn drain_answers_all_that_is_there_and_tells_what_was_done() {
    let mut parent = Parent::ready(hello());
    let mut messages: Vec<_> = [
        "1;",
        "$rewind.fault('null');",
        "throw 1;",
        "$rewind.fault('segv');",
        "$rewind.fault('hang');",
    ]
    .map(|source| {
        let mut run = parent.number(case(source));
        run.deadline_ms = 100;
        ToWorker::Run(run)
    })
    .into();
    messages.push(ToWorker::Drain);
    parent.say_all(&messages);
    let kinds = [(); 5].map(|()| parent.answer().outcome.kind());
    assert_eq!(
        kinds,
        ["completed", "crashed", "threw", "crashed", "timed-out"]
    );
    let retiring = parent.farewell();
    let counters = retiring.counters;
    assert_eq!(
        (retiring.reason, &*retiring.detail),
        (RetireReason::Drained, "")
    );
    assert_eq!(
        (counters.cases, counters.crashes, counters.timeouts),
        (5, 2, 1)
    );
    assert_eq!((counters.restores, counters.verifications), (5, 5));
    assert_eq!((counters.layers_built, counters.layers_evicted), (1, 0));
    assert!(
        counters.pages_restored > 0 && counters.rss_bytes > 1 << 20,
        "{counters:?}"
    );
}

#[test]
fn shutdown_is_taken_at_once_and_what_has_not_begun_stays_unanswered() {
    let gate = Gate::new();
    let mut parent = Parent::ready(gate.hello(hello()));
    let running = parent.ask(gate.case());
    assert_eq!(parent.hear(), Some(ToParent::Started { seq: running }));
    let runs = [0, 1].map(|_| ToWorker::Run(parent.number(case("1;"))));
    parent.say_all(&runs);
    parent.say(&ToWorker::Shutdown);
    gate.open();
    assert_eq!(parent.answer().seq, running);
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn shutdown_that_comes_with_cases_is_taken_before_them() {
    let mut parent = Parent::ready(hello());
    let [first, second] = [0, 1].map(|_| parent.number(case("1;")));
    parent.say_all(&[
        ToWorker::Run(first),
        ToWorker::Shutdown,
        ToWorker::Run(second),
    ]);
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn end_of_the_stream_ends_the_worker_when_all_is_answered() {
    let mut parent = Parent::ready(hello());
    for _ in 0..20 {
        parent.ask(case("1;"));
    }
    parent.hang_up();
    for _ in 0..20 {
        assert_eq!(parent.answer().outcome, Outcome::Completed);
    }
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn second_greeting_is_an_error() {
    let mut parent = Parent::ready(hello());
    parent.say(&ToWorker::Hello(hello()));
    // Told in a sealed frame: no case has ended the worker so.
    let Some(ToParent::Retiring(retiring)) = parent.hear() else {
        panic!("no last words");
    };
    assert_eq!(retiring.reason, RetireReason::Other);
    assert!(retiring.detail.contains("a second Hello"), "{retiring:?}");
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("a second Hello"), "{text}");
}

#[test]
fn number_that_was_used_before_is_an_error() {
    let mut parent = Parent::ready(hello());
    let run = parent.number(case("1;"));
    parent.say(&ToWorker::Run(run.clone()));
    assert_eq!(parent.answer().outcome, Outcome::Completed);
    parent.say(&ToWorker::Run(run));
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("a second time"), "{text}");
}

/// What a stranger slipped in must not be taken for anything, nor undo what was answered.
#[test]
fn frame_of_a_stranger_ends_the_worker_after_what_was_said_before() {
    let mut parent = Parent::ready(hello());
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    parent.send(b"\x0d\x2a\x02\x08\x08\x79\x22\x4c\x55\xd9\x83\x70\xe9\x69");
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("its seal doesn't fit"), "{text}");
}
