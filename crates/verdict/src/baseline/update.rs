//! A baseline brought up to a run, and put on disk.

use super::{Baseline, BaselineEntry, Comparison};
use crate::lines::{self, Commented};
use crate::{Class, VerdictError};
use rewind_protocol::Variant;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

impl Baseline {
    /// Takes over how cases ended; those without a result stay as they are.
    ///
    /// `None` stands for a pass and takes an entry out. [`Class::Partial`] is
    /// never sticky: it is entered where nothing is, replaces itself alone, and
    /// goes with the first run that passes. Where a case is there several times,
    /// a failure outweighs a pass. Of a lost result nothing is learnt.
    pub fn update<'a>(
        &mut self,
        results: impl IntoIterator<Item = (&'a Arc<str>, Variant, Option<Class>)>,
    ) {
        let mut ends: BTreeMap<(Arc<str>, Variant), Option<Class>> = BTreeMap::new();
        for (path, variant, now) in results {
            if now != Some(Class::Lost) {
                let end = ends.entry((Arc::clone(path), variant)).or_default();
                *end = now.or(*end);
            }
        }
        self.keep(
            |entry| match ends.remove(&(Arc::clone(&entry.path), entry.variant)) {
                None | Some(Some(Class::Partial)) => true,
                Some(None) => false,
                Some(Some(class)) => {
                    entry.class = class;
                    true
                }
            },
        );
        let new = ends.into_iter().filter_map(|((path, variant), class)| {
            Some(BaselineEntry {
                path,
                variant,
                class: class?,
                comments: Vec::new(),
            })
        });
        self.entries.extend(new);
        self.entries
            .sort_by(|a, b| (&a.path, a.variant).cmp(&(&b.path, b.variant)));
    }

    /// Takes out the entries that a comparison found to be of no case any more.
    pub fn prune_stale(&mut self, comparison: &Comparison) {
        let stale = |entry: &BaselineEntry| {
            let found = comparison
                .stale
                .binary_search_by(|it| (&*it.path, it.variant).cmp(&(&entry.path, entry.variant)));
            found.is_ok()
        };
        self.keep(|entry| !stale(entry));
    }

    /// Keeps the entries that `wanted` says, and comments as [`lines::keep`] does.
    fn keep(&mut self, wanted: impl FnMut(&mut BaselineEntry) -> bool) {
        lines::keep(&mut self.entries, &mut self.trailing, wanted);
    }

    /// Writes it: what is at `path` is the old file or the new one, whole,
    /// whatever happens meanwhile.
    ///
    /// # Errors
    /// If the file can't be written; then the old one is as it was.
    pub fn save(&self, path: &Path) -> Result<(), VerdictError> {
        lines::replace(path, self.to_text().as_bytes()).map_err(|source| VerdictError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

impl Commented for BaselineEntry {
    fn comments(&mut self) -> &mut Vec<String> {
        &mut self.comments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineHeader;
    use std::fs;

    const RAW: Variant = Variant::named(&"raw");
    const HEAD: &str = "rewind-baseline 1\nengine: e\ncorpus: c\nmode: both\n\n";

    fn read(entries: &str) -> Baseline {
        Baseline::parse(&format!("{HEAD}{entries}"), Path::new("b")).unwrap()
    }

    /// Entries and comments after an update.
    fn updated(before: &str, results: &[(&str, Option<Class>)]) -> String {
        let mut baseline = read(before);
        let results: Vec<_> = results
            .iter()
            .map(|&(path, now)| (Arc::from(path), now))
            .collect();
        baseline.update(results.iter().map(|(path, now)| (path, RAW, *now)));
        let text = baseline.to_text();
        text.split_once("\n\n").unwrap().1.to_owned()
    }

    #[test]
    fn update_replaces_adds_and_removes_what_has_a_result() {
        let after = updated(
            "a raw fail\nb raw fail\nc raw fail\n",
            &[
                ("c", Some(Class::Exit)),
                ("b", None),
                ("0", Some(Class::Crash)),
                ("d", Some(Class::Lost)),
                ("a", Some(Class::Lost)),
                ("c", None),
            ],
        );
        assert_eq!(after, "0 raw crash\na raw fail\nc raw exit\n");
    }

    #[test]
    fn partial_entry_comes_with_a_flake_stays_with_the_next_and_goes_with_a_pass() {
        let flaky = [("a", Some(Class::Partial))];
        assert_eq!(updated("", &flaky), "a raw partial\n");
        assert_eq!(updated("a raw partial\n", &flaky), "a raw partial\n");
        assert_eq!(updated("a raw partial\n", &[("a", None)]), "");
    }

    #[test]
    fn flake_leaves_an_entry_of_another_class_as_it_is() {
        let flaky = [("a", Some(Class::Partial))];
        assert_eq!(updated("a raw timeout\n", &flaky), "a raw timeout\n");
    }

    #[test]
    fn comments_above_an_entry_that_stays_are_kept() {
        let text = "# file\n\n# about a\na raw fail\n\n# about b\n# more\nb raw exit\n# end\n";
        assert_eq!(updated(text, &[("a", Some(Class::Fail))]), text);
    }

    #[test]
    fn comments_of_a_block_stay_when_its_first_entry_goes() {
        assert_eq!(
            updated("# both\na raw fail\nb raw fail\n", &[("a", None)]),
            "# both\nb raw fail\n"
        );
    }

    #[test]
    fn comments_about_the_file_stay_when_the_entry_below_goes() {
        let text = "# file\n\n# about a\na raw fail\n# about b\nb raw fail\n";
        assert_eq!(
            updated(text, &[("a", None)]),
            "# file\n\n# about b\nb raw fail\n"
        );
        assert_eq!(
            updated("# file\n\n# about a\na raw fail\n# end\n", &[("a", None)]),
            "# file\n\n# end\n"
        );
    }

    #[test]
    fn prune_takes_out_what_is_stale_alone() {
        let mut baseline = read("a raw fail\nb raw fail\nc raw fail\n");
        let c: Arc<str> = Arc::from("c");
        let comparison = baseline.compare([(&c, RAW, Some(Class::Fail))], true);
        baseline.prune_stale(&comparison);
        let left: Vec<_> = baseline.entries().iter().map(|it| &*it.path).collect();
        assert_eq!(left, ["c"]);
    }

    #[test]
    fn save_then_load_returns_the_same_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.txt");
        let baseline = read("a raw fail\n");
        baseline.save(&path).unwrap();
        assert_eq!(Baseline::load(&path).unwrap(), baseline);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let missing = Baseline::load(&folder.path().join("none")).unwrap_err();
        let missing = missing.to_string();
        assert!(
            missing.starts_with("read ") && missing.ends_with("none"),
            "{missing}"
        );
    }

    #[test]
    fn save_into_a_missing_folder_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/baseline.txt");
        let error = Baseline::new(BaselineHeader::default())
            .save(&path)
            .unwrap_err();
        assert!(error.to_string().contains("none/baseline.txt"), "{error}");
    }
}
