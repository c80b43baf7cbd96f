//! Everything that is compared, in the order in which that is safe.

use super::names::Names;
use super::standard::Standard;
use crate::WorkerError;
use crate::error::Leave;
use rewind_guard::Guard;
use rewind_guest::Reach;
use rewind_protocol::RetireReason;
use rewind_sys::state::{
    Attributes, Descriptors, Family, Limits, Mappings, Quiet, SharedObjects, Signals, Span, Timers,
    enter,
};
use rewind_sys::{SysError, descriptors};
use std::fs::File;
use std::os::fd::OwnedFd;

/// What can be seen to be left right after a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Threads(u64),
    Mapping(Span),
}

impl From<Left> for Leave {
    fn from(left: Left) -> Self {
        match left {
            Left::Threads(count) => Self::new(
                RetireReason::ThreadsLeft,
                format!("threads: {count} did not end"),
            ),
            Left::Mapping(span) => {
                let detail = format!(
                    "mappings: {:#x} to {:#x} is not as it was",
                    span.start, span.end
                );
                Self::new(RetireReason::Unrestorable, detail)
            }
        }
    }
}

/// The kernel's state of this process at one moment.
pub(super) struct Recorded {
    family: Family,
    mappings: Mappings,
    folder: OwnedFd,
    names: Names,
    objects: SharedObjects,
    signals: Signals,
    timers: Timers,
    limits: Limits,
    attributes: Attributes,
    descriptors: Descriptors,
}

impl Recorded {
    /// Reads all of it; the descriptors last, for the others have some.
    pub(super) fn read(reach: Reach) -> Result<Self, WorkerError> {
        let failed = |source| SysError {
            call: "open(.)",
            mend: "",
            source,
        };
        let folder = descriptors::raise(File::open(".").map_err(failed)?.into())?;
        Ok(Self {
            family: Family::new()?,
            mappings: Mappings::new()?,
            folder,
            names: Names::read()?,
            objects: SharedObjects::read(),
            signals: Signals::read(),
            timers: Timers::read(),
            limits: Limits::read(),
            attributes: match reach {
                Reach::Memory => Attributes::read().without_namespaces(),
                Reach::Process => Attributes::read(),
            },
            descriptors: Descriptors::read()?,
        })
    }

    /// The mappings may be others than last time, by the host's doing, and so
    /// may be what belongs to the whole system, by anybody's.
    pub(super) fn before(&mut self, quiet: Quiet, walk: bool) -> Result<(), WorkerError> {
        if walk {
            self.mappings.forget();
        }
        self.objects = SharedObjects::read();
        self.names.catch_up();
        Ok(self.mappings.record(quiet)?)
    }

    /// Threads first: memory that one uses must not be unmapped.
    pub(super) fn after(&mut self, quiet: Quiet, walk: bool) -> Result<Option<Left>, WorkerError> {
        if self.family.other_threads() > 0 {
            let stay = self.family.threads_that_stay();
            if stay > 0 {
                return Ok(Some(Left::Threads(stay)));
            }
        }
        if walk || self.mappings.changed(quiet)? {
            return Ok(self.mappings.put_back(quiet)?.map(Left::Mapping));
        }
        Ok(None)
    }

    /// The rest. Children go first, for they may hold what is put back then;
    /// waiting signals go while the guest's mask still holds them off.
    pub(super) fn put_back(
        &mut self,
        reach: Reach,
        standard: &Standard,
        guard: &Guard,
    ) -> Result<Option<String>, WorkerError> {
        let mut lost: Option<String> = None;
        let mut lose = |what: String| {
            lost.get_or_insert(what);
        };
        if Family::has_children() && !Family::end_children() {
            lose("children: some could not be ended".to_owned());
        }
        let drained = self.timers.put_back();
        if !drained {
            lose("timers: too many to find".to_owned());
        }
        self.signals.put_back();
        if Signals::drop_pending().is_err() {
            lose("signals: they go on arriving".to_owned());
        }
        guard.reinstate()?;
        if let Some(number) = self.descriptors.damaged() {
            lose(format!(
                "descriptors: the host's own descriptor {number} was changed"
            ));
        }
        self.descriptors.put_back()?;
        standard.put_back()?;
        if !guard.has_timer() {
            lose("timers: the deadline's own was deleted".to_owned());
        }
        self.limits
            .put_back(|name| lose(format!("resource limits: {name} stays lower")));
        self.attributes
            .put_back(|name| lose(format!("{name}: it can't be set back")));
        if enter(&self.folder).is_err() {
            lose("working directory: it can't be entered again".to_owned());
        }
        if reach == Reach::Process {
            if let Some(sort) = self.objects.put_back() {
                lose(format!("{sort}: one was made and left"));
            }
            if let Some(name) = self.names.new_one() {
                lose(format!("shared memory: {name} was made and left"));
            }
        }
        Ok(lost)
    }
}
