//! The audit: is every guest page what its image says?

/// A page that differs from its image after a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Region it lies in.
    pub region: String,
    /// Address of its first byte that differs.
    pub address: usize,
    /// Distance of that byte from the start of the region, in bytes.
    pub offset: usize,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} + {:#x} (address {:#x})",
            self.region, self.offset, self.address
        )
    }
}
