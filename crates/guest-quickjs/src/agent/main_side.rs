//! What the main agent does with agents: start them, broadcast to them.

use super::hub::{Kept, Shared};
use super::stack::Stack;
use super::thread::{self, Agent, Broadcast, Number, Stage};
use crate::call::Call;
use crate::memory;
use crate::session::Session;
use crate::value::{Context, Owned, Pending, Raw, Returned, is_bigint};
use core::cell::Cell;
use rewind_guest::Host;
use rquickjs_sys as q;

/// The host and the session, if this is the main agent.
fn main_agent(context: &Context) -> Result<(&'static Host, &Session), Pending> {
    let session = context.session();
    match session.host {
        Some(host) => Ok((host, session)),
        None => Err(context.type_error(c"agents can't do this, only the main agent can")),
    }
}

/// `$262.agent.start(script)`: returns when the agent's script is about to run.
pub(super) fn start(call: &Call) -> Returned {
    let context = call.context;
    let (host, session) = main_agent(&context)?;
    let hub = session.hub;
    if hub.closing() {
        return Err(context.type_error(c"the case is over, no agent can be started"));
    }
    let script = context.bytes(call.argument(0))?;
    let stack = Stack::map().ok_or_else(|| context.out_of_memory())?;
    let agent = memory::place(Agent {
        next: hub.with(|shared| shared.agents),
        hub,
        script,
        stack,
        thread: Cell::new(0),
        stage: Cell::new(Stage::Starting),
        pending: Cell::new(None),
        callback: Cell::new(q::JS_UNDEFINED),
    })
    .ok_or_else(|| context.out_of_memory())?;
    // SAFETY: placed above, given back after the thread was joined.
    let started: &'static Agent = unsafe { &*agent };
    host.thread_starts();
    if !spawn(started) {
        host.thread_ended();
        stack.unmap();
        return Err(context.out_of_memory());
    }
    hub.with(|shared| shared.agents = agent);
    hub.wait(None, |_| {
        (started.stage.get() != Stage::Starting).then_some(())
    });
    Ok(Owned::UNDEFINED)
}

/// Starts the agent's thread; false if the system refuses.
fn spawn(agent: &'static Agent) -> bool {
    // SAFETY: all zero bits are fine, for they are initialised next.
    let mut attributes: libc::pthread_attr_t = unsafe { core::mem::zeroed() };
    // SAFETY: `attributes` is written.
    unsafe { libc::pthread_attr_init(&raw mut attributes) };
    agent.stack.put_into(&mut attributes);
    let mut thread = 0;
    let argument = core::ptr::from_ref(agent).cast_mut().cast();
    // SAFETY: the attributes are initialised, the agent outlives the thread.
    let failed = unsafe {
        libc::pthread_create(
            &raw mut thread,
            &raw const attributes,
            thread::start,
            argument,
        )
    };
    // SAFETY: initialised above.
    unsafe { libc::pthread_attr_destroy(&raw mut attributes) };
    agent.thread.set(thread);
    failed == 0
}

/// `$262.agent.broadcast(buffer, number)`: returns when every agent that has not
/// ended has taken both.
pub(super) fn broadcast(call: &Call) -> Returned {
    let context = call.context;
    let (_, session) = main_agent(&context)?;
    let buffer = call.argument(0);
    let broadcast = taken_apart(context, buffer, call.argument(1))?;
    keep(context, session, buffer)?;
    session.hub.with(|shared| {
        for agent in running(shared) {
            agent.pending.set(Some(broadcast));
        }
    });
    session.hub.announce();
    session.hub.wait(None, |shared| {
        let waiting = running(shared).any(|agent| agent.pending.get().is_some());
        (!waiting).then_some(())
    });
    Ok(Owned::UNDEFINED)
}

/// Agents that have not ended.
fn running(shared: &Shared) -> impl Iterator<Item = &'static Agent> + use<> {
    shared
        .agents()
        .filter(|agent| agent.stage.get() != Stage::Ended)
}

/// Checks the arguments of a broadcast.
fn taken_apart(context: Context, buffer: Raw, number: Raw) -> Result<Broadcast, Pending> {
    // SAFETY: `buffer` is held by the caller.
    if unsafe { q::JS_IsArrayBuffer(buffer) } {
        return Err(context.type_error(c"only a SharedArrayBuffer can be broadcast"));
    }
    let number = if is_bigint(number) {
        Number::Big(context.to_big_i64(number)?)
    } else {
        Number::Int(context.to_i32(number)?)
    };
    let mut len = 0;
    // SAFETY: the context is live, `buffer` is held by the caller, `len` is written.
    let data = unsafe { q::JS_GetArrayBuffer(context.raw(), &raw mut len, buffer) };
    if data.is_null() {
        return Err(Pending);
    }
    Ok(Broadcast { data, len, number })
}

/// Remembers a buffer for the end of the case.
fn keep(context: Context, session: &Session, buffer: Raw) -> Result<(), Pending> {
    let kept = memory::place(Kept {
        buffer: context.dup(buffer).into_raw(),
        next: session.hub.with(|shared| shared.buffers),
    })
    .ok_or_else(|| context.out_of_memory())?;
    session.hub.with(|shared| shared.buffers = kept);
    Ok(())
}

/// `$262.agent.getReport()`: the oldest report not yet fetched, or null.
pub(super) fn get_report(call: &Call) -> Returned {
    let context = call.context;
    let Some(report) = context.session().hub.with(|shared| shared.reports.pop()) else {
        return Ok(Owned::NULL);
    };
    let text = context.string(report.as_slice());
    report.free();
    text
}
