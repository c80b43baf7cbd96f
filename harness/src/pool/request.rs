//! What a pool is asked to run.

use bytes::Bytes;
use rewind_protocol::{Attributes, PreambleId, Variant};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One source to run, and how.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) name: Arc<str>,
    pub(super) variant: Variant,
    pub(super) text: Text,
    pub(super) preamble: PreambleId,
    pub(super) attributes: Attributes,
    pub(super) deadline: Option<Duration>,
}

/// Where the source is.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Memory(Bytes),
    /// Read right before it is sent; below the root, if it is relative.
    File(PathBuf),
}

impl Request {
    /// A source that is in memory. `name` is what the guest is told that it is
    /// called: a path below [`PoolBuilder::root`](super::PoolBuilder::root) if the
    /// source refers to others, any text otherwise. What a variant means is the
    /// guest's to say.
    ///
    /// ```
    /// use rewind_harness::{Request, Variant};
    /// use std::time::Duration;
    ///
    /// let request = Request::new("sum.js", Variant::named(&"raw"), "1 + 1")
    ///     .deadline(Duration::from_millis(200));
    /// ```
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, variant: Variant, source: impl Into<Bytes>) -> Self {
        Self::of(name.into(), variant, Text::Memory(source.into()))
    }

    /// A source that is in a file, absolute or relative to
    /// [`PoolBuilder::root`](super::PoolBuilder::root), which is read right before it
    /// is sent. It is called by its path.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>, variant: Variant) -> Self {
        let path = path.into();
        let name = path.to_string_lossy().into();
        Self::of(name, variant, Text::File(path))
    }

    fn of(name: Arc<str>, variant: Variant, text: Text) -> Self {
        Self {
            name,
            variant,
            text,
            preamble: PreambleId::ENGINE,
            attributes: Attributes::NONE,
            deadline: None,
        }
    }

    /// Runs on this preamble, made by [`Pool::preamble`](super::Pool::preamble);
    /// otherwise on the bare guest.
    #[must_use]
    pub fn preamble(mut self, preamble: PreambleId) -> Self {
        self.preamble = preamble;
        self
    }

    /// What the guest is to know of it besides; nothing otherwise.
    #[must_use]
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Wall-clock time that it may take, from when it begins, in whole ms and at
    /// least 1; otherwise [`PoolBuilder::deadline`](super::PoolBuilder::deadline).
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}
