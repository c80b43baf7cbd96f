//! Figures for people, for the docs and for machines.

use super::figures::{Figures, Ratio, Row};
use super::measure::Took;
use serde_json::{Value, json};
use std::fmt::Write;

fn wall(took: &Took) -> f64 {
    took.wall
}

fn cpu(took: &Took) -> f64 {
    took.cpu
}

fn shown(ratio: Ratio) -> String {
    format!("{:.2} ({:.2} to {:.2})", ratio.value, ratio.low, ratio.high)
}

/// Contenders with the ratios of their wall-clock and processor times to the first one's.
fn rows(figures: &Figures) -> impl Iterator<Item = (&Row, Ratio, Ratio)> {
    let base = figures.rows.first();
    figures
        .rows
        .iter()
        .filter_map(move |row| base.map(|base| (row, row.ratio(base, wall), row.ratio(base, cpu))))
}

fn rounds(figures: &Figures) -> usize {
    figures.rows.first().map_or(0, |row| row.rounds.len())
}

/// Tests executed in a second of wall-clock time.
fn rate(row: &Row) -> f64 {
    1e6 / row.micros()
}

/// What the engine's own work takes in each of so many workers at best, where the first row tells.
fn floor(figures: &Figures) -> Option<(f64, f64)> {
    let row = figures.rows.first()?;
    let engine = row.engine?;
    Some((engine, row.median(wall) / engine))
}

/// A sentence on the floor, and one on samples, as they apply.
fn notes(figures: &Figures) -> Vec<String> {
    let floor = floor(figures).map(|(engine, ratio)| {
        format!(
            "The floor of one worker is {engine:.3} s: loading, compiling, executing and jobs \
             by the report's own phases. {} takes {ratio:.2} times that.",
            figures.rows.first().map_or("", |row| &row.name)
        )
    });
    let sampled = figures.rows.iter().filter(|row| row.sampled);
    let sampled = sampled.map(|row| {
        format!(
            "{} ran a sample of {} tests; its ratios are test for test.",
            row.name, row.executed
        )
    });
    floor.into_iter().chain(sampled).collect()
}

/// The table on the terminal.
pub(crate) fn text(figures: &Figures) -> String {
    let mut text = format!(
        "{}: {} tests, {} rounds in turns, medians\n{:<24} {:>9} {:>9} {:>9} {:>9} {:>9}   {:<26} {}\n",
        figures.what,
        figures.tests,
        rounds(figures),
        "",
        "executed",
        "wall s",
        "cpu s",
        "tests/s",
        "µs/test",
        "wall ratio (95 %)",
        "cpu ratio (95 %)",
    );
    // Writing to a string never fails.
    for (row, by_wall, by_cpu) in rows(figures) {
        let _ = writeln!(
            text,
            "{:<24} {:>9} {:>9.3} {:>9.3} {:>9.0} {:>9.1}   {:<26} {}",
            row.name,
            row.executed,
            row.median(wall),
            row.median(cpu),
            rate(row),
            row.micros(),
            shown(by_wall),
            shown(by_cpu),
        );
    }
    for note in notes(figures) {
        let _ = writeln!(text, "{note}");
    }
    text
}

/// The table for the docs.
pub(crate) fn markdown(figures: &Figures) -> String {
    let mut text = format!(
        "`{}`, {} tests, {} rounds in turns, medians; intervals hold 95 % of resampled sets of rounds.\n\n\
         | | executed | wall s | cpu s | tests/s | µs/test | wall ratio | cpu ratio |\n|---|---:|---:|---:|---:|---:|---|---|\n",
        figures.what,
        figures.tests,
        rounds(figures),
    );
    for (row, by_wall, by_cpu) in rows(figures) {
        let _ = writeln!(
            text,
            "| {} | {} | {:.3} | {:.3} | {:.0} | {:.1} | {} | {} |",
            row.name,
            row.executed,
            row.median(wall),
            row.median(cpu),
            rate(row),
            row.micros(),
            shown(by_wall),
            shown(by_cpu),
        );
    }
    for note in notes(figures) {
        let _ = write!(text, "\n{note}\n");
    }
    text
}

/// Every figure, times in seconds.
pub(crate) fn json(figures: &Figures) -> String {
    let ratio = |ratio: Ratio| json!({"value": ratio.value, "low": ratio.low, "high": ratio.high});
    let contenders: Vec<Value> = rows(figures)
        .map(|(row, by_wall, by_cpu)| {
            json!({
                "name": row.name,
                "executed": row.executed,
                "sampled": row.sampled,
                "engine_s": row.engine,
                "wall_s": row.rounds.iter().map(wall).collect::<Vec<_>>(),
                "cpu_s": row.rounds.iter().map(cpu).collect::<Vec<_>>(),
                "wall_median_s": row.median(wall),
                "wall_us_each": row.micros(),
                "cpu_median_s": row.median(cpu),
                "wall_ratio": ratio(by_wall),
                "cpu_ratio": ratio(by_cpu),
            })
        })
        .collect();
    let value = json!({
        "schema": 1,
        "what": figures.what,
        "tests": figures.tests,
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "contenders": contenders,
    });
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::sample;
    use super::*;

    #[test]
    fn text_has_a_line_for_each_contender() {
        insta::assert_snapshot!(text(&sample()), @r"
        test/language: 1000 tests, 3 rounds in turns, medians
                                  executed    wall s     cpu s   tests/s   µs/test   wall ratio (95 %)          cpu ratio (95 %)
        rewind 1                       990     0.500     0.250      1980     505.1   1.00 (1.00 to 1.00)        1.00 (1.00 to 1.00)
        run-test262 1                  985     5.000     2.500       197    5076.1   10.00 (9.00 to 11.00)      10.00 (9.00 to 11.00)
        qjs for each                    99     1.000     0.500        99   10101.0   20.00 (20.00 to 22.50)     20.00 (20.00 to 22.50)
        The floor of one worker is 0.400 s: loading, compiling, executing and jobs by the report's own phases. rewind 1 takes 1.25 times that.
        qjs for each ran a sample of 99 tests; its ratios are test for test.
        ");
    }

    #[test]
    fn markdown_has_a_row_for_each_contender() {
        insta::assert_snapshot!(markdown(&sample()), @r"
        `test/language`, 1000 tests, 3 rounds in turns, medians; intervals hold 95 % of resampled sets of rounds.

        | | executed | wall s | cpu s | tests/s | µs/test | wall ratio | cpu ratio |
        |---|---:|---:|---:|---:|---:|---|---|
        | rewind 1 | 990 | 0.500 | 0.250 | 1980 | 505.1 | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) |
        | run-test262 1 | 985 | 5.000 | 2.500 | 197 | 5076.1 | 10.00 (9.00 to 11.00) | 10.00 (9.00 to 11.00) |
        | qjs for each | 99 | 1.000 | 0.500 | 99 | 10101.0 | 20.00 (20.00 to 22.50) | 20.00 (20.00 to 22.50) |

        The floor of one worker is 0.400 s: loading, compiling, executing and jobs by the report's own phases. rewind 1 takes 1.25 times that.

        qjs for each ran a sample of 99 tests; its ratios are test for test.
        ");
    }

    #[test]
    fn json_holds_every_round_and_the_ratios() {
        let value: Value = serde_json::from_str(&json(&sample())).expect("json");
        assert_eq!(value["contenders"][1]["wall_s"], json!([5.0, 4.4, 5.4]));
        assert_eq!(value["contenders"][1]["wall_ratio"]["value"], json!(10.0));
        assert_eq!(value["contenders"][0]["cpu_median_s"], json!(0.25));
    }
}
