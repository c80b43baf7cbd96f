//! `cargo xtask deps`: nobody imports what docs/architecture.md doesn't allow.

mod check;
mod table;

use crate::error::{Error, Result};
use crate::workspace::Metadata;
use std::io::Write;
use table::Table;

/// Page that holds the table.
const PAGE: &str = "docs/architecture.md";

/// Prints every violation; `true` if there is none.
pub(crate) fn run(out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let page = metadata.workspace_root.join(PAGE);
    let text = std::fs::read_to_string(&page).map_err(Error::file("read", &page))?;
    let table = Table::parse(PAGE.as_ref(), &text)?;
    let violations = check::violations(&metadata, &table);
    for violation in &violations {
        writeln!(out, "{violation}")?;
    }
    let members = metadata.member_packages().count();
    match violations.len() {
        0 => writeln!(out, "deps: {members} packages keep to the table in {PAGE}")?,
        count => writeln!(out, "deps: {count} violation(s) of the table in {PAGE}")?,
    }
    Ok(violations.is_empty())
}
