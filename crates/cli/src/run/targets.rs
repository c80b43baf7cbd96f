//! Files that a run writes, looked at before it begins: each needs a place of its
//! own. A file that an option names may replace one that is there; it may not
//! replace another output, nor what the run reads, nor a folder.

use super::Settings;
use crate::select::Selected;
use rewind_report::ReportError;
use std::path::{Path, PathBuf};

/// A file and the option that names it.
type Named<'a> = (&'static str, &'a Path);

/// Refuses two options that name one file, and one that names a folder.
pub(super) fn check(settings: &Settings, selected: &Selected) -> Result<(), ReportError> {
    let outputs = outputs(settings);
    for (index, (option, file)) in outputs.iter().enumerate() {
        if file.is_dir() {
            return Err(occupied(
                file,
                format!("{option} names a folder; name a file"),
            ));
        }
        let others = outputs.iter().take(index);
        if let Some((other, _)) = others
            .chain(&inputs(settings, selected))
            .find(|it| same(file, it.1))
        {
            let problem = format!("{other} and {option} name it both; name another file");
            return Err(occupied(file, problem));
        }
        if let Some(folder) = settings.results.as_deref().filter(|it| holds(it, file)) {
            let problem = format!(
                "it is in {}, where the results go under names of their own; name another file",
                folder.display()
            );
            return Err(occupied(file, problem));
        }
    }
    Ok(())
}

fn occupied(file: &Path, problem: String) -> ReportError {
    ReportError::Occupied {
        path: file.to_owned(),
        problem,
    }
}

fn outputs(settings: &Settings) -> Vec<Named<'_>> {
    let baseline = settings.baseline.as_deref();
    let files = [
        ("--baseline", baseline.filter(|_| settings.update_baseline)),
        ("--partial", settings.partial.as_deref()),
        ("--junit", settings.junit.as_deref()),
        ("--trace", settings.watch.trace.as_deref()),
    ];
    named(files)
}

fn inputs<'a>(settings: &'a Settings, selected: &'a Selected) -> Vec<Named<'a>> {
    let (wish, admission) = (&selected.wish, &selected.admission);
    let baseline = settings.baseline.as_deref();
    named([
        ("--baseline", baseline.filter(|_| !settings.update_baseline)),
        ("--expectations", wish.expectations.as_deref()),
        ("--slow", wish.slow.as_deref()),
        ("--skip-list", wish.skip_list.as_deref()),
        ("--unsupported", admission.unsupported_file.as_deref()),
        ("--allow", admission.allow_file.as_deref()),
        ("--diagnose", settings.diagnose.as_ref().map(|it| &*it.file)),
    ])
}

fn named<'a, const N: usize>(files: [(&'static str, Option<&'a Path>); N]) -> Vec<Named<'a>> {
    let named = files.into_iter();
    named
        .filter_map(|(option, file)| Some((option, file?)))
        .collect()
}

/// Both paths lead to one file that would be replaced: not to a device or a pipe.
fn same(one: &Path, other: &Path) -> bool {
    let is_special = one.metadata().is_ok_and(|it| !it.is_file());
    !is_special && place(one) == place(other)
}

/// Where a file is, or will be: without links as far as it is there.
fn place(file: &Path) -> PathBuf {
    if let Ok(place) = file.canonicalize() {
        return place;
    }
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}

/// The file has a name that results go by in `folder`, which is there.
fn holds(folder: &Path, file: &Path) -> bool {
    let is_result = file
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(rewind_report::is_results_file);
    is_result && place(file).parent() == folder.canonicalize().ok().as_deref()
}
