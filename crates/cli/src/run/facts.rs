//! What is known of a run at its end, and why it ended.

use super::conductor::Conductor;
use super::retry::Totals;
use crate::error::CliError;
use crate::signals::Listener;
use rewind_harness::{Death, Ending, HarnessError};
use rewind_protocol::message::RetireReason;
use rewind_report::{MemoryPeaks, RecyclingFigures, Retired, RunFacts, Stage, StopReason, Stopped};
use std::collections::BTreeMap;
use std::time::Duration;

/// Why the run ended before its end, if it did. What makes the others follow goes first.
fn stopped(
    conductor: &Conductor<'_>,
    listener: &Listener,
    broke_off: Option<&CliError>,
) -> Option<Stopped> {
    let (reason, detail) = match broke_off {
        _ if listener.interrupted() => (StopReason::Interrupted, String::new()),
        Some(CliError::Harness(HarnessError::NoWorker { last, .. })) => {
            (StopReason::NoWorker, last.to_string())
        }
        Some(error) => (StopReason::Machinery, format!("failed to {error}")),
        None if !conductor.reporter.is_heard() => {
            let first = conductor.reporter.first_lost();
            (StopReason::NoReport, format!("failed to {first}"))
        }
        None if conductor.had_enough => (StopReason::MaxFail, String::new()),
        None => return None,
    };
    Some(Stopped { reason, detail })
}

/// What is known of the run so far.
pub(super) fn facts(
    conductor: &Conductor<'_>,
    totals: &Totals,
    listener: &Listener,
    broke_off: Option<&CliError>,
) -> RunFacts {
    let all = &totals.all;
    let greeting = conductor.greeting.as_deref();
    let text = |of: fn(&rewind_protocol::message::HelloReply) -> String| {
        greeting.map(of).unwrap_or_default()
    };
    let peak = all.peak_worker_rss;
    RunFacts {
        wall: conductor.elapsed(),
        parent_cpu: rewind_sys::process::own_cpu(),
        workers_cpu: Some(all.workers_cpu),
        retired: retired(totals),
        restarts: totals.restarts,
        recycling: RecyclingFigures::new(&all.recycling),
        guest: text(|reply| format!("{} {}", reply.guest_name, reply.guest_version)),
        build: text(|reply| reply.build_id.clone()),
        stages: stages(conductor, totals),
        tracking: text(|reply| reply.tracking.name().to_owned()),
        tracking_reason: text(|reply| reply.tracking_reason.clone()),
        verifications: all.counters.verifications,
        verifying: Duration::from_nanos(all.counters.verify_ns),
        memory: MemoryPeaks {
            worker_rss: (peak > 0).then_some(peak),
            parent_rss: own_peak_rss(),
        },
        shadow: conductor.audit.as_ref().map(|audit| audit.counts),
        bisected: conductor.polluters.as_ref().map(|it| it.counts),
        planned: conductor.selected.plan.cases.len() as u64,
        stopped: stopped(conductor, listener, broke_off),
    }
}

/// How long each stage took.
fn stages(conductor: &Conductor<'_>, totals: &Totals) -> Vec<Stage> {
    let prepare = ("prepare", conductor.selected.prepared);
    let stages = std::iter::once(&prepare).chain(&totals.stages);
    let stage = |(name, spent): &(&'static str, Duration)| Stage {
        name,
        wall_s: spent.as_secs_f64(),
    };
    stages.map(stage).collect()
}

/// Why workers left, counted.
fn retired(totals: &Totals) -> Vec<Retired> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, ending) in &totals.all.endings {
        let reason = match ending {
            Ending::Retired(reason) => reason.name(),
            Ending::Replaced(limit) => limit.name(),
            Ending::Died(Death::TooLarge { .. }) => "rss-limit-in-a-case",
            Ending::Died(Death::Start(_)) => "not-started",
            Ending::Died(Death::Ended(_)) => "died",
            Ending::Died(Death::Stalled) => "stalled",
            Ending::Died(Death::Babbled(_)) => "broke-protocol",
            Ending::Died(Death::Stayed) => "did-not-leave",
            Ending::Died(Death::Interrupted) => "interrupted",
        };
        *counts.entry(reason).or_default() += 1;
    }
    let retired = |(reason, count): (&str, u64)| Retired {
        reason: reason.to_owned(),
        count,
    };
    counts.into_iter().map(retired).collect()
}

/// Restores that were found not to be exact.
pub(super) fn breaches(totals: &Totals) -> u64 {
    let inexact = Ending::Retired(RetireReason::VerificationFailed);
    totals
        .all
        .endings
        .iter()
        .filter(|(_, ending)| *ending == inexact)
        .count() as u64
}

/// Highest resident size of this process, in bytes; `None` without /proc.
pub(super) fn own_peak_rss() -> Option<u64> {
    rewind_sys::probe::peak_resident_bytes(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_harness::{RunTotals, WorkerId};

    #[test]
    fn endings_are_counted_by_reason_and_breaches_apart() {
        let worker = WorkerId { slot: 0, life: 0 };
        let endings = [
            Ending::Retired(RetireReason::CrashLimit),
            Ending::Died(Death::Stalled),
            Ending::Retired(RetireReason::VerificationFailed),
            Ending::Died(Death::Stalled),
        ];
        let all = RunTotals {
            endings: endings.into_iter().map(|ending| (worker, ending)).collect(),
            ..RunTotals::default()
        };
        let totals = Totals {
            all,
            ..Totals::default()
        };
        let counted: Vec<_> = retired(&totals)
            .into_iter()
            .map(|it| (it.reason, it.count))
            .collect();
        let expected = [
            ("crash-limit", 1),
            ("stalled", 2),
            ("verification-failed", 1),
        ];
        assert_eq!(
            counted,
            expected.map(|(reason, count)| (reason.to_owned(), count))
        );
        assert_eq!(breaches(&totals), 1);
    }

    #[test]
    fn own_peak_is_read_from_proc() {
        assert!(own_peak_rss().is_some_and(|bytes| bytes > 1 << 20));
    }
}
