//! From a TOML file to its entries.

use super::{Expectation, ExpectationId, Expectations, ExpectedOutcome, Signal};
use crate::error::ExpectationProblem as Problem;
use crate::variants;
use crate::{CorpusError, Date, Place, toml_file};
use globset::{GlobBuilder, GlobSetBuilder};
use rewind_protocol::Variant;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    expect: Vec<toml::Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    path: String,
    variants: Option<Vec<RawVariant>>,
    outcome: RawOutcome,
    signal: Option<String>,
    code: Option<i32>,
    deadline_ms: Option<u32>,
    reason: String,
    owner: Option<String>,
    expires: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawOutcome {
    Pass,
    Crash,
    Timeout,
    Exit,
    OutOfMemory,
    Fail,
    Skip,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawVariant {
    Sloppy,
    Strict,
    Module,
    Raw,
}

impl From<RawVariant> for Variant {
    fn from(variant: RawVariant) -> Self {
        match variant {
            RawVariant::Sloppy => variants::SLOPPY,
            RawVariant::Strict => variants::STRICT,
            RawVariant::Module => variants::MODULE,
            RawVariant::Raw => variants::RAW,
        }
    }
}

pub(super) fn parse(text: &str, file: &Path) -> Result<Expectations, CorpusError> {
    let raw: RawFile = toml_file::parse(text, file)?;
    let mut building = Building {
        done: Expectations::default(),
        globs: GlobSetBuilder::new(),
    };
    for spanned in raw.expect {
        let line = toml_file::line_at(text, spanned.span().start);
        building
            .add(spanned.into_inner(), line)
            .map_err(|problem| CorpusError::Expectation {
                place: Place {
                    file: file.to_path_buf(),
                    line,
                },
                problem,
            })?;
    }
    building.finish(file)
}

struct Building {
    done: Expectations,
    globs: GlobSetBuilder,
}

impl Building {
    fn add(&mut self, raw: Raw, line: u32) -> Result<(), Problem> {
        let entry = entry(raw, line)?;
        let id = ExpectationId(u32::try_from(self.done.entries.len()).unwrap_or(u32::MAX));
        if entry.path.contains(['*', '?', '[', '{']) {
            let glob = GlobBuilder::new(&entry.path)
                .literal_separator(true)
                .build();
            self.globs.add(glob.map_err(|error| Problem::Glob {
                pattern: entry.path.clone(),
                message: error.kind().to_string(),
            })?);
            self.done.glob_entries.push(id);
        } else {
            self.refuse_twice(&entry)?;
            self.done
                .exact
                .entry(entry.path.clone())
                .or_default()
                .push(id);
        }
        self.done.entries.push(entry);
        Ok(())
    }

    /// Two entries that name the same path must not cover the same variant.
    fn refuse_twice(&self, entry: &Expectation) -> Result<(), Problem> {
        let others = self.done.exact.get(&entry.path).map_or(&[][..], |ids| ids);
        let others = others.iter().filter_map(|&id| self.done.get(id));
        for other in others {
            let both = |variant: &Variant| entry.covers(*variant) && other.covers(*variant);
            if let Some(variant) = variants::ALL.into_iter().find(both) {
                let (path, first) = (entry.path.clone(), other.line);
                return Err(Problem::Twice {
                    path,
                    variant,
                    first,
                });
            }
        }
        Ok(())
    }

    fn finish(mut self, file: &Path) -> Result<Expectations, CorpusError> {
        self.done.globs = self.globs.build().map_err(|error| CorpusError::Toml {
            place: Place {
                file: file.to_path_buf(),
                line: 0,
            },
            message: error.to_string(),
        })?;
        Ok(self.done)
    }
}

fn entry(raw: Raw, line: u32) -> Result<Expectation, Problem> {
    let outcome = outcome(&raw)?;
    if raw.reason.trim().is_empty() {
        return Err(Problem::NoReason);
    }
    if raw.deadline_ms == Some(0) {
        return Err(Problem::Deadline);
    }
    if raw.variants.as_ref().is_some_and(Vec::is_empty) {
        return Err(Problem::NoVariant);
    }
    let date = |text: String| text.parse::<Date>().or(Err(Problem::Date(text)));
    Ok(Expectation {
        path: raw.path,
        variants: raw
            .variants
            .unwrap_or_default()
            .into_iter()
            .map(Variant::from)
            .collect(),
        outcome,
        deadline_ms: raw.deadline_ms,
        reason: raw.reason,
        owner: raw.owner,
        expires: raw.expires.map(date).transpose()?,
        line,
    })
}

fn outcome(raw: &Raw) -> Result<ExpectedOutcome, Problem> {
    if raw.signal.is_some() && raw.outcome != RawOutcome::Crash {
        return Err(Problem::Misplaced {
            key: "signal",
            belongs_to: "crash",
        });
    }
    if raw.code.is_some() && raw.outcome != RawOutcome::Exit {
        return Err(Problem::Misplaced {
            key: "code",
            belongs_to: "exit",
        });
    }
    let signal =
        |name: &String| Signal::from_name(name).ok_or_else(|| Problem::Signal(name.clone()));
    Ok(match raw.outcome {
        RawOutcome::Pass => ExpectedOutcome::Pass,
        RawOutcome::Crash => ExpectedOutcome::Crash {
            signal: raw.signal.as_ref().map(signal).transpose()?,
        },
        RawOutcome::Timeout => ExpectedOutcome::Timeout,
        RawOutcome::Exit => ExpectedOutcome::Exit { code: raw.code },
        RawOutcome::OutOfMemory => ExpectedOutcome::OutOfMemory,
        RawOutcome::Fail => ExpectedOutcome::Fail,
        RawOutcome::Skip => ExpectedOutcome::Skip,
    })
}
