//! What a checkpoint covers.

use rewind_sys::PageRun;
use rewind_sys::modules;

/// What a region is, and so how it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// Writable data of a library: of fixed length.
    Data,
    /// The guest heap: every layer has its own length.
    Heap,
}

/// Pages under checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Library or range, for messages.
    pub name: String,
    /// Its pages; for the heap all that are reserved.
    pub pages: PageRun,
    /// What it is.
    pub kind: RegionKind,
}

impl Region {
    /// The writable segments of every shared library of this process.
    #[must_use]
    pub fn libraries() -> Vec<Self> {
        let region = |segment: modules::Segment| Self {
            name: segment.name,
            pages: segment.pages,
            kind: RegionKind::Data,
        };
        modules::writable_segments()
            .into_iter()
            .map(region)
            .collect()
    }

    /// The range reserved for a guest heap.
    #[must_use]
    pub fn heap(pages: PageRun) -> Self {
        Self {
            name: "guest heap".to_owned(),
            pages,
            kind: RegionKind::Heap,
        }
    }
}
