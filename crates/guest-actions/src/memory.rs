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

/// The mode of the page's mapping, from the list that the kernel keeps.
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
            scene.say(format_args!(
                "protection {}",
                core::str::from_utf8(&mode[..4]).unwrap_or("?")
            ))?;
        }
    }
    // SAFETY: opened above.
    check("fclose", unsafe { libc::fclose(file) }).map(drop)
}
