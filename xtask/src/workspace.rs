//! What cargo knows about this workspace, through `cargo metadata`.
//!
//! Only the fields that are used are read; the format is versioned (1) and
//! cargo promises to add fields only.

use crate::error::{Error, Result};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Command;

/// The answer of `cargo metadata --format-version 1`.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Packages: the members alone, or all that they depend on.
    pub packages: Vec<Package>,
    /// Ids of the members.
    pub workspace_members: Vec<String>,
    /// Folder of the root manifest.
    pub workspace_root: PathBuf,
    /// Folder that cargo builds into.
    pub target_directory: PathBuf,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its id.
    pub id: String,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// What it declares to need.
    pub dependencies: Vec<Dependency>,
}

/// One declared dependency.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// Name of the package needed, whatever it is renamed to.
    pub name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Metadata {
    /// Members alone: quick, needs no lock file and no network.
    pub(crate) fn members() -> Result<Self> {
        Self::ask(&["--no-deps"])
    }

    /// Members and all that they depend on.
    pub(crate) fn full() -> Result<Self> {
        Self::ask(&[])
    }

    fn ask(more: &[&str]) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1"])
            .args(more)
            .output()
            .map_err(|source| Error::Start {
                program: "cargo metadata".into(),
                source,
            })?;
        if !output.status.success() {
            return Err(Error::Program {
                program: "cargo metadata".into(),
                status: output.status.to_string(),
                detail: format!("\n{}", String::from_utf8_lossy(&output.stderr).trim_end()),
            });
        }
        Self::parse(&output.stdout)
    }

    /// Reads cargo's answer.
    pub(crate) fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json)
            .map_err(|why| Error::Other(format!("understand the answer of cargo metadata: {why}")))
    }

    /// The members, in cargo's order.
    pub(crate) fn member_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }
}
