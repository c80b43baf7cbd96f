//! Words to choose from, and what they stand for.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rewind_corpus::Mode;
use rewind_plan::Order;
use rewind_protocol::message::{Isolation, Tracking, Verify};
use serde::Deserialize;

/// Kinds of corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Suite {
    /// By its folders: harness/ and test/ make it test262, else they are scripts
    Auto,
    /// test262
    Test262,
    /// Plain sources, without a harness
    Script,
}

/// What goes to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// Text for people
    #[default]
    Human,
    /// A JSON object a line
    Ndjson,
    /// Test Anything Protocol 14
    Tap,
}

/// The formats of commands that run nothing.
pub(crate) fn plain_format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["human", "ndjson"]).map(|word| {
        if word == "ndjson" {
            Format::Ndjson
        } else {
            Format::Human
        }
    })
}

/// Variants to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeChoice {
    /// Sloppy and strict
    Both,
    /// Once: sloppy unless the test is for strict code only
    Default,
    /// Sloppy code
    Sloppy,
    /// Strict code and modules
    Strict,
}

impl From<ModeChoice> for Mode {
    fn from(choice: ModeChoice) -> Self {
        match choice {
            ModeChoice::Both => Self::Both,
            ModeChoice::Default => Self::Default,
            ModeChoice::Sloppy => Self::Sloppy,
            ModeChoice::Strict => Self::Strict,
        }
    }
}

/// What to run again of an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rerun {
    /// What was not as expected, after all retries
    Failed,
}

/// Order of starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OrderChoice {
    /// What is known to be slow first, then by preamble
    SlowestFirst,
    /// By path
    Path,
    /// By preamble
    Layer,
    /// Shuffled by the seed
    Random,
}

impl OrderChoice {
    /// Its word on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SlowestFirst => "slowest-first",
            Self::Path => "path",
            Self::Layer => "layer",
            Self::Random => "random",
        }
    }

    /// The order, where a random one has this seed.
    pub(crate) const fn with_seed(self, seed: u64) -> Order {
        match self {
            Self::SlowestFirst => Order::SlowestFirst,
            Self::Path => Order::Path,
            Self::Layer => Order::Layer,
            Self::Random => Order::Random(seed),
        }
    }
}

/// What parent and workers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectChoice {
    /// Sealed messages and a ledger
    #[default]
    Native,
    /// A manifest, answered in lines: for runners and workers that know nothing else
    LambdaV1,
}

/// What keeps cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IsolationChoice {
    /// The guest is put back to its checkpoint after each
    Checkpoint,
    /// Each case runs in a fork of a warmed worker
    Fork,
    /// Each case has a worker process of its own
    Spawn,
    /// Nothing: each case finds what those before left behind
    None,
    /// Each case has an engine and a preamble of its own; to be measured against
    #[value(hide = true)]
    FreshContext,
}

impl From<IsolationChoice> for Isolation {
    fn from(choice: IsolationChoice) -> Self {
        match choice {
            IsolationChoice::Checkpoint => Self::Checkpoint,
            IsolationChoice::Fork => Self::Fork,
            IsolationChoice::Spawn => Self::Spawn,
            IsolationChoice::None => Self::None,
            IsolationChoice::FreshContext => Self::FreshContext,
        }
    }
}

/// How writes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TrackingChoice {
    /// The best that the kernel offers
    Auto,
    /// userfaultfd and PAGEMAP_SCAN
    PagemapScan,
    /// A signal for each page written
    Mprotect,
    /// The whole image is compared
    Copy,
}

impl From<TrackingChoice> for Tracking {
    fn from(choice: TrackingChoice) -> Self {
        match choice {
            TrackingChoice::Auto => Self::Auto,
            TrackingChoice::PagemapScan => Self::PagemapScan,
            TrackingChoice::Mprotect => Self::Mprotect,
            TrackingChoice::Copy => Self::Copy,
        }
    }
}

/// How often a restore is proven exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerifyChoice {
    /// Never
    Off,
    /// Now and then: a worker's first restore, and one in 1,024
    Sample,
    /// After every case; somewhat slower
    Always,
}

impl From<VerifyChoice> for Verify {
    fn from(choice: VerifyChoice) -> Self {
        match choice {
            VerifyChoice::Off => Self::Off,
            VerifyChoice::Sample => Self::Sample,
            VerifyChoice::Always => Self::Always,
        }
    }
}

/// What a test is worth that is as expected only alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FlakyChoice {
    /// It is listed, and no more
    Allow,
    /// It is listed, and the exit code is 5
    Refuse,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ColorChoice {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProgressChoice {
    /// A bar on a terminal, lines elsewhere
    #[default]
    Auto,
    /// A bar
    Bar,
    /// A line every few seconds
    Lines,
    /// Not at all
    Off,
}
