//! What every function of ours finds behind its runtime: one [`Session`] for
//! each runtime, in guest memory, behind the runtime's opaque pointer.

use crate::agent::{Agent, Hub};
use crate::host_error::HostErrors;
use crate::memory::Bytes;
use crate::value::{Context, Raw};
use core::cell::Cell;
use rewind_guest::{GuestOptions, Host};
use rquickjs_sys as q;

/// Name that code from `$262.evalScript` and `$262.agent.start` goes by.
pub(crate) const UNNAMED_SCRIPT: &core::ffi::CStr = c"<evalScript>";

/// A runtime's surroundings. Lives as long as its runtime.
pub(crate) struct Session {
    /// The host's services; `None` in agents, for only the main thread may use them.
    pub(crate) host: Option<&'static Host>,
    /// Folder that module names are relative to.
    pub(crate) root: Bytes,
    /// Path of the case that runs, relative to the root; set by each run.
    case_path: Cell<(*const u8, usize)>,
    /// The engine asked for an imported module since [`Session::begin`], so
    /// parsing the case itself is over.
    pub(crate) resolving: Cell<bool>,
    /// Modules that are being parsed, one inside the other; no code of a test
    /// runs meanwhile.
    pub(crate) parsing: Cell<u32>,
    /// Errors of the host's own since the case began.
    pub(crate) host_errors: HostErrors,
    /// Where main agent and other agents meet.
    pub(crate) hub: &'static Hub,
    /// The agent that this runtime belongs to; `None` in the main agent.
    pub(crate) agent: Option<&'static Agent>,
    /// The engine's own `Atomics.notify`, `undefined` until it was saved.
    pub(crate) notify: Cell<Raw>,
    /// `$rewind.fault` is offered.
    pub(crate) faults: bool,
    /// `$rewind.marker` is offered, as it is with faults.
    pub(crate) markers: bool,
}

impl Session {
    /// The main agent's session.
    pub(crate) const fn main(
        host: &'static Host,
        root: Bytes,
        hub: &'static Hub,
        options: &GuestOptions,
    ) -> Self {
        Self {
            host: Some(host),
            root,
            case_path: Cell::new((core::ptr::null(), 0)),
            resolving: Cell::new(false),
            parsing: Cell::new(0),
            host_errors: HostErrors::new(),
            hub,
            agent: None,
            notify: Cell::new(q::JS_UNDEFINED),
            faults: options.faults,
            markers: options.markers,
        }
    }

    /// The session of another agent.
    pub(crate) const fn agent(root: Bytes, hub: &'static Hub, agent: &'static Agent) -> Self {
        Self {
            host: None,
            root,
            case_path: Cell::new((core::ptr::null(), 0)),
            resolving: Cell::new(false),
            parsing: Cell::new(0),
            host_errors: HostErrors::new(),
            hub,
            agent: Some(agent),
            notify: Cell::new(q::JS_UNDEFINED),
            faults: false,
            markers: false,
        }
    }

    /// A case begins whose name is `path`; `path` must outlive the case.
    pub(crate) fn begin(&self, path: &Bytes) {
        let path = path.as_slice();
        self.case_path.set((path.as_ptr(), path.len()));
        self.resolving.set(false);
    }

    /// Path of the case that runs; empty while there is none.
    pub(crate) fn case_path(&self) -> &[u8] {
        let (start, len) = self.case_path.get();
        if start.is_null() {
            return &[];
        }
        // SAFETY: `begin` was given a block that outlives the case.
        unsafe { core::slice::from_raw_parts(start, len) }
    }
}

impl Context {
    /// The session of its runtime.
    pub(crate) fn session(&self) -> &Session {
        // SAFETY: the runtime is live.
        let session = unsafe { q::JS_GetRuntimeOpaque(self.runtime()) }.cast::<Session>();
        // SAFETY: set by `attach` before any function of ours could be called,
        // never freed, and only ever shared.
        unsafe { &*session }
    }

    /// The block that the session of its runtime lies in.
    pub(crate) fn session_block(&self) -> *mut Session {
        // SAFETY: the runtime is live.
        unsafe { q::JS_GetRuntimeOpaque(self.runtime()) }.cast()
    }

    /// Puts `session` behind the runtime.
    pub(crate) fn attach(runtime: *mut q::JSRuntime, session: *mut Session) {
        // SAFETY: the runtime is live.
        unsafe { q::JS_SetRuntimeOpaque(runtime, session.cast()) };
    }
}
