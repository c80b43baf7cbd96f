//! `--shadow RATE`: a sample of a run's cases is run a second time, each in a
//! process of its own, and must end as it did among the others.
//!
//! ```text
//! plan ─► Sample (seeded) ◄── how each of them ended in the batch
//!            │
//!            ▼ after the batch and its retries
//!        alone ─► the same? nothing to tell
//!            └──► other: alone once more ─► the same alone? breach : flaky
//! ```
//!
//! It trusts nothing that the workers say of their own isolation: a page that
//! nobody thought of has no image to be compared with, and shows only here.

mod audit;
mod sample;
mod show;

pub(super) use audit::{Audit, audit};
pub(super) use sample::Sample;
pub(super) use show::told;
