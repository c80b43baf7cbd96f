//! Faults on demand, and what must come of them.
//!
//! A [`Script`] says what a worker does wrong and at which step. The fake worker
//! (`fake-worker`, [`serve`]) acts it out, in the native dialect and without an
//! engine; [`Script::expected`] is the model that its parent is held against.

mod fake;
mod script;
mod stream;

pub use fake::{FakeOptions, serve};
pub use script::{Deed, Expected, Script, Step};
