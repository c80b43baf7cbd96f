//! The guest heap: one reserved range from which everything the guest
//! allocates comes, made so that a checkpoint of it is cheap.
//!
//! ```text
//!  base            sealed             frontier        committed        limit
//!   │   old blocks    │  young blocks     │  dirty, free   │  PROT_NONE   │
//!   └─ in the image ──┴─ dropped by the restore: no copy ──┴─ never touched ┘
//! ```
//!
//! At a checkpoint the heap is *sealed*: its free lists are emptied and the
//! frontier is rounded up to a page, so that whatever is allocated later lands
//! on fresh pages. A restore puts [`State`] back, which drops every younger
//! block at once; only old pages that were written need a copy, and old blocks
//! that are freed are left alone so that they need none.
//!
//! [`malloc_abi`] is the malloc family that an executable exports: it serves the
//! guest from this heap and the host from jemalloc. [`direct`] is for engines
//! whose memory functions can be replaced.

mod block;
mod classes;
pub mod direct;
mod global;
mod heap;
mod lock;
pub mod malloc_abi;

pub use global::{enter_guest, guest_heap, init, is_guest, is_owned, leave_guest, set_threaded};
pub use heap::{Allocation, Heap, HeapError, State};
