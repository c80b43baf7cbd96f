//! What this build of the worker is called.

/// The version, and the linker's hash over all that it linked: two workers of
/// one name run the same engine, compiled alike. Without such a hash, the
/// version alone.
#[must_use]
pub fn name() -> String {
    const VERSION: &str = concat!("rewind-", env!("CARGO_PKG_VERSION"));
    match rewind_sys::build_id() {
        Some(id) => format!("{VERSION}+{id}"),
        None => VERSION.to_owned(),
    }
}
