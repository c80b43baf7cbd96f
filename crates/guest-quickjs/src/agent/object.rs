//! The object `$262.agent`, the same in every agent.

use super::hub::{in_ms, now};
use super::main_side::{broadcast, get_report, start};
use super::thread::Agent;
use crate::call::Call;
use crate::value::{Context, Owned, Pending, Returned};

/// A new `$262.agent` for a realm.
pub(crate) fn new_object(context: Context) -> Returned {
    let object = context.object()?;
    context.method(&object, start, c"start", 1)?;
    context.method(&object, broadcast, c"broadcast", 2)?;
    context.method(&object, get_report, c"getReport", 0)?;
    context.method(&object, receive_broadcast, c"receiveBroadcast", 1)?;
    context.method(&object, report, c"report", 1)?;
    context.method(&object, leaving, c"leaving", 0)?;
    context.method(&object, sleep, c"sleep", 1)?;
    context.method(&object, monotonic_now, c"monotonicNow", 0)?;
    Ok(object)
}

/// The agent, if this is one.
fn this_agent(context: Context) -> Result<&'static Agent, Pending> {
    match context.session().agent {
        Some(agent) => Ok(agent),
        None => Err(context.type_error(c"the main agent can't do this, only agents can")),
    }
}

/// Remembers what to call on the next broadcast, which is waited for when the
/// script has ended.
fn receive_broadcast(call: &Call) -> Returned {
    let context = call.context;
    let agent = this_agent(context)?;
    let callback = call.argument(0);
    if !context.is_function(callback) {
        return Err(context.type_error(c"receiveBroadcast expects a function"));
    }
    let old = agent.callback.replace(context.dup(callback).into_raw());
    context.free(Owned::from_raw(old));
    Ok(Owned::UNDEFINED)
}

/// Queues a text for the main agent.
fn report(call: &Call) -> Returned {
    let context = call.context;
    let text = context.bytes(call.argument(0))?;
    if context
        .session()
        .hub
        .with(|shared| shared.reports.push(text))
    {
        Ok(Owned::UNDEFINED)
    } else {
        Err(context.out_of_memory())
    }
}

/// An agent ends by itself when it has nothing left to run.
fn leaving(call: &Call) -> Returned {
    this_agent(call.context).map(|_| Owned::UNDEFINED)
}

/// Sleeps; an agent wakes early when the case is over.
fn sleep(call: &Call) -> Returned {
    let ms = call.context.to_u32(call.argument(0))?;
    let session = call.context.session();
    let (hub, in_agent) = (session.hub, session.agent.is_some());
    hub.wait(Some(in_ms(ms)), |_| {
        (in_agent && hub.closing()).then_some(())
    });
    Ok(Owned::UNDEFINED)
}

/// Milliseconds with a fraction, from a clock that never goes back.
fn monotonic_now(_: &Call) -> Returned {
    let time = now();
    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 s is longer than anything is up"
    )]
    let ms = time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6;
    Ok(Owned::number(ms))
}
