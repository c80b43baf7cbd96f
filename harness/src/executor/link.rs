//! A worker process and what connects it with its executor.
//!
//! ```text
//! worker's descriptor   0  ◄── stdin      frames to it
//!                       1  ──► stdout     frames from it
//!                       2  ──► stderr     text for people
//!                       3  ◄─► ledger     shared memory, sealed
//! ```

use super::tail::Tail;
use crate::config::{Dialect, WorkerCommand};
use rewind_protocol::{LEDGER_WORDS, LedgerReader};
use rewind_sys::SysError;
use rewind_sys::pipe::{Interest, POLL_MAX, Pipe, Transfer, Wake, poll, read, set_nonblocking};
use rewind_sys::process::{Child, Spawn, random};
use rewind_sys::shared::SharedWords;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Bytes that a pipe of frames holds, where the system allows it.
const PIPE: usize = 1 << 20;
/// Number of the ledger's descriptor in the worker: the fourth that it is given.
const LEDGER_FD: &str = "3";

/// A started worker.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) child: Child,
    /// `None` once it or we closed it.
    pub(super) stdin: Option<OwnedFd>,
    /// `None` once it was read to its end.
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Tail,
    /// Only the native dialect has one.
    ledger: Option<SharedWords>,
    pub(super) nonce: u64,
}

/// What a worker's descriptors are ready for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready {
    pub(super) stdout: bool,
    pub(super) stderr: bool,
    /// The process has ended.
    pub(super) ended: bool,
}

impl Link {
    /// Starts a worker. To be called on the thread that stays with it: the
    /// worker dies with that thread.
    pub(super) fn open(command: &WorkerCommand, dialect: Dialect) -> Result<Self, SysError> {
        let (stdin, stdout, stderr) = (Pipe::new(PIPE)?, Pipe::new(PIPE)?, Pipe::new(0)?);
        for ours in [&stdin.writer, &stdout.reader, &stderr.reader] {
            set_nonblocking(ours.as_fd())?;
        }
        let ledger = match dialect {
            Dialect::Native => Some(SharedWords::create(LEDGER_WORDS)?),
            Dialect::LambdaV1 => None,
        };
        let mut args = command.args.clone();
        let mut fds = vec![
            stdin.reader.as_fd(),
            stdout.writer.as_fd(),
            stderr.writer.as_fd(),
        ];
        if let Some(ledger) = &ledger {
            args.extend(["--ledger-fd".into(), LEDGER_FD.into()]);
            fds.push(ledger.as_fd());
        }
        let mut nonce = [0; 8];
        random(&mut nonce)?;
        let spawn = Spawn {
            exe: &command.exe,
            args: &args,
            env: &command.env,
            fds: &fds,
        };
        Ok(Self {
            child: spawn.start()?,
            stdin: Some(stdin.writer),
            stdout: Some(stdout.reader),
            stderr: Tail::new(stderr.reader),
            ledger,
            nonce: u64::from_ne_bytes(nonce),
        })
    }

    /// What the worker wrote into the ledger; `None` if its dialect has none.
    pub(super) fn ledger(&self) -> Option<LedgerReader<'_>> {
        let words = self.ledger.as_ref()?.words();
        LedgerReader::new(words, self.nonce).ok()
    }

    /// Waits until something can be done, `wake` is raised or `timeout` is over.
    /// Gives what this worker is ready for, and the one beside it if there is one.
    pub(super) fn wait(
        &self,
        wake: &Wake,
        to_write: bool,
        beside: Option<&Self>,
        timeout: Option<Duration>,
    ) -> Result<(Ready, Ready), SysError> {
        let stdin = self.stdin.as_ref().filter(|_| to_write);
        let stdin = stdin.map(|fd| (fd.as_fd(), Interest::Write));
        let [first, second, third] = self.sources();
        let [fourth, fifth, sixth] = beside.map(Self::sources).unwrap_or_default();
        let all = [stdin, first, second, third, fourth, fifth, sixth];
        let mut asked = [(wake.as_fd(), Interest::Read); POLL_MAX];
        let mut count = 1;
        for (place, fd) in asked.iter_mut().skip(1).zip(all.into_iter().flatten()) {
            *place = fd;
            count += 1;
        }
        let bits = poll(asked.get(..count).unwrap_or_default(), timeout)?;
        if bits & 1 == 1 {
            wake.clear();
        }
        let own = 1 + usize::from(stdin.is_some());
        let theirs = own + self.sources().iter().flatten().count();
        let beside = beside.map(|link| link.ready(bits >> theirs));
        Ok((self.ready(bits >> own), beside.unwrap_or_default()))
    }

    /// What the worker is heard by, in the order of [`Link::ready`].
    fn sources(&self) -> [Option<(BorrowedFd<'_>, Interest)>; 3] {
        let stdout = self.stdout.as_ref().map(AsFd::as_fd);
        let all = [Some(self.child.as_fd()), stdout, self.stderr.fd()];
        all.map(|fd| fd.map(|fd| (fd, Interest::Read)))
    }

    /// What `bits` say of those of [`Link::sources`] that are there, the first lowest.
    fn ready(&self, mut bits: u8) -> Ready {
        let mut take = |is_there: bool| {
            let ready = is_there && bits & 1 == 1;
            bits >>= u32::from(is_there);
            ready
        };
        let [ended, stdout, stderr] = self.sources().map(|source| take(source.is_some()));
        Ready {
            stdout,
            stderr,
            ended,
        }
    }

    /// Reads once from the worker's output; `None` if there is nothing (more).
    pub(super) fn read<'b>(&mut self, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>, SysError> {
        let Some(stdout) = &self.stdout else {
            return Ok(None);
        };
        match read(stdout.as_fd(), buffer)? {
            Transfer::Moved(count) => Ok(buffer.get(..count)),
            Transfer::Later => Ok(None),
            Transfer::Closed => {
                self.stdout = None;
                Ok(None)
            }
        }
    }
}
