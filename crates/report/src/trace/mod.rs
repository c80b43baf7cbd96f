//! A run as a trace: the JSON trace event format, which Perfetto
//! (<https://ui.perfetto.dev>) and Chrome's `about:tracing` open.
//!
//! ```text
//! rewind (pid 1)
//! ├─ run        (tid 1)  run ────────────────────────────────┤ retries ─┤   · remarks
//! ├─ worker 0   (tid 2)  0.0 ─────────────────┤ 0.1 ────────────────────┤
//! │                      start│case│case│wait│case  │   start│case …
//! │                           └ load compile execute …      · faults, retirements
//! └─ counters            cases left, cases a second, resident memory
//! ```
//!
//! A track is a *place* for a worker, and the workers that had it follow each
//! other on it: a run may start ten thousand of them. Slices of a track never
//! cross, whatever workers claim about time: [`track`] sees to that. Events are
//! written as they come, so memory stays small, and each costs one pass over a
//! buffer. Only a file that is whole gets its name.

mod events;
mod file;
mod track;

pub use file::{Moment, Trace};
