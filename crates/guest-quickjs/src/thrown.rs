//! Turning a thrown value into texts for the host.
//!
//! Reading a value's properties may run the test's own getters. One that throws
//! costs its text, nothing more.

use crate::host_error::Kind;
use crate::value::{Context, Owned, Raw, Text, has_tag, is_object, is_string};
use core::ffi::CStr;
use core::hint::black_box;
use rewind_guest::Host;
use rquickjs_sys as q;

/// What the engine's out-of-memory error is called, and what it says.
const OUT_OF_MEMORY: (&[u8], &[u8]) = (b"InternalError", b"out of memory");
/// Size of the block that tells an engine out of memory from a `throw null`.
const PROBE_BYTES: usize = 64 << 10;

/// What an uncaught exception amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The host was told.
    Thrown,
    /// The engine ran out of memory; there is nothing to tell.
    OutOfMemory,
    /// It is an error of the host's own, which was told.
    HostError,
}

/// Tells the host name, message and stack of `value`.
pub(crate) fn tell(context: Context, host: &Host, value: &Owned) -> Told {
    let thrown = value.raw();
    if has_tag(thrown, q::JS_TAG_NULL) && !memory_is_left() {
        // The engine throws null when there is no memory for the error itself.
        return Told::OutOfMemory;
    }
    if let Some(kind) = context.session().host_errors.kind_of(thrown) {
        return host_error(context, host, kind, thrown);
    }
    let name = constructor_name(context, thrown);
    let message = message(context, thrown);
    let stack = if context.is_error(thrown) {
        property_text(context, thrown, c"stack")
    } else {
        None
    };
    let (name_text, message_text) = (bytes(name.as_ref()), bytes(message.as_ref()));
    if (name_text, message_text) == OUT_OF_MEMORY {
        return Told::OutOfMemory;
    }
    host.threw(name_text, message_text, bytes(stack.as_ref()));
    for text in [name, message, stack].into_iter().flatten() {
        context.free_text(text);
    }
    Told::Thrown
}

fn host_error(context: Context, host: &Host, kind: Kind, thrown: Raw) -> Told {
    let message = message(context, thrown);
    host.failed(kind.name(), bytes(message.as_ref()));
    if let Some(text) = message {
        context.free_text(text);
    }
    Told::HostError
}

fn bytes(text: Option<&Text>) -> &[u8] {
    text.map_or(&[], Text::as_slice)
}

fn memory_is_left() -> bool {
    // Without the box the compiler may take both calls out and the answer for yes.
    // SAFETY: any size may be asked for.
    let block = black_box(unsafe { libc::malloc(PROBE_BYTES) });
    // SAFETY: made above, or null.
    unsafe { libc::free(block) };
    !block.is_null()
}

/// `value.constructor.name`, or else `value.name`, if it is a string.
fn constructor_name(context: Context, value: Raw) -> Option<Text> {
    if !is_object(value) {
        return None;
    }
    let name = property(context, value, c"constructor").and_then(|constructor| {
        let name = if is_object(constructor.raw()) {
            string_property(context, constructor.raw(), c"name")
        } else {
            None
        };
        context.free(constructor);
        name
    });
    name.or_else(|| string_property(context, value, c"name"))
}

/// An object's `message`, if it has one, or else the value as text.
fn message(context: Context, value: Raw) -> Option<Text> {
    let own = if is_object(value) {
        property_text(context, value, c"message")
    } else {
        None
    };
    own.or_else(|| text(context, value))
        .or_else(|| symbol_text(context, value))
}

/// A property's value; `None` if it is undefined or its getter throws.
fn property(context: Context, object: Raw, name: &CStr) -> Option<Owned> {
    match context.get(object, name) {
        Ok(value) if has_tag(value.raw(), q::JS_TAG_UNDEFINED) => None,
        Ok(value) => Some(value),
        Err(pending) => {
            context.forget(pending);
            None
        }
    }
}

fn property_text(context: Context, object: Raw, name: &CStr) -> Option<Text> {
    let value = property(context, object, name)?;
    let text = text(context, value.raw());
    context.free(value);
    text
}

/// Like [`property_text`], for strings only and not for the empty one.
fn string_property(context: Context, object: Raw, name: &CStr) -> Option<Text> {
    let value = property(context, object, name)?;
    let text = if is_string(value.raw()) {
        text(context, value.raw())
    } else {
        None
    };
    context.free(value);
    text.filter(|text| !text.as_slice().is_empty())
}

/// A value by ToString; `None` if that throws.
fn text(context: Context, value: Raw) -> Option<Text> {
    match context.text(value) {
        Ok(text) => Some(text),
        Err(pending) => {
            context.forget(pending);
            None
        }
    }
}

/// A symbol's description: symbols have no ToString.
fn symbol_text(context: Context, value: Raw) -> Option<Text> {
    if !has_tag(value, q::JS_TAG_SYMBOL) {
        return None;
    }
    let description = property(context, value, c"description")?;
    let text = text(context, description.raw());
    context.free(description);
    text
}
