//! Which tests an engine is held to: what it lacks, and what is run all the same.

use crate::args::AdmissionArgs;
use crate::error::CliError;
use crate::profile::Profile;
use rewind_corpus::{Allowed, Corpus, Unsupported};
use std::path::PathBuf;

/// Features and the tests that are run without them.
#[derive(Debug)]
pub(crate) struct Admission {
    /// File of the list; `None` for the one built in.
    pub(crate) unsupported_file: Option<PathBuf>,
    /// What the engine lacks.
    pub(crate) unsupported: Unsupported,
    /// File of the other list.
    pub(crate) allow_file: Option<PathBuf>,
    /// What is run although it lacks a feature.
    pub(crate) allowed: Option<Allowed>,
}

impl Admission {
    /// Reads both lists. What is said first counts: flag, then profile.
    pub(super) fn load(args: &AdmissionArgs, profile: &Profile) -> Result<Self, CliError> {
        let named = |flag: &Option<PathBuf>, other: &Option<PathBuf>| {
            flag.clone().or_else(|| other.clone())
        };
        let unsupported_file = named(&args.unsupported, &profile.unsupported);
        let allow_file = named(&args.allow, &profile.allow);
        let unsupported = match &unsupported_file {
            Some(file) => Unsupported::load(file)?,
            None => Unsupported::quickjs_ng()?,
        };
        let allowed = allow_file.as_deref().map(Allowed::load).transpose()?;
        Ok(Self {
            unsupported_file,
            unsupported,
            allow_file,
            allowed,
        })
    }

    /// For people: entries of the second list that admit nothing. Known only if
    /// `corpus` is whole.
    pub(super) fn remarks(&self, corpus: &Corpus) -> Vec<String> {
        let Some(allowed) = &self.allowed else {
            return Vec::new();
        };
        let needless = allowed.needless(corpus, &self.unsupported);
        let remark = |(place, pattern)| {
            format!("{place}: `{pattern}` admits no test that would be skipped; take it out")
        };
        needless.into_iter().map(remark).collect()
    }
}
