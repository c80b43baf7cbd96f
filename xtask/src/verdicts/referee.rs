//! A third opinion: the same engine, driven by the rules, with nothing of ours in it.
//!
//! `run-test262 -N FILE` runs a file in a fresh context with no harness and no
//! metadata. The file that it is given here evaluates each source as a script
//! of its own, in the order of the rules, with `print` and `$262` made not
//! enumerable first. It can judge scripts that are to succeed; modules and
//! negative tests (whose phase it cannot see) are left alone.

use crate::error::{Error, Result};
use rewind_corpus::{Flag, ParsedFrontmatter};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest that it thinks.
const PATIENCE: Duration = Duration::from_secs(30);
const COMPLETE: &str = "Test262:AsyncTestComplete";
const FAILURE: &str = "Test262:AsyncTestFailure:";

/// The referee.
#[derive(Debug)]
pub(crate) struct Referee {
    /// `None` if it never has an opinion.
    program: Option<PathBuf>,
    harness: PathBuf,
    scratch: Option<tempfile::TempDir>,
}

/// What it says of a test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opinion {
    /// `pass` or `fail`.
    pub verdict: &'static str,
    /// What it saw.
    pub evidence: String,
}

impl Referee {
    /// A referee that uses the runner at `program` and the harness of the tree at `root`.
    pub(crate) fn new(program: &Path, root: &Path) -> Result<Self> {
        let scratch = tempfile::tempdir().map_err(Error::file("create a folder for", program))?;
        Ok(Self {
            program: Some(program.to_path_buf()),
            harness: root.join("harness"),
            scratch: Some(scratch),
        })
    }

    /// A referee without an opinion.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self {
            program: None,
            harness: PathBuf::new(),
            scratch: None,
        }
    }

    /// Its opinion on a test, if it can have one.
    pub(crate) fn opinion(
        &self,
        text: &[u8],
        declared: &ParsedFrontmatter<'_>,
        variant: &str,
    ) -> Result<Option<Opinion>> {
        let (Some(program), Some(scratch)) = (&self.program, &self.scratch) else {
            return Ok(None);
        };
        let is_module = declared.flags.contains(Flag::Module);
        let Ok(text) = std::str::from_utf8(text) else {
            return Ok(None);
        };
        if is_module || declared.negative.is_some() {
            return Ok(None);
        }
        let mut sources = self.harness_sources(declared)?;
        let prefix = if variant == "strict" {
            "\"use strict\";\n"
        } else {
            ""
        };
        sources.push(format!("{prefix}{text}"));
        let path = scratch.path().join("script.js");
        std::fs::write(&path, script(&sources)).map_err(Error::file("write", &path))?;
        let can_block = !declared.flags.contains(Flag::CanBlockIsFalse);
        let (status, printed) = run(program, &path, can_block)?;
        Ok(status.map(|status| verdict(status, &printed, declared.flags.contains(Flag::Async))))
    }

    /// The text of every harness file that the rules ask for, in their order.
    fn harness_sources(&self, declared: &ParsedFrontmatter<'_>) -> Result<Vec<String>> {
        if declared.flags.contains(Flag::Raw) {
            return Ok(Vec::new());
        }
        let mut names = vec!["assert.js", "sta.js"];
        if declared.flags.contains(Flag::Async) {
            names.push("doneprintHandle.js");
        }
        names.extend(&declared.includes);
        let read = |name: &str| {
            let path = self.harness.join(name);
            std::fs::read_to_string(&path).map_err(Error::file("read", &path))
        };
        names.into_iter().map(read).collect()
    }
}

/// A file that evaluates each source as a script of its own.
fn script(sources: &[String]) -> String {
    let mut script = String::from(
        "(function (evaluate) {\n\
         delete globalThis.gc;\n\
         for (const name of [\"print\", \"$262\"])\n\
         \x20 Object.defineProperty(globalThis, name, { enumerable: false });\n",
    );
    for source in sources {
        // A JSON string is a JavaScript string; writing to a string never fails.
        let quoted = serde_json::Value::from(source.as_str());
        let _ = writeln!(script, "evaluate({quoted});");
    }
    script.push_str("})($262.evalScript);\n");
    script
}

/// Runs the file; `None` for the status if there was no end to it.
fn run(program: &Path, file: &Path, can_block: bool) -> Result<(Option<ExitStatus>, String)> {
    let start = |source| Error::Start {
        program: program.display().to_string(),
        source,
    };
    let printed = file.with_extension("out");
    let stdout = std::fs::File::create(&printed).map_err(Error::file("create", &printed))?;
    let mut command = Command::new(program);
    if !can_block {
        command.arg("--no-can-block");
    }
    let mut child = command
        .arg("-N")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .map_err(start)?;
    let status = wait(&mut child).map_err(start)?;
    let text = std::fs::read(&printed).map_err(Error::file("read", &printed))?;
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}

fn wait(child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn verdict(status: ExitStatus, printed: &str, is_async: bool) -> Opinion {
    let completed = printed.lines().filter(|line| *line == COMPLETE).count();
    let failed = printed.contains(FAILURE);
    let passed = status.success() && (!is_async || (completed == 1 && !failed));
    let mut evidence = format!("driven by the rules it ended with {status}");
    if is_async {
        let _ = write!(evidence, ", {completed} completion(s), failure: {failed}");
    }
    Opinion {
        verdict: if passed { "pass" } else { "fail" },
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn script_quotes_each_source() {
        let text = script(&["a\n\"b\"".into(), "\u{2028}".into()]);
        assert!(
            text.contains("evaluate(\"a\\n\\\"b\\\"\");\nevaluate(\"\u{2028}\");\n"),
            "{text}"
        );
    }

    #[test]
    fn verdict_of_async_needs_one_completion_and_no_failure() {
        let ended = |code: i32| ExitStatus::from_raw(code << 8);
        for (status, printed, is_async, expected) in [
            (0, "", false, "pass"),
            (1, "", false, "fail"),
            (0, "", true, "fail"),
            (0, "Test262:AsyncTestComplete\n", true, "pass"),
            (1, "Test262:AsyncTestComplete\n", true, "fail"),
            (
                0,
                "Test262:AsyncTestComplete\nTest262:AsyncTestComplete\n",
                true,
                "fail",
            ),
            (
                0,
                "Test262:AsyncTestComplete\nTest262:AsyncTestFailure: x\n",
                true,
                "fail",
            ),
        ] {
            assert_eq!(
                verdict(ended(status), printed, is_async).verdict,
                expected,
                "{printed}"
            );
        }
    }

    #[test]
    fn modules_and_negative_tests_get_no_opinion() {
        let folder = tempfile::tempdir().expect("a folder");
        let referee = Referee::new("no-such-program".as_ref(), folder.path()).expect("a referee");
        for text in [
            "/*---\nflags: [module]\n---*/",
            "/*---\nnegative:\n  phase: parse\n  type: X\n---*/",
        ] {
            let declared = rewind_corpus::parse_frontmatter(text.as_bytes()).expect("good");
            assert_eq!(
                referee
                    .opinion(text.as_bytes(), &declared, "sloppy")
                    .expect("none"),
                None
            );
        }
    }
}
