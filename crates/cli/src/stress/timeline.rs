//! How many answers came when: a fixed number of spans, however long the run.

use std::time::Duration;

/// Most spans. When a run outgrows them, each takes in its neighbour.
const MOST: usize = 200;
/// Length of a span at first.
const FIRST: Duration = Duration::from_millis(50);

/// Answers by span of time.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    span: Duration,
    counts: Vec<u64>,
}

impl Timeline {
    /// Before the first.
    pub(super) const fn new() -> Self {
        Self {
            span: FIRST,
            counts: Vec::new(),
        }
    }

    /// One answer, so long after the start.
    pub(super) fn note(&mut self, at: Duration) {
        let mut index = self.index(at);
        while index >= MOST {
            self.counts = self
                .counts
                .chunks(2)
                .map(|pair| pair.iter().sum())
                .collect();
            self.span *= 2;
            index = self.index(at);
        }
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_nanos() / self.span.as_nanos().max(1)).unwrap_or(usize::MAX)
    }

    /// Start of each span in seconds, and answers a second in it. The last,
    /// which the run's end cuts short, is left out where there are others.
    pub(super) fn rates(&self) -> Vec<(f64, f64)> {
        let seconds = self.span.as_secs_f64();
        let whole = match self.counts.split_last() {
            Some((_, before)) if !before.is_empty() => before,
            _ => &self.counts,
        };
        let starts = (0u32..).map(|index| f64::from(index) * seconds);
        starts
            .zip(whole)
            .map(|(start, count)| (start, *count as f64 / seconds))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_with_the_run_and_keep_every_answer() {
        let mut timeline = Timeline::new();
        for second in 0..100 {
            timeline.note(Duration::from_secs(second));
        }
        assert!(timeline.counts.len() <= MOST);
        assert_eq!(timeline.counts.iter().sum::<u64>(), 100);
        assert_eq!(timeline.span, Duration::from_millis(800));
    }

    #[test]
    fn rates_leave_the_unfinished_span_out() {
        let mut timeline = Timeline::new();
        for at in [0, 10, 20, 60, 101] {
            timeline.note(Duration::from_millis(at));
        }
        assert_eq!(timeline.rates(), [(0.0, 60.0), (0.05, 20.0)]);
        let mut one = Timeline::new();
        one.note(Duration::ZERO);
        assert_eq!(one.rates().len(), 1);
    }
}
