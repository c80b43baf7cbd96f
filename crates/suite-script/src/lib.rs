//! Plain sources as tests: files and folders without a harness.
//!
//! ```text
//! a.js            runs to its end, unless it says otherwise:
//!                   // expected error: TypeError
//!                   // expected exit: 3
//! a.out           what it prints, byte for byte
//! a.exit          the status that it ends its process with
//! ```
//!
//! What a file's ending means to the guest is for the caller to say
//! ([`Language`]); nothing here knows a language.

mod error;
mod expectation;
mod find;
mod script;
mod suite;

pub use error::ScriptError;
pub use find::Language;
pub use suite::Scripts;
