//! The floating-point control state that a guest may leave behind.

/// MXCSR as a new process has it: every exception masked, round to nearest.
pub const DEFAULT_MXCSR: u32 = 0x1f80;

/// Puts MXCSR and the whole x87 unit back as a new process has them, and clears the direction flag.
pub fn reset() {
    let mxcsr = DEFAULT_MXCSR;
    // SAFETY: loads control state with its ABI defaults, MXCSR from a live local; the direction flag is clear on entry to every function anyway.
    unsafe {
        std::arch::asm!(
            "cld",
            "fninit",
            "ldmxcsr [{mxcsr}]",
            mxcsr = in(reg) &raw const mxcsr,
            options(nostack)
        );
    }
}
