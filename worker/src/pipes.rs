//! The parent's pipes, taken out of the guest's reach.

use crate::WorkerError;
use rewind_sys::descriptors;
use rewind_sys::pipe::take_inherited;
use std::fs::File;

/// Opens both pipes: the worker's standard input and output, which become the null device.
pub(crate) fn open() -> Result<(File, File), WorkerError> {
    let raised = |number| descriptors::raise(take_inherited(number)?).map(File::from);
    let (input, output) = (raised(0)?, raised(1)?);
    let null = File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(WorkerError::Pipe)?;
    descriptors::replace(&null, 0)?;
    descriptors::replace(&null, 1)?;
    Ok((input, output))
}
