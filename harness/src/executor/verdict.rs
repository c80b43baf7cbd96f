//! Who is to blame when a worker ends.
//!
//! What the worker had answered is out of its window by now: everything that
//! came through the pipe, and everything that the ledger held beyond that. Of
//! what is left, at most one case is treated otherwise than the rest:
//!
//! | the ledger says | the worker ended by itself, stalled or took too much memory | it was killed for babbling | it retired |
//! | --- | --- | --- | --- |
//! | runs an unanswered case | that one is blamed | suspect | suspect |
//! | restores after an unanswered case | suspect | suspect | suspect |
//! | builds the preamble of an unanswered case | the preamble's doing | the same | the same |
//! | is still at an answered case | nobody | nobody | nobody |
//! | is idle, or makes no sense | the first is suspect | the first is suspect | nobody |
//!
//! The blamed case is answered with how the worker ended. A suspect is tried
//! again at once, and lost if that was done too often: otherwise a case that can
//! kill a worker without being seen at it would do so for ever. Where it was the
//! preamble's doing, the case is tried again at once and that isn't counted: for
//! how long is up to [`Fatal`](super::fatal::Fatal). All others are put back as
//! they were.

use super::window::{Pending, Window};
use crate::event::Death;
use crate::ticket::Ticket;
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

/// Settles what a worker left. `current` is the ledger's word on what it was at,
/// `written` how much of the stream it can have read.
pub(super) fn settle(
    mut window: Window,
    current: Option<(Seq, CaseState)>,
    written: u64,
    cause: Cause,
    requeues: u8,
) -> Settled {
    let mut settled = Settled::default();
    let at = current
        .filter(|(_, state)| *state != CaseState::Idle)
        .filter(|(seq, _)| window.was_sent(*seq, written));
    let first = window
        .first()
        .map(|(seq, _)| seq)
        .filter(|_| cause != Cause::Retired);
    let suspect = at.map(|(seq, _)| seq).or(first);
    if let Some(seq) = suspect
        && let Some(Pending { ticket, .. }) = window.answer(seq, written)
    {
        let running = matches!(at, Some((_, CaseState::Running)));
        if let Some(outcome) = cause.outcome().filter(|_| running) {
            settled.answer = Some((seq, ticket, outcome));
            settled.blamed = true;
        } else if matches!(at, Some((_, CaseState::Preparing))) {
            settled.suspect = Some(ticket);
        } else if ticket.requeues < requeues {
            settled.suspect = Some(Ticket {
                requeues: ticket.requeues + 1,
                ..ticket
            });
        } else {
            let reason = lost_because(at, cause, ticket.requeues.saturating_add(1));
            settled.answer = Some((seq, ticket, Outcome::Lost { reason }));
        }
    }
    settled.requeue.extend(window.into_tickets());
    settled
}

fn lost_because(at: Option<(Seq, CaseState)>, cause: Cause, times: u8) -> String {
    let doing = match at {
        Some((_, CaseState::Running)) => "while it ran",
        Some((_, CaseState::Restoring)) => "while the guest was put back after it",
        _ => "before it is known to have begun",
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
            case: CaseId(case),
            attempt: 1,
            requeues,
            alone: false,
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

    fn settle_at(state: Option<(u64, CaseState)>, cause: Cause, requeues: u8) -> Settled {
        settle(
            window(requeues),
            state.map(|(seq, state)| (Seq(seq), state)),
            30,
            cause,
            2,
        )
    }

    #[test]
    fn running_case_is_blamed_with_how_the_worker_ended() {
        let crash = Outcome::Crashed(CrashSite {
            signal: 11,
            worker_died: true,
            ..CrashSite::default()
        });
        for (cause, outcome) in [
            (SEGV, crash),
            (
                Cause::Ended(ExitStatus::Exited(3)),
                Outcome::Exited {
                    code: 3,
                    worker_died: true,
                },
            ),
            (Cause::Stalled, Outcome::TimedOut(TimeoutOrigin::Watchdog)),
        ] {
            let settled = settle_at(Some((2, CaseState::Running)), cause, 0);
            assert_eq!(settled.answer, Some((Seq(2), ticket(2, 0), outcome)));
            assert!(settled.blamed);
            assert_eq!(settled.requeue, [ticket(1, 0), ticket(3, 0)]);
        }
    }

    #[test]
    fn running_case_of_a_worker_that_we_killed_is_suspect_and_not_blamed() {
        for cause in [Cause::Killed, Cause::Retired] {
            let settled = settle_at(Some((2, CaseState::Running)), cause, 0);
            assert_eq!(settled.answer, None);
            assert_eq!(settled.suspect, Some(ticket(2, 1)));
            assert_eq!(settled.requeue, [ticket(1, 0), ticket(3, 0)]);
        }
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
            let settled = settle_at(Some((1, CaseState::Preparing)), SEGV, requeues);
            assert_eq!(settled.suspect, Some(ticket(1, requeues)));
            assert_eq!(settled.answer, None);
            assert_eq!(settled.requeue, [ticket(2, requeues), ticket(3, requeues)]);
        }
    }

    #[test]
    fn worker_still_at_an_answered_case_leaves_no_suspect() {
        for state in [CaseState::Running, CaseState::Restoring] {
            let settled = settle_at(Some((0, state)), SEGV, 0);
            assert_eq!((settled.answer, settled.suspect), (None, None));
            assert_eq!(settled.requeue, [ticket(1, 0), ticket(2, 0), ticket(3, 0)]);
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
        let settled = settle(window(2), None, 10, SEGV, 2);
        assert_eq!((settled.answer, settled.suspect), (None, None));
        assert_eq!(settled.requeue, [ticket(1, 2), ticket(2, 2), ticket(3, 2)]);
    }
}
