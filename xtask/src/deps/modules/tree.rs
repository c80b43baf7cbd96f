//! The modules of a package, and which of them uses which.

use super::uses::{Named, named};
use crate::error::{Error, Result};
use proc_macro2::TokenStream;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Re-exports that are followed from one to the next.
const MOST_HOPS: usize = 16;

/// Names of modules from the package's root on.
pub(super) type ModulePath = Vec<String>;

/// One module's use of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) from: ModulePath,
    pub(super) to: ModulePath,
}

/// The modules of a package.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    known: BTreeSet<ModulePath>,
    /// What each names, `inside` being whole.
    named: Vec<(ModulePath, Named)>,
    /// What a name that a module imported stands for.
    imports: BTreeMap<(ModulePath, String), ModulePath>,
}

impl Modules {
    /// Reads all files below `source`, the folder of a package's code.
    pub(crate) fn read(source: &Path) -> Result<Self> {
        let mut files = Vec::new();
        rust_files(source, &mut files)?;
        let mut texts = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(Error::file("read", &file))?;
            let inner = file.strip_prefix(source).unwrap_or(&file).to_path_buf();
            texts.push((inner, text));
        }
        Self::of(&texts)
    }

    /// As [`Modules::read`], of files that were read.
    pub(super) fn of(files: &[(PathBuf, String)]) -> Result<Self> {
        let mut modules = Self::default();
        for (file, text) in files {
            let tokens: TokenStream = text.parse().map_err(|why| Error::Content {
                path: file.clone(),
                line: 1,
                problem: format!("its tokens make no sense: {why}"),
            })?;
            let own = module_of(file);
            modules.known.insert(own.clone());
            for mut found in named(tokens) {
                let inside = [&own[..], &found.inside].concat();
                modules.known.insert(inside.clone());
                found.inside.clear();
                modules.named.push((inside, found));
            }
        }
        modules.note_imports();
        Ok(modules)
    }

    fn note_imports(&mut self) {
        for (module, found) in &self.named {
            if let (Some(name), Some(path)) = (&found.import, self.absolute(module, found)) {
                self.imports.insert((module.clone(), name.clone()), path);
            }
        }
    }

    /// The path from the root on; `None` for one that leads out of the package.
    fn absolute(&self, module: &[String], found: &Named) -> Option<ModulePath> {
        let mut base = module.to_vec();
        let mut rest = found.segments.iter().peekable();
        match rest.peek().map(|first| first.as_str()) {
            Some("crate") => {
                base.clear();
                rest.next();
            }
            Some("self") => {
                rest.next();
            }
            Some("super") => {
                while rest.next_if(|segment| *segment == "super").is_some() {
                    base.pop();
                }
            }
            Some(name) => {
                let child = [module, &[name.to_owned()]].concat();
                if !self.known.contains(&child) {
                    return None;
                }
            }
            None => return None,
        }
        base.extend(rest.cloned());
        Some(base)
    }

    /// The module in which that which `path` names is declared.
    fn home(&self, path: &[String], hops: usize) -> ModulePath {
        let mut length = 0;
        while length < path.len() && self.known.contains(&path[..=length]) {
            length += 1;
        }
        let module = path[..length].to_vec();
        let Some(item) = path.get(length).filter(|_| hops > 0) else {
            return module;
        };
        match self.imports.get(&(module.clone(), item.clone())) {
            Some(target) => {
                let behind = path.get(length + 1..).unwrap_or_default();
                self.home(&[target, behind].concat(), hops - 1)
            }
            None => module,
        }
    }

    /// Every use of one module by another, each once.
    pub(super) fn uses(&self) -> BTreeSet<Use> {
        let of = |(module, found): &(ModulePath, Named)| {
            let path = self.absolute(module, found)?;
            Some(Use {
                from: module.clone(),
                to: self.home(&path, MOST_HOPS),
            })
        };
        self.named.iter().filter_map(of).collect()
    }
}

/// The module that a file holds, from its path below the folder of the code.
fn module_of(file: &Path) -> ModulePath {
    let mut names: ModulePath = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let is_root = names.len() == 1 && matches!(names[0].as_str(), "lib" | "main");
    if is_root || names.last().is_some_and(|last| last == "mod") {
        names.pop();
    }
    names
}

/// Tests in a file of their own use what they like.
fn is_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(Error::file("list", folder))?;
    for entry in entries {
        let path = entry.map_err(Error::file("list", folder))?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "rs") && !is_tests(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}
