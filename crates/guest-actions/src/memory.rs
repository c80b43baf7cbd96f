//! Mappings, and the guest's own page.

use crate::scene::{Action, Done, Failure, Scene, check, errno};
use libc::{c_int, c_void};

const PAGE: usize = 4096;
/// Where nobody maps anything unless asked to.
const FAR: usize = 0x1000_0000_0000;

pub(crate) const TABLE: &[Action] = &[
    ("mlock-page", |scene| {
        // SAFETY: the guest's own page.
        check("mlock", unsafe { libc::mlock(scene.page.cast(), 4096) }).map(drop)
    }),
    ("lock-future", |_| {
        // SAFETY: nothing is touched.
        check("mlockall", unsafe { libc::mlockall(libc::MCL_FUTURE) }).map(drop)
    }),
    ("print-locked", |scene| {
        map(FAR, libc::MAP_FIXED_NOREPLACE)?;
        let mut resident = 0u8;
        // Memory that is locked is there before it is touched.
        // SAFETY: a page of its own.
        unsafe { libc::mincore(FAR as *mut c_void, PAGE, &raw mut resident) };
        // SAFETY: made above.
        unsafe { libc::munmap(FAR as *mut c_void, PAGE) };
        scene.say(format_args!("locked {}", resident & 1))
    }),
    ("advise-page", |scene| {
        let advice: c_int = scene.number()?;
        // SAFETY: none: what becomes of the guest is what is to be seen.
        check("madvise", unsafe {
            libc::madvise(scene.page.cast(), PAGE, advice)
        })
        .map(drop)
    }),
    ("print-advice", |scene| {
        let own = scene.page as usize;
        print_flags(scene, own)
    }),
    ("drop-library-data", |_| {
        let page = library(c"_IO_2_1_stdout_")? as usize & !(PAGE - 1);
        // SAFETY: none: the C library is torn by it.
        check("madvise", unsafe {
            libc::madvise(page as *mut c_void, PAGE, libc::MADV_DONTNEED)
        })
        .map(drop)
    }),
    ("print-library-data", |scene| {
        // Whatever is in it: the linker has put addresses there.
        let start = library(c"_IO_2_1_stdout_")?;
        // SAFETY: a structure of more than 200 bytes, whose last word has its functions.
        let functions = unsafe { start.wrapping_add(216).cast::<usize>().read_volatile() };
        scene.say(format_args!("library data is whole={}", functions != 0))
    }),
    ("patch-code", |_| {
        let place = library(c"strfry")?;
        let (page, all) = (
            place as usize & !(PAGE - 1),
            libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC,
        );
        // SAFETY: none: what becomes of the library is what is to be seen.
        check("mprotect", unsafe {
            libc::mprotect(page as *mut c_void, 2 * PAGE, all)
        })?;
        // SAFETY: writable now; nobody calls it.
        unsafe { place.write_volatile(RETURN) };
        // SAFETY: as it was.
        check("mprotect", unsafe {
            libc::mprotect(
                page as *mut c_void,
                2 * PAGE,
                libc::PROT_READ | libc::PROT_EXEC,
            )
        })
        .map(drop)
    }),
    ("patch-code-by-file", |_| {
        let place = library(c"strfry")?;
        // SAFETY: the path is a C string.
        let file = unsafe { libc::open(c"/proc/self/mem".as_ptr(), libc::O_RDWR) };
        check("open", file)?;
        // SAFETY: one byte.
        let written = unsafe {
            libc::pwrite(
                file,
                (&raw const RETURN).cast(),
                1,
                i64::try_from(place as usize).unwrap_or(0),
            )
        };
        check("pwrite", i64::try_from(written).unwrap_or(-1)).map(drop)
    }),
    ("print-code", |scene| {
        // SAFETY: a function's first byte.
        let first = unsafe { library(c"strfry")?.read_volatile() };
        scene.say(format_args!("code {first:x}"))
    }),
    ("patch-constant", |_| {
        let place = library(c"_IO_file_jumps")?.cast::<usize>();
        let page = place as usize & !(PAGE - 1);
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: none: what becomes of the library is what is to be seen.
        check("mprotect", unsafe {
            libc::mprotect(page as *mut c_void, PAGE, access)
        })?;
        // SAFETY: writable now; the first word of the table isn't used.
        unsafe { place.write_volatile(7) };
        // SAFETY: as it was.
        check("mprotect", unsafe {
            libc::mprotect(page as *mut c_void, PAGE, libc::PROT_READ)
        })
        .map(drop)
    }),
    ("print-constant", |scene| {
        // SAFETY: a table of words.
        let first = unsafe { library(c"_IO_file_jumps")?.cast::<usize>().read_volatile() };
        scene.say(format_args!("constant {first}"))
    }),
    ("aio", |_| {
        let mut context = 0usize;
        // SAFETY: the place is ours.
        check("io_setup", unsafe {
            libc::syscall(libc::SYS_io_setup, 8, &raw mut context)
        })
        .map(drop)
    }),
    ("io-uring", |_| {
        let mut parameters = [0u32; 30];
        // SAFETY: 120 bytes of ours.
        let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr()) };
        let ring = c_int::try_from(check("io_uring_setup", ring)?).unwrap_or(-1);
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping.
        let mapped = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                PAGE,
                access,
                libc::MAP_SHARED,
                ring,
                0,
            )
        };
        check("mmap", if mapped == libc::MAP_FAILED { -1 } else { 0 }).map(drop)
    }),
    ("print-rings", |scene| {
        let rings = mappings_with(c"[aio]")? + mappings_with(c"[io_uring]")?;
        scene.say(format_args!("rings {rings}"))
    }),
    ("poke", |scene| {
        let value: u8 = scene.number()?;
        // SAFETY: the page was made at boot.
        unsafe { scene.page.write_volatile(value) };
        Ok(())
    }),
    ("print-page", |scene| {
        // SAFETY: the page was made at boot; if it is gone, the fault is the answer.
        let value = unsafe { scene.page.read_volatile() };
        // SAFETY: as above.
        unsafe { scene.page.wrapping_add(1).write_volatile(value) };
        scene.say(format_args!("page {value}"))
    }),
    ("mmap", |_| map(FAR, libc::MAP_FIXED_NOREPLACE)),
    ("mmap-over-page", |scene| {
        map(scene.page as usize, libc::MAP_FIXED)
    }),
    ("munmap-page", |scene| {
        // SAFETY: none: what becomes of the guest is what is to be seen.
        check("munmap", unsafe { libc::munmap(scene.page.cast(), PAGE) }).map(drop)
    }),
    ("mprotect-page", |scene| {
        // The kernel takes it for a whole word.
        let protection: libc::c_long = scene.number()?;
        // SAFETY: none: what becomes of the guest is what is to be seen.
        check("mprotect", unsafe {
            libc::syscall(libc::SYS_mprotect, scene.page, PAGE, protection)
        })
        .map(drop)
    }),
    ("print-protection", print_protection),
    ("print-mapping", |scene| {
        let mut resident = 0u8;
        // SAFETY: asks about an address; what isn't mapped is refused.
        let mapped = unsafe { libc::mincore(FAR as *mut c_void, PAGE, &raw mut resident) } == 0;
        scene.say(format_args!("mapped {mapped}"))
    }),
    ("sbrk", |scene| {
        let bytes = scene.number::<i64>()?;
        let old = program_break(0);
        let wanted = old.wrapping_add_signed(isize::try_from(bytes).unwrap_or(0));
        if program_break(wanted) == wanted {
            Ok(())
        } else {
            Err(Failure {
                call: "brk",
                errno: libc::ENOMEM,
            })
        }
    }),
    ("print-break", |scene| {
        // Relative to where it began, which differs from process to process.
        let end = program_break(0);
        let mut resident = 0u8;
        let below = (end & !(PAGE - 1)).wrapping_sub(PAGE);
        // SAFETY: asks about an address.
        let used = unsafe { libc::mincore(below as *mut c_void, PAGE, &raw mut resident) } == 0;
        scene.say(format_args!("break area used={used}"))
    }),
];

/// `ret`.
static RETURN: u8 = 0xc3;

/// Address of a name in the C library.
fn library(name: &core::ffi::CStr) -> Result<*mut u8, Failure> {
    // SAFETY: only looks a name up.
    let place = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if place.is_null() {
        return Err(Failure {
            call: "dlsym",
            errno: libc::ENOENT,
        });
    }
    Ok(place.cast())
}

/// Calls `each` with every line of a file, until it says that it is done.
fn lines(path: &core::ffi::CStr, mut each: impl FnMut(*const libc::c_char) -> bool) -> Done {
    // SAFETY: C strings.
    let file = unsafe { libc::fopen(path.as_ptr(), c"r".as_ptr()) };
    let file = crate::scene::check_pointer("fopen", file)?;
    let mut line = [0 as libc::c_char; 512];
    // SAFETY: the buffer is as long as said and the file is open.
    while !unsafe { libc::fgets(line.as_mut_ptr(), 512, file) }.is_null() {
        if each(line.as_ptr()) {
            break;
        }
    }
    // SAFETY: opened above.
    check("fclose", unsafe { libc::fclose(file) }).map(drop)
}

fn mappings_with(name: &core::ffi::CStr) -> Result<u32, Failure> {
    let mut count = 0;
    lines(c"/proc/self/maps", |line| {
        // SAFETY: both are C strings.
        count += u32::from(!unsafe { libc::strstr(line, name.as_ptr()) }.is_null());
        false
    })?;
    Ok(count)
}

/// What the kernel notes of the mapping that holds an address.
fn print_flags(scene: &mut Scene<'_>, address: usize) -> Done {
    let mut inside = false;
    lines(c"/proc/self/smaps", |line| {
        let (mut start, mut end) = (0usize, 0usize);
        // SAFETY: a line of this file, and places of the right types.
        let words =
            unsafe { libc::sscanf(line, c"%lx-%lx".as_ptr(), &raw mut start, &raw mut end) };
        if words == 2 {
            inside = (start..end).contains(&address);
        }
        // SAFETY: both are C strings.
        if inside && unsafe { libc::strncmp(line, c"VmFlags".as_ptr(), 7) } == 0 {
            // SAFETY: a C string.
            let line = unsafe { core::ffi::CStr::from_ptr(line) };
            let words = line.to_str().unwrap_or("?").split_ascii_whitespace();
            // Whether it can be written to is no advice, and may be write tracking's affair.
            for word in words.filter(|word| *word != "wr") {
                let _ = scene.say(format_args!("flag {word}"));
            }
        }
        false
    })
}

/// A page of the guest's heap.
pub(crate) fn page() -> Option<*mut u8> {
    let mut page = core::ptr::null_mut();
    // Whole pages, so that nothing else lies on them.
    // SAFETY: the pointer is ours.
    let failed = unsafe { libc::posix_memalign(&raw mut page, PAGE, 4 * PAGE) };
    let page = page.cast::<u8>();
    if failed != 0 {
        return None;
    }
    // SAFETY: as long as was asked for.
    unsafe { page.write_bytes(7, 4 * PAGE) };
    Some(page)
}

fn map(address: usize, how: c_int) -> Done {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | how;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: none: what becomes of the guest is what is to be seen.
    let got = unsafe { libc::mmap(address as *mut c_void, PAGE, access, flags, -1, 0) };
    if got == libc::MAP_FAILED {
        Err(Failure {
            call: "mmap",
            errno: errno(),
        })
    } else {
        Ok(())
    }
}

fn program_break(end: usize) -> usize {
    // SAFETY: 0 only asks.
    usize::try_from(unsafe { libc::syscall(libc::SYS_brk, end) }).unwrap_or(0)
}

/// Whether the page can be executed, from the list that the kernel keeps.
fn print_protection(scene: &mut Scene<'_>) -> Done {
    // SAFETY: C strings.
    let file = unsafe { libc::fopen(c"/proc/self/maps".as_ptr(), c"r".as_ptr()) };
    let file = crate::scene::check_pointer("fopen", file)?;
    let mut line = [0 as libc::c_char; 512];
    let page = scene.page as usize;
    // SAFETY: the buffer is as long as said and the file is open.
    while !unsafe { libc::fgets(line.as_mut_ptr(), 512, file) }.is_null() {
        let (mut start, mut end, mut mode) = (0usize, 0usize, [0u8; 8]);
        // SAFETY: a line of this file, and places of the right types.
        unsafe {
            libc::sscanf(
                line.as_ptr(),
                c"%lx-%lx %7s".as_ptr(),
                &raw mut start,
                &raw mut end,
                mode.as_mut_ptr(),
            )
        };
        if (start..end).contains(&page) {
            // Who may read and write it is write tracking's affair as well.
            scene.say(format_args!("executable {}", mode[2] == b'x'))?;
        }
    }
    // SAFETY: opened above.
    check("fclose", unsafe { libc::fclose(file) }).map(drop)
}
