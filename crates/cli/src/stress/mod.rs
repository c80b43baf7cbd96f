//! `rewind stress`: raises every kind of fault in random order, mixed with
//! checks for damage, and holds each answer against what was planned.
//!
//! ```text
//! kinds ─► schedule (seeded) ─► corpus in a temporary folder ─► Plan ─► harness
//!                                                                        │ events
//!                         summary ◄── tally: model, counts, times ◄──────┘
//! ```
//!
//! A check follows every fault. It fails if anything of the fault, or of what
//! the case spoilt on purpose before it, is still there.

mod args;
mod corpus;
mod expect;
mod killer;
mod kind;
mod page;
mod plot;
mod run;
mod schedule;
mod show;
mod summary;
mod tally;
mod timeline;

pub(crate) use args::StressArgs;
pub(crate) use run::stress;
