//! What the kernel keeps for a process beyond its memory: reading it, putting
//! it back, and saying what can't be put back.
//!
//! Each part is recorded once and compared after code that may have changed
//! it. Comparing is cheap (a few system calls of some 60 ns, no file of /proc
//! that the kernel has to print at length); only what differs costs more.
//! Nothing here allocates between the end of that code and the decision what
//! to undo, for an allocation may itself change the mappings.

mod attributes;
mod descriptors;
mod file_pages;
mod ipc;
mod ipc_names;
mod limits;
mod mappings;
mod namespaces;
mod registrations;
mod signals;
mod spaces;
mod status;
mod switches;
mod tasks;
mod timers;
mod words;

pub use attributes::Attributes;
pub use descriptors::{Descriptors, clear_times, enter};
pub use file_pages::FilePages;
pub use ipc::SharedObjects;
pub use ipc_names::SharedNames;
pub use limits::Limits;
pub use mappings::{Mappings, Quiet, Span};
pub use registrations::Registrations;
pub use signals::Signals;
pub use spaces::{OwnSpaces, own_spaces};
pub use status::Status;
pub use switches::Switches;
pub use tasks::ThreadsAndChildren;
pub use timers::Timers;
pub use words::{argument_block, clear_errno, key_values};
