//! Builds run-test262 and qjs from the source vendored in rquickjs-sys.
//!
//! The engine in both is compiled with the flags that the `cc` crate gives it in
//! a release build of ours (`opt-level` 3, position-independent, one section for
//! each function), so that a comparison is one of runners and not of compilers.
//! `cc` passes the same level of debug information as well, which leaves the
//! code as it is. What our build has beyond these flags (`.cargo/config.toml`)
//! leaves the engine's arenas out, for the sake of the checkpoint alone.

use crate::error::{Error, Result};
use crate::workspace::Metadata;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Package whose source is used.
const PACKAGE: &str = "rquickjs-sys";
/// Flags of every compilation; see the module's text.
const FLAGS: [&str; 7] = [
    "-O3",
    "-ffunction-sections",
    "-fdata-sections",
    "-fPIC",
    "-m64",
    "-D_GNU_SOURCE",
    "-w",
];
/// Source of the engine, as the package's own build has it.
const ENGINE: [&str; 4] = ["quickjs", "libregexp", "libunicode", "dtoa"];
/// Programs, with what each has beyond the engine.
const PROGRAMS: [(&str, &[&str]); 2] = [
    ("run-test262", &["quickjs-libc", "run-test262"]),
    (
        "qjs",
        &["quickjs-libc", "qjs", "gen/repl", "gen/standalone"],
    ),
];
const LIBRARIES: [&str; 3] = ["-lm", "-lpthread", "-ldl"];

/// What was built.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    /// The runner.
    pub run_test262: PathBuf,
    /// The engine's shell.
    pub qjs: PathBuf,
    /// The configuration that the runner comes with.
    pub shipped_conf: PathBuf,
    /// `rquickjs-sys 0.14.0`, for reports.
    pub engine: String,
}

/// `cargo xtask peer-build`.
pub(crate) fn build_command(out: &mut dyn Write) -> Result<bool> {
    build(out)?;
    Ok(true)
}

/// Builds what isn't up to date, into `peers` of cargo's target folder.
pub(crate) fn build(out: &mut dyn Write) -> Result<Peers> {
    let metadata = Metadata::full()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == PACKAGE)
        .ok_or_else(|| {
            Error::Other(format!(
                "find the package {PACKAGE}: nothing depends on it any more"
            ))
        })?;
    let source = package
        .manifest_path
        .parent()
        .unwrap_or(Path::new("."))
        .join("quickjs");
    let folder = metadata.target_directory.join("peers");
    let peers = Peers {
        run_test262: folder.join("run-test262"),
        qjs: folder.join("qjs"),
        shipped_conf: source.join("test262.conf"),
        engine: format!("{PACKAGE} {}", package.version),
    };
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let stamp = stamp(&compiler, &peers.engine, &source)?;
    let stamp_file = folder.join("stamp");
    let made = PROGRAMS.iter().all(|(name, _)| folder.join(name).is_file());
    if made && std::fs::read_to_string(&stamp_file).is_ok_and(|known| known == stamp) {
        writeln!(out, "peer-build: up to date ({})", peers.engine)?;
        return Ok(peers);
    }
    writeln!(
        out,
        "peer-build: {compiler} {} ({})",
        FLAGS.join(" "),
        peers.engine
    )?;
    let objects = folder.join("objects");
    std::fs::create_dir_all(&objects).map_err(Error::file("create", &objects))?;
    compile(&compiler, &source, &objects)?;
    for (name, own) in PROGRAMS {
        link(&compiler, &objects, own, &folder.join(name))?;
    }
    std::fs::write(&stamp_file, stamp).map_err(Error::file("write", &stamp_file))?;
    writeln!(out, "peer-build: run-test262 and qjs are built")?;
    Ok(peers)
}

/// All that the result depends on; a package's source never changes in place.
fn stamp(compiler: &str, engine: &str, source: &Path) -> Result<String> {
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .map_err(|source| Error::Start {
            program: compiler.into(),
            source,
        })?;
    let version = String::from_utf8_lossy(&version.stdout);
    Ok(format!(
        "{engine}\n{}\n{compiler} {}\n{}\n",
        source.display(),
        FLAGS.join(" "),
        version.lines().next().unwrap_or_default(),
    ))
}

/// Compiles every unit, all at once: one of them takes longer than the others together.
fn compile(compiler: &str, source: &Path, objects: &Path) -> Result<()> {
    let mut units: Vec<&str> = ENGINE.to_vec();
    units.extend(PROGRAMS.iter().flat_map(|(_, own)| own.iter()));
    units.sort_unstable();
    units.dedup();
    let mut running = Vec::new();
    for unit in units {
        let mut command = Command::new(compiler);
        command.args(FLAGS).arg("-I").arg(source).arg("-c");
        command
            .arg(source.join(format!("{unit}.c")))
            .arg("-o")
            .arg(object(objects, unit));
        running.push((unit, start(command, compiler)?));
    }
    // All are waited for, even after one has failed: none may outlive us.
    let results: Vec<_> = running
        .into_iter()
        .map(|(unit, child)| finish(child, unit))
        .collect();
    results.into_iter().collect()
}

fn object(objects: &Path, unit: &str) -> PathBuf {
    objects.join(format!("{}.o", unit.replace('/', "-")))
}

fn link(compiler: &str, objects: &Path, own: &[&str], program: &Path) -> Result<()> {
    let mut command = Command::new(compiler);
    command.arg("-O3").arg("-m64").arg("-rdynamic");
    command.args(ENGINE.iter().chain(own).map(|unit| object(objects, unit)));
    command.args(LIBRARIES).arg("-o").arg(program);
    finish(start(command, compiler)?, &program.display().to_string())
}

fn start(mut command: Command, compiler: &str) -> Result<Child> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::Start {
            program: compiler.into(),
            source,
        })
}

fn finish(child: Child, what: &str) -> Result<()> {
    let output = child.wait_with_output().map_err(|source| Error::Start {
        program: what.into(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: format!("the C compiler for {what}"),
        status: output.status.to_string(),
        detail: format!("\n{}", String::from_utf8_lossy(&output.stderr).trim_end()),
    })
}
