//! Workers killed from outside, at any moment, by the hundred.

use crate::common::{Bench, Told, is_lost};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rewind_harness::{Event, StopFlag};
use rewind_protocol::Outcome;
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

/// Each case has one last answer: completed, or the crash of the worker whose
/// running case it was.
fn check(bench: &Bench, told: &Told, totals: &rewind_harness::RunTotals) -> usize {
    assert_eq!((totals.not_run, totals.lost), (0, 0));
    assert_eq!(totals.answered, bench.plan.cases.len());
    let mut crashed = 0;
    for number in (0u32..).take(bench.plan.cases.len()) {
        let answer = told.settled(number);
        let blames = told
            .deaths
            .iter()
            .filter(|(_, _, case, _)| case.is_some_and(|id| id.0 == number));
        match &answer.outcome {
            Outcome::Completed => assert_eq!(blames.count(), 0, "case {number}"),
            Outcome::Crashed(site) => {
                assert_eq!(
                    (site.signal, site.worker_died, blames.count()),
                    (9, true, 1)
                );
                crashed += 1;
            }
            other => panic!("case {number}: {other:?}"),
        }
    }
    let blamed = told
        .deaths
        .iter()
        .filter(|(_, _, case, _)| case.is_some())
        .count();
    assert_eq!(crashed, blamed);
    crashed
}

#[test]
fn kills_from_outside_lose_nothing_and_double_nothing() {
    /// On a busy machine a worker takes longer to start than the other to go
    /// on, so that the cases may be done before the last of these.
    const KILLS: usize = 300;
    const LEAST: usize = 60;
    let bench = Bench::quiet(12_000);
    let mut config = bench.config(2, &["--case-us", "200"]);
    config.patience.barren = 100;
    let (sender, pids) = mpsc::channel::<(u32, u32)>();
    let killer = std::thread::spawn(move || {
        let mut alive = BTreeMap::new();
        let mut kills = 0;
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        while kills < KILLS {
            match pids.recv_timeout(Duration::from_secs(20)) {
                Ok((slot, pid)) => alive.insert(slot, pid),
                Err(_) => break,
            };
            alive.extend(pids.try_iter());
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(Duration::from_micros(random % 3000));
            if let Some((_, pid)) = alive.pop_last() {
                // It lives: it ends only by being killed here, or by being told to when
                // all is done, which these kills put off.
                let pid = Pid::from_raw(i32::try_from(pid).unwrap());
                kills += usize::from(kill(pid, Signal::SIGKILL).is_ok());
            }
        }
        kills
    });
    let (told, totals) = bench.run_with(&config, &StopFlag::new(), |event| {
        if let Event::WorkerReady { worker, reply } = event {
            let _ = sender.send((worker.slot, reply.pid));
        }
    });
    drop(sender);
    let kills = killer.join().unwrap();
    let totals = totals.unwrap();
    let crashed = check(&bench, &told, &totals);
    assert!(kills >= LEAST, "the run was over after {kills} kills");
    assert!(crashed > 0, "no kill has hit a running case");
}

#[test]
fn workers_that_kill_themselves_at_any_microsecond_lose_nothing_and_double_nothing() {
    let bench = Bench::quiet(2_000);
    let mut config = bench.config(2, &["--die-within-us", "3000"]);
    config.patience.barren = u32::MAX;
    config.patience.requeues = 20;
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    check(&bench, &told, &totals);
    assert!(told.deaths.len() >= 20, "{}", told.deaths.len());
    assert!(
        !told
            .answers
            .values()
            .flatten()
            .any(|(_, _, finished)| is_lost(finished))
    );
}
