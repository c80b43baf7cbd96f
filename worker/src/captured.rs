//! From how a region ended, and what the guest told its host, to an outcome.

use crate::timeline::{Begun, Timeline};
use bytes::Bytes;
use rewind_guard::Departure;
use rewind_guest::{Evaluation, Host, Sink};
use rewind_protocol::{
    CrashSite, ErrorPhase, Finished, MemoryUse, Notice, Outcome, Place, Seq, Thrown, TimeoutOrigin,
};
use rewind_sys::process::ExitStatus;

fn text(sink: &Sink) -> String {
    sink.read(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// What happened to the case.
pub(crate) fn outcome(departure: Departure, evaluation: Evaluation, host: &Host) -> Outcome {
    match departure {
        Departure::Returned => match evaluation {
            Evaluation::Completed => Outcome::Completed,
            Evaluation::Threw(phase) => threw(phase, host),
            Evaluation::OutOfMemory => Outcome::OutOfMemory,
            Evaluation::HostError => Outcome::HostError {
                kind: text(&host.thrown_name),
                message: text(&host.thrown_message),
            },
        },
        Departure::Faulted(fault) => {
            let site = CrashSite {
                signal: fault.signal,
                code: fault.code,
                address: fault.address,
                pc: fault.pc,
                stack_overflow: fault.stack_overflow,
                worker_died: false,
            };
            Outcome::Crashed(CrashSite {
                address: site.fault_address().unwrap_or(0),
                ..site
            })
        }
        Departure::Exited(code) => Outcome::Exited {
            code,
            worker_died: false,
        },
        Departure::DeadlinePassed => Outcome::TimedOut(TimeoutOrigin::Deadline),
    }
}

/// What happened to a case whose process ended without an answer.
pub(crate) fn of_process(status: ExitStatus) -> Outcome {
    match status {
        ExitStatus::Signaled(signal) => Outcome::Crashed(CrashSite {
            signal,
            worker_died: true,
            ..CrashSite::default()
        }),
        ExitStatus::Exited(code) => Outcome::Exited {
            code,
            worker_died: true,
        },
    }
}

/// A throw in `phase`, with what the guest said of the value.
pub(crate) fn threw(phase: ErrorPhase, host: &Host) -> Outcome {
    let thrown = Thrown {
        name: text(&host.thrown_name),
        message: text(&host.thrown_message),
        stack: text(&host.thrown_stack),
    };
    Outcome::Threw { phase, thrown }
}

/// What the case told by name.
pub(crate) fn notices(host: &Host) -> Vec<Notice> {
    if host.told_nothing() {
        return Vec::new();
    }
    let mut notices = Vec::new();
    host.notices(|name, count, text| {
        notices.push(Notice {
            name: name.to_owned(),
            count,
            text: String::from_utf8_lossy(text).into_owned(),
        });
    });
    notices
}

/// What the case printed: through the host's service first, then `raw`, what
/// it wrote to descriptors 1 and 2 by itself.
pub(crate) fn output(host: &Host, raw: &[u8]) -> Bytes {
    if host.output.is_empty() && raw.is_empty() {
        return Bytes::new();
    }
    host.output.read(|printed| {
        if raw.is_empty() {
            return Bytes::copy_from_slice(printed);
        }
        [printed, raw].concat().into()
    })
}

/// The markers, in order.
pub(crate) fn markers(host: &Host) -> Vec<String> {
    if host.markers.is_empty() {
        return Vec::new();
    }
    text(&host.markers).lines().map(str::to_owned).collect()
}

/// The answer to a case that was run, but for the outcome and what only the
/// restore tells.
pub(crate) fn answer(seq: Seq, host: &Host, raw: &[u8], heap_peak: u64) -> Finished {
    Finished {
        notices: notices(host),
        output: output(host, raw),
        output_dropped: host.output.dropped(),
        markers: markers(host),
        memory: MemoryUse {
            heap_peak,
            dirty_pages: 0,
        },
        ..Finished::stand_in(seq, Outcome::Completed)
    }
}

/// When the case was that has just left its last phase, if the parent wants to know.
pub(crate) fn place(
    timeline: Option<&Timeline>,
    begun: Option<Begun>,
    host: &Host,
) -> Option<Place> {
    let (timeline, begun) = (timeline?, begun?);
    Some(timeline.place(begun, host.since(), host.phases().total()))
}
