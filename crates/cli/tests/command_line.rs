//! What the program says and how it exits where no worker is needed, or none
//! can be had.

mod support;

use support::Corpus;

fn small() -> Corpus {
    Corpus::new(&[
        ("language/a.js", "", "1;"),
        ("language/b.js", "flags: [raw]", "2;"),
        ("built-ins/c.js", "features: [Temporal]", "3;"),
    ])
}

#[test]
fn list_names_cases_skips_and_preambles() {
    let corpus = small();
    let said = corpus.rewind("list --order path");
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "test/language/a.js sloppy harness/assert.js,harness/sta.js",
            "test/language/a.js strict harness/assert.js,harness/sta.js",
            "test/language/b.js raw -",
        ]
    );
    assert_eq!(lines.len(), 5);
    assert!(
        lines[3].starts_with("test/built-ins/c.js sloppy (skipped: needs Temporal"),
        "{said:?}"
    );
}

#[test]
fn list_for_machines_is_json_and_heeds_the_selection() {
    let said = small().rewind("list language --format ndjson -E variant(raw)");
    let lines = said.lines();
    assert_eq!(lines.len(), 1, "{said:?}");
    assert_eq!(lines[0]["path"], "test/language/b.js");
    assert_eq!(lines[0]["variant"], "raw");
}

#[test]
fn selection_that_leaves_nothing_exits_with_4() {
    for words in [
        "list -E nothing-is-called-so",
        "run -E nothing-is-called-so",
    ] {
        let said = small().rewind(words);
        assert_eq!(said.code, Some(4), "{said:?}");
        assert!(
            said.err.starts_with("error: failed to find a test: "),
            "{said:?}"
        );
        assert_eq!(said.out, "");
    }
}

#[test]
fn bad_usage_exits_with_2_and_names_the_mend() {
    let corpus = small();
    corpus.write("bad.toml", "[[expect]]\npath = \"test/a.js\"\n");
    let cases = [
        ("run --timeout 500", "from 1 to 120"),
        ("run no/such/file.js", "no/such/file.js"),
        ("run --root nowhere", "nowhere"),
        ("run -E (", "filter"),
        ("run --profile ci", "[profile.ci]"),
        ("run --expectations bad.toml", "bad.toml:1"),
        ("run --baseline missing.txt", "missing.txt"),
        ("run --suite python", "test262"),
        ("fly", "unrecognized subcommand"),
    ];
    for (words, mend) in cases {
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(2), "{words}: {said:?}");
        assert!(said.err.starts_with("error: "), "{words}: {said:?}");
        assert!(said.err.contains(mend), "{words}: {said:?}");
        assert_eq!(said.out, "", "{words}");
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let corpus = small();
    let help = corpus.rewind("--help");
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for command in ["run", "list", "doctor", "worker"] {
        assert!(help.out.contains(command), "{help:?}");
    }
    let version = corpus.rewind("--version");
    assert_eq!(
        version.out,
        format!("rewind {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn profile_goes_before_the_default_and_flags_before_the_profile() {
    let corpus = small();
    corpus.write("rewind.toml", "[profile.default]\nmode = \"strict\"\n");
    let variants = |words: &str| -> Vec<String> {
        let said = corpus.rewind(words);
        said.out
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(variants("list language/a.js"), ["strict"]);
    assert_eq!(variants("list language/a.js --mode sloppy"), ["sloppy"]);
    let mut command = corpus.command("list language/a.js");
    let output = command
        .env("REWIND_MODE", "sloppy")
        .output()
        .expect("started");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("a.js sloppy"),
        "{output:?}"
    );
}

#[test]
fn worker_that_never_comes_up_exits_with_3_and_the_report_is_complete() {
    let corpus = small();
    let said = corpus.rewind(
        "run language --format ndjson --worker-exe /bin/false -j 1 --results out --junit j.xml",
    );
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.err.contains("error: failed to keep a worker alive"),
        "{said:?}"
    );
    let lines = said.lines();
    assert_eq!(lines[0]["type"], "run");
    assert_eq!(lines[0]["schema"], 1);
    let last = lines.last().expect("a summary");
    assert_eq!(last["type"], "summary");
    assert_eq!(last["pass"], 0);
    assert_eq!(
        corpus.read("out/results.ndjson").lines().count(),
        lines.len()
    );
    assert!(corpus.read("j.xml").ends_with("</testsuites>\n"));
}

#[test]
fn run_of_skips_alone_needs_no_worker() {
    let said = small().rewind("run built-ins --format ndjson --worker-exe /bin/false");
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines = said.lines();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1]["verdict"], "skip");
    assert_eq!(lines[1]["outcome"]["kind"], "skipped");
    assert_eq!(lines[3]["skip"], 2);
}

#[test]
fn full_disk_is_a_failure_of_our_machinery() {
    let corpus = small();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("device");
    let output = corpus
        .command("run built-ins --format ndjson")
        .stdout(full)
        .output()
        .expect("started");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("failed to write the ndjson report: "),
        "{said}"
    );
}

#[test]
fn doctor_finds_the_same_for_people_and_machines() {
    let corpus = small();
    let (human, machine) = (
        corpus.rewind("doctor"),
        corpus.rewind("doctor --format ndjson"),
    );
    assert_eq!(human.code, machine.code);
    for line in machine.lines() {
        let name = line["name"].as_str().expect("a name");
        assert!(human.out.contains(name), "{name}: {human:?}");
    }
}
