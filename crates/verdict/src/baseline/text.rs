//! The text of a baseline file.

use super::{Baseline, BaselineEntry, BaselineHeader};
use crate::lines::{self, push_line, unescaped};
use crate::{Class, VerdictError};
use rewind_protocol::Variant;
use rewind_protocol::path_text::escaped;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

const FIRST_LINE: &str = "rewind-baseline 1";

pub(super) fn write(baseline: &Baseline) -> String {
    let mut text = format!("{FIRST_LINE}\n");
    for (key, value) in header_pairs(&baseline.header) {
        let flat = value.replace(['\n', '\r'], " ");
        push_line(&mut text, &format!("{key}: {flat}"));
    }
    text.push('\n');
    for entry in &baseline.entries {
        entry
            .comments
            .iter()
            .for_each(|comment| push_line(&mut text, comment));
        let path = escaped(&entry.path);
        // Writing to a string doesn't fail.
        let _ = writeln!(text, "{path} {} {}", entry.variant, entry.class);
    }
    baseline
        .trailing
        .iter()
        .for_each(|comment| push_line(&mut text, comment));
    text
}

/// What the header says; nothing of what an older file didn't say either.
fn header_pairs(header: &BaselineHeader) -> impl Iterator<Item = (&'static str, String)> {
    let always = [
        ("engine", &header.engine),
        ("corpus", &header.corpus),
        ("mode", &header.mode),
    ];
    let newer = [("config", &header.config), ("scope", &header.scope)];
    let newer = newer.into_iter().filter(|(_, value)| !value.is_empty());
    let passes = (header.passes > 0).then(|| ("passes", header.passes.to_string()));
    always
        .into_iter()
        .chain(newer)
        .map(|(key, value)| (key, value.clone()))
        .chain(passes)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Baseline, VerdictError> {
    let wrong = |line, problem: String| VerdictError::Baseline {
        path: path.to_path_buf(),
        line,
        problem,
    };
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, first)| first != FIRST_LINE) {
        let problem = format!("expected `{FIRST_LINE}`: name a file written by --update-baseline");
        return Err(wrong(1, problem));
    }
    let mut baseline = Baseline::default();
    for (number, line) in lines.by_ref().take_while(|(_, line)| !line.is_empty()) {
        header_line(line, &mut baseline.header).map_err(|problem| wrong(number, problem))?;
    }
    let mut seen: HashMap<(Arc<str>, Variant), u32> = HashMap::new();
    for (number, line) in lines {
        if line.is_empty() || line.starts_with('#') {
            baseline.trailing.push(line.to_owned());
            continue;
        }
        let mut entry = entry(line).map_err(|problem| wrong(number, problem))?;
        if let Some(first) = seen.insert((Arc::clone(&entry.path), entry.variant), number) {
            return Err(wrong(
                number,
                format!("already listed on line {first}: keep one of the two"),
            ));
        }
        entry.comments = std::mem::take(&mut baseline.trailing);
        baseline.entries.push(entry);
    }
    baseline
        .entries
        .sort_by(|a, b| (&a.path, a.variant).cmp(&(&b.path, b.variant)));
    Ok(baseline)
}

fn header_line(line: &str, header: &mut BaselineHeader) -> Result<(), String> {
    let known = line.split_once(':').and_then(|(key, value)| {
        let value = value.trim();
        let slot = match key {
            "engine" => &mut header.engine,
            "corpus" => &mut header.corpus,
            "mode" => &mut header.mode,
            "config" => &mut header.config,
            "scope" => &mut header.scope,
            "passes" => return Some(passes(value).map(|count| header.passes = count)),
            _ => return None,
        };
        value.clone_into(slot);
        Some(Ok(()))
    });
    known.unwrap_or_else(|| {
        Err(
            "expected `engine: …`, `corpus: …`, `mode: …`, `config: …`, `scope: …`, \
             `passes: …` or the blank line that ends the header"
                .to_owned(),
        )
    })
}

fn passes(value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_refused| format!("`{value}` is no number of passes: write digits alone"))
}

fn entry(line: &str) -> Result<BaselineEntry, String> {
    let mut parts = line.trim_end().rsplitn(3, ' ');
    let (class, variant, path) = (parts.next(), parts.next(), parts.next());
    let (Some(class), Some(variant), Some(path)) = (class, variant, path) else {
        return Err("expected `PATH VARIANT CLASS`".to_owned());
    };
    let variant = lines::variant(variant)?;
    let class = Class::STORED
        .into_iter()
        .find(|known| known.name() == class)
        .ok_or_else(|| {
            format!(
                "unknown class `{class}`: use {}",
                Class::STORED.map(Class::name).join(", ")
            )
        })?;
    Ok(BaselineEntry {
        path: unescaped(path)?,
        variant,
        class,
        comments: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str =
        "rewind-baseline 1\nengine: quickjs-ng 0.16.2\ncorpus: be13516\nmode: both\n\n";

    fn read(text: &str) -> Result<Baseline, String> {
        parse(text, Path::new("b.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn parse_then_write_keeps_every_byte_of_a_sorted_file() {
        let text = format!(
            "{HEAD}# why: see below\n# more\ntest/a b.js sloppy fail\ntest/a b.js strict timeout\n\n\
             # crashes\ntest/b.js module crash\ntest/c.js raw out-of-memory\n# the end\n"
        );
        let baseline = read(&text).unwrap();
        assert_eq!(write(&baseline), text);
        assert_eq!(baseline.header.engine, "quickjs-ng 0.16.2");
        assert_eq!(
            (&*baseline.header.corpus, &*baseline.header.mode),
            ("be13516", "both")
        );
        assert_eq!(
            baseline.class("test/a b.js", Variant::named(&"strict")),
            Some(Class::Timeout)
        );
        assert_eq!(baseline.class("test/a b.js", Variant::named(&"raw")), None);
    }

    #[test]
    fn write_sorts_and_moves_comments_along() {
        let text = format!("{HEAD}# about b\ntest/b.js raw fail\n# about a\ntest/a.js raw exit\n");
        let wanted =
            format!("{HEAD}# about a\ntest/a.js raw exit\n# about b\ntest/b.js raw fail\n");
        assert_eq!(write(&read(&text).unwrap()), wanted);
    }

    #[test]
    fn parse_wrong_line_names_it_and_the_mend() {
        for (lines, message) in [
            ("test/a.js sloppy", "b.txt:6: expected `PATH VARIANT CLASS`"),
            (
                "# x\ntest/a.js lazy fail",
                "b.txt:7: unknown variant `lazy`",
            ),
            (
                "test/a.js raw lost",
                "b.txt:6: unknown class `lost`: use fail, crash",
            ),
            (
                "test/a\\.js raw fail",
                "b.txt:6: a `\\` in a path is written `\\\\`",
            ),
            (
                "test/a.js raw fail\n\ntest/a.js raw crash",
                "b.txt:8: already listed on line 6",
            ),
        ] {
            let error = read(&format!("{HEAD}{lines}\n")).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        assert!(
            read("")
                .unwrap_err()
                .contains("b.txt:1: expected `rewind-baseline 1`")
        );
        let error = read("rewind-baseline 1\ntest/a.js raw fail\n").unwrap_err();
        assert!(error.contains("b.txt:2: expected `engine"), "{error}");
        let error = read("rewind-baseline 1\npasses: many\n").unwrap_err();
        assert!(
            error.contains("b.txt:2: `many` is no number of passes"),
            "{error}"
        );
    }

    #[test]
    fn header_keeps_what_is_said_about_the_run() {
        let text = "rewind-baseline 1\nengine: e 1, build 7\ncorpus: commit a\nmode: both\n\
                    config: deadline 10 s\nscope: test/a; shard 1/3\npasses: 12\n\n";
        let baseline = read(text).unwrap();
        assert_eq!(baseline.header.passes, 12);
        assert_eq!(baseline.header.scope, "test/a; shard 1/3");
        assert_eq!(write(&baseline), text);
    }

    #[test]
    fn path_that_looks_like_other_lines_is_escaped() {
        let mut baseline = Baseline::new(BaselineHeader::default());
        let forged: Arc<str> = Arc::from("a\nb raw fail\r\\");
        let comment: Arc<str> = Arc::from("# c");
        let both =
            [&forged, &comment].map(|path| (path, Variant::named(&"raw"), Some(Class::Exit)));
        baseline.update(both);
        let text = write(&baseline);
        assert!(
            text.contains("\na\\nb raw fail\\r\\\\ raw exit\n"),
            "{text}"
        );
        assert!(text.contains("\n\\# c raw exit\n"), "{text}");
        assert_eq!(read(&text).unwrap(), baseline);
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "(rewind-baseline 1\nmode: x\n\n)?[\\PC\n]*") {
            let _ = read(&text);
        }

        #[test]
        fn write_then_parse_returns_the_same(
            lines in prop::collection::btree_map(("[a-z/ #\\n\\r\\\\]{0,8}\\.js", 0_usize..4), 0_usize..6, 0..20)
        ) {
            let mut baseline = Baseline::new(BaselineHeader::default());
            let results: Vec<(Arc<str>, Variant, Class)> = lines
                .into_iter()
                .map(|((path, at), class)| (Arc::from(path), rewind_corpus::variants::ALL[at], Class::STORED[class]))
                .collect();
            baseline.update(results.iter().map(|(path, variant, class)| (path, *variant, Some(*class))));
            prop_assert_eq!(baseline.entries().len(), results.len());
            prop_assert_eq!(read(&write(&baseline)).unwrap(), baseline);
        }
    }
}
