//! What makes a thread: its memory, the bases of its segment registers, and what
//! the kernel has been told of it.

use crate::scene::{Action, Done, Failure, check};
use core::arch::asm;
use core::ffi::CStr;
use core::ptr;
use libc::{c_int, c_long};

/// What memory is overwritten with.
const JUNK: u8 = 0xa5;
/// Bytes of an area of restartable sequences.
const AREA: usize = 32;
const RSEQ_SIGNATURE: c_long = 0x5305_3053;

#[repr(C, align(64))]
struct Area([u8; AREA]);

static mut OTHER_AREA: Area = Area([0; AREA]);

pub(crate) const TABLE: &[Action] = &[
    ("scribble-sequences", |_| {
        // SAFETY: none: what becomes of the guest is what is to be seen.
        unsafe { area()?.write_bytes(JUNK, AREA) };
        Ok(())
    }),
    ("register-sequences", |_| {
        let area = &raw mut OTHER_AREA;
        // SAFETY: a static of the right size.
        check("rseq", unsafe {
            libc::syscall(libc::SYS_rseq, area, AREA, 0, RSEQ_SIGNATURE)
        })
        .map(drop)
    }),
    ("print-sequences", |scene| {
        let area = area()?;
        // The kernel writes to the first words of one that is registered.
        for at in 0..AREA {
            // SAFETY: the thread's own memory.
            let byte = unsafe { area.wrapping_add(at).read_volatile() };
            scene.say(format_args!("sequences {at} {byte}"))?;
        }
        let other = &raw mut OTHER_AREA;
        // SAFETY: only asks; without a registration it makes one and takes it back.
        let free = unsafe { libc::syscall(libc::SYS_rseq, other, AREA, 0, RSEQ_SIGNATURE) } == 0;
        if free {
            // SAFETY: as above.
            unsafe { libc::syscall(libc::SYS_rseq, other, AREA, 1, RSEQ_SIGNATURE) };
        }
        scene.say(format_args!("sequences free={free}"))
    }),
    ("scribble-thread", |_| {
        let (start, length) = block()?;
        // SAFETY: none: what becomes of the guest is what is to be seen.
        unsafe { start.write_bytes(JUNK, length) };
        // SAFETY: this is the fault that shows it.
        unsafe { core::hint::black_box(8_usize as *mut u8).write_volatile(1) };
        Ok(())
    }),
    ("print-thread", |scene| {
        let (start, length) = block()?;
        // SAFETY: the thread's own memory.
        let bytes = unsafe { core::slice::from_raw_parts(start, length) };
        let junk = bytes.iter().filter(|byte| **byte == JUNK).count();
        scene.say(format_args!("thread is junk={}", junk > length / 2))
    }),
    ("segment-base", |scene| {
        let base: usize = scene.number()?;
        readable()?;
        // SAFETY: nothing uses this base.
        unsafe { asm!("wrgsbase {}", in(reg) base, options(nostack)) };
        Ok(())
    }),
    ("print-segment-base", |scene| {
        readable()?;
        let base: usize;
        // SAFETY: as just asked.
        unsafe { asm!("rdgsbase {}", out(reg) base, options(nostack)) };
        scene.say(format_args!("base {base}"))
    }),
    ("segment-table", |_| {
        // Entry 0: a segment for data, 32 bits, as large as can be, in pages.
        let entry: [u32; 4] = [0, 0, 0xf_ffff, 0b0101_0001];
        // SAFETY: the structure is as long as said.
        check("modify_ldt", unsafe {
            libc::syscall(libc::SYS_modify_ldt, 1, entry.as_ptr(), size_of_val(&entry))
        })
        .map(drop)
    }),
    ("print-segment-table", |scene| {
        let mut table = [0u8; 64];
        // SAFETY: the buffer is as long as said.
        let got =
            unsafe { libc::syscall(libc::SYS_modify_ldt, 0, table.as_mut_ptr(), table.len()) };
        scene.say(format_args!("table {got}"))
    }),
    ("robust-list", |_| {
        let head = (&raw mut OTHER_AREA).cast::<usize>();
        // SAFETY: nothing is ever in that list.
        check("set_robust_list", unsafe {
            libc::syscall(libc::SYS_set_robust_list, head, 24)
        })
        .map(drop)
    }),
    ("print-robust-list", |scene| {
        let (mut head, mut length) = (0usize, 0usize);
        // SAFETY: both are ours.
        unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut length) };
        let own = block()?;
        let within = head.wrapping_sub(own.0 as usize) < own.1;
        scene.say(format_args!("robust list own={within} {length}"))
    }),
    ("exit-address", |_| {
        let area = &raw mut OTHER_AREA;
        // SAFETY: the kernel writes there when the thread ends.
        unsafe { libc::syscall(libc::SYS_set_tid_address, area) };
        Ok(())
    }),
    ("print-exit-address", |scene| {
        let mut address = 0usize;
        // SAFETY: the place is ours.
        unsafe { libc::prctl(libc::PR_GET_TID_ADDRESS, &raw mut address) };
        let own = block()?;
        let within = address.wrapping_sub(own.0 as usize) < own.1;
        scene.say(format_args!("exit address own={within}"))
    }),
    ("memory-policy", |_| {
        let (interleave, nodes): (c_int, u64) = (3, 1);
        // SAFETY: one word, as said.
        check("set_mempolicy", unsafe {
            libc::syscall(libc::SYS_set_mempolicy, interleave, &raw const nodes, 64)
        })
        .map(drop)
    }),
    ("print-memory-policy", |scene| {
        let mut mode: c_int = -1;
        let nothing = ptr::null::<u64>();
        // SAFETY: the place is ours.
        unsafe { libc::syscall(libc::SYS_get_mempolicy, &raw mut mode, nothing, 0, 0, 0) };
        scene.say(format_args!("memory policy {mode}"))
    }),
    ("scheduling-slice", |_| {
        let mut attributes = scheduling();
        attributes[1] = 0;
        // `sched_runtime`, which is the slice of an ordinary thread: 3 ms.
        attributes[6] = 3_000_000;
        // SAFETY: as long as the first word says.
        check("sched_setattr", unsafe {
            libc::syscall(libc::SYS_sched_setattr, 0, attributes.as_ptr(), 0)
        })
        .map(drop)
    }),
    ("print-scheduling", |scene| {
        scene.say(format_args!("scheduling {:?}", scheduling()))
    }),
    ("keyring", |_| {
        // SAFETY: `KEYCTL_JOIN_SESSION_KEYRING`, one without a name.
        check("keyctl", unsafe {
            libc::syscall(libc::SYS_keyctl, 1, ptr::null::<u8>())
        })
        .map(drop)
    }),
    ("print-keyring", |scene| {
        // SAFETY: takes numbers: `KEYCTL_GET_KEYRING_ID`, the session's.
        let id = unsafe { libc::syscall(libc::SYS_keyctl, 0, -3, 0) };
        scene.say(format_args!("keyring {id}"))
    }),
    ("membarrier", |_| {
        // SAFETY: takes numbers: `MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED`.
        check("membarrier", unsafe {
            libc::syscall(libc::SYS_membarrier, 1 << 4, 0, 0)
        })
        .map(drop)
    }),
    ("print-membarrier", |scene| {
        // SAFETY: takes numbers: `MEMBARRIER_CMD_GET_REGISTRATIONS`.
        let found = unsafe { libc::syscall(libc::SYS_membarrier, 1 << 9, 0, 0) };
        scene.say(format_args!("membarrier {found}"))
    }),
    ("cpuid-forbidden", |_| {
        // SAFETY: takes numbers: `ARCH_SET_CPUID`.
        check("arch_prctl", unsafe {
            libc::syscall(libc::SYS_arch_prctl, 0x1012, 0)
        })
        .map(drop)
    }),
    ("print-cpuid-forbidden", |scene| {
        // SAFETY: takes numbers: `ARCH_GET_CPUID`.
        let allowed = unsafe { libc::syscall(libc::SYS_arch_prctl, 0x1011, 0) };
        scene.say(format_args!("cpuid {allowed}"))
    }),
];

/// Words of `struct sched_attr`, the first with its size.
fn scheduling() -> [u32; 14] {
    let mut attributes = [0u32; 14];
    let size = size_of_val(&attributes);
    // SAFETY: the structure is as long as said.
    unsafe { libc::syscall(libc::SYS_sched_getattr, 0, attributes.as_mut_ptr(), size, 0) };
    attributes
}

fn word<T: Copy>(name: &'static CStr) -> Result<T, Failure> {
    // SAFETY: only looks a name up.
    let place = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if place.is_null() {
        return Err(Failure {
            call: "find a variable of the C library",
            errno: libc::ENOENT,
        });
    }
    // SAFETY: a constant of that type.
    Ok(unsafe { place.cast::<T>().read() })
}

/// The thread's area of restartable sequences.
fn area() -> Result<*mut u8, Failure> {
    let offset: isize = word(c"__rseq_offset")?;
    Ok(block()?.0.wrapping_offset(offset))
}

/// The thread's control block.
fn block() -> Result<(*mut u8, usize), Failure> {
    let length: u32 = word(c"_thread_db_sizeof_pthread")?;
    // SAFETY: takes nothing and can't fail.
    let start = unsafe { libc::pthread_self() } as *mut u8;
    Ok((start, length as usize))
}

fn readable() -> Done {
    // SAFETY: takes a number: `HWCAP2_FSGSBASE`.
    if unsafe { libc::getauxval(libc::AT_HWCAP2) } & 2 != 0 {
        return Ok(());
    }
    Err(Failure {
        call: "rdgsbase",
        errno: libc::ENOSYS,
    })
}
