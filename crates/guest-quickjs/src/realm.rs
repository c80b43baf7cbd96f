//! What a realm is given beyond the language: `print`, `$262` and, if faults or
//! markers are enabled, `$rewind`. All writable and configurable, none enumerable.

use crate::agent;
use crate::call::Call;
use crate::fault;
use crate::memory::Bytes;
use crate::session::UNNAMED_SCRIPT;
use crate::value::{Context, Owned, Pending, Returned, Text, size};
use crate::words::PRINTED;
use rewind_guest::Host;
use rquickjs_sys as q;

/// Installs everything in the realm and returns its `$262`.
pub(crate) fn install(context: Context) -> Returned {
    let global = context.global();
    context.method(&global, print, c"print", 1)?;
    let host_object = host_object(context)?;
    context.define(&global, c"$262", context.dup(host_object.raw()))?;
    if context.session().faults || context.session().markers {
        context.define(&global, c"$rewind", fault::new_object(context)?)?;
    }
    context.free(global);
    Ok(host_object)
}

/// Gives the realm a `console` whose methods print, for sources that are written
/// for a host with one.
pub(crate) fn install_console(context: Context) -> Result<(), Pending> {
    let global = context.global();
    let console = context.object()?;
    for name in [c"log", c"info", c"debug", c"warn", c"error"] {
        context.method(&console, print, name, 1)?;
    }
    context.define(&global, c"console", console)?;
    context.free(global);
    Ok(())
}

fn host_object(context: Context) -> Returned {
    let object = context.object()?;
    context.method(&object, create_realm, c"createRealm", 0)?;
    context.method(&object, detach_array_buffer, c"detachArrayBuffer", 1)?;
    context.method(&object, eval_script, c"evalScript", 1)?;
    context.method(&object, collect_garbage, c"gc", 0)?;
    context.define(&object, c"global", context.global())?;
    context.define(&object, c"IsHTMLDDA", like_document_all(context)?)?;
    context.define(&object, c"agent", agent::new_object(context)?)?;
    Ok(object)
}

/// `print(…)`: the arguments as text, joined by spaces.
fn print(call: &Call) -> Returned {
    let context = call.context;
    let host = context.session().host;
    match call.arguments() {
        [only] => {
            let text = context.text(*only)?;
            if let Some(host) = host {
                tell(host, text.as_slice(), text.as_slice().len());
            }
            context.free_text(text);
        }
        several => {
            let mut line = Bytes::concat(&[]).ok_or_else(|| context.out_of_memory())?;
            let mut first = 0;
            for (index, argument) in several.iter().enumerate() {
                let text = context.text(*argument)?;
                line = joined(context, line, index, text)?;
                first = if index == 0 { line.len() } else { first };
            }
            if let Some(host) = host {
                tell(host, line.as_slice(), first);
            }
            line.free();
        }
    }
    Ok(Owned::UNDEFINED)
}

/// `line` with `text` behind it, after a space unless it is the first.
fn joined(context: Context, line: Bytes, index: usize, text: Text) -> Result<Bytes, Pending> {
    let space: &[u8] = if index == 0 { b"" } else { b" " };
    let longer = Bytes::concat(&[line.as_slice(), space, text.as_slice()])
        .ok_or_else(|| context.out_of_memory())?;
    context.free_text(text);
    line.free();
    Ok(longer)
}

/// Gives a printed line to the host. Its first `first` bytes are the first
/// argument, which alone says whether it is a notice; what follows in the line
/// belongs to the notice's text.
fn tell(host: &Host, line: &[u8], first: usize) {
    let argument = line.get(..first).unwrap_or(line);
    for kind in &PRINTED {
        if kind.text(argument).is_some() {
            host.notice(kind.name, kind.text(line).unwrap_or_default());
        }
    }
    host.output.push(line);
    host.output.push(b"\n");
}

/// `$262.createRealm()`: a new realm's `$262`.
fn create_realm(call: &Call) -> Returned {
    let context = call.context;
    // SAFETY: the runtime is live.
    let realm = unsafe { q::JS_NewContext(context.runtime()) };
    if realm.is_null() {
        return Err(context.out_of_memory());
    }
    // SAFETY: made above; `free_context` below only drops one count.
    let host_object = install(unsafe { Context::from_raw(realm) });
    // SAFETY: drops the count from above; the realm's own functions keep it alive.
    unsafe { q::JS_FreeContext(realm) };
    host_object
}

/// `$262.detachArrayBuffer(buffer)`. Does nothing to other values, as in run-test262.
fn detach_array_buffer(call: &Call) -> Returned {
    // SAFETY: the context is live, the argument is held by the caller.
    unsafe { q::JS_DetachArrayBuffer(call.context.raw(), call.argument(0)) };
    Ok(Owned::UNDEFINED)
}

/// `$262.evalScript(source)`: global code of the realm that the function is of.
fn eval_script(call: &Call) -> Returned {
    let context = call.context;
    let source = context.text(call.argument(0))?;
    // SAFETY: the context is live, and the engine's texts are followed by a NUL.
    let result = context.check(unsafe {
        q::JS_Eval(
            context.raw(),
            source.as_c(),
            size(source.as_slice().len()),
            UNNAMED_SCRIPT.as_ptr(),
            q::JS_EVAL_TYPE_GLOBAL.cast_signed(),
        )
    });
    context.free_text(source);
    result
}

/// `$262.gc()`.
fn collect_garbage(call: &Call) -> Returned {
    // SAFETY: the runtime is live.
    unsafe { q::JS_RunGC(call.context.runtime()) };
    Ok(Owned::UNDEFINED)
}

/// `$262.IsHTMLDDA`: an object that passes for `undefined`, and gives null when called.
fn like_document_all(context: Context) -> Returned {
    let function = context.function(|_: &Call| Ok(Owned::NULL), c"IsHTMLDDA", 0)?;
    // SAFETY: the context is live, the function is held.
    unsafe { q::JS_SetIsHTMLDDA(context.raw(), function.raw()) };
    Ok(function)
}
