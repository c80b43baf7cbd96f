//! A worker that speaks the line dialect: it reads a manifest on its standard
//! input and answers on its standard output.
//!
//! ```text
//! manifest ──► feed ──► parent ──► session: run, put back
//!                          └──► answer: frames and output
//! ```
//!
//! The guest is confined and put back as under the native dialect; only the
//! conversation differs. There is no ledger: so that a parent can tell which case
//! a worker died of, the start of each is written before the case is run.

mod answer;
mod args;
mod feed;
mod harness;
mod parent;
mod settings;

pub use args::LineArgs;
pub(crate) use parent::LineParent;
pub(crate) use settings::{hello, root};
