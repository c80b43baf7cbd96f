//! What a pool is made of.

use super::executable::Places;
use super::requests::Requests;
use super::serve::Served;
use super::{Pool, PoolError};
use crate::config::{GuestSetup, Patience, RunConfig, WorkerCommand};
use crate::recycling::Limits;
use crate::source::Preambles;
use crate::stop::StopFlag;
use crossbeam_channel::unbounded;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a request may take that says nothing about it.
const DEADLINE: Duration = Duration::from_secs(10);

/// Says how a [`Pool`] is to be, and makes it.
#[derive(Clone, Debug)]
pub struct PoolBuilder {
    executable: Option<PathBuf>,
    command: Option<WorkerCommand>,
    root: PathBuf,
    deadline: Duration,
    /// Its command is replaced.
    config: RunConfig,
}

impl Default for PoolBuilder {
    fn default() -> Self {
        let command = WorkerCommand {
            exe: PathBuf::new(),
            args: Vec::new(),
            env: Vec::new(),
        };
        Self {
            executable: None,
            command: None,
            root: PathBuf::from("."),
            deadline: DEADLINE,
            config: RunConfig::new(command, 1),
        }
    }
}

impl Pool {
    /// A pool of one worker, unless told otherwise.
    #[must_use]
    pub fn builder() -> PoolBuilder {
        PoolBuilder::default()
    }
}

impl PoolBuilder {
    /// The `rewind` executable, whose `worker` command is started. Otherwise it is
    /// the one that the environment variable `REWIND_EXE` names, or `rewind` in the
    /// folder of the current program, or in `PATH`.
    #[must_use]
    pub fn executable(mut self, path: impl Into<PathBuf>) -> Self {
        self.executable = Some(path.into());
        self
    }

    /// The whole command that starts a worker, of any program that speaks the
    /// protocol; then no executable is looked for.
    #[must_use]
    pub fn command(mut self, command: WorkerCommand) -> Self {
        self.command = Some(command);
        self
    }

    /// Workers at a time; 1 otherwise, and 0 counts as 1.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.config.workers = workers;
        self
    }

    /// The folder that names and files of requests are relative to; the current
    /// one otherwise.
    #[must_use]
    pub fn root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = root.into();
        self
    }

    /// Wall-clock time that a request may take which doesn't say; 10 s otherwise.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How the guest of each worker is set up.
    #[must_use]
    pub fn guest(mut self, setup: GuestSetup) -> Self {
        self.config.setup = setup;
        self
    }

    /// When workers are replaced that are well; never otherwise. There are no
    /// batches in a pool: [`Limits::batches`] is of no effect.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = Limits {
            batches: false,
            ..limits
        };
        self
    }

    /// How long workers are waited for, and how many of a slot may end in a row
    /// before it is given up. With its last slot the pool ends.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.config.patience = patience;
        self
    }

    /// Whether a request is run once more, by itself in a fresh worker, before the
    /// death of its worker is laid to it; so otherwise.
    #[must_use]
    pub fn confirm_deaths(mut self, confirm: bool) -> Self {
        self.config.confirm_deaths = confirm;
        self
    }

    /// Makes the pool. Its threads start now, its workers with the first request.
    ///
    /// # Errors
    /// [`PoolError::NoExecutable`], [`PoolError::BadExecutable`],
    /// [`PoolError::Thread`].
    pub fn build(self) -> Result<Pool, PoolError> {
        let mut config = self.config;
        config.command = match self.command {
            Some(command) => command,
            None => {
                let exe = Places::of_this_process(self.executable).find()?;
                WorkerCommand::new(exe, ["worker"])
            }
        };
        let root = std::path::absolute(&self.root).unwrap_or(self.root);
        let requests = Arc::new(Requests::new(root, self.deadline));
        let (preambles, stop) = (Arc::new(Preambles::default()), StopFlag::new());
        let (commands, receiver) = unbounded();
        let served = Served {
            config,
            requests: Arc::clone(&requests),
            preambles: Arc::clone(&preambles),
            stop: stop.clone(),
        };
        let thread = std::thread::Builder::new().name("rewind-pool".to_owned());
        let thread = thread
            .spawn(move || served.serve(receiver))
            .map_err(|error| PoolError::Thread(error.to_string().into()))?;
        Ok(Pool {
            requests,
            preambles,
            commands,
            stop,
            thread: Some(thread),
        })
    }
}
