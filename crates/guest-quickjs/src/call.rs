//! Functions of ours that the engine calls.
//!
//! The engine knows them by a code address alone. So each is a function item,
//! and its type, which has no size, stands for it in one generic entry.

use crate::value::{Context, Owned, Pending, Raw, Returned};
use core::ffi::CStr;
use libc::c_int;
use rquickjs_sys as q;

impl Context {
    /// A function that runs `native`.
    ///
    /// `native` has to be a function item or a closure that captures nothing:
    /// the engine keeps a code address only.
    pub(crate) fn function<F>(self, native: F, name: &CStr, length: c_int) -> Returned
    where
        F: Fn(&Call) -> Returned + Copy + 'static,
    {
        const { assert!(size_of::<F>() == 0, "the engine can't keep captured values") };
        let _ = native;
        // SAFETY: the context is live; `enter` has the signature that `generic` calls for.
        self.check(unsafe {
            q::JS_NewCFunction2(
                self.raw(),
                Some(enter::<F>),
                name.as_ptr(),
                length,
                q::JSCFunctionEnum_JS_CFUNC_generic,
                0,
            )
        })
    }

    /// Defines a function as a method: writable and configurable, not enumerable.
    pub(crate) fn method<F>(
        self,
        object: &Owned,
        native: F,
        name: &CStr,
        length: c_int,
    ) -> Result<(), Pending>
    where
        F: Fn(&Call) -> Returned + Copy + 'static,
    {
        let function = self.function(native, name, length)?;
        self.define(object, name, function)
    }
}

/// One call of a function of ours.
pub(crate) struct Call {
    /// The realm that the function belongs to (not its caller's).
    pub(crate) context: Context,
    arguments: *const Raw,
    count: usize,
}

impl Call {
    /// The argument at `index`, `undefined` if there is none.
    pub(crate) fn argument(&self, index: usize) -> Raw {
        self.arguments()
            .get(index)
            .copied()
            .unwrap_or(q::JS_UNDEFINED)
    }

    /// All arguments.
    pub(crate) const fn arguments(&self) -> &[Raw] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: the engine passed `count` arguments, held during the call.
        unsafe { core::slice::from_raw_parts(self.arguments, self.count) }
    }
}

/// What the engine calls; `F` is a function item, so its type says which.
unsafe extern "C" fn enter<F>(
    context: *mut q::JSContext,
    _this: Raw,
    count: c_int,
    arguments: *mut Raw,
) -> Raw
where
    F: Fn(&Call) -> Returned + Copy + 'static,
{
    let call = Call {
        // SAFETY: the engine passes the function's realm, which lives during the call.
        context: unsafe { Context::from_raw(context) },
        arguments: arguments.cast_const(),
        count: usize::try_from(count).unwrap_or(0),
    };
    // SAFETY: `F` has no size and is `Copy`, and `Context::function` was given
    // one, so one more of it can be had from nothing.
    let native: F = unsafe { core::mem::zeroed() };
    match native(&call) {
        Ok(value) => value.into_raw(),
        Err(Pending) => q::JS_EXCEPTION,
    }
}
