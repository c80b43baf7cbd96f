//! A comparison for people: a table on the terminal, a page for the docs.

use super::compare::{Comparison, Difference};
use super::known::Known;
use super::rules::Class;
use crate::error::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

/// Paths listed for each row of the page.
const EXAMPLES: usize = 40;

/// One row: a class in one direction. `None` is what nothing explains, and comes last.
type Key<'a> = (bool, Option<Class>, &'static str, &'a str);

fn rows(comparison: &Comparison) -> BTreeMap<Key<'_>, Vec<&Difference>> {
    let mut rows: BTreeMap<Key<'_>, Vec<&Difference>> = BTreeMap::new();
    for difference in &comparison.differences {
        let class = difference
            .explanation
            .as_ref()
            .map(|explanation| explanation.class);
        let peer = difference.peer.verdict.class();
        let key = (class.is_none(), class, peer, difference.our_verdict());
        rows.entry(key).or_default().push(difference);
    }
    rows
}

fn name(class: Option<Class>) -> &'static str {
    class.map_or("UNEXPLAINED", |class| class.text().0)
}

/// Prints totals, one line for each row, and every difference that nothing explains.
pub(crate) fn table(comparison: &Comparison, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", totals(comparison))?;
    writeln!(
        out,
        "{:<22} {:<18} {:>6}",
        "class", "run-test262 → us", "tests"
    )?;
    for ((_, class, peer, ours), found) in rows(comparison) {
        writeln!(
            out,
            "{:<22} {:<18} {:>6}",
            name(class),
            format!("{peer} → {ours}"),
            found.len()
        )?;
    }
    for difference in comparison.unexplained() {
        let told = difference.ours.as_ref().map(crate::rewind_run::Case::told);
        writeln!(
            out,
            "unexplained: {}\n  run-test262: {} {}\n  us:          {} {}",
            difference.path,
            difference.peer.verdict.class(),
            difference.peer.message,
            difference.our_verdict(),
            told.unwrap_or_default(),
        )?;
    }
    Ok(())
}

fn totals(comparison: &Comparison) -> String {
    let mut agreed: Vec<_> = comparison.agreed.iter().collect();
    agreed.sort_unstable();
    let parts: Vec<String> = agreed
        .iter()
        .map(|(verdict, n)| format!("{n} {verdict}"))
        .collect();
    format!(
        "{} tests: {} agree ({}), {} differ, {} of them unexplained",
        comparison.tests,
        comparison.agreed.values().sum::<usize>(),
        parts.join(", "),
        comparison.differences.len(),
        comparison.unexplained().count(),
    )
}

/// Names entries of the list that are about no difference any more.
pub(crate) fn stale(known: &Known, comparison: &Comparison, out: &mut dyn Write) -> Result<()> {
    for entry in &known.entries {
        let used = comparison.differences.iter().any(|difference| {
            let (peer, ours) = (difference.peer.verdict.class(), difference.our_verdict());
            entry.fits(&difference.path, peer, ours)
        });
        if !used {
            writeln!(
                out,
                "stale entry in xtask/peer-differences.toml: {}",
                entry.path
            )?;
        }
    }
    Ok(())
}

/// The comparison as a section of a page.
pub(crate) fn markdown(comparison: &Comparison, engine: &str) -> String {
    let mut text = format!(
        "# Verdicts against run-test262\n\nEngine: {engine}. {}.\n\n\
         | class | run-test262 → us | tests | why |\n|---|---|---:|---|\n",
        totals(comparison)
    );
    let rows = rows(comparison);
    // Writing to a string never fails.
    for ((_, class, peer, ours), found) in &rows {
        let why = class.map_or("nobody knows yet", |class| class.text().1);
        let _ = writeln!(
            text,
            "| {} | {peer} → {ours} | {} | {why} |",
            name(*class),
            found.len()
        );
    }
    for ((_, class, peer, ours), found) in &rows {
        let _ = writeln!(text, "\n## {}: {peer} → {ours}\n", name(*class));
        for difference in found.iter().take(EXAMPLES) {
            let evidence = difference
                .explanation
                .as_ref()
                .map(|it| it.evidence.as_str());
            let evidence = evidence.unwrap_or(&difference.peer.message);
            let _ = writeln!(text, "- `{}`: {evidence}", difference.path);
        }
        if found.len() > EXAMPLES {
            let _ = writeln!(text, "- … and {} more", found.len() - EXAMPLES);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::compare::tests::{case, peer};
    use super::super::rules::Explanation;
    use super::*;
    use crate::peer::PeerVerdict;
    use serde_json::json;

    fn sample() -> Comparison {
        let difference = |path: &str, class: Option<Class>| Difference {
            path: path.into(),
            peer: peer(PeerVerdict::Pass, "it said so"),
            ours: Some(case(path, "fail", json!({"kind": "threw"}))),
            explanation: class.map(|class| Explanation {
                class,
                evidence: "seen".into(),
            }),
        };
        Comparison {
            tests: 10,
            agreed: [("pass".to_owned(), 6), ("fail".to_owned(), 1)].into(),
            differences: vec![
                difference("test/u.js", None),
                difference("test/p.js", Some(Class::Phase)),
                difference("test/q.js", Some(Class::Phase)),
            ],
        }
    }

    #[test]
    fn table_puts_what_is_unexplained_last_and_in_full() {
        let mut out = Vec::new();
        table(&sample(), &mut out).expect("printed");
        insta::assert_snapshot!(String::from_utf8(out).expect("text"), @r#"
        10 tests: 7 agree (1 fail, 6 pass), 3 differ, 1 of them unexplained
        class                  run-test262 → us    tests
        phase ignored          pass → fail             2
        UNEXPLAINED            pass → fail             1
        unexplained: test/u.js
          run-test262: pass it said so
          us:          fail {"kind":"threw"}
        "#);
    }

    #[test]
    fn markdown_has_a_row_and_a_section_for_each_class() {
        insta::assert_snapshot!(markdown(&sample(), "engine 1"), @r"
        # Verdicts against run-test262

        Engine: engine 1. 10 tests: 7 agree (1 fail, 6 pass), 3 differ, 1 of them unexplained.

        | class | run-test262 → us | tests | why |
        |---|---|---:|---|
        | phase ignored | pass → fail | 2 | the error has the right type in the wrong phase, and run-test262 doesn't look at the phase |
        | UNEXPLAINED | pass → fail | 1 | nobody knows yet |

        ## phase ignored: pass → fail

        - `test/p.js`: seen
        - `test/q.js`: seen

        ## UNEXPLAINED: pass → fail

        - `test/u.js`: it said so
        ");
    }

    #[test]
    fn stale_names_entries_without_a_difference() {
        let entry = |path: &str| super::super::known::Entry {
            path: path.into(),
            peer: "pass".into(),
            ours: "fail".into(),
            reason: "r".into(),
        };
        let known = Known {
            entries: vec![entry("test/u.js"), entry("test/gone.js")],
        };
        let mut out = Vec::new();
        stale(&known, &sample(), &mut out).expect("printed");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            "stale entry in xtask/peer-differences.toml: test/gone.js\n"
        );
    }
}
