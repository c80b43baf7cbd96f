//! The host's services to a guest. All of it lives in host memory.

use crate::Sink;
use rewind_protocol::{MAX_NOTICES, Phases};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// A phase of a case, as the guest marks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is timed.
    Idle,
    /// See [`Phases::load`].
    Load,
    /// See [`Phases::compile`].
    Compile,
    /// See [`Phases::execute`].
    Execute,
    /// See [`Phases::jobs`].
    Jobs,
    /// See [`Phases::capture`].
    Capture,
    /// See [`Phases::restore`].
    Restore,
}

/// What the worker does when a guest starts its first thread and when the last has ended.
#[derive(Clone, Copy)]
pub struct ThreadHooks {
    /// Called before the first thread is started: the heap must lock from now on.
    pub first: fn(),
    /// Called when the last has ended.
    pub last: fn(),
}

/// What the worker does around [`Host::own_calls`].
#[derive(Clone, Copy)]
pub struct CallHooks {
    /// Called before them.
    pub before: fn() -> u64,
    /// Called after them, with what the first gave; not if they are torn.
    pub after: fn(u64),
}

/// Most bytes of output kept for each case; the rest is counted.
pub const OUTPUT_LIMIT: usize = 1 << 20;
/// Most bytes kept of a thrown value's message and of its stack.
const TEXT_LIMIT: usize = 64 << 10;
/// Most bytes kept of all markers of a case.
const MARKER_LIMIT: usize = 64 << 10;

/// Everything a guest can tell its host while it runs.
pub struct Host {
    /// What was printed.
    pub output: Sink,
    /// Markers, each followed by a newline.
    pub markers: Sink,
    /// Constructor name of the value thrown, or the kind of a host's error.
    pub thrown_name: Sink,
    /// Its message.
    pub thrown_message: Sink,
    /// Its stack trace.
    pub thrown_stack: Sink,
    notices: [NoticeSlot; MAX_NOTICES],
    phase: Cell<Phase>,
    since: Cell<Instant>,
    phases: Cell<Phases>,
    /// Readings of the clock for the case at hand.
    readings: Cell<u32>,
    threads: AtomicU32,
    hooks: Cell<Option<ThreadHooks>>,
    call_hooks: Cell<Option<CallHooks>>,
}

/// Room for one notice of a case.
struct NoticeSlot {
    name: Cell<&'static str>,
    /// 0: there is none.
    count: Cell<u32>,
    text: Sink,
}

impl NoticeSlot {
    fn new() -> Self {
        Self {
            name: Cell::new(""),
            count: Cell::new(0),
            text: Sink::new(TEXT_LIMIT),
        }
    }

    /// The count is raised last: torn in the middle, nothing was told.
    fn tell(&self, name: &'static str, text: &[u8]) {
        if self.count.get() == 0 {
            self.name.set(name);
            self.text.clear();
            self.text.push(text);
        }
        self.count.set(self.count.get().saturating_add(1));
    }

    fn clear(&self) {
        self.count.set(0);
    }
}

impl Host {
    /// A host with empty sinks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            output: Sink::new(OUTPUT_LIMIT),
            markers: Sink::new(MARKER_LIMIT),
            thrown_name: Sink::new(256),
            thrown_message: Sink::new(TEXT_LIMIT),
            thrown_stack: Sink::new(TEXT_LIMIT),
            notices: std::array::from_fn(|_| NoticeSlot::new()),
            phase: Cell::new(Phase::Idle),
            since: Cell::new(Instant::now()),
            phases: Cell::new(Phases::default()),
            readings: Cell::new(0),
            threads: AtomicU32::new(0),
            hooks: Cell::new(None),
            call_hooks: Cell::new(None),
        }
    }

    /// Says what to do around the guest's threads.
    pub fn set_thread_hooks(&self, hooks: ThreadHooks) {
        self.hooks.set(Some(hooks));
    }

    /// Says what to do around calls of the guest's own.
    pub fn set_call_hooks(&self, hooks: CallHooks) {
        self.call_hooks.set(Some(hooks));
    }

    /// Runs `body`, system calls of the guest's own that leave nothing behind, or
    /// a descriptor if they are torn in the middle: a file that is opened, read and
    /// closed. A worker that watches the calls of tests needn't see these.
    pub fn own_calls<R>(&self, body: impl FnOnce() -> R) -> R {
        let Some(hooks) = self.call_hooks.get() else {
            return body();
        };
        let kept = (hooks.before)();
        let result = body();
        (hooks.after)(kept);
        result
    }

    /// Forgets everything of the previous case; called by the worker.
    pub fn clear(&self) {
        for sink in [
            &self.output,
            &self.markers,
            &self.thrown_name,
            &self.thrown_message,
            &self.thrown_stack,
        ] {
            sink.clear();
        }
        for notice in &self.notices {
            notice.clear();
        }
        self.phases.set(Phases::default());
        self.readings.set(0);
        self.phase.set(Phase::Idle);
    }

    /// The guest enters `phase`; the time since the last mark counts for the one it leaves.
    ///
    /// To enter the phase it is in already costs nothing: the clock is read only
    /// where one phase ends and another begins.
    pub fn enter(&self, phase: Phase) {
        if phase == self.phase.get() {
            return;
        }
        self.readings.set(self.readings.get() + 1);
        let now = Instant::now();
        let spent = now.duration_since(self.since.get()).as_nanos();
        let mut phases = self.phases.get();
        let slot = match self.phase.get() {
            Phase::Idle => None,
            Phase::Load => Some(&mut phases.load),
            Phase::Compile => Some(&mut phases.compile),
            Phase::Execute => Some(&mut phases.execute),
            Phase::Jobs => Some(&mut phases.jobs),
            Phase::Capture => Some(&mut phases.capture),
            Phase::Restore => Some(&mut phases.restore),
        };
        if let Some(slot) = slot {
            slot.0 += u64::try_from(spent).unwrap_or(u64::MAX);
        }
        self.phases.set(phases);
        self.phase.set(phase);
        self.since.set(now);
    }

    /// The phase the guest is in.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// When the current phase was entered.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since.get()
    }

    /// Time spent in each phase that was left.
    #[must_use]
    pub fn phases(&self) -> Phases {
        self.phases.get()
    }

    /// How often the clock was read to tell phases apart, since [`Host::clear`].
    #[must_use]
    pub fn readings(&self) -> u32 {
        self.readings.get()
    }

    /// The case tells something by name, with `text`: kept the first time,
    /// counted every time. One name more than [`MAX_NOTICES`] is left out.
    pub fn notice(&self, name: &'static str, text: &[u8]) {
        let known = |slot: &&NoticeSlot| slot.count.get() == 0 || slot.name.get() == name;
        if let Some(slot) = self.notices.iter().find(known) {
            slot.tell(name, text);
        }
    }

    /// Calls `reader` with each notice: its name, how often it was told, and the first text.
    pub fn notices(&self, mut reader: impl FnMut(&'static str, u32, &[u8])) {
        for slot in self.notices.iter().take_while(|slot| slot.count.get() > 0) {
            slot.text
                .read(|text| reader(slot.name.get(), slot.count.get(), text));
        }
    }

    /// The case has told nothing by name.
    #[must_use]
    pub fn told_nothing(&self) -> bool {
        self.notices.iter().all(|slot| slot.count.get() == 0)
    }

    /// A value was thrown and nothing caught it. Each part may be empty.
    pub fn threw(&self, name: &[u8], message: &[u8], stack: &[u8]) {
        for (sink, text) in [
            (&self.thrown_name, name),
            (&self.thrown_message, message),
            (&self.thrown_stack, stack),
        ] {
            sink.clear();
            sink.push(text);
        }
    }

    /// The case ends by an error of the host's own: `kind` says of what sort, in
    /// lower case with hyphens, `message` may say more to people.
    pub fn failed(&self, kind: &[u8], message: &[u8]) {
        self.threw(kind, message, b"");
    }

    /// Emits a marker (`fast-path-hit=…`).
    pub fn marker(&self, text: &[u8]) {
        self.markers.push(text);
        self.markers.push(b"\n");
    }

    /// The guest is about to start a thread.
    pub fn thread_starts(&self) {
        if self.threads.fetch_add(1, Ordering::SeqCst) == 0
            && let Some(hooks) = self.hooks.get()
        {
            (hooks.first)();
        }
    }

    /// A thread of the guest has ended and was joined.
    pub fn thread_ended(&self) {
        if self.threads.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(hooks) = self.hooks.get()
        {
            (hooks.last)();
        }
    }

    /// Threads of the guest that were started and not joined. Not reset by
    /// [`Host::clear`]: a thread that never ended is there for good.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.threads.load(Ordering::SeqCst)
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_read_where_a_phase_begins_and_not_within() {
        let host = Host::new();
        for phase in [Phase::Load, Phase::Load, Phase::Compile, Phase::Compile] {
            host.enter(phase);
        }
        let since = host.since();
        host.enter(Phase::Compile);
        assert_eq!((host.readings(), host.since()), (2, since));
        host.enter(Phase::Idle);
        assert_eq!(host.readings(), 3);
        let phases = host.phases();
        assert_eq!(phases.total(), phases.load + phases.compile);
        host.clear();
        assert_eq!((host.readings(), host.phases()), (0, Phases::default()));
    }

    #[test]
    fn notices_are_counted_and_keep_their_first_text() {
        let host = Host::new();
        assert!(host.told_nothing());
        for (name, text) in [
            ("a", "1"),
            ("b", ""),
            ("a", "2"),
            ("c", ""),
            ("d", ""),
            ("e", ""),
        ] {
            host.notice(name, text.as_bytes());
        }
        let mut told = Vec::new();
        host.notices(|name, count, text| told.push((name, count, text.to_vec())));
        let once = |name| (name, 1, vec![]);
        assert_eq!(
            told,
            [("a", 2, b"1".to_vec()), once("b"), once("c"), once("d")]
        );
        host.clear();
        assert!(host.told_nothing());
        host.notices(|name, _, _| panic!("{name} is still told"));
    }

    #[test]
    fn hooks_are_called_around_calls_of_the_guests_own() {
        thread_local!(static HEARD: Cell<u64> = const { Cell::new(0) });
        let host = Host::new();
        assert_eq!(host.own_calls(|| 5), 5, "without hooks");
        host.set_call_hooks(CallHooks {
            before: || HEARD.replace(1),
            after: |kept| HEARD.set(HEARD.get() * 10 + kept + 4),
        });
        assert_eq!(host.own_calls(|| HEARD.replace(2)), 1);
        assert_eq!(HEARD.get(), 24);
    }
}
