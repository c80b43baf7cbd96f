//! Who runs: command lines, and how to tell what they executed.

use crate::error::{Error, Result};
use crate::peer::Configuration;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One contender. Its commands, one after the other, run all its tests once.
pub(crate) struct Contender {
    /// For reports.
    pub name: String,
    commands: Vec<Vec<OsString>>,
    /// Exit codes of a run that did its work.
    pub good: &'static [i32],
    /// It runs a sample of the tests, and is held against the others test for test.
    pub sampled: bool,
    /// What the outputs of its commands say.
    pub told: fn(&[Output]) -> Option<Told>,
}

/// What a contender says of its run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    /// Tests executed.
    pub executed: u64,
    /// Seconds in which the engine worked on tests, of all workers together.
    pub engine: Option<f64>,
}

/// How we are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ours<'a> {
    /// Our binary.
    pub program: &'a Path,
    /// Root of the test262 tree.
    pub root: &'a Path,
    /// What is run of it.
    pub paths: &'a [String],
    /// A list of what isn't.
    pub skip_list: Option<&'a Path>,
}

/// What is out of the ordinary in a run of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// Nothing.
    Usual,
    /// How writes are found.
    Tier(&'a str),
    /// What keeps tests apart.
    Isolation(&'a str),
}

impl Contender {
    /// Ours: each test once, in so many workers, as `way` has it.
    pub(crate) fn rewind(ours: Ours<'_>, workers: usize, way: Way<'_>) -> Self {
        let mut command: Vec<OsString> = vec![ours.program.into()];
        let fixed = ["run", "--mode", "default", "--format", "ndjson", "--root"];
        command.extend(fixed.map(OsString::from));
        command.push(ours.root.into());
        command.extend([OsString::from("-j"), workers.to_string().into()]);
        let (option, what) = match way {
            Way::Usual => (None, ""),
            Way::Tier(tier) => (Some("--tracking"), tier),
            Way::Isolation(isolation) => (Some("--isolation"), isolation),
        };
        if let Some(option) = option {
            command.extend([option, what].map(OsString::from));
        }
        if let Some(list) = ours.skip_list {
            command.extend([OsString::from("--skip-list"), list.into()]);
        }
        command.extend(ours.paths.iter().map(OsString::from));
        let what = option.map_or_else(String::new, |_| format!(", {what}"));
        // 1: some test failed.
        Self {
            name: format!("rewind {workers}{what}"),
            commands: vec![command],
            good: &[0, 1],
            sampled: false,
            told: rewind_told,
        }
    }

    /// The engine's own runner: so many threads, the list of the tests in a file.
    pub(crate) fn run_test262(
        program: &Path,
        root: &Path,
        configuration: &Configuration,
        tests: &[String],
        scratch: &Path,
        threads: usize,
    ) -> Result<Self> {
        let (conf, list) = (scratch.join("test262.conf"), scratch.join("tests.txt"));
        std::fs::write(&conf, configuration.text(root, false))
            .map_err(Error::file("write", &conf))?;
        let lines: String = tests
            .iter()
            .map(|test| format!("{}\n", root.join(test).display()))
            .collect();
        std::fs::write(&list, lines).map_err(Error::file("write", &list))?;
        let command = vec![
            program.into(),
            "-c".into(),
            conf.into(),
            "-t".into(),
            threads.to_string().into(),
            list.into_os_string(),
        ];
        Ok(Self {
            name: format!("run-test262 {threads}"),
            commands: vec![command],
            good: &[0, 1],
            sampled: false,
            told: peer_told,
        })
    }

    /// The same on a sample of the tests.
    pub(crate) fn of_sample(self) -> Self {
        Self {
            sampled: true,
            ..self
        }
    }

    /// The engine's shell, a process for each of these files.
    pub(crate) fn qjs(program: &Path, files: &[PathBuf]) -> Self {
        let command = |file: &PathBuf| vec![program.into(), "--script".into(), file.into()];
        // 1: the test threw.
        Self {
            name: "qjs for each".into(),
            commands: files.iter().map(command).collect(),
            good: &[0, 1],
            sampled: true,
            told: |outputs| {
                Some(Told {
                    executed: outputs.len() as u64,
                    engine: None,
                })
            },
        }
    }

    /// Its commands, ready to be started one after the other.
    pub(crate) fn commands(&self) -> impl Iterator<Item = Command> {
        self.commands.iter().filter_map(|words| {
            let (program, arguments) = words.split_first()?;
            let mut command = Command::new(program);
            command.args(arguments);
            Some(command)
        })
    }
}

/// Cases without the skipped ones, and the phases that aren't ours, from the last line of the report.
fn rewind_told(outputs: &[Output]) -> Option<Told> {
    let text = String::from_utf8_lossy(&outputs.first()?.stdout);
    let crate::rewind_run::Line::Summary(summary) =
        serde_json::from_str(text.lines().last()?).ok()?
    else {
        return None;
    };
    let phase = |name: &str| summary.phases_s.get(name).copied();
    let phases = ["load", "compile", "execute", "jobs"].map(phase);
    let engine = phases
        .into_iter()
        .try_fold(0.0, |sum, phase| Some(sum + phase?));
    Some(Told {
        executed: summary.cases.checked_sub(summary.skip)?,
        engine,
    })
}

/// From `Result: 1/2 errors`.
fn peer_told(outputs: &[Output]) -> Option<Told> {
    let text = String::from_utf8_lossy(&outputs.first()?.stderr);
    let result = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Result: "))?;
    let executed = result.split_once('/')?.1.split(' ').next()?.parse().ok()?;
    Some(Told {
        executed,
        engine: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn output(stdout: &str, stderr: &str) -> [Output; 1] {
        [Output {
            status: std::process::ExitStatus::from_raw(0),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }]
    }

    #[test]
    fn executed_is_read_from_the_last_line_of_each() {
        let report =
            "{\"type\":\"run\",\"schema\":1}\n{\"type\":\"summary\",\"cases\":7,\"skip\":2}\n";
        let told = |executed, engine| Some(Told { executed, engine });
        assert_eq!(rewind_told(&output(report, "")), told(5, None));
        assert_eq!(rewind_told(&output("", "")), None);
        assert_eq!(
            peer_told(&output("", "x\nResult: 1/36 errors, 2 skipped\n")),
            told(36, None)
        );
        assert_eq!(peer_told(&output("", "killed")), None);
    }

    #[test]
    fn engine_time_is_that_of_the_four_phases_that_are_not_ours() {
        let report = "{\"type\":\"summary\",\"cases\":1,\"phases_s\":{\"load\":0.5,\"compile\":1,\
            \"execute\":2,\"jobs\":4,\"capture\":8,\"restore\":16}}";
        let told = rewind_told(&output(report, "")).expect("a summary");
        assert_eq!(told.engine, Some(7.5));
    }

    #[test]
    fn commands_name_workers_and_tier() {
        let ours = Ours {
            program: "rewind".as_ref(),
            root: "/corpus".as_ref(),
            paths: &["test/a".into()],
            skip_list: Some("/list".as_ref()),
        };
        let contender = Contender::rewind(ours, 2, Way::Tier("copy"));
        let fork = Contender::rewind(ours, 1, Way::Isolation("fork"));
        assert_eq!(fork.name, "rewind 1, fork");
        let usual = Contender::rewind(ours, 1, Way::Usual);
        assert_eq!(usual.name, "rewind 1");
        let shown: Vec<String> = contender
            .commands()
            .map(|command| format!("{command:?}"))
            .collect();
        assert_eq!(contender.name, "rewind 2, copy");
        insta::assert_snapshot!(shown.join("\n"), @r#"
        "rewind" "run" "--mode" "default" "--format" "ndjson" "--root" "/corpus" "-j" "2" "--tracking" "copy" "--skip-list" "/list" "test/a"
        "#);
    }
}
