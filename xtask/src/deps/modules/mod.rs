//! Circles between the modules of a package.
//!
//! Two modules that import each other can't be read, tested or moved one without
//! the other. Siblings are looked at, at every level: a module and what lies
//! below it count as one there, so that a parent and its children may use each
//! other.

mod circles;
mod tree;
mod uses;

pub(crate) use circles::circles;
pub(crate) use tree::Modules;
