//! The kinds of fault: what raises each, what must come of it, how often it is due.

use super::expect::Expect;
use std::str::FromStr;

/// Deadline of what hangs, in ms.
const SHORT_MS: u32 = 20;
/// How often a kind is due that costs little, against others.
const OFTEN: u32 = 24;
/// How often one that takes ms, or waits for its deadline.
const SELDOM: u32 = 1;

/// The kind for which the parent's side kills workers, whatever they are at.
pub(super) const KILL_WORKER: &str = "kill-worker";

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Its name, on the command line and in reports.
    pub(super) name: &'static str,
    /// What must come of it.
    pub(super) expect: Expect,
    /// JavaScript that raises it; empty: `$rewind.fault(name)`.
    pub(super) script: &'static str,
    /// Deadline in ms; `None` is that of ordinary cases.
    pub(super) deadline_ms: Option<u32>,
    /// How often it is due, against others of its group.
    pub(super) weight: u32,
    /// It ends the worker, stops it, or leaves processes behind.
    pub(super) process: bool,
}

const fn kind(name: &'static str, expect: Expect) -> Kind {
    Kind {
        name,
        expect,
        script: "",
        deadline_ms: None,
        weight: OFTEN,
        process: false,
    }
}

impl Kind {
    const fn script(self, script: &'static str) -> Self {
        Self { script, ..self }
    }

    const fn short(self) -> Self {
        Self {
            deadline_ms: Some(SHORT_MS),
            ..self.seldom()
        }
    }

    const fn seldom(self) -> Self {
        Self {
            weight: SELDOM,
            ..self
        }
    }

    const fn process(self) -> Self {
        Self {
            process: true,
            ..self
        }
    }
}

use Expect::{
    Babbles, Completes, Crashes, EndsWorker, Exits, Kills, Overflows, RunsOutOfMemory, Stalls,
    Survives, Throws, TimesOut,
};

/// All of them; docs/recovery.md says what each does.
pub(super) const KINDS: &[Kind] = &[
    kind("segv", Crashes(libc_signal::SEGV)),
    kind("bus", Crashes(libc_signal::BUS)),
    kind("fpe", Crashes(libc_signal::FPE)),
    kind("ill", Crashes(libc_signal::ILL)),
    kind("trap", Crashes(libc_signal::TRAP)),
    kind("sys", Crashes(libc_signal::SYS)),
    kind("null", Crashes(libc_signal::SEGV)),
    kind("jump", Crashes(libc_signal::SEGV)),
    kind("wild", Survives).seldom(),
    kind("use-after-free", Survives),
    kind("double-free", Crashes(libc_signal::ABRT)),
    kind("stack", Overflows).seldom(),
    kind("engine-stack", Throws(&["InternalError", "RangeError"]))
        .script("(function deeper() { return deeper() + 1; })();")
        .seldom(),
    kind("malloc-lock", Crashes(libc_signal::SEGV)),
    kind("inside-malloc", Crashes(libc_signal::SEGV)),
    kind("stdio-lock", Crashes(libc_signal::SEGV)),
    kind("in-handler", Crashes(libc_signal::SEGV)),
    kind("longjmp", Crashes(libc_signal::SEGV)),
    kind("abort", Crashes(libc_signal::ABRT)),
    kind("exit", Exits(3)),
    kind("_exit", Exits(4)),
    kind("quick-exit", Exits(6)),
    kind("hang", TimesOut).short(),
    kind("engine-hang", TimesOut).script("for (;;);").short(),
    kind("sleep", TimesOut).short(),
    kind("oom", RunsOutOfMemory).seldom(),
    kind("engine-oom", RunsOutOfMemory)
        .script("for (var all = [], at = 0; ; at++) all[at] = new Uint8Array(1 << 20);")
        .seldom(),
    kind("fd-leak", Completes),
    kind("fd-exhaust", Completes).seldom(),
    kind("flood", Completes).seldom(),
    kind("forge", Completes).seldom(),
    kind("stray-deadline", Completes).script("$rewind.fault('raise:63');"),
    kind("ignored-signals", Completes)
        .script("[13, 17, 18, 23, 28].forEach(signal => $rewind.fault('raise:' + signal));"),
    kind("raw-exit", EndsWorker(5)).process(),
    kind("hangup", Kills(libc_signal::HUP))
        .script("$rewind.fault('raise:1');")
        .process(),
    kind("interrupt", Kills(libc_signal::INT))
        .script("$rewind.fault('raise:2');")
        .process(),
    kind("quit", Kills(libc_signal::QUIT))
        .script("$rewind.fault('raise:3');")
        .process(),
    kind("terminate", Kills(libc_signal::TERM))
        .script("$rewind.fault('raise:15');")
        .process(),
    kind("kill-self", Kills(libc_signal::KILL)).process(),
    kind("stop-self", Stalls).short().process(),
    kind("hang-blocked", Stalls).short().process(),
    kind("fork-bomb", Completes).process(),
    kind("forge-host", Babbles).process(),
    kind(KILL_WORKER, Completes)
        .script("for (var turn = 0; turn < 300; turn++) [3, 1, 2].sort().map(String).join();")
        .process(),
];

/// Signal numbers of Linux on x86-64.
mod libc_signal {
    pub(super) const HUP: i32 = 1;
    pub(super) const INT: i32 = 2;
    pub(super) const QUIT: i32 = 3;
    pub(super) const ILL: i32 = 4;
    pub(super) const TRAP: i32 = 5;
    pub(super) const ABRT: i32 = 6;
    pub(super) const BUS: i32 = 7;
    pub(super) const FPE: i32 = 8;
    pub(super) const KILL: i32 = 9;
    pub(super) const SEGV: i32 = 11;
    pub(super) const TERM: i32 = 15;
    pub(super) const SYS: i32 = 31;
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = KINDS.iter().find(|kind| kind.name == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
            format!(
                "there is no kind `{text}`; use all, in-process, process, or some of {}",
                names.join(", ")
            )
        })
    }
}

/// The kinds that were asked for, each once, in the order of [`KINDS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// As it was written.
    pub(super) text: String,
    /// What it means; never empty.
    pub(super) kinds: Vec<Kind>,
    /// It says `all`, which has only a few of those that end the worker.
    pub(super) bounded: bool,
    /// It says `?`: the kinds are to be listed, and none raised.
    pub(crate) listed: bool,
}

impl Selection {
    fn list() -> Self {
        Self {
            text: "?".to_owned(),
            kinds: KINDS.to_vec(),
            bounded: false,
            listed: true,
        }
    }

    /// The kinds in their order, one a line, each behind its group.
    pub(super) fn listing(&self) -> String {
        let line = |kind: &Kind| {
            let group = if kind.process {
                "process"
            } else {
                "in-process"
            };
            format!("{group:<10}  {}\n", kind.name)
        };
        self.kinds.iter().map(line).collect()
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut wanted: Vec<Kind> = Vec::new();
        let mut bounded = false;
        if text.trim() == "?" {
            return Ok(Self::list());
        }
        for word in text.split(',').map(str::trim) {
            match word {
                "all" => {
                    bounded = true;
                    wanted.extend(KINDS);
                }
                "in-process" => wanted.extend(KINDS.iter().filter(|kind| !kind.process)),
                "process" => wanted.extend(KINDS.iter().filter(|kind| kind.process)),
                name => wanted.push(name.parse()?),
            }
        }
        let kinds = KINDS
            .iter()
            .filter(|kind| wanted.contains(kind))
            .copied()
            .collect();
        Ok(Self {
            text: text.to_owned(),
            kinds,
            bounded,
            listed: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for kind in KINDS {
            assert_eq!(
                KINDS.iter().filter(|other| other.name == kind.name).count(),
                1
            );
        }
    }

    #[test]
    fn groups_and_names_select_each_kind_once() {
        let names = |text: &str| -> Vec<_> {
            let selection: Selection = text.parse().expect("a selection");
            selection.kinds.iter().map(|kind| kind.name).collect()
        };
        assert_eq!(names("null, segv,null"), ["segv", "null"]);
        assert_eq!(names("all").len(), KINDS.len());
        assert_eq!(
            names("in-process").len() + names("process").len(),
            KINDS.len()
        );
        assert!(names("process").contains(&"kill-self"));
    }

    #[test]
    fn unknown_kind_is_refused_with_the_list() {
        let error = "null,tea".parse::<Selection>().expect_err("refused");
        assert!(
            error.contains("`tea`") && error.contains("stop-self"),
            "{error}"
        );
        assert!("".parse::<Selection>().is_err());
        assert!("null,?".parse::<Selection>().is_err());
    }

    #[test]
    fn question_mark_lists_every_kind_with_its_group() {
        let asked: Selection = "?".parse().expect("a selection");
        assert!(asked.listed);
        let text = asked.listing();
        assert_eq!(text.lines().count(), KINDS.len());
        assert!(text.contains("in-process  null\n"), "{text}");
        assert!(text.contains("process     kill-self\n"), "{text}");
    }
}
