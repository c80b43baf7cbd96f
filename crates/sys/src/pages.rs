//! Pages: the unit in which memory is tracked and put back.

/// Bytes in a page. Rewind runs on x86-64, where it is 4 KiB.
pub const PAGE_SIZE: usize = 4096;

/// Rounds down to a page boundary.
#[must_use]
pub const fn floor(address: usize) -> usize {
    address & !(PAGE_SIZE - 1)
}

/// Rounds up to a page boundary.
#[must_use]
pub const fn ceil(address: usize) -> usize {
    (address + PAGE_SIZE - 1) & !(PAGE_SIZE - 1)
}

/// Adjacent pages, by address.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageRun {
    /// Address of the first page; page-aligned.
    pub start: usize,
    /// Address behind the last; page-aligned.
    pub end: usize,
    /// What `PAGEMAP_SCAN` says of them; 0 where another source found them.
    pub(crate) categories: u64,
}

impl PageRun {
    /// The run from `start` up to `end`, both page-aligned.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            categories: 0,
        }
    }

    /// Number of pages.
    #[must_use]
    pub const fn pages(&self) -> usize {
        (self.end - self.start) / PAGE_SIZE
    }

    /// Number of bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.end - self.start
    }

    /// No page at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_and_ceil_keep_boundaries() {
        assert_eq!(floor(4096), 4096);
        assert_eq!(floor(8191), 4096);
        assert_eq!(ceil(4096), 4096);
        assert_eq!(ceil(4097), 8192);
        assert_eq!(PageRun::new(4096, 12288).pages(), 2);
    }
}
