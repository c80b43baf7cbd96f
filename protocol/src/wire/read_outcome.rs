//! From the wire to the answer to a case; what the worker sent is judged here.

use super::names::Named;
use super::outcome as wire;
use super::outcome::Kind;
use super::read_worker::seq;
use crate::codec::FrameFault;
use crate::outcome::{
    CrashSite, Finished, MemoryUse, Nanos, Outcome, Phases, Place, Thrown, TimeoutOrigin,
};
use crate::{ErrorPhase, MAX_NOTICES, Notice};

impl TryFrom<wire::Finished> for Finished {
    type Error = FrameFault;

    fn try_from(finished: wire::Finished) -> Result<Self, FrameFault> {
        let outcome = finished
            .outcome
            .ok_or(FrameFault::missing("Finished", "outcome"))?;
        Ok(Self {
            seq: seq(finished.seq, "Finished")?,
            outcome: outcome.try_into()?,
            notices: notices(finished.notices)?,
            output: finished.output,
            output_dropped: finished.output_dropped,
            markers: finished.markers,
            phases: finished.phases.unwrap_or_default().into(),
            memory: finished.memory.unwrap_or_default().into(),
            recovery: finished.recovery.map(Nanos),
            place: finished.place.map(|place| Place {
                started: Nanos(place.started),
                waited: Nanos(place.waited),
                prepared: Nanos(place.prepared),
            }),
        })
    }
}

impl TryFrom<wire::Outcome> for Outcome {
    type Error = FrameFault;

    fn try_from(outcome: wire::Outcome) -> Result<Self, FrameFault> {
        Ok(
            match outcome.kind.ok_or(FrameFault::missing("Outcome", "kind"))? {
                Kind::Completed(_) => Self::Completed,
                Kind::Threw(threw) => threw.try_into()?,
                Kind::Crashed(crashed) => Self::Crashed(crashed.into()),
                Kind::TimedOut(timed_out) => {
                    Self::TimedOut(TimeoutOrigin::read(timed_out.origin, "TimedOut", "origin")?)
                }
                Kind::Exited(wire::Exited { code, worker_died }) => {
                    Self::Exited { code, worker_died }
                }
                Kind::OutOfMemory(_) => Self::OutOfMemory,
                Kind::Lost(lost) => Self::Lost {
                    reason: lost.reason,
                },
                Kind::HostError(wire::HostError { kind, message }) => {
                    Self::HostError { kind, message }
                }
            },
        )
    }
}

impl TryFrom<wire::Threw> for Outcome {
    type Error = FrameFault;

    fn try_from(threw: wire::Threw) -> Result<Self, FrameFault> {
        let wire::Threw {
            phase,
            name,
            message,
            stack,
        } = threw;
        let phase = ErrorPhase::parse(&phase)
            .map_err(|_no_name| FrameFault::field("Threw", "phase", "is no name"))?;
        Ok(Self::Threw {
            phase,
            thrown: Thrown {
                name,
                message,
                stack,
            },
        })
    }
}

impl From<wire::Crashed> for CrashSite {
    fn from(crashed: wire::Crashed) -> Self {
        Self {
            signal: crashed.signal,
            code: crashed.code,
            address: crashed.address,
            pc: crashed.pc,
            stack_overflow: crashed.stack_overflow,
            worker_died: crashed.worker_died,
        }
    }
}

/// Each name once, each told at least once.
fn notices(told: Vec<wire::Notice>) -> Result<Vec<Notice>, FrameFault> {
    let wrong = |problem| Err(FrameFault::field("Finished", "notices", problem));
    if told.len() > MAX_NOTICES {
        return wrong("are more than a case can tell");
    }
    let mut notices: Vec<Notice> = Vec::with_capacity(told.len());
    for wire::Notice { name, count, text } in told {
        if Notice::check(&name).is_err() || notices.iter().any(|notice| notice.name == name) {
            return wrong("have a name that is none, or the same one twice");
        }
        if count == 0 {
            return Err(FrameFault::missing("Notice", "count"));
        }
        notices.push(Notice { name, count, text });
    }
    Ok(notices)
}

impl From<wire::Phases> for Phases {
    fn from(phases: wire::Phases) -> Self {
        Self {
            load: Nanos(phases.load),
            compile: Nanos(phases.compile),
            execute: Nanos(phases.execute),
            jobs: Nanos(phases.jobs),
            capture: Nanos(phases.capture),
            restore: Nanos(phases.restore),
        }
    }
}

impl From<wire::MemoryUse> for MemoryUse {
    fn from(memory: wire::MemoryUse) -> Self {
        Self {
            heap_peak: memory.heap_peak,
            dirty_pages: memory.dirty_pages,
        }
    }
}
