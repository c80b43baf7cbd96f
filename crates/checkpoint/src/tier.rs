//! How written pages are found: the tiers, and which one is taken.

use crate::protect::{self, Protection};
use rewind_sys::track::WriteTracker;
use rewind_sys::uffd::Userfault;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TierRequest {
    /// The best that this kernel and container allow.
    #[default]
    Auto,
    /// Exactly this one, or an error.
    Only(Tier),
}

/// A way to find written pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// userfaultfd write-protection and PAGEMAP_SCAN (Linux 6.7).
    PagemapScan,
    /// Protection faults for the heap, comparison for the rest.
    Mprotect,
    /// Comparison of every page with its image: slow, and the reference.
    Copy,
}

impl Tier {
    /// Name as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PagemapScan => "pagemap-scan",
            Self::Mprotect => "mprotect",
            Self::Copy => "copy",
        }
    }
}

/// The tier in use, with the reason.
pub struct TierChoice {
    /// Which.
    pub tier: Tier,
    /// Why this one, for the report.
    pub reason: String,
    /// What finds written pages; `None` where pages are compared.
    pub(crate) tracker: Option<Box<dyn WriteTracker>>,
    /// Data regions are tracked too, not compared.
    pub(crate) tracks_data: bool,
}

impl TierChoice {
    /// Takes the tier asked for, or the best there is.
    ///
    /// # Errors
    /// When the tier asked for isn't available here.
    pub fn choose(request: TierRequest) -> Result<Self, rewind_sys::SysError> {
        let asked = |tier: Tier| format!("--tracking {} was asked for", tier.name());
        match request {
            TierRequest::Only(Tier::Copy) => Ok(Self::copy(asked(Tier::Copy))),
            TierRequest::Only(Tier::Mprotect) => Ok(Self::mprotect(asked(Tier::Mprotect))),
            TierRequest::Only(Tier::PagemapScan) => {
                Userfault::open_proven().map(|fault| Self::scan(fault, asked(Tier::PagemapScan)))
            }
            TierRequest::Auto => Ok(match Userfault::open_proven() {
                Ok(fault) => {
                    Self::scan(fault, "the best tier, and the kernel offers it".to_owned())
                }
                Err(error) => Self::mprotect(format!("pagemap-scan is not to be had: {error}")),
            }),
        }
    }

    fn scan(fault: Userfault, reason: String) -> Self {
        Self {
            tier: Tier::PagemapScan,
            reason,
            tracker: Some(Box::new(fault)),
            tracks_data: true,
        }
    }

    fn mprotect(reason: String) -> Self {
        Self {
            tier: Tier::Mprotect,
            reason,
            tracker: Some(Box::new(Protection::new())),
            tracks_data: false,
        }
    }

    fn copy(reason: String) -> Self {
        Self {
            tier: Tier::Copy,
            reason,
            tracker: None,
            tracks_data: false,
        }
    }

    /// A choice with a tracker of the test's own.
    #[cfg(test)]
    pub(crate) fn with_tracker(tracker: Box<dyn WriteTracker>) -> Self {
        Self {
            tier: Tier::PagemapScan,
            reason: "a test's tracker".to_owned(),
            tracker: Some(tracker),
            tracks_data: true,
        }
    }

    /// What the SIGSEGV handler must ask first in this tier.
    #[must_use]
    pub fn write_hook(&self) -> Option<fn(usize) -> bool> {
        (self.tier == Tier::Mprotect).then_some(protect::on_write_fault as fn(usize) -> bool)
    }
}

impl std::fmt::Debug for TierChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TierChoice")
            .field("tier", &self.tier)
            .field("reason", &self.reason)
            .finish()
    }
}
