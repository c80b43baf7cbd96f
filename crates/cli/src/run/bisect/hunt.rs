//! The steps of a search, and what can be concluded.

use super::notes::key;
use super::probe::{Bench, Halt, Purpose, Reached};
use super::search::Search;
use crate::error::CliError;
use rewind_report::CaseEnd;

/// What came of the search. Positions are those of predecessors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) enum Conclusion {
    /// These change how the victim ends, and none can be left out.
    Found(Vec<u32>),
    /// There is nothing to find, and why.
    Nothing(String),
    /// It isn't over; the best so far.
    Bound(Vec<u32>, Reached),
    /// Somebody ended it; the best so far.
    Interrupted(Vec<u32>),
}

/// How the victim ends, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Ends {
    pub(in crate::run) alone: Option<CaseEnd>,
    /// After all its predecessors.
    pub(in crate::run) with: Option<CaseEnd>,
}

/// Looks for the polluters.
pub(in crate::run) fn hunt(
    bench: &mut Bench<'_>,
    seed: u64,
) -> Result<(Conclusion, Ends), CliError> {
    let count = u32::try_from(bench.scene.predecessors.len()).unwrap_or(u32::MAX);
    let mut search = Search::new(count, seed);
    let mut ends = Ends::default();
    let conclusion = match steps(bench, &mut search, &mut ends) {
        Ok(conclusion) => conclusion,
        Err(Halt::Bound(reached)) => Conclusion::Bound(search.set().to_vec(), reached),
        Err(Halt::Interrupted) => Conclusion::Interrupted(search.set().to_vec()),
        Err(Halt::Failed(error)) => return Err(*error),
    };
    Ok((conclusion, ends))
}

fn steps(bench: &mut Bench<'_>, search: &mut Search, ends: &mut Ends) -> Result<Conclusion, Halt> {
    let count = search.set().len();
    let nothing = |why: String| Ok(Conclusion::Nothing(why));
    if count == 0 {
        return nothing("nothing ran before it in its process".to_owned());
    }
    let alone = match bench.try_after(&[], Purpose::First)? {
        Some(end) => end,
        None => return nothing("alone it gives no answer".to_owned()),
    };
    ends.alone = Some(alone.clone());
    match bench.try_after(&[], Purpose::Again)? {
        Some(again) if again == alone => {}
        Some(again) => {
            return nothing(format!(
                "alone it ends one way ({alone}) and another ({again}): it is flaky by itself"
            ));
        }
        None => return nothing("alone it doesn't always give an answer".to_owned()),
    }
    let with = match bench.try_after(search.set(), Purpose::First)? {
        Some(end) => end,
        None => {
            return nothing(format!(
                "after all {count} before it the process was gone before its turn: what the \
                 record shows can't be repeated in one process"
            ));
        }
    };
    ends.with = Some(with.clone());
    if with == alone {
        let recorded = &bench.scene.recorded;
        return nothing(format!(
            "it ends the same alone and after all {count} before it ({alone}; in the record: \
             {recorded}): they don't change it, or not each time"
        ));
    }
    let wanted = Some(with);
    search.run(&mut |set| Ok::<_, Halt>(bench.try_after(set, Purpose::First)? == wanted))?;
    let found = search.set().to_vec();
    if bench.try_after(&found, Purpose::Again)? != wanted {
        return nothing(format!(
            "after {} it ended otherwise once and not a second time: that isn't steady",
            key(&found)
        ));
    }
    Ok(Conclusion::Found(found))
}
