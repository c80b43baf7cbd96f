//! Raising a spare: a worker that is greeted and has built the preambles it is
//! likely to need, before anybody needs it.
//!
//! ```text
//! started ──► Hello ──► HelloReply ──► preambles, Ping ──► Pong: it is warm
//! ```
//!
//! No case is sent here, so a spare that comes to grief costs nobody anything.

use super::Shared;
use super::folder;
use super::link::Link;
use super::outbox::Outbox;
use super::talk::Talk;
use rewind_protocol::{HelloReply, ToParent, ToWorker, Version, encode_to_worker, negotiate};
use rewind_sys::pipe::{Interest, Wake, poll};
use rewind_sys::process::Ended;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Bytes read from a spare at a time: it says next to nothing.
const READ: usize = 4 << 10;
/// Longest that the preambles may take. Whoever needs the worker then has it as
/// it is: one that was started instead would be no further.
const WARM: Duration = Duration::from_secs(1);
/// What the only `Ping` carries.
const TOKEN: u64 = 1;

/// A worker that waits for its first case.
pub(super) struct Spare {
    pub(super) link: Link,
    pub(super) talk: Talk,
    pub(super) outbox: Outbox,
    /// `None` where the dialect has no greeting.
    pub(super) reply: Option<Box<HelloReply>>,
}

impl Spare {
    /// Its process is gone.
    pub(super) fn has_ended(&self) -> bool {
        let child = [(self.link.child.as_fd(), Interest::Read)];
        !matches!(poll(&child, Some(Duration::ZERO)), Ok(0))
    }

    /// Ends it unused; what it had used.
    pub(super) fn end(mut self, shared: Shared<'_>) -> Option<Ended> {
        self.link.child.kill_group().ok()?;
        let ended = self.link.child.wait().ok();
        folder::remove(&shared.config.command, self.link.child.pid());
        ended
    }
}

/// The version that both speak must be the one that the worker names.
pub(super) fn check_version(reply: &HelloReply) -> Result<(), String> {
    match negotiate(Version::CURRENT, reply.version) {
        Ok(version) if version == reply.version => Ok(()),
        Ok(version) => {
            let theirs = reply.version;
            Err(format!(
                "it wants to speak {theirs}, and was asked for {version}"
            ))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Starts a worker and waits until it is warm; `wake` is raised if nobody needs
/// it any more. To be called on a thread that lives as long as the worker.
///
/// `Err` is the spare that did not come up, as far as it came.
pub(super) fn raise(
    shared: Shared<'_>,
    preambles: &[u32],
    wake: &Wake,
    is_needed: impl Fn() -> bool,
) -> Result<Spare, Option<Box<Spare>>> {
    let config = shared.config;
    let Ok(link) = Link::open(&config.command, config.dialect) else {
        return Err(None);
    };
    let talk = Talk::new(shared, link.nonce);
    let mut spare = Spare {
        link,
        talk,
        outbox: Outbox::default(),
        reply: None,
    };
    if !spare.talk.greets() {
        return Ok(spare);
    }
    let mut sapling = Sapling {
        spare: &mut spare,
        shared,
        preambles,
        buffer: vec![0; READ],
        until: Instant::now() + config.patience.start,
    };
    let warm = sapling.greet().and_then(|()| {
        while !sapling.turn(wake)? {
            if !is_needed() {
                return Err(());
            }
        }
        Ok(())
    });
    match warm {
        Ok(()) => Ok(spare),
        Err(()) => Err(Some(Box::new(spare))),
    }
}

/// A spare while it grows. Why it fails is of no interest here: if it isn't
/// chance, the next worker that is started on purpose fails too, and tells.
struct Sapling<'s, 'a> {
    spare: &'s mut Spare,
    shared: Shared<'a>,
    preambles: &'s [u32],
    buffer: Vec<u8>,
    /// When it must have come to where it goes.
    until: Instant,
}

impl Sapling<'_, '_> {
    fn greet(&mut self) -> Result<(), ()> {
        let shared = self.shared;
        let setup = &shared.config.setup;
        let hello = ToWorker::Hello(setup.hello(shared.root(), self.spare.link.nonce));
        self.put(&hello)
    }

    fn put(&mut self, message: &ToWorker) -> Result<(), ()> {
        let put = self.spare.outbox.put(|out| encode_to_worker(message, out));
        put.map(drop).map_err(drop)
    }

    /// Does what can be done and waits once; `true` when it is warm.
    fn turn(&mut self, wake: &Wake) -> Result<bool, ()> {
        let Spare { link, outbox, .. } = &mut *self.spare;
        if let Some(stdin) = &link.stdin
            && !outbox.flush(stdin).map_err(drop)?
        {
            return Err(());
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left == Duration::ZERO {
            return self.spare.reply.as_ref().map(|_| true).ok_or(());
        }
        let waited = link.wait(wake, !outbox.is_empty(), None, Some(left));
        let (ready, _) = waited.map_err(drop)?;
        if ready.stderr {
            link.stderr.pump();
        }
        if ready.stdout {
            if let Some(bytes) = link.read(&mut self.buffer).map_err(drop)? {
                self.spare.talk.feed(bytes);
            }
            return self.listen();
        }
        if ready.ended { Err(()) } else { Ok(false) }
    }

    fn listen(&mut self) -> Result<bool, ()> {
        while let Some(message) = self.spare.talk.next().map_err(drop)? {
            match message {
                ToParent::HelloReply(reply) if self.spare.reply.is_none() => {
                    check_version(&reply).map_err(drop)?;
                    self.spare.reply = Some(Box::new(reply));
                    self.warm()?;
                }
                ToParent::Pong { token: TOKEN } if self.spare.reply.is_some() => return Ok(true),
                ToParent::Ready | ToParent::Diagnostic { .. } => {}
                _ => return Err(()),
            }
        }
        Ok(false)
    }

    /// Sends the preambles. One that can't be sent is its cases' trouble.
    fn warm(&mut self) -> Result<(), ()> {
        for &index in self.preambles {
            let Spare { talk, outbox, .. } = &mut *self.spare;
            let _ = talk.put_preamble(self.shared, outbox, index);
        }
        self.until = Instant::now() + WARM;
        self.put(&ToWorker::Ping { token: TOKEN })
    }
}
