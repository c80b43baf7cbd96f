//! The end of a case: every agent is told to end, woken, joined, forgotten.

use super::hub::{Hub, Kept, in_ms};
use super::thread::{Agent, Stage};
use crate::memory;
use crate::value::{Context, Owned, Pending, Raw, has_tag};
use rewind_guest::Host;
use rquickjs_sys as q;

/// How long agents get to end between two attempts at waking them.
const PATIENCE_MS: u32 = 1;
/// Most elements of a shared buffer whose waiters are woken at the end.
const MOST_ELEMENTS: u32 = 1 << 16;

/// Ends all agents of the case. Later `$262.agent.start` throws.
///
/// An agent that can't be ended (one in an endless native loop, say) keeps this
/// from returning: the deadline then ends the case, with [`Host::threads`]
/// saying that a thread is left.
pub(crate) fn close(context: Context, host: &Host) {
    let hub = context.session().hub;
    if hub.with(|shared| shared.agents.is_null()) {
        return;
    }
    hub.set_closing(true);
    while hub
        .wait(Some(in_ms(PATIENCE_MS)), |shared| {
            all_ended(shared.agents())
        })
        .is_none()
    {
        wake_waiters(context, hub);
    }
    join_all(hub, host);
    free_buffers(context, hub);
}

fn all_ended(mut agents: impl Iterator<Item = &'static Agent>) -> Option<()> {
    agents
        .all(|agent| agent.stage.get() == Stage::Ended)
        .then_some(())
}

/// Joins every thread and gives back what it had.
fn join_all(hub: &Hub, host: &Host) {
    loop {
        let agent = hub.with(|shared| shared.agents);
        if agent.is_null() {
            return;
        }
        // SAFETY: a live agent, placed by `start`.
        let thread = unsafe { &*agent }.thread.get();
        // SAFETY: started by `start`, joined once, here.
        unsafe { libc::pthread_join(thread, core::ptr::null_mut()) };
        // SAFETY: placed by `start`; its thread has ended and the list forgets it.
        let agent = unsafe { memory::take_back(agent) };
        hub.with(|shared| shared.agents = agent.next);
        agent.stack.unmap();
        host.thread_ended();
        agent.script.free();
    }
}

/// Wakes agents that wait on a buffer that was broadcast to them.
fn wake_waiters(context: Context, hub: &Hub) {
    let notify = context.session().notify.get();
    let mut next = hub.with(|shared| shared.buffers);
    // SAFETY: the list links live entries and ends in null; this thread owns it.
    while let Some(kept) = unsafe { next.as_ref() } {
        next = kept.next;
        if let Err(pending) = notify_all(context, notify, kept.buffer) {
            context.forget(pending);
        }
    }
}

/// Calls the engine's `Atomics.notify` for every element of a buffer.
fn notify_all(context: Context, notify: Raw, buffer: Raw) -> Result<(), Pending> {
    if has_tag(notify, q::JS_TAG_UNDEFINED) {
        return Ok(());
    }
    let mut bytes = 0;
    // SAFETY: the context is live, the buffer is held, `bytes` is written.
    unsafe { q::JS_GetArrayBuffer(context.raw(), &raw mut bytes, buffer) };
    let count = u32::try_from(bytes / 4)
        .unwrap_or(MOST_ELEMENTS)
        .min(MOST_ELEMENTS);
    let zero = Owned::number(0.0);
    let length = Owned::number(f64::from(count));
    let mut arguments = [buffer, zero.raw(), length.raw()];
    // SAFETY: the context is live, the values are held, and there are three.
    let elements = context.check(unsafe {
        q::JS_NewTypedArray(
            context.raw(),
            3,
            arguments.as_mut_ptr(),
            q::JSTypedArrayEnum_JS_TYPED_ARRAY_INT32,
        )
    })?;
    for index in 0..count {
        let index = Owned::number(f64::from(index));
        // Three arguments: the engine reads the third even if it isn't given.
        let woken = context.call(notify, &mut [elements.raw(), index.raw(), q::JS_UNDEFINED])?;
        context.free(woken);
    }
    context.free(elements);
    Ok(())
}

/// Lets go of the buffers that were kept.
fn free_buffers(context: Context, hub: &Hub) {
    let mut next: *mut Kept =
        hub.with(|shared| core::mem::replace(&mut shared.buffers, core::ptr::null_mut()));
    while !next.is_null() {
        // SAFETY: placed by `keep`, and the list was taken off the hub.
        let kept = unsafe { memory::take_back(next) };
        context.free(Owned::from_raw(kept.buffer));
        next = kept.next;
    }
}
