//! Limits that the kernel holds a process to: setrlimit(2).

use crate::error::SysError;
use nix::sys::resource::{RLIM_INFINITY, getrlimit, setrlimit};

/// No limit.
pub const UNLIMITED: u64 = RLIM_INFINITY;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Bytes of address space; what goes beyond is `ENOMEM`.
    AddressSpace,
    /// Whole seconds of CPU time since the process began; `SIGXCPU` then, and again each second.
    CpuTime,
    /// Bytes of a file that is written; `SIGXFSZ` at the first beyond, or `EFBIG`.
    FileSize,
    /// Processes and threads of the user; `EAGAIN`. The kernel doesn't hold root to it.
    Processes,
}

/// A limit: what holds, and how far the process may raise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What holds.
    pub soft: u64,
    /// How far the process may raise it.
    pub hard: u64,
}

impl Bounds {
    /// The same with `soft`, as far as the hard one allows.
    #[must_use]
    pub const fn with_soft(self, soft: u64) -> Self {
        let soft = if soft < self.soft { soft } else { self.soft };
        Self { soft, ..self }
    }
}

impl Resource {
    const fn raw(self) -> nix::sys::resource::Resource {
        use nix::sys::resource::Resource as Raw;
        match self {
            Self::AddressSpace => Raw::RLIMIT_AS,
            Self::CpuTime => Raw::RLIMIT_CPU,
            Self::FileSize => Raw::RLIMIT_FSIZE,
            Self::Processes => Raw::RLIMIT_NPROC,
        }
    }

    /// The limit of this process.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn bounds(self) -> Result<Bounds, SysError> {
        let (soft, hard) = getrlimit(self.raw())
            .map_err(|errno| SysError::from_errno("getrlimit", errno as i32))?;
        Ok(Bounds { soft, hard })
    }

    /// Sets the limit of this process.
    ///
    /// # Errors
    /// `EPERM` where the hard one was lower.
    pub fn set(self, bounds: Bounds) -> Result<(), SysError> {
        setrlimit(self.raw(), bounds.soft, bounds.hard)
            .map_err(|errno| SysError::from_errno("setrlimit", errno as i32))
    }

    /// Lowers the limit for good; one that is lower already stays.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn lower_to(self, most: u64) -> Result<(), SysError> {
        let Bounds { soft, hard } = self.bounds()?;
        self.set(Bounds {
            soft: soft.min(most),
            hard: hard.min(most),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limit_is_never_raised() {
        let bounds = Bounds { soft: 5, hard: 9 };
        assert_eq!(bounds.with_soft(3), Bounds { soft: 3, hard: 9 });
        assert_eq!(bounds.with_soft(7), bounds);
    }

    #[test]
    fn limit_that_is_lower_already_stays() {
        // Of a resource that no test runs into.
        let before = Resource::CpuTime.bounds().unwrap();
        Resource::CpuTime.lower_to(UNLIMITED).unwrap();
        assert_eq!(Resource::CpuTime.bounds().unwrap(), before);
    }
}
