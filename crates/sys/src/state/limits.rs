//! Resource limits.

use std::mem::MaybeUninit;

/// How many resources the kernel counts (`RLIM_NLIMITS`), with their names.
const NAMES: [&str; 16] = [
    "cpu",
    "fsize",
    "data",
    "stack",
    "core",
    "rss",
    "nproc",
    "nofile",
    "memlock",
    "as",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
    "rttime",
];

/// All limits of a process at one moment.
#[derive(Clone, Debug)]
pub struct Limits([(u64, u64); NAMES.len()]);

impl Limits {
    /// Those of this process.
    #[must_use]
    pub fn read() -> Self {
        let mut all = [(0, 0); NAMES.len()];
        for (resource, limit) in (0u32..).zip(&mut all) {
            *limit = get(resource);
        }
        Self(all)
    }

    /// Puts back what differs; `lost` is called with the name of each limit
    /// that stays different: a hard limit can be raised by a privileged process only.
    pub fn put_back(&self, mut lost: impl FnMut(&'static str)) {
        for ((resource, recorded), name) in (0u32..).zip(&self.0).zip(NAMES) {
            if get(resource) == *recorded {
                continue;
            }
            let limit = libc::rlimit64 {
                rlim_cur: recorded.0,
                rlim_max: recorded.1,
            };
            // SAFETY: the structure is ours and only read.
            let set =
                unsafe { libc::prlimit64(0, resource, &raw const limit, std::ptr::null_mut()) };
            if set != 0 {
                lost(name);
            }
        }
    }
}

fn get(resource: u32) -> (u64, u64) {
    let mut limit = MaybeUninit::<libc::rlimit64>::zeroed();
    // SAFETY: the kernel writes the structure, which is ours.
    unsafe { libc::prlimit64(0, resource, std::ptr::null(), limit.as_mut_ptr()) };
    // SAFETY: zeroed, which is valid, and filled where the resource exists.
    let limit = unsafe { limit.assume_init() };
    (limit.rlim_cur, limit.rlim_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn put_back_raises_a_soft_limit_again() {
        let before = Limits::read();
        let (soft, hard) = get(libc::RLIMIT_CORE);
        let limit = libc::rlimit64 {
            rlim_cur: if soft == 0 { hard.min(4096) } else { 0 },
            rlim_max: hard,
        };
        // SAFETY: the structure is ours and only read.
        unsafe { libc::prlimit64(0, libc::RLIMIT_CORE, &raw const limit, std::ptr::null_mut()) };
        let mut lost = Vec::new();
        before.put_back(|name| lost.push(name));
        assert_eq!(lost, [""; 0]);
        assert_eq!(get(libc::RLIMIT_CORE), (soft, hard));
    }
}
