//! Who is to blame when a worker ends.
//!
//! What the worker had answered is out of its window by now: everything that
//! came through the pipe, and everything that the ledger held beyond that. A
//! worker runs its cases in order, so of what is left only the first can have
//! been at hand. At most that one is treated otherwise than the rest:
//!
//! | the ledger says | the worker ended by itself, stalled or took too much memory | it was killed for babbling | it retired |
//! | --- | --- | --- | --- |
//! | runs the first | that one is blamed | suspect | suspect |
//! | names one that can't be at hand, or was overwritten | the first is tried | suspect | nobody |
//! | restores after the first | suspect | suspect | suspect |
//! | builds the preamble of the first | the preamble's doing | the same | the same |
//! | is idle, or still at an answered case | the first is suspect | the first is suspect | nobody |
//!
//! The ledger is memory that tests can reach: what it says is a reason to look,
//! and no proof. So a case that is to be blamed is *tried* first, by itself in a
//! fresh worker, where no other can have a hand in what happens; if the worker
//! dies again, the case is answered with how it ended. Where that isn't wanted,
//! it is blamed at once, and a ledger that can't be right makes a suspect. A suspect is put back at
//! once, and lost if that was done too often: otherwise a case that can kill a
//! worker without being seen at it would do so for ever. Where it is said to be
//! the preamble's doing, the case is tried in a worker that has built the
//! preamble before: if the ledger says so again, it lies. Until then the death
//! is up to [`Fatal`](super::fatal::Fatal). All others are put back as they were.

use super::window::{Pending, Window};
use crate::event::Death;
use crate::ticket::{Ticket, Trial};
use rewind_protocol::{CaseState, CrashSite, Outcome, Seq, TimeoutOrigin};
use rewind_sys::process::ExitStatus;

/// How a worker ended, as far as blame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// By itself.
    Ended(ExitStatus),
    /// The watchdog killed it.
    Stalled,
    /// It was killed for the memory that a case took.
    TooLarge,
    /// It was killed for something else than what it ran.
    Killed,
    /// It said that it retires.
    Retired,
}

impl Cause {
    pub(super) fn of(death: &Death) -> Self {
        match death {
            Death::Ended(status) => Self::Ended(*status),
            Death::Stalled => Self::Stalled,
            Death::TooLarge { .. } => Self::TooLarge,
            _ => Self::Killed,
        }
    }

    /// What to answer for the case that was running; `None` if it isn't to blame.
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Ended(ExitStatus::Signaled(signal)) => {
                let site = CrashSite {
                    signal,
                    worker_died: true,
                    ..CrashSite::default()
                };
                Some(Outcome::Crashed(site))
            }
            Self::Ended(ExitStatus::Exited(code)) => Some(Outcome::Exited {
                code,
                worker_died: true,
            }),
            Self::Stalled => Some(Outcome::TimedOut(TimeoutOrigin::Watchdog)),
            Self::TooLarge => Some(Outcome::OutOfMemory),
            Self::Killed | Self::Retired => None,
        }
    }
}

/// What becomes of the cases that a worker left unanswered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// The case answered in the worker's place.
    pub(super) answer: Option<(Seq, Ticket, Outcome)>,
    /// It is to blame, rather than lost.
    pub(super) blamed: bool,
    /// To be tried again at once.
    pub(super) suspect: Option<Ticket>,
    /// To be run again, in the order of sending.
    pub(super) requeue: Vec<Ticket>,
}

/// What is known of a worker's end, apart from its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// The ledger's word on what it was at, or what it said itself.
    pub(super) current: Option<(Seq, CaseState)>,
    /// The ledger isn't what the worker made of it.
    pub(super) overwritten: bool,
    /// The preamble that it was building, if that is one of the first case's and
    /// the worker hadn't built all of these before.
    pub(super) building: Option<u32>,
    /// How much of the stream it can have read.
    pub(super) written: u64,
    pub(super) cause: Cause,
    /// How often a suspect is put back.
    pub(super) requeues: u8,
    /// A case is tried by itself before it is blamed.
    pub(super) confirms: bool,
}

/// What the first case that was not answered is to the worker's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It was running.
    Ran,
    /// What is said can't be, so something has changed what is said; if a case
    /// did, it is this one or one before.
    Unclear,
    /// The guest was being put back after it.
    Restoring,
    /// This preamble of it was being built.
    Building(u32),
    /// It isn't known to have begun.
    Waited,
}

impl Scene {
    /// What the case with that number had to do with it.
    fn part(&self, window: &Window, first: Seq) -> Part {
        match self.current {
            Some((seq, CaseState::Running)) if seq == first => Part::Ran,
            Some((seq, CaseState::Restoring)) if seq == first => Part::Restoring,
            Some((seq, CaseState::Preparing)) if seq == first => {
                self.building.map_or(Part::Unclear, Part::Building)
            }
            Some((seq, _)) if !window.was_answered(seq) => Part::Unclear,
            None if self.overwritten => Part::Unclear,
            Some(_) | None => Part::Waited,
        }
    }
}

/// Settles what a worker left.
pub(super) fn settle(mut window: Window, scene: Scene) -> Settled {
    let mut settled = Settled::default();
    let first = window.first().map(|(seq, _)| seq);
    if let Some(seq) = first {
        let part = scene.part(&window, seq);
        let named = scene.current.is_some_and(|(current, _)| current == seq);
        if (named || scene.cause != Cause::Retired)
            && let Some(Pending { ticket, .. }) = window.answer(seq, scene.written)
        {
            settled.judge(seq, ticket, part, &scene);
        }
    }
    settled.requeue.extend(window.into_tickets());
    settled
}

impl Settled {
    /// Settles the first case.
    fn judge(&mut self, seq: Seq, ticket: Ticket, part: Part, scene: &Scene) {
        let by_itself = ticket.is_by_itself();
        let is_blamed = match part {
            Part::Ran => true,
            Part::Unclear => by_itself || scene.confirms,
            Part::Restoring | Part::Building(_) | Part::Waited => false,
        };
        match (part, scene.cause.outcome().filter(|_| is_blamed)) {
            (Part::Building(index), _) => {
                let trial = Trial::Built(index);
                self.suspect = Some(Ticket { trial, ..ticket });
            }
            (_, Some(_)) if scene.confirms && !by_itself => {
                let trial = Trial::Fresh;
                self.suspect = Some(Ticket { trial, ..ticket });
            }
            (_, Some(outcome)) => {
                self.answer = Some((seq, ticket, outcome));
                self.blamed = true;
            }
            (_, None) if ticket.requeues < scene.requeues => {
                let requeues = ticket.requeues + 1;
                self.suspect = Some(Ticket { requeues, ..ticket });
            }
            (_, None) => {
                let times = ticket.requeues.saturating_add(1);
                let reason = lost_because(part, scene.cause, times);
                self.answer = Some((seq, ticket, Outcome::Lost { reason }));
            }
        }
    }
}

fn lost_because(part: Part, cause: Cause, times: u8) -> String {
    let doing = match part {
        Part::Ran => "while it ran",
        Part::Restoring => "while the guest was put back after it",
        Part::Unclear | Part::Building(_) | Part::Waited => "before it is known to have begun",
    };
    let how = match cause {
        Cause::Ended(status) => format!("the worker {status}"),
        Cause::Stalled => "the worker made no progress and was killed".to_owned(),
        Cause::TooLarge => "the worker held too much memory and was killed".to_owned(),
        Cause::Killed => "the worker had to be killed".to_owned(),
        Cause::Retired => "the worker retired".to_owned(),
    };
    format!("{how} {doing}, {times} times")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_plan::CaseId;

    const SEGV: Cause = Cause::Ended(ExitStatus::Signaled(11));

    fn ticket(case: u32, requeues: u8) -> Ticket {
        Ticket {
            requeues,
            ..Ticket::new(CaseId(case), 1, false)
        }
    }

    /// Cases 0 to 3, of which 0 is answered and 3 is not written.
    fn window(requeues: u8) -> Window {
        let mut window = Window::default();
        for case in 0..4 {
            let end = u64::from(case + 1) * 10;
            let ticket = ticket(case, requeues);
            window.push(Pending {
                ticket,
                end,
                bytes: 10,
                deadline_ms: 1,
            });
        }
        window.answer(Seq(0), 30).unwrap();
        window
    }

    fn scene(state: Option<(u64, CaseState)>, cause: Cause) -> Scene {
        Scene {
            current: state.map(|(seq, state)| (Seq(seq), state)),
            overwritten: false,
            building: None,
            written: 30,
            cause,
            requeues: 2,
            confirms: false,
        }
    }

    fn settle_at(state: Option<(u64, CaseState)>, cause: Cause, requeues: u8) -> Settled {
        settle(window(requeues), scene(state, cause))
    }

    fn tried(case: u32, trial: Trial) -> Ticket {
        Ticket {
            trial,
            ..ticket(case, 0)
        }
    }

    fn crash(signal: i32) -> Outcome {
        Outcome::Crashed(CrashSite {
            signal,
            worker_died: true,
            ..CrashSite::default()
        })
    }

    const RUNS: Option<(u64, CaseState)> = Some((1, CaseState::Running));

    #[test]
    fn running_case_is_blamed_with_how_the_worker_ended() {
        let exited = Outcome::Exited {
            code: 3,
            worker_died: true,
        };
        for (cause, outcome) in [
            (SEGV, crash(11)),
            (Cause::Ended(ExitStatus::Exited(3)), exited),
            (Cause::Stalled, Outcome::TimedOut(TimeoutOrigin::Watchdog)),
        ] {
            let settled = settle_at(RUNS, cause, 0);
            assert_eq!(settled.answer, Some((Seq(1), ticket(1, 0), outcome)));
            assert!(settled.blamed);
            assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
        }
    }

    #[test]
    fn running_case_of_a_worker_that_we_killed_is_suspect_and_not_blamed() {
        for cause in [Cause::Killed, Cause::Retired] {
            let settled = settle_at(RUNS, cause, 0);
            assert_eq!(settled.answer, None);
            assert_eq!(settled.suspect, Some(ticket(1, 1)));
            assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
        }
    }

    fn confirmed(state: Option<(u64, CaseState)>, trial: Trial, building: Option<u32>) -> Settled {
        let mut window = Window::default();
        window.push(Pending {
            ticket: tried(7, trial),
            end: 10,
            bytes: 10,
            deadline_ms: 1,
        });
        let scene = Scene {
            confirms: true,
            building,
            ..scene(state, SEGV)
        };
        settle(window, scene)
    }

    #[test]
    fn case_to_be_blamed_is_tried_by_itself_first_and_blamed_if_the_worker_dies_again() {
        let runs = Some((0, CaseState::Running));
        let first = confirmed(runs, Trial::None, None);
        assert_eq!((first.answer, first.blamed), (None, false));
        assert_eq!(first.suspect, Some(tried(7, Trial::Fresh)));
        let again = confirmed(runs, Trial::Fresh, None);
        let answer = Some((Seq(0), tried(7, Trial::Fresh), crash(11)));
        assert_eq!((again.answer, again.blamed), (answer, true));
    }

    #[test]
    fn ledger_that_names_another_case_blames_nobody_but_the_one_tried_by_itself() {
        // Cases 2 and 3 wait behind case 1: a worker can't be at them.
        for state in [CaseState::Running, CaseState::Idle, CaseState::Restoring] {
            for seq in [2, 3, u64::MAX >> 2] {
                let scene = Scene {
                    confirms: true,
                    ..scene(Some((seq, state)), SEGV)
                };
                let settled = settle(window(0), scene);
                assert_eq!(settled.answer, None, "{seq} {state:?}");
                assert_eq!(settled.suspect, Some(tried(1, Trial::Fresh)));
                assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
            }
            let by_itself = confirmed(Some((1, state)), Trial::Fresh, None);
            assert!(by_itself.blamed, "nothing else was there");
        }
    }

    #[test]
    fn ledger_that_was_overwritten_has_the_first_tried_and_not_counted() {
        let scene = Scene {
            overwritten: true,
            confirms: true,
            ..scene(None, SEGV)
        };
        let settled = settle(window(2), scene);
        assert_eq!(settled.answer, None);
        assert_eq!(
            settled.suspect,
            Some(Ticket {
                trial: Trial::Fresh,
                ..ticket(1, 2)
            })
        );
    }

    #[test]
    fn preamble_that_was_built_before_the_case_is_not_what_the_worker_died_of() {
        let prepares = Some((0, CaseState::Preparing));
        let first = confirmed(prepares, Trial::None, Some(4));
        assert_eq!(first.suspect, Some(tried(7, Trial::Built(4))));
        let again = confirmed(prepares, Trial::Built(4), None);
        assert!(again.blamed, "the ledger lies");
    }

    #[test]
    fn restoring_case_is_put_back_twice_and_then_lost() {
        let settled = settle_at(Some((1, CaseState::Restoring)), SEGV, 1);
        assert_eq!(settled.suspect, Some(ticket(1, 2)));
        assert_eq!(settled.requeue, [ticket(2, 1), ticket(3, 1)]);
        let settled = settle_at(Some((1, CaseState::Restoring)), SEGV, 2);
        let reason =
            "the worker was killed by signal 11 while the guest was put back after it, 3 times";
        let lost = Outcome::Lost {
            reason: reason.to_owned(),
        };
        assert_eq!(settled.answer, Some((Seq(1), ticket(1, 2), lost)));
        assert!(!settled.blamed);
        assert_eq!(settled.requeue, [ticket(2, 2), ticket(3, 2)]);
    }

    #[test]
    fn case_whose_preamble_was_being_built_is_tried_again_and_not_counted() {
        for requeues in [0, 2] {
            let scene = Scene {
                building: Some(9),
                ..scene(Some((1, CaseState::Preparing)), SEGV)
            };
            let settled = settle(window(requeues), scene);
            let trial = Trial::Built(9);
            let again = Ticket {
                trial,
                ..ticket(1, requeues)
            };
            assert_eq!(settled.suspect, Some(again));
            assert_eq!(settled.answer, None);
            assert_eq!(settled.requeue, [ticket(2, requeues), ticket(3, requeues)]);
        }
    }

    #[test]
    fn worker_said_to_be_still_at_an_answered_case_leaves_its_next_suspect() {
        // Where a case has made the ledger say so, it must not do that for ever.
        for state in [CaseState::Running, CaseState::Restoring] {
            let settled = settle_at(Some((0, state)), SEGV, 0);
            assert_eq!(settled.answer, None);
            assert_eq!(settled.suspect, Some(ticket(1, 1)));
            assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
        }
    }

    #[test]
    fn ledger_that_makes_no_sense_leaves_the_first_suspect() {
        for seq in [3, 4, u64::MAX >> 2] {
            let settled = settle_at(Some((seq, CaseState::Running)), SEGV, 0);
            assert_eq!(
                (settled.answer, settled.suspect),
                (None, Some(ticket(1, 1))),
                "{seq}"
            );
            assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
        }
    }

    #[test]
    fn idle_worker_leaves_its_next_case_suspect_unless_it_retired() {
        let settled = settle_at(Some((0, CaseState::Idle)), SEGV, 0);
        assert_eq!(settled.suspect, Some(ticket(1, 1)));
        assert_eq!(settled.requeue, [ticket(2, 0), ticket(3, 0)]);
        let settled = settle_at(None, Cause::Retired, 0);
        assert_eq!(settled.suspect, None);
        assert_eq!(settled.requeue, [ticket(1, 0), ticket(2, 0), ticket(3, 0)]);
    }

    #[test]
    fn case_that_was_not_written_is_never_suspect() {
        let settled = settle(
            window(2),
            Scene {
                written: 10,
                ..scene(None, SEGV)
            },
        );
        assert_eq!((settled.answer, settled.suspect), (None, None));
        assert_eq!(settled.requeue, [ticket(1, 2), ticket(2, 2), ticket(3, 2)]);
    }
}
