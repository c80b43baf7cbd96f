//! What a dropped pool leaves behind: nothing. One test in a process of its own, so
//! that all threads and children are the pool's.
#![expect(clippy::unwrap_used, reason = "this is a test")]

use rewind_harness::{GuestSetup, Pool, PoolEvent, Request, Ticket, Variant, WorkerCommand};
use std::collections::BTreeSet;
use std::path::Path;

const VARIANT: Variant = Variant::named(&"sloppy");

/// A thread that is joined may still be listed while the kernel takes it apart; it
/// has this among its flags (`PF_EXITING`).
const EXITING: u32 = 4;

/// Whether the thread is on its way out, by its `stat`.
fn is_exiting(stat: &str) -> bool {
    // The name may hold blanks; the flags are the seventh after it.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let flags = after
        .split_whitespace()
        .nth(6)
        .and_then(|it| it.parse().ok());
    flags.is_none_or(|flags: u32| flags & EXITING != 0)
}

/// Names of this process's threads that belong to a pool, and numbers of its children.
fn left() -> (Vec<String>, BTreeSet<String>) {
    let (mut threads, mut children) = (Vec::new(), BTreeSet::new());
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(task.join(name)).unwrap_or_default();
        children.extend(read("children").split_whitespace().map(str::to_owned));
        let name = read("comm").trim().to_owned();
        if is_exiting(&read("stat")) {
            continue;
        }
        let is_ours = ["rewind-pool", "worker-", "nurse-"];
        threads.extend(Some(name).filter(|it| is_ours.iter().any(|own| it.starts_with(own))));
    }
    (threads, children)
}

#[test]
fn dropped_pool_with_work_left_answers_all_and_leaves_no_thread_and_no_child() {
    let command = WorkerCommand::new(env!("CARGO_BIN_EXE_fake-worker"), [""; 0]);
    let pool = Pool::builder()
        .command(command)
        .workers(3)
        .guest(GuestSetup {
            guest: "fake".to_owned(),
            ..GuestSetup::default()
        });
    let pool = pool.build().unwrap();
    let mut events = pool.events();
    let submit = |it| {
        let request = Request::new(format!("{it}"), VARIANT, "fake begun hang\n");
        pool.submit(request).unwrap()
    };
    let tickets: Vec<Ticket> = (0..200).map(submit).collect();
    let ready = events.find_map(|event| match event {
        PoolEvent::WorkerReady { reply, .. } => Some(reply.pid),
        _ => None,
    });
    let (threads, children) = left();
    assert!(threads.len() >= 5, "{threads:?}");
    assert!(children.contains(&ready.unwrap().to_string()));
    drop(pool);
    for ticket in tickets {
        assert!(ticket.wait().is_cancelled());
    }
    assert_eq!(left(), (Vec::new(), BTreeSet::new()));
    for child in children {
        assert!(!Path::new("/proc").join(child).exists());
    }
    // The events end as well.
    assert!(events.replies().count() == 200);
}
