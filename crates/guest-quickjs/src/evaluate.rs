//! Running a preamble or a case, phase by phase.
//!
//! ```text
//!   Load ─▶ Compile ─▶ Execute ─▶ Jobs (drain, end agents) ─▶ Capture
//!             │parse      │runtime    │runtime
//!             │resolution │resolution (linking)
//! ```
//!
//! Scripts are compiled and run in two steps, so that an early error is told
//! from an error at run time. Modules are compiled, which also loads what they
//! import: once the loader was asked, an error is one of resolution. Linking is
//! the first thing that running a module does; it is an error of resolution if
//! that gives an exception, for what evaluation throws rejects a promise.

use crate::agent;
use crate::host_error::Kind;
use crate::memory::Bytes;
use crate::module;
use crate::realm;
use crate::thrown::{self, Told};
use crate::value::{Context, Owned, Pending, Raw, has_tag, size};
use crate::words;
use libc::c_int;
use rewind_guest::{CaseInput, Evaluation, Host, Phase};
use rewind_guest::{ErrorPhase, Source};
use rquickjs_sys as q;

/// What makes a script strict, put before its first character: a directive and
/// an end of line, so that what must begin a line still does. The second end of
/// line is there to be counted, see [`STRICT_FIRST_LINE`].
const STRICT_PREFIX: &[u8] = b"\"use strict\";\n\n";

/// Line that the prefix begins on: two lines further on is the file's own line 1,
/// so that messages and stacks name the lines of the file. One end of line and
/// line 0 would not do, for the engine takes 0 to mean 1.
const STRICT_FIRST_LINE: c_int = -1;

/// What kept a case from completing.
enum Failure {
    /// An uncaught exception, and when it was thrown.
    Thrown(ErrorPhase, Owned),
    /// An error of the host's own that nothing has thrown, and what to say of it.
    Host(Kind, &'static [u8]),
}

impl Failure {
    /// Takes the pending exception.
    fn take(context: Context, phase: ErrorPhase) -> Self {
        Self::Thrown(phase, context.exception())
    }
}

/// Evaluates a preamble's sources as global code, in order.
pub(crate) fn preamble(context: Context, host: &Host, sources: &[Source]) -> Evaluation {
    begin(context);
    for source in sources {
        let name = Bytes::concat(&[source.name.as_bytes()]);
        let text = Bytes::concat(&[&source.text]);
        let (Some(name), Some(text)) = (name, text) else {
            return Evaluation::OutOfMemory;
        };
        let result = evaluate(context, &text, &name, 1, q::JS_EVAL_TYPE_GLOBAL);
        if let Err(Pending) = result.map(|value| context.free(value)) {
            return told(context, host, &Failure::take(context, ErrorPhase::PREAMBLE));
        }
        name.free();
        text.free();
    }
    if let Err(Pending) = run_jobs(context, OnThrow::GoOn) {
        return told(context, host, &Failure::take(context, ErrorPhase::PREAMBLE));
    }
    agent::close(context, host);
    Evaluation::Completed
}

/// Runs a case.
pub(crate) fn case(context: Context, host: &Host, case: &CaseInput<'_>) -> Evaluation {
    host.enter(Phase::Load);
    begin(context);
    // SAFETY: the runtime is live.
    unsafe { q::JS_SetCanBlock(context.runtime(), !case.attributes.has(words::CANNOT_BLOCK)) };
    let prefix = if case.variant == words::STRICT {
        STRICT_PREFIX
    } else {
        b""
    };
    let path = Bytes::concat(&[case.path.as_bytes()]);
    let source = Bytes::concat(&[prefix, case.source]);
    let (Some(path), Some(source)) = (path, source) else {
        host.enter(Phase::Capture);
        return Evaluation::OutOfMemory;
    };
    context.session().begin(&path);
    if case.attributes.has(words::CONSOLE) && realm::install_console(context).is_err() {
        host.enter(Phase::Capture);
        return Evaluation::OutOfMemory;
    }
    let ended = if case.variant == words::MODULE {
        run_module(context, host, case, &source, &path)
    } else {
        run_script(context, host, case, &source, &path)
    };
    host.enter(Phase::Jobs);
    agent::close(context, host);
    host.enter(Phase::Capture);
    source.free();
    match ended {
        Ok(()) => Evaluation::Completed,
        Err(failure) => told(context, host, &failure),
    }
}

/// Agents may be started again, and nothing is left of the case before.
fn begin(context: Context) {
    let hub = context.session().hub;
    if hub.closing() {
        hub.set_closing(false);
    }
    context.session().host_errors.clear(context);
}

fn told(context: Context, host: &Host, failure: &Failure) -> Evaluation {
    match failure {
        Failure::Thrown(phase, value) => match thrown::tell(context, host, value) {
            Told::Thrown => Evaluation::Threw(*phase),
            Told::OutOfMemory => Evaluation::OutOfMemory,
            Told::HostError => Evaluation::HostError,
        },
        Failure::Host(kind, message) => {
            host.failed(kind.name(), message);
            Evaluation::HostError
        }
    }
}

/// Evaluates a source whose first line counts as number `line`, which isn't 0.
fn evaluate(
    context: Context,
    source: &Bytes,
    name: &Bytes,
    line: c_int,
    flags: u32,
) -> Result<Owned, Pending> {
    let mut options = q::JSEvalOptions {
        version: q::JS_EVAL_OPTIONS_VERSION.cast_signed(),
        eval_flags: flags.cast_signed(),
        filename: name.as_c(),
        line_num: line,
    };
    // SAFETY: the context is live, source and name are followed by a NUL, and
    // the options are only read.
    context.check(unsafe {
        q::JS_Eval2(
            context.raw(),
            source.as_c(),
            size(source.len()),
            &raw mut options,
        )
    })
}

/// Runs what was compiled, whose count is given away.
fn execute(context: Context, compiled: Owned) -> Result<Owned, Pending> {
    // SAFETY: the context is live, the value was compiled by it.
    context.check(unsafe { q::JS_EvalFunction(context.raw(), compiled.into_raw()) })
}

fn run_script(
    context: Context,
    host: &Host,
    case: &CaseInput<'_>,
    source: &Bytes,
    path: &Bytes,
) -> Result<(), Failure> {
    host.enter(Phase::Compile);
    let flags = q::JS_EVAL_TYPE_GLOBAL | q::JS_EVAL_FLAG_COMPILE_ONLY;
    let line = if case.variant == words::STRICT {
        STRICT_FIRST_LINE
    } else {
        1
    };
    let compiled = evaluate(context, source, path, line, flags)
        .map_err(|Pending| Failure::take(context, words::PARSE))?;
    host.enter(Phase::Execute);
    let value = execute(context, compiled)
        .map_err(|Pending| Failure::take(context, ErrorPhase::RUNTIME))?;
    context.free(value);
    host.enter(Phase::Jobs);
    let on_throw = if case.attributes.has(words::ASYNC) {
        OnThrow::Stop
    } else {
        OnThrow::GoOn
    };
    run_jobs(context, on_throw).map_err(|Pending| Failure::take(context, ErrorPhase::RUNTIME))
}

fn run_module(
    context: Context,
    host: &Host,
    case: &CaseInput<'_>,
    source: &Bytes,
    path: &Bytes,
) -> Result<(), Failure> {
    host.enter(Phase::Compile);
    let compiled = module::compile(context, path.as_c(), source).map_err(|Pending| {
        let phase = if context.session().resolving.get() {
            words::RESOLUTION
        } else {
            words::PARSE
        };
        Failure::take(context, phase)
    })?;
    host.enter(Phase::Execute);
    module::define_meta(context, compiled.raw(), true)
        .map_err(|Pending| Failure::take(context, words::RESOLUTION))?;
    let promise =
        execute(context, compiled).map_err(|Pending| Failure::take(context, words::RESOLUTION))?;
    host.enter(Phase::Jobs);
    run_jobs(context, OnThrow::Stop)
        .map_err(|Pending| Failure::take(context, ErrorPhase::RUNTIME))?;
    settled(context, promise.raw(), case.attributes.has(words::ASYNC))?;
    context.free(promise);
    Ok(())
}

/// Looks at the promise of a module's evaluation. An asynchronous case may leave
/// it pending: what it printed decides.
fn settled(context: Context, promise: Raw, is_async: bool) -> Result<(), Failure> {
    if !has_tag(promise, q::JS_TAG_OBJECT) {
        return Ok(());
    }
    // SAFETY: the context is live, the promise is held by the caller.
    match unsafe { q::JS_PromiseState(context.raw(), promise) } {
        q::JSPromiseStateEnum_JS_PROMISE_REJECTED => {
            // SAFETY: as above.
            let reason = Owned::from_raw(unsafe { q::JS_PromiseResult(context.raw(), promise) });
            Err(Failure::Thrown(ErrorPhase::RUNTIME, reason))
        }
        q::JSPromiseStateEnum_JS_PROMISE_PENDING if !is_async => {
            let message = b"the module's evaluation waits for what never comes";
            Err(Failure::Host(Kind::PendingPromise, message))
        }
        _ => Ok(()),
    }
}

/// What to do when a job throws. Only the engine's own jobs can, namely the
/// callbacks of a FinalizationRegistry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnThrow {
    /// Stop, with the exception pending.
    Stop,
    /// Forget it: the script itself has completed.
    GoOn,
}

/// Runs jobs until there are none.
fn run_jobs(context: Context, on_throw: OnThrow) -> Result<(), Pending> {
    loop {
        let mut of = core::ptr::null_mut();
        // SAFETY: the runtime is live, `of` is written.
        match unsafe { q::JS_ExecutePendingJob(context.runtime(), &raw mut of) } {
            0 => return Ok(()),
            1.. => {}
            _ if on_throw == OnThrow::Stop => return Err(Pending),
            _ => context.forget(Pending),
        }
    }
}
