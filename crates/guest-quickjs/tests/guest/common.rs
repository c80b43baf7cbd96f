//! A fresh engine for each test, in this process: no checkpoint, plain malloc.

use rewind_guest::{Attributes, ErrorPhase, Source, Variant};
use rewind_guest::{CaseInput, Evaluation, Guest, GuestOptions, Host};
use rewind_guest_quickjs::QuickJs;
use std::path::PathBuf;

/// Stands in for test262's `assert.js` and `sta.js`.
pub(crate) const HARNESS: &str = r#"
function Test262Error(message) { this.message = message || ""; }
Test262Error.prototype.toString = function () { return "Test262Error: " + this.message; };
function assert(truth, message) { if (truth !== true) throw new Test262Error(message); }
assert.same = function (actual, expected) {
  if (!Object.is(actual, expected))
    throw new Test262Error("expected " + String(expected) + ", got " + String(actual));
};
"#;

/// What is left of a case.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) evaluation: Evaluation,
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) stack: String,
    pub(crate) output: String,
    pub(crate) markers: String,
    /// Name, how often, and the first text.
    pub(crate) notices: Vec<(&'static str, u32, String)>,
    pub(crate) threads: u32,
    pub(crate) phases: rewind_guest::Phases,
    /// Of the clock.
    pub(crate) readings: u32,
}

/// An engine with the harness evaluated.
pub(crate) struct Fixture {
    pub(crate) guest: QuickJs,
    pub(crate) host: &'static Host,
    pub(crate) root: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with_files(&[])
    }

    /// A root with files in it.
    pub(crate) fn with_files(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, false)
    }

    pub(crate) fn with(files: &[(&str, &[u8])], faults: bool) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, contents).unwrap();
        }
        let host: &'static Host = Box::leak(Box::new(Host::new()));
        let options = GuestOptions {
            root: PathBuf::from(root.path()),
            faults,
            markers: false,
        };
        let mut guest = QuickJs::for_options(&options);
        guest.boot(host, &options).unwrap();
        Self { guest, host, root }
    }

    pub(crate) fn preamble(&self, text: &str) -> Evaluation {
        let source = Source {
            name: "harness/assert.js".to_owned(),
            text: text.to_owned().into(),
        };
        self.guest.preamble(self.host, &[source])
    }

    pub(crate) fn run(
        &self,
        variant: Variant,
        attributes: Attributes,
        path: &str,
        source: &str,
    ) -> Seen {
        self.host.clear();
        let evaluation = self.guest.run(
            self.host,
            &CaseInput {
                path,
                source: source.as_bytes(),
                variant,
                attributes,
            },
        );
        let text =
            |sink: &rewind_guest::Sink| sink.read(|b| String::from_utf8_lossy(b).into_owned());
        Seen {
            evaluation,
            name: text(&self.host.thrown_name),
            message: text(&self.host.thrown_message),
            stack: text(&self.host.thrown_stack),
            output: text(&self.host.output),
            markers: text(&self.host.markers),
            notices: notices(self.host),
            threads: self.host.threads(),
            phases: self.host.phases(),
            readings: self.host.readings(),
        }
    }
}

/// Runs a script in a fresh engine with the harness.
pub(crate) fn sloppy(source: &str) -> Seen {
    in_variant(Variant::named(&"sloppy"), source)
}

/// Runs a source in a fresh engine, with the harness unless raw.
pub(crate) fn in_variant(variant: Variant, source: &str) -> Seen {
    let fixture = Fixture::new();
    if variant != Variant::named(&"raw") {
        assert_eq!(fixture.preamble(HARNESS), Evaluation::Completed);
    }
    fixture.run(variant, Attributes::NONE, "test/case.js", source)
}

/// Runs a module in a root with files, the harness being there.
pub(crate) fn module_among(files: &[(&str, &[u8])], source: &str) -> Seen {
    let fixture = Fixture::with_files(files);
    assert_eq!(fixture.preamble(HARNESS), Evaluation::Completed);
    fixture.run(
        Variant::named(&"module"),
        Attributes::NONE,
        "test/case.js",
        source,
    )
}

#[track_caller]
pub(crate) fn completed(seen: &Seen) {
    assert_eq!(seen.evaluation, Evaluation::Completed, "{seen:#?}");
}

/// It ended by an error of the host's own, of this kind.
#[track_caller]
pub(crate) fn host_error(seen: &Seen, kind: &str) {
    assert_eq!(seen.evaluation, Evaluation::HostError, "{seen:#?}");
    assert_eq!(seen.name, kind, "{seen:#?}");
}

#[track_caller]
pub(crate) fn threw(seen: &Seen, phase: ErrorPhase, name: &str) {
    assert_eq!(seen.evaluation, Evaluation::Threw(phase), "{seen:#?}");
    assert_eq!(seen.name, name, "{seen:#?}");
}

fn notices(host: &Host) -> Vec<(&'static str, u32, String)> {
    let mut told = Vec::new();
    host.notices(|name, count, text| {
        told.push((name, count, String::from_utf8_lossy(text).into_owned()));
    });
    told
}
