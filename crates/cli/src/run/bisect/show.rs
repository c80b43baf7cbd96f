//! What is told of a search, to people and to programs.

use super::BisectArgs;
use super::hunt::{Conclusion, Ends};
use super::notes::Notes;
use super::probe::{Audience, Tried, Tries};
use super::recorded::Recorded;
use super::scene::Scene;
use crate::args::Format;
use crate::error::CliError;
use crate::paths;
use crate::shell::{quoted, quoted_path};
use crate::terminal::tell;
use rewind_protocol::path_text;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Version of the ndjson report's form.
const SCHEMA: u32 = 1;

/// Tells of a search.
pub(super) struct Show<'a> {
    scene: &'a Scene<'a>,
    recorded: &'a Recorded<'a>,
    args: &'a BisectArgs,
    seed: u64,
    machine: bool,
}

impl<'a> Show<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        recorded: &'a Recorded<'a>,
        args: &'a BisectArgs,
        seed: u64,
    ) -> Self {
        Self {
            scene,
            recorded,
            args,
            seed,
            machine: args.format == Some(Format::Ndjson),
        }
    }

    /// Before the first try.
    pub(super) fn begin(&self, notes: &Notes) -> Result<(), CliError> {
        let (line, count) = (self.recorded.line, self.scene.predecessors.len());
        if self.machine {
            return put_line(&json!({
                "type": "bisect", "schema": SCHEMA, "version": env!("CARGO_PKG_VERSION"),
                "record": paths::told(&self.args.record), "path": &*line.path,
                "variant": line.variant.name(), "worker": line.worker,
                "worker_life": line.worker_life, "predecessors": count, "seed": self.seed,
                "recorded": self.recorded.end(),
            }));
        }
        let mut text = format!(
            "bisect  {}: {} in the record, on worker {}.{} after {count} others\n",
            self.scene.victim_name(),
            self.scene.recorded,
            line.worker,
            line.worker_life
        );
        if notes.len() > 0 {
            // Writing into a `String` has no way to fail.
            let _ = writeln!(text, "        {} tries are known from before", notes.len());
        }
        tell(&text);
        Ok(())
    }

    /// At the end.
    pub(super) fn end(
        &self,
        conclusion: &Conclusion,
        ends: &Ends,
        tries: Tries,
    ) -> Result<(), CliError> {
        if self.machine {
            return put_line(&self.result(conclusion, ends, tries));
        }
        let mut text = String::new();
        // Writing into a `String` has no way to fail.
        let _ = self.write(&mut text, conclusion, ends, tries);
        put(text.as_bytes())
    }

    fn result(&self, conclusion: &Conclusion, ends: &Ends, tries: Tries) -> Value {
        let (word, set, why) = match conclusion {
            Conclusion::Found(set) => ("found", &set[..], None),
            Conclusion::Bound(set, _) => ("bound", &set[..], None),
            Conclusion::Interrupted(set) => ("interrupted", &set[..], None),
            Conclusion::Nothing(why) => ("nothing", &[][..], Some(why)),
        };
        let found = matches!(conclusion, Conclusion::Found(_));
        let polluters: Vec<_> = set
            .iter()
            .filter(|_| found)
            .filter_map(|at| self.scene.case(*at))
            .map(|case| json!({"path": &*case.path, "variant": case.variant.name()}))
            .collect();
        json!({
            "type": "summary", "result": word, "why": why, "polluters": polluters,
            "left": set.len(), "alone": ends.alone, "with": ends.with,
            "probes": tries.made, "known": tries.known,
            "replay": found.then(|| self.replay(set)),
        })
    }

    fn write(
        &self,
        out: &mut String,
        conclusion: &Conclusion,
        ends: &Ends,
        tries: Tries,
    ) -> std::fmt::Result {
        let show = |end: &Option<_>| {
            let end = end.as_ref();
            end.map_or_else(|| "not known".to_owned(), ToString::to_string)
        };
        match conclusion {
            Conclusion::Found(set) => {
                for at in set {
                    writeln!(out, "POLLUTER  {}", self.scene.name(*at))?;
                }
                writeln!(out, "  VICTIM  {}", self.scene.victim_name())?;
                writeln!(out, "          alone: {}", show(&ends.alone))?;
                let them = if set.len() == 1 { "it" } else { "them" };
                writeln!(out, "          after {them}: {}", show(&ends.with))?;
            }
            Conclusion::Nothing(why) => {
                writeln!(out, " NOTHING  {}: {why}", self.scene.victim_name())?;
            }
            Conclusion::Bound(set, _) | Conclusion::Interrupted(set) => {
                let (left, count) = (set.len(), self.scene.predecessors.len());
                writeln!(
                    out,
                    " STOPPED  {left} of {count} cases are left; the same command goes on from here"
                )?;
            }
        }
        let Tries { made, known } = tries;
        writeln!(out, "   tries  {made} made, {known} known from before")?;
        if let Conclusion::Found(set) = conclusion {
            writeln!(out, "  replay  {}", self.replay(set))?;
        }
        Ok(())
    }

    /// The command that shows it again.
    fn replay(&self, set: &[u32]) -> String {
        let mut command = replay(&self.args.record, self.scene, set);
        if let Some(root) = &self.args.root {
            // Writing into a `String` has no way to fail.
            let _ = write!(command, " --root {}", quoted_path(root));
        }
        command
    }
}

impl Audience for Show<'_> {
    fn tried(
        &mut self,
        key: &str,
        size: usize,
        tried: &Tried,
        known: bool,
    ) -> Result<(), CliError> {
        if self.machine {
            return put_line(&json!({
                "type": "probe", "after": key, "size": size, "end": tried.as_ref().ok(),
                "why": tried.as_ref().err(), "known": known,
            }));
        }
        if !known {
            let end = match tried {
                Ok(end) => end.to_string(),
                Err(why) => format!("no answer: {why}"),
            };
            tell(&format!("   try  after {size} ({key}): {end}\n"));
        }
        Ok(())
    }
}

/// The command that runs a set and the victim of `record` again, and nothing else.
pub(in crate::run) fn replay(record: &Path, scene: &Scene<'_>, set: &[u32]) -> String {
    let mut command = format!("rewind replay {}", quoted_path(record));
    let names = set.iter().map(|at| scene.name(*at));
    for name in names.chain([scene.victim_name()]) {
        // Writing into a `String` has no way to fail.
        let _ = write!(command, " --only {}", quoted(&path_text::escaped(&name)));
    }
    command
}

fn put_line(value: &Value) -> Result<(), CliError> {
    put(format!("{value}\n").as_bytes())
}

fn put(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(CliError::system("write the report"))
}
