//! A pool of fake workers with a folder for what they remember.

use rewind_harness::{
    GuestSetup, Patience, Pool, PoolBuilder, Reply, Request, Variant, WorkerCommand,
};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) const VARIANT: Variant = Variant::named(&"sloppy");

/// Where the workers keep what they count.
pub(crate) struct State(tempfile::TempDir);

impl State {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Lets cases go on that wait for it.
    pub(crate) fn let_go(&self) {
        std::fs::write(self.path("go"), "").unwrap();
    }

    /// Waits until a worker is at this request, whose script must count.
    pub(crate) fn wait_for(&self, name: &str) {
        while !self.path(name).exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A pool whose workers are started with these arguments besides.
    pub(crate) fn pool(&self, workers: usize, args: &[&str]) -> PoolBuilder {
        let state = self.0.path().to_str().unwrap();
        let all = ["--state", state].into_iter().chain(args.iter().copied());
        builder(WorkerCommand::new(
            env!("CARGO_BIN_EXE_fake-worker"),
            all.map(str::to_owned),
        ))
        .workers(workers)
    }
}

pub(crate) fn builder(command: WorkerCommand) -> PoolBuilder {
    Pool::builder()
        .command(command)
        .guest(GuestSetup {
            guest: "fake".to_owned(),
            ..GuestSetup::default()
        })
        .patience(Patience {
            stall: Duration::from_millis(1500),
            overrun: Duration::from_millis(500),
            ..Patience::default()
        })
}

pub(crate) fn quiet(name: impl std::fmt::Display) -> Request {
    Request::new(name.to_string(), VARIANT, format!("// {name}"))
}

pub(crate) fn scripted(name: &str, script: &str) -> Request {
    Request::new(name, VARIANT, format!("fake {script}\n"))
}

/// The reply is of a request that ran well, and to no other.
pub(crate) fn check_own(reply: &Reply, bytes: usize) {
    let finished = reply.finished().unwrap();
    let expected = format!("{} {VARIANT} {bytes}", reply.name);
    assert_eq!(finished.output, expected);
}
