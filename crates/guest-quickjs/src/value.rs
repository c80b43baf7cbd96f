//! Thin wrappers over the engine's values and context.
//!
//! Ownership is by hand, as in C: an [`Owned`] is one count of a value, which is
//! given to the engine, freed, or left to the restore. There is no `Drop`, since
//! a fault may end the guest at any instruction.

use crate::memory::Bytes;
use core::ffi::CStr;
use libc::{c_char, c_int};
use rquickjs_sys as q;

/// A value that somebody else holds a count of.
pub(crate) type Raw = q::JSValue;

/// An exception is pending in the runtime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending;

/// A value, or a pending exception.
pub(crate) type Returned = Result<Owned, Pending>;

/// One count of a value.
#[must_use]
pub(crate) struct Owned(Raw);

impl Owned {
    /// `undefined`.
    pub(crate) const UNDEFINED: Self = Self(q::JS_UNDEFINED);
    /// `null`.
    pub(crate) const NULL: Self = Self(q::JS_NULL);

    /// A number.
    pub(crate) fn number(value: f64) -> Self {
        Self(q::JS_NewFloat64(value))
    }

    /// A boolean.
    pub(crate) const fn boolean(value: bool) -> Self {
        Self(if value { q::JS_TRUE } else { q::JS_FALSE })
    }

    /// Takes over a count that the engine handed out.
    pub(crate) const fn from_raw(value: Raw) -> Self {
        Self(value)
    }

    /// The value, for calls that only borrow it.
    pub(crate) const fn raw(&self) -> Raw {
        self.0
    }

    /// The value, for calls that take the count.
    pub(crate) const fn into_raw(self) -> Raw {
        self.0
    }
}

/// The value has the tag `tag`.
pub(crate) fn has_tag(value: Raw, tag: c_int) -> bool {
    value.tag == i64::from(tag)
}

/// The value is a string, flat or not.
pub(crate) fn is_string(value: Raw) -> bool {
    has_tag(value, q::JS_TAG_STRING) || has_tag(value, q::JS_TAG_STRING_ROPE)
}

/// The value is an object.
pub(crate) fn is_object(value: Raw) -> bool {
    has_tag(value, q::JS_TAG_OBJECT)
}

/// The value is a BigInt.
pub(crate) fn is_bigint(value: Raw) -> bool {
    has_tag(value, q::JS_TAG_BIG_INT) || has_tag(value, q::JS_TAG_SHORT_BIG_INT)
}

/// Both are the same object.
pub(crate) fn is_same_object(one: Raw, other: Raw) -> bool {
    // SAFETY: an object's payload is its pointer.
    let pointer = |value: Raw| unsafe { value.u.ptr };
    is_object(one) && is_object(other) && pointer(one) == pointer(other)
}

/// A value's text in UTF-8, held by the engine.
#[must_use]
pub(crate) struct Text {
    start: *const c_char,
    len: usize,
}

impl Text {
    /// Its bytes.
    pub(crate) const fn as_slice(&self) -> &[u8] {
        // SAFETY: the engine made `len` bytes at `start`, and keeps them until
        // `Context::free_text` consumes `self`.
        unsafe { core::slice::from_raw_parts(self.start.cast(), self.len) }
    }

    /// The same as a C string.
    pub(crate) const fn as_c(&self) -> *const c_char {
        self.start
    }
}

/// A realm of the engine, used from its runtime's thread.
///
/// Invariant: the pointer is live. It is made from what the engine returned or
/// passed in, and contexts are only freed by the engine itself, or never.
#[derive(Clone, Copy)]
pub(crate) struct Context(*mut q::JSContext);

impl Context {
    /// # Safety
    /// `context` is live as long as the result is used, on its runtime's thread.
    pub(crate) const unsafe fn from_raw(context: *mut q::JSContext) -> Self {
        Self(context)
    }

    /// The pointer itself, for calls that aren't wrapped.
    pub(crate) const fn raw(self) -> *mut q::JSContext {
        self.0
    }

    /// Its runtime.
    pub(crate) fn runtime(self) -> *mut q::JSRuntime {
        // SAFETY: the context is live.
        unsafe { q::JS_GetRuntime(self.0) }
    }

    /// Sorts a value from the engine into a result.
    pub(crate) fn check(self, value: Raw) -> Returned {
        if has_tag(value, q::JS_TAG_EXCEPTION) {
            Err(Pending)
        } else {
            Ok(Owned(value))
        }
    }

    /// Another count of `value`.
    pub(crate) fn dup(self, value: Raw) -> Owned {
        // SAFETY: the context is live and `value` is held by the caller's caller.
        Owned(unsafe { q::JS_DupValue(self.0, value) })
    }

    /// Gives a count back.
    pub(crate) fn free(self, value: Owned) {
        // SAFETY: the context is live, and `value` is one count that is consumed.
        unsafe { q::JS_FreeValue(self.0, value.0) };
    }

    /// The global object.
    pub(crate) fn global(self) -> Owned {
        // SAFETY: the context is live.
        Owned(unsafe { q::JS_GetGlobalObject(self.0) })
    }

    /// A new ordinary object.
    pub(crate) fn object(self) -> Returned {
        // SAFETY: the context is live.
        self.check(unsafe { q::JS_NewObject(self.0) })
    }

    /// A new string from UTF-8.
    pub(crate) fn string(self, text: &[u8]) -> Returned {
        // SAFETY: the context is live and `text` has the length given.
        self.check(unsafe { q::JS_NewStringLen(self.0, text.as_ptr().cast(), size(text.len())) })
    }

    /// Reads a property; getters run.
    pub(crate) fn get(self, object: Raw, name: &CStr) -> Returned {
        // SAFETY: the context is live, `object` is held by the caller.
        self.check(unsafe { q::JS_GetPropertyStr(self.0, object, name.as_ptr()) })
    }

    /// Defines a property that is writable and configurable, not enumerable.
    pub(crate) fn define(self, object: &Owned, name: &CStr, value: Owned) -> Result<(), Pending> {
        self.define_with(
            object,
            name,
            value,
            q::JS_PROP_WRITABLE | q::JS_PROP_CONFIGURABLE,
        )
    }

    /// Defines a property as an assignment would: enumerable as well.
    pub(crate) fn define_plain(
        self,
        object: &Owned,
        name: &CStr,
        value: Owned,
    ) -> Result<(), Pending> {
        self.define_with(object, name, value, q::JS_PROP_C_W_E)
    }

    fn define_with(
        self,
        object: &Owned,
        name: &CStr,
        value: Owned,
        flags: u32,
    ) -> Result<(), Pending> {
        // SAFETY: the context is live, `object` is held, the count of `value` is given away.
        let defined = unsafe {
            q::JS_DefinePropertyValueStr(
                self.0,
                object.0,
                name.as_ptr(),
                value.into_raw(),
                flags.cast_signed(),
            )
        };
        if defined < 0 { Err(Pending) } else { Ok(()) }
    }

    /// Calls `function` with `undefined` as its `this`; keeps no argument.
    pub(crate) fn call(self, function: Raw, arguments: &mut [Raw]) -> Returned {
        let count = c_int::try_from(arguments.len()).unwrap_or(c_int::MAX);
        // SAFETY: the context is live, the values are held by the caller, and
        // there are `count` of them.
        self.check(unsafe {
            q::JS_Call(
                self.0,
                function,
                q::JS_UNDEFINED,
                count,
                arguments.as_mut_ptr(),
            )
        })
    }

    /// The text of a value by ToString; user code may run.
    pub(crate) fn text(self, value: Raw) -> Result<Text, Pending> {
        let mut len = 0;
        // SAFETY: the context is live, `value` is held by the caller, `len` is written.
        let start = unsafe { q::JS_ToCStringLen2(self.0, &raw mut len, value, false) };
        if start.is_null() {
            return Err(Pending);
        }
        Ok(Text {
            start,
            len: usize::try_from(len).unwrap_or(0),
        })
    }

    /// Gives a text back.
    pub(crate) fn free_text(self, text: Text) {
        // SAFETY: the text is the engine's and is consumed.
        unsafe { q::JS_FreeCString(self.0, text.start) };
    }

    /// A value's text, copied out of the engine.
    pub(crate) fn bytes(self, value: Raw) -> Result<Bytes, Pending> {
        let text = self.text(value)?;
        let copy = Bytes::concat(&[text.as_slice()]);
        self.free_text(text);
        copy.ok_or_else(|| self.out_of_memory())
    }

    /// Takes the pending exception out of the runtime.
    pub(crate) fn exception(self) -> Owned {
        // SAFETY: the context is live.
        Owned(unsafe { q::JS_GetException(self.0) })
    }

    /// Throws away the pending exception.
    pub(crate) fn forget(self, _: Pending) {
        let exception = self.exception();
        self.free(exception);
    }

    /// Throws `value`.
    pub(crate) fn throw(self, value: Owned) -> Pending {
        // SAFETY: the context is live and the count of `value` is given away.
        unsafe { q::JS_Throw(self.0, value.into_raw()) };
        Pending
    }

    /// Throws a TypeError.
    pub(crate) fn type_error(self, message: &CStr) -> Pending {
        // SAFETY: the context is live; the format takes one C string.
        unsafe { q::JS_ThrowTypeError(self.0, c"%s".as_ptr(), message.as_ptr()) };
        Pending
    }

    /// Throws the engine's out-of-memory error.
    pub(crate) fn out_of_memory(self) -> Pending {
        // SAFETY: the context is live.
        unsafe { q::JS_ThrowOutOfMemory(self.0) };
        Pending
    }

    /// Converts to an unsigned 32-bit integer.
    pub(crate) fn to_u32(self, value: Raw) -> Result<u32, Pending> {
        self.to_i32(value).map(i32::cast_unsigned)
    }

    /// Converts to a signed 32-bit integer.
    pub(crate) fn to_i32(self, value: Raw) -> Result<i32, Pending> {
        let mut number = 0;
        // SAFETY: the context is live, `value` is held by the caller, `number` is written.
        if unsafe { q::JS_ToInt32(self.0, &raw mut number, value) } < 0 {
            return Err(Pending);
        }
        Ok(number)
    }

    /// Converts to a signed 64-bit integer as BigInt does.
    pub(crate) fn to_big_i64(self, value: Raw) -> Result<i64, Pending> {
        let mut number = 0;
        // SAFETY: as in `to_i32`.
        if unsafe { q::JS_ToBigInt64(self.0, &raw mut number, value) } < 0 {
            return Err(Pending);
        }
        Ok(number)
    }

    /// The value can be called.
    pub(crate) fn is_function(self, value: Raw) -> bool {
        // SAFETY: the context is live, `value` is held by the caller.
        unsafe { q::JS_IsFunction(self.0, value) }
    }

    /// The value is an Error object.
    pub(crate) fn is_error(self, value: Raw) -> bool {
        // SAFETY: `value` is held by the caller.
        unsafe { q::JS_IsError(value) }
    }
}

/// A length as the engine's `size_t`.
pub(crate) const fn size(len: usize) -> q::size_t {
    len as q::size_t
}
