//! The end of a run: reports are completed, people are told, the exit code is found.

use super::Settings;
use super::baseline::Settled;
use super::conductor::Conductor;
use super::config_file;
use super::confirm::Confirmed;
use super::facts;
use super::outputs::Outputs;
use super::partial::{self, Quarantine};
use super::policy;
use super::polluters::Polluters;
use super::retry::Totals;
use super::shadow::{self, Audit};
use crate::args::{FlakyChoice, Format};
use crate::error::CliError;
use crate::exit::{ExitCode, Standing};
use crate::terminal::{Surroundings, tell, unless_unread};
use rewind_harness::HarnessError;
use rewind_report::human::{Detail, Palette, render, render_ending};
use rewind_report::{Completeness, Ended, RunFacts, StopReason, Summary, Verdict};
use std::io::{self, Write};

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
    let (found, mut unwritten) = settle(&mut conductor, &facts, totals, confirmed, quarantine);
    let config = config_file::body(&conductor);
    let Conductor {
        settings,
        reporter,
        audit,
        polluters,
        ..
    } = conductor;
    let mut ended = reporter.end(&facts);
    if outputs.is_filled() {
        let put = config_file::put(settings, &config);
        unwritten.extend(put.map_err(CliError::from).err());
    }
    ended.summary.reports_lost += unwritten.len() as u64;
    for error in broke_off.iter().chain(&unwritten) {
        tell(&error.render());
    }
    let audit = facts.shadow.and(audit);
    let text = text(settings, &ended, &found, audit.as_ref(), polluters.as_ref());
    tell_people(settings, &text)?;
    Ok(standing(settings, &ended.summary, totals, &found, audit.as_ref()).exit_code())
}

/// What lists and policies make of a run.
struct Found {
    /// For people.
    findings: String,
    settled: Settled,
    /// Partial cases that are no crashes.
    partial: u64,
}

/// Brings the files that runs have in common up to this one; gives what could not be
/// written as well.
fn settle(
    conductor: &mut Conductor<'_>,
    facts: &RunFacts,
    totals: &Totals,
    confirmed: &Confirmed,
    quarantine: Option<Quarantine>,
) -> (Found, Vec<CliError>) {
    let mut unwritten: Vec<CliError> = Vec::new();
    unwritten.extend(save_timings(conductor).err());
    let run = facts.completeness(conductor.reporter.figures().counts());
    let settled = settle_baseline(conductor, totals, &run).unwrap_or_else(|error| {
        unwritten.push(error);
        Settled::default()
    });
    let mut findings = policy::Grave::of(&conductor.last).told();
    findings.push_str(&confirmed.told(&conductor.last));
    findings.push_str(&partial::hints(conductor));
    findings.push_str(&cleared(conductor.cleared));
    if let Some(quarantine) = quarantine.filter(|_| conductor.reporter.is_heard()) {
        match quarantine.settle(conductor) {
            Ok(text) => findings.push_str(&text),
            Err(error) => unwritten.push(error),
        }
    }
    let partial = partial::count(&conductor.last);
    let found = Found {
        findings,
        settled,
        partial,
    };
    (found, unwritten)
}

/// All that people read at the end.
fn text(
    settings: &Settings,
    ended: &Ended,
    found: &Found,
    audit: Option<&Audit>,
    polluters: Option<&Polluters>,
) -> String {
    let detail = if settings.all_output {
        Detail::ALL
    } else {
        Detail::default()
    };
    let palette = palette(settings);
    let mut text = render(&ended.summary, &ended.figures, &detail, &palette);
    text.push_str(&found.findings);
    text.push_str(&found.settled.text);
    if let Some(audit) = audit {
        text.push_str(&shadow::told(settings, audit, polluters, &detail, &palette));
    }
    let kept = settings.results.is_some();
    text.push_str(&render_ending(&ended.summary, kept, &palette));
    text
}

fn standing(
    settings: &Settings,
    summary: &Summary,
    totals: &Totals,
    found: &Found,
    audit: Option<&Audit>,
) -> Standing {
    let again = audit.map(|audit| audit.counts).unwrap_or_default();
    let stopped = summary.completeness.reason;
    Standing {
        interrupted: stopped == Some(StopReason::Interrupted),
        missing: summary.lost + again.lost,
        broken: stopped.is_some_and(|it| !it.is_wanted()) || summary.reports_lost > 0,
        breaches: facts::breaches(totals) + again.breaches,
        baseline_refused: found.settled.refused,
        unexpected: if found.settled.created {
            0
        } else {
            summary.unexpected.saturating_sub(found.partial)
        },
        // Who asks for retries has said that one will do; for the confirmation nobody asked.
        flaky_refused: match settings.flaky {
            Some(FlakyChoice::Refuse) => summary.flaky + found.partial,
            Some(FlakyChoice::Allow) => 0,
            None => found.partial,
        },
    }
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

/// For people: workers died at cases that ended none by themselves.
fn cleared(cases: u64) -> String {
    match cases {
        0 => String::new(),
        cases => format!(
            " deaths  cases: {cases} that a worker died at among others ended none when run by \
             themselves; the report has `died_before` at them\n"
        ),
    }
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
    let breaches = facts::breaches(totals) + audit.map_or(0, |audit| audit.counts.breaches);
    reference.settle(conductor, not_run, breaches)
}

/// To stdout, unless that belongs to a report or a profile.
fn tell_people(settings: &Settings, text: &str) -> Result<(), CliError> {
    if !is_for_stdout(settings) {
        tell(text);
        return Ok(());
    }
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    unless_unread(written).map_err(CliError::system("write the summary"))
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
