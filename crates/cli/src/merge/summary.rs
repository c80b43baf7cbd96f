//! The figures of the whole, from those of its shards.

use crate::report_file::{CaseLine, ReportFile};
use rewind_verdict::Verdict;
use serde_json::{Map, Value};

/// Members of which the greatest counts; all other numbers are added up.
/// Percentiles are those of pauses, of which the parts are all there is.
const GREATEST: [&str; 7] = [
    "wall_s",
    "worker_rss",
    "parent_rss",
    "p50",
    "p90",
    "p99",
    "max",
];

/// The summary of `files` together. Counts are those of `cases`, which are
/// sorted by path, variant and attempt.
pub(super) fn of(files: &[ReportFile], cases: &[&CaseLine]) -> Map<String, Value> {
    let mut sum = Map::new();
    for file in files {
        add(&mut sum, &file.summary);
    }
    sum.insert("type".to_owned(), "summary".into());
    for verdict in Verdict::ALL {
        let sums = files.iter().filter_map(|file| {
            let count = file.summary.get(verdict.name())?;
            count.as_u64()
        });
        sum.insert(verdict.name().to_owned(), sums.sum::<u64>().into());
    }
    let number = |key: &str| sum.get(key).and_then(Value::as_f64).unwrap_or_default();
    let (attempts, wall) = (number("attempts"), number("wall_s"));
    let rate = if wall > 0.0 { attempts / wall } else { 0.0 };
    sum.insert("cases_per_s".to_owned(), rate.into());
    // Percentiles of parts don't add up; they are those of all lines.
    sum.insert("restore_us".to_owned(), restores(cases));
    sum.insert("dirty_pages_mean".to_owned(), mean(cases, "dirty_pages"));
    sum
}

/// Adds `more` to `sum`, member by member. Of what is no number, the first counts.
fn add(sum: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, value) in more {
        let Some(old) = sum.get_mut(key) else {
            sum.insert(key.clone(), value.clone());
            continue;
        };
        match (&mut *old, value) {
            (Value::Object(old), Value::Object(value)) => add(old, value),
            (Value::Array(old), Value::Array(value)) => add_reasons(old, value),
            (Value::Number(_), Value::Number(_)) => *old = together(key, old, value),
            (Value::Bool(old), Value::Bool(value)) => *old |= value,
            (Value::Null, value) => *old = value.clone(),
            _ => {}
        }
    }
}

/// Lists of reasons with counts, as in `retired`.
fn add_reasons(old: &mut Vec<Value>, more: &[Value]) {
    for value in more {
        let reason = value.get("reason");
        let known = old.iter_mut().find(|it| it.get("reason") == reason);
        match (known.and_then(Value::as_object_mut), value.get("count")) {
            (Some(known), Some(count)) => {
                let sum = together("count", known.get("count").unwrap_or(&Value::Null), count);
                known.insert("count".to_owned(), sum);
            }
            _ => old.push(value.clone()),
        }
    }
}

fn together(key: &str, a: &Value, b: &Value) -> Value {
    let greatest = GREATEST.contains(&key);
    match (a.as_u64(), b.as_u64()) {
        (Some(a), Some(b)) if greatest => a.max(b).into(),
        (Some(a), Some(b)) => a.saturating_add(b).into(),
        _ => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            if greatest { a.max(b) } else { a + b }.into()
        }
    }
}

/// Percentiles of all restores, in µs; null if there was none.
fn restores(cases: &[&CaseLine]) -> Value {
    let spent = |case: &&CaseLine| {
        let line: Value = serde_json::from_str(&case.text).ok()?;
        line.get("phases")?.get("restore")?.as_f64()
    };
    let mut all: Vec<f64> = cases
        .iter()
        .filter_map(spent)
        .filter(|us| *us > 0.0)
        .collect();
    all.sort_by(f64::total_cmp);
    let Some(longest) = all.last() else {
        return Value::Null;
    };
    let at = |percent: usize| {
        let index = (all.len() * percent / 100).min(all.len() - 1);
        all.get(index).copied()
    };
    serde_json::json!({"p50": at(50), "p90": at(90), "p99": at(99), "max": longest})
}

/// Mean of a member over what was run.
fn mean(cases: &[&CaseLine], key: &str) -> Value {
    let values = cases.iter().filter(|case| case.attempt > 0).map(|case| {
        let line: Value = serde_json::from_str(&case.text).unwrap_or_default();
        line.get(key).and_then(Value::as_f64).unwrap_or_default()
    });
    let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (sum / f64::from(count.max(1))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_added_but_for_those_of_which_the_greatest_counts() {
        let part = |n: u64| {
            let value = json!({
                "pass": n, "wall_s": n as f64, "cpu_s": 0.5, "guest": format!("g{n}"),
                "peak_bytes": {"worker_rss": n, "parent_rss": null},
                "retired": [{"reason": "rss", "count": n}],
                "interrupted": n == 2,
            });
            value.as_object().cloned().unwrap_or_default()
        };
        let mut sum = Map::new();
        add(&mut sum, &part(3));
        add(&mut sum, &part(2));
        assert_eq!(
            Value::Object(sum),
            json!({
                "pass": 5, "wall_s": 3.0, "cpu_s": 1.0, "guest": "g3",
                "peak_bytes": {"worker_rss": 3, "parent_rss": null},
                "retired": [{"reason": "rss", "count": 5}],
                "interrupted": true,
            })
        );
    }
}
