//! Faults of the worker itself, made on purpose, by which the tests of others show
//! that they find such: answers that arrive spoilt, a page that a restore misses.
//!
//! Only a build with the feature `fault-injection` has them. In any other they
//! cost nothing, and asking for one is refused.

#[cfg(feature = "fault-injection")]
mod asked;
#[cfg(feature = "fault-injection")]
mod frame_faults;
#[cfg(feature = "fault-injection")]
mod leak;
#[cfg(not(feature = "fault-injection"))]
mod none;

#[cfg(feature = "fault-injection")]
pub use asked::Injected;
#[cfg(feature = "fault-injection")]
pub(crate) use frame_faults::FrameFaults;
#[cfg(feature = "fault-injection")]
pub(crate) use leak::MissedPages;
#[cfg(not(feature = "fault-injection"))]
pub use none::Injected;
#[cfg(not(feature = "fault-injection"))]
pub(crate) use none::{FrameFaults, MissedPages};

/// This build can inject faults.
pub const INJECTS_FAULTS: bool = cfg!(feature = "fault-injection");
