//! What people have written down about single tests, read before anything runs.
//!
//! A line that excuses nobody any more is told: an expectation that has expired
//! counts as if it weren't there, and a line that names no test may be misspelt.

use super::Wish;
use crate::error::CliError;
use rewind_corpus::{Date, Expectations, SkipList, SlowList};
use rewind_suite::Suite;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// All lists of a run; those that nobody named are empty.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) expectations: Expectations,
    pub(super) slow: SlowList,
    pub(super) skip: SkipList,
}

impl Lists {
    /// Reads what `wish` names; adds to `remarks` what people should look at.
    pub(super) fn load(
        wish: &Wish,
        suite: &dyn Suite,
        remarks: &mut Vec<String>,
    ) -> Result<Self, CliError> {
        let mut lists = Self::default();
        if let Some(file) = &wish.expectations {
            lists.expectations = expectations(file, remarks)?;
        }
        if let Some(file) = &wish.slow {
            lists.slow = SlowList::load(file)?;
        }
        if let Some(file) = &wish.skip_list {
            lists.skip = SkipList::load(file)?;
        }
        if wish.paths.is_empty() {
            lists.remark_unused(wish, suite, remarks);
        }
        Ok(lists)
    }

    /// Only where all tests were looked for: elsewhere a line without a test is none.
    fn remark_unused(&self, wish: &Wish, suite: &dyn Suite, remarks: &mut Vec<String>) {
        let paths: Vec<_> = (0..suite.tests()).map(|test| suite.path(test)).collect();
        let paths = || paths.iter().map(|path| &**path);
        let expected = self.expectations.unused(paths());
        let expected = expected
            .into_iter()
            .map(|it| (&wish.expectations, it.line, &it.path));
        let slow = self.slow.unused(paths());
        let slow = slow
            .into_iter()
            .map(|it| (&wish.slow, it.line, &it.pattern));
        let skip = self.skip.unused(paths());
        let skip = skip
            .into_iter()
            .map(|it| (&wish.skip_list, it.line, &it.pattern));
        for (file, line, pattern) in expected.chain(slow).chain(skip) {
            let file = file.as_deref().unwrap_or(Path::new("")).display();
            remarks.push(format!(
                "{file}:{line}: no test is called `{pattern}`; correct the line or take it out"
            ));
        }
    }
}

fn expectations(file: &Path, remarks: &mut Vec<String>) -> Result<Expectations, CliError> {
    let expectations = Expectations::load(file)?;
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let today = Date::from_unix_seconds(since.as_secs());
    for expired in expectations.expired(today) {
        let (file, line, path) = (file.display(), expired.line, &expired.path);
        let owner = expired.owner.as_deref().unwrap_or("nobody named");
        remarks.push(format!(
            "{file}:{line}: the expectation for {path} has expired and excuses nothing any \
             more (owner: {owner}); mend the test, or renew `expires`"
        ));
    }
    Ok(expectations.on(today))
}
