//! An agent's life on its own thread.

use super::hub::Hub;
use super::install_memory;
use super::stack::Stack;
use crate::allocator;
use crate::engine::SCRIPT_STACK_BYTES;
use crate::memory::{self, Bytes};
use crate::realm;
use crate::session::{Session, UNNAMED_SCRIPT};
use crate::value::{Context, Owned, Pending, Raw, has_tag, size};
use core::cell::Cell;
use libc::{c_int, c_void};
use rquickjs_sys as q;

/// How far an agent is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its thread was asked for.
    Starting,
    /// Its script runs, or it waits for a broadcast.
    Running,
    /// It will touch the hub no more, its thread is about to end.
    Ended,
}

/// The second value of a broadcast.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Int(i32),
    Big(i64),
}

/// What is broadcast: a shared buffer's memory, which the main agent holds
/// until every agent has taken it, and a number.
#[derive(Clone, Copy)]
pub(crate) struct Broadcast {
    pub(crate) data: *mut u8,
    pub(crate) len: q::size_t,
    pub(crate) number: Number,
}

/// One agent, in guest memory; both threads hold it until it was joined.
pub(crate) struct Agent {
    /// The agent started before.
    pub(crate) next: *mut Agent,
    /// Where it meets the others.
    pub(crate) hub: &'static Hub,
    /// Its script; read by its thread.
    pub(crate) script: Bytes,
    /// Its stack; used by the main agent.
    pub(crate) stack: Stack,
    /// Its thread; set and used by the main agent.
    pub(crate) thread: Cell<libc::pthread_t>,
    /// Guarded by the hub's lock.
    pub(crate) stage: Cell<Stage>,
    /// Sent and not yet taken. Guarded by the hub's lock.
    pub(crate) pending: Cell<Option<Broadcast>>,
    /// What to call on a broadcast, one count, or `undefined`; its thread's.
    pub(crate) callback: Cell<Raw>,
}

/// Where a new thread starts.
pub(crate) extern "C" fn start(agent: *mut c_void) -> *mut c_void {
    // SAFETY: the main agent passes a live agent and keeps it until the thread was joined.
    let agent: &'static Agent = unsafe { &*agent.cast::<Agent>() };
    // A failure has nowhere to go: the case notices that nothing is reported.
    let _ = live(agent);
    agent.hub.with(|_| {
        agent.stage.set(Stage::Ended);
        agent.pending.set(None);
    });
    agent.hub.announce();
    core::ptr::null_mut()
}

/// Runs the script, then jobs and broadcasts until there is nothing to wait for.
///
/// The runtime isn't freed: after the case the whole heap is put back.
fn live(agent: &'static Agent) -> Result<(), Pending> {
    let context = boot(agent)?;
    agent.hub.with(|_| agent.stage.set(Stage::Running));
    agent.hub.announce();
    run_script(context, &agent.script)?;
    loop {
        run_jobs(context)?;
        if has_tag(agent.callback.get(), q::JS_TAG_UNDEFINED) {
            return Ok(());
        }
        let Some(broadcast) = next_broadcast(agent) else {
            return Ok(());
        };
        receive(context, agent, broadcast)?;
    }
}

/// A runtime with the same objects as the main agent's. Without a module loader.
fn boot(agent: &'static Agent) -> Result<Context, Pending> {
    let runtime = allocator::new_runtime();
    if runtime.is_null() {
        return Err(Pending);
    }
    let root = Bytes::concat(&[]).ok_or(Pending)?;
    let session = Session::agent(root, agent.hub, agent);
    Context::attach(runtime, memory::place(session).ok_or(Pending)?);
    // SAFETY: the runtime was made above, and so below.
    unsafe { q::JS_SetMaxStackSize(runtime, size(SCRIPT_STACK_BYTES)) };
    // SAFETY: as above.
    unsafe { q::JS_SetCanBlock(runtime, true) };
    let hub = core::ptr::from_ref(agent.hub).cast_mut().cast();
    // SAFETY: as above; the hub outlives the thread.
    unsafe { q::JS_SetInterruptHandler(runtime, Some(interrupted), hub) };
    // SAFETY: as above.
    let context = unsafe { q::JS_NewContext(runtime) };
    if context.is_null() {
        return Err(Pending);
    }
    // SAFETY: made above and never freed.
    let context = unsafe { Context::from_raw(context) };
    install_memory(context);
    let host_object = realm::install(context)?;
    context.free(host_object);
    Ok(context)
}

/// Engine's hook, asked now and then while code runs: 1 ends it.
unsafe extern "C" fn interrupted(_runtime: *mut q::JSRuntime, hub: *mut c_void) -> c_int {
    // SAFETY: the hub that `boot` passed.
    c_int::from(unsafe { &*hub.cast::<Hub>() }.closing())
}

fn run_script(context: Context, script: &Bytes) -> Result<(), Pending> {
    // SAFETY: the context is live, and the source is followed by a NUL.
    let result = context.check(unsafe {
        q::JS_Eval(
            context.raw(),
            script.as_c(),
            size(script.len()),
            UNNAMED_SCRIPT.as_ptr(),
            q::JS_EVAL_TYPE_GLOBAL.cast_signed(),
        )
    });
    settle(context, result);
    Ok(())
}

fn run_jobs(context: Context) -> Result<(), Pending> {
    loop {
        let mut of = core::ptr::null_mut();
        // SAFETY: the runtime is live, `of` is written.
        let ran = unsafe { q::JS_ExecutePendingJob(context.runtime(), &raw mut of) };
        match ran {
            0 => return Ok(()),
            1.. => {}
            _ => return Err(Pending),
        }
    }
}

/// Waits for a broadcast; `None` when the case is over.
fn next_broadcast(agent: &Agent) -> Option<Broadcast> {
    let hub = agent.hub;
    hub.wait(None, |_| match agent.pending.get() {
        _ if hub.closing() => Some(None),
        Some(broadcast) => Some(Some(broadcast)),
        None => None,
    })?
}

/// Takes a broadcast and calls the callback.
fn receive(context: Context, agent: &Agent, broadcast: Broadcast) -> Result<(), Pending> {
    // SAFETY: the main agent holds the memory while the broadcast is pending;
    // the new buffer counts itself in.
    let buffer = context.check(unsafe {
        q::JS_NewArrayBuffer(
            context.raw(),
            broadcast.data,
            broadcast.len,
            0,
            None,
            core::ptr::null_mut(),
            true,
        )
    });
    agent.hub.with(|_| agent.pending.set(None));
    agent.hub.announce();
    let buffer = buffer?;
    let number = number(context, broadcast.number)?;
    let callback = Owned::from_raw(agent.callback.replace(q::JS_UNDEFINED));
    let result = context.call(callback.raw(), &mut [buffer.raw(), number.raw()]);
    context.free(buffer);
    context.free(number);
    context.free(callback);
    settle(context, result);
    Ok(())
}

fn number(context: Context, number: Number) -> Result<Owned, Pending> {
    match number {
        Number::Int(value) => Ok(Owned::number(f64::from(value))),
        Number::Big(value) => {
            // SAFETY: the context is live.
            context.check(unsafe { q::JS_NewBigInt64(context.raw(), value) })
        }
    }
}

/// Lets go of a result; what an agent throws has nowhere to go.
fn settle(context: Context, result: Result<Owned, Pending>) {
    match result {
        Ok(value) => context.free(value),
        Err(pending) => context.forget(pending),
    }
}
