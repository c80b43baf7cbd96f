//! Workers are killed through a descriptor of the process, never by a number that
//! may be somebody else's by then.

use crate::seccomp;
use rewind_harness::{Event, RunConfig, StopFlag, WorkerCommand};
use rewind_plan::{Case, Plan};
use rewind_protocol::{Attributes, Outcome, TimeoutOrigin, Variant};
use std::time::Duration;

/// A case that nothing within its worker can end.
fn plan(root: &std::path::Path) -> Plan {
    std::fs::write(root.join("a.js"), "$rewind.fault('hang-blocked');").expect("file");
    let case = Case {
        path: "a.js".into(),
        variant: Variant::named(&"sloppy"),
        preamble: None,
        attributes: Attributes::NONE,
        deadline_ms: 200,
        weight_us: 1,
        bytes: 0,
        test: 0,
        round: 0,
        expectation: None,
    };
    Plan {
        root: root.to_owned(),
        cases: vec![case],
        ..Plan::default()
    }
}

/// Where the kernel refuses `kill`, a worker that hangs is killed all the same.
#[test]
fn killing_uses_a_descriptor_and_no_process_number() {
    let folder = tempfile::tempdir().expect("folder");
    let plan = plan(folder.path());
    let mut config = RunConfig::new(
        WorkerCommand::new(env!("CARGO_BIN_EXE_rewind"), ["worker"]),
        1,
    );
    config.setup.faults = true;
    config.patience.stall = Duration::from_millis(500);
    config.patience.overrun = Duration::from_millis(300);
    let (mut outcomes, mut pids) = (Vec::new(), Vec::new());
    seccomp::without(libc::SYS_kill, None, libc::EPERM, || {
        let refused = nix::sys::signal::kill(nix::unistd::Pid::this(), None);
        assert_eq!(
            refused,
            Err(nix::errno::Errno::EPERM),
            "the filter is there"
        );
        let totals =
            rewind_harness::run(&plan, &config, &StopFlag::new(), &mut |event| match event {
                Event::Answered { finished, .. } => outcomes.push(finished.outcome.clone()),
                Event::WorkerReady { reply, .. } => pids.push(reply.pid),
                _ => {}
            });
        assert_eq!(totals.expect("a run").answered, 1);
    });
    assert_eq!(outcomes, [Outcome::TimedOut(TimeoutOrigin::Watchdog)]);
    for pid in pids {
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }
}
