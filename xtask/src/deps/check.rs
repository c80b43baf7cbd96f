//! Edges of the workspace against the table. Packages from elsewhere are not looked at.

use super::table::{Row, Table};
use crate::workspace::{Dependency, Metadata, Package};

/// Package that any other may use in its tests.
const TEST_SUPPORT: &str = "rewind-testkit";

/// Every violation, as text for people: what, the table's line, the mend.
pub(crate) fn violations(metadata: &Metadata, table: &Table) -> Vec<String> {
    let members: Vec<&str> = metadata
        .member_packages()
        .map(|p| p.name.as_str())
        .collect();
    let mut found = Vec::new();
    for package in metadata.member_packages() {
        match table.row_of(&package.name) {
            None => found.push(without_row(metadata, table, package)),
            Some(row) => {
                let edges = package.dependencies.iter();
                let inner = edges.filter(|edge| members.contains(&edge.name.as_str()));
                let bad = inner.filter(|edge| !allowed(row, edge));
                found.extend(bad.map(|edge| forbidden(metadata, table, package, row, edge)));
            }
        }
    }
    found.extend(stale_rows(table, &members));
    found
}

fn allowed(row: &Row, edge: &Dependency) -> bool {
    let is_test = edge.kind.as_deref() == Some("dev");
    is_test && edge.name == TEST_SUPPORT
        || row
            .imports
            .iter()
            .any(|pattern| pattern.matches(&edge.name))
}

fn manifest<'a>(metadata: &Metadata, package: &'a Package) -> std::path::Display<'a> {
    let path = &package.manifest_path;
    path.strip_prefix(&metadata.workspace_root)
        .unwrap_or(path)
        .display()
}

fn forbidden(
    metadata: &Metadata,
    table: &Table,
    package: &Package,
    row: &Row,
    edge: &Dependency,
) -> String {
    let manifest = manifest(metadata, package);
    let section = match edge.kind.as_deref() {
        Some("dev") => "[dev-dependencies]",
        Some("build") => "[build-dependencies]",
        _ => "[dependencies]",
    };
    format!(
        "{manifest}: {} must not import {}\n  {}:{}: {}\n  mend: take `{}` out of {section}; \
         if the layout itself has to change, change that line first, with its reason",
        package.name,
        edge.name,
        table.page.display(),
        row.line,
        row.text,
        edge.name,
    )
}

fn without_row(metadata: &Metadata, table: &Table, package: &Package) -> String {
    format!(
        "{}: {} has no row in the table of {}\n  mend: add one that says what it may import, and why",
        manifest(metadata, package),
        package.name,
        table.page.display(),
    )
}

/// Rows for packages that are gone: a table that rots is believed no more.
fn stale_rows<'a>(table: &'a Table, members: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    let gone =
        |row: &&Row| !row.package.is_open() && !members.iter().any(|m| row.package.matches(m));
    table.rows.iter().filter(gone).map(|row| {
        format!(
            "{}:{}: {} is no package of the workspace\n  mend: take the row out, or mend the name",
            table.page.display(),
            row.line,
            row.package,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deps::table::tests::sample;

    fn package(name: &str, edges: &[(&str, Option<&str>)]) -> Package {
        Package {
            name: name.into(),
            version: "0.1.0".into(),
            id: format!("id-{name}"),
            manifest_path: format!("/ws/{name}/Cargo.toml").into(),
            dependencies: edges
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).into(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
        }
    }

    fn metadata(packages: Vec<Package>) -> Metadata {
        Metadata {
            workspace_members: packages.iter().map(|package| package.id.clone()).collect(),
            packages,
            workspace_root: "/ws".into(),
            target_directory: "/ws/target".into(),
        }
    }

    fn good() -> Vec<Package> {
        vec![
            package("low", &[("serde", None)]),
            package("mid-own", &[]),
            package(
                "top",
                &[("low", None), ("mid-own", None), ("mid-x", Some("build"))],
            ),
            package("mid-x", &[("low", None)]),
        ]
    }

    #[test]
    fn allowed_edges_give_no_violation() {
        assert_eq!(
            violations(&metadata(good()), &sample()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn forbidden_edge_is_told_with_line_and_mend() {
        let mut packages = good();
        packages[3] = package("mid-x", &[("top", None)]);
        insta::assert_snapshot!(violations(&metadata(packages), &sample()).join("\n"), @r"
        mid-x/Cargo.toml: mid-x must not import top
          page.md:13: | `mid-*` | `low` | shares it |
          mend: take `top` out of [dependencies]; if the layout itself has to change, change that line first, with its reason
        ");
    }

    #[test]
    fn dev_dependency_on_the_test_support_is_exempt_and_no_other_is() {
        let mut packages = good();
        packages.push(package(TEST_SUPPORT, &[]));
        packages[0] = package("low", &[(TEST_SUPPORT, Some("dev"))]);
        packages[1] = package("mid-own", &[(TEST_SUPPORT, None), ("top", Some("dev"))]);
        let found = violations(&metadata(packages), &sample()).join("\n");
        assert!(!found.contains("low must not"), "{found}");
        assert!(
            found.contains("mid-own must not import rewind-testkit"),
            "{found}"
        );
        assert!(found.contains("out of [dev-dependencies]"), "{found}");
    }

    #[test]
    fn member_without_row_and_row_without_member_are_told() {
        let mut packages = good();
        packages[0] = package("lower", &[]);
        let found = violations(&metadata(packages), &sample()).join("\n");
        assert!(found.contains("lower has no row"), "{found}");
        assert!(found.contains("page.md:12: low is no package"), "{found}");
    }
}
