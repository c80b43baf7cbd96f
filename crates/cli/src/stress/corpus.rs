//! The corpus of a stress run: one script for each kind, and the checks.

use super::kind::{Kind, Selection};
use super::schedule;
use crate::error::CliError;
use rewind_plan::{Case, Plan, PreambleSpec};
use rewind_protocol::{Attributes, Variant};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const HARNESS: &str = "harness/stress.js";
/// Every so manieth check looks at every object of the engine's.
const FULL_EVERY: usize = 64;
/// What every fault's case spoils first.
const SPOIL: &str = "stress.spoil();\n";
const CHECKS: [(&str, &str); 2] = [
    ("checks/quick.js", "stress.quick();\n"),
    ("checks/full.js", "stress.quick();\nstress.full();\n"),
];

/// What a case of the plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A fault, by its index in the selection.
    Fault(u16),
    /// A check for damage.
    Check,
}

/// A corpus in a folder of its own, which goes when this is dropped.
pub(super) struct Corpus {
    /// Removes the folder.
    _folder: TempDir,
    pub(super) plan: Plan,
    /// By number of the case in the plan.
    pub(super) roles: Vec<Role>,
}

/// What a corpus is made of.
pub(super) struct Recipe<'a> {
    pub(super) selection: &'a Selection,
    pub(super) count: usize,
    pub(super) seed: u64,
    /// Deadline of cases that aren't meant to hang, in ms.
    pub(super) deadline_ms: u32,
    /// The second is raised where the first is planned.
    pub(super) swap: Option<(Kind, Kind)>,
}

impl Corpus {
    /// Writes the scripts and plans the cases.
    pub(super) fn create(recipe: &Recipe<'_>) -> Result<Self, CliError> {
        let failed = CliError::system("write the scripts of the stress run");
        let folder = tempfile::Builder::new().prefix("rewind-stress-").tempdir();
        let folder = folder.map_err(&failed)?;
        write(folder.path(), recipe).map_err(&failed)?;
        let root = folder.path().canonicalize().map_err(failed)?;
        let drawn = schedule::draw(recipe.selection, recipe.count, recipe.seed);
        let (cases, roles) = cases(recipe, &drawn);
        let preambles = vec![PreambleSpec {
            parent: None,
            sources: vec![HARNESS.into()],
        }];
        let plan = Plan {
            root,
            cases,
            preambles,
            skipped: Vec::new(),
            texts: None,
            unreadable: BTreeMap::new(),
        };
        Ok(Self {
            _folder: folder,
            plan,
            roles,
        })
    }
}

fn write(root: &Path, recipe: &Recipe<'_>) -> io::Result<()> {
    for name in ["harness", "faults", "checks"] {
        std::fs::create_dir(root.join(name))?;
    }
    std::fs::write(root.join(HARNESS), include_str!("stress.js"))?;
    for (path, text) in CHECKS {
        std::fs::write(root.join(path), text)?;
    }
    for kind in &recipe.selection.kinds {
        let raised = recipe
            .swap
            .filter(|(planned, _)| planned == kind)
            .map_or(*kind, |(_, to)| to);
        std::fs::write(root.join(path_of(kind)), source_of(&raised))?;
    }
    Ok(())
}

fn path_of(kind: &Kind) -> String {
    format!("faults/{}.js", kind.name)
}

fn source_of(kind: &Kind) -> String {
    if kind.script.is_empty() {
        return format!("{SPOIL}$rewind.fault('{}');\n", kind.name);
    }
    format!("{SPOIL}{}\n", kind.script)
}

fn cases(recipe: &Recipe<'_>, drawn: &[u16]) -> (Vec<Case>, Vec<Role>) {
    let kinds = &recipe.selection.kinds;
    let fault_paths: Vec<Arc<str>> = kinds.iter().map(|kind| path_of(kind).into()).collect();
    let [quick, full] = CHECKS.map(|(path, _)| Arc::<str>::from(path));
    let mut cases = Vec::with_capacity(drawn.len() * 2);
    let mut roles = Vec::with_capacity(drawn.len() * 2);
    for (at, index) in drawn.iter().enumerate() {
        let (Some(kind), Some(path)) = (
            kinds.get(usize::from(*index)),
            fault_paths.get(usize::from(*index)),
        ) else {
            continue;
        };
        cases.push(case(path, kind.deadline_ms.unwrap_or(recipe.deadline_ms)));
        roles.push(Role::Fault(*index));
        let check = if at % FULL_EVERY == 0 { &full } else { &quick };
        cases.push(case(check, recipe.deadline_ms));
        roles.push(Role::Check);
    }
    (cases, roles)
}

fn case(path: &Arc<str>, deadline_ms: u32) -> Case {
    Case {
        path: Arc::clone(path),
        variant: Variant::named(&"sloppy"),
        preamble: Some(0),
        attributes: Attributes::NONE,
        deadline_ms,
        weight_us: 100,
        bytes: 0,
        test: 0,
        round: 0,
        expectation: None,
    }
}
