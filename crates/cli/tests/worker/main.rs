//! `rewind worker`, driven by a parent that knows the protocol alone; and, in
//! `isolation` and `kills`, by `rewind run`.
//!
//! Every test starts workers of its own. None of them depends on how long
//! anything takes, but for deadlines that belong to the case.

#[path = "../support/parent.rs"]
mod parent;

#[path = "../support/seccomp.rs"]
mod seccomp;
#[path = "../support/mod.rs"]
mod support;

mod conversation;
mod forks;
mod greeting;
mod hoard;
mod host_faults;
mod isolation;
mod kills;
mod ledger;
mod leftovers;
mod limits;
mod outcomes;
mod place;
mod preambles;
mod sandbox;
mod streams;
mod surroundings;
mod tiers;
