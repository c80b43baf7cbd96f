//! Agents: threads that meet the main agent, and end with the case.

use crate::common::{Fixture, completed, sloppy, threw};
use rewind_guest::ThreadHooks;
use rewind_guest::{Attributes, ErrorPhase, Variant};
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn agents_report_and_the_main_agent_fetches_in_order() {
    let seen = sloppy(
        r"$262.agent.start(`$262.agent.report('a'); $262.agent.report(2); $262.agent.leaving()`);
          function next() {
            for (;;) {
              const report = $262.agent.getReport();
              if (report !== null) return report;
              $262.agent.sleep(1);
            }
          }
          print(next(), next(), $262.agent.getReport());",
    );
    completed(&seen);
    assert_eq!(seen.output, "a 2 null\n");
    assert_eq!(seen.threads, 0);
}

#[test]
fn broadcast_reaches_every_agent_and_shares_memory() {
    let seen = sloppy(
        r"for (let i = 0; i < 3; i++) $262.agent.start(`
            $262.agent.receiveBroadcast((sab, n) => {
              const view = new Int32Array(sab);
              $262.agent.report(typeof n + n + sab.byteLength + (sab instanceof SharedArrayBuffer));
              Atomics.add(view, 0, 1);
              Atomics.notify(view, 0);
            })`);
          const view = new Int32Array(new SharedArrayBuffer(16));
          $262.agent.broadcast(view.buffer, 7);
          for (let n; (n = Atomics.load(view, 0)) < 3;) Atomics.wait(view, 0, n);
          for (let i = 0; i < 3; i++) print($262.agent.getReport());",
    );
    completed(&seen);
    assert_eq!(seen.output, "number716true\n".repeat(3));
}

#[test]
fn broadcast_passes_big_ints_and_refuses_plain_buffers() {
    let seen = sloppy(
        r"$262.agent.start(`$262.agent.receiveBroadcast((sab, n) => {
            new Int32Array(sab)[0] = n === 5n ? 1 : 2;
            Atomics.notify(new Int32Array(sab), 0); })`);
          const view = new Int32Array(new SharedArrayBuffer(4));
          $262.agent.broadcast(view.buffer, 5n);
          Atomics.wait(view, 0, 0);
          print(view[0]);
          for (const bad of [new ArrayBuffer(8), {}, undefined])
            try { $262.agent.broadcast(bad, 0); } catch (e) { print(e.name); }",
    );
    completed(&seen);
    assert_eq!(seen.output, "1\nTypeError\nTypeError\nTypeError\n");
}

#[test]
fn functions_know_which_agent_may_call_them() {
    let seen = sloppy(
        r"for (const name of ['receiveBroadcast', 'leaving'])
            try { $262.agent[name](() => 1); } catch (e) { print(name, e.name); }
          $262.agent.start(`for (const name of ['start', 'broadcast'])
            try { $262.agent[name](''); } catch (e) { $262.agent.report(name + e.name); }`);
          for (let i = 0; i < 2;) {
            const report = $262.agent.getReport();
            if (report === null) $262.agent.sleep(1); else { print(report); i++; }
          }
          const before = $262.agent.monotonicNow();
          $262.agent.sleep(20);
          print($262.agent.monotonicNow() - before >= 20);",
    );
    completed(&seen);
    assert_eq!(
        seen.output,
        "receiveBroadcast TypeError\nleaving TypeError\nstartTypeError\nbroadcastTypeError\ntrue\n"
    );
}

#[test]
fn agents_that_would_never_end_are_ended_with_the_case() {
    let seen = sloppy(
        r"$262.agent.start(`for (;;);`);
          $262.agent.start(`$262.agent.receiveBroadcast(() => {})`);
          $262.agent.start(`$262.agent.sleep(1e9)`);
          $262.agent.start(`(function f() { Promise.resolve().then(f); })()`);
          throw new Test262Error('early');",
    );
    threw(&seen, ErrorPhase::RUNTIME, "Test262Error");
    assert_eq!(seen.threads, 0);
    let seen = sloppy(
        r"$262.agent.start(`$262.agent.receiveBroadcast(sab => Atomics.wait(new Int32Array(sab), 3, 0))`);
          $262.agent.broadcast(new SharedArrayBuffer(17));",
    );
    completed(&seen);
    assert_eq!(seen.threads, 0);
}

#[test]
fn agent_that_throws_harms_nobody() {
    let seen = sloppy(
        r"$262.agent.start(`throw new Error('unheard')`);
          $262.agent.start(`this is no script`);
          $262.agent.start(`(function f() { f(); })()`);
          $262.agent.broadcast(new SharedArrayBuffer(8));",
    );
    completed(&seen);
    assert_eq!(seen.threads, 0);
}

#[test]
fn no_agent_starts_after_the_end_of_the_case() {
    let fixture = Fixture::new();
    let attributes = Attributes::NONE;
    let source = "$262.agent.start(''); throw { get message() { $262.agent.start(''); } }";
    let seen = fixture.run(Variant::named(&"sloppy"), attributes, "a.js", source);
    threw(&seen, ErrorPhase::RUNTIME, "Object");
    assert_eq!(seen.threads, 0);
    let seen = fixture.run(
        Variant::named(&"sloppy"),
        attributes,
        "a.js",
        "$262.agent.start(''); print('again')",
    );
    completed(&seen);
    assert_eq!(seen.output, "again\n");
}

static FIRST: AtomicU32 = AtomicU32::new(0);
static LAST: AtomicU32 = AtomicU32::new(0);

#[test]
fn host_hears_of_the_first_thread_and_of_the_last() {
    let fixture = Fixture::new();
    fixture.host.set_thread_hooks(ThreadHooks {
        first: || {
            FIRST.fetch_add(1, Ordering::SeqCst);
        },
        last: || {
            LAST.fetch_add(1, Ordering::SeqCst);
        },
    });
    let source = "for (let i = 0; i < 4; i++) $262.agent.start('')";
    for _ in 0..2 {
        completed(&fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", source));
    }
    assert_eq!(FIRST.load(Ordering::SeqCst), 2);
    assert_eq!(LAST.load(Ordering::SeqCst), 2);
}
