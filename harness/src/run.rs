//! Runs what there is to run: a plan, or what a pool is asked for.

use crate::config::RunConfig;
use crate::dispatch::{Dispatcher, Slot};
use crate::error::{HarnessError, LastWorker};
use crate::event::Event;
use crate::executor::{Closing, Executor, Fatal, Nursery, Shared};
use crate::job::Job;
use crate::queue::Queue;
use crate::roll::Roll;
use crate::source::Preambles;
use crate::stop::StopFlag;
use crate::ticket::{Note, Ticket};
use crate::totals::RunTotals;
use crossbeam_channel::{Sender, bounded, unbounded};
use rewind_plan::{CaseId, Plan};
use rewind_sys::pipe::Wake;
use rewind_sys::process::own_cpu;
use std::sync::Arc;
use std::thread::{Builder, Scope, ScopedJoinHandle};
use std::time::Instant;

/// Notes that may wait for the dispatcher, and for each slot if there are many:
/// executors wait beyond that, so that an event handler that is slow slows the
/// run down and doesn't fill memory. With fewer notes than slots, executors
/// would wake each other up to find it full again.
const NOTES: usize = 64;
/// See [`NOTES`].
const NOTES_EACH: usize = 4;

/// Runs every case of `plan`, in its order, and calls `on_event` on this thread.
///
/// Each case is settled exactly once: by one [`Event::Answered`] for each of its
/// attempts (a second one only after a first that was lost), by one
/// [`Event::Unreadable`] or by one [`Event::Withdrawn`]. What is not settled when the run ends is counted in
/// [`RunTotals::not_run`].
///
/// # Errors
/// [`HarnessError::NoWorker`] if there is work left and no slot can keep a worker
/// alive; the others if the run can't be begun.
///
/// # Panics
/// If `on_event` does; the workers are killed before that goes on.
pub fn run(
    plan: &Plan,
    config: &RunConfig,
    stop: &StopFlag,
    on_event: &mut dyn FnMut(Event),
) -> Result<RunTotals, HarnessError> {
    run_cases(
        plan,
        plan.iter().map(|(case, _)| case),
        config,
        stop,
        on_event,
    )
}

/// As [`run`], for these cases of the plan in this order. Numbers that come
/// twice or are not the plan's are left out.
///
/// # Errors
/// As [`run`].
pub fn run_cases(
    plan: &Plan,
    cases: impl IntoIterator<Item = CaseId>,
    config: &RunConfig,
    stop: &StopFlag,
    on_event: &mut dyn FnMut(Event),
) -> Result<RunTotals, HarnessError> {
    let (queue, roll) = tickets(plan, cases, config);
    let preambles = Preambles::read(plan);
    let regular = config.workers.clamp(1, roll.open().max(1));
    let stand_ins = config.stand_ins.min(roll.open().saturating_sub(regular));
    let job = Job {
        workload: plan,
        preambles: &preambles,
        config,
        regular,
        stand_ins,
        queue,
        roll,
        commands: None,
    };
    run_job(job, stop, on_event)
}

/// Runs a job to its end on this thread: until every case is settled, and no more
/// can come, or until it is stopped.
pub(crate) fn run_job(
    job: Job<'_>,
    stop: &StopFlag,
    on_event: &mut dyn FnMut(Event),
) -> Result<RunTotals, HarnessError> {
    let (start, cpu) = (Instant::now(), own_cpu());
    let slots = job.regular + job.stand_ins;
    let (nursery, undealt) = (Nursery::new(slots)?, job.queue.count());
    let fatal = Fatal::new(job.preambles.len());
    let config = job.config;
    let shared = Shared {
        workload: job.workload,
        config,
        preambles: job.preambles,
        nursery: &nursery,
        undealt: &undealt,
        fatal: &fatal,
    };
    let ran = std::thread::scope(|scope| {
        let closing = Closing(&nursery);
        let mut threads = start_nurses(scope, shared)?;
        let (sender, notes) = bounded(NOTES.max(slots.saturating_mul(NOTES_EACH)));
        let slots = start_slots(scope, slots, shared, &sender, &mut threads)?;
        drop(sender);
        let dispatcher = Dispatcher::new(job, slots, notes, &mut *on_event);
        let ran = dispatcher.run(stop);
        drop(closing);
        join(threads);
        Ok::<_, HarnessError>(ran)
    });
    let (mut totals, last) = ran?;
    totals.recycling.add(nursery.figures());
    totals.workers_cpu += totals.recycling.unused_cpu;
    totals.wall = start.elapsed();
    totals.parent_cpu = own_cpu().saturating_sub(cpu);
    conclude(totals, last, config)
}

fn tickets<'p>(
    plan: &'p Plan,
    cases: impl IntoIterator<Item = CaseId>,
    config: &RunConfig,
) -> (Queue<'p>, Roll) {
    let mut queue = Queue::new(plan, config.limits);
    let mut roll = Roll::new(plan.cases.len());
    for case in cases {
        if roll.enter(case) {
            queue.push(Ticket::new(case, 1, config.alone()));
        }
    }
    (queue, roll)
}

fn start_slots<'scope>(
    scope: &'scope Scope<'scope, '_>,
    count: usize,
    shared: Shared<'scope>,
    notes: &Sender<Note>,
    threads: &mut Vec<ScopedJoinHandle<'scope, ()>>,
) -> Result<Vec<Slot>, HarnessError> {
    let mut slots = Vec::with_capacity(count);
    for number in (0u32..).take(count) {
        let wake = Arc::new(Wake::new()?);
        let (orders, receiver) = unbounded();
        let executor = Executor::new(number, shared, receiver, Arc::clone(&wake), notes.clone());
        let thread = Builder::new().name(format!("worker-{number}"));
        let thread = thread.spawn_scoped(scope, move || executor.run());
        threads.push(thread.map_err(HarnessError::Thread)?);
        slots.push(Slot::new(orders, wake));
    }
    Ok(slots)
}

fn start_nurses<'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: Shared<'scope>,
) -> Result<Vec<ScopedJoinHandle<'scope, ()>>, HarnessError> {
    let mut threads = Vec::new();
    for nurse in shared.nursery.nurses() {
        let thread = Builder::new().name(format!("nurse-{nurse}"));
        let thread = thread.spawn_scoped(scope, move || shared.nursery.serve(nurse, shared));
        threads.push(thread.map_err(HarnessError::Thread)?);
    }
    Ok(threads)
}

/// Waits until the threads have ended: their scope alone would wait only until they
/// are about to.
fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

fn conclude(
    totals: RunTotals,
    last: Option<Box<LastWorker>>,
    config: &RunConfig,
) -> Result<RunTotals, HarnessError> {
    match last {
        Some(last) if totals.not_run > 0 && !totals.interrupted => Err(HarnessError::NoWorker {
            in_a_row: config.patience.barren,
            last,
            totals: Box::new(totals),
        }),
        _ => Ok(totals),
    }
}
