//! State of the C library and of the thread: environment, locale, random
//! numbers, buffers, keys, modes of arithmetic.

use crate::scene::{Action, Done, Failure, Scene, check, check_pointer};
use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::ptr;

unsafe extern "C" {
    fn tzset();
    static timezone: c_long;
    static mut stdout: *mut libc::FILE;
    static stderr: *mut libc::FILE;
    static program_invocation_name: *mut c_char;
    fn fegetround() -> c_int;
    fn fesetround(mode: c_int) -> c_int;
    fn feenableexcept(which: c_int) -> c_int;
    fn fegetexcept() -> c_int;
    fn ungetc(byte: c_int, stream: *mut libc::FILE) -> c_int;
    static stdin: *mut libc::FILE;
    fn __cxa_finalize(object: *mut c_void);
}

/// Bytes of a stream of glibc's on this machine before the pointer to its functions.
const GLIBC_TABLE: usize = 216;

pub(crate) const TABLE: &[Action] = &[
    ("setenv", |scene| {
        let (name, value) = (scene.text()?, scene.text()?);
        // SAFETY: C strings.
        check("setenv", unsafe {
            libc::setenv(name.as_ptr(), value.as_ptr(), 1)
        })
        .map(drop)
    }),
    ("unsetenv", |scene| {
        let name = scene.text()?;
        // SAFETY: a C string.
        check("unsetenv", unsafe { libc::unsetenv(name.as_ptr()) }).map(drop)
    }),
    ("scribble-env", |scene| {
        let name = scene.text()?;
        // SAFETY: a C string.
        let value = check_pointer("getenv", unsafe { libc::getenv(name.as_ptr()) })?;
        // SAFETY: the variable's own text, which a process may change in place.
        unsafe { value.write(b'#'.cast_signed()) };
        Ok(())
    }),
    ("print-env", |scene| {
        let name = scene.text()?;
        // SAFETY: a C string.
        let value = unsafe { libc::getenv(name.as_ptr()) };
        say_text(scene, "env", value)
    }),
    ("scribble-name", |_| {
        // SAFETY: the C library's variable; it points to the first argument.
        unsafe { program_invocation_name.write(b'#'.cast_signed()) };
        Ok(())
    }),
    ("print-argument", |scene| {
        // SAFETY: the C library's variable; it points to the first argument.
        let first = unsafe { program_invocation_name.read() };
        scene.say(format_args!("argument begins with {first}"))
    }),
    ("setlocale", |scene| {
        let name = scene.text()?;
        // SAFETY: a C string.
        check_pointer("setlocale", unsafe {
            libc::setlocale(libc::LC_ALL, name.as_ptr())
        })
        .map(drop)
    }),
    ("print-locale", |scene| {
        // SAFETY: null only asks.
        let name = unsafe { libc::setlocale(libc::LC_ALL, ptr::null()) };
        say_text(scene, "locale", name)
    }),
    ("srandom", |scene| {
        let seed = scene.number()?;
        // SAFETY: takes a number.
        unsafe { libc::srand(seed) };
        Ok(())
    }),
    ("print-random", |scene| {
        // SAFETY: takes nothing.
        let number = unsafe { libc::rand() };
        scene.say(format_args!("random {number}"))
    }),
    ("time-zone", |scene| {
        let name = scene.text()?;
        // SAFETY: C strings.
        unsafe { libc::setenv(c"TZ".as_ptr(), name.as_ptr(), 1) };
        // SAFETY: takes nothing.
        unsafe { tzset() };
        Ok(())
    }),
    ("print-time-zone", |scene| {
        // SAFETY: the C library's variable.
        let seconds = unsafe { timezone };
        scene.say(format_args!("time zone {seconds}"))
    }),
    ("buffer", |scene| {
        let text = scene.text()?;
        let place = &raw const stdout;
        // SAFETY: the C library's variable.
        let stream = unsafe { place.read() };
        // SAFETY: a C string and the C library's stream.
        check("fputs", unsafe { libc::fputs(text.as_ptr(), stream) }).map(drop)
    }),
    ("buffer-errors", |scene| {
        let text = scene.text()?;
        // SAFETY: the C library's stream gets a buffer of its own.
        let buffered =
            unsafe { libc::setvbuf(stderr, ptr::null_mut(), libc::_IOFBF, libc::BUFSIZ as usize) };
        check("setvbuf", buffered)?;
        // SAFETY: a C string and the C library's stream.
        check("fputs", unsafe { libc::fputs(text.as_ptr(), stderr) }).map(drop)
    }),
    ("damage-stream", |scene| {
        let what = scene.text()?;
        // SAFETY: a C string.
        let what = unsafe { CStr::from_ptr(what.as_ptr()) };
        let place = &raw mut stdout;
        // SAFETY: the C library's variable.
        let stream = unsafe { place.read() };
        let nowhere = ptr::without_provenance_mut::<c_void>(8);
        if what == c"place" {
            // SAFETY: whoever uses it faults, as is wanted.
            unsafe { place.write(nowhere.cast()) };
        } else {
            // SAFETY: glibc's streams end with a pointer to their functions.
            let table = unsafe { stream.cast::<u8>().add(GLIBC_TABLE) };
            // SAFETY: as above; it is writable, and aligned as pointers are.
            unsafe { table.cast::<*mut c_void>().write(nowhere) };
        }
        Ok(())
    }),
    ("flush", |_| {
        // SAFETY: null flushes every stream.
        check("fflush", unsafe { libc::fflush(ptr::null_mut()) }).map(drop)
    }),
    ("strtok", |scene| {
        // SAFETY: the guest's page holds what is cut up.
        unsafe { ptr::copy_nonoverlapping(c"a b c".as_ptr(), scene.page.cast(), 6) };
        // SAFETY: a C string of the guest's own.
        unsafe { libc::strtok(scene.page.cast(), c" ".as_ptr()) };
        Ok(())
    }),
    ("print-strtok", |scene| {
        // SAFETY: null goes on where it stopped.
        let next = unsafe { libc::strtok(ptr::null_mut(), c" ".as_ptr()) };
        say_text(scene, "token", next)
    }),
    ("atexit", |_| {
        // SAFETY: the function does nothing but write a line.
        check("atexit", unsafe { libc::atexit(at_exit) }).map(drop)
    }),
    ("finalize", |_| {
        // SAFETY: runs what is to be run at exit; a restore brings it back.
        unsafe { __cxa_finalize(ptr::null_mut()) };
        Ok(())
    }),
    ("push-back", |_| {
        // SAFETY: the C library's stream.
        check("ungetc", unsafe { ungetc(c_int::from(b'x'), stdin) }).map(drop)
    }),
    ("print-next", |scene| {
        // SAFETY: the C library's stream.
        let next = unsafe { libc::fgetc(stdin) };
        scene.say(format_args!("next {next}"))
    }),
    ("open-stream", |scene| {
        let (path, text) = (scene.text()?, scene.text()?);
        // SAFETY: C strings.
        let stream = unsafe { libc::fopen(path.as_ptr(), c"w".as_ptr()) };
        let stream = check_pointer("fopen", stream)?;
        // SAFETY: opened above; the text stays in its buffer.
        check("fputs", unsafe { libc::fputs(text.as_ptr(), stream) }).map(drop)
    }),
    ("dlopen", |scene| {
        let name = scene.text()?;
        // SAFETY: a library of the C library's own.
        let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW) };
        if library.is_null() {
            Err(Failure {
                call: "dlopen",
                errno: libc::ENOENT,
            })
        } else {
            Ok(())
        }
    }),
    ("print-loaded", |scene| {
        let name = scene.text()?;
        // SAFETY: this only asks.
        let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD) };
        scene.say(format_args!("loaded {}", !library.is_null()))
    }),
    ("round", |scene| {
        let mode = scene.number()?;
        // SAFETY: takes a number.
        check("fesetround", unsafe { fesetround(mode) }).map(drop)
    }),
    ("print-round", |scene| {
        // SAFETY: takes nothing.
        let mode = unsafe { fegetround() };
        scene.say(format_args!("round {mode}"))
    }),
    ("trap-arithmetic", |_| {
        const ALL: c_int = 0x3d;
        // SAFETY: takes a number.
        check("feenableexcept", unsafe { feenableexcept(ALL) }).map(drop)
    }),
    ("print-trapped", |scene| {
        // SAFETY: takes nothing.
        let which = unsafe { fegetexcept() };
        scene.say(format_args!("trapped {which}"))
    }),
    ("errno", |scene| {
        let value = scene.number()?;
        // SAFETY: errno's address is always valid.
        let place = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        unsafe { place.write(value) };
        Ok(())
    }),
    ("print-errno", |scene| {
        scene.say(format_args!("errno {}", crate::scene::errno()))
    }),
    ("specific", |_| specific(1)),
    ("many-specific", |_| specific(40)),
    ("print-specific", print_specific),
    ("call", |scene| {
        let name = scene.text()?;
        // SAFETY: a C string.
        let function = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        let function = check_pointer("dlsym", function)?;
        // SAFETY: used with functions that take one number.
        let function =
            unsafe { core::mem::transmute::<*mut c_void, extern "C" fn(c_int)>(function) };
        function(3);
        Ok(())
    }),
];

extern "C" fn at_exit() {
    let text = b"at exit\n";
    // SAFETY: as long as said.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

fn say_text(scene: &mut Scene<'_>, what: &str, text: *const c_char) -> Done {
    if text.is_null() {
        return scene.say(format_args!("{what} none"));
    }
    // SAFETY: the C library gave a C string.
    let text = unsafe { CStr::from_ptr(text) };
    scene.say(format_args!("{what} {}", text.to_str().unwrap_or("?")))
}

/// Makes keys and leaves a value at each.
fn specific(count: usize) -> Done {
    for number in 0..count {
        let mut key = 0;
        // SAFETY: the key is ours.
        let errno = unsafe { libc::pthread_key_create(&raw mut key, None) };
        if errno != 0 {
            return Err(Failure {
                call: "pthread_key_create",
                errno,
            });
        }
        // SAFETY: the value is a number, never followed.
        unsafe { libc::pthread_setspecific(key, (number + 1) as *const c_void) };
    }
    Ok(())
}

/// A new key has no value, whatever had its place.
fn print_specific(scene: &mut Scene<'_>) -> Done {
    for _ in 0..40 {
        let mut key = 0;
        // SAFETY: the key is ours.
        unsafe { libc::pthread_key_create(&raw mut key, None) };
        // SAFETY: just made.
        let value = unsafe { libc::pthread_getspecific(key) } as usize;
        scene.say(format_args!("key {key} {value}"))?;
    }
    Ok(())
}
