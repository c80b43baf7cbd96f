//! Scripts as a suite.

use crate::ScriptError;
use crate::expectation::Expectation;
use crate::find::{Found, Language, find, real, root_of};
use crate::script::Script;
use rewind_protocol::line::TextRules;
use rewind_protocol::{Attributes, Finished, Variant};
use rewind_suite::{Judged, Layer, SkipReason, Suite, Variants};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// Files and folders of plain sources.
#[derive(Debug)]
pub struct Scripts {
    root: PathBuf,
    scripts: Vec<Script>,
    attributes: Attributes,
    variants: &'static [Variant],
    rules: TextRules,
    /// Files whose path is no text: there is no way to name them.
    nameless: usize,
}

impl Scripts {
    /// The scripts at and below `paths`, all of `root` if none is named. Without a
    /// root, that is `here` or the nearest folder above all paths. `languages` say
    /// which files of a folder are scripts; the first also stands for files that
    /// are named and end otherwise.
    ///
    /// # Errors
    /// If a path can't be looked at, lies outside the root, or nothing is found.
    pub fn find(
        root: Option<&Path>,
        paths: &[PathBuf],
        here: &Path,
        languages: &[Language],
    ) -> Result<Self, ScriptError> {
        let paths: Vec<_> = paths.iter().map(|path| here.join(path)).collect();
        let root = match root {
            Some(root) => real(root)?,
            None => root_of(&paths, here)?,
        };
        let paths = if paths.is_empty() {
            vec![root.clone()]
        } else {
            paths
        };
        let found = find(&root, &paths, languages)?;
        if found.is_empty() {
            let endings = languages.iter().map(|it| format!(".{}", it.ending));
            let endings: Vec<_> = endings.collect();
            return Err(ScriptError::None {
                root,
                endings: endings.join(" or "),
            });
        }
        let files = found.len();
        let named = |(below, found): (PathBuf, Found)| Some(read(below.to_str()?, &found));
        let scripts: Vec<_> = found.into_iter().filter_map(named).collect();
        Ok(Self {
            root,
            nameless: files - scripts.len(),
            scripts,
            attributes: Attributes::NONE,
            variants: &[],
            rules: TextRules::default(),
        })
    }

    /// For a guest that is to know `attributes` of each script, has `variants`, and
    /// is sent whole texts by `rules`.
    #[must_use]
    pub fn for_guest(
        self,
        attributes: Attributes,
        variants: &'static [Variant],
        rules: TextRules,
    ) -> Self {
        Self {
            attributes,
            variants,
            rules,
            ..self
        }
    }

    fn script(&self, test: u32) -> Option<&Script> {
        self.scripts.get(test as usize)
    }
}

fn read(path: &str, found: &Found) -> Script {
    let text = std::fs::read(&found.file);
    let source = text.as_deref().unwrap_or_default();
    let expectation = match &text {
        Ok(text) => Expectation::of(&found.file, text).map_err(Arc::from),
        Err(error) => Err(Arc::from(format!("it can't be read: {error}"))),
    };
    let beside = format!("{expectation:?}");
    Script {
        path: Arc::from(path),
        variant: found.variant,
        size: source.len() as u64,
        hash: XxHash3_64::oneshot(source) ^ XxHash3_64::oneshot(beside.as_bytes()).rotate_left(1),
        expectation,
    }
}

impl Suite for Scripts {
    fn name(&self) -> &'static str {
        "script"
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn tests(&self) -> u32 {
        u32::try_from(self.scripts.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, test: u32) -> Arc<str> {
        self.script(test)
            .map_or_else(|| Arc::from(""), |script| Arc::clone(&script.path))
    }

    fn size(&self, test: u32) -> u64 {
        self.script(test).map_or(0, |script| script.size)
    }

    fn unreadable(&self, test: u32) -> Option<Arc<str>> {
        self.script(test)?.expectation.as_ref().err().cloned()
    }

    fn all_variants(&self) -> &'static [Variant] {
        self.variants
    }

    fn variants(&self, test: u32) -> Variants {
        Variants::Of([self.script(test).map(|script| script.variant), None])
    }

    fn skip(&self, _: u32) -> Option<SkipReason> {
        None
    }

    fn attributes(&self, _: u32) -> Attributes {
        self.attributes
    }

    fn preamble_kind(&self, _: u32) -> u64 {
        0
    }

    fn preamble(&self, _: u32) -> Vec<Layer> {
        Vec::new()
    }

    fn missing_source_mend(&self) -> &'static str {
        "add the file"
    }

    fn predicates(&self) -> &'static [&'static str] {
        &[]
    }

    fn check_predicate(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn has(&self, _: u32, _: &str, _: &dyn Fn(&str) -> bool) -> bool {
        false
    }

    fn categories(&self, _: u32) -> Vec<&str> {
        Vec::new()
    }

    fn judge<'a>(&'a self, test: u32, finished: &'a Finished) -> Option<Judged<'a>> {
        self.script(test)?.judge(finished)
    }

    fn text_rules(&self) -> TextRules {
        self.rules
    }

    fn edition(&self) -> String {
        let (files, fingerprint) = (self.scripts.len(), self.fingerprint());
        format!("{files} files, fingerprint {fingerprint:016x}")
    }

    fn fingerprint(&self) -> u64 {
        let of = |it: &Script| [XxHash3_64::oneshot(it.path.as_bytes()), it.hash];
        let bytes = self.scripts.iter().flat_map(of).flat_map(u64::to_le_bytes);
        XxHash3_64::oneshot(&bytes.collect::<Vec<u8>>())
    }

    fn remarks(&self) -> Vec<String> {
        match self.nameless {
            0 => Vec::new(),
            count => vec![format!(
                "passed over: {count} files whose path is not valid UTF-8; rename them"
            )],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const PLAIN: Variant = Variant::named(&"plain");
    const MODULE: Variant = Variant::named(&"module");
    const LANGUAGES: [Language; 2] = [
        Language {
            ending: "js",
            variant: PLAIN,
        },
        Language {
            ending: "mjs",
            variant: MODULE,
        },
    ];

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.js", "b.mjs", "c.txt", ".d.js", "sub/e.js", ".git/f.js"] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    fn found(root: Option<&Path>, paths: &[&str], here: &Path) -> Result<Vec<String>, ScriptError> {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        let scripts = Scripts::find(root, &paths, here, &LANGUAGES)?;
        let name = |it: &Script| format!("{} {}", it.path, it.variant);
        Ok(scripts.scripts.iter().map(name).collect())
    }

    #[test]
    fn folder_gives_its_scripts_and_a_named_file_is_one_whatever_it_is_called() {
        let folder = folder();
        let here = folder.path();
        let all = ["a.js plain", "b.mjs module", "sub/e.js plain"];
        assert_eq!(found(None, &[], here).unwrap(), all);
        assert_eq!(
            found(None, &["sub", "a.js"], here).unwrap(),
            [all[0], all[2]]
        );
        assert_eq!(
            found(None, &["c.txt", ".d.js"], here).unwrap(),
            [".d.js plain", "c.txt plain"]
        );
        // Named twice, it is run once.
        assert_eq!(found(None, &["a.js", "./a.js", "."], here).unwrap(), all);
    }

    #[test]
    fn root_is_here_or_the_nearest_folder_above_all_paths() {
        let folder = folder();
        let here = folder.path();
        assert_eq!(
            found(None, &["../a.js"], &here.join("sub")).unwrap(),
            ["a.js plain"]
        );
        assert_eq!(
            found(Some(&here.join("sub")), &[], here).unwrap(),
            ["e.js plain"]
        );
        let outside = found(Some(&here.join("sub")), &["a.js"], here);
        assert!(matches!(outside, Err(ScriptError::Outside { .. })));
    }

    #[test]
    fn nothing_to_run_is_an_error_that_says_what_would_be() {
        let folder = folder();
        fs::create_dir(folder.path().join("empty")).unwrap();
        let error = found(None, &["empty"], folder.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("ends in .js or .mjs"), "{error}");
        let error = found(None, &["nowhere.js"], folder.path()).unwrap_err();
        assert!(matches!(error, ScriptError::Look { .. }));
    }

    #[test]
    fn bad_header_is_an_error_of_its_script_alone() {
        let folder = folder();
        fs::write(folder.path().join("a.js"), "// expected eror: E").unwrap();
        let scripts = Scripts::find(None, &[], folder.path(), &LANGUAGES).unwrap();
        assert!(scripts.unreadable(0).unwrap().contains("isn't known"));
        assert_eq!(scripts.unreadable(1), None);
        let before = scripts.fingerprint();
        fs::write(folder.path().join("a.out"), "x").unwrap();
        fs::write(folder.path().join("b.out"), "x").unwrap();
        let after = Scripts::find(None, &[], folder.path(), &LANGUAGES).unwrap();
        assert_ne!(after.fingerprint(), before, "what is expected counts");
    }
}
