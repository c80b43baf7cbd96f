//! The searches of a run, one victim after the other.

use crate::error::CliError;
use crate::run::Settings;
use crate::run::bisect::{
    About, Audience, Bench, Bounds, Conclusion, Notes, Reached, Scene, hunt, replay_command,
};
use crate::run::conductor::Conductor;
use crate::run::retry::Totals;
use crate::select::Selected;
use rewind_harness::{Dialect, Event, RunTotals, Stop, StopFlag, WorkerId};
use rewind_plan::{Case, CaseId};
use rewind_protocol::Isolation;
use rewind_report::{
    BisectCounts, BisectRecord, Cause, NamedCase, RESULTS_FILE, SearchEnd, ShadowRecord,
};
use std::time::Instant;

/// What came of all searches.
#[derive(Debug, Default)]
pub(in crate::run) struct Polluters {
    pub(in crate::run) counts: BisectCounts,
    pub(in crate::run) found: Vec<(CaseId, BisectRecord)>,
    /// Why some were not searched; empty if all were.
    pub(super) left: String,
}

impl Polluters {
    /// What is known of a case.
    pub(in crate::run) fn of(&self, id: CaseId) -> Option<&BisectRecord> {
        let (_, record) = self.found.iter().find(|(it, _)| *it == id)?;
        Some(record)
    }

    /// What is known of a breach. Of several rounds, that of the same worker.
    pub(in crate::run) fn of_breach(&self, breach: &ShadowRecord) -> Option<&BisectRecord> {
        let key = (
            &*breach.path,
            breach.variant,
            breach.worker,
            breach.worker_life,
        );
        let records = self.found.iter().map(|(_, record)| record);
        let mut same = records.filter(|it| {
            let NamedCase { path, variant } = &it.victim;
            (&**path, *variant, it.worker, it.worker_life) == key
        });
        same.next()
    }
}

/// Why a run so set up can't look for polluters, if so.
pub(in crate::run) fn why_not(settings: &Settings) -> Option<&'static str> {
    if settings.strangers {
        Some("the workers are not this program's")
    } else if settings.dialect == Dialect::LambdaV1 {
        Some("the line dialect has no record to repeat")
    } else if settings.setup.isolation == Isolation::Spawn {
        Some("each case has a process of its own")
    } else {
        None
    }
}

/// A case that something changed.
struct Suspect {
    id: CaseId,
    cause: Cause,
    /// How it ended in the batch, for people.
    recorded: String,
}

/// Looks for the polluters of partial cases and of breaches, and reports them.
pub(in crate::run) fn look(
    settings: &Settings,
    selected: &Selected,
    stop: &StopFlag,
    conductor: &mut Conductor<'_>,
    totals: &mut Totals,
) -> Result<(), CliError> {
    let suspects = suspects(selected, conductor);
    if suspects.is_empty() || !conductor.reporter.is_heard() {
        return Ok(());
    }
    let began = Instant::now();
    let mut polluters = Polluters::default();
    let mut search = Searches {
        settings,
        selected,
        stop,
        conductor,
        totals,
        until: began.checked_add(settings.search.time),
    };
    let searched = search.all(&suspects, &mut polluters);
    polluters.counts.not_searched = (suspects.len() - polluters.found.len()) as u64;
    if polluters.counts.searched > 0 {
        totals.stages.push(("bisect", began.elapsed()));
    }
    conductor.polluters = Some(polluters);
    searched
}

/// In an order that depends neither on the plan's nor on who was faster.
fn suspects(selected: &Selected, conductor: &Conductor<'_>) -> Vec<Suspect> {
    let numbered = (0..).map(CaseId).zip(&conductor.last);
    let partial = numbered.filter(|(_, last)| last.partial);
    let mut all: Vec<_> = partial
        .map(|(id, last)| {
            let word = |it: Option<&'static str>| it.unwrap_or("unknown");
            let verdict = word(last.verdict.map(|it| it.name()));
            let kind = word(last.kind.map(|it| it.name()));
            Suspect {
                id,
                cause: Cause::Partial,
                recorded: format!("{verdict} ({kind})"),
            }
        })
        .collect();
    let breaches = conductor.audit.iter().flat_map(|audit| &audit.breaches);
    for (id, end) in breaches {
        if !all.iter().any(|it| it.id == *id) {
            all.push(Suspect {
                id: *id,
                cause: Cause::Breach,
                recorded: end.to_string(),
            });
        }
    }
    let key = |it: &Suspect| {
        let case = selected.plan.case(it.id);
        case.map(|case| (case.path.clone(), case.variant, case.round))
    };
    all.sort_by_cached_key(key);
    all
}

/// What it takes to search.
struct Searches<'a, 'c> {
    settings: &'a Settings,
    selected: &'a Selected,
    stop: &'a StopFlag,
    conductor: &'a mut Conductor<'c>,
    totals: &'a mut Totals,
    until: Option<Instant>,
}

impl Searches<'_, '_> {
    fn all(&mut self, suspects: &[Suspect], polluters: &mut Polluters) -> Result<(), CliError> {
        for (number, suspect) in suspects.iter().enumerate() {
            if let Some(reason) = self.end(number) {
                polluters.left = reason;
                break;
            }
            if let Some(record) = self.one(suspect, number == 0)? {
                polluters.counts.add(record.result);
                self.conductor.reporter.bisected(&record);
                polluters.found.push((suspect.id, record));
            }
        }
        Ok(())
    }

    /// Why no search is begun after so many, if so.
    fn end(&self, searched: usize) -> Option<String> {
        let search = &self.settings.search;
        if search.victims == 0 {
            Some("--bisect-limit 0".to_owned())
        } else if let Some(reason) = why_not(self.settings) {
            Some(reason.to_owned())
        } else if self.stop.level() != Stop::No {
            Some("the run was stopped".to_owned())
        } else if searched >= search.victims {
            Some(format!("--bisect-limit {}", search.victims))
        } else if self.until.is_some_and(|until| Instant::now() >= until) {
            Some(format!("--bisect-time {}", search.time.as_secs()))
        } else {
            None
        }
    }

    /// The search for what changed one case; `None` if it isn't known where that ran.
    fn one(&mut self, suspect: &Suspect, first: bool) -> Result<Option<BisectRecord>, CliError> {
        let (settings, selected) = (self.settings, self.selected);
        let recorded = suspect.recorded.clone();
        let course = &self.conductor.course;
        let scene = course.scene(settings, selected, suspect.id, recorded);
        let Some(((scene, worker), victim)) = scene.zip(selected.plan.case(suspect.id)) else {
            return Ok(None);
        };
        let (name, count) = (scene.victim_name(), scene.predecessors.len());
        self.conductor.reporter.note(&format!(
            "bisecting {name}: which of the {count} cases before it in its process changed it"
        ));
        let record = settings.results.as_ref().map(|it| it.join(RESULTS_FILE));
        // Another run's answers are no answers of this one.
        let fresh = first && !settings.resume;
        let about = About::new(&scene)?;
        // No run is lost for notes that make no sense.
        let notes = Notes::open(record.as_deref(), about.clone(), fresh)
            .or_else(|_| Notes::open(record.as_deref(), about, true))?;
        let bounds = Bounds {
            tries: settings.search.probes,
            until: self.until,
        };
        let mut audience = Bystander {
            conductor: self.conductor,
            totals: self.totals,
        };
        let mut bench = Bench::new(&scene, notes, bounds, self.stop, &mut audience);
        let (conclusion, ends) = hunt(&mut bench, selected.wish.seed)?;
        let tries = bench.tries();
        let mut record = self.conclude(&scene, (victim, suspect.cause), worker, &conclusion);
        record.alone = ends.alone;
        record.with = ends.with;
        record.probes = tries.made;
        record.known = tries.known;
        Ok(Some(record))
    }

    fn conclude(
        &self,
        scene: &Scene<'_>,
        (victim, cause): (&Case, Cause),
        worker: WorkerId,
        conclusion: &Conclusion,
    ) -> BisectRecord {
        let (result, set, why) = match conclusion {
            Conclusion::Found(set) => (SearchEnd::Found, &set[..], None),
            Conclusion::Nothing(why) => (SearchEnd::Nothing, &[][..], Some(why.clone())),
            Conclusion::Bound(set, reached) => {
                (SearchEnd::Bound, &set[..], Some(self.bound(*reached)))
            }
            Conclusion::Interrupted(set) => {
                let why = "the search was interrupted".to_owned();
                (SearchEnd::Interrupted, &set[..], Some(why))
            }
        };
        let found = result == SearchEnd::Found;
        let named = |case: &Case| NamedCase {
            path: case.path.to_string(),
            variant: case.variant,
        };
        let polluters = set.iter().filter(|_| found);
        let polluters = polluters.filter_map(|at| scene.case(*at)).map(named);
        let folder = self.settings.results.as_deref().filter(|_| found);
        BisectRecord {
            victim: named(victim),
            cause,
            result,
            why,
            replay: folder.map(|folder| replay_command(folder, scene, set)),
            polluters: polluters.collect(),
            predecessors: scene.predecessors.len() as u64,
            left: set.len() as u64,
            alone: None,
            with: None,
            probes: 0,
            known: 0,
            worker: worker.slot,
            worker_life: worker.life,
        }
    }

    fn bound(&self, reached: Reached) -> String {
        let search = &self.settings.search;
        match reached {
            Reached::Tries => format!(
                "{} tries were not enough; --bisect-probes allows more",
                search.probes
            ),
            Reached::Time => format!(
                "{} s were not enough; --bisect-time allows more",
                search.time.as_secs()
            ),
        }
    }
}

/// Hears of tries what the run has to know.
struct Bystander<'a, 'c> {
    conductor: &'a mut Conductor<'c>,
    totals: &'a mut Totals,
}

impl Audience for Bystander<'_, '_> {
    fn heard(&mut self, event: Event) {
        if let Event::Tick { .. } = event {
            self.conductor.take(event);
        }
    }

    fn spent(&mut self, totals: &RunTotals) {
        self.totals.add_shadow(totals);
    }
}
