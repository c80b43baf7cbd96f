//! The guest itself: boot, and the entries that the worker calls.

use crate::agent::{Hub, install_memory};
use crate::allocator;
use crate::evaluate;
use crate::memory::{self, Bytes};
use crate::module;
use crate::realm;
use crate::session::Session;
use crate::value::{Context, Owned, Pending, size};
use crate::words;
use core::ffi::CStr;
use rewind_guest::{
    BootError, CaseInput, Description, ErrorPhase, Evaluation, Guest, GuestOptions, Host, Reach,
    Source,
};
use rquickjs_sys as q;
use std::os::unix::ffi::OsStrExt;

/// Stack that a script may use, in bytes: the engine's own default, so that
/// deep recursion ends where it does in run-test262.
pub const SCRIPT_STACK_BYTES: usize = 1 << 20;

/// Stack that the guest needs in all, in bytes: below the script's share, the
/// engine's native functions need room that it doesn't check.
pub const STACK_BYTES: usize = SCRIPT_STACK_BYTES + (512 << 10);

/// Growth of the heap that starts a garbage collection, in bytes.
///
/// Counted references free nearly everything at once. A collection writes to
/// every object, so it dirties every page of the checkpoint: the engine's
/// default (256 KiB) would make many ordinary tests pay for that.
const COLLECT_ABOVE_BYTES: usize = 8 << 20;

/// QuickJS-NG.
pub struct QuickJs {
    /// Set by boot alone: the engine's first context, which lives in guest
    /// memory and is put back to what it was, at the same address.
    context: Option<Context>,
    /// Tests may do anything a process can.
    faults: bool,
}

impl QuickJs {
    /// A guest that offers its tests no faults.
    #[must_use]
    pub fn new() -> Self {
        Self::for_options(&GuestOptions::default())
    }

    /// A guest that will be booted with `options`; only then does
    /// [`Guest::describe`] know whether faults are offered.
    #[must_use]
    pub fn for_options(options: &GuestOptions) -> Self {
        Self {
            context: None,
            faults: options.faults,
        }
    }

    /// The context, and the engine told that the stack is another one.
    fn enter(&self) -> Option<Context> {
        let context = self.context?;
        // SAFETY: the runtime is live.
        unsafe { q::JS_UpdateStackTop(context.runtime()) };
        Some(context)
    }
}

impl Default for QuickJs {
    fn default() -> Self {
        Self::new()
    }
}

impl Guest for QuickJs {
    fn describe(&self) -> Description {
        // SAFETY: callable at any time.
        let version = unsafe { q::JS_GetVersion() };
        // SAFETY: a constant C string of the engine's.
        let version = unsafe { CStr::from_ptr(version) };
        Description {
            name: "quickjs",
            version: version.to_string_lossy().into_owned(),
            reach: if self.faults {
                Reach::Process
            } else {
                Reach::Memory
            },
            capabilities: &["can-block"],
            attributes: words::ATTRIBUTES,
            printed: &words::PRINTED,
            plain: words::SLOPPY,
            module: Some(words::MODULE),
        }
    }

    fn boot(&mut self, host: &'static Host, options: &GuestOptions) -> Result<(), BootError> {
        self.faults = options.faults;
        let context = boot(host, options)?;
        self.context = Some(context);
        Ok(())
    }

    fn dispose(&mut self) {
        if let Some(context) = self.enter() {
            self.context = None;
            dispose(context);
        }
    }

    fn preamble(&self, host: &'static Host, sources: &[Source]) -> Evaluation {
        match self.enter() {
            Some(context) => evaluate::preamble(context, host, sources),
            None => not_booted(host),
        }
    }

    fn run(&self, host: &'static Host, case: &CaseInput<'_>) -> Evaluation {
        match self.enter() {
            Some(context) => evaluate::case(context, host, case),
            None => not_booted(host),
        }
    }
}

/// The caller forgot to boot.
fn not_booted(host: &Host) -> Evaluation {
    host.threw(b"Error", b"the engine was not booted", b"");
    Evaluation::Threw(ErrorPhase::PREAMBLE)
}

fn boot(host: &'static Host, options: &GuestOptions) -> Result<Context, BootError> {
    let runtime = allocator::new_runtime();
    if runtime.is_null() {
        return Err(BootError::NoMemory("runtime"));
    }
    let session = session(host, options).ok_or(BootError::NoMemory("session"))?;
    Context::attach(runtime, session);
    configure(runtime);
    // SAFETY: the runtime was made above.
    let context = unsafe { q::JS_NewContext(runtime) };
    if context.is_null() {
        return Err(BootError::NoMemory("context"));
    }
    // SAFETY: made above and never freed.
    let context = unsafe { Context::from_raw(context) };
    install_memory(context);
    furnish(context).map_err(|Pending| BootError::Install("print and $262"))?;
    Ok(context)
}

fn session(host: &'static Host, options: &GuestOptions) -> Option<*mut Session> {
    let root = Bytes::concat(&[options.root.as_os_str().as_bytes()])?;
    memory::place(Session::main(host, root, Hub::place()?, options))
}

/// Frees the engine and what [`boot`] put behind it.
fn dispose(context: Context) {
    let (runtime, session) = (context.runtime(), context.session_block());
    let notify = context.session().notify.replace(q::JS_UNDEFINED);
    context.free(Owned::from_raw(notify));
    context.session().host_errors.clear(context);
    // SAFETY: the context is live, and used no more.
    unsafe { q::JS_FreeContext(context.raw()) };
    // SAFETY: the runtime is live, and its last context is gone.
    unsafe { q::JS_FreeRuntime(runtime) };
    // SAFETY: placed by `session`; only the runtime referred to it.
    let session = unsafe { memory::take_back(session) };
    session.root.free();
    // SAFETY: agents were ended with the last case, and the session is gone.
    unsafe { session.hub.give_back() };
}

fn configure(runtime: *mut q::JSRuntime) {
    // SAFETY: the runtime is live, here and below.
    unsafe { q::JS_SetMaxStackSize(runtime, size(SCRIPT_STACK_BYTES)) };
    // SAFETY: as above.
    unsafe { q::JS_SetCanBlock(runtime, true) };
    // SAFETY: as above.
    unsafe { q::JS_SetGCThreshold(runtime, size(COLLECT_ABOVE_BYTES)) };
    module::install(runtime);
}

/// Installs the host's objects, and saves what a test might replace.
fn furnish(context: Context) -> Result<(), Pending> {
    let host_object = realm::install(context)?;
    context.free(host_object);
    let global = context.global();
    let atomics = context.get(global.raw(), c"Atomics")?;
    let notify = context.get(atomics.raw(), c"notify")?;
    context.session().notify.set(notify.into_raw());
    context.free(atomics);
    context.free(global);
    Ok(())
}
