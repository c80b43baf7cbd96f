//! What a run is told: which executable, how many workers, how the guest is to
//! be set up, and how long to wait for what.
//!
//! Nothing here is read from files or the environment: that is the command line's.

use crate::recycling::Limits;
use rewind_protocol::line::TextRules;
use rewind_protocol::{Hello, Isolation, Tracking, Verify, Version};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

/// How a worker is started.
///
/// The worker finds its protocol on descriptors 0 and 1, and in the native dialect
/// its ledger on the one that the last two arguments name: `--ledger-fd N`.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The executable: a path.
    pub exe: PathBuf,
    /// Arguments; in the native dialect `--ledger-fd N` follows them.
    pub args: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
}

impl WorkerCommand {
    /// The executable with these arguments and this process's environment. A
    /// name without a slash is looked for in `PATH`, once and here; one that isn't
    /// found there stays as it is.
    pub fn new<A: Into<OsString>>(
        exe: impl Into<PathBuf>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            exe: find(exe.into(), std::env::var_os("PATH")),
            args: args.into_iter().map(Into::into).collect(),
            env: std::env::vars_os().collect(),
        }
    }
}

/// `exe`, or the first executable file of that name in the folders of `search`.
fn find(exe: PathBuf, search: Option<OsString>) -> PathBuf {
    let is_name =
        exe.components().count() == 1 && !exe.as_os_str().as_encoded_bytes().contains(&b'/');
    let folders = search.filter(|_| is_name).unwrap_or_default();
    let is_executable = |file: &PathBuf| {
        let found = std::fs::metadata(file);
        found.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&folders)
        .map(|folder| folder.join(&exe))
        .find(is_executable)
        .unwrap_or(exe)
}

/// What parent and worker speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Sealed frames and a ledger.
    #[default]
    Native,
    /// The line dialect `lambda-v1`. A worker is told nothing but cases, and so learns
    /// nothing of the [`GuestSetup`].
    LambdaV1,
}

/// How the guest in each worker is set up: what goes into the greeting.
#[derive(Clone, Debug)]
pub struct GuestSetup {
    /// Short name of the guest: `quickjs`.
    pub guest: String,
    /// Give cases the service that raises native faults on demand.
    pub faults: bool,
    /// Give cases the service that tells markers.
    pub markers: bool,
    /// Most bytes the guest heap may grow to.
    pub heap_cap: u64,
    /// How writes are to be found.
    pub tracking: Tracking,
    /// How often a restore is proven.
    pub verify: Verify,
    /// What keeps cases apart.
    pub isolation: Isolation,
    /// Resident bytes above which a worker gives memory back.
    pub rss_soft_limit: u64,
    /// Resident bytes above which it retires; killed by its parent if a case
    /// takes it there.
    pub rss_hard_limit: u64,
    /// Crashes after which it retires; `None` is no limit.
    pub crash_limit: Option<u64>,
    /// Most checkpoint layers kept at once.
    pub layer_limit: u32,
    /// Have answers say when their case began.
    pub timeline: bool,
}

impl Default for GuestSetup {
    fn default() -> Self {
        Self {
            guest: "quickjs".to_owned(),
            faults: false,
            markers: false,
            heap_cap: 1 << 30,
            tracking: Tracking::Auto,
            verify: Verify::Off,
            isolation: Isolation::Checkpoint,
            rss_soft_limit: 1 << 30,
            rss_hard_limit: 4 << 30,
            crash_limit: None,
            layer_limit: 64,
            timeline: false,
        }
    }
}

impl GuestSetup {
    pub(crate) fn hello(&self, root: Vec<u8>, nonce: u64) -> Hello {
        Hello {
            version: Version::CURRENT,
            nonce,
            root,
            guest: self.guest.clone(),
            faults: self.faults,
            markers: self.markers,
            heap_cap: self.heap_cap,
            tracking: self.tracking,
            verify: self.verify,
            ledger: true,
            isolation: self.isolation,
            rss_soft_limit: self.rss_soft_limit,
            rss_hard_limit: self.rss_hard_limit,
            crash_limit: self.crash_limit,
            layer_limit: self.layer_limit,
            timeline: self.timeline,
        }
    }
}

/// How long to wait, and how often to try again.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the reply to the greeting.
    pub start: Duration,
    /// Without any progress, before a worker is killed; at least.
    pub stall: Duration,
    /// Beyond the running case's own deadline, before a worker is killed.
    pub overrun: Duration,
    /// For a worker that said it retires, or was told to, to be gone.
    pub leave: Duration,
    /// Workers of one slot that may end in a row without settling a case.
    pub barren: u32,
    /// How often a case is put back that was on its worker when that died, and
    /// can't be blamed for it.
    pub requeues: u8,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(10),
            stall: Duration::from_secs(15),
            overrun: Duration::from_secs(5),
            leave: Duration::from_secs(5),
            barren: 3,
            requeues: 2,
        }
    }
}

/// How far ahead of its worker an executor sends.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    /// Most cases sent and not answered.
    pub cases: usize,
    /// Most bytes of frames sent and not answered; one case may exceed it alone.
    pub bytes: usize,
    /// Most time those cases are likely to take, going by the ones before.
    pub time: Duration,
}

impl Default for Ahead {
    fn default() -> Self {
        Self {
            cases: 256,
            bytes: 512 << 10,
            time: Duration::from_millis(20),
        }
    }
}

/// A whole run's configuration.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// How a worker is started.
    pub command: WorkerCommand,
    /// What it speaks.
    pub dialect: Dialect,
    /// How texts are made for a worker that is sent them whole, as in the line dialect.
    pub texts: TextRules,
    /// How its guest is set up.
    pub setup: GuestSetup,
    /// Workers at a time; 0 counts as 1.
    pub workers: usize,
    /// More workers that may run while as many sleep: while their cases use no
    /// processor, as tests of timers do. Each is started when it is first needed.
    pub stand_ins: usize,
    /// Try cases that were lost once more, each alone in a fresh worker.
    pub retry_lost: bool,
    /// Run a case once more, by itself in a fresh worker, before the death of its
    /// worker is laid to it: who names it is a ledger that tests can reach.
    pub confirm_deaths: bool,
    /// How long to wait.
    pub patience: Patience,
    /// How far to send ahead.
    pub ahead: Ahead,
    /// When to replace a worker that is well.
    pub limits: Limits,
}

impl RunConfig {
    /// `workers` workers made by `command`, everything else as by default.
    #[must_use]
    pub fn new(command: WorkerCommand, workers: usize) -> Self {
        Self {
            command,
            dialect: Dialect::Native,
            texts: TextRules::default(),
            setup: GuestSetup::default(),
            workers,
            stand_ins: 0,
            retry_lost: true,
            confirm_deaths: true,
            patience: Patience::default(),
            ahead: Ahead::default(),
            limits: Limits::default(),
        }
    }

    /// Every case has a fresh worker of its own, which is told so by its greeting
    /// and needs to put nothing back. This is what [`Isolation::Spawn`] means.
    #[must_use]
    pub fn alone(&self) -> bool {
        self.setup.isolation == Isolation::Spawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn name_is_found_in_the_first_folder_that_has_it_and_a_path_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| place.path().join(name));
        for (folder, mode) in [(&first, 0o600), (&second, 0o700)] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("tool"), "").unwrap();
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder.join("tool"), mode).unwrap();
        }
        let search = std::env::join_paths([&first, &second]).unwrap();
        let found = |exe: &str| find(exe.into(), Some(search.clone()));
        // What can't be run is passed over.
        assert_eq!(found("tool"), second.join("tool"));
        for kept in ["other", "./tool", "first/tool", "/tool", "second"] {
            assert_eq!(found(kept), PathBuf::from(kept));
        }
        assert_eq!(find("tool".into(), None), PathBuf::from("tool"));
    }
}
