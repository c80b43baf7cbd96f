//! Who runs: a command line, and how to tell how many tests it executed.

use crate::error::{Error, Result};
use crate::peer::Configuration;
use std::path::Path;
use std::process::{Command, Output};

/// One contender. Its command runs all tests once, one at a time.
pub(crate) struct Contender {
    /// For reports.
    pub name: &'static str,
    /// The program with its arguments.
    program: std::ffi::OsString,
    arguments: Vec<std::ffi::OsString>,
    /// Exit codes of a run that did its work.
    pub good: &'static [i32],
    /// Tests executed, from what it printed.
    pub executed: fn(&Output) -> Option<u64>,
}

impl Contender {
    /// Ours: one worker, each test once.
    pub(crate) fn rewind(program: &Path, root: &Path, paths: &[String]) -> Self {
        let mut arguments: Vec<std::ffi::OsString> = [
            "run", "-j1", "--mode", "default", "--format", "ndjson", "--root",
        ]
        .map(Into::into)
        .into();
        arguments.push(root.into());
        arguments.extend(paths.iter().map(Into::into));
        // 1: some test failed.
        Self {
            name: "rewind",
            program: program.into(),
            arguments,
            good: &[0, 1],
            executed: rewind_executed,
        }
    }

    /// The engine's own runner: one thread, the list of the tests in a file.
    pub(crate) fn run_test262(
        program: &Path,
        root: &Path,
        configuration: &Configuration,
        tests: &[String],
        scratch: &Path,
    ) -> Result<Self> {
        let (conf, list) = (scratch.join("test262.conf"), scratch.join("tests.txt"));
        std::fs::write(&conf, configuration.text(root, false))
            .map_err(Error::file("write", &conf))?;
        let lines: String = tests
            .iter()
            .map(|test| format!("{}\n", root.join(test).display()))
            .collect();
        std::fs::write(&list, lines).map_err(Error::file("write", &list))?;
        let arguments = [
            "-c".into(),
            conf.into(),
            "-t".into(),
            "1".into(),
            list.into_os_string(),
        ]
        .into();
        Ok(Self {
            name: "run-test262",
            program: program.into(),
            arguments,
            good: &[0, 1],
            executed: peer_executed,
        })
    }

    /// The command, ready to be started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}

/// Cases without the skipped ones, from the last line of the report.
fn rewind_executed(output: &Output) -> Option<u64> {
    let text = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(text.lines().last()?).ok()? {
        crate::rewind_run::Line::Summary(summary) => summary.cases.checked_sub(summary.skip),
        _ => None,
    }
}

/// From `Result: 1/2 errors`.
fn peer_executed(output: &Output) -> Option<u64> {
    let text = String::from_utf8_lossy(&output.stderr);
    let result = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Result: "))?;
    result.split_once('/')?.1.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn output(stdout: &str, stderr: &str) -> Output {
        Output {
            status: std::process::ExitStatus::from_raw(0),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }
    }

    #[test]
    fn executed_is_read_from_the_last_line_of_each() {
        let report =
            "{\"type\":\"run\",\"schema\":1}\n{\"type\":\"summary\",\"cases\":7,\"skip\":2}\n";
        assert_eq!(rewind_executed(&output(report, "")), Some(5));
        assert_eq!(rewind_executed(&output("", "")), None);
        assert_eq!(
            peer_executed(&output("", "x\nResult: 1/36 errors, 2 skipped\n")),
            Some(36)
        );
        assert_eq!(peer_executed(&output("", "killed")), None);
    }
}
