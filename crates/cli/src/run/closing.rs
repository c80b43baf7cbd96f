//! The end of a run: reports are completed, people are told, the exit code is found.

use super::Settings;
use super::baseline::Settled;
use super::conductor::Conductor;
use super::config_file;
use super::confirm::Confirmed;
use super::outputs::Outputs;
use super::partial::{self, Quarantine};
use super::policy;
use super::retry::Totals;
use super::shadow;
use crate::args::{FlakyChoice, Format};
use crate::error::CliError;
use crate::exit::{ExitCode, Standing};
use crate::signals::Listener;
use crate::terminal::{Surroundings, tell};
use rewind_harness::{Death, Ending, HarnessError};
use rewind_protocol::message::RetireReason;
use rewind_report::human::{Detail, Palette, render, render_ending};
use rewind_report::{
    Completeness, Ended, MemoryPeaks, RecyclingFigures, Retired, RunFacts, Stage, StopReason,
    Stopped, Verdict,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

/// What is known when a run is over.
pub(super) struct End<'a> {
    pub(super) facts: RunFacts,
    pub(super) totals: &'a Totals,
    pub(super) confirmed: &'a Confirmed,
    pub(super) quarantine: Option<Quarantine>,
    /// Why the run could not be carried through, if so.
    pub(super) broke_off: Option<CliError>,
}

/// Completes the reports, saves the timings and tells people. What can't be written
/// is told, and keeps nothing else from being written.
///
/// # Errors
/// When people can't be told.
pub(super) fn close(
    mut conductor: Conductor<'_>,
    end: End<'_>,
    outputs: &Outputs,
) -> Result<ExitCode, CliError> {
    let End {
        facts,
        totals,
        confirmed,
        quarantine,
        broke_off,
    } = end;
    conductor.tell_of_deaths(match &broke_off {
        Some(CliError::Harness(HarnessError::NoWorker { last, .. })) => Some(last),
        _ => None,
    });
    let mut unwritten: Vec<CliError> = Vec::new();
    unwritten.extend(save_timings(&mut conductor).err());
    let run = facts.completeness(conductor.reporter.figures().counts());
    let settled = settle_baseline(&conductor, totals, &run).unwrap_or_else(|error| {
        unwritten.push(error);
        Settled::default()
    });
    let mut findings = policy::Grave::of(&conductor.last).told();
    findings.push_str(&confirmed.told(&conductor.last));
    findings.push_str(&partial::hints(&conductor));
    if let Some(quarantine) = quarantine.filter(|_| conductor.reporter.is_heard()) {
        match quarantine.settle(&conductor) {
            Ok(text) => findings.push_str(&text),
            Err(error) => unwritten.push(error),
        }
    }
    let partial = partial::count(&conductor.last);
    let config = config_file::body(&conductor);
    let Conductor {
        settings,
        reporter,
        audit,
        polluters,
        ..
    } = conductor;
    let Ended {
        mut summary,
        figures,
    } = reporter.end(&facts);
    if outputs.is_filled() {
        let put = config_file::put(settings, &config);
        unwritten.extend(put.map_err(CliError::from).err());
    }
    summary.reports_lost += unwritten.len() as u64;
    for error in broke_off.iter().chain(&unwritten) {
        tell(&error.render());
    }
    let detail = if settings.all_output {
        Detail::ALL
    } else {
        Detail::default()
    };
    let palette = palette(settings);
    let mut text = render(&summary, &figures, &detail, &palette);
    text.push_str(&findings);
    text.push_str(&settled.text);
    let audit = audit.unwrap_or_default();
    if facts.shadow.is_some() {
        text.push_str(&shadow::told(
            settings,
            &audit,
            polluters.as_ref(),
            &detail,
            &palette,
        ));
    }
    text.push_str(&render_ending(
        &summary,
        settings.results.is_some(),
        &palette,
    ));
    tell_people(settings, &text)?;
    // Who asks for retries has said that one will do; for the confirmation nobody asked.
    let flaky_refused = match settings.flaky {
        Some(FlakyChoice::Refuse) => summary.flaky + partial,
        Some(FlakyChoice::Allow) => 0,
        None => partial,
    };
    let stopped = summary.completeness.reason;
    let standing = Standing {
        interrupted: stopped == Some(StopReason::Interrupted),
        missing: summary.lost + audit.counts.lost,
        broken: stopped.is_some_and(|it| !it.is_wanted()) || summary.reports_lost > 0,
        breaches: breaches(totals) + audit.counts.breaches,
        baseline_refused: settled.refused,
        unexpected: if settled.created {
            0
        } else {
            summary.unexpected.saturating_sub(partial)
        },
        flaky_refused,
    };
    Ok(standing.exit_code())
}

/// Colours for the text, by where it goes.
fn palette(settings: &Settings) -> Palette {
    let surroundings = Surroundings::of_process();
    Palette::new(if is_for_stdout(settings) {
        surroundings.colour(settings.color, &io::stdout())
    } else {
        surroundings.colour(settings.color, &io::stderr())
    })
}

/// The text for people goes to stdout, unless that belongs to a report or a profile.
fn is_for_stdout(settings: &Settings) -> bool {
    settings.format == Format::Human && settings.watch.profile.is_none()
}

/// Compares the run with its baseline, if it has one, and updates that.
fn settle_baseline(
    conductor: &Conductor<'_>,
    totals: &Totals,
    run: &Completeness,
) -> Result<Settled, CliError> {
    let Some(reference) = conductor.reference else {
        return Ok(Settled::default());
    };
    // A run that was cut short is no measure, even if each case has a result by then.
    let not_run = match run.complete {
        true => 0,
        false => run.not_run.max(totals.all.not_run as u64).max(1),
    };
    let audit = conductor.audit.as_ref();
    let breaches = breaches(totals) + audit.map_or(0, |audit| audit.counts.breaches);
    reference.settle(conductor, not_run, breaches)
}

/// To stdout, unless that belongs to a report or a profile.
fn tell_people(settings: &Settings, text: &str) -> Result<(), CliError> {
    if !is_for_stdout(settings) {
        tell(text);
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(CliError::system("write the summary"))
}

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
fn breaches(totals: &Totals) -> u64 {
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

/// Keeps how long each case took, if that is news. What can't be kept is told and stops nothing,
/// unless it was asked for by `--results`.
fn save_timings(conductor: &mut Conductor<'_>) -> Result<(), CliError> {
    let selected = conductor.selected;
    let Some(file) = &selected.timings_file else {
        return Ok(());
    };
    let known = |verdict: Option<Verdict>| verdict.is_some_and(|it| it != Verdict::Lost);
    let cases = selected.plan.cases.iter().zip(&conductor.last);
    let mut before = selected.timings.reader();
    let mut news = cases
        .filter(|(case, last)| {
            known(last.verdict)
                && selected.plan.unreadable(case).is_none()
                && before.is_news(&case.path, case.variant, last.us)
        })
        .peekable();
    if news.peek().is_none() {
        return Ok(());
    }
    let mut timings = selected.timings.clone();
    for (case, last) in news {
        timings.record(&case.path, case.variant, last.us);
    }
    match timings.save(file) {
        Err(error) if conductor.settings.results.is_some() => Err(error.into()),
        Err(error) => {
            conductor
                .reporter
                .note(&format!("note: timings are not kept: failed to {error}"));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
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
