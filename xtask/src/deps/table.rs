//! The table of allowed imports, as it stands in docs/architecture.md.
//!
//! It is the first table after the heading "Allowed imports". Its first column
//! names a package (or, with a final `*`, all packages whose names begin so),
//! its second what that one may import: names, `nothing`, or `everything above`
//! (the rows before it); its third says why.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

const HEADING: &str = "Allowed imports";

/// All rows, in order.
#[derive(Debug)]
pub(crate) struct Table {
    /// Page that it stands in, as it is named in messages.
    pub page: PathBuf,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Line in the page, from 1.
    pub line: usize,
    /// The row as it stands there.
    pub text: String,
    /// Whose imports it rules.
    pub package: Pattern,
    /// What is allowed.
    pub imports: Vec<Pattern>,
}

/// A package's name, or the beginning of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// `name` is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => self.0 == name,
        }
    }

    /// It stands for several names.
    pub(crate) fn is_open(&self) -> bool {
        self.0.ends_with('*')
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Table {
    /// Finds and reads the table in `text`.
    pub(crate) fn parse(page: &Path, text: &str) -> Result<Self> {
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()));
        let rows = lines
            .skip_while(|(_, line)| !is_heading(line))
            .skip_while(|(_, line)| !line.starts_with('|'))
            .take_while(|(_, line)| line.starts_with('|'))
            .skip(2); // The head, and the rule below it.
        let mut table = Self {
            page: page.to_path_buf(),
            rows: Vec::new(),
        };
        for (line, text) in rows {
            let row = table.row(line, text).map_err(|problem| Error::Content {
                path: page.to_path_buf(),
                line,
                problem,
            })?;
            table.rows.push(row);
        }
        if table.rows.is_empty() {
            return Err(Error::Content {
                path: page.to_path_buf(),
                line: 1,
                problem: format!("no table after a heading \"{HEADING}\"; put it back"),
            });
        }
        Ok(table)
    }

    /// The row for `package`: an exact name goes before a pattern.
    pub(crate) fn row_of(&self, package: &str) -> Option<&Row> {
        let fitting = || self.rows.iter().filter(|row| row.package.matches(package));
        fitting()
            .find(|row| !row.package.is_open())
            .or_else(|| fitting().next())
    }

    fn row(&self, line: usize, text: &str) -> std::result::Result<Row, String> {
        let mut cells = text.trim_matches('|').split('|').map(str::trim);
        let (Some(package), Some(imports), Some(why)) = (cells.next(), cells.next(), cells.next())
        else {
            return Err("a row needs three columns: package, imports, reason".into());
        };
        if why.is_empty() {
            return Err("the row gives no reason; write one".into());
        }
        let package = pattern(package)?;
        if self.rows.iter().any(|row| row.package == package) {
            return Err(format!("a second row for {package}; keep one"));
        }
        let imports = match imports {
            "nothing" => Vec::new(),
            "everything above" => self.rows.iter().map(|row| row.package.clone()).collect(),
            names => names
                .split(',')
                .map(pattern)
                .collect::<std::result::Result<_, _>>()?,
        };
        Ok(Row {
            line,
            text: text.to_owned(),
            package,
            imports,
        })
    }
}

fn is_heading(line: &str) -> bool {
    line.starts_with('#') && line.trim_start_matches('#').trim() == HEADING
}

fn pattern(cell: &str) -> std::result::Result<Pattern, String> {
    let name = cell.trim().trim_matches('`');
    let stem = name.strip_suffix('*').unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if stem.is_empty() || !stem.chars().all(plain) {
        return Err(format!(
            "\"{cell}\" is no package's name; write names in backticks, parted by commas"
        ));
    }
    Ok(Pattern(name.to_owned()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SAMPLE: &str = "# Page\n\n| not | this | one |\n|---|---|---|\n\n\
        ## Allowed imports\n\nText.\n\n| package | may import | why |\n|---|---|---|\n\
        | `low` | nothing | bottom |\n| `mid-*` | `low` | shares it |\n\
        | `mid-own` | nothing | special |\n| `top` | everything above | wires it |\n\nMore.\n";

    pub(crate) fn sample() -> Table {
        Table::parse("page.md".as_ref(), SAMPLE).expect("a good table")
    }

    #[test]
    fn parse_finds_the_table_after_the_heading() {
        let table = sample();
        assert_eq!(table.rows.len(), 4);
        assert_eq!(table.rows[0].line, 12);
        assert!(table.rows[0].imports.is_empty());
        assert_eq!(table.rows[3].imports.len(), 3);
    }

    #[test]
    fn row_of_prefers_the_exact_name() {
        let table = sample();
        assert_eq!(table.row_of("mid-own").map(|row| row.line), Some(14));
        assert_eq!(table.row_of("mid-x").map(|row| row.line), Some(13));
        assert!(table.row_of("unknown").is_none());
    }

    #[test]
    fn parse_without_a_table_names_the_heading() {
        let error = Table::parse("page.md".as_ref(), "# Nothing\n").expect_err("no table");
        assert!(error.to_string().contains("Allowed imports"), "{error}");
    }

    #[test]
    fn parse_of_a_bad_row_names_its_line() {
        for (row, part) in [
            ("| `a` | b c | why |", "is no package's name"),
            ("| `a` | nothing |", "three columns"),
            ("| `a` | nothing | |", "no reason"),
            ("| `low` | nothing | again |", "second row"),
        ] {
            let text = format!(
                "## Allowed imports\n|p|i|w|\n|-|-|-|\n| `low` | nothing | bottom |\n{row}\n"
            );
            let error = Table::parse("page.md".as_ref(), &text)
                .expect_err(row)
                .to_string();
            assert!(
                error.starts_with("read page.md:5: ") && error.contains(part),
                "{error}"
            );
        }
    }
}
