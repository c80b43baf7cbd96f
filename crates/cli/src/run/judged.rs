//! What is to be said of an answer, by all that is known of its case.

use super::Settings;
use crate::select::Selected;
use rewind_plan::CaseId;
use rewind_protocol::Finished;
use rewind_report::CaseEnd;
use rewind_verdict::{Expected, Judgement, judge};

/// The judgement of a case of the plan; `None` for a number that isn't one's.
pub(super) fn judged<'a>(
    settings: &'a Settings,
    selected: &'a Selected,
    id: CaseId,
    finished: &'a Finished,
) -> Option<Judgement<'a>> {
    let case = selected.plan.case(id)?;
    let listed = case
        .expectation
        .and_then(|entry| selected.expectations.get(entry));
    let asked = settings.diagnose.as_ref();
    let expected = Expected {
        listed,
        markers: asked.map_or(&[], |asked| asked.markers(case)),
    };
    let judged = selected.suite.judge(case.test, finished);
    Some(judge(judged, &expected, finished))
}

/// How a case of the plan ended, as far as it must always end so.
pub(super) fn case_end(
    settings: &Settings,
    selected: &Selected,
    id: CaseId,
    finished: &Finished,
) -> Option<CaseEnd> {
    let judgement = judged(settings, selected, id, finished)?;
    Some(CaseEnd::new(judgement.verdict, &finished.outcome))
}
