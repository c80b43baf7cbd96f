//! One process of run-test262 over a list of tests, watched.

use super::Configuration;
use super::output::{self, Totals};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// What is needed to start it.
#[derive(Debug)]
pub(crate) struct Runner {
    program: PathBuf,
    root: PathBuf,
    configuration: PathBuf,
    patience: Duration,
    /// Holds the configuration and the lists; removed with the runner.
    scratch: tempfile::TempDir,
}

/// How a process came to its end.
#[derive(Debug)]
pub(crate) struct Run {
    /// Standard output.
    pub stdout: String,
    /// Tests that ended, in order, as paths relative to the root.
    pub ended: Vec<String>,
    /// The last line; `None` if it did not get there.
    pub totals: Option<Totals>,
    /// `None` if it was killed, for nothing ended for too long.
    pub status: Option<ExitStatus>,
}

impl Runner {
    /// Writes the configuration. `patience` is how long no test may end.
    pub(crate) fn new(
        program: &Path,
        root: &Path,
        configuration: &Configuration,
        patience: Duration,
    ) -> Result<Self> {
        let temporary = std::env::temp_dir();
        let scratch = tempfile::tempdir().map_err(Error::file("create a folder in", &temporary))?;
        let path = scratch.path().join("test262.conf");
        std::fs::write(&path, configuration.text(root, true))
            .map_err(Error::file("write", &path))?;
        Ok(Self {
            program: program.to_path_buf(),
            root: root.to_path_buf(),
            configuration: path,
            patience,
            scratch,
        })
    }

    /// Root of the tree whose tests are run.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs the tests named, relative to the root, in one process and thread.
    pub(crate) fn run(&self, tests: &[&str]) -> Result<Run> {
        let list = self.list(tests)?;
        let mut stdout = tempfile::tempfile_in(self.scratch.path())
            .map_err(Error::file("create a file in", self.scratch.path()))?;
        let mut child = self.start(list.path(), &stdout)?;
        let (ended, totals, hung) = self.watch(&mut child);
        if hung {
            // It may have ended by itself in between.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|source| self.start_error(source))?;
        Ok(Run {
            stdout: content(&mut stdout)
                .map_err(Error::file("read a file in", self.scratch.path()))?,
            ended,
            totals,
            status: (!hung).then_some(status),
        })
    }

    fn list(&self, tests: &[&str]) -> Result<tempfile::NamedTempFile> {
        let failed = || Error::file("write a file in", self.scratch.path());
        let mut list = tempfile::NamedTempFile::new_in(self.scratch.path()).map_err(failed())?;
        for test in tests {
            writeln!(list, "{}", self.root.join(test).display()).map_err(failed())?;
        }
        list.flush().map_err(failed())?;
        Ok(list)
    }

    fn start(&self, list: &Path, stdout: &File) -> Result<Child> {
        let stdout = stdout
            .try_clone()
            .map_err(|source| self.start_error(source))?;
        Command::new(&self.program)
            .arg("-c")
            .arg(&self.configuration)
            // A threshold below any time: every test is named when it has ended.
            .args(["-t", "1", "-T", "-1"])
            .arg(list)
            .current_dir(self.scratch.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| self.start_error(source))
    }

    fn start_error(&self, source: std::io::Error) -> Error {
        Error::Start {
            program: self.program.display().to_string(),
            source,
        }
    }

    /// Reads standard error to its end, or until nothing came for too long.
    fn watch(&self, child: &mut Child) -> (Vec<String>, Option<Totals>, bool) {
        let lines = lines(child);
        let (mut ended, mut totals) = (Vec::new(), None);
        loop {
            match lines.recv_timeout(self.patience) {
                Ok(line) => {
                    ended.extend(output::ended(&line, &self.root).map(str::to_owned));
                    totals = Totals::parse(&line).or(totals);
                }
                Err(RecvTimeoutError::Disconnected) => return (ended, totals, false),
                Err(RecvTimeoutError::Timeout) => return (ended, totals, true),
            }
        }
    }
}

/// Lines of standard error, read by a thread that ends with the pipe.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe)
                .split(b'\n')
                .map_while(std::io::Result::ok)
            {
                if sender
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
    }
    receiver
}

fn content(file: &mut File) -> std::io::Result<String> {
    std::io::Seek::rewind(file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
