//! The loop on a backend and for a parent that are scripts.

use super::*;
use crate::parent::CaseObserver;
use crate::timeline::Begun;
use rewind_checkpoint::{Tier, TierChoice, TierRequest};
use rewind_guest::{Description, Reach, Variant};
use rewind_protocol::{Attributes, Preamble, PreambleId, Seq};
use std::collections::VecDeque;
use std::time::Instant;

/// Sends what it was given, and notes what it hears.
struct ScriptedParent {
    sends: VecDeque<ToWorker>,
    heard: &'static std::sync::Mutex<Vec<String>>,
}

impl ScriptedParent {
    fn note(&self, text: impl Into<String>) {
        self.heard.lock().unwrap().push(text.into());
    }
}

impl CaseObserver for ScriptedParent {
    fn preparing(&mut self, _seq: Seq, _preamble: PreambleId) -> Result<(), WorkerError> {
        Ok(())
    }

    fn begin(&mut self, seq: Seq) -> Result<(), WorkerError> {
        self.note(format!("begin {}", seq.0));
        Ok(())
    }

    fn taken_up(&mut self, _at: Instant) -> Option<Begun> {
        None
    }

    fn restoring(&mut self, _seq: Seq) {}

    fn next_preamble(&self) -> Option<PreambleId> {
        None
    }

    fn next_case(&mut self) -> Result<Option<&Run>, WorkerError> {
        Ok(None)
    }

    fn remark(&mut self, _text: String) -> Result<(), WorkerError> {
        Ok(())
    }
}

impl Parent for ScriptedParent {
    fn greet(&mut self, _guest: &Description, _tier: &TierChoice) -> Result<(), WorkerError> {
        self.note("greet");
        Ok(())
    }

    fn look(&mut self) -> Result<(), WorkerError> {
        Ok(())
    }

    fn has_shut_down(&self) -> bool {
        false
    }

    fn next_here(&mut self) -> Result<Option<ToWorker>, WorkerError> {
        Ok(self.sends.pop_front())
    }

    fn wait(&mut self) -> Result<bool, WorkerError> {
        Ok(false)
    }

    fn send(&mut self, message: &ToParent) -> Result<(), WorkerError> {
        if let ToParent::Pong { token } = message {
            self.note(format!("pong {token}"));
        }
        Ok(())
    }

    fn answer(&mut self, answer: Answer, _resident: Option<u64>) -> Result<(), WorkerError> {
        match answer {
            Answer::Told(finished) => {
                let kind = finished.outcome.kind();
                self.note(format!("answer {} {kind}", finished.seq.0));
            }
            Answer::Sealed { seq, .. } => self.note(format!("sealed {}", seq.0)),
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WorkerError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), WorkerError> {
        self.note("finish");
        Ok(())
    }

    fn warm_up(&self) {}

    fn last_has_ended(&self) {
        self.note("last");
    }

    fn retire(&mut self, request: RetireRequest, _counters: Counters) -> Result<(), WorkerError> {
        self.note(format!("retire {}", request.reason));
        Ok(())
    }

    fn give_up(&mut self, _error: &WorkerError, _counters: Counters) -> Result<(), WorkerError> {
        self.note("give up");
        Ok(())
    }
}

/// Ends each case as the script says.
struct ScriptedBackend {
    description: Description,
    tier: TierChoice,
    counters: Counters,
    ends: VecDeque<Then>,
    /// Memory was given back with the guest's memory out of order.
    is_broken: bool,
}

impl Backend for ScriptedBackend {
    fn description(&self) -> &Description {
        &self.description
    }

    fn tier(&self) -> &TierChoice {
        &self.tier
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn declare(&mut self, _preamble: Preamble) {}

    fn make_ready(&mut self) -> Result<Result<(), RetireRequest>, WorkerError> {
        Ok(Ok(()))
    }

    fn case(
        &mut self,
        run: &Run,
        observer: &mut impl CaseObserver,
    ) -> Result<CaseEnd, WorkerError> {
        observer.begin(run.seq)?;
        self.counters.cases += 1;
        self.counters.crashes += 1;
        let then = self.ends.pop_front().expect("no case more than ends");
        self.is_broken = matches!(then, Then::Retire(_));
        Ok(CaseEnd {
            answer: Answer::Told(Finished::stand_in(run.seq, Outcome::Completed)),
            then,
        })
    }

    fn rest(&mut self) {}

    fn give_back(&mut self) {
        assert!(!self.is_broken, "nothing of the guest may be touched");
    }

    fn end_among_threads(&mut self) -> ! {
        unreachable!("no script has threads")
    }
}

fn case(seq: u64) -> ToWorker {
    ToWorker::Run(Run {
        seq: Seq(seq),
        path: "a".to_owned(),
        variant: Variant::named(&"plain"),
        preamble: PreambleId::ENGINE,
        source: bytes::Bytes::new(),
        deadline_ms: 1,
        attributes: Attributes::default(),
    })
}

/// What a parent hears that sends `sends`, and how the session ended.
fn heard(
    sends: Vec<ToWorker>,
    ends: Vec<Then>,
    bounds: Bounds,
) -> (Vec<String>, Result<(), WorkerError>) {
    let heard: &_ = Box::leak(Box::default());
    let parent = ScriptedParent {
        sends: sends.into(),
        heard,
    };
    let plain = Variant::named(&"plain");
    let backend = ScriptedBackend {
        description: Description {
            name: "script",
            version: String::new(),
            reach: Reach::Memory,
            capabilities: &[],
            attributes: &[],
            printed: &[],
            plain,
            module: None,
        },
        tier: TierChoice::choose(TierRequest::Only(Tier::Copy)).expect("copying always works"),
        counters: Counters::default(),
        ends: ends.into(),
        is_broken: false,
    };
    let ended = Session::new(parent, backend, bounds).run();
    let heard = heard.lock().unwrap().clone();
    (heard, ended)
}

const WIDE: Bounds = Bounds {
    crashes: None,
    rss_soft: u64::MAX,
    rss_hard: u64::MAX,
};

fn request(reason: RetireReason) -> RetireRequest {
    RetireRequest::new(reason, "")
}

#[test]
fn cases_and_other_messages_are_answered_in_their_order() {
    let cancel = ToWorker::Cancel { seq: Seq(8) };
    let ping = ToWorker::Ping { token: 3 };
    let ends = vec![Then::GoOn, Then::GoOn];
    let (heard, ended) = heard(vec![case(1), cancel, ping, case(2)], ends, WIDE);
    ended.unwrap();
    let expected = [
        "greet",
        "begin 1",
        "answer 1 completed",
        "answer 8 lost",
        "pong 3",
        "begin 2",
        "answer 2 completed",
        "finish",
    ];
    assert_eq!(heard, expected);
}

#[test]
fn drained_worker_answers_what_is_here_and_retires() {
    let (heard, ended) = heard(vec![ToWorker::Drain, case(1)], vec![Then::GoOn], WIDE);
    ended.unwrap();
    assert_eq!(
        heard[1..],
        ["begin 1", "answer 1 completed", "last", "retire drained"]
    );
}

#[test]
fn guest_that_can_not_be_put_back_is_left_alone_and_its_case_answered() {
    let ends = vec![Then::Retire(request(RetireReason::Unrestorable))];
    let tight = Bounds {
        crashes: Some(1),
        rss_soft: 0,
        rss_hard: 0,
    };
    let (heard, ended) = heard(vec![case(1), case(2)], ends, tight);
    ended.unwrap();
    let expected = [
        "begin 1",
        "answer 1 completed",
        "last",
        "retire unrestorable",
    ];
    assert_eq!(heard[1..], expected);
}

#[test]
fn limit_that_is_reached_is_said_rather_than_that_the_backend_is_spent() {
    let spent = || vec![Then::Spent(request(RetireReason::Drained))];
    let tight = Bounds {
        crashes: Some(1),
        ..WIDE
    };
    let (limited, ended) = heard(vec![case(1)], spent(), tight);
    ended.unwrap();
    assert_eq!(limited.last().unwrap(), "retire crash-limit");
    let (unlimited, ended) = heard(vec![case(1)], spent(), WIDE);
    ended.unwrap();
    assert_eq!(unlimited.last().unwrap(), "retire drained");
}

#[test]
fn failure_that_is_not_the_cases_is_told_after_its_answer() {
    let ends = vec![Then::Fail(WorkerError::Unexpected("a test"))];
    let (heard, ended) = heard(vec![case(1)], ends, WIDE);
    assert!(matches!(ended, Err(WorkerError::Unexpected("a test"))));
    assert_eq!(heard[1..], ["begin 1", "answer 1 completed", "give up"]);
}
