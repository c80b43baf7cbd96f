//! `cargo xtask tail`: how far a run's end was from the best that any order can do.
//!
//! No order of the cases ends before the longest is over, nor before all of them
//! are if every worker is always busy. What a run takes beyond the larger of the
//! two went into its start, and into workers that had nothing left to do.

use crate::error::{Error, Result};
use crate::rewind_run::{self, Line};
use std::io::Write;
use std::path::PathBuf;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Report written by `rewind run --format ndjson`
    file: PathBuf,
    /// Fail if the run took more than so many times the bound
    #[arg(long, value_name = "TIMES")]
    most: Option<f64>,
}

/// Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    wall: f64,
    workers: u64,
    longest: f64,
    all: f64,
}

impl Bound {
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of workers, and µs of a run, are far below 2^53"
    )]
    fn of(lines: &[Line]) -> Option<Self> {
        let (Line::Run(head), Line::Summary(summary)) = (lines.first()?, lines.last()?) else {
            return None;
        };
        let times = lines.iter().filter_map(|line| match line {
            Line::Case(case) => Some(case.us),
            _ => None,
        });
        let (longest, all) = times.fold((0, 0u64), |(longest, all), us| {
            (us.max(longest), all.saturating_add(us))
        });
        Some(Self {
            wall: summary.wall_s,
            workers: head.workers.max(1),
            longest: longest as f64 / 1e6,
            all: all as f64 / 1e6,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of workers")]
    fn least(&self) -> f64 {
        self.longest.max(self.all / self.workers as f64)
    }

    fn ratio(&self) -> f64 {
        self.wall / self.least()
    }
}

/// Prints the figures; `false` if the run took more than what was allowed.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let lines = rewind_run::read(&options.file)?;
    let bound = Bound::of(&lines).ok_or_else(|| {
        let file = options.file.display();
        Error::Other(format!(
            "find the first and the last line in {file}: was the run cut off?"
        ))
    })?;
    writeln!(
        out,
        "tail: {:.3} s; longest case {:.3} s, all cases {:.3} s over {} workers; {:.3} times the bound",
        bound.wall,
        bound.longest,
        bound.all,
        bound.workers,
        bound.ratio()
    )?;
    Ok(options.most.is_none_or(|most| bound.ratio() <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(cases: &[u64], workers: u64, wall: f64) -> Bound {
        let mut text = format!("{{\"type\":\"run\",\"schema\":1,\"workers\":{workers}}}\n");
        for us in cases {
            text.push_str(&format!(
                "{{\"type\":\"case\",\"path\":\"a\",\"variant\":\"sloppy\",\"verdict\":\"pass\",\"us\":{us}}}\n"
            ));
        }
        text.push_str(&format!("{{\"type\":\"summary\",\"wall_s\":{wall}}}"));
        let lines = rewind_run::parse("x".as_ref(), &text).expect("a report");
        Bound::of(&lines).expect("a run")
    }

    #[test]
    fn bound_is_the_longest_case_or_the_mean_of_the_workers() {
        assert_eq!(bound(&[3_000_000, 1_000_000], 2, 3.75).ratio(), 1.25);
        assert_eq!(bound(&[1_000_000; 8], 2, 6.0).ratio(), 1.5);
    }
}
