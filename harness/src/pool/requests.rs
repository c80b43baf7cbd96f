//! The requests of a pool that are not settled, as the run's cases.
//!
//! ```text
//! submit ──► number, entry ──► Run ──► dispatcher ──► settle ──► number is free
//! ```
//!
//! Numbers are given out again, so that a pool holds no more than what it is
//! asked for at a time, however long it lives. A number is freed by the
//! dispatcher's thread alone, after everything that it does about the case.

use super::request::Text;
use super::{PoolError, PoolEvent, Reply, Request, RequestId, Settled};
use crate::source::read_source;
use crate::ticket::SettledFlag;
use crate::workload::{CaseFacts, CaseSources, CaseText, Workload};
use crossbeam_channel::{Receiver, Sender, bounded};
use rewind_plan::{CaseId, UNKNOWN_WEIGHT_US};
use rewind_protocol::PreambleId;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// A request that was submitted.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) id: RequestId,
    name: Arc<str>,
    facts: CaseFacts,
    text: Text,
    reply: Sender<Reply>,
    pub(super) settled: SettledFlag,
}

impl Submitted {
    pub(super) fn reply_of(&self, settled: Settled) -> Reply {
        Reply {
            id: self.id,
            name: Arc::clone(&self.name),
            settled,
        }
    }
}

#[derive(Debug, Default)]
struct Entries {
    /// By number.
    all: Vec<Option<Arc<Submitted>>>,
    free: Vec<CaseId>,
    next_id: u64,
    /// Why nothing more is taken.
    ended: Option<Arc<str>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Requests {
    root: PathBuf,
    deadline: Duration,
    entries: RwLock<Entries>,
    /// Requests that are not settled.
    pending: Mutex<usize>,
    none_pending: Condvar,
    /// `None` once all events were told.
    listeners: Mutex<Option<Vec<Sender<PoolEvent>>>>,
}

impl Requests {
    pub(super) fn new(root: PathBuf, deadline: Duration) -> Self {
        Self {
            root,
            deadline,
            entries: RwLock::default(),
            pending: Mutex::default(),
            none_pending: Condvar::new(),
            listeners: Mutex::new(Some(Vec::new())),
        }
    }

    /// Enters a request, and calls `run` with its number before any other is entered.
    pub(super) fn enter(
        &self,
        request: Request,
        run: impl FnOnce(CaseId),
    ) -> Result<(CaseId, Arc<Submitted>, Receiver<Reply>), PoolError> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = &entries.ended {
            let why = Arc::clone(why);
            return Err(PoolError::Ended { why });
        }
        let number = entries.all.len();
        let case = match entries.free.pop() {
            Some(case) => case,
            None => CaseId(u32::try_from(number).ok().ok_or(PoolError::TooMany)?),
        };
        let (sender, reply) = bounded(1);
        let submitted = Arc::new(Submitted {
            id: RequestId(entries.next_id),
            facts: self.facts_of(&request),
            name: request.name,
            text: request.text,
            reply: sender,
            settled: SettledFlag::default(),
        });
        entries.next_id += 1;
        let entry = Some(Arc::clone(&submitted));
        match entries.all.get_mut(case.0 as usize) {
            Some(place) => *place = entry,
            None => entries.all.push(entry),
        }
        *self.lock_pending() += 1;
        run(case);
        Ok((case, submitted, reply))
    }

    fn facts_of(&self, request: &Request) -> CaseFacts {
        let deadline = request.deadline.unwrap_or(self.deadline);
        let is_bare = request.preamble == PreambleId::ENGINE;
        CaseFacts {
            variant: request.variant,
            attributes: request.attributes,
            preamble: (!is_bare).then_some(request.preamble.0),
            deadline_ms: u32::try_from(deadline.as_millis())
                .unwrap_or(u32::MAX)
                .max(1),
            weight_us: UNKNOWN_WEIGHT_US,
        }
    }

    /// Replies to a request, and frees its number.
    pub(super) fn settle(&self, case: CaseId, settled: Settled) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.all.get_mut(case.0 as usize);
        let Some(submitted) = entry.and_then(Option::take) else {
            return;
        };
        submitted.settled.set();
        entries.free.push(case);
        drop(entries);
        self.reply(&submitted, settled);
    }

    fn reply(&self, submitted: &Submitted, settled: Settled) {
        let reply = submitted.reply_of(settled);
        if self.has_listeners() {
            self.tell(PoolEvent::Replied(reply.clone()));
        }
        // Who dropped the ticket doesn't want it.
        let _ = submitted.reply.try_send(reply);
        let mut pending = self.lock_pending();
        *pending -= 1;
        if *pending == 0 {
            self.none_pending.notify_all();
        }
    }

    /// Takes nothing more, for that reason, and replies to all that are left.
    pub(super) fn end(&self, why: &Arc<str>, settled: &Settled) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.ended.get_or_insert_with(|| Arc::clone(why));
        let left: Vec<_> = entries.all.iter_mut().filter_map(Option::take).collect();
        entries.all.clear();
        entries.free.clear();
        drop(entries);
        for submitted in left {
            submitted.settled.set();
            self.reply(&submitted, settled.clone());
        }
        *self.lock_listeners() = None;
    }

    /// Takes nothing more.
    pub(super) fn refuse(&self, why: &str) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.ended.get_or_insert_with(|| why.into());
    }

    /// Requests that are not settled.
    pub(super) fn pending(&self) -> usize {
        *self.lock_pending()
    }

    /// Waits until none is left.
    pub(super) fn wait_for_all(&self) {
        let mut pending = self.lock_pending();
        while *pending > 0 {
            let waited = self.none_pending.wait(pending);
            pending = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Has `listener` told of everything from now on; not if nothing will come.
    pub(super) fn listen(&self, listener: Sender<PoolEvent>) {
        if let Some(listeners) = &mut *self.lock_listeners() {
            listeners.push(listener);
        }
    }

    pub(super) fn has_listeners(&self) -> bool {
        let listeners = self.lock_listeners();
        listeners.as_ref().is_some_and(|all| !all.is_empty())
    }

    pub(super) fn tell(&self, event: PoolEvent) {
        if let Some(listeners) = &mut *self.lock_listeners() {
            listeners.retain(|listener| listener.send(event.clone()).is_ok());
        }
    }

    fn get(&self, case: CaseId) -> Option<Arc<Submitted>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.all.get(case.0 as usize)?.clone()
    }

    fn lock_pending(&self) -> MutexGuard<'_, usize> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_listeners(&self) -> MutexGuard<'_, Option<Vec<Sender<PoolEvent>>>> {
        let locked = self.listeners.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workload for Requests {
    fn root(&self) -> &Path {
        &self.root
    }

    fn facts(&self, case: CaseId) -> Option<CaseFacts> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.all.get(case.0 as usize)?.as_ref()?;
        Some(entry.facts)
    }

    fn sources(&self) -> Box<dyn CaseSources + Send + '_> {
        Box::new(RequestSources(self))
    }

    fn popular_preambles(&self, _most: usize) -> Vec<u32> {
        Vec::new()
    }
}

/// Sources out of memory, or of a file each.
#[derive(Debug)]
struct RequestSources<'r>(&'r Requests);

impl CaseSources for RequestSources<'_> {
    fn load(&mut self, case: CaseId) -> Result<CaseText, String> {
        let submitted = self.0.get(case).ok_or("find the request")?;
        let source = match &submitted.text {
            Text::Memory(bytes) => bytes.clone(),
            Text::File(path) => read_source(&self.0.root.join(path))?,
        };
        Ok(CaseText {
            name: Arc::clone(&submitted.name),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::Variant;

    fn enter(requests: &Requests) -> (CaseId, Arc<Submitted>, Receiver<Reply>) {
        let request = Request::new("a", Variant::named(&"sloppy"), "1");
        let mut told = None;
        let entered = requests.enter(request, |case| told = Some(case)).unwrap();
        assert_eq!(told, Some(entered.0));
        entered
    }

    #[test]
    fn number_is_given_out_again_and_never_an_id() {
        let requests = Requests::new("/".into(), Duration::ZERO);
        let (first, submitted, reply) = enter(&requests);
        let (second, ..) = enter(&requests);
        assert_eq!(
            (first, second, requests.pending()),
            (CaseId(0), CaseId(1), 2)
        );
        assert_eq!(requests.facts(first).unwrap().deadline_ms, 1);
        requests.settle(first, Settled::Cancelled);
        assert!(submitted.settled.is_set() && requests.facts(first).is_none());
        assert!(reply.recv().unwrap().is_cancelled());
        let (again, later, _) = enter(&requests);
        assert_eq!((again, later.id), (first, RequestId(2)));
        assert!(!later.settled.is_set());
    }

    #[test]
    fn end_replies_to_all_that_are_left_and_nothing_is_entered_after_it() {
        let requests = Requests::new("/".into(), Duration::ZERO);
        let (.., reply) = enter(&requests);
        let why: Arc<str> = "it is over".into();
        requests.end(&why, &Settled::NotRun(Arc::clone(&why)));
        assert!(matches!(reply.recv().unwrap().settled, Settled::NotRun(it) if it == why));
        requests.wait_for_all();
        let request = Request::new("a", Variant::named(&"sloppy"), "1");
        let refused = requests.enter(request, |_| ()).unwrap_err();
        assert_eq!(refused, PoolError::Ended { why });
    }
}
