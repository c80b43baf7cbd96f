//! What the tests of several reports do.

use crate::{
    About, AtomicFile, CaseRecord, Figures, Junit, ReportError, RunFacts, RunHeader, Sink, Summary,
    Verdict,
};
use rewind_protocol::Variant;

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

/// The JUnit report of what `tell` tells it.
pub(crate) fn junit(tell: impl FnOnce(&mut Junit<AtomicFile>)) -> String {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("report.xml");
    tell(&mut Junit::create(&file).expect("created"));
    std::fs::read_to_string(&file).expect("report")
}

/// A case that passed at once.
pub(crate) fn passed(path: &str) -> CaseRecord<'_> {
    CaseRecord {
        path,
        variant: Variant::named(&"strict"),
        verdict: Verdict::Pass,
        expected: true,
        why: "",
        finished: None,
        worker: 0,
        worker_life: 0,
        attempt: 1,
        previous: None,
        partial: None,
        about: About::default(),
    }
}
