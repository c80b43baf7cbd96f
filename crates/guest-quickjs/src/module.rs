//! The module loader: specifiers become names relative to the root, names
//! become files, files become modules.
//!
//! JavaScript, JSON, text and bytes modules are known; the attribute `type`
//! chooses, and without it the suffix `.json`. No other attribute is.

use crate::file::{self, Unread};
use crate::host_error::Kind as ErrorKind;
use crate::memory::Bytes;
use crate::name;
use crate::session::Session;
use crate::value::{Context, Owned, Pending, Raw, Returned, has_tag, is_string, size};
use core::ffi::CStr;
use libc::{c_char, c_int, c_void};
use rquickjs_sys as q;

/// What the file behind a name is taken for.
#[derive(Clone, Copy)]
enum Kind {
    Script,
    Json,
    Text,
    Bytes,
}

/// Tells the engine to load modules through this file's functions.
pub(crate) fn install(runtime: *mut q::JSRuntime) {
    // SAFETY: the runtime is live, and the functions have the signatures called for.
    unsafe {
        q::JS_SetModuleLoaderFunc2(
            runtime,
            Some(normalize),
            Some(load),
            Some(check_attributes),
            core::ptr::null_mut(),
        );
    }
}

/// Defines `import.meta.url` and `import.meta.main` of a compiled module.
pub(crate) fn define_meta(context: Context, module: Raw, is_main: bool) -> Result<(), Pending> {
    let definition = definition(module);
    // SAFETY: `module` is a module, so its pointer is the definition; both live.
    let name = unsafe { q::JS_GetModuleName(context.raw(), definition) };
    // SAFETY: `name` is a count of an atom, freed below.
    let name_value = context.check(unsafe { q::JS_AtomToString(context.raw(), name) });
    // SAFETY: as above.
    unsafe { q::JS_FreeAtom(context.raw(), name) };
    let url = url(context, name_value?)?;
    // SAFETY: as for the name.
    let meta = context.check(unsafe { q::JS_GetImportMeta(context.raw(), definition) })?;
    context.define_plain(&meta, c"url", url)?;
    context.define_plain(&meta, c"main", Owned::boolean(is_main))?;
    context.free(meta);
    Ok(())
}

/// `file://`, root and name.
fn url(context: Context, name: Owned) -> Result<Owned, Pending> {
    let text = context.text(name.raw())?;
    let root = context.session().root.as_slice();
    let url = Bytes::concat(&[b"file://", root, b"/", text.as_slice()])
        .ok_or_else(|| context.out_of_memory())?;
    context.free_text(text);
    context.free(name);
    let value = context.string(url.as_slice());
    url.free();
    value
}

/// What a module value points at.
const fn definition(module: Raw) -> *mut q::JSModuleDef {
    // SAFETY: the callers pass values tagged as modules, which hold a pointer.
    unsafe { module.u.ptr }.cast()
}

/// Engine's hook: the name of the module that `specifier` means in `base`, in
/// memory of the engine; null with an exception pending if there is none.
unsafe extern "C" fn normalize(
    context: *mut q::JSContext,
    base: *const c_char,
    specifier: *const c_char,
    _opaque: *mut c_void,
) -> *mut c_char {
    // SAFETY: the engine passes a live context.
    let context = unsafe { Context::from_raw(context) };
    // SAFETY: the engine passes a C string.
    let base = unsafe { CStr::from_ptr(base) };
    // SAFETY: as above.
    let specifier = unsafe { CStr::from_ptr(specifier) };
    let session = context.session();
    session.resolving.set(true);
    let base = importing_file(session, base.to_bytes());
    let room = base.len() + specifier.to_bytes().len() + 2;
    // SAFETY: the context is live.
    let out = unsafe { q::js_mallocz(context.raw(), size(room)) }.cast::<u8>();
    if out.is_null() {
        return core::ptr::null_mut();
    }
    // SAFETY: the block is zeroed and has `room` bytes, of which the last stays a NUL.
    let buffer = unsafe { core::slice::from_raw_parts_mut(out, room - 1) };
    if let Some(len) = name::resolve(base, specifier.to_bytes(), buffer) {
        // What a `..` took back may still stand behind the name.
        if let Some(end) = buffer.get_mut(len) {
            *end = 0;
        }
        return out.cast();
    }
    // SAFETY: `out` is the engine's and was given to nobody.
    unsafe { q::js_free(context.raw(), out.cast()) };
    cannot_load(context, specifier);
    core::ptr::null_mut()
}

/// Code that is in no file (`<evalScript>`, say) imports as the case would.
fn importing_file<'a>(session: &'a Session, base: &'a [u8]) -> &'a [u8] {
    if base.starts_with(b"<") {
        session.case_path()
    } else {
        base
    }
}

/// Throws for a module that isn't there.
fn cannot_load(context: Context, name: &CStr) -> Pending {
    let format = c"no module '%s' below the corpus root";
    // SAFETY: the context is live; the format takes one C string.
    unsafe { q::JS_ThrowReferenceError(context.raw(), format.as_ptr(), name.as_ptr()) };
    let errors = &context.session().host_errors;
    errors.note(context, ErrorKind::MissingModule, Pending)
}

/// Engine's hook: the module called `name`; null with an exception pending if
/// it can't be had.
unsafe extern "C" fn load(
    context: *mut q::JSContext,
    name: *const c_char,
    _opaque: *mut c_void,
    attributes: Raw,
) -> *mut q::JSModuleDef {
    // SAFETY: the engine passes a live context.
    let context = unsafe { Context::from_raw(context) };
    // SAFETY: the engine passes a C string.
    let name = unsafe { CStr::from_ptr(name) };
    make(context, name, attributes).unwrap_or(core::ptr::null_mut())
}

fn make(context: Context, name: &CStr, attributes: Raw) -> Result<*mut q::JSModuleDef, Pending> {
    let kind = kind(context, name, attributes)?;
    let root = context.session().root.as_slice();
    let path =
        Bytes::concat(&[root, b"/", name.to_bytes()]).ok_or_else(|| context.out_of_memory())?;
    let contents = match context.session().host {
        Some(host) => host.own_calls(|| file::read(&path)),
        // An agent's thread isn't watched.
        None => file::read(&path),
    };
    let contents = contents.map_err(|unread| match unread {
        Unread::Missing => cannot_load(context, name),
        Unread::NoMemory => context.out_of_memory(),
    });
    path.free();
    let contents = contents?;
    let module = match kind {
        Kind::Script => script(context, name, &contents),
        Kind::Json => json(context, name, &contents).and_then(|value| wrap(context, name, value)),
        Kind::Text => context
            .string(contents.as_slice())
            .and_then(|value| wrap(context, name, value)),
        Kind::Bytes => bytes(context, &contents).and_then(|value| wrap(context, name, value)),
    };
    contents.free();
    module
}

/// What the attributes, or else the suffix, take the file for.
fn kind(context: Context, name: &CStr, attributes: Raw) -> Result<Kind, Pending> {
    let by_suffix = if name.to_bytes().ends_with(b".json") {
        Kind::Json
    } else {
        Kind::Script
    };
    if has_tag(attributes, q::JS_TAG_UNDEFINED) {
        return Ok(by_suffix);
    }
    let wanted = context.get(attributes, c"type")?;
    if !is_string(wanted.raw()) {
        context.free(wanted);
        return Ok(by_suffix);
    }
    let text = context.text(wanted.raw())?;
    let kind = match text.as_slice() {
        b"json" => Ok(Kind::Json),
        b"text" => Ok(Kind::Text),
        b"bytes" => Ok(Kind::Bytes),
        _ => {
            let format = c"modules of type '%s' are not supported";
            // SAFETY: the context is live; the format takes one C string.
            unsafe { q::JS_ThrowTypeError(context.raw(), format.as_ptr(), text.as_c()) };
            let errors = &context.session().host_errors;
            Err(errors.note(context, ErrorKind::UnsupportedModule, Pending))
        }
    };
    context.free_text(text);
    context.free(wanted);
    kind
}

/// A module of JavaScript.
fn script(context: Context, name: &CStr, source: &Bytes) -> Result<*mut q::JSModuleDef, Pending> {
    let module = compile(context, name.as_ptr(), source)?;
    define_meta(context, module.raw(), false)?;
    let definition = definition(module.raw());
    // The engine's list of modules holds it as well.
    context.free(module);
    Ok(definition)
}

/// Compiles a module and all that it imports. `name` is a C string.
pub(crate) fn compile(context: Context, name: *const c_char, source: &Bytes) -> Returned {
    let parsing = &context.session().parsing;
    parsing.set(parsing.get() + 1);
    let flags = q::JS_EVAL_TYPE_MODULE | q::JS_EVAL_FLAG_COMPILE_ONLY;
    // SAFETY: the context is live, source and name are followed by a NUL.
    let module = context.check(unsafe {
        q::JS_Eval(
            context.raw(),
            source.as_c(),
            size(source.len()),
            name,
            flags.cast_signed(),
        )
    });
    parsing.set(parsing.get() - 1);
    module
}

fn json(context: Context, name: &CStr, text: &Bytes) -> Result<Owned, Pending> {
    // SAFETY: the context is live, and the text is followed by a NUL.
    context.check(unsafe {
        q::JS_ParseJSON(context.raw(), text.as_c(), size(text.len()), name.as_ptr())
    })
}

/// An Uint8Array over an immutable buffer.
fn bytes(context: Context, contents: &Bytes) -> Result<Owned, Pending> {
    let slice = contents.as_slice();
    // SAFETY: the context is live, and `slice` has the length given.
    let array = context.check(unsafe {
        q::JS_NewUint8ArrayCopy(context.raw(), slice.as_ptr(), size(slice.len()))
    })?;
    let none = core::ptr::null_mut();
    // SAFETY: `array` is a typed array that is held; the sizes aren't asked for.
    let buffer = context.check(unsafe {
        q::JS_GetTypedArrayBuffer(context.raw(), array.raw(), none, none, none)
    })?;
    // SAFETY: `buffer` is an ArrayBuffer that is held.
    unsafe { q::JS_SetImmutableArrayBuffer(buffer.raw(), true) };
    context.free(buffer);
    Ok(array)
}

/// A module whose one export, `default`, is `value`.
fn wrap(context: Context, name: &CStr, value: Owned) -> Result<*mut q::JSModuleDef, Pending> {
    // SAFETY: the context is live, `name` is a C string.
    let module = unsafe { q::JS_NewCModule(context.raw(), name.as_ptr(), Some(export_default)) };
    if module.is_null() {
        return Err(Pending);
    }
    // SAFETY: the module was made above.
    if unsafe { q::JS_AddModuleExport(context.raw(), module, c"default".as_ptr()) } < 0 {
        return Err(Pending);
    }
    // SAFETY: as above; the count of `value` is given away.
    unsafe { q::JS_SetModulePrivateValue(context.raw(), module, value.into_raw()) };
    Ok(module)
}

/// Engine's hook: evaluates a module made by [`wrap`].
unsafe extern "C" fn export_default(
    context: *mut q::JSContext,
    module: *mut q::JSModuleDef,
) -> c_int {
    // SAFETY: the engine passes a live context and module.
    let value = unsafe { q::JS_GetModulePrivateValue(context, module) };
    // SAFETY: as above; the count of `value` is given away.
    unsafe { q::JS_SetModuleExport(context, module, c"default".as_ptr(), value) }
}

/// Engine's hook: 0 if every attribute's key is known, -1 with an exception
/// pending otherwise. Values are looked at when the module is loaded.
unsafe extern "C" fn check_attributes(
    context: *mut q::JSContext,
    _opaque: *mut c_void,
    attributes: Raw,
) -> c_int {
    let mut table = core::ptr::null_mut();
    let mut count = 0;
    let flags = q::JS_GPN_ENUM_ONLY | q::JS_GPN_STRING_MASK;
    // SAFETY: the engine passes a live context and an object; both results are written.
    let listed = unsafe {
        q::JS_GetOwnPropertyNames(
            context,
            &raw mut table,
            &raw mut count,
            attributes,
            flags.cast_signed(),
        )
    };
    if listed < 0 {
        return -1;
    }
    // SAFETY: the engine passes a live context.
    let context = unsafe { Context::from_raw(context) };
    let mut known = 0;
    for index in 0..count as usize {
        // SAFETY: the table has `count` entries.
        let entry = unsafe { table.add(index) };
        // SAFETY: as above.
        let key = unsafe { (*entry).atom };
        if check_key(context, key).is_err() {
            // Not the parser's business, though it's the parser that asks.
            context.session().resolving.set(true);
            known = -1;
            break;
        }
    }
    // SAFETY: the table is the engine's and is freed once.
    unsafe { q::JS_FreePropertyEnum(context.raw(), table, count) };
    known
}

/// Refuses keys other than `type`. An `import` declaration gets the SyntaxError
/// of a module that can't be loaded, an `import()` a TypeError, as the language
/// has it.
fn check_key(context: Context, key: q::JSAtom) -> Result<(), Pending> {
    // SAFETY: the context is live and the table holds the atom.
    let key = context.check(unsafe { q::JS_AtomToString(context.raw(), key) })?;
    let text = context.text(key.raw())?;
    let known = text.as_slice() == b"type";
    if !known {
        let throw = if context.session().parsing.get() > 0 {
            q::JS_ThrowSyntaxError
        } else {
            q::JS_ThrowTypeError
        };
        let format = c"import attribute '%s' is not supported";
        // SAFETY: the context is live; the format takes one C string.
        unsafe { throw(context.raw(), format.as_ptr(), text.as_c()) };
    }
    context.free_text(text);
    context.free(key);
    if known { Ok(()) } else { Err(Pending) }
}
