//! What a worker of the line dialect is sent.

use crate::source::Preambles;
use crate::workload::{CaseFacts, CaseText};
use rewind_protocol::line::{Label, LineError, Switches, TextRules, put_harness, put_source};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

/// Writes cases for one worker.
#[derive(Debug)]
pub(crate) struct Mouth {
    texts: TextRules,
    /// The corpus, whole, with a slash behind it.
    root: Vec<u8>,
    /// Preamble of the harness that was sent last; none at first.
    harness: Option<u32>,
    /// Room for a name, a path and a harness.
    name: Vec<u8>,
    path: Vec<u8>,
    text: Vec<u8>,
}

impl Mouth {
    /// For cases of the corpus at `root`.
    pub(crate) fn new(root: &Path, texts: TextRules) -> Self {
        let whole = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let mut root = whole.into_os_string().into_vec();
        root.push(b'/');
        Self {
            texts,
            root,
            harness: None,
            name: Vec::new(),
            path: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Appends the harness of the preamble with that index and of all below it,
    /// unless that is the one the worker has.
    pub(crate) fn put_harness(
        &mut self,
        index: Option<u32>,
        preambles: &Preambles,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if index == self.harness {
            return Ok(());
        }
        let mut chain = Vec::new();
        let mut next = index;
        while let Some(index) = next {
            let preamble = preambles
                .get(index)
                .map_err(|refusal| refusal.to_string())?;
            chain.push(preamble);
            next = preamble.parent.map(|parent| parent.0);
        }
        self.text.clear();
        for source in chain.iter().rev().flat_map(|preamble| &preamble.sources) {
            if !self.text.is_empty() {
                self.text.extend_from_slice(self.texts.between);
            }
            self.text.extend_from_slice(&source.text);
        }
        put_harness(&self.text, out).map_err(|error| error.to_string())?;
        self.harness = index;
        Ok(())
    }

    /// Appends a case; gives the name by which the worker will call it.
    pub(crate) fn put_case(
        &mut self,
        facts: CaseFacts,
        text: &CaseText,
        out: &mut Vec<u8>,
    ) -> Result<Box<[u8]>, LineError> {
        self.name.clear();
        let label = Label {
            path: text.name.as_bytes(),
            variant: facts.variant,
            switches: Switches {
                attributes: facts.attributes,
                deadline_ms: Some(facts.deadline_ms),
            },
        };
        label.put(&mut self.name);
        self.path.clear();
        self.path.extend_from_slice(&self.root);
        self.path.extend_from_slice(text.name.as_bytes());
        let module = self.texts.modules.contains(&facts.variant);
        let prefix = self.texts.prefix(facts.variant);
        put_source(
            module,
            &self.name,
            Some(&self.path),
            &[prefix, &text.source],
            out,
        )?;
        Ok(self.name.as_slice().into())
    }
}
