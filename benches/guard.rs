//! What a guarded region costs, and how long it takes to get out of a fault:
//! from entering the region to being back in the host.

#![expect(unsafe_code, reason = "bodies fault on purpose")]

use divan::Bencher;
use rewind_guard::{Departure, Guard, GuardOptions, depart_by_exit};
use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

thread_local! {
    static GUARD: RefCell<Guard> =
        RefCell::new(Guard::install(GuardOptions::default()).expect("the first guard"));
}

const DEADLINE: Option<Duration> = Some(Duration::from_secs(10));

fn main() {
    divan::main();
}

fn bodies(
    bencher: Bencher<'_, '_>,
    deadline: Option<Duration>,
    body: fn(),
    ended: fn(Departure) -> bool,
) {
    GUARD.with_borrow_mut(|guard| {
        assert!(ended(guard.run(deadline, body)), "it ends otherwise");
        bencher.bench_local(|| guard.run(deadline, body));
    });
}

const fn returned(departure: Departure) -> bool {
    matches!(departure, Departure::Returned)
}

const fn faulted(departure: Departure) -> bool {
    matches!(departure, Departure::Faulted(_))
}

#[divan::bench]
fn empty_body(bencher: Bencher<'_, '_>) {
    bodies(bencher, None, || {}, returned);
}

#[divan::bench]
fn empty_body_with_deadline(bencher: Bencher<'_, '_>) {
    bodies(bencher, DEADLINE, || {}, returned);
}

#[divan::bench]
fn null_write(bencher: Bencher<'_, '_>) {
    let body = || {
        // SAFETY: not safe at all: the fault is what is measured.
        unsafe { black_box(8 as *mut u32).write_volatile(1) };
    };
    bodies(bencher, DEADLINE, body, faulted);
}

#[divan::bench]
fn invalid_instruction(bencher: Bencher<'_, '_>) {
    let body = || {
        // SAFETY: the fault is what is measured.
        unsafe { std::arch::asm!("ud2") };
    };
    bodies(bencher, DEADLINE, body, faulted);
}

#[divan::bench]
fn exit(bencher: Bencher<'_, '_>) {
    let exited = |departure| departure == Departure::Exited(3);
    bodies(bencher, DEADLINE, || depart_by_exit(3), exited);
}
