//! How far a run looks for what spoiled its cases.

use crate::profile::Profile;
use clap::Args;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

/// Partial cases and breaches that a run looks into unless somebody says otherwise.
const LIMIT: usize = 10;
/// Tries for each. About 16 are needed for a polluter among 10,000 cases.
const PROBES: u32 = 100;
/// Seconds for all.
const SECONDS: u64 = 120;

/// How far a run looks for what spoiled its cases.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct SearchArgs {
    /// Most partial cases and isolation breaches whose polluters are looked for, after all else;
    /// 0 for none [default: 10]
    #[arg(long, value_name = "N", env = "REWIND_BISECT_LIMIT")]
    pub(crate) bisect_limit: Option<usize>,
    /// Most tries for each of them [default: 100]
    #[arg(long, value_name = "N", env = "REWIND_BISECT_PROBES")]
    pub(crate) bisect_probes: Option<NonZeroU32>,
    /// Seconds after which no further try is begun, for all of them together [default: 120]
    #[arg(long, value_name = "SECS", env = "REWIND_BISECT_TIME")]
    pub(crate) bisect_time: Option<NonZeroU64>,
}

/// How far a run looks, settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SearchLimits {
    /// Most victims.
    pub(crate) victims: usize,
    /// Most tries for each.
    pub(crate) probes: u32,
    /// For all together.
    pub(crate) time: Duration,
}

impl SearchArgs {
    /// What is said here, else in the profile, and else as usual.
    pub(crate) fn or(&self, profile: &Profile) -> SearchLimits {
        let probes = self.bisect_probes.or(profile.bisect_probes);
        let seconds = self.bisect_time.or(profile.bisect_time);
        SearchLimits {
            victims: self.bisect_limit.or(profile.bisect_limit).unwrap_or(LIMIT),
            probes: probes.map_or(PROBES, NonZeroU32::get),
            time: Duration::from_secs(seconds.map_or(SECONDS, NonZeroU64::get)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_goes_before_the_profile_and_that_before_the_default() {
        let mut profile = Profile::default();
        profile.bisect_limit = Some(0);
        profile.bisect_probes = NonZeroU32::new(7);
        let args = SearchArgs {
            bisect_limit: Some(3),
            ..SearchArgs::default()
        };
        let limits = args.or(&profile);
        assert_eq!((limits.victims, limits.probes), (3, 7));
        assert_eq!(limits.time, Duration::from_secs(SECONDS));
        assert_eq!(SearchArgs::default().or(&profile).victims, 0);
    }
}
