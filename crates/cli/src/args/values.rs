//! Values with bounds, read from the command line and from profiles alike.

use rewind_plan::Shard;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// Most workers that can be asked for.
const MOST_WORKERS: u32 = 4096;
/// Least and most seconds of a deadline.
const TIMEOUT: std::ops::RangeInclusive<f64> = 1.0..=120.0;
/// Least and most MiB of a guest's heap.
const HEAP_CAP: std::ops::RangeInclusive<u64> = 16..=1 << 20;

/// How many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(crate) enum Workers {
    /// One for each processor.
    NumCpus,
    /// So many.
    Count(NonZeroU32),
}

impl Workers {
    /// The number, on this machine.
    pub(crate) fn count(self) -> u32 {
        let available = || std::thread::available_parallelism().map_or(1, usize::from);
        match self {
            Self::NumCpus => u32::try_from(available()).unwrap_or(MOST_WORKERS),
            Self::Count(count) => count.get(),
        }
    }
}

impl FromStr for Workers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "num-cpus" {
            return Ok(Self::NumCpus);
        }
        let count: Option<NonZeroU32> = text.parse().ok();
        count
            .filter(|count| count.get() <= MOST_WORKERS)
            .map(Self::Count)
            .ok_or_else(|| format!("use a number from 1 to {MOST_WORKERS}, or num-cpus"))
    }
}

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(crate) struct Seconds(pub(crate) Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: Option<f64> = text.parse().ok();
        seconds
            .filter(|seconds| TIMEOUT.contains(seconds))
            .map(|seconds| Self(Duration::from_secs_f64(seconds)))
            .ok_or_else(|| {
                let (least, most) = (TIMEOUT.start(), TIMEOUT.end());
                format!("use a number of seconds from {least} to {most}, as in 2.5")
            })
    }
}

/// The most that a guest's heap may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(crate) struct HeapCap {
    /// In MiB; small enough that its bytes fit in 64 bits.
    mebibytes: u64,
}

impl HeapCap {
    /// In bytes.
    pub(crate) const fn bytes(self) -> u64 {
        self.mebibytes << 20
    }
}

impl FromStr for HeapCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mebibytes: Option<u64> = text.parse().ok();
        mebibytes
            .filter(|mebibytes| HEAP_CAP.contains(mebibytes))
            .map(|mebibytes| Self { mebibytes })
            .ok_or_else(|| {
                format!(
                    "use a number of MiB from {} to {}",
                    HEAP_CAP.start(),
                    HEAP_CAP.end()
                )
            })
    }
}

/// A share of all, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(crate) struct Rate(pub(crate) f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate: Option<f64> = text.parse().ok();
        rate.filter(|rate| (0.0..=1.0).contains(rate))
            .map(Self)
            .ok_or_else(|| "use a number from 0 to 1, as in 0.05".to_owned())
    }
}

/// A share of the cases.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    text.parse()
        .map_err(|_place_is_named_by_the_flag: rewind_plan::PlanError| {
            "write it as K/N with K from 1 to N, as in 2/8".to_owned()
        })
}

/// How often to run each case.
pub(super) fn repeat(text: &str) -> Result<u32, String> {
    let count: Option<NonZeroU32> = text.parse().ok();
    count
        .map(NonZeroU32::get)
        .ok_or_else(|| "use a number from 1".to_owned())
}

/// A value in a profile: TOML tells numbers and text apart, people need not.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum NumberOrText {
    Whole(i64),
    Fraction(f64),
    Text(String),
}

impl NumberOrText {
    pub(super) fn text(self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl TryFrom<NumberOrText> for Workers {
    type Error = String;
    fn try_from(value: NumberOrText) -> Result<Self, String> {
        value.text().parse()
    }
}

impl TryFrom<NumberOrText> for Seconds {
    type Error = String;
    fn try_from(value: NumberOrText) -> Result<Self, String> {
        value.text().parse()
    }
}

impl TryFrom<NumberOrText> for Rate {
    type Error = String;
    fn try_from(value: NumberOrText) -> Result<Self, String> {
        value.text().parse()
    }
}

impl TryFrom<NumberOrText> for HeapCap {
    type Error = String;
    fn try_from(value: NumberOrText) -> Result<Self, String> {
        value.text().parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_outside_of_bounds_are_refused() {
        assert_eq!("num-cpus".parse(), Ok(Workers::NumCpus));
        assert_eq!("4".parse::<Workers>().map(Workers::count), Ok(4));
        for text in ["0", "-1", "4097", "", "many", "1.5"] {
            assert!(text.parse::<Workers>().is_err(), "{text}");
        }
        assert!(Workers::NumCpus.count() >= 1);
    }

    #[test]
    fn seconds_outside_of_bounds_are_refused() {
        assert_eq!("2.5".parse(), Ok(Seconds(Duration::from_millis(2500))));
        assert_eq!("120".parse(), Ok(Seconds(Duration::from_secs(120))));
        for text in ["0.99", "120.1", "-3", "nan", "inf", "1e9", "", "10s"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_outside_of_0_to_1_are_refused() {
        assert_eq!("0.05".parse(), Ok(Rate(0.05)));
        assert_eq!("1".parse(), Ok(Rate(1.0)));
        for text in ["-0.1", "1.01", "nan", "inf", "5%", ""] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn heap_cap_is_in_mebibytes() {
        assert_eq!("16".parse::<HeapCap>().map(HeapCap::bytes), Ok(16 << 20));
        for text in ["15", "1048577", "1g", ""] {
            assert!(text.parse::<HeapCap>().is_err(), "{text}");
        }
    }

    #[test]
    fn shard_and_repeat_are_read_and_bounded() {
        assert_eq!(shard("2/8").map(|shard| (shard.k(), shard.n())), Ok((2, 8)));
        assert!(shard("0/8").is_err() && shard("9/8").is_err() && shard("2").is_err());
        assert_eq!(repeat("3"), Ok(3));
        assert!(repeat("0").is_err());
    }
}
