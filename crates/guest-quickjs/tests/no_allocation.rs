//! The guest never asks Rust for memory: in a worker that would be the host's,
//! and lost when a fault ends the guest.

#![expect(unsafe_code, reason = "an allocator that counts")]

use rewind_guest::{Attributes, ErrorPhase, Source, Variant};
use rewind_guest::{CaseInput, Evaluation, Guest, GuestOptions, Host};
use rewind_guest_quickjs::QuickJs;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

struct Counting;

static ASKED: AtomicU64 = AtomicU64::new(0);
/// Thread of the harness that runs this test, which asks when it likes; 0 if the
/// test runs on that thread itself.
static HARNESS: AtomicI32 = AtomicI32::new(0);

/// The calling thread's number; the first thread's is that of the process.
fn thread() -> i32 {
    // SAFETY: takes nothing and can't fail.
    unsafe { libc::gettid() }
}

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if thread() != HARNESS.load(Ordering::Relaxed) {
            ASKED.fetch_add(1, Ordering::SeqCst);
        }
        // SAFETY: the caller's duties are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's duties are handed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `work` returns, which must not have asked for memory.
#[track_caller]
fn without_asking<R>(work: impl FnOnce() -> R) -> R {
    let before = ASKED.load(Ordering::SeqCst);
    let result = work();
    assert_eq!(
        ASKED.load(Ordering::SeqCst),
        before,
        "Rust's allocator was asked"
    );
    result
}

#[test]
fn boot_preamble_and_cases_never_ask_rust_for_memory() {
    let first = i32::try_from(std::process::id()).unwrap();
    if thread() != first {
        HARNESS.store(first, Ordering::Relaxed);
    }
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("a.js"), "export default 1;").unwrap();
    std::fs::write(root.path().join("b.json"), "[1]").unwrap();
    let host: &'static Host = Box::leak(Box::new(Host::new()));
    let options = GuestOptions {
        root: root.path().to_owned(),
        faults: true,
        markers: false,
    };
    let mut guest = QuickJs::new();
    without_asking(|| guest.boot(host, &options)).unwrap();
    let preamble = [Source {
        name: "harness.js".to_owned(),
        text: "var base = 1;".into(),
    }];
    let evaluated = without_asking(|| guest.preamble(host, &preamble));
    assert_eq!(evaluated, Evaluation::Completed);
    let (completed, threw) = (Evaluation::Completed, Evaluation::Threw);
    for (variant, source, expected) in [
        (
            Variant::named(&"strict"),
            "print(base, 'x'); print('y')",
            completed,
        ),
        (
            Variant::named(&"raw"),
            "print('Test262:AsyncTestFailure:no')",
            completed,
        ),
        (
            Variant::named(&"sloppy"),
            "throw new TypeError('x')",
            threw(ErrorPhase::RUNTIME),
        ),
        (
            Variant::named(&"sloppy"),
            "var = ;",
            threw(ErrorPhase::named("parse")),
        ),
        (
            Variant::named(&"sloppy"),
            "(function f() { f(); })()",
            threw(ErrorPhase::RUNTIME),
        ),
        (
            Variant::named(&"sloppy"),
            "$262.createRealm().evalScript('1'); $262.gc()",
            completed,
        ),
        (
            Variant::named(&"sloppy"),
            "$rewind.marker('m'); try { $rewind.fault('') } catch {}",
            completed,
        ),
        (
            Variant::named(&"sloppy"),
            "$262.agent.start(`$262.agent.report(1);
               $262.agent.receiveBroadcast(b => Atomics.wait(new Int32Array(b), 0, 0))`);
             $262.agent.broadcast(new SharedArrayBuffer(8), 1);
             print($262.agent.getReport())",
            completed,
        ),
        (
            Variant::named(&"module"),
            "import a from './a.js'; import b from './b.json' with { type: 'json' };
             print(a, b, import.meta.url); await import('./none.js').catch(() => 0);",
            completed,
        ),
        (
            Variant::named(&"module"),
            "import './none.js'",
            Evaluation::HostError,
        ),
    ] {
        host.clear();
        let case = CaseInput {
            path: "case.js",
            source: source.as_bytes(),
            variant,
            attributes: Attributes::NONE,
        };
        let evaluation = without_asking(|| guest.run(host, &case));
        assert_eq!(evaluation, expected, "{source}");
    }
}
