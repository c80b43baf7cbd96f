//! Where output goes: what it may replace, and what becomes of it where nobody reads
//! it or there is no room.

mod support;

use std::fs::File;
use std::process::Stdio;
use support::{Corpus, Said};

fn corpus() -> Corpus {
    Corpus::new(&[
        ("a.js", "flags: [raw]", "1;"),
        ("b.js", "flags: [raw]", "throw 1;"),
    ])
}

/// A pipe that nobody reads.
fn unread_pipe() -> Stdio {
    let (_, writer) = std::io::pipe().expect("a pipe");
    writer.into()
}

fn said_to(corpus: &Corpus, words: &str, out: Stdio) -> Said {
    let mut command = corpus.command(words);
    let child = command.stdout(out).stderr(Stdio::piped()).spawn();
    Said::of(child.expect("started").wait_with_output().expect("ended"))
}

#[test]
fn run_names_its_corpus_and_root_in_the_first_line() {
    let corpus = corpus();
    for words in ["run", "run --format ndjson --root corpus"] {
        let said = corpus.rewind(words);
        let root = corpus.path().join("corpus").canonicalize().expect("there");
        let wanted = format!(" corpus  corpus, in {}", root.display());
        assert_eq!(said.err.lines().next(), Some(&*wanted), "{said:?}");
    }
    assert_eq!(corpus.rewind("run --format ndjson").lines().len(), 4);
    let elsewhere = tempfile::tempdir().expect("folder");
    let mut command = corpus.command("run test/output --format ndjson");
    let said = Said::of(
        command
            .current_dir(elsewhere.path())
            .output()
            .expect("started"),
    );
    let first = said.err.lines().next().expect("a line");
    assert!(first.starts_with(" corpus  rewind's own, in /"), "{said:?}");
}

#[test]
fn output_that_nobody_reads_changes_no_exit_code() {
    let corpus = corpus();
    assert_eq!(corpus.rewind("run --results one").code, Some(1));
    corpus.write("corpus/test/a.js", "/*---\nflags: [raw]\n---*/\nthrow 2;\n");
    assert_eq!(corpus.rewind("run --results two").code, Some(1));
    for (words, code) in [
        ("run", 1),
        ("list", 0),
        ("--help", 0),
        ("compare one one", 0),
        ("compare one two", 1),
        ("compare one two --format ndjson", 1),
        ("profile --from one", 0),
        ("profile", 1),
        ("audit --guest quickjs", 0),
    ] {
        let said = said_to(&corpus, words, unread_pipe());
        assert_eq!(said.code, Some(code), "{words}: {said:?}");
        assert!(!said.err.contains("error: "), "{words}: {said:?}");
    }
}

#[test]
fn output_without_room_is_a_failure_of_our_machinery() {
    let corpus = corpus();
    assert_eq!(corpus.rewind("run --results one").code, Some(1));
    for (words, what) in [
        ("run --results two", "failed to write the summary"),
        ("compare one one", "failed to write the comparison"),
        ("profile --from one", "failed to write the profile"),
        ("audit --guest quickjs", "failed to write the table"),
    ] {
        let full = File::options().write(true).open("/dev/full");
        let said = said_to(&corpus, words, full.expect("a device").into());
        assert_eq!(said.code, Some(3), "{words}: {said:?}");
        assert_eq!(said.err.matches("error: ").count(), 1, "{words}: {said:?}");
        assert!(said.err.contains(what), "{words}: {said:?}");
    }
    assert!(corpus.read("two/results.ndjson").contains("\"summary\""));
}

#[test]
fn help_for_a_file_has_its_sentences_in_one_line_each() {
    let said = corpus().rewind("run --help");
    assert_eq!(said.code, Some(0));
    let sentence = "What goes to stdout; people's text goes to stderr unless it is human";
    assert!(
        said.out.lines().any(|line| line.contains(sentence)),
        "{said:?}"
    );
    assert!(said.out.lines().any(|line| line.len() > 100), "{said:?}");
}

#[test]
fn results_folder_with_files_of_others_is_refused_and_left_as_it_is() {
    let corpus = corpus();
    corpus.write("mine/config.json", "{\"name\": \"mine\"}\n");
    corpus.write("mine/failures.txt", "the pump\n");
    for words in ["run --results mine", "merge one --results mine"] {
        corpus.rewind("run --shard 1/1 --results one");
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(2), "{said:?}");
        let wanted = "mine: failures.txt, config.json in it would be replaced, and no run has \
                      written them; name another folder, or move them away";
        assert!(said.err.contains(wanted), "{said:?}");
        assert_eq!(corpus.read("mine/config.json"), "{\"name\": \"mine\"}\n");
        assert_eq!(corpus.read("mine/failures.txt"), "the pump\n");
        let left = std::fs::read_dir(corpus.path().join("mine")).expect("a folder");
        assert_eq!(left.count(), 2);
    }
    // One that a run has filled may be filled again, and so may an empty one.
    for _ in 0..2 {
        assert_eq!(corpus.rewind("run --results out").code, Some(1));
    }
}

#[test]
fn lock_behind_a_link_is_refused() {
    let corpus = corpus();
    corpus.write("precious", "");
    std::fs::create_dir(corpus.path().join("out")).expect("created");
    std::os::unix::fs::symlink("../precious", corpus.path().join("out/.lock")).expect("linked");
    let said = corpus.rewind("run --results out");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.err.contains("out/.lock: it is the lock of no run"),
        "{said:?}"
    );
    assert_eq!(corpus.read("precious"), "");
}

#[test]
fn output_in_the_place_of_another_or_of_an_input_or_folder_is_refused() {
    let corpus = corpus();
    corpus.write("known.toml", "");
    corpus.write("folder/file", "");
    for (words, wanted) in [
        ("--junit x --trace ./x", "--junit and --trace name it both"),
        (
            "--junit x --partial folder/../x",
            "--partial and --junit name it both",
        ),
        (
            "--expectations known.toml --junit known.toml",
            "--expectations and --junit name it both",
        ),
        (
            "--results out --junit out/results.ndjson",
            "where the results go under names of their own",
        ),
        ("--junit folder", "--junit names a folder; name a file"),
    ] {
        let said = corpus.rewind(&format!("run {words}"));
        assert_eq!(said.code, Some(2), "{words}: {said:?}");
        assert!(said.err.contains(wanted), "{words}: {said:?}");
        assert!(!corpus.path().join("x").exists());
    }
    assert_eq!(corpus.read("known.toml"), "");
    // A file that is named may be replaced; what is no file is written to.
    corpus.write("old", "old");
    for words in [
        "--junit old --trace new",
        "--junit /dev/null --trace /dev/null",
    ] {
        let said = corpus.rewind(&format!("run {words}"));
        assert_eq!(said.code, Some(1), "{words}: {said:?}");
    }
    assert!(corpus.read("old").starts_with("<?xml"));
}

#[test]
fn results_beside_those_of_a_later_run_that_broke_off_are_told_to_be_older() {
    let corpus = corpus();
    assert_eq!(corpus.rewind("run --results out").code, Some(1));
    assert!(!corpus.rewind("compare out out").err.contains("note: "));
    let whole = corpus.read("out/results.ndjson");
    let started = |text: &str| {
        let header: serde_json::Value =
            serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
        header["started"].as_str().expect("a time").to_owned()
    };
    let half: String = whole
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    let later = "9999-01-02T03:04:05.000Z";
    corpus.write(
        "out/.results.ndjson.12.tmp",
        &half.replace(&started(&whole), later),
    );
    let said = corpus.rewind("compare out out");
    assert_eq!(said.code, Some(0), "{said:?}");
    let wanted = format!(
        "results of the run of {}; one that began later, {later}, has not ended: ",
        started(&whole)
    );
    assert!(said.err.contains(&wanted), "{said:?}");
    // One that is older says nothing about these.
    let earlier = "2001-01-02T03:04:05.000Z";
    corpus.write(
        "out/.results.ndjson.12.tmp",
        &half.replace(&started(&whole), earlier),
    );
    assert!(!corpus.rewind("compare out out").err.contains("note: "));
}
