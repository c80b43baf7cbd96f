//! What two runs were done with, where that differs: then a difference of their
//! results may come from there.

use crate::report_file::ReportFile;
use serde_json::{Map, Value};

/// Members of the first line that say what results depend on.
const HEADER: [&str; 15] = [
    "corpus",
    "mode",
    "timeout_s",
    "isolation",
    "heap_cap_mib",
    "filter",
    "shard",
    "paths",
    "repeat",
    "retries",
    "expectations",
    "unsupported",
    "allow",
    "diagnose",
    "faults",
];
/// Members of the last line that do.
const SUMMARY: [&str; 3] = ["guest", "build", "tracking"];

/// One setting that was another.
#[derive(Debug, PartialEq)]
pub(super) struct Other {
    pub(super) key: &'static str,
    pub(super) was: Value,
    pub(super) now: Value,
}

/// The settings in which `before` and `after` differ. What a report doesn't say,
/// because an older version wrote it, is told as null. A run that was resumed with
/// nothing left to do started no worker, and its empty names are no other ones.
pub(super) fn others(before: &ReportFile, after: &ReportFile) -> Vec<Other> {
    let mut found = differing(&SUMMARY, &before.summary, &after.summary);
    found.extend(differing(&HEADER, &before.header, &after.header));
    found
}

fn differing(
    keys: &[&'static str],
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<Other> {
    let of = |map: &Map<String, Value>, key| map.get(key).cloned().unwrap_or_default();
    let others = keys.iter().map(|&key| Other {
        key,
        was: of(before, key),
        now: of(after, key),
    });
    let is_empty = |value: &Value| value == "";
    others
        .filter(|it| it.was != it.now && !is_empty(&it.was) && !is_empty(&it.now))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn settings_that_differ_are_told_and_others_are_not() {
        let before = map(json!({"mode": "both", "corpus": "a", "root": "/x", "shard": null}));
        let after = map(json!({"mode": "both", "corpus": "b", "root": "/y"}));
        let found = differing(&HEADER, &before, &after);
        let wanted = Other {
            key: "corpus",
            was: "a".into(),
            now: "b".into(),
        };
        assert_eq!(found, [wanted]);
        let started = map(json!({"guest": "a", "build": "b", "tracking": "copy"}));
        let none = map(json!({"guest": "", "build": "", "tracking": ""}));
        assert_eq!(differing(&SUMMARY, &started, &none), []);
    }
}
