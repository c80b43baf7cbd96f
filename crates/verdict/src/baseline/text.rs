//! The text of a baseline file.

use super::{Baseline, BaselineEntry, BaselineHeader};
use crate::{Class, VerdictError};
use rewind_protocol::Variant;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

const FIRST_LINE: &str = "rewind-baseline 1";
const VARIANTS: [Variant; 4] = [
    Variant::Sloppy,
    Variant::Strict,
    Variant::Module,
    Variant::Raw,
];

pub(super) fn write(baseline: &Baseline) -> String {
    let BaselineHeader {
        engine,
        corpus,
        mode,
    } = &baseline.header;
    let flat = |text: &str| text.replace(['\n', '\r'], " ");
    let mut text = format!(
        "{FIRST_LINE}\nengine: {}\ncorpus: {}\nmode: {}\n\n",
        flat(engine),
        flat(corpus),
        flat(mode)
    );
    for entry in &baseline.entries {
        entry
            .comments
            .iter()
            .for_each(|comment| push_line(&mut text, comment));
        // Writing to a string doesn't fail.
        let _ = writeln!(text, "{} {} {}", entry.path, entry.variant, entry.class);
    }
    baseline
        .trailing
        .iter()
        .for_each(|comment| push_line(&mut text, comment));
    text
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
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
        let slot = match key {
            "engine" => &mut header.engine,
            "corpus" => &mut header.corpus,
            "mode" => &mut header.mode,
            _ => return None,
        };
        value.trim().clone_into(slot);
        Some(())
    });
    known.ok_or_else(|| {
        "expected `engine: …`, `corpus: …`, `mode: …` or the blank line that ends the header"
            .to_owned()
    })
}

fn entry(line: &str) -> Result<BaselineEntry, String> {
    let mut parts = line.trim_end().rsplitn(3, ' ');
    let (class, variant, path) = (parts.next(), parts.next(), parts.next());
    let (Some(class), Some(variant), Some(path)) = (class, variant, path) else {
        return Err("expected `PATH VARIANT CLASS`".to_owned());
    };
    let variant = VARIANTS
        .into_iter()
        .find(|known| known.name() == variant)
        .ok_or_else(|| format!("unknown variant `{variant}`: use sloppy, strict, module or raw"))?;
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
        path: Arc::from(path),
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
            baseline.class("test/a b.js", Variant::Strict),
            Some(Class::Timeout)
        );
        assert_eq!(baseline.class("test/a b.js", Variant::Raw), None);
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
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "(rewind-baseline 1\nmode: x\n\n)?[\\PC\n]*") {
            let _ = read(&text);
        }

        #[test]
        fn write_then_parse_returns_the_same(
            lines in prop::collection::btree_map(("[a-z/ ]{0,8}\\.js", 0_usize..4), 0_usize..5, 0..20)
        ) {
            let mut baseline = Baseline::new(BaselineHeader::default());
            let results: Vec<(Arc<str>, Variant, Class)> = lines
                .into_iter()
                .map(|((path, at), class)| (Arc::from(path), VARIANTS[at], Class::STORED[class]))
                .collect();
            baseline.update(results.iter().map(|(path, variant, class)| (path, *variant, Some(*class))));
            prop_assert_eq!(baseline.entries().len(), results.len());
            prop_assert_eq!(read(&write(&baseline)).unwrap(), baseline);
        }
    }
}
