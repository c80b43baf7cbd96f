//! Lists of what is known to be wrong still. They are exact: what isn't in a list
//! is a finding, and so is a line that nothing needs any more, so they only shrink.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Every difference between what was `found` and the list at `path`, as text for
/// people. `mend` says what to do about a new one.
pub(crate) fn differences(
    root: &Path,
    path: &str,
    found: &[String],
    mend: &str,
) -> Result<Vec<String>> {
    let file = root.join(path);
    let text = std::fs::read_to_string(&file).map_err(Error::file("read", &file))?;
    Ok(compare(path, &text, found, mend))
}

fn compare(path: &str, text: &str, found: &[String], mend: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let known: BTreeSet<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let new = found.difference(&known);
    let gone = known.difference(&found);
    new.map(|line| format!("{line}\n  mend: {mend}"))
        .chain(gone.map(|line| {
            format!("{path}: \"{line}\" is not so any more\n  mend: take the line out")
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_and_what_is_gone_are_both_told() {
        let found = ["a: x".to_owned(), "b: y".to_owned()];
        assert_eq!(
            compare("list", "# why\n\na: x\nb: y\n", &found, "no"),
            Vec::<String>::new()
        );
        let told = compare("list", "a: x\nc: z\n", &found, "name it otherwise").join("\n");
        assert!(told.contains("b: y\n  mend: name it otherwise"), "{told}");
        assert!(told.contains("\"c: z\" is not so any more"), "{told}");
        assert!(!told.contains("a: x"), "{told}");
    }
}
