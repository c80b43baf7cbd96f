//! What second runs came to, for people.

use super::Audit;
use crate::run::Settings;
use crate::run::polluters::{self, Polluters};
use rewind_report::ShadowRecord;
use rewind_report::human::{Detail, Palette, render_shadow};

/// The text, with what changed a case or the command that looks for that.
pub(in crate::run) fn told(
    settings: &Settings,
    audit: &Audit,
    polluters: Option<&Polluters>,
    detail: &Detail,
    palette: &Palette,
) -> String {
    let about = |record: &ShadowRecord| {
        let (path, variant) = (&record.path, record.variant);
        let known = polluters.and_then(|it| it.of_breach(record));
        polluters::about(settings, &format!("{path} {variant}"), known)
    };
    render_shadow(&audit.counts, &audit.found, detail, palette, &about)
}
