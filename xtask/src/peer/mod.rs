//! The engine's own runner, run-test262, built from the source that the engine
//! comes with: how to build it, configure it, run it and read its verdicts.

mod build;
mod config;
mod metadata;
mod order;
mod output;
mod process;
mod run;

pub(crate) use build::{build, build_command};
pub(crate) use config::Configuration;
pub(crate) use metadata::PeerMetadata;
pub(crate) use run::{PeerResult, PeerVerdict, verdicts};
