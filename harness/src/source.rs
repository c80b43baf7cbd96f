//! Reading the files that go to the workers.
//!
//! The files of a plan's preambles are read once, when a run starts, and shared;
//! the source of a case is read right before it is sent, from the texts kept of
//! the corpus or from its file, and kept for its other variant, which as a rule
//! comes next. Nothing is changed on the way.

use crate::workload::{CaseFacts, CaseSources, CaseText, Workload};
use bytes::Bytes;
use rewind_plan::{Case, CaseId, Plan, PreambleSpec, TextReader, Texts};
use rewind_protocol::{Preamble, PreambleId, Source};
use rewind_sys::folder::Folder;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Why a file can't be sent; for people.
pub(crate) type Refusal = Arc<str>;

/// Every preamble, by index, or why it can't be had. More may be added while
/// others read; none is ever changed.
#[derive(Debug, Default)]
pub(crate) struct Preambles(boxcar::Vec<Result<Preamble, Refusal>>);

impl Preambles {
    /// Reads the files of all preambles.
    pub(crate) fn read(plan: &Plan) -> Self {
        let mut files = HashMap::new();
        let all: boxcar::Vec<Result<Preamble, Refusal>> = boxcar::Vec::new();
        for (index, spec) in (0u32..).zip(&plan.preambles) {
            let below = match spec.parent.map(|parent| all.get(parent as usize)) {
                None | Some(Some(Ok(_))) => Ok(()),
                Some(Some(Err(refusal))) => Err(Arc::clone(refusal)),
                Some(None) => Err(format!("preamble {index} is planned before its parent").into()),
            };
            let sources = below.and_then(|()| read_sources(plan, spec, &mut files));
            all.push(sources.map(|sources| Preamble {
                id: PreambleId(index),
                parent: spec.parent.map(PreambleId),
                sources,
            }));
        }
        Self(all)
    }

    /// The preamble with that index.
    pub(crate) fn get(&self, index: u32) -> Result<&Preamble, Refusal> {
        match self.0.get(index as usize) {
            Some(Ok(preamble)) => Ok(preamble),
            Some(Err(refusal)) => Err(Arc::clone(refusal)),
            None => Err(format!("there is no preamble {index}").into()),
        }
    }

    /// Adds one, on one that is there already; gives its index.
    pub(crate) fn add(&self, parent: Option<PreambleId>, sources: Vec<Source>) -> usize {
        self.0.push_with(|index| {
            let index = u32::try_from(index).ok();
            let index = index.ok_or("there are too many preambles")?;
            Ok(Preamble {
                id: PreambleId(index),
                parent,
                sources,
            })
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.0.count()
    }
}

/// Reads what a preamble consists of; `files` is what was read before.
fn read_sources<'p>(
    plan: &Plan,
    spec: &'p PreambleSpec,
    files: &mut HashMap<&'p str, Result<Bytes, Refusal>>,
) -> Result<Vec<Source>, Refusal> {
    let mut sources = Vec::with_capacity(spec.sources.len());
    for name in &spec.sources {
        let file = files
            .entry(name)
            .or_insert_with(|| read_file(&plan.root.join(&**name)));
        sources.push(Source {
            name: name.to_string(),
            text: file.clone()?,
        });
    }
    Ok(sources)
}

fn read_file(path: &Path) -> Result<Bytes, Refusal> {
    let refuse = |error: std::io::Error| -> Refusal { refusal(path, &error) };
    std::fs::read(path).map(Bytes::from).map_err(refuse)
}

fn refusal(path: &Path, error: &std::io::Error) -> Refusal {
    format!("read {}: {error}", path.display()).into()
}

/// Reads the sources of a plan's cases.
#[derive(Debug)]
pub(crate) struct PlanSources<'p> {
    plan: &'p Plan,
    texts: Option<TextReader>,
    /// The folder that the last one lies in, by its path below the root: most
    /// cases are followed by one of the same folder, and the way there is a
    /// fifth of what opening a file costs.
    folder: Option<(String, Folder)>,
    /// What was read last.
    last: Option<(Arc<str>, Bytes)>,
    buffer: Vec<u8>,
}

impl<'p> PlanSources<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            texts: plan.texts.as_ref().map(Texts::reader),
            folder: None,
            last: None,
            buffer: Vec::new(),
        }
    }

    /// The source of a case.
    fn read(&mut self, case: &Case) -> Result<Bytes, String> {
        if let Some((last, text)) = &self.last
            && *last == case.path
        {
            return Ok(text.clone());
        }
        let kept = self.texts.as_mut();
        let text = match kept.and_then(|texts| texts.read(case.test, case.bytes)) {
            Some(text) => text,
            None => self.read_file(&case.path, case.bytes)?,
        };
        self.last = Some((Arc::clone(&case.path), text.clone()));
        Ok(text)
    }

    /// Reads the file at `path`, which had `size` bytes (or 0) when the corpus was read.
    fn read_file(&mut self, path: &str, size: u32) -> Result<Bytes, String> {
        let opened = self.open(path);
        let read = opened.and_then(|file| read_all(file, size, &mut self.buffer));
        let length =
            read.map_err(|error| refusal(&self.plan.root.join(path), &error).to_string())?;
        Ok(Bytes::copy_from_slice(
            self.buffer.get(..length).unwrap_or_default(),
        ))
    }

    fn open(&mut self, path: &str) -> std::io::Result<File> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        if let Some((at, opened)) = &self.folder
            && at == folder
            && let Ok(file) = opened.open_file(name)
        {
            return Ok(file);
        }
        // Another folder, or one that was made anew since.
        let opened = Folder::open(&self.plan.root.join(folder))?;
        let file = opened.open_file(name);
        self.folder = Some((folder.to_owned(), opened));
        file
    }
}

impl Workload for Plan {
    fn root(&self) -> &Path {
        &self.root
    }

    fn facts(&self, case: CaseId) -> Option<CaseFacts> {
        self.case(case).map(CaseFacts::from)
    }

    fn sources(&self) -> Box<dyn CaseSources + Send + '_> {
        Box::new(PlanSources::new(self))
    }

    fn popular_preambles(&self, most: usize) -> Vec<u32> {
        let mut counts = vec![0usize; self.preambles.len()];
        for case in &self.cases {
            let count = case.preamble.and_then(|it| counts.get_mut(it as usize));
            count.into_iter().for_each(|count| *count += 1);
        }
        let mut ranked: Vec<(usize, u32)> = counts.into_iter().zip(0..).collect();
        ranked.retain(|(count, _)| *count > 0);
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        ranked.into_iter().take(most).map(|(_, it)| it).collect()
    }
}

impl CaseSources for PlanSources<'_> {
    fn load(&mut self, case: CaseId) -> Result<CaseText, String> {
        let case = self.plan.case(case).ok_or("find the case in the plan")?;
        if let Some(reason) = self.plan.unreadable(case) {
            return Err(reason.to_string());
        }
        Ok(CaseText {
            name: Arc::clone(&case.path),
            source: self.read(case)?,
        })
    }
}

/// Reads a file whose size nobody knows.
pub(crate) fn read_source(path: &Path) -> Result<Bytes, String> {
    read_file(path).map_err(|refusal| refusal.to_string())
}

/// A first piece that holds most tests of any corpus.
const PIECE: usize = 16 << 10;

/// Reads to the end. The size that was found when the corpus was read spares the
/// call that finds the end again. Gives the number of bytes; `into` only grows, so
/// that its room isn't filled with zeros for each file.
fn read_all(mut file: File, size: u32, into: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut filled = 0;
    loop {
        if into.len() < filled + PIECE {
            into.resize(filled.max(PIECE) * 2, 0);
        }
        let room = into.get_mut(filled..).unwrap_or_default();
        let asked = room.len();
        match file.read(room) {
            Ok(0) => return Ok(filled),
            Ok(count) => {
                filled += count;
                // Less than there was room for, and as much as there should be.
                if count < asked && filled == size as usize {
                    return Ok(filled);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::{Attributes, Variant};

    fn plan(root: &Path) -> Plan {
        Plan {
            root: root.to_owned(),
            ..Plan::default()
        }
    }

    fn case(path: &str, bytes: u32) -> Case {
        Case {
            path: path.into(),
            variant: Variant::named(&"sloppy"),
            preamble: None,
            attributes: Attributes::NONE,
            deadline_ms: 1,
            weight_us: 1,
            bytes,
            test: 0,
            round: 0,
            expectation: None,
        }
    }

    #[test]
    fn source_of_any_size_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(folder.path());
        let mut sources = PlanSources::new(&plan);
        for size in [0usize, 1, PIECE * 2 - 1, PIECE * 2, PIECE * 2 + 1, 200_000] {
            let text: Vec<u8> = (0u8..251).cycle().take(size).collect();
            let written = u32::try_from(size).unwrap();
            // As it was found, not known, and of a file that has changed since.
            for found in [written, 0, written / 2, written + 1] {
                let name = format!("case-{size}-{found}.js");
                let case = case(&name, found);
                std::fs::write(folder.path().join(&*name), &text).unwrap();
                assert_eq!(sources.read(&case).unwrap(), text, "{size} {found}");
                std::fs::remove_file(folder.path().join(&*name)).unwrap();
                assert_eq!(
                    sources.read(&case).unwrap(),
                    text,
                    "kept for the other variant"
                );
            }
        }
    }

    #[test]
    fn source_is_found_in_a_folder_that_was_made_anew() {
        let root = tempfile::tempdir().unwrap();
        let plan = plan(root.path());
        let mut sources = PlanSources::new(&plan);
        let folder = root.path().join("test/a");
        for (name, text) in [("1.js", "one"), ("2.js", "two")] {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(name), text).unwrap();
            let case = case(&format!("test/a/{name}"), 3);
            assert_eq!(sources.read(&case).unwrap(), text);
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }

    #[test]
    fn source_that_is_not_there_is_named() {
        let plan = plan(Path::new("/nowhere"));
        let mut sources = PlanSources::new(&plan);
        let error = sources.read(&case("test/a.js", 0)).unwrap_err();
        assert_eq!(
            error,
            "read /nowhere/test/a.js: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn preamble_without_its_file_spoils_its_children_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.js"), "a").unwrap();
        let spec = |parent, source: &str| PreambleSpec {
            parent,
            sources: vec![source.into()],
        };
        let plan = Plan {
            root: folder.path().to_owned(),
            preambles: vec![
                spec(None, "a.js"),
                spec(Some(0), "missing.js"),
                spec(Some(1), "a.js"),
                spec(Some(0), "a.js"),
                spec(Some(9), "a.js"),
            ],
            ..Plan::default()
        };
        let preambles = Preambles::read(&plan);
        let text = |index| {
            preambles
                .get(index)
                .map(|preamble| preamble.sources[0].text.clone())
        };
        assert_eq!(text(0), Ok(Bytes::from_static(b"a")));
        assert_eq!(text(3), Ok(Bytes::from_static(b"a")));
        for index in [1, 2] {
            assert!(
                text(index)
                    .unwrap_err()
                    .contains("missing.js: No such file")
            );
        }
        assert_eq!(
            &*text(4).unwrap_err(),
            "preamble 4 is planned before its parent"
        );
        assert_eq!(&*text(5).unwrap_err(), "there is no preamble 5");
    }
}
