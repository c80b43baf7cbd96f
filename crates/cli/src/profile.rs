//! Profiles: what a project wants by default, in its `rewind.toml`.
//!
//! ```toml
//! [profile.default]
//! workers = 4
//!
//! [profile.ci]
//! inherits = "default"        # what is not said here is taken from there
//! retries = 2
//! ```
//!
//! The file is looked for in the current folder and those above it. Paths in it
//! are relative to its folder. Other tables belong to the corpus.

use crate::args::{
    ColorChoice, FlakyChoice, Format, HeapCap, IsolationChoice, ModeChoice, Most, OrderChoice,
    ProgressChoice, Rate, Seconds, TrackingChoice, VerifyChoice, Workers,
};
use crate::error::CliError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::{Path, PathBuf};

const FILE: &str = "rewind.toml";
/// Profile that is used if none is named; it need not be there.
const DEFAULT: &str = "default";

/// Defaults of a project; each `None` is left to the corpus and the program.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Profile {
    inherits: Option<String>,
    pub(crate) root: Option<PathBuf>,
    pub(crate) mode: Option<ModeChoice>,
    pub(crate) order: Option<OrderChoice>,
    pub(crate) seed: Option<u64>,
    pub(crate) timeout: Option<Seconds>,
    pub(crate) expectations: Option<PathBuf>,
    pub(crate) unsupported: Option<PathBuf>,
    pub(crate) allow: Option<PathBuf>,
    pub(crate) diagnose: Option<PathBuf>,
    pub(crate) slow: Option<PathBuf>,
    pub(crate) skip_list: Option<PathBuf>,
    pub(crate) partial: Option<PathBuf>,
    pub(crate) confirm_limit: Option<usize>,
    pub(crate) confirm_deaths: Option<bool>,
    pub(crate) bisect_limit: Option<usize>,
    pub(crate) bisect_probes: Option<NonZeroU32>,
    pub(crate) bisect_time: Option<NonZeroU64>,
    pub(crate) workers: Option<Workers>,
    pub(crate) stand_ins: Option<u32>,
    pub(crate) isolation: Option<IsolationChoice>,
    pub(crate) tracking: Option<TrackingChoice>,
    pub(crate) verify: Option<VerifyChoice>,
    pub(crate) heap_cap: Option<HeapCap>,
    pub(crate) sandbox: Option<bool>,
    pub(crate) memory_limit: Option<Most>,
    pub(crate) cpu_limit: Option<Most>,
    pub(crate) file_size_limit: Option<Most>,
    pub(crate) process_limit: Option<Most>,
    pub(crate) open_files_limit: Option<Most>,
    pub(crate) retries: Option<u32>,
    pub(crate) flaky: Option<FlakyChoice>,
    pub(crate) shadow: Option<Rate>,
    pub(crate) max_fail: Option<NonZeroU64>,
    pub(crate) format: Option<Format>,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) trace: Option<PathBuf>,
    pub(crate) results: Option<PathBuf>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) color: Option<ColorChoice>,
    pub(crate) progress: Option<ProgressChoice>,
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

impl Profile {
    /// The profile called `name` of the project that `here` lies in.
    pub(crate) fn find(name: Option<&str>, here: &Path) -> Result<Self, CliError> {
        let file = here
            .ancestors()
            .map(|folder| folder.join(FILE))
            .find(|file| file.is_file());
        match (file, name) {
            (Some(file), _) => Self::load(&file, name),
            (None, None | Some(DEFAULT)) => Ok(Self::default()),
            (None, Some(name)) => Err(CliError::Profile {
                path: here.join(FILE),
                message: format!(
                    "there is no such file here or above, and so no profile `{name}`; \
                     add a table [profile.{name}] or leave --profile away"
                ),
            }),
        }
    }

    fn load(file: &Path, name: Option<&str>) -> Result<Self, CliError> {
        let bad = |message| CliError::Profile {
            path: file.to_owned(),
            message,
        };
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let profile = Self::parse(&text, name).map_err(bad)?;
        Ok(profile.relative_to(file.parent().unwrap_or(Path::new(""))))
    }

    fn parse(text: &str, name: Option<&str>) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut wanted = name.unwrap_or(DEFAULT);
        if name.is_none() && !file.profile.contains_key(DEFAULT) {
            return Ok(Self::default());
        }
        let (mut result, mut seen) = (Self::default(), Vec::new());
        loop {
            if seen.contains(&wanted) {
                return Err(format!(
                    "profile `{wanted}` inherits from itself; break the circle"
                ));
            }
            seen.push(wanted);
            let Some(profile) = file.profile.get(wanted) else {
                return Err(format!(
                    "there is no profile `{wanted}`; add a table [profile.{wanted}]"
                ));
            };
            result = result.or(profile);
            match &profile.inherits {
                Some(parent) => wanted = parent,
                None => {
                    return Ok(Self {
                        inherits: None,
                        ..result
                    });
                }
            }
        }
    }

    /// What is said here, and else what is said in `parent`.
    fn or(self, parent: &Self) -> Self {
        let parent = parent.clone();
        Self {
            inherits: None,
            root: self.root.or(parent.root),
            mode: self.mode.or(parent.mode),
            order: self.order.or(parent.order),
            seed: self.seed.or(parent.seed),
            timeout: self.timeout.or(parent.timeout),
            expectations: self.expectations.or(parent.expectations),
            unsupported: self.unsupported.or(parent.unsupported),
            allow: self.allow.or(parent.allow),
            diagnose: self.diagnose.or(parent.diagnose),
            slow: self.slow.or(parent.slow),
            skip_list: self.skip_list.or(parent.skip_list),
            partial: self.partial.or(parent.partial),
            confirm_limit: self.confirm_limit.or(parent.confirm_limit),
            confirm_deaths: self.confirm_deaths.or(parent.confirm_deaths),
            bisect_limit: self.bisect_limit.or(parent.bisect_limit),
            bisect_probes: self.bisect_probes.or(parent.bisect_probes),
            bisect_time: self.bisect_time.or(parent.bisect_time),
            workers: self.workers.or(parent.workers),
            stand_ins: self.stand_ins.or(parent.stand_ins),
            isolation: self.isolation.or(parent.isolation),
            tracking: self.tracking.or(parent.tracking),
            verify: self.verify.or(parent.verify),
            heap_cap: self.heap_cap.or(parent.heap_cap),
            sandbox: self.sandbox.or(parent.sandbox),
            memory_limit: self.memory_limit.or(parent.memory_limit),
            cpu_limit: self.cpu_limit.or(parent.cpu_limit),
            file_size_limit: self.file_size_limit.or(parent.file_size_limit),
            process_limit: self.process_limit.or(parent.process_limit),
            open_files_limit: self.open_files_limit.or(parent.open_files_limit),
            retries: self.retries.or(parent.retries),
            flaky: self.flaky.or(parent.flaky),
            shadow: self.shadow.or(parent.shadow),
            max_fail: self.max_fail.or(parent.max_fail),
            format: self.format.or(parent.format),
            junit: self.junit.or(parent.junit),
            trace: self.trace.or(parent.trace),
            results: self.results.or(parent.results),
            baseline: self.baseline.or(parent.baseline),
            color: self.color.or(parent.color),
            progress: self.progress.or(parent.progress),
        }
    }

    fn relative_to(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.root,
            &mut self.expectations,
            &mut self.unsupported,
            &mut self.allow,
            &mut self.diagnose,
            &mut self.slow,
            &mut self.skip_list,
            &mut self.partial,
            &mut self.junit,
            &mut self.trace,
            &mut self.results,
            &mut self.baseline,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::ContainArgs;
    use std::fs;

    const TEXT: &str = r#"
        [guest]
        faults = true
        [profile.default]
        workers = "num-cpus"
        timeout = 2.5
        [profile.ci]
        inherits = "default"
        timeout = 30
        results = "out"
        heap-cap = 64
        sandbox = true
        cpu-limit = 3
        process-limit = "none"
        [profile.circle]
        inherits = "circle"
        [profile.orphan]
        inherits = "nobody"
    "#;

    #[test]
    fn profile_that_inherits_takes_what_it_does_not_say() {
        let ci = Profile::parse(TEXT, Some("ci")).expect("parsed");
        assert_eq!(ci.workers, Some(Workers::NumCpus));
        assert_eq!(ci.timeout.map(|timeout| timeout.0.as_secs()), Some(30));
        assert_eq!(ci.heap_cap.map(HeapCap::bytes), Some(64 << 20));
        let contained = ContainArgs::default().or(&ci);
        assert_eq!(
            contained.words(),
            ["--cpu-limit", "3", "--process-limit", "none", "--sandbox"]
        );
        let default = Profile::parse(TEXT, None).expect("parsed");
        assert_eq!(
            default.timeout.map(|timeout| timeout.0.as_millis()),
            Some(2500)
        );
        assert_eq!(default.results, None);
    }

    #[test]
    fn bad_profiles_are_refused_with_a_mend() {
        let refused = |text, name| Profile::parse(text, Some(name)).expect_err("refused");
        assert!(refused(TEXT, "circle").contains("break the circle"));
        assert!(refused(TEXT, "orphan").contains("[profile.nobody]"));
        assert!(refused("", "default").contains("[profile.default]"));
        assert!(refused("[profile.a]\ntimeout = 0", "a").contains("from 1 to 120"));
        assert!(refused("[profile.a]\nspeed = 3", "a").contains("unknown field `speed`"));
        assert!(refused("[profile.a]\nmode = \"x\"", "a").contains("unknown variant `x`"));
    }

    #[test]
    fn file_is_found_above_and_its_paths_are_relative_to_it() {
        let folder = tempfile::tempdir().expect("folder");
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).expect("folder");
        fs::write(folder.path().join(FILE), TEXT).expect("file");
        let ci = Profile::find(Some("ci"), &deep).expect("found");
        assert_eq!(ci.results, Some(folder.path().join("out")));
    }

    #[test]
    fn without_a_file_there_is_only_the_default() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(
            Profile::find(None, folder.path()).expect("default"),
            Profile::default()
        );
        let error = Profile::find(Some("ci"), folder.path()).expect_err("refused");
        assert!(error.to_string().contains("[profile.ci]"), "{error}");
    }
}
