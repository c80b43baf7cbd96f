//! What is to be run, from where, and with what.

use crate::config::RunConfig;
use crate::queue::Queue;
use crate::roll::Roll;
use crate::source::Preambles;
use crate::ticket::Command;
use crate::workload::Workload;
use crossbeam_channel::Receiver;

/// Everything that a run begins with.
pub(crate) struct Job<'a> {
    pub(crate) workload: &'a dyn Workload,
    pub(crate) preambles: &'a Preambles,
    pub(crate) config: &'a RunConfig,
    /// Slots that always get work.
    pub(crate) regular: usize,
    /// Slots that stand in for those that sleep.
    pub(crate) stand_ins: usize,
    /// First attempts.
    pub(crate) queue: Queue<'a>,
    /// The cases in the queue.
    pub(crate) roll: Roll,
    /// Where more cases come from; without it there are no more.
    pub(crate) commands: Option<Receiver<Command>>,
}
