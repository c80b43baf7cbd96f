//! What a script says about how it ends.
//!
//! A comment of any usual kind in the first lines, or files beside the script.
//! A word after `expected` that isn't known is an error of that script: it would
//! pass without being looked at otherwise.

use rewind_protocol::ErrorPhase;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Lines at the beginning of a script that are looked at.
const HEADER_LINES: usize = 20;
/// What a comment begins with, in the usual languages.
const COMMENTS: [&str; 6] = ["//", "#", "--", ";", "/*", "*"];

/// How a script must end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// By throwing an error of that kind, and perhaps in that phase.
    pub(crate) error: Option<(String, Option<ErrorPhase>)>,
    /// By ending its process with that status.
    pub(crate) exit: Option<i32>,
    /// After printing this.
    pub(crate) output: Option<Vec<u8>>,
}

impl Expectation {
    /// Of the script at `file`, whose text is `source`.
    pub(crate) fn of(file: &Path, source: &[u8]) -> Result<Self, String> {
        let mut expectation = Self::default();
        for (number, line) in (1..).zip(source.split(|&byte| byte == b'\n').take(HEADER_LINES)) {
            let line = String::from_utf8_lossy(line);
            if let Some(said) = comment(&line).and_then(|text| text.strip_prefix("expected ")) {
                let said = expectation.take(said.trim());
                said.map_err(|problem| format!("line {number}: {problem}"))?;
            }
        }
        if let Some(text) = beside(file, "exit")? {
            let text = String::from_utf8_lossy(&text);
            expectation.exit = Some(status(text.trim())?);
        }
        expectation.output = beside(file, "out")?;
        Ok(expectation)
    }

    fn take(&mut self, said: &str) -> Result<(), String> {
        match said.split_once(':') {
            Some(("error", rest)) => {
                let rest = rest.trim();
                let (name, phase) = match rest.split_once('(') {
                    None => (rest, None),
                    Some((name, phase)) => {
                        let phase = phase.trim_end_matches(')').trim();
                        let phase = ErrorPhase::parse(phase).map_err(|it| it.to_string())?;
                        (name.trim(), Some(phase))
                    }
                };
                if name.is_empty() {
                    return Err("`expected error:` names no error".to_owned());
                }
                self.error = Some((name.to_owned(), phase));
            }
            Some(("exit", rest)) => self.exit = Some(status(rest.trim())?),
            // A sentence that happens to begin so.
            _ if !said.contains(':') => {}
            _ => {
                return Err(format!(
                    "`expected {said}` isn't known: write `expected error: NAME` or \
                     `expected exit: STATUS`"
                ));
            }
        }
        Ok(())
    }
}

/// The text of a line that is a comment.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    let text = COMMENTS.iter().find_map(|mark| line.strip_prefix(mark))?;
    Some(
        text.trim_start_matches(['/', '#', '-', ';', '*'])
            .trim()
            .trim_end_matches("*/")
            .trim(),
    )
}

fn status(text: &str) -> Result<i32, String> {
    let status = text.parse().ok().filter(|status| (0..256).contains(status));
    status.ok_or_else(|| format!("`{text}` is no exit status: write a number from 0 to 255"))
}

/// What stands in `a.js.ENDING` or `a.ENDING` beside `a.js`.
fn beside(file: &Path, ending: &str) -> Result<Option<Vec<u8>>, String> {
    let mut whole = file.as_os_str().to_owned();
    whole.push(".");
    whole.push(ending);
    for path in [PathBuf::from(whole), file.with_extension(ending)] {
        match fs::read(&path) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("read {}: {error}", path.display())),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str) -> Result<Expectation, String> {
        Expectation::of(Path::new("/nowhere/a.js"), source.as_bytes())
    }

    #[test]
    fn header_of_any_kind_of_comment_is_read() {
        for source in [
            "// expected error: TypeError",
            "#!/usr/bin/env x\n# expected error: TypeError\nx",
            "--- expected error:TypeError",
            "/* expected error: TypeError */",
            "/**\n * expected error: TypeError\n */",
            ";; expected error: TypeError",
        ] {
            let wanted = Some(("TypeError".to_owned(), None));
            assert_eq!(said(source).unwrap().error, wanted, "{source}");
        }
        let parse = ErrorPhase::named("parse");
        let found = said("// expected error: SyntaxError (parse)").unwrap();
        assert_eq!(found.error, Some(("SyntaxError".to_owned(), Some(parse))));
        assert_eq!(said("// expected exit: 3").unwrap().exit, Some(3));
    }

    #[test]
    fn what_only_looks_like_it_is_none() {
        for source in [
            "",
            "x = 'expected error: TypeError'",
            "// as expected here",
            "// expected to work",
            &("\n".repeat(HEADER_LINES) + "// expected error: TypeError"),
        ] {
            assert_eq!(said(source), Ok(Expectation::default()), "{source}");
        }
    }

    #[test]
    fn header_that_makes_no_sense_is_told_with_its_line() {
        for (source, problem) in [
            (
                "\n// expected eror: TypeError",
                "line 2: `expected eror: TypeError` isn't known",
            ),
            ("// expected error:", "names no error"),
            ("// expected error: E (At Run Time)", "as a name"),
            ("// expected exit: many", "`many` is no exit status"),
            ("// expected exit: 256", "from 0 to 255"),
        ] {
            let error = said(source).unwrap_err();
            assert!(error.contains(problem), "{source}: {error}");
        }
    }

    #[test]
    fn files_beside_a_script_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.js");
        fs::write(folder.path().join("a.out"), "1\n").unwrap();
        fs::write(folder.path().join("a.exit"), "7\n").unwrap();
        let found = Expectation::of(&file, b"// expected exit: 3").unwrap();
        assert_eq!((found.exit, found.output), (Some(7), Some(b"1\n".to_vec())));
        // The longer name is the narrower one.
        fs::write(folder.path().join("a.js.out"), "2\n").unwrap();
        let found = Expectation::of(&file, b"").unwrap();
        assert_eq!(found.output, Some(b"2\n".to_vec()));
        fs::write(folder.path().join("a.exit"), "seven").unwrap();
        assert!(Expectation::of(&file, b"").is_err());
    }
}
