//! A parent with fake workers, held against the model of what must come of them.
#![expect(
    clippy::unwrap_used,
    reason = "these are tests, their helpers included"
)]

mod beside;
mod blame;
mod common;
mod failing;
mod kept;
mod kills;
mod recycling;
mod standing_in;
mod steps;
