//! What a caller may choose about a plan.

use crate::{Filter, Shard, Timings};
use rewind_corpus::{Allowed, Expectations, SkipList, SlowList, Unsupported};
use std::str::FromStr;

/// Which variants of a test are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Sloppy and strict, unless the test's flags forbid one; module and raw tests once.
    #[default]
    Both,
    /// Each test once: sloppy, unless it is `onlyStrict`.
    Default,
    /// Of [`Mode::Both`], what is sloppy code: the variants sloppy and raw.
    Sloppy,
    /// Of [`Mode::Both`], what is strict code: the variants strict and module.
    Strict,
}

impl Mode {
    /// Lower-case name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Default => "default",
            Self::Sloppy => "sloppy",
            Self::Strict => "strict",
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Both, Self::Default, Self::Sloppy, Self::Strict];
        all.into_iter()
            .find(|mode| mode.name() == name)
            .ok_or_else(|| format!("unknown mode `{name}`: use both, default, sloppy or strict"))
    }
}

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

/// Choices about a plan; the default runs everything, once in each variant.
#[derive(Clone, Debug)]
pub struct PlanOptions<'a> {
    /// Which variants.
    pub mode: Mode,
    /// Which of them.
    pub filter: Option<Filter>,
    /// Which share of those.
    pub shard: Option<Shard>,
    /// In which order.
    pub order: Order,
    /// Deadline of a case that no expectation gives another, in ms; 0 counts as 1.
    pub deadline_ms: u32,
    /// How often the whole list is run; 0 counts as 1.
    pub repeat: u32,
    /// The guest's main agent may block; if not, `CanBlockIsTrue` tests are skipped.
    pub can_block: bool,
    /// Features whose tests are skipped.
    pub unsupported: Option<&'a Unsupported>,
    /// Tests that are run although they need such a feature.
    pub allowed: Option<&'a Allowed>,
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
            mode: Mode::default(),
            filter: None,
            shard: None,
            order: Order::default(),
            deadline_ms: 10_000,
            repeat: 1,
            can_block: true,
            unsupported: None,
            allowed: None,
            expectations: None,
            slow: None,
            skip_list: None,
            timings: None,
        }
    }
}
