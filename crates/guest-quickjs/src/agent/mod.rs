//! Agents (`$262.agent`): threads with a runtime of their own, which meet the
//! main agent in the [`Hub`].
//!
//! ```text
//!   main agent                    Hub (lock, condition)          agent
//!   start ───── new thread ─────────────────────────────────────▶ runs its script
//!   broadcast ─ pending = buffer ─▶ changed ────────────────────▶ calls its callback
//!      waits ◀──────────────────── changed ◀─ pending = none ───── (buffer taken)
//!   getReport ◀──── queue ◀─────────────────────────────────────── report
//!   close ───── closing = true ───▶ changed ────────────────────▶ ends; is joined
//! ```
//!
//! A case ends with [`close()`]: once the main agent has nothing left to run, no
//! agent can change the outcome, so those that are left are told to end, which
//! they do at the next loop iteration, call, sleep or wait of theirs.

mod close;
mod hub;
mod main_side;
mod object;
mod queue;
mod shared;
mod stack;
mod thread;

pub(crate) use close::close;
pub(crate) use hub::Hub;
pub(crate) use object::new_object;
pub(crate) use shared::install_memory;
pub(crate) use thread::Agent;
