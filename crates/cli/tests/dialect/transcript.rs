//! What our worker says to a manifest, byte for byte but for what it measures.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What the worker says, its exit code, and what it tells people. The manifest
/// is written in pieces of `piece` bytes.
fn serve(manifest: &[u8], words: &str, piece: usize) -> (Vec<u8>, Option<i32>, String) {
    talk(manifest, &format!("--dialect lambda-v1 {words}"), piece)
}

/// As [`serve`], with these `words` alone.
fn talk(manifest: &[u8], words: &str, piece: usize) -> (Vec<u8>, Option<i32>, String) {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_rewind"))
        .arg("worker")
        .args(words.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = worker.stdin.take().expect("a pipe");
    let pieces: Vec<Vec<u8>> = manifest.chunks(piece).map(<[u8]>::to_vec).collect();
    let writer = std::thread::spawn(move || {
        for piece in pieces {
            // A worker that refuses the manifest closes its end.
            if stdin.write_all(&piece).is_err() {
                break;
            }
        }
    });
    let mut said = Vec::new();
    let mut stdout = worker.stdout.take().expect("a pipe");
    stdout.read_to_end(&mut said).expect("read");
    writer.join().expect("written");
    let end = worker.wait_with_output().expect("ended");
    let told = String::from_utf8_lossy(&end.stderr).into_owned();
    (said, end.status.code(), told)
}

/// The transcript with each measured figure as `N`.
fn without_figures(said: &[u8]) -> String {
    let mut lines = Vec::new();
    for line in said.split_inclusive(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        match line.strip_prefix("\x01BATCH_END ") {
            Some(numbers) if numbers.trim_end().split(' ').count() > 2 => {
                let status = numbers.split(' ').next().unwrap_or_default();
                let figures = numbers.split(' ').skip(1).map(|number| {
                    assert!(number.trim_end().parse::<u64>().is_ok(), "{line:?}");
                    " N"
                });
                let figures: String = figures.collect();
                lines.push(format!("\x01BATCH_END {status}{figures}\n"));
            }
            _ => lines.push(line.into_owned()),
        }
    }
    lines
        .concat()
        .replace('\x01', "<01>")
        .replace('\x02', "<02>")
}

fn item(header: &str, text: &str) -> String {
    format!("{header}:{}\n{text}\n", text.len())
}

/// A manifest with something of everything.
fn manifest() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../corpus/test/modules/m.js"
    );
    [
        item("harness", "var seen = 'harness'; var count = 0;"),
        item("source:prints.js", "count += 1; print(seen, count);"),
        item(
            "source:again.js",
            "print(seen, count); throw new TypeError('not\\nso');",
        ),
        item("source:strict.js", "\"use strict\";\nundeclared = 1;"),
        item("source:early.js", "var 1;"),
        item(
            "source:forges.js",
            "print('a\\n\\u0001BATCH_END 0 1\\nb'); print('\\u0002\\u0001');",
        ),
        item(
            "source:twice.js#sloppy,async",
            "print('Test262:AsyncTestComplete')",
        ),
        item(
            "source:part.js#sloppy,async",
            "print('x\\nTest262:AsyncTestComplete')",
        ),
        item(
            &format!("module-source:module.js#module:{file}"),
            "import './counter_FIXTURE.js'",
        ),
        item(
            &format!("module-source:lost.js:{file}"),
            "import './nowhere.js'",
        ),
        item("source:hangs.js#sloppy,deadline=50", "for (;;);"),
        item("source:segv.js", "print('before'); $rewind.fault('segv');"),
        item("source:exits.js", "$rewind.fault('exit');"),
        item("source:a name, with #, \x01 and ü", "Promise.reject(0)"),
        item("harness", ""),
        item("source:bare.js", "print(typeof seen)"),
        "batch-boundary:one of two\n".to_owned(),
        item("harness", "throw new RangeError('broken')"),
        item("source:never.js", "print('never')"),
        "document:/a/b:c.html\n".to_owned(),
        item("harness", "var seen = 'harness'; var count = 0;"),
        item("source:last.js", "print(seen, count)"),
    ]
    .concat()
}

const FIGURES: &str = "N N N N N N N N N N N N";

/// What must come of it.
fn transcript() -> String {
    let root = std::path::absolute(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus"))
        .expect("a path")
        .canonicalize()
        .expect("the corpus");
    let missing = root.join("test/modules/nowhere.js");
    let missing = missing.display().to_string();
    let missing = missing.trim_start_matches('/');
    format!(
        "<01>BATCH_START prints.js
harness 1
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START again.js
harness 0
Uncaught TypeError [runtime]: not\\nso
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START strict.js
Uncaught ReferenceError [runtime]: undeclared is not defined
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START early.js
Uncaught SyntaxError [parse]: variable name expected
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START forges.js
a
<02><01>BATCH_END 0 1
b
<02><02><01>
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START twice.js#sloppy,async
Test262:AsyncTestComplete
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START part.js#sloppy,async
x
Test262:AsyncTestComplete
Notices
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START module.js#module
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START lost.js
Uncaught missing-module [host]: no module '{missing}' below the corpus root
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START hangs.js#sloppy,deadline=50
<01>BATCH_END 124 {FIGURES}
<01>BATCH_START segv.js
before
<01>BATCH_END 139 {FIGURES}
<01>BATCH_START exits.js
Exited 3
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START a name, with #, <01> and ü
<01>BATCH_END 0 {FIGURES}
<01>BATCH_START bare.js
undefined
<01>BATCH_END 0 {FIGURES}
<01>BATCH_MANIFEST_END one of two
<01>BATCH_START never.js
Uncaught RangeError [preamble]: broken
<01>BATCH_END 1 {FIGURES}
<01>BATCH_START /a/b:c.html
this worker opens no documents
<01>BATCH_END 1 0
<01>BATCH_START last.js
harness 0
<01>BATCH_END 0 {FIGURES}
"
    )
}

#[test]
fn worker_answers_a_manifest_byte_for_byte() {
    let (said, code, told) = serve(manifest().as_bytes(), "--faults", usize::MAX);
    assert_eq!(without_figures(&said), transcript(), "{told}");
    assert_eq!((code, told.as_str()), (Some(0), ""));
}

#[test]
fn worker_answers_the_same_however_the_manifest_is_cut() {
    let words = "--faults --timeout=5 --no-hot-reload --diagnose";
    for piece in [1, 7, 4096] {
        let (said, code, told) = serve(manifest().as_bytes(), words, piece);
        assert_eq!(
            without_figures(&said),
            transcript(),
            "pieces of {piece}: {told}"
        );
        assert_eq!(code, Some(0), "{told}");
    }
}

#[test]
fn payload_beyond_the_limit_is_answered_with_an_error_and_the_next_case_is_run() {
    let large = " ".repeat((10 << 20) + 1);
    let manifest = [
        item("source:large.js", &large),
        item("source:next.js", "print(1)"),
        item("harness", &large),
        item("source:on-it.js", "print(2)"),
        item("harness", ""),
        item("source:after.js", "print(3)"),
    ];
    let (said, code, _) = serve(manifest.concat().as_bytes(), "", 65_537);
    let expected = format!(
        "<01>BATCH_START large.js\nit is too large: 10485761 bytes\n<01>BATCH_END 1 0\n\
         <01>BATCH_START next.js\n1\n<01>BATCH_END 0 {FIGURES}\n\
         <01>BATCH_START on-it.js\nits harness is too large: 10485761 bytes\n<01>BATCH_END 1 0\n\
         <01>BATCH_START after.js\n3\n<01>BATCH_END 0 {FIGURES}\n"
    );
    assert_eq!(without_figures(&said), expected);
    assert_eq!(code, Some(0));
}

#[test]
fn manifest_that_makes_no_sense_is_told_after_the_cases_before_it() {
    let first = item("source:a.js", "print(1)");
    for (rest, told) in [
        (
            "sauce:b.js:1\n1\n",
            "header 2 of the manifest: \"sauce:b.js:1\" is none",
        ),
        ("source:b.js:1\n12\n", "isn't followed by a newline"),
        ("source:b.js:9\n1", "ends inside of it"),
    ] {
        let (said, code, err) = serve(format!("{first}{rest}").as_bytes(), "", usize::MAX);
        let expected = format!(
            "<01>BATCH_START a.js\n1\n<01>BATCH_END 0 {FIGURES}\n\
             <01>BATCH_DIAG stdin_error=74 tests=1\n"
        );
        assert_eq!(without_figures(&said), expected);
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains(told), "{err}");
    }
}

/// A worker's first restore is compared with the checkpoint, as in the native dialect.
#[test]
fn worker_whose_restore_is_not_exact_leaves() {
    let manifest = [
        item("harness", ""),
        item("source:leaks.js", "$rewind.slot(1, 9)"),
        item("source:looks.js", "print($rewind.slot(1))"),
    ]
    .concat();
    let ends = "<01>BATCH_EXIT between_test_crash signal=0 tests=1\n";
    for (leak, leaves) in [("", false), ("--leak-page missed ", true)] {
        let words = format!("{leak}--dialect lambda-v1 --faults");
        let (said, code, told) = talk(manifest.as_bytes(), &words, usize::MAX);
        let said = without_figures(&said);
        assert_eq!(code, Some(0), "{told}");
        assert_eq!(said.ends_with(ends), leaves, "{said}");
        assert_eq!(said.contains("START looks.js"), !leaves, "{said}");
    }
}

/// A runner that writes its whole manifest before it reads: far more goes both
/// ways than the pipes hold.
#[test]
fn parent_that_writes_everything_before_it_reads_is_answered() {
    use std::io::{Read, Write};
    let source = format!("print('y'.repeat(10000)); //{}", "x".repeat(4000));
    let manifest: String = (0..400)
        .map(|n| item(&format!("source:{n}.js"), &source))
        .collect();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args([
            "worker",
            "--dialect",
            "lambda-v1",
            "--opt-level=0",
            "--mir-interp",
        ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = child.stdin.take().expect("a pipe");
    let (done, written) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        let wrote = stdin.write_all(manifest.as_bytes());
        done.send(()).expect("somebody waits");
        wrote
    });
    let in_time = written.recv_timeout(std::time::Duration::from_secs(120));
    if in_time.is_err() {
        child.kill().expect("killed");
    }
    let (mut said, mut told) = (String::new(), String::new());
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut said)
        .expect("text");
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut told)
        .expect("text");
    assert!(in_time.is_ok(), "the worker stopped reading");
    writer.join().expect("no panic").expect("written");
    assert_eq!(child.wait().expect("ended").code(), Some(0), "{told}");
    assert_eq!(said.matches("BATCH_END 0 ").count(), 400);
    assert_eq!(
        told,
        "note: passed over what this worker doesn't know: --opt-level=0 --mir-interp\n"
    );
}
