//! Requests go in at any time, and each comes back as itself.

use crate::common::{State, VARIANT, check_own, quiet, scripted};
use rewind_harness::{
    Bytes, GuestSetup, Isolation, Limits, PoolError, PoolEvent, PreambleId, Request, RequestId,
    Settled, Source,
};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn request_from_memory_or_from_a_file_is_answered_as_what_it_was_sent_as() {
    let state = State::new();
    std::fs::write(state.path("a.js"), "twelve bytes").unwrap();
    let pool = state.pool(1, &[]).root(state.path("")).build().unwrap();
    let memory = pool.submit(Request::new("m", VARIANT, Bytes::from_static(b"four")));
    let relative = pool.submit(Request::file("a.js", VARIANT)).unwrap();
    let absolute = pool.submit(Request::file(state.path("a.js"), VARIANT));
    let missing = pool.submit(Request::file("b.js", VARIANT)).unwrap();
    let memory = memory.unwrap();
    assert_eq!((memory.id(), relative.id()), (RequestId(0), RequestId(1)));
    check_own(&memory.wait(), 4);
    check_own(&relative.wait(), 12);
    check_own(&absolute.unwrap().wait(), 12);
    match missing.wait().settled {
        Settled::Unreadable(why) => assert!(why.contains("b.js: No such file"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(pool.pending(), 0);
}

#[test]
fn requests_of_many_threads_submitted_while_others_run_are_answered_once_each() {
    let state = State::new();
    let pool = state.pool(3, &[]).build().unwrap();
    let events = pool.events();
    let own = std::thread::scope(|scope| {
        let submit = |thread: usize| {
            let pool = &pool;
            move || {
                let mut ids = Vec::new();
                for round in 0..50 {
                    // Some wait for the one before, some don't.
                    let tickets = (0..=round % 5).map(|it| {
                        let name = format!("{thread}-{round}-{it}");
                        (name.len() + 3, pool.submit(quiet(name)).unwrap())
                    });
                    for (bytes, ticket) in tickets.collect::<Vec<_>>() {
                        let id = ticket.id();
                        let reply = ticket.wait();
                        assert_eq!(reply.id, id);
                        check_own(&reply, bytes);
                        ids.push(id);
                    }
                }
                ids
            }
        };
        let threads: Vec<_> = (0..4).map(|it| scope.spawn(submit(it))).collect();
        let ids = threads.into_iter().flat_map(|it| it.join().unwrap());
        ids.collect::<Vec<_>>()
    });
    let totals = pool.shutdown().unwrap();
    assert_eq!(
        (totals.cases, totals.answered, totals.not_run),
        (600, 600, 0)
    );
    let all: BTreeSet<RequestId> = (0..600).map(RequestId).collect();
    assert_eq!(own.len(), 600);
    assert_eq!(own.into_iter().collect::<BTreeSet<_>>(), all);
    let told: Vec<_> = events.replies().map(|reply| reply.id).collect();
    assert_eq!(told.len(), 600);
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), all);
}

#[test]
fn requests_begin_in_order_and_drain_waits_for_all_of_them() {
    let state = State::new();
    let pool = state.pool(1, &[]).build().unwrap();
    let events = pool.events();
    let tickets: Vec<_> = (0..100).map(|it| pool.submit(quiet(it)).unwrap()).collect();
    pool.drain();
    assert_eq!(pool.pending(), 0);
    for ticket in &tickets {
        assert!(ticket.try_take().unwrap().finished().is_some());
    }
    // It goes on afterwards.
    check_own(&pool.submit(quiet("after")).unwrap().wait(), 8);
    pool.shutdown().unwrap();
    let order: Vec<u64> = events.replies().map(|reply| reply.id.0).collect();
    assert_eq!(order, (0..=100).collect::<Vec<_>>());
}

#[test]
fn preambles_are_made_while_requests_run_and_strange_ones_are_refused() {
    let state = State::new();
    let pool = state.pool(1, &[]).build().unwrap();
    let source = |name: &str| Source {
        name: name.to_owned(),
        text: Bytes::from_static(b"x"),
    };
    let mut below = PreambleId::ENGINE;
    // The fake worker leaves if a preamble comes twice, or after what needs it.
    for round in 0..4 {
        below = pool.preamble(below, [source("a"), source("b")]).unwrap();
        assert_eq!(below, PreambleId(round));
        for it in 0..3 {
            let name = format!("{round}-{it}");
            let reply = pool.submit(quiet(&name).preamble(below)).unwrap().wait();
            check_own(&reply, 6);
        }
    }
    let strange = PreambleId(4);
    let refused = pool.submit(quiet("a").preamble(strange)).unwrap_err();
    assert_eq!(refused, PoolError::UnknownPreamble(4));
    assert_eq!(
        pool.preamble(strange, [source("a")]),
        Err(PoolError::UnknownPreamble(4))
    );
    assert_eq!(pool.shutdown().unwrap().workers, 1);
}

#[test]
fn request_has_its_own_deadline() {
    let state = State::new();
    let hour = Duration::from_secs(3600);
    let pool = state.pool(1, &[]).deadline(hour).build().unwrap();
    let short = scripted("a", "begun hang").deadline(Duration::from_nanos(1));
    let reply = pool.submit(short).unwrap().wait();
    let timed_out = rewind_harness::Outcome::TimedOut(rewind_harness::TimeoutOrigin::Watchdog);
    assert_eq!(reply.outcome(), Some(&timed_out));
}

#[test]
fn workers_are_replaced_as_in_a_run_and_one_for_each_request_if_they_are_to_be_alone() {
    let state = State::new();
    let limits = Limits {
        cases: Some(40),
        batches: true,
        ..Limits::default()
    };
    let pool = state.pool(2, &[]).limits(limits).build().unwrap();
    let events = pool.events();
    (0..400).for_each(|it| drop(pool.submit(quiet(it)).unwrap()));
    pool.drain();
    let totals = pool.shutdown().unwrap();
    assert_eq!(totals.answered, 400);
    assert!(totals.workers >= 10, "{}", totals.workers);
    let is_death = |event: &PoolEvent| matches!(event, PoolEvent::WorkerDied { .. });
    assert_eq!(events.filter(is_death).count(), 0);

    let pool = state.pool(2, &[]).guest(GuestSetup {
        guest: "fake".to_owned(),
        isolation: Isolation::Spawn,
        ..GuestSetup::default()
    });
    let pool = pool.build().unwrap();
    (0..6).for_each(|it| drop(pool.submit(quiet(it)).unwrap()));
    pool.drain();
    assert_eq!(pool.shutdown().unwrap().workers, 6);
}
