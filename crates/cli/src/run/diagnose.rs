//! `--diagnose`: markers that tests must tell, besides passing.

use crate::args::DiagnoseArgs;
use crate::error::CliError;
use crate::profile::Profile;
use crate::select::Selected;
use rewind_corpus::Diagnose;
use rewind_harness::Dialect;
use rewind_plan::Case;
use std::path::PathBuf;

/// The list that was named.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Its file.
    pub(super) file: PathBuf,
    list: Diagnose,
}

impl Asked {
    /// Reads the list; `None` if none was named.
    ///
    /// Markers reach us beside the output, never in it, so that nothing a test
    /// prints is taken for one. The line dialect has no such place.
    pub(super) fn load(
        args: &DiagnoseArgs,
        profile: &Profile,
        selected: &Selected,
        dialect: Dialect,
    ) -> Result<Option<Self>, CliError> {
        let file = args.diagnose.as_ref().or(profile.diagnose.as_ref());
        let Some(file) = file else {
            return Ok(None);
        };
        if dialect != Dialect::Native {
            return Err(CliError::DiagnoseDialect);
        }
        let list = Diagnose::load(file)?;
        if selected.wish.paths.is_empty() {
            let suite = &selected.suite;
            let paths: Vec<_> = (0..suite.tests()).map(|test| suite.path(test)).collect();
            let there = |path: &str| paths.binary_search_by(|it| (**it).cmp(path)).is_ok();
            list.check(there)?;
        }
        let file = file.clone();
        Ok(Some(Self { file, list }))
    }

    /// The markers that a case must tell.
    pub(super) fn markers(&self, case: &Case) -> &[String] {
        self.list.markers(&case.path, case.variant)
    }
}
