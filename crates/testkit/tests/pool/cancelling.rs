//! What is cancelled before it begins does not run; what has begun ends.

use crate::common::{State, check_own, quiet, scripted};
use rewind_harness::{Pool, Ticket};

/// Cases that are sent ahead to a worker that has answered none.
const AHEAD: usize = 16;

/// A worker is at the first, the others wait.
fn held_up(state: &State, others: usize) -> (Pool, Ticket, Vec<Ticket>) {
    let pool = state.pool(1, &[]).build().unwrap();
    let first = pool.submit(scripted("first", "begun await 1")).unwrap();
    let others = (0..others).map(|it| pool.submit(quiet(it)).unwrap());
    let others = others.collect();
    state.wait_for("first");
    (pool, first, others)
}

#[test]
fn cancelled_before_it_begins_is_answered_at_once_and_its_neighbours_run() {
    let state = State::new();
    let (pool, first, mut others) = held_up(&state, 300);
    let last = others.pop().unwrap();
    last.cancel();
    last.cancel();
    assert!(last.wait().is_cancelled(), "and the first is not over yet");
    assert!(first.try_take().is_none());
    state.let_go();
    assert!(first.wait().finished().is_some());
    for other in others {
        assert!(other.wait().finished().is_some());
    }
    let totals = pool.shutdown().unwrap();
    assert_eq!((totals.answered, totals.withdrawn), (300, 1));
}

#[test]
fn cancelled_after_it_has_begun_ends_as_ever() {
    let state = State::new();
    let (pool, first, others) = held_up(&state, 300);
    first.cancel();
    pool.cancel_all();
    // This one was not sent, so the order above has come to the dispatcher.
    assert!(
        others
            .last()
            .unwrap()
            .wait_for(std::time::Duration::MAX)
            .unwrap()
            .is_cancelled()
    );
    state.let_go();
    check_own(&first.wait(), "fake begun await 1\n".len());
    let replies = others
        .iter()
        .take(299)
        .map(|it| it.wait_for(std::time::Duration::MAX));
    let cancelled = replies.filter(|it| it.as_ref().unwrap().is_cancelled());
    assert!(cancelled.count() >= 299 - AHEAD);
    // The pool goes on.
    check_own(&pool.submit(quiet("later")).unwrap().wait(), 8);
}

#[test]
fn cancelling_what_is_settled_cancels_no_later_request() {
    let state = State::new();
    let pool = state.pool(1, &[]).build().unwrap();
    for round in 0..50 {
        let old = pool.submit(quiet("old")).unwrap();
        assert!(
            old.wait_for(std::time::Duration::MAX)
                .unwrap()
                .finished()
                .is_some()
        );
        old.cancel();
        let new = pool.submit(quiet("new")).unwrap();
        old.cancel();
        let reply = new.wait();
        assert!(reply.finished().is_some(), "{round}: {reply:?}");
    }
}

#[test]
fn number_of_a_cancelled_request_is_given_to_another_that_runs() {
    let state = State::new();
    let (pool, first, others) = held_up(&state, 300);
    others.iter().rev().take(200).for_each(Ticket::cancel);
    for other in others.iter().rev().take(200) {
        let reply = other.wait_for(std::time::Duration::MAX).unwrap();
        assert!(reply.is_cancelled());
    }
    let later: Vec<_> = (0..200).map(|it| pool.submit(quiet(it)).unwrap()).collect();
    state.let_go();
    for ticket in later.into_iter().chain([first]) {
        assert!(ticket.wait().finished().is_some());
    }
}
