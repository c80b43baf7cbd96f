//! What a corpus says about how it wants to be run: `rewind.toml` at its root.
//!
//! Only the tables `guest` and `run` are the corpus's; others in the same file
//! are left to whoever reads them.

use crate::{CorpusError, Place, toml_file};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "rewind.toml";

/// Options of a corpus; the default where there is no file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusConfig {
    /// What the guest must offer.
    pub guest: GuestConfig,
    /// How to run it, unless the command line says otherwise.
    pub run: RunConfig,
}

/// `[guest]`: what the guest must offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestConfig {
    /// Tests get `$rewind.fault(kind)`.
    #[serde(default)]
    pub faults: bool,
}

/// `[run]`: how to run it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunConfig {
    /// Deadline of each case.
    pub timeout: Option<Duration>,
    /// File of expectations; absolute if the root was, as are the others.
    pub expectations: Option<PathBuf>,
    /// Slow list.
    pub slow: Option<PathBuf>,
    /// Skip list.
    pub skip_list: Option<PathBuf>,
    /// Partial list.
    pub partial: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Raw {
    #[serde(default)]
    guest: GuestConfig,
    #[serde(default)]
    run: RawRun,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRun {
    /// Seconds.
    timeout: Option<toml::Spanned<f64>>,
    expectations: Option<PathBuf>,
    slow: Option<PathBuf>,
    skip_list: Option<PathBuf>,
    partial: Option<PathBuf>,
}

impl CorpusConfig {
    /// Reads `rewind.toml` of the corpus at `root`, if there is one.
    ///
    /// # Errors
    /// If it can't be read or understood.
    pub fn load(root: &Path) -> Result<Self, CorpusError> {
        let file = root.join(FILE);
        if !file.exists() {
            return Ok(Self::default());
        }
        Self::parse(&toml_file::read(&file)?, &file)
    }

    /// Reads the text of `file`.
    fn parse(text: &str, file: &Path) -> Result<Self, CorpusError> {
        let raw: Raw = toml_file::parse(text, file)?;
        let timeout = raw.run.timeout.map(|seconds| {
            Duration::try_from_secs_f64(*seconds.get_ref())
                .ok()
                .filter(|timeout| *timeout >= Duration::from_millis(1))
                .ok_or_else(|| CorpusError::Toml {
                    place: Place {
                        file: file.to_path_buf(),
                        line: toml_file::line_at(text, seconds.span().start),
                    },
                    message: "`timeout` must be a number of seconds, at least 0.001".to_owned(),
                })
        });
        let folder = file.parent().unwrap_or(Path::new(""));
        let beside = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Ok(Self {
            guest: raw.guest,
            run: RunConfig {
                timeout: timeout.transpose()?,
                expectations: beside(raw.run.expectations),
                slow: beside(raw.run.slow),
                skip_list: beside(raw.run.skip_list),
                partial: beside(raw.run.partial),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CorpusConfig, String> {
        CorpusConfig::parse(text, Path::new("c/rewind.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn parse_full_file_returns_all() {
        let text = "[guest]\nfaults = true\n[run]\ntimeout = 2.5\nexpectations = \"e.toml\"\nskip-list = \"skip.txt\"\n[profile.ci]\njobs = 2\n";
        let config = parse(text).unwrap();
        assert!(config.guest.faults);
        assert_eq!(config.run.timeout, Some(Duration::from_millis(2500)));
        assert_eq!(
            config.run.expectations.as_deref(),
            Some(Path::new("c/e.toml"))
        );
        assert_eq!(
            config.run.skip_list.as_deref(),
            Some(Path::new("c/skip.txt"))
        );
        assert_eq!(config.run.slow, None);
    }

    #[test]
    fn parse_empty_file_returns_the_default() {
        assert_eq!(parse("").unwrap(), CorpusConfig::default());
    }

    #[test]
    fn parse_whole_seconds_are_accepted() {
        assert_eq!(
            parse("[run]\ntimeout = 3").unwrap().run.timeout,
            Some(Duration::from_secs(3))
        );
    }

    #[test]
    fn parse_wrong_key_or_value_names_the_line() {
        assert!(
            parse("[guest]\nfault = true")
                .unwrap_err()
                .contains("c/rewind.toml:2: unknown field `fault`")
        );
        for value in ["0", "-1", "nan", "1e300"] {
            let error = parse(&format!("[run]\n\ntimeout = {value}")).unwrap_err();
            assert!(
                error.contains("c/rewind.toml:3: `timeout` must be"),
                "{error}"
            );
        }
    }

    #[test]
    fn load_without_file_returns_the_default() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            CorpusConfig::load(folder.path()).unwrap(),
            CorpusConfig::default()
        );
    }
}
