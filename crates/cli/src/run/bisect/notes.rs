//! What was tried before: a search that was stopped goes on where it was.
//!
//! The search itself is deterministic, so nothing of it is kept but the answers
//! to its questions, where there were any. It is asked from the beginning, and what is known costs
//! nothing. The file is replaced as a whole after each try.
//!
//! A file has the answers of several searches, for a run may have several victims.
//! That of the last stands in front.

use super::scene::Scene;
use crate::error::CliError;
use rewind_report::{AtomicFile, CaseEnd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Name of the file in a results folder.
const FILE: &str = "bisect.json";
/// Version of the file's form.
const SCHEMA: u32 = 1;
/// Searches that are kept besides the last.
const OTHERS: usize = 100;

/// What answers are about: for anything else they would be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::run) struct About {
    /// Checksum of what is on record: the cases, and how they were run.
    record: String,
    /// Edition of the corpus as it is now.
    corpus: String,
    /// The workers' executable: its length and when it was last changed.
    worker: String,
    /// Name of the victim.
    victim: String,
}

impl About {
    /// The search in `scene`.
    pub(in crate::run) fn new(scene: &Scene<'_>) -> Result<Self, CliError> {
        let about = std::fs::metadata(&scene.settings.worker.exe);
        let about = about.map_err(CliError::system("look at the workers' executable"))?;
        let changed = about.modified().ok();
        let changed = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let changed = changed.unwrap_or_default().as_nanos();
        Ok(Self {
            record: format!("{:016x}", scene.fingerprint()),
            corpus: scene.selected.suite.edition(),
            worker: format!("{} bytes, changed at {changed} ns", about.len()),
            victim: scene.victim_name(),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    schema: u32,
    #[serde(flatten)]
    last: Searched,
    /// Those before it, the newest last.
    #[serde(default)]
    others: Vec<Searched>,
}

/// What is known of one search.
#[derive(Debug, Serialize, Deserialize)]
struct Searched {
    about: About,
    /// By the positions that were run before the victim.
    tried: BTreeMap<String, CaseEnd>,
}

impl State {
    /// With the search for `about` in front, as far as that was made before.
    fn turned_to(self, about: About) -> Self {
        let mut others = self.others;
        if !self.last.tried.is_empty() {
            others.push(self.last);
        }
        let found = others.iter().position(|it| it.about == about);
        let last = match found {
            Some(at) => others.remove(at),
            None => Searched::new(about),
        };
        // Of one victim only the last search is of use.
        others.retain(|it| it.about.victim != last.about.victim);
        let many = others.len().saturating_sub(OTHERS);
        others.drain(..many);
        Self {
            schema: SCHEMA,
            last,
            others,
        }
    }
}

impl Searched {
    const fn new(about: About) -> Self {
        Self {
            about,
            tried: BTreeMap::new(),
        }
    }
}

/// All answers so far, in a file.
#[derive(Debug)]
pub(in crate::run) struct Notes {
    /// `None` where there is no record to be beside of.
    file: Option<PathBuf>,
    state: State,
}

impl Notes {
    /// Takes up what was noted beside `record`. Notes of other searches are put
    /// aside, and all are dropped if it is to be `fresh`.
    pub(in crate::run) fn open(
        record: Option<&Path>,
        about: About,
        fresh: bool,
    ) -> Result<Self, CliError> {
        let file = record.map(beside);
        let old = match &file {
            Some(file) if !fresh => load(file)?,
            _ => None,
        };
        let state = match old {
            Some(state) if state.schema == SCHEMA => state.turned_to(about),
            _ => State {
                schema: SCHEMA,
                last: Searched::new(about),
                others: Vec::new(),
            },
        };
        Ok(Self { file, state })
    }

    /// How the victim ended then.
    pub(super) fn known(&self, key: &str) -> Option<&CaseEnd> {
        self.state.last.tried.get(key)
    }

    /// Answers that are known.
    pub(super) fn len(&self) -> usize {
        self.state.last.tried.len()
    }

    /// Notes how the victim ended.
    pub(super) fn put(&mut self, key: String, end: CaseEnd) -> Result<(), CliError> {
        self.state.last.tried.insert(key, end);
        let Some(path) = &self.file else {
            return Ok(());
        };
        let failed = CliError::system("write the notes of the search");
        let text = serde_json::to_vec_pretty(&self.state).map_err(|error| failed(error.into()))?;
        let mut file = AtomicFile::create(path)?;
        file.write_all(&text).map_err(failed)?;
        Ok(file.commit()?)
    }
}

/// In the results folder; beside a report that lies somewhere else.
fn beside(record: &Path) -> PathBuf {
    let name = record.file_name().unwrap_or_default();
    if name == rewind_report::RESULTS_FILE {
        return record.with_file_name(FILE);
    }
    let mut name = name.to_owned();
    name.push(".");
    name.push(FILE);
    record.with_file_name(name)
}

/// What is noted; `None` without a file.
fn load(file: &Path) -> Result<Option<State>, CliError> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = file.to_owned();
            return Err(CliError::Read { path, source });
        }
    };
    let state = serde_json::from_slice(&text).map_err(|error| CliError::BadReport {
        path: file.to_owned(),
        line: u32::try_from(error.line()).unwrap_or(u32::MAX),
        problem: format!("{error}; these are no notes of a search: say --fresh"),
    })?;
    Ok(Some(state))
}

/// Positions as text: `0-4,7`; `none` for none.
pub(super) fn key(set: &[u32]) -> String {
    let mut text = String::new();
    let mut rest = set;
    while let Some((&first, _)) = rest.split_first() {
        let run = (0..).zip(rest).take_while(|(n, at)| first + n == **at);
        let length = run.count();
        let last = first + u32::try_from(length).unwrap_or(1).saturating_sub(1);
        let comma = if text.is_empty() { "" } else { "," };
        // Writing into a `String` has no way to fail.
        let _ = match length {
            1 => write!(text, "{comma}{first}"),
            _ => write!(text, "{comma}{first}-{last}"),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    if text.is_empty() {
        text.push_str("none");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rewind_protocol::Outcome;
    use rewind_verdict::Verdict;

    fn about(victim: &str) -> About {
        About {
            record: String::new(),
            corpus: String::new(),
            worker: String::new(),
            victim: victim.to_owned(),
        }
    }

    #[test]
    fn notes_are_there_for_the_same_search_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let record = folder.path().join(rewind_report::RESULTS_FILE);
        let open = |victim, fresh| Notes::open(Some(&record), about(victim), fresh);
        let mut notes = open("a", false).expect("notes");
        let end = CaseEnd::new(Verdict::Fail, &Outcome::Completed);
        notes.put("0-3".to_owned(), end.clone()).expect("put");
        let again = open("a", false).expect("notes");
        assert_eq!(again.known("0-3"), Some(&end));
        let mut other = open("b", false).expect("notes");
        assert_eq!(other.len(), 0);
        other.put("1".to_owned(), end.clone()).expect("put");
        // Neither has taken the other's away.
        let again = open("a", false).expect("notes");
        assert_eq!((again.known("0-3"), again.len()), (Some(&end), 1));
        let again = open("b", false).expect("notes");
        assert_eq!((again.known("1"), again.len()), (Some(&end), 1));
        assert_eq!(open("a", true).expect("notes").len(), 0);
        let files = std::fs::read_dir(folder.path()).expect("list");
        assert_eq!(files.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn file_that_makes_no_sense_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("folder");
        let record = folder.path().join("run.ndjson");
        std::fs::write(folder.path().join("run.ndjson.bisect.json"), "{\n]").expect("written");
        let error = Notes::open(Some(&record), about("a"), false).expect_err("refused");
        let error = error.to_string();
        assert!(error.contains("run.ndjson.bisect.json:2: "), "{error}");
        assert!(Notes::open(Some(&record), about("a"), true).is_ok());
    }

    #[test]
    fn of_a_victim_only_the_last_search_is_kept_and_of_others_so_many() {
        let folder = tempfile::tempdir().expect("folder");
        let record = folder.path().join(rewind_report::RESULTS_FILE);
        let end = CaseEnd::new(Verdict::Fail, &Outcome::Completed);
        let put = |about: About| {
            let mut notes = Notes::open(Some(&record), about, false).expect("notes");
            let known = notes.len();
            notes.put("0".to_owned(), end.clone()).expect("put");
            known
        };
        let changed = About {
            record: "changed".to_owned(),
            ..about("a")
        };
        assert_eq!(put(about("a")), 0);
        assert_eq!(put(changed.clone()), 0);
        assert_eq!(put(changed.clone()), 1);
        assert_eq!(put(about("a")), 0, "it was of another record");
        for number in 0..=OTHERS {
            assert_eq!(put(about(&number.to_string())), 0);
        }
        assert_eq!(put(about("1")), 1);
        assert_eq!(put(about("a")), 0, "it was the oldest");
    }

    #[test]
    fn without_a_record_answers_are_known_as_long_as_the_notes() {
        let mut notes = Notes::open(None, about("a"), false).expect("notes");
        let end = CaseEnd::new(Verdict::Fail, &Outcome::Completed);
        notes.put("0".to_owned(), end.clone()).expect("put");
        assert_eq!(notes.known("0"), Some(&end));
    }

    proptest! {
        #[test]
        fn keys_tell_sets_apart(a in proptest::collection::btree_set(0..20_u32, 0..12),
                                b in proptest::collection::btree_set(0..20_u32, 0..12)) {
            let text = |set: &std::collections::BTreeSet<u32>| key(&set.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(a == b, text(&a) == text(&b));
        }
    }

    #[test]
    fn key_is_short() {
        assert_eq!(key(&[]), "none");
        assert_eq!(key(&[0, 1, 2, 3, 4, 7, 9, 10]), "0-4,7,9-10");
    }
}
