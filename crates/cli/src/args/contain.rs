//! What a test may use of the machine, and how far it sees.

use super::values::NumberOrText;
use crate::profile::Profile;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde::Deserialize;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Most that any limit may be set to.
const MOST: u64 = 1 << 40;

/// A limit: a number from 1, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(crate) struct Most(Option<u64>);

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let number: Option<u64> = text.parse().ok();
        number
            .filter(|number| (1..=MOST).contains(number))
            .map(|number| Self(Some(number)))
            .ok_or_else(|| "use a number from 1, or `none`".to_owned())
    }
}

impl TryFrom<NumberOrText> for Most {
    type Error = String;
    fn try_from(value: NumberOrText) -> Result<Self, String> {
        value.text().parse()
    }
}

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("none"),
        }
    }
}

/// What each test may use; those that say nothing are left to the worker.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits of each test")]
pub(crate) struct ContainArgs {
    /// Shut each worker off from other processes, the network, and all writing but to folders
    /// of its own in memory
    #[arg(long, env = "REWIND_SANDBOX", value_parser = FalseyValueParser::new(),
          conflicts_with = "worker_command")]
    pub(crate) sandbox: bool,
    /// Most MiB of memory: in the guest's heap, unless --heap-cap says otherwise, and as much
    /// again in mappings of its own [default: 1024]
    #[arg(
        long,
        value_name = "MIB",
        env = "REWIND_MEMORY_LIMIT",
        conflicts_with = "worker_command"
    )]
    pub(crate) memory_limit: Option<Most>,
    /// Most seconds of CPU time, all threads together [default: 120]
    #[arg(
        long,
        value_name = "SECS",
        env = "REWIND_CPU_LIMIT",
        conflicts_with = "worker_command"
    )]
    pub(crate) cpu_limit: Option<Most>,
    /// Most MiB of a file that it writes [default: 256]
    #[arg(
        long,
        value_name = "MIB",
        env = "REWIND_FILE_SIZE_LIMIT",
        conflicts_with = "worker_command"
    )]
    pub(crate) file_size_limit: Option<Most>,
    /// Most processes and threads; root is not held to it [default: 512]
    #[arg(
        long,
        value_name = "N",
        env = "REWIND_PROCESS_LIMIT",
        conflicts_with = "worker_command"
    )]
    pub(crate) process_limit: Option<Most>,
    /// Most open files, up to 1024 [default: 1024]
    #[arg(
        long,
        value_name = "N",
        env = "REWIND_OPEN_FILES_LIMIT",
        conflicts_with = "worker_command"
    )]
    pub(crate) open_files_limit: Option<Most>,
}

impl ContainArgs {
    /// What is said here, and else in the profile.
    pub(crate) fn or(&self, profile: &Profile) -> Self {
        Self {
            sandbox: self.sandbox || profile.sandbox.unwrap_or_default(),
            memory_limit: self.memory_limit.or(profile.memory_limit),
            cpu_limit: self.cpu_limit.or(profile.cpu_limit),
            file_size_limit: self.file_size_limit.or(profile.file_size_limit),
            process_limit: self.process_limit.or(profile.process_limit),
            open_files_limit: self.open_files_limit.or(profile.open_files_limit),
        }
    }

    /// Most bytes of the guest's heap, if there is a limit of memory.
    pub(crate) fn heap_bytes(&self) -> Option<u64> {
        let mebibytes = self.memory_limit?.0?;
        Some(mebibytes << 20)
    }

    /// The limits that were given, as flags; both `run` and a worker know them.
    pub(crate) fn words(&self) -> Vec<String> {
        let limits = [
            ("--memory-limit", self.memory_limit),
            ("--cpu-limit", self.cpu_limit),
            ("--file-size-limit", self.file_size_limit),
            ("--process-limit", self.process_limit),
            ("--open-files-limit", self.open_files_limit),
        ];
        let given = limits
            .into_iter()
            .filter_map(|(flag, limit)| Some((flag, limit?)));
        let mut words: Vec<_> = given
            .flat_map(|(flag, limit)| [flag.to_owned(), limit.to_string()])
            .collect();
        words.extend(self.sandbox.then(|| "--sandbox".to_owned()));
        words
    }

    /// What a worker is told that has to read what lies below `keep`.
    pub(crate) fn worker_words(&self, keep: &[&Path]) -> Vec<OsString> {
        let mut words: Vec<OsString> = self.words().into_iter().map(Into::into).collect();
        let kept = keep.iter().filter(|_| self.sandbox);
        words.extend(kept.flat_map(|path| ["--keep".into(), OsString::from(path)]));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_a_number_or_none() {
        assert_eq!("7".parse(), Ok(Most(Some(7))));
        assert_eq!("none".parse(), Ok(Most(None)));
        for text in ["0", "-1", "1.5", "", "all", "99999999999999999999"] {
            assert!(text.parse::<Most>().is_err(), "{text}");
        }
    }

    #[test]
    fn worker_is_told_what_was_given_and_nothing_else() {
        let none = ContainArgs::default();
        let keep = ["/a", "/b"].map(Path::new);
        assert!(none.worker_words(&keep).is_empty());
        let some = ContainArgs {
            sandbox: true,
            memory_limit: Some(Most(Some(3))),
            cpu_limit: Some(Most(None)),
            ..none
        };
        assert_eq!(some.heap_bytes(), Some(3 << 20));
        assert_eq!(
            some.worker_words(&keep),
            "--memory-limit 3 --cpu-limit none --sandbox --keep /a --keep /b"
                .split(' ')
                .collect::<Vec<_>>()
        );
    }
}
