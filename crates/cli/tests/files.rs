//! What a run leaves in its results folder, and who may write there.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{Corpus, Said};

/// Passes, failures of several kinds, skips of several causes, and one that is large.
fn mixed() -> Corpus {
    let corpus = Corpus::new(&[
        ("language/passes.js", "", "1;"),
        (
            "language/throws.js",
            "flags: [raw]\nfeatures: [BigInt, Proxy]",
            "throw new TypeError('no');",
        ),
        (
            "built-ins/Array/asserts.js",
            "flags: [raw]\nfeatures: [BigInt]",
            "function Test262Error() {} throw new Test262Error();",
        ),
        ("built-ins/Array/parses.js", "flags: [raw]", "var var;"),
        ("built-ins/Array/hangs.js", "flags: [raw]", "for (;;);"),
        (
            "built-ins/Array/crashes.js",
            "flags: [raw]",
            "$rewind.fault('segv');",
        ),
        (
            "built-ins/Array/large.js",
            "flags: [raw]",
            "new Uint8Array(12 << 20).fill(1);",
        ),
        ("built-ins/Temporal/a.js", "features: [Temporal]", "1;"),
        ("built-ins/Array/excepted.js", "flags: [raw]", "1;"),
    ]);
    let skip = "[[expect]]\npath = \"test/built-ins/Array/excepted.js\"\noutcome = \"skip\"\n\
                reason = \"takes a day\"\n";
    corpus.write("e.toml", skip);
    corpus
}

fn file(corpus: &Corpus, name: &str) -> Value {
    let text = corpus.read(&format!("out/{name}"));
    serde_json::from_str(&text).expect("JSON")
}

fn ndjson(corpus: &Corpus) -> Vec<Value> {
    let text = corpus.read("out/results.ndjson");
    let parse = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(parse).collect()
}

fn words(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let word = |it: &Value| it[key].as_str().expect("a word").to_owned();
    list.iter().map(word).collect()
}

#[test]
fn failures_are_sorted_by_kind_folder_and_feature() {
    let corpus = mixed();
    let said = corpus.rewind("run --results out --expectations e.toml --timeout 1 --faults -j 2");
    assert_eq!(said.code, Some(1), "{said:?}");
    let failures = file(&corpus, "failures.json");
    assert_eq!(
        failures["by_kind"],
        json!({"assert": 1, "crash": 1, "missing": 0, "other": 0, "parse": 1, "runtime": 1, "timeout": 1})
    );
    assert_eq!(
        (&failures["count"], &failures["unexpected"]),
        (&json!(5), &json!(5))
    );
    let arrays = &failures["by_path"]["test/built-ins/Array"];
    assert_eq!(arrays["count"], 4);
    assert_eq!(
        failures["by_path"]["test/language"]["cases"],
        json!(["test/language/throws.js raw"])
    );
    assert_eq!(failures["by_feature"]["BigInt"]["count"], 2);
    assert_eq!(
        failures["by_feature"]["Proxy"]["cases"],
        json!(["test/language/throws.js raw"])
    );
    // The same kind stands in the report for machines.
    let lines = ndjson(&corpus);
    let kind = |path: &str| {
        let line = lines.iter().find(|it| it["path"] == path).expect("a line");
        line["failure"].clone()
    };
    assert_eq!(kind("test/built-ins/Array/hangs.js"), "timeout");
    assert_eq!(kind("test/language/passes.js"), Value::Null);
}

#[test]
fn memory_phases_skips_and_configuration_are_written_and_of_one_run() {
    let corpus = mixed();
    let said = corpus.rewind("run --results out --expectations e.toml --timeout 1 --faults -j 1");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = ndjson(&corpus);
    let (header, summary) = (&lines[0], lines.last().expect("a summary"));
    for name in [
        "failures.json",
        "memory.json",
        "phases.json",
        "polluters.json",
        "skips.json",
        "config.json",
    ] {
        let found = file(&corpus, name);
        assert_eq!(
            (&found["schema"], &found["run"]),
            (&json!(1), &header["started"]),
            "{name}"
        );
    }

    let memory = file(&corpus, "memory.json");
    assert_eq!(
        memory["large_cases"],
        json!(["test/built-ins/Array/large.js raw"])
    );
    assert_eq!(memory["top"][0]["path"], "test/built-ins/Array/large.js");
    let growth = memory["top"][0]["growth_bytes"].as_u64().expect("a number");
    assert!((12 << 20..16 << 20).contains(&growth), "{growth}");

    let phases = file(&corpus, "phases.json");
    assert_eq!(
        words(&phases["stages"], "name"),
        ["prepare", "run", "confirm"]
    );
    assert_eq!(
        phases["slowest"][0]["path"],
        "test/built-ins/Array/hangs.js"
    );
    assert!(
        phases["slowest"][0]["phases_us"]["execute"].as_f64() > Some(900_000.0),
        "{phases}"
    );

    let skips = file(&corpus, "skips.json");
    assert_eq!(
        skips["by_cause"],
        json!({"feature": 2, "exception": 1, "agent": 0, "mode": 0})
    );
    assert_eq!(skips["by_feature"]["Temporal"]["count"], 2);
    assert_eq!(words(&skips["exceptions"], "reason"), ["takes a day"]);
    assert!(
        said.out.contains(
            "skipped  2 for features that the engine lacks, 1 by exceptions that are listed"
        ),
        "{said:?}"
    );

    let config = file(&corpus, "config.json");
    assert_eq!(config["engine"]["build"], header["build"]);
    assert_eq!(config["engine"]["build"], summary["build"]);
    assert_eq!(config["engine"]["tracking"], summary["tracking"]);
    assert_eq!(config["corpus"]["edition"], header["corpus"]);
    assert_eq!(config["selection"]["timeout_s"], 1.0);
    assert_eq!(config["execution"]["workers"], 1);
    assert_eq!(config["guest"]["faults"], true);
    for key in ["kernel", "name", "architecture"] {
        assert!(
            config["host"][key]
                .as_str()
                .is_some_and(|it| !it.is_empty()),
            "{key}"
        );
    }
}

#[test]
fn build_is_the_linkers_hash_of_this_program() {
    let corpus = Corpus::new(&[("a.js", "flags: [raw]", "1;")]);
    let said = corpus.rewind("run --format ndjson");
    let build = said.lines()[0]["build"]
        .as_str()
        .expect("a build")
        .to_owned();
    let (version, hash) = build.split_once('+').expect("a hash");
    assert_eq!(version, concat!("rewind-", env!("CARGO_PKG_VERSION")));
    let bytes: Vec<u8> = (0..hash.len() / 2)
        .map(|at| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    assert_eq!(bytes.len(), 20, "a SHA-1");
    let program = std::fs::read(env!("CARGO_BIN_EXE_rewind")).expect("readable");
    let note = [b"GNU\0".as_slice(), &bytes].concat();
    assert!(program.windows(note.len()).any(|it| it == note), "{build}");
}

#[test]
fn resume_with_another_build_is_refused_and_comparison_tells_it() {
    let corpus = Corpus::new(&[("a.js", "flags: [raw]", "1;")]);
    let said = corpus.rewind("run --results out");
    assert_eq!(said.code, Some(0), "{said:?}");
    let other = corpus
        .read("out/results.ndjson")
        .replace("\"rewind-", "\"other-");
    corpus.write("was/results.ndjson", &other);
    let said = corpus.rewind("compare was out");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("note  build was other-"), "{said:?}");
    let said = corpus.rewind("compare was out --format ndjson");
    assert_eq!(said.lines()[0]["differs"][0]["key"], "build", "{said:?}");
    assert!(!corpus.rewind("compare out out").out.contains("note"));
    let said = corpus.rewind("replay was");
    assert!(said.err.contains("the record is of other-"), "{said:?}");
    assert!(!corpus.rewind("replay out").err.contains("the record is of"));
    corpus.write("out/results.ndjson", &other);
    let said = corpus.rewind("run --results out --resume");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("its `build` is \"other-"), "{said:?}");
}

#[test]
fn baseline_of_another_build_or_with_another_list_is_remarked() {
    let corpus = Corpus::new(&[("a.js", "flags: [raw]", "1;")]);
    corpus.rewind("run --baseline b.txt --update-baseline");
    let plain = corpus.rewind("run --baseline b.txt").out;
    assert!(!plain.contains("note"), "{plain}");
    let other = corpus
        .read("b.txt")
        .replace("build rewind-", "build other-");
    corpus.write("b.txt", &other);
    corpus.write("d.txt", "");
    let said = corpus.rewind("run --baseline b.txt --diagnose d.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    let notes: Vec<_> = said.out.lines().filter(|it| it.contains("note")).collect();
    assert_eq!(notes.len(), 2, "{said:?}");
    assert!(
        notes[0].contains("the baseline's engine is `quickjs 0.16.2, build other-"),
        "{said:?}"
    );
    assert!(notes[1].ends_with("1024 MiB, diagnose d.txt`"), "{said:?}");
}

/// A run that goes on until it is killed, and holds `out`.
fn holder(corpus: &Corpus) -> Child {
    let mut command = corpus.command("run --results out --timeout 120 -j 1");
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("started");
    let begun = Instant::now();
    let lock = corpus.path().join("out/.lock");
    let signed = || std::fs::read_to_string(&lock).is_ok_and(|it| it.ends_with('\n'));
    while !signed() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it takes its lock"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn busy(said: &Said, pid: u32) {
    assert_eq!(said.code, Some(2), "{said:?}");
    let wanted = format!("another run is writing into it (process {pid}, since 20");
    assert!(said.err.contains(&wanted), "{said:?}");
}

#[test]
fn second_run_is_told_who_holds_the_folder_and_a_dead_one_holds_nothing() {
    let corpus = Corpus::new(&[("a.js", "flags: [raw]", "for (;;);")]);
    let mut first = holder(&corpus);
    let quick = "run --results out --timeout 1 -j 1";
    busy(&corpus.rewind(quick), first.id());
    first.kill().expect("killed");
    first.wait().expect("gone");
    let left = corpus.read("out/.lock");
    assert!(left.starts_with(&format!("{} ", first.id())), "{left}");
    let said = corpus.rewind(quick);
    assert_eq!(said.code, Some(1), "the test hangs: {said:?}");
    let wanted = format!("the run before (process {}, since 20", first.id());
    assert!(said.err.contains(&wanted), "{said:?}");
    assert_eq!(corpus.read("out/.lock"), "");
    assert!(!corpus.rewind(quick).err.contains("the run before"));
}

#[test]
fn disk_that_is_full_ends_the_run_and_leaves_the_old_files() {
    let corpus = Corpus::new(&[(
        "a.js",
        "flags: [raw]",
        "print('x'.repeat(16000)); throw new TypeError('no');",
    )]);
    let said = corpus.rewind("run --results out");
    assert_eq!(said.code, Some(1), "{said:?}");
    // Timings are saved by themselves, as far as the run came.
    let files = || {
        let names = std::fs::read_dir(corpus.path().join("out")).expect("a folder");
        let paths = names.map(|entry| entry.expect("an entry").path());
        // What was answered until then can be taken up.
        let is_half = |path: &Path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.starts_with(".results.ndjson.")
        };
        let kept = paths.filter(|path| !path.ends_with("timings.txt") && !is_half(path));
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).expect("a file");
            (path, text)
        };
        kept.map(read).collect::<BTreeMap<_, _>>()
    };
    let before = files();
    assert_eq!(before.len(), 9, "{:?}", before.keys());
    // A limit on the size of files fails a write as a full disk does. It leaves
    // room for what parent and workers share, which is a file as well.
    let program = env!("CARGO_BIN_EXE_rewind");
    let shell =
        format!("trap '' 25; ulimit -f 16384; exec {program} run --results out --repeat 1200 -j 1");
    let mut command = Command::new("sh");
    command.args(["-c", &shell]).current_dir(corpus.path());
    for (name, value) in corpus.command("").get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let said = Said::of(command.output().expect("started"));
    assert_eq!(said.code, Some(3), "{said:?}");
    let errors = said.err.matches("failed to write the ndjson report");
    assert_eq!(errors.count(), 1, "{said:?}");
    let last = said.out.lines().last().expect("a line");
    let wanted = " BROKEN  no report could be written any more; ";
    assert!(last.starts_with(wanted), "{said:?}");
    assert_eq!(files(), before);
    // With room again, what was answered is not run once more.
    let said = corpus.rewind("run --results out --repeat 1200 -j 1 --resume");
    assert_eq!(said.code, Some(1), "{said:?}");
    let text = corpus.read("out/results.ndjson");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let cases = lines.iter().filter(|line| line["type"] == "case").count();
    let last = lines.last().expect("a summary");
    assert_eq!(
        (cases, &last["complete"], &last["cases"]),
        (1200, &true.into(), &1200.into())
    );
    assert!(
        lines[0]["resumes"].is_string(),
        "it had something to take up"
    );
    let names = std::fs::read_dir(corpus.path().join("out")).expect("a folder");
    let mut names = names.map(|entry| entry.expect("an entry").file_name());
    assert!(names.all(|name| !name.to_string_lossy().ends_with(".tmp")));
}
