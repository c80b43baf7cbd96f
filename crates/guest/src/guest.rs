//! The trait that every guest implements.

use crate::Host;
use rewind_protocol::{Attributes, PrintedNotice, Source, Variant};
use std::path::PathBuf;

/// How far a test of this guest can reach; decides what is checked after each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Its own memory only: no test can make a system call of its choosing.
    Memory,
    /// Anything a process can do.
    Process,
}

/// What a guest says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Short name, as on the command line: `quickjs`.
    pub name: &'static str,
    /// Version of the engine, as it reports it.
    pub version: String,
    /// How far its tests reach.
    pub reach: Reach,
    /// What it can do that some suite asks for.
    pub capabilities: &'static [&'static str],
    /// Attributes of cases that mean something to it.
    pub attributes: &'static [&'static str],
    /// Lines that stand for a notice when a case prints them.
    pub printed: &'static [PrintedNotice],
    /// How a source is treated of which nothing is known.
    pub plain: Variant,
    /// How a source is treated of which is known only that it is a module; `None`
    /// for a guest without modules.
    pub module: Option<Variant>,
}

/// What a guest is told before it boots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestOptions {
    /// Folder that case paths are relative to; modules are read from it.
    pub root: PathBuf,
    /// Give tests `$rewind.fault(kind)`.
    pub faults: bool,
    /// Give tests `$rewind.marker(text)`; `faults` gives it as well.
    pub markers: bool,
}

/// A case as the guest sees it. The slices live in host memory.
#[derive(Clone, Copy, Debug)]
pub struct CaseInput<'a> {
    /// Path relative to the root, with slashes.
    pub path: &'a str,
    /// The text, as in the file.
    pub source: &'a [u8],
    /// How to treat it.
    pub variant: Variant,
    /// What it is to know of the case besides.
    pub attributes: Attributes,
}

/// How an evaluation ended. Details of a throw are in the [`Host`]'s sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// It ran to its end.
    Completed,
    /// It threw in the phase given; `Host::threw` was called.
    Threw(rewind_protocol::ErrorPhase),
    /// The engine had no memory left to go on or to tell what was thrown.
    OutOfMemory,
    /// The host could not let it go on, or come to an end, and nothing that the
    /// case threw is to blame; `Host::failed` was called.
    HostError,
}

/// Why a guest did not come up.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The engine refused to make what the name says.
    #[error("create the engine's {0}: it returned nothing; is the guest heap's cap too low?")]
    NoMemory(&'static str),
    /// Something the host offers could not be installed in the engine.
    #[error("install {0} in the engine")]
    Install(&'static str),
}

/// An engine.
///
/// Every method but [`Guest::describe`] is called inside a guarded region, on
/// the guest's stack, with the process's malloc family serving from the guest
/// heap. A native fault may end the call at any instruction, so an
/// implementation owns nothing on its stack that must be dropped: no `Box`,
/// `Vec`, `String` or lock guard of Rust's (those would live in host memory and
/// leak). Text goes to the host through [`Host`]'s sinks.
///
/// State that an implementation keeps in `self` is host memory and is never put
/// back; it is set in [`Guest::boot`] and [`Guest::dispose`] alone (pointers to the runtime and the
/// context, say, which stay valid because the guest's memory is put back as it was).
pub trait Guest {
    /// Name, version, reach. Called in host mode, before anything else.
    fn describe(&self) -> Description;

    /// Brings the engine up to the point where a preamble can be evaluated.
    ///
    /// # Errors
    /// When the engine can't be created.
    fn boot(&mut self, host: &'static Host, options: &GuestOptions) -> Result<(), BootError>;

    /// Gives back what the last [`Guest::boot`] made, so that it can be called
    /// anew; only for runs that make an engine for each case. A guest that holds
    /// nothing in an engine has nothing to give back.
    fn dispose(&mut self) {}

    /// Evaluates a preamble's sources in order; the caller takes a checkpoint afterwards.
    fn preamble(&self, host: &'static Host, sources: &[Source]) -> Evaluation;

    /// Runs one case: load, compile, execute, drain jobs, end agents, capture.
    /// Marks each with [`Host::enter`].
    fn run(&self, host: &'static Host, case: &CaseInput<'_>) -> Evaluation;
}
