//! Paths of any bytes: whatever folders and files are called, a run does its work,
//! tells of it, and what it has written is read again.

mod support;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use support::{Corpus, Said};

/// No UTF-8, and what would end a line or a word.
const ODD: &[u8] = b"o\xffdd \n'\x1b\\x";

fn odd() -> &'static OsStr {
    OsStr::from_bytes(ODD)
}

/// A corpus below a folder of that name, which is also where everything else lies.
struct Place {
    corpus: Corpus,
    here: PathBuf,
}

impl Place {
    fn new(tests: &[(&str, &str, &str)]) -> Self {
        let corpus = Corpus::new(tests);
        let here = corpus.path().join(odd());
        fs::create_dir(&here).expect("folder");
        let root = here.join(odd());
        fs::rename(corpus.path().join("corpus"), root).expect("moved");
        Self { corpus, here }
    }

    /// Runs the program in the folder; `@` at the end of an argument is the odd name.
    fn rewind(&self, words: &str) -> Said {
        let mut command = self.corpus.command("");
        command.current_dir(&self.here);
        for word in words.split_whitespace() {
            match word.strip_suffix('@') {
                Some(before) => {
                    let mut path = OsString::from(before);
                    path.push(odd());
                    command.arg(path)
                }
                None => command.arg(word),
            };
        }
        Said::of(command.output().expect("started"))
    }
}

fn lines(text: &str) -> Vec<serde_json::Value> {
    let parse = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(parse).collect()
}

const MODULE: (&str, &str, &str) = (
    "m.js",
    "flags: [module]",
    "import { one } from './m_FIXTURE.js'; if (one !== 1) throw 1;",
);

fn mixed() -> Place {
    let place = Place::new(&[
        ("passes.js", "", "1;"),
        ("fails.js", "flags: [raw]", "throw 1;"),
        MODULE,
    ]);
    let root = place.here.join(odd());
    fs::write(root.join("test/m_FIXTURE.js"), "export let one = 1;").expect("file");
    fs::write(root.join("test").join(odd()), "no test").expect("file");
    fs::write(root.join("harness").join(odd()), "no test either").expect("file");
    place
}

#[test]
fn run_in_folders_of_any_bytes_writes_everything() {
    let place = mixed();
    let expectations =
        "[[expect]]\npath = \"test/fails.js\"\noutcome = \"fail\"\nreason = \"meant to\"\n";
    fs::create_dir(place.here.join("lists")).expect("folder");
    fs::write(place.here.join("lists").join(odd()), expectations).expect("file");
    let said = place.rewind(
        "run --root @ --results out/@ --expectations lists/@ --junit j@ --trace t@ --workers 2",
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    let out = place.here.join("out").join(odd());
    let report = fs::read_to_string(out.join("results.ndjson")).expect("results");
    let report = lines(&report);
    let shown = "o\\xffdd \\n'\\x1b\\\\x";
    assert_eq!(report[0]["root"], format!("{}/{shown}", root_text(&place)));
    assert_eq!(report[0]["expectations"], format!("lists/{shown}"));
    assert_eq!(
        report[0]["escaped"],
        serde_json::json!(["expectations", "root"])
    );
    let cases = report.iter().filter(|line| line["type"] == "case").count();
    assert_eq!(cases, 4);
    let config = fs::read_to_string(out.join("config.json")).expect("config");
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    assert_eq!(config["execution"]["results"], format!("out/{shown}"));
    assert_eq!(config["folder"], root_text(&place));
    // The same again builds on it, and the record is one.
    let again = place.rewind("run --root @ --results out/@ --expectations lists/@ --resume");
    assert_eq!(again.code, Some(0), "{again:?}");
    let replayed = place.rewind("replay out/@");
    assert_eq!(replayed.code, Some(0), "{replayed:?}");
    assert!(replayed.err.contains("replayed  4 cases"), "{replayed:?}");
    let compared = place.rewind("compare out/@ out/@ --format ndjson");
    assert_eq!(compared.code, Some(0), "{compared:?}");
}

/// The folder that all lies in, as it is told.
fn root_text(place: &Place) -> String {
    let here = place.here.canonicalize().expect("there");
    rewind_protocol::path_text::case_name(here.as_os_str().as_bytes()).into_owned()
}

#[test]
fn every_way_of_asking_takes_a_root_of_any_bytes() {
    let place = mixed();
    for words in [
        "list --root @",
        "list @",
        "run --root @ test/passes.js --isolation fork",
        "run --root @ test/m.js --isolation spawn",
        "run --root @ test/passes.js --format ndjson --baseline b@ --update-baseline",
        "profile --root @ test/passes.js --format ndjson",
        "doctor",
        "stress --count 30 --html page@ --format ndjson",
    ] {
        let said = place.rewind(words);
        assert_eq!(said.code, Some(0), "{words}: {said:?}");
    }
}

#[test]
fn names_of_tests_that_break_lines_survive_every_file() {
    let odd = "a\nb\r \u{1b}[31m\\n.js";
    let corpus = Corpus::new(&[
        (odd, "flags: [raw]", "throw 1;"),
        ("dir\n/x.js", "flags: [raw]", "1;"),
    ]);
    let said = corpus.rewind(
        "run --root corpus --results out --baseline b.txt --update-baseline --format ndjson",
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    let path = format!("test/{odd}");
    assert!(said.lines().iter().any(|line| line["path"] == path));
    let written = "test/a\\nb\\r \\x1b[31m\\\\n.js";
    assert!(
        corpus
            .read("b.txt")
            .contains(&format!("\n{written} raw fail\n"))
    );
    assert!(
        corpus
            .read("out/timings.txt")
            .contains(&format!(" raw {written}\n"))
    );
    let failures = corpus.read("out/failures.txt");
    assert!(failures.contains(&format!("\t{written}\t")), "{failures}");
    // The second run reads what the first has written.
    let said = corpus.rewind("run --root corpus --results out --baseline b.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
    let listed = corpus.rewind("list --root corpus").out;
    assert!(listed.contains(&format!("{written} raw")), "{listed}");
    // As it is written there, a list takes it.
    corpus.write(
        "skip.txt",
        &format!("{} -- it fails\n", written.replace('[', "\\[")),
    );
    let said = corpus.rewind("run --root corpus --skip-list skip.txt --format ndjson");
    let skipped = said.lines().into_iter().find(|line| line["path"] == path);
    assert_eq!(skipped.expect("told")["verdict"], "skip", "{said:?}");
}
