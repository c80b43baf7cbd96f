//! The kernel's side of the process: what a guest that can reach it may have
//! changed, put back or found out.
//!
//! ```text
//!   install ─► boot ─► record ─► before ─► case ─► after ─► put_back ─┐
//!                                  ▲                                  │
//!                                  └──────────────────────────────────┘
//! ```
//!
//! `after` looks at threads and mappings before the host allocates anything;
//! `put_back` does the rest. What can't be put back is a reason to leave, and
//! names the kind. After an orderly case of a guest that reaches memory alone,
//! none of this runs.

mod folders;
mod recorded;
mod standard;
mod tree;

use crate::WorkerError;
use crate::error::RetireRequest;
use folders::Folders;
use recorded::Recorded;
use rewind_guard::Guard;
use rewind_guest::Reach;
use rewind_heap::Heap;
use rewind_protocol::RetireReason;
use rewind_sys::state::{OwnSpaces, Quiet, Span, clear_errno, own_spaces};
use rewind_sys::watch::Touched;
use standard::Standard;
use std::path::Path;

/// Cases of a guest that reaches the process, after which all mappings are walked.
const WALK_EVERY: u64 = 64;

/// State of the process as it should be, and the way back to it.
pub(crate) struct ProcessState {
    standard: Standard,
    /// Only for guests that can write files.
    folders: Option<Folders>,
    recorded: Option<Recorded>,
    reach: Reach,
    own: OwnSpaces,
    /// The heap's pages are protected and unprotected by write tracking.
    is_protected: bool,
    /// Mappings are walked after every case.
    thorough: bool,
    cases: u64,
    /// Files of /proc that were opened before a fork show the other process.
    is_fork: bool,
    /// What the last case left that can't be put back.
    found: Option<RetireRequest>,
}

impl ProcessState {
    /// Points 0, 1 and 2 where the guest may have them, and gives a guest that
    /// can reach files folders of its own, and objects of its own where it may.
    /// `root` is where the guest's files lie.
    pub(crate) fn install(
        reach: Reach,
        is_protected: bool,
        root: &Path,
    ) -> Result<Self, WorkerError> {
        let (own, folders) = match reach {
            Reach::Memory => (OwnSpaces::default(), None),
            Reach::Process => (own_spaces(root), Some(Folders::make()?)),
        };
        Ok(Self {
            standard: Standard::install()?,
            folders,
            recorded: None,
            reach,
            own,
            is_protected,
            thorough: false,
            cases: 0,
            is_fork: false,
            found: None,
        })
    }

    /// Walks all mappings after every case from now on, if `thorough`.
    pub(crate) fn set_thorough(&mut self, thorough: bool) {
        self.thorough = thorough;
    }

    /// Takes what is now as what should be. To be called again whenever the
    /// guest was brought further on purpose.
    pub(crate) fn record(&mut self) -> Result<(), WorkerError> {
        // What was recorded goes first: it holds descriptors of its own.
        self.recorded = None;
        if let Some(folders) = &mut self.folders {
            folders.record()?;
        }
        self.recorded = Some(Recorded::read(self.reach, self.own)?);
        Ok(())
    }

    fn quiet(&self, heap: &Heap) -> Quiet {
        let range = heap.range();
        Quiet {
            heap: Span {
                start: range.start,
                end: range.end,
            },
            committed: heap.committed_end(),
            is_protected: self.is_protected,
        }
    }

    /// A case is about to run.
    pub(crate) fn before(&mut self, heap: &Heap) -> Result<(), WorkerError> {
        if self.recorded.is_none() && !self.is_fork {
            self.record()?;
        }
        self.cases += 1;
        let quiet = self.quiet(heap);
        if !self.watches() {
            return Ok(());
        }
        let walks = self.walks();
        if let Some(recorded) = &mut self.recorded {
            recorded.before(quiet, walks)?;
        }
        // Host code has set it since the restore.
        clear_errno();
        Ok(())
    }

    /// All mappings are walked before and after this case, and everything is
    /// compared, whatever the guest is known to have touched.
    fn walks(&self) -> bool {
        self.thorough || self.cases.is_multiple_of(WALK_EVERY)
    }

    fn watches(&self) -> bool {
        self.reach == Reach::Process && !self.is_fork
    }

    /// A case ended just now: nothing of the host's has run since. Must not
    /// allocate before it knows which mappings are the case's.
    pub(crate) fn after(&mut self, heap: &Heap, guard: &Guard) -> Result<(), WorkerError> {
        if !self.watches() {
            return Ok(());
        }
        let quiet = self.quiet(heap);
        let (walk, touched) = (self.walks(), self.touched(guard));
        let Some(recorded) = &mut self.recorded else {
            return Ok(());
        };
        self.found = recorded
            .after(quiet, walk, touched)?
            .map(RetireRequest::from);
        Ok(())
    }

    /// What the last case may have changed.
    pub(crate) fn touched(&self, guard: &Guard) -> Touched {
        if self.walks() {
            Touched::ALL
        } else {
            guard.touched()
        }
    }

    /// What the last case was seen to change, and anything by sample: for what
    /// is too dear to look for after each that may have done it unseen.
    pub(crate) fn seen(&self, guard: &Guard) -> Touched {
        if self.walks() {
            Touched::ALL
        } else {
            guard.seen()
        }
    }

    /// What was written to 1 and 2 since the last case.
    pub(crate) fn take_output(&mut self, guard: &Guard) -> Result<Vec<u8>, WorkerError> {
        if !guard.touched().meets(Touched::DESCRIPTORS) {
            return Ok(Vec::new());
        }
        self.take_raw_output()
    }

    /// The same of a fork.
    pub(crate) fn take_raw_output(&mut self) -> Result<Vec<u8>, WorkerError> {
        self.standard.take_output()
    }

    /// Bytes of that which were written and not kept.
    pub(crate) const fn output_dropped(&self) -> u64 {
        self.standard.dropped()
    }

    /// Puts everything back; a reason to leave where that isn't possible.
    pub(crate) fn put_back(
        &mut self,
        guard: &Guard,
    ) -> Result<Result<(), RetireRequest>, WorkerError> {
        if let Some(request) = self.found.take() {
            return Ok(Err(request));
        }
        let (touched, seen) = (self.touched(guard), self.seen(guard));
        let Some(recorded) = &mut self.recorded else {
            return self.abandon(guard).map(Ok);
        };
        // Code first: it may be that of the calls behind it.
        if let Err(error) = recorded.put_back_file_pages(seen) {
            let detail = format!("code: it can't be put back: {error}");
            return Ok(Err(RetireRequest::new(RetireReason::Unrestorable, detail)));
        }
        let mut lost = recorded.put_back(touched, self.reach, &self.standard, guard)?;
        if let Some(folders) = &mut self.folders
            && lost.is_none()
            && touched.meets(Touched::FILES)
        {
            lost = folders.put_back();
        }
        Ok(lost.map_or(Ok(()), |detail| {
            Err(RetireRequest::new(RetireReason::Unrestorable, detail))
        }))
    }

    /// The process is about to end without what else goes with it.
    pub(crate) fn remove_folders(&mut self) {
        self.folders = None;
    }

    /// A preamble failed: puts back what can be put back.
    pub(crate) fn abandon(&mut self, guard: &Guard) -> Result<(), WorkerError> {
        if let Some(recorded) = &mut self.recorded {
            // What stays different would have stayed had the preamble worked.
            let _ = recorded.put_back(Touched::ALL, self.reach, &self.standard, guard)?;
            return Ok(());
        }
        rewind_sys::descriptors::close_guests()?;
        self.standard.put_back()?;
        guard.reinstate()?;
        Ok(())
    }

    /// This process is a fork that runs one case: nothing of it has to be put
    /// back, and the folders are the worker's.
    pub(crate) fn become_a_fork(&mut self) {
        self.is_fork = true;
        std::mem::forget(self.folders.take());
    }
}
