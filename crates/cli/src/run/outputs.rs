//! Where the reports of a run go.

use super::{Settings, targets};
use crate::args::Format;
use crate::corpus_root;
use crate::error::CliError;
use crate::select::Selected;
use crate::terminal::Surroundings;
use rewind_report::{Junit, Ndjson, Progress, Reporter, ResultsFolder, Tap};
use std::io::{self, BufWriter};

/// What must stay open as long as the run goes on.
pub(super) struct Outputs {
    /// Holds the folder's lock.
    folder: Option<ResultsFolder>,
}

impl Outputs {
    /// Takes the results folder, and tells the remarks that were made so far.
    pub(super) fn open(settings: &Settings, selected: &Selected) -> Result<Self, CliError> {
        let root = selected.suite.root();
        let name = match root.file_name() {
            _ if corpus_root::is_built_in(root) => "rewind's own".into(),
            Some(name) => name.to_string_lossy(),
            None => "root".into(),
        };
        crate::terminal::tell(&format!(" corpus  {name}, in {}\n", root.display()));
        let folder = settings
            .results
            .as_deref()
            .map(ResultsFolder::open)
            .transpose()?;
        targets::check(settings, selected)?;
        if let Some(holder) = folder.as_ref().and_then(ResultsFolder::abandoned) {
            crate::terminal::tell(&format!(
                "note: the run before ({holder}) did not end; its results are older than it, \
                 unless --resume takes it up\n"
            ));
        }
        for remark in &selected.remarks {
            crate::terminal::tell(&format!("note: {remark}\n"));
        }
        Ok(Self { folder })
    }

    /// What goes with the results may be put beside them: they are in place.
    pub(super) fn is_filled(&self) -> bool {
        self.folder.as_ref().is_some_and(ResultsFolder::is_filled)
    }

    /// A reporter with every form of report that was asked for.
    pub(super) fn reporter(
        &self,
        settings: &Settings,
        selected: &Selected,
    ) -> Result<Reporter<'static>, CliError> {
        let plan = &selected.plan;
        let total = plan.cases.len() + plan.skipped.len();
        let kind = Surroundings::of_process().progress(settings.progress);
        let mut reporter = Reporter::new(Progress::new(kind, total as u64));
        match settings.format {
            // What goes to stdout is the profile.
            _ if settings.watch.profile.is_some() => {}
            Format::Human => {}
            Format::Ndjson => reporter.add(Ndjson::new(io::stdout())),
            Format::Tap => reporter.add(Tap::new(BufWriter::new(io::stdout()))),
        }
        if let Some(file) = &settings.junit {
            reporter.add(Junit::create(file)?);
        }
        if let Some(folder) = &self.folder {
            reporter.add(folder.sink()?);
        }
        Ok(reporter)
    }
}
