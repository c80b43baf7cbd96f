//! `cargo xtask deps`: nobody imports what docs/architecture.md doesn't allow, no
//! modules import each other in a circle, and what lies between suites and
//! engines names neither.

mod check;
mod known;
mod modules;
mod neutral;
mod table;

use crate::error::{Error, Result};
use crate::workspace::{Metadata, Package};
use std::io::Write;
use std::path::PathBuf;
use table::Table;

/// Page that holds the table.
const PAGE: &str = "docs/architecture.md";
/// Circles that are known, one a line: package, module they lie in, members.
const KNOWN_CIRCLES: &str = "xtask/known-circles.txt";
/// Names that are known, one file a line.
const KNOWN_NAMES: &str = "xtask/known-names.txt";

/// Prints every violation; `true` if there is none.
pub(crate) fn run(out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let parts = [
        imports(&metadata, out)?,
        circles(&metadata, out)?,
        names(&metadata, out)?,
    ];
    Ok(parts.into_iter().all(|is_fine| is_fine))
}

fn imports(metadata: &Metadata, out: &mut dyn Write) -> Result<bool> {
    let page = metadata.workspace_root.join(PAGE);
    let text = std::fs::read_to_string(&page).map_err(Error::file("read", &page))?;
    let table = Table::parse(PAGE.as_ref(), &text)?;
    let violations = check::violations(metadata, &table);
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

/// Folder of a package's own code.
fn source(package: &Package) -> PathBuf {
    package.manifest_path.with_file_name("src")
}

fn circles(metadata: &Metadata, out: &mut dyn Write) -> Result<bool> {
    let mut found = Vec::new();
    let mut links = Vec::new();
    for package in metadata.member_packages() {
        let modules = modules::Modules::read(&source(package))?;
        for circle in modules::circles(&modules) {
            let (within, members) = (&circle.within, circle.members.join(" "));
            found.push(format!("{} {within}: {members}", package.name));
            links.push(circle.links.join("\n    "));
        }
    }
    let mend = "move what both need into a module of its own, below them";
    let mut told = known::differences(&metadata.workspace_root, KNOWN_CIRCLES, &found, mend)?;
    for text in &mut told {
        let of_it = found.iter().zip(&links);
        let mut of_it = of_it.filter(|(line, _)| text.starts_with(line.as_str()));
        if let Some((_, links)) = of_it.next() {
            *text = format!("circle of modules: {text}\n    {links}");
        }
    }
    finish(
        out,
        &told,
        &format!("{} known circle(s) of modules", found.len()),
    )
}

fn names(metadata: &Metadata, out: &mut dyn Write) -> Result<bool> {
    let mut found = Vec::new();
    let neutral = |package: &&Package| neutral::PACKAGES.contains(&package.name.as_str());
    for package in metadata.member_packages().filter(neutral) {
        found.extend(neutral::found(&metadata.workspace_root, &source(package))?);
    }
    let mend = "it names a suite or an engine: say it in neutral words, or move it to them";
    let told = known::differences(&metadata.workspace_root, KNOWN_NAMES, &found, mend)?;
    let what = format!(
        "{} known file(s) that name a suite or an engine",
        found.len()
    );
    finish(out, &told, &what)
}

fn finish(out: &mut dyn Write, told: &[String], known: &str) -> Result<bool> {
    for text in told {
        writeln!(out, "{text}")?;
    }
    match told.len() {
        0 => writeln!(out, "deps: {known}, none else")?,
        count => writeln!(
            out,
            "deps: {count} difference(s) from what is known; {known}"
        )?,
    }
    Ok(told.is_empty())
}
