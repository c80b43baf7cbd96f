//! What a parent of the line dialect leaves unsaid.

use super::LineArgs;
use crate::limits::CaseLimits;
use rewind_protocol::{Hello, Isolation, Tracking, Verify, Version};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Most bytes the guest heap may grow to.
const HEAP_CAP: u64 = 1 << 30;
/// Resident bytes above which memory is given back.
const RSS_SOFT_LIMIT: u64 = 1 << 30;
/// Resident bytes above which the worker leaves.
const RSS_HARD_LIMIT: u64 = 4 << 30;
/// Most harnesses kept as checkpoint layers.
const LAYERS: u32 = 64;

/// What the guest takes paths as relative to: `/`, unless a guest, whose paths are
/// text, could then not find what lies in the current folder.
pub(crate) fn root(here: &Path) -> Vec<u8> {
    match here.to_str() {
        Some(_) => Vec::new(),
        None => here.as_os_str().as_bytes().to_vec(),
    }
}

/// What a parent of the native dialect would have asked for.
pub(crate) fn hello(args: LineArgs, limits: CaseLimits, guest: &str, root: &[u8]) -> Hello {
    Hello {
        version: Version::CURRENT,
        nonce: 0,
        root: root.to_vec(),
        guest: guest.to_owned(),
        faults: args.faults,
        markers: args.diagnose,
        heap_cap: limits.memory.unwrap_or(HEAP_CAP),
        tracking: Tracking::Auto,
        verify: Verify::Sample,
        ledger: false,
        isolation: Isolation::Checkpoint,
        rss_soft_limit: RSS_SOFT_LIMIT,
        rss_hard_limit: RSS_HARD_LIMIT,
        crash_limit: None,
        layer_limit: LAYERS,
        timeline: false,
    }
}
