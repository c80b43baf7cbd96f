//! The stored figures: `xtask/perf-gate.toml`.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const HEAD: &str = "\
# Instructions of each work in benches/src/bin/gate.rs, the process's start taken off.
# Written by `cargo xtask perf-gate --update`; say in the commit why they changed.
";

/// What each work costs with one compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// What `rustc --version` says.
    pub compiler: String,
    /// Instructions by the work's name.
    pub works: BTreeMap<String, u64>,
}

impl Figures {
    pub(crate) const fn new(compiler: String) -> Self {
        Self {
            compiler,
            works: BTreeMap::new(),
        }
    }

    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|why| Error::Content {
            path: path.to_path_buf(),
            line: why
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
            problem: format!(
                "{}: write it anew with cargo xtask perf-gate --update",
                why.message()
            ),
        })
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        // Strings and numbers in a table can always be written.
        let body = toml::to_string(self).unwrap_or_default();
        format!("{HEAD}{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_back() {
        let mut figures = Figures::new("rustc 1.95.0".into());
        figures.works.insert("plan".into(), 17);
        figures.works.insert("codec".into(), 4_000_000_000);
        let text = figures.text();
        assert!(text.starts_with("# "), "{text}");
        assert_eq!(Figures::parse("x".as_ref(), &text).expect("good"), figures);
    }

    #[test]
    fn damage_is_told_with_its_line_and_the_mend() {
        let text = "# head\ncompiler = \"x\"\n[works]\nplan = \"many\"\n";
        let error = Figures::parse("gate.toml".as_ref(), text).expect_err("no number");
        let told = error.to_string();
        assert!(
            told.starts_with("read gate.toml:4: ") && told.contains("--update"),
            "{told}"
        );
    }
}
