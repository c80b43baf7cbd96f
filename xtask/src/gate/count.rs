//! Building the program, and counting its instructions.

use crate::error::{Error, Result};
use crate::workspace::Metadata;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Counts what the program `gate` executes.
pub(crate) struct Counter {
    program: PathBuf,
}

/// `rustc 1.95.0 (…)`: what made the code.
pub(crate) fn compiler() -> Result<String> {
    let name = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = answer(Command::new(name).arg("--version"), "rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Counter {
    /// Builds the program, after a look for valgrind.
    pub(crate) fn build(metadata: &Metadata) -> Result<Self> {
        // Before minutes go into a build that can't be used.
        answer(Command::new("valgrind").arg("--version"), "valgrind").map_err(
            |error| match error {
                Error::Start { .. } => Error::Other(
                    "count instructions: valgrind isn't installed; install the package valgrind"
                        .into(),
                ),
                other => other,
            },
        )?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args([
            "build",
            "--quiet",
            "--release",
            "-p",
            "rewind-benches",
            "--bin",
            "gate",
        ]);
        answer(build.current_dir(&metadata.workspace_root), "cargo build")?;
        Ok(Self {
            program: metadata.target_directory.join("release/gate"),
        })
    }

    /// Instructions that the process executes in user space when it does `work`.
    pub(crate) fn instructions(&self, work: &str) -> Result<u64> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        // Nothing of the caller's surroundings may count.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = answer(command.arg(&self.program).arg(work), "valgrind")?;
        let text = String::from_utf8_lossy(&output.stderr);
        collected(&text).ok_or_else(|| {
            Error::Other(format!(
                "find the line `Collected :` in what valgrind printed:\n{text}"
            ))
        })
    }
}

impl Counter {
    /// Page faults of tests that use as much memory as those before them.
    pub(crate) fn faults(&self) -> Result<u64> {
        let output = answer(Command::new(&self.program).arg("faults"), "gate")?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().map_err(|why| {
            Error::Other(format!(
                "find a number in what gate faults printed ({why}): {text}"
            ))
        })
    }
}

/// The number in `==123== Collected : 4567`.
fn collected(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .rev()
        .find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

fn answer(command: &mut Command, name: &str) -> Result<Output> {
    let output = command.stdin(std::process::Stdio::null()).output();
    let output = output.map_err(|source| Error::Start {
        program: name.into(),
        source,
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let program = Path::new(command.get_program()).display().to_string();
    Err(Error::Program {
        program,
        status: output.status.to_string(),
        detail: format!("\n{}", String::from_utf8_lossy(&output.stderr).trim_end()),
    })
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn collected_is_the_last_such_line() {
        let text = "==7== Events    : Ir\n==7== Collected : 12345678\n==7== \n";
        assert_eq!(collected(text), Some(12_345_678));
        assert_eq!(collected("==7== Collected : many\n"), None);
        assert_eq!(collected("killed"), None);
    }
}
