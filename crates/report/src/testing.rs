//! What the tests of several reports do.

use crate::{Figures, ReportError, RunFacts, RunHeader, Sink, Summary};

/// Tells `sink` of a run without cases, and in the middle what `body` tells it.
pub(crate) fn tell_run<S: Sink>(
    sink: &mut S,
    facts: &RunFacts,
    body: impl FnOnce(&mut S) -> Result<(), ReportError>,
) {
    sink.begin(&RunHeader::default()).expect("begin");
    body(sink).expect("the middle");
    let figures = Figures::new();
    let summary = Summary::new(&figures, facts);
    sink.end(&summary, &figures).expect("end");
}
