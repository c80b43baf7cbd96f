//! An attempt, made again from its line in a report, to be reported once more.
//!
//! Its verdict is taken as it stands: not everything that it was judged by is
//! in the line.

use crate::error::CliError;
use crate::report_file::CaseLine;
use rewind_protocol::{
    CrashSite, ErrorPhase, Finished, MemoryUse, Nanos, Outcome, Phases, Seq, Thrown, TimeoutOrigin,
};
use rewind_verdict::{Class, FailureKind, Verdict};
use serde_json::Value;
use std::path::Path;

/// An attempt that was reported before.
pub(in crate::run) struct Revived {
    pub(in crate::run) verdict: Verdict,
    pub(in crate::run) class: Option<Class>,
    pub(in crate::run) kind: Option<FailureKind>,
    pub(in crate::run) expected: bool,
    pub(in crate::run) partial: Option<FailureKind>,
    pub(in crate::run) attempt: u32,
    pub(in crate::run) worker: u32,
    pub(in crate::run) worker_life: u32,
    pub(in crate::run) why: String,
    /// How a worker ended that may have died of it before.
    pub(in crate::run) died_before: Option<String>,
    pub(in crate::run) finished: Finished,
}

impl Revived {
    /// Its worker died of it.
    pub(in crate::run) const fn killed_worker(&self) -> bool {
        self.finished.outcome.ended_worker()
    }
}

/// Reads `line` of the report `file`.
pub(super) fn revive(line: &CaseLine, file: &Path) -> Result<Revived, CliError> {
    let value: Value = serde_json::from_str(&line.text).unwrap_or_default();
    let Some(outcome) = outcome(&value["outcome"]) else {
        return Err(CliError::Resume {
            path: file.to_path_buf(),
            problem: format!(
                "the outcome of {} {} is unknown; leave --resume away",
                line.path, line.variant
            ),
        });
    };
    let output = text(&value, "output").into_bytes();
    let markers = value["markers"].as_array().into_iter().flatten();
    let markers = markers.filter_map(|it| Some(it.as_str()?.to_owned()));
    let dirty_pages = value["dirty_pages"].as_u64().unwrap_or_default();
    Ok(Revived {
        verdict: line.verdict,
        class: line.class,
        kind: value["failure"].as_str().and_then(FailureKind::from_name),
        expected: line.expected,
        partial: line.partial,
        attempt: line.attempt,
        worker: line.worker,
        worker_life: line.worker_life,
        why: text(&value, "why"),
        died_before: value["died_before"].as_str().map(str::to_owned),
        finished: Finished {
            seq: Seq(0),
            outcome,
            notices: Vec::new(),
            output: output.into(),
            output_dropped: value["output_missing"].as_u64().unwrap_or_default(),
            recovery: None,
            place: None,
            markers: markers.collect(),
            phases: phases(&value["phases"]),
            memory: MemoryUse {
                heap_peak: line.heap_peak,
                dirty_pages: u32::try_from(dirty_pages).unwrap_or(u32::MAX),
            },
        },
    })
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn outcome(value: &Value) -> Option<Outcome> {
    Some(match value["kind"].as_str()? {
        "completed" => Outcome::Completed,
        "threw" => Outcome::Threw {
            phase: ErrorPhase::parse(value["phase"].as_str()?).ok()?,
            thrown: Thrown {
                name: text(value, "name"),
                message: text(value, "message"),
                stack: text(value, "stack"),
            },
        },
        "crashed" => Outcome::Crashed(CrashSite {
            signal: number(&value["signal"])?,
            code: number(&value["code"])?,
            address: address(&value["address"])?,
            pc: address(&value["pc"])?,
            stack_overflow: value["stack_overflow"].as_bool()?,
            worker_died: value["worker_died"].as_bool()?,
        }),
        "timed-out" => Outcome::TimedOut(match value["origin"].as_str()? {
            "watchdog" => TimeoutOrigin::Watchdog,
            _ => TimeoutOrigin::Deadline,
        }),
        "exited" => Outcome::Exited {
            code: number(&value["code"])?,
            worker_died: value["worker_died"].as_bool()?,
        },
        "out-of-memory" => Outcome::OutOfMemory,
        "host-error" => Outcome::HostError {
            kind: text(value, "error"),
            message: text(value, "message"),
        },
        _ => return None,
    })
}

fn number(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

fn address(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

/// Times stand there in µs with three decimals.
fn phases(value: &Value) -> Phases {
    let of = |key: &str| {
        let micros = value[key].as_f64().unwrap_or_default();
        Nanos(
            std::time::Duration::try_from_secs_f64(micros / 1e6).map_or(0, |spent| {
                u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX)
            }),
        )
    };
    Phases {
        load: of("load"),
        compile: of("compile"),
        execute: of("execute"),
        jobs: of("jobs"),
        capture: of("capture"),
        restore: of("restore"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_of_the_host_is_read_with_its_kind() {
        let line = json!({"kind": "host-error", "error": "missing-module", "message": "no a.js"});
        let read = Outcome::HostError {
            kind: "missing-module".to_owned(),
            message: "no a.js".to_owned(),
        };
        assert_eq!(outcome(&line), Some(read));
        assert_eq!(outcome(&json!({"kind": "unheard-of"})), None);
    }
}
