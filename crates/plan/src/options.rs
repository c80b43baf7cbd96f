//! What a caller may choose about a plan.

use crate::{Filter, Shard, Timings};
use rewind_corpus::{Expectations, SkipList, SlowList, Texts};

/// In which order cases are started. All are deterministic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Those known to be slow first, slowest foremost; the others by preamble
    /// (the heaviest group first) and path, so that a worker seldom changes layers.
    #[default]
    SlowestFirst,
    /// By path and variant.
    Path,
    /// Shuffled by this seed.
    Random(u64),
    /// By preamble and path, whatever they weigh.
    Layer,
}

/// Choices about a plan; the default runs everything once.
#[derive(Clone, Debug)]
pub struct PlanOptions<'a> {
    /// Which of the cases.
    pub filter: Option<Filter>,
    /// Which share of those.
    pub shard: Option<Shard>,
    /// In which order.
    pub order: Order,
    /// Deadline of a case that no expectation gives another, in ms; 0 counts as 1.
    pub deadline_ms: u32,
    /// How often the whole list is run; 0 counts as 1.
    pub repeat: u32,
    /// The sources, where they needn't be read from their files.
    pub texts: Option<Texts>,
    /// Expectations: for skips and deadlines, and to be found again from each case.
    pub expectations: Option<&'a Expectations>,
    /// Tests with a relaxed deadline; one of an expectation goes before it.
    pub slow: Option<&'a SlowList>,
    /// Tests that aren't run.
    pub skip_list: Option<&'a SkipList>,
    /// How long cases took before.
    pub timings: Option<&'a Timings>,
}

impl Default for PlanOptions<'_> {
    fn default() -> Self {
        Self {
            filter: None,
            shard: None,
            order: Order::default(),
            deadline_ms: 10_000,
            repeat: 1,
            texts: None,
            expectations: None,
            slow: None,
            skip_list: None,
            timings: None,
        }
    }
}
