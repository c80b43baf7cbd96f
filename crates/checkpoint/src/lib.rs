//! Checkpoints of a guest's memory, and putting it back, page by page.
//!
//! ```text
//!   guest memory                       page store (host memory)
//!   ┌ libc .data/.bss ┐   table of a layer: page → slot
//!   ├ ld.so .data     ┤  ┌───────────────┐     ┌────┬────┬────┬──
//!   ├ …               ┤  │ 0 → 0, 1 → 1, │ ──► │ p0 │ p1 │ p2 │ …
//!   └ guest heap      ┘  │ 2 → 7, …      │     └────┴────┴────┴──
//!                        └───────────────┘
//!   engine ─┬─ harness ─┬─ includes A      a tree of layers: each is its
//!           │           └─ includes B      parent plus the pages it changed
//!           └─ …
//! ```
//!
//! A restore to layer T from layer C copies back the pages written since, and
//! those in which C and T differ (the deltas on the way from C to T in the
//! tree). Everything a guest does to memory is undone by the same step, crash
//! or not. The kernel's side of a process (descriptors, handlers, …) is not
//! memory and not this crate's business.

mod checkpoint;
mod heat;
mod layers;
mod numbers;
mod protect;
mod quiet;
mod region;
mod store;
mod tier;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, Restored, Writers};
pub use layers::LayerId;
pub use region::{Region, RegionKind};
pub use tier::{Tier, TierChoice, TierRequest};
pub use verify::Mismatch;
