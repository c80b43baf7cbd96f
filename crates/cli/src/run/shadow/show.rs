//! What second runs came to, for people.

use super::Audit;
use crate::run::Settings;
use crate::shell::quoted;
use rewind_report::ShadowRecord;
use rewind_report::human::{Detail, Palette, render_shadow};

/// The text; where there is a record of the run, with the command that looks
/// for what changed a case.
pub(in crate::run) fn told(
    settings: &Settings,
    audit: &Audit,
    detail: &Detail,
    palette: &Palette,
) -> String {
    let mend = |record: &ShadowRecord| {
        let results = settings.results.as_ref()?.display().to_string();
        let victim = format!("{} {}", record.path, record.variant);
        let (results, victim) = (quoted(&results), quoted(&victim));
        Some(format!("rewind bisect {results} --victim {victim}"))
    };
    render_shadow(&audit.counts, &audit.found, detail, palette, &mend)
}
