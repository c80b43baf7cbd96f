//! `phases.json`: where the time of a run went, from its stages down to the
//! phases of its cases.

use crate::{CaseRecord, PhaseSeconds, Stage, Summary};
use hdrhistogram::Histogram;
use rewind_protocol::{Finished, Nanos, Phases};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Slowest cases shown.
const TOP: usize = 20;
/// Number of phases of a case.
const PHASES: usize = 6;

/// A slow case and its phases.
struct Slow {
    path: Box<str>,
    variant: &'static str,
    phases: Phases,
}

/// Times of all attempts so far.
pub(super) struct Times {
    /// One for each phase, in the order of [`Phases::named`]; 0 is not counted.
    spent: [Histogram<u64>; PHASES],
    /// Slowest first; at most [`TOP`].
    slowest: Vec<Slow>,
}

impl Default for Times {
    fn default() -> Self {
        // 1 ns to 10 minutes at 1 %: bounds that the constructor accepts.
        let new = || {
            Histogram::new_with_bounds(1, 600_000_000_000, 2)
                .expect("bounds are in order and the precision is at most 5 digits")
        };
        Self {
            spent: std::array::from_fn(|_| new()),
            slowest: Vec::with_capacity(TOP + 1),
        }
    }
}

/// The file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    stages: &'a [Stage],
    wall_s: f64,
    cpu_s: f64,
    worker_cpu_s: Option<f64>,
    /// Time of all attempts in each phase.
    total_s: PhaseSeconds,
    /// Attempts in which a phase took any time, and percentiles over these, in µs.
    phases: Map<String, Value>,
    slowest: Vec<Value>,
}

impl Times {
    pub(super) fn record(&mut self, record: &CaseRecord<'_>, finished: &Finished) {
        for (histogram, (_, spent)) in self.spent.iter_mut().zip(finished.phases.named()) {
            if spent.0 > 0 {
                histogram.saturating_record(spent.0);
            }
        }
        self.rank(record, finished.phases);
    }

    fn rank(&mut self, record: &CaseRecord<'_>, phases: Phases) {
        let spent = phases.total();
        let least = self.slowest.last().map_or(Nanos(0), |it| it.phases.total());
        if spent == Nanos(0) || (self.slowest.len() == TOP && least >= spent) {
            return;
        }
        let at = self
            .slowest
            .partition_point(|it| it.phases.total() >= spent);
        let slow = Slow {
            path: record.path.into(),
            variant: record.variant.name(),
            phases,
        };
        self.slowest.insert(at, slow);
        self.slowest.truncate(TOP);
    }

    pub(super) fn file<'a>(&self, summary: &'a Summary) -> File<'a> {
        let names = Phases::default().named().map(|(name, _)| name);
        let phases = names.into_iter().zip(&self.spent);
        File {
            stages: &summary.stages,
            wall_s: summary.wall_s,
            cpu_s: summary.cpu_s,
            worker_cpu_s: summary.worker_cpu_s,
            total_s: summary.phases_s,
            phases: phases
                .map(|(name, spent)| (name.to_owned(), percentiles(spent)))
                .collect(),
            slowest: self.slowest.iter().map(Slow::value).collect(),
        }
    }
}

fn percentiles(spent: &Histogram<u64>) -> Value {
    let at = |quantile| spent.value_at_quantile(quantile) as f64 / 1000.0;
    json!({
        "attempts": spent.len(), "p50_us": at(0.5), "p90_us": at(0.9), "p99_us": at(0.99),
        "max_us": at(1.0),
    })
}

impl Slow {
    fn value(&self) -> Value {
        let micros = |spent: Nanos| spent.0 as f64 / 1000.0;
        let named = self.phases.named();
        let phases: Map<String, Value> = named
            .into_iter()
            .map(|(name, spent)| (name.to_owned(), micros(spent).into()))
            .collect();
        json!({
            "path": self.path, "variant": self.variant, "us": micros(self.phases.total()),
            "phases_us": phases,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{About, Verdict};
    use rewind_protocol::{MemoryUse, Outcome, Seq, Variant};

    /// An answer whose execution took `us` µs.
    pub(in crate::files) fn finished(us: u64) -> Finished {
        Finished {
            seq: Seq(0),
            outcome: Outcome::Completed,
            notices: Vec::new(),
            output: bytes::Bytes::new(),
            output_dropped: 0,
            recovery: None,
            place: None,
            markers: Vec::new(),
            phases: Phases {
                execute: Nanos(us * 1000),
                ..Phases::default()
            },
            memory: MemoryUse::default(),
        }
    }

    pub(in crate::files) fn passed<'a>(path: &'a str, finished: &'a Finished) -> CaseRecord<'a> {
        CaseRecord {
            path,
            variant: Variant::named(&"sloppy"),
            verdict: Verdict::Pass,
            expected: true,
            why: "",
            finished: Some(finished),
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: About::default(),
        }
    }

    #[test]
    fn percentiles_are_of_the_attempts_that_had_the_phase() {
        let mut times = Times::default();
        for us in 1..=100 {
            let finished = finished(us);
            times.record(&passed("a.js", &finished), &finished);
        }
        let summary = Summary {
            stages: vec![Stage {
                name: "run",
                wall_s: 1.5,
            }],
            ..Summary::default()
        };
        let file = serde_json::to_value(times.file(&summary)).expect("an object");
        let execute = &file["phases"]["execute"];
        assert_eq!(execute["attempts"], 100);
        let median = execute["p50_us"].as_f64().expect("a number");
        assert!((median - 50.0).abs() <= 1.0, "{median}");
        assert_eq!(file["phases"]["compile"]["attempts"], 0);
        assert_eq!(file["stages"], json!([{"name": "run", "wall_s": 1.5}]));
    }

    #[test]
    fn slowest_are_listed_slowest_first_with_their_phases() {
        let mut times = Times::default();
        for us in 1..=30 {
            let (name, finished) = (format!("{us}.js"), finished(us));
            times.record(&passed(&name, &finished), &finished);
        }
        let file = serde_json::to_value(times.file(&Summary::default())).expect("an object");
        let slowest = file["slowest"].as_array().expect("a list");
        assert_eq!(slowest.len(), TOP);
        assert_eq!(slowest[0]["path"], "30.js");
        assert_eq!(slowest[19]["path"], "11.js");
        assert_eq!(slowest[0]["phases_us"]["execute"], 30.0);
    }
}
