//! A further attempt runs the very same case. What workers are told is taken
//! down on its way, and read with the protocol alone.

use crate::support::Corpus;
use rewind_protocol::{Attributes, Decoder, Preamble, PreambleId, Run, ToWorker, Variant};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// The case is a regression; nothing about it is as by default.
const VICTIM: (&str, &str, &str) = (
    "a/victim.js",
    "flags: [async, onlyStrict, CanBlockIsFalse]\nincludes: [extra.js]",
    "throw new Error(extra);",
);
const DEADLINE_MS: u32 = 33_000;

/// A case as a worker was told it: all of it, and the sources below it.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    run: Run,
    preamble: Vec<(String, Vec<u8>)>,
    /// Cases that the worker was told in all.
    company: usize,
}

/// A corpus with the victim among others, and a worker that takes down its input.
fn corpus() -> Corpus {
    let others: Vec<String> = (0..20).map(|n| format!("a/{n:02}.js")).collect();
    let mut tests: Vec<_> = others.iter().map(|it| (&**it, "", "1;")).collect();
    tests.push(VICTIM);
    let corpus = Corpus::new(&tests);
    corpus.write(
        "corpus/harness/extra.js",
        "var extra = 'from the preamble';\n",
    );
    corpus.write("slow.txt", "test/a/victim.js strict -- 33 s\n");
    corpus.write("known.txt", "rewind-baseline 1\nmode: both\n\n");
    corpus.write("heard/.keep", "");
    // The worker takes the shell's place, so that its parent sees it leave.
    let script = format!(
        "#!/bin/sh\nheard={}/heard/$$\nmkfifo $heard.fifo\nexec 9<&0\n\
         tee $heard <&9 >$heard.fifo 2>/dev/null 9<&- &\n\
         exec {} \"$@\" <$heard.fifo 9<&-\n",
        corpus.path().display(),
        env!("CARGO_BIN_EXE_rewind")
    );
    corpus.write("worker.sh", &script);
    let script = corpus.path().join("worker.sh");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("executable");
    corpus
}

/// Every time that a worker was told the victim.
fn heard(corpus: &Corpus) -> Vec<Told> {
    let mut all = Vec::new();
    let heard = fs::read_dir(corpus.path().join("heard")).expect("folder");
    let files = heard.map(|entry| entry.expect("entry").path());
    for file in files.filter(|it| it.is_file()) {
        let bytes = fs::read(file).expect("file");
        let mut decoder = Decoder::<ToWorker>::for_worker();
        decoder.feed_slice(&bytes);
        let (mut preambles, mut runs) = (BTreeMap::new(), Vec::new());
        while let Some(message) = decoder.next().expect("a message") {
            match message {
                ToWorker::Preamble(it) => {
                    preambles.insert(it.id.0, it);
                }
                ToWorker::Run(run) => runs.push(run),
                _ => {}
            }
        }
        let company = runs.len();
        let victims = runs
            .into_iter()
            .filter(|run| run.path == "test/a/victim.js");
        all.extend(victims.map(|run| told(run, &preambles, company)));
    }
    all
}

/// Numbers are a matter between a parent and one worker; what they stand for is not.
fn told(mut run: Run, preambles: &BTreeMap<u32, Preamble>, company: usize) -> Told {
    let (mut sources, mut at) = (Vec::new(), Some(run.preamble.0));
    while let Some(preamble) = at.and_then(|id| preambles.get(&id)) {
        let texts = preamble.sources.iter().rev();
        sources.extend(texts.map(|it| (it.name.clone(), it.text.to_vec())));
        at = preamble.parent.map(|id| id.0);
    }
    sources.reverse();
    (run.seq.0, run.preamble) = (0, PreambleId::ENGINE);
    Told {
        run,
        preamble: sources,
        company,
    }
}

fn check(words: &str, times: usize) {
    let corpus = corpus();
    let said = corpus.rewind(&format!(
        "run -j 1 --stand-ins 0 --slow slow.txt --baseline known.txt --worker-exe {} {words}",
        corpus.path().join("worker.sh").display()
    ));
    assert_eq!(said.code, Some(1), "{said:?}");
    let mut told = heard(&corpus);
    told.sort_by_key(|it| std::cmp::Reverse(it.company));
    assert_eq!(told.len(), times, "{said:?}");
    let (first, again) = told.split_first().expect("a first attempt");
    // It is what the plan says, and not what is usual.
    assert_eq!(first.run.variant, Variant::named(&"strict"));
    assert_eq!(first.run.deadline_ms, DEADLINE_MS);
    let attributes = Attributes::listed(&"async,cannot-block");
    assert_eq!(first.run.attributes, attributes);
    let names: Vec<_> = first.preamble.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "harness/assert.js",
            "harness/sta.js",
            "harness/doneprintHandle.js",
            "harness/extra.js"
        ]
    );
    assert!(first.company > 1, "it was among others");
    for it in again {
        assert_eq!(it.company, 1, "it was alone");
        assert_eq!((&it.run, &it.preamble), (&first.run, &first.preamble));
    }
}

#[test]
fn retry_runs_exactly_the_same_case() {
    check("--retries 2", 3);
}

#[test]
fn confirmation_runs_exactly_the_same_case() {
    check("--confirm-limit 5", 2);
}
