//! The guest itself: reading a case line by line.

use crate::scene::{Action, Failure, Scene};
use crate::{
    descriptors, files, harm, hoard, identity, library, memory, process, shared, signals, thread,
};
use core::ffi::CStr;
use rewind_guest::{
    BootError, CaseInput, Description, ErrorPhase, Evaluation, Guest, GuestOptions, Host, Phase,
    Reach, Source, Variant,
};

/// Text of the file that is open from the start.
const FILE: &[u8] = b"0123456789";

/// A guest whose cases are lists of actions.
#[derive(Debug)]
pub struct Actions {
    /// A page of the guest's heap.
    page: *mut u8,
}

impl Actions {
    /// A guest that hasn't booted.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            page: core::ptr::null_mut(),
        }
    }

    /// Names of all actions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        tables().into_iter().flatten().map(|(name, _)| *name)
    }
}

impl Default for Actions {
    fn default() -> Self {
        Self::new()
    }
}

const fn tables() -> [&'static [Action]; 11] {
    [
        descriptors::TABLE,
        files::TABLE,
        harm::TABLE,
        hoard::TABLE,
        identity::TABLE,
        library::TABLE,
        memory::TABLE,
        process::TABLE,
        shared::TABLE,
        signals::TABLE,
        thread::TABLE,
    ]
}

impl Guest for Actions {
    fn describe(&self) -> Description {
        Description {
            name: "actions",
            version: env!("CARGO_PKG_VERSION").to_owned(),
            reach: Reach::Process,
            capabilities: &[],
            attributes: &[],
            printed: &[],
            plain: Variant::named(&"raw"),
            module: None,
        }
    }

    fn boot(&mut self, _host: &'static Host, _options: &GuestOptions) -> Result<(), BootError> {
        self.page = memory::page().ok_or(BootError::NoMemory("page"))?;
        descriptors::open_file(FILE).map_err(|_failure| BootError::Install("a file"))
    }

    fn preamble(&self, host: &'static Host, sources: &[Source]) -> Evaluation {
        for source in sources {
            let evaluation = self.evaluate(host, &source.text);
            if evaluation != Evaluation::Completed {
                return evaluation;
            }
        }
        Evaluation::Completed
    }

    fn run(&self, host: &'static Host, case: &CaseInput<'_>) -> Evaluation {
        host.enter(Phase::Execute);
        self.evaluate(host, case.source)
    }
}

impl Actions {
    fn evaluate(&self, host: &'static Host, source: &[u8]) -> Evaluation {
        let Ok(source) = core::str::from_utf8(source) else {
            host.threw(b"SyntaxError", b"the source is no UTF-8", b"");
            return Evaluation::Threw(ErrorPhase::named("parse"));
        };
        for line in source.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(name) = words.next().filter(|name| !name.starts_with('#')) else {
                continue;
            };
            let Some((_, action)) = find(name) else {
                host.threw(b"SyntaxError", name.as_bytes(), line.as_bytes());
                return Evaluation::Threw(ErrorPhase::named("parse"));
            };
            if let Err(failure) = action(&mut Scene::new(host, self.page, words)) {
                fail(host, failure, line);
                return Evaluation::Threw(ErrorPhase::RUNTIME);
            }
        }
        Evaluation::Completed
    }
}

fn find(name: &str) -> Option<Action> {
    tables()
        .into_iter()
        .flatten()
        .find(|(known, _)| *known == name)
        .copied()
}

/// What the system doesn't offer here, or not to this process, is told apart from a mistake.
fn fail(host: &'static Host, failure: Failure, line: &str) {
    let unreachable = [
        libc::EPERM,
        libc::EACCES,
        libc::ENOSYS,
        libc::ENXIO,
        libc::ENOENT,
        libc::ENODEV,
    ];
    let name: &[u8] = if unreachable.contains(&failure.errno) {
        b"Unreachable"
    } else {
        b"ActionError"
    };
    host.threw(name, failure.call.as_bytes(), b"");
    host.thrown_message.push(b": ");
    if failure.errno == 0 {
        host.thrown_message.push(line.as_bytes());
        return;
    }
    // SAFETY: strerror gives a C string for any number.
    let text = unsafe { libc::strerror(failure.errno) };
    // SAFETY: as above; it stays until the next call.
    let text = unsafe { CStr::from_ptr(text) };
    host.thrown_message.push(text.to_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn run(source: &str) -> (Evaluation, &'static Host) {
        let host: &'static Host = Box::leak(Box::default());
        (Actions::new().evaluate(host, source.as_bytes()), host)
    }

    fn text(sink: &rewind_guest::Sink) -> String {
        sink.read(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn names_are_given_once() {
        let names: Vec<_> = Actions::names().collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
    }

    #[test]
    fn evaluate_runs_the_lines_in_order_and_skips_remarks() {
        let (evaluation, host) = run("# a remark\n\nsetenv REWIND_A 1\nprint-env REWIND_A\n");
        assert_eq!(evaluation, Evaluation::Completed);
        assert_eq!(text(&host.output), "env 1\n");
    }

    #[test]
    fn evaluate_of_what_is_no_action_is_a_syntax_error() {
        let (evaluation, host) = run("dance");
        assert_eq!(evaluation, Evaluation::Threw(ErrorPhase::named("parse")));
        assert_eq!(text(&host.thrown_message), "dance");
    }

    #[test]
    fn evaluate_tells_what_the_system_refuses_from_mistakes() {
        let (_, host) = run("chdir /there/is/no/such/folder");
        assert_eq!(text(&host.thrown_name), "Unreachable");
        assert_eq!(
            text(&host.thrown_message),
            "chdir: No such file or directory"
        );
        let (_, host) = run("umask many");
        assert_eq!(text(&host.thrown_name), "ActionError");
    }
}
