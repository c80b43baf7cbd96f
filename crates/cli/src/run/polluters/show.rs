//! What came of searches, for people.

use super::look::Polluters;
use crate::run::Settings;
use crate::shell::{quoted, quoted_path};
use rewind_protocol::path_text;
use rewind_report::{BisectRecord, CaseEnd, SearchEnd};

/// What is known of a case, line by line, with the command to go on with. `case` is
/// its path and variant.
pub(in crate::run) fn about(
    settings: &Settings,
    case: &str,
    record: Option<&BisectRecord>,
) -> Vec<String> {
    let Some(record) = record else {
        return Vec::from_iter(command(settings, case));
    };
    let why = flat(record.why.as_deref().unwrap_or_default());
    let (left, count) = (record.left, record.predecessors);
    match record.result {
        SearchEnd::Found => found(record),
        SearchEnd::Nothing => vec![format!("no polluter: {why}")],
        SearchEnd::Bound | SearchEnd::Interrupted => {
            let stopped = format!("no polluter yet, {left} of {count} cases are left: {why}");
            let command = command(settings, case);
            std::iter::once(stopped).chain(command).collect()
        }
    }
}

fn found(record: &BisectRecord) -> Vec<String> {
    let polluters = record.polluters.iter();
    let mut lines: Vec<_> = polluters
        .map(|it| format!("polluter: {}", flat(&it.to_string())))
        .collect();
    let show = |end: &Option<CaseEnd>| end.as_ref().map_or_else(String::new, CaseEnd::to_string);
    let (alone, with) = (show(&record.alone), show(&record.with));
    let them = if lines.len() == 1 { "it" } else { "them" };
    lines.push(format!("alone: {alone}; after {them}: {with}"));
    lines.push(match &record.replay {
        Some(command) => command.clone(),
        None => "run with --results DIR to have a command that shows it again".to_owned(),
    });
    lines
}

/// The command that looks for what changed a case; `None` where no search can be made.
fn command(settings: &Settings, case: &str) -> Option<String> {
    if super::why_not(settings).is_some() {
        return None;
    }
    let case = path_text::escaped(case);
    let victim = quoted(&case);
    Some(match &settings.results {
        Some(folder) => {
            let folder = quoted_path(folder);
            format!("rewind bisect {folder} --victim {victim}")
        }
        None => format!("run with --results DIR, then rewind bisect DIR --victim {victim}"),
    })
}

/// On one line, and nothing that a terminal acts on.
fn flat(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            out.extend(letter.escape_debug());
        } else {
            out.push(letter);
        }
    }
    out
}

/// All searches in one line; empty if there was nothing to search.
pub(in crate::run) fn told(polluters: Option<&Polluters>) -> String {
    let Some(polluters) = polluters else {
        return String::new();
    };
    let counts = polluters.counts;
    let mut text = format!(
        "bisected  cases: {}; polluters found for {}, none for {}, not finished: {}",
        counts.searched, counts.found, counts.nothing, counts.stopped
    );
    if counts.not_searched > 0 {
        let (left, why) = (counts.not_searched, &polluters.left);
        text.push_str(&format!("; not looked into: {left} ({why})"));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_stays_on_its_line() {
        assert_eq!(flat("it's\n\u{1b}[1m ü"), "it's\\n\\u{1b}[1m ü");
    }
}
