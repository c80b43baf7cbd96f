//! When a worker is replaced.
//!
//! Where something proves that a restore did no harm, nothing limits what a worker
//! may run. Where nothing does, whatever a case left behind goes on to all that
//! follow; so few follow. The number is the same on every machine and for any
//! number of workers.

use clap::Args;
use rewind_harness::{GuestSetup, Limits};
use rewind_protocol::{Isolation, Verify};
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

/// Crashes that a worker survives where no restore is verified.
const UNVERIFIED_CRASHES: u64 = 10;
/// Cases that a worker runs there.
const UNVERIFIED_CASES: u64 = 50;
/// Least and most MiB of a limit on resident memory.
const RSS: std::ops::RangeInclusive<u64> = 64..=1 << 20;
/// Least and most seconds of an age.
const AGE: std::ops::RangeInclusive<f64> = 0.1..=1e6;

/// When a worker is replaced.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Recycling")]
pub(crate) struct RecycleArgs {
    /// Replace a worker after so many crashes that it survived, or none [default: none; 10 where
    /// restores are not verified]
    #[arg(long, value_name = "N|none", env = "REWIND_CRASH_LIMIT")]
    pub(crate) crash_limit: Option<Most>,
    /// Resident MiB above which a worker gives memory back [default: 1024]
    #[arg(long, value_name = "MIB", env = "REWIND_RSS_SOFT_LIMIT", value_parser = mebibytes)]
    pub(crate) rss_soft_limit: Option<u64>,
    /// Resident MiB above which a worker is replaced; a case that takes it there ends, out of
    /// memory [default: 4096]
    #[arg(long, value_name = "MIB", env = "REWIND_RSS_LIMIT", value_parser = mebibytes)]
    pub(crate) rss_limit: Option<u64>,
    /// Resident KiB that a worker may gain for each case, on average since its 512th
    /// [default: no limit]
    #[arg(long, value_name = "KIB", env = "REWIND_GROWTH_LIMIT")]
    pub(crate) growth_limit: Option<NonZeroU64>,
    /// Replace each worker after so many cases, or none [default: none; 50 where restores are
    /// not verified, and for workers of others in the line dialect]
    #[arg(long, value_name = "CASES|none", env = "REWIND_RECYCLE_AFTER")]
    pub(crate) recycle_after: Option<Most>,
    /// Replace each worker after so many seconds, between two cases [default: never]
    #[arg(long, value_name = "SECS", env = "REWIND_RECYCLE_AGE", value_parser = age)]
    pub(crate) recycle_age: Option<Duration>,
}

impl RecycleArgs {
    /// What the parent watches, of workers set up by `setup`; if they are `untold`
    /// of that, nobody knows what they put back.
    pub(crate) fn limits(&self, setup: &GuestSetup, untold: bool) -> Limits {
        let unverified = untold || is_unverified(setup);
        Limits {
            cases: match self.recycle_after {
                Some(Most(limit)) => limit,
                None => unverified.then_some(UNVERIFIED_CASES),
            },
            // Otherwise nothing depends on who ran what before.
            batches: unverified,
            age: self.recycle_age,
            growth: self.growth_limit.map(|kib| kib.get().saturating_mul(1024)),
        }
    }

    /// What the worker watches, put into `setup`, of which the rest is settled.
    pub(crate) fn set(&self, setup: &mut GuestSetup) {
        if let Some(bytes) = self.rss_limit {
            setup.rss_hard_limit = bytes;
        }
        // Who lowers the one alone doesn't mean that memory is never given back.
        let soft = setup.rss_soft_limit.min(setup.rss_hard_limit);
        setup.rss_soft_limit = self.rss_soft_limit.unwrap_or(soft);
        setup.crash_limit = match self.crash_limit {
            Some(Most(limit)) => limit,
            None => is_unverified(setup).then_some(UNVERIFIED_CRASHES),
        };
    }
}

/// Nothing proves that a case left nothing behind.
fn is_unverified(setup: &GuestSetup) -> bool {
    match setup.isolation {
        Isolation::Checkpoint | Isolation::FreshContext => setup.verify == Verify::Off,
        Isolation::None => true,
        // No case runs in the worker itself, or one at most.
        Isolation::Fork | Isolation::Spawn => false,
    }
}

/// How many crashes a worker may survive, or cases it may run; `None` is any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Most(Option<u64>);

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let limit: Option<NonZeroU64> = text.parse().ok();
        limit
            .map(|limit| Self(Some(limit.get())))
            .ok_or_else(|| "use a number from 1, or none".to_owned())
    }
}

/// A number of MiB, in bytes.
fn mebibytes(text: &str) -> Result<u64, String> {
    let mebibytes: Option<u64> = text.parse().ok();
    mebibytes
        .filter(|mebibytes| RSS.contains(mebibytes))
        .map(|mebibytes| mebibytes << 20)
        .ok_or_else(|| format!("use a number of MiB from {} to {}", RSS.start(), RSS.end()))
}

fn age(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| AGE.contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| {
            let (least, most) = (AGE.start(), AGE.end());
            format!("use a number of seconds from {least} to {most}")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(args: RecycleArgs, isolation: Isolation, verify: Verify) -> GuestSetup {
        let mut setup = GuestSetup {
            isolation,
            verify,
            ..GuestSetup::default()
        };
        args.set(&mut setup);
        setup
    }

    #[test]
    fn crashes_are_limited_where_nothing_proves_that_they_did_no_harm() {
        let usual = |isolation, verify| {
            let setup = set(RecycleArgs::default(), isolation, verify);
            setup.crash_limit
        };
        assert_eq!(usual(Isolation::Checkpoint, Verify::Sample), None);
        assert_eq!(usual(Isolation::Checkpoint, Verify::Off), Some(10));
        assert_eq!(usual(Isolation::None, Verify::Always), Some(10));
        assert_eq!(usual(Isolation::Fork, Verify::Off), None);
        for (text, limit) in [("none", None), ("3", Some(3))] {
            let args = RecycleArgs {
                crash_limit: Some(text.parse().expect(text)),
                ..RecycleArgs::default()
            };
            assert_eq!(set(args, Isolation::None, Verify::Off).crash_limit, limit);
        }
        assert!("0".parse::<Most>().is_err());
    }

    #[test]
    fn cases_are_limited_where_nothing_proves_that_they_left_nothing() {
        let cases = |args: RecycleArgs, isolation, verify, untold| {
            let setup = set(args, isolation, verify);
            args.limits(&setup, untold).cases
        };
        let usual =
            |isolation, verify, untold| cases(RecycleArgs::default(), isolation, verify, untold);
        for verify in [Verify::Sample, Verify::Always] {
            assert_eq!(usual(Isolation::Checkpoint, verify, false), None);
            assert_eq!(usual(Isolation::Checkpoint, verify, true), Some(50));
            assert_eq!(usual(Isolation::None, verify, false), Some(50));
        }
        assert_eq!(usual(Isolation::Checkpoint, Verify::Off, false), Some(50));
        for isolation in [Isolation::Fork, Isolation::Spawn] {
            assert_eq!(usual(isolation, Verify::Off, false), None);
        }
        for (text, limit) in [("none", None), ("7", Some(7))] {
            let args = RecycleArgs {
                recycle_after: Some(text.parse().expect(text)),
                ..RecycleArgs::default()
            };
            for untold in [false, true] {
                let found = cases(args, Isolation::None, Verify::Off, untold);
                assert_eq!(found, limit, "{text}");
            }
        }
    }

    #[test]
    fn hard_limit_takes_the_soft_one_along() {
        let args = RecycleArgs {
            rss_limit: Some(256 << 20),
            ..RecycleArgs::default()
        };
        let setup = set(args, Isolation::Checkpoint, Verify::Off);
        assert_eq!(setup.rss_hard_limit, 256 << 20);
        assert_eq!(setup.rss_soft_limit, 256 << 20);
    }

    #[test]
    fn bounds_are_named() {
        assert_eq!(mebibytes("64"), Ok(64 << 20));
        assert!(mebibytes("63").is_err_and(|it| it.contains("from 64")));
        assert_eq!(age("0.5"), Ok(Duration::from_millis(500)));
        assert!(age("0").is_err() && age("nan").is_err());
    }
}
