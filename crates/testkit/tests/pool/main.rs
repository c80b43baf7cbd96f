//! Pools with fake workers: exactly one reply for each request, whatever happens.
#![expect(
    clippy::unwrap_used,
    reason = "these are tests, their helpers included"
)]

mod cancelling;
mod common;
mod deaths;
mod ending;
mod submitting;
