//! Workers die, and every request has its one reply all the same.

use crate::common::{State, builder, check_own, quiet, scripted};
use rewind_harness::{HarnessError, Outcome, PoolError, PoolEvent, Settled, WorkerCommand};

#[test]
fn death_of_a_worker_is_laid_to_the_request_that_it_died_of_alone() {
    for confirm in [false, true] {
        let state = State::new();
        let pool = state.pool(2, &[]).confirm_deaths(confirm).build().unwrap();
        let events = pool.events();
        let before: Vec<_> = (10..60).map(|it| pool.submit(quiet(it)).unwrap()).collect();
        let fatal = pool.submit(scripted("fatal", "begun kill:11")).unwrap();
        let after: Vec<_> = (60..99).map(|it| pool.submit(quiet(it)).unwrap()).collect();
        let reply = fatal.wait();
        match reply.outcome() {
            Some(Outcome::Crashed(site)) => assert!(site.worker_died && site.signal == 11),
            other => panic!("{other:?}"),
        }
        for ticket in before.into_iter().chain(after) {
            check_own(&ticket.wait(), 5);
        }
        let totals = pool.shutdown().unwrap();
        assert_eq!((totals.answered, totals.lost), (90, 0));
        let deaths = events.filter(|event| matches!(event, PoolEvent::WorkerDied { .. }));
        assert_eq!(deaths.count(), if confirm { 2 } else { 1 });
    }
}

#[test]
fn lost_request_is_tried_again_while_others_run_and_answered_once() {
    let state = State::new();
    let pool = state.pool(2, &[]).build().unwrap();
    let events = pool.events();
    // While this one runs there is always something that is not settled.
    let other = pool.submit(scripted("other", "begun await 1")).unwrap();
    let always = pool.submit(scripted("always", "received kill:9")).unwrap();
    match always.wait().settled {
        Settled::Finished {
            finished, attempt, ..
        } => {
            assert!(matches!(finished.outcome, Outcome::Lost { .. }));
            assert_eq!(attempt, 2);
        }
        other => panic!("{other:?}"),
    }
    assert!(other.try_take().is_none());
    check_own(&pool.submit(quiet("later")).unwrap().wait(), 8);
    state.let_go();
    assert!(other.wait().finished().is_some());
    pool.shutdown().unwrap();
    assert_eq!(events.replies().count(), 3);
}

#[test]
fn pool_without_a_worker_that_starts_says_why_and_takes_nothing_more() {
    let command = WorkerCommand::new("/nowhere/rewind", ["worker"]);
    let pool = builder(command).workers(2).build().unwrap();
    let events = pool.events();
    let tickets: Vec<_> = (0..20)
        .filter_map(|it| pool.submit(quiet(it)).ok())
        .collect();
    assert!(!tickets.is_empty());
    for ticket in tickets {
        match ticket.wait().settled {
            Settled::NotRun(why) => assert!(why.contains("/nowhere/rewind: "), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    // All of its events were told by the time that it ends.
    assert!(events.count() > 0);
    let refused = pool.submit(quiet("late")).unwrap_err();
    assert!(matches!(&refused, PoolError::Ended { why } if why.contains("/nowhere")));
    pool.drain();
    let ended = pool.shutdown().unwrap_err();
    assert!(matches!(ended, HarnessError::NoWorker { .. }));
}

#[test]
fn executable_that_is_named_and_not_there_is_an_error_of_the_builder() {
    let named = rewind_harness::Pool::builder().executable("/nowhere/rewind");
    let error = named.build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "use /nowhere/rewind as the `rewind` executable (PoolBuilder::executable): \
         No such file or directory (os error 2)"
    );
}
