//! Everything that is compared, in the order in which that is safe.

use super::standard::Standard;
use crate::WorkerError;
use crate::error::RetireRequest;
use rewind_guard::Guard;
use rewind_guest::Reach;
use rewind_protocol::RetireReason;
use rewind_sys::state::{
    Attributes, Descriptors, FilePages, Limits, Mappings, OwnSpaces, Quiet, Registrations,
    SharedNames, SharedObjects, Signals, Span, Status, Switches, ThreadsAndChildren, Timers, enter,
};
use rewind_sys::watch::Touched;
use rewind_sys::{SysError, descriptors};
use std::fs::File;
use std::os::fd::OwnedFd;

/// What can be seen to be left right after a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Threads(u64),
    Mapping(Span),
}

impl From<Left> for RetireRequest {
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
    tasks: ThreadsAndChildren,
    mappings: Mappings,
    /// Only for guests that can change protections.
    file_pages: Option<FilePages>,
    folder: OwnedFd,
    names: SharedNames,
    objects: SharedObjects,
    signals: Signals,
    timers: Timers,
    limits: Limits,
    attributes: Attributes,
    registrations: Registrations,
    status: Status,
    switches: Switches,
    descriptors: Descriptors,
}

impl Recorded {
    /// Reads all of it; the descriptors last, for the others have some.
    pub(super) fn read(reach: Reach, own: OwnSpaces) -> Result<Self, WorkerError> {
        let failed = |source| SysError {
            call: "open(.)",
            mend: "",
            source,
        };
        let folder = descriptors::raise(File::open(".").map_err(failed)?.into())?;
        Ok(Self {
            tasks: ThreadsAndChildren::new()?,
            mappings: Mappings::new()?,
            file_pages: match reach {
                Reach::Memory => None,
                Reach::Process => Some(FilePages::read()?),
            },
            folder,
            names: SharedNames::read(own)?,
            objects: SharedObjects::read(own.objects),
            signals: Signals::read(),
            timers: Timers::read(),
            limits: Limits::read(),
            attributes: match reach {
                Reach::Memory => Attributes::read().without_namespaces(),
                Reach::Process => Attributes::read(),
            },
            registrations: Registrations::read(),
            status: Status::read()?,
            switches: Switches::read()?,
            descriptors: Descriptors::read()?,
        })
    }

    /// The mappings may be others than last time, by the host's doing, and so
    /// may be what belongs to the whole system, by anybody's.
    pub(super) fn before(&mut self, quiet: Quiet, walk: bool) -> Result<(), WorkerError> {
        if walk {
            self.mappings.forget();
        }
        self.objects.catch_up();
        self.names.catch_up();
        Ok(self.mappings.record(quiet)?)
    }

    /// Threads first: memory that one uses must not be unmapped.
    pub(super) fn after(
        &mut self,
        quiet: Quiet,
        walk: bool,
        touched: Touched,
    ) -> Result<Option<Left>, WorkerError> {
        if touched.is_all() && self.tasks.other_threads() > 0 {
            let stay = self.tasks.threads_that_stay();
            if stay > 0 {
                return Ok(Some(Left::Threads(stay)));
            }
        }
        let walk = walk || (touched.meets(Touched::PROTECTIONS) && !touched.is_all());
        if walk || (touched.meets(Touched::MAPPINGS) && self.mappings.changed(quiet)?) {
            return Ok(self.mappings.put_back(quiet)?.map(Left::Mapping));
        }
        Ok(None)
    }

    /// The rest, as far as it was touched; what can't be put back.
    pub(super) fn put_back(
        &mut self,
        touched: Touched,
        reach: Reach,
        standard: &Standard,
        guard: &Guard,
    ) -> Result<Option<String>, WorkerError> {
        let mut losses = Losses::default();
        // Children first, for they may hold what is put back then.
        if touched.is_all()
            && ThreadsAndChildren::has_children()
            && !ThreadsAndChildren::end_children()
        {
            losses.add("children: some could not be ended");
        }
        if touched.is_all() && ThreadsAndChildren::end_siblings() {
            losses.add("children: one was made a child of the worker's parent");
        }
        if touched.meets(Touched::SIGNALS) {
            self.put_back_signals(touched, guard, &mut losses)?;
        }
        if touched.meets(Touched::DESCRIPTORS) {
            if let Some(number) = self.descriptors.damaged() {
                losses.add(format_args!(
                    "descriptors: the host's own descriptor {number} was changed"
                ));
            }
            self.descriptors.put_back()?;
            standard.put_back()?;
            if touched.is_all() {
                self.descriptors.close_intruders()?;
            }
        }
        if touched.meets(Touched::DESCRIPTORS | Touched::MAPPINGS)
            && let Some(number) = self.descriptors.spoiled()
        {
            losses.add(format_args!(
                "descriptors: what {number} refers to was changed"
            ));
        }
        self.put_back_numbers(touched, &mut losses)?;
        if touched.meets(Touched::FILES) && enter(&self.folder).is_err() {
            losses.add("working directory: it can't be entered again");
        }
        if touched.meets(Touched::OBJECTS) && reach == Reach::Process {
            self.put_back_objects(touched, &mut losses);
        }
        Ok(losses.first)
    }

    /// Code and constants, where the case was seen to make a call that can
    /// change them: protections are as they were by now.
    pub(super) fn put_back_file_pages(&mut self, seen: Touched) -> Result<(), SysError> {
        // A file that was opened to be written to may be /proc/self/mem.
        let ways = Touched::PROTECTIONS | Touched::ADVICE | Touched::NUMBERS;
        if let Some(pages) = self.file_pages.as_mut().filter(|_| seen.meets(ways)) {
            #[expect(unsafe_code, reason = "it replaces code and constants of this process")]
            // SAFETY: `after` has held all mappings against the record, or they can't have
            // changed; this code is the host's, and works if it could come so far.
            unsafe { pages.put_back() }?;
        }
        Ok(())
    }

    fn put_back_objects(&mut self, touched: Touched, losses: &mut Losses) {
        if let Some(sort) = self.objects.put_back() {
            losses.add(format_args!("{sort}: one was made and left"));
        }
        if let Some((sort, name)) = self.names.put_back() {
            losses.add(format_args!("{sort}: {name} was made and left"));
        }
        let made_a_queue = touched.meets(Touched::QUEUES) && !touched.is_all();
        if made_a_queue && !self.names.show_queues() {
            losses.add("message queue: one was made, and /dev/mqueue isn't mounted to look for it");
        }
    }

    /// Timers go first, so that they send no more; waiting signals go while the
    /// guest's mask still holds them off.
    fn put_back_signals(
        &mut self,
        touched: Touched,
        guard: &Guard,
        losses: &mut Losses,
    ) -> Result<(), WorkerError> {
        let timers = touched.meets(Touched::TIMERS);
        if timers && !self.timers.put_back() {
            losses.add("timers: too many to find");
        }
        if touched.is_all() {
            self.signals.put_back();
        }
        if Signals::drop_pending().is_err() {
            losses.add("signals: they go on arriving");
        }
        guard.reinstate()?;
        if timers && !guard.has_timer() {
            losses.add("timers: the deadline's own was deleted");
        }
        Ok(())
    }

    fn put_back_numbers(
        &mut self,
        touched: Touched,
        losses: &mut Losses,
    ) -> Result<(), WorkerError> {
        let mut lose = |name| losses.add(format_args!("{name}: it can't be set back"));
        if touched.meets(Touched::NUMBERS) {
            self.attributes.put_back(&mut lose);
            self.switches.put_back(&mut lose);
        }
        if touched.is_all() {
            self.status.put_back(&mut lose)?;
            self.registrations.put_back(&mut lose);
            if self.attributes.left_namespaces() {
                lose("namespaces");
            }
            self.limits.put_back(|name| {
                losses.add(format_args!("resource limits: {name} stays lower"));
            });
        }
        Ok(())
    }
}

/// What can't be put back: the first of it names the kind.
#[derive(Default)]
struct Losses {
    first: Option<String>,
}

impl Losses {
    fn add(&mut self, what: impl ToString) {
        self.first.get_or_insert_with(|| what.to_string());
    }
}
