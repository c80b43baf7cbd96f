//! A pool ends in good order, or at once, and leaves no reply out.

use crate::common::{State, quiet, scripted};
use rewind_harness::PoolError;

#[test]
fn shutdown_lets_what_has_begun_end_and_cancels_the_rest() {
    let state = State::new();
    let pool = state.pool(1, &[]).build().unwrap();
    let first = pool.submit(scripted("first", "begun await 1")).unwrap();
    let others = (0..300).map(|it| pool.submit(quiet(it)).unwrap());
    let mut others: Vec<_> = others.collect();
    state.wait_for("first");
    let last = others.pop().unwrap();
    let totals = std::thread::scope(|scope| {
        let ended = scope.spawn(move || pool.shutdown());
        assert!(last.wait().is_cancelled());
        state.let_go();
        ended.join().unwrap().unwrap()
    });
    assert!(first.wait().finished().is_some());
    let is_cancelled = |ticket: rewind_harness::Ticket| ticket.wait().is_cancelled();
    let cancelled = others.into_iter().map(is_cancelled).filter(|&it| it);
    assert_eq!(cancelled.count() + 1, totals.withdrawn);
    assert_eq!(totals.answered + totals.withdrawn, 301);
    assert_eq!((totals.not_run, totals.interrupted), (0, false));
}

#[test]
fn pool_that_was_never_asked_for_anything_starts_no_worker() {
    let pool = State::new().pool(3, &[]).build().unwrap();
    pool.drain();
    pool.cancel_all();
    assert_eq!(pool.shutdown().unwrap().workers, 0);
}

#[test]
fn events_end_with_the_pool() {
    let state = State::new();
    let pool = state.pool(1, &[]).build().unwrap();
    let events = pool.events();
    drop(pool.submit(quiet("a")).unwrap());
    pool.drain();
    drop(pool);
    let within = events.next_within(std::time::Duration::MAX);
    assert!(within.unwrap().is_some());
    let more = std::iter::from_fn(|| events.next_within(std::time::Duration::MAX).ok());
    assert!(more.count() > 0);
    let none = events.next_within(std::time::Duration::MAX).unwrap_err();
    assert!(matches!(none, PoolError::Ended { .. }));
}
