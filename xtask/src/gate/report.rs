//! Stored figures against those of now.

use super::TOLERANCE;
use super::figures::Figures;
use std::fmt::Write;

/// One work.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    name: String,
    stored: Option<u64>,
    now: u64,
}

impl Row {
    /// It has a figure, and costs no more than that and the tolerance.
    pub(crate) fn holds(&self) -> bool {
        self.stored
            .is_some_and(|stored| self.now * 100 <= stored * (100 + TOLERANCE))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of some hundred million"
    )]
    fn change(&self) -> Option<f64> {
        let stored = self.stored.filter(|stored| *stored > 0)?;
        Some(self.now as f64 / stored as f64 - 1.0)
    }

    fn verdict(&self) -> &'static str {
        match self.stored {
            None => "no figure: --update",
            Some(_) if !self.holds() => "dearer",
            Some(stored) if self.now * 100 < stored * (100 - TOLERANCE) => "cheaper: --update",
            Some(_) => "holds",
        }
    }
}

/// A row for each work.
pub(crate) fn rows(works: &[&str], stored: &Figures, now: &Figures) -> Vec<Row> {
    let row = |work: &&str| Row {
        name: (*work).to_owned(),
        stored: stored.works.get(*work).copied(),
        now: now.works.get(*work).copied().unwrap_or(0),
    };
    works.iter().map(row).collect()
}

/// The table.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<12} {:>14} {:>14} {:>8}\n",
        "work", "stored", "now", "change"
    );
    // Writing to a string never fails.
    for row in rows {
        let stored = row
            .stored
            .map_or_else(|| "-".to_owned(), |stored| stored.to_string());
        let change = row
            .change()
            .map_or_else(String::new, |it| format!("{:+.2} %", it * 100.0));
        let (name, now, verdict) = (&row.name, row.now, row.verdict());
        let _ = writeln!(
            text,
            "{name:<12} {stored:>14} {now:>14} {change:>8}  {verdict}"
        );
    }
    let dear = rows.iter().filter(|row| !row.holds()).count();
    let _ = match dear {
        0 => writeln!(text, "perf-gate: holds, within {TOLERANCE} %"),
        _ => writeln!(
            text,
            "perf-gate: {dear} of {} works don't hold; if that is meant, take the figures \
             anew with cargo xtask perf-gate --update and say why in the commit",
            rows.len()
        ),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(works: &[(&str, u64)]) -> Figures {
        let mut figures = Figures::new("rustc 1.95.0".into());
        figures.works.extend(
            works
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count)),
        );
        figures
    }

    #[test]
    fn work_above_the_tolerance_or_without_a_figure_does_not_hold() {
        let stored = figures(&[("codec", 1000), ("heap", 1000), ("plan", 1000)]);
        let now = figures(&[("codec", 1030), ("heap", 1031), ("plan", 900), ("seal", 5)]);
        let rows = rows(&["codec", "heap", "plan", "seal"], &stored, &now);
        let holds: Vec<bool> = rows.iter().map(Row::holds).collect();
        assert_eq!(holds, [true, false, true, false]);
        insta::assert_snapshot!(text(&rows), @r"
        work                 stored            now   change
        codec                  1000           1030  +3.00 %  holds
        heap                   1000           1031  +3.10 %  dearer
        plan                   1000            900 -10.00 %  cheaper: --update
        seal                      -              5           no figure: --update
        perf-gate: 2 of 4 works don't hold; if that is meant, take the figures anew with cargo xtask perf-gate --update and say why in the commit
        ");
    }
}
