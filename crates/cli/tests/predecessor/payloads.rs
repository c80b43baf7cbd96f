//! No payload, however large or empty, makes parent and worker lose each other.

use crate::support::Corpus;
use std::collections::BTreeMap;

/// More bytes than a frame of the protocol holds.
const TOO_LARGE: usize = 25 << 20;

#[test]
fn oversized_or_empty_payload_never_loses_framing() {
    let quiet = "flags: [noStrict]";
    let mut tests = vec![
        ("b/error.js", quiet, "throw new Error('x'.repeat(9 << 20));"),
        (
            "b/name.js",
            quiet,
            "throw {constructor: {name: 'x'.repeat(9 << 20)}};",
        ),
        (
            "b/printed.js",
            quiet,
            "for (let i = 0; i < 64; i++) print('x'.repeat(1 << 20));",
        ),
        ("b/forged.js", quiet, "$rewind.fault('forge');"),
        ("b/nothing-printed.js", quiet, "print('');"),
        ("b/nothing-thrown.js", quiet, "throw '';"),
    ];
    // Neighbours before and behind, which must not notice.
    let others: Vec<_> = (0..30)
        .flat_map(|n| [format!("a/{n}.js"), format!("c/{n}.js")])
        .collect();
    tests.extend(others.iter().map(|it| (&**it, quiet, "1;")));
    let corpus = Corpus::new(&tests);
    corpus.write("corpus/test/b/empty.js", "");
    corpus.write("corpus/test/b/huge.js", &" ".repeat(TOO_LARGE));
    corpus.write("corpus/test/b/large.js", &" ".repeat(9 << 20));
    let said = corpus.rewind("run -j 1 --order path --mode sloppy --faults --format ndjson");
    assert_eq!(said.code, Some(1), "one test can't be sent: {said:?}");
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in said.lines().iter().filter(|it| it["type"] == "case") {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        answers
            .entry(word("path"))
            .or_default()
            .push(word("verdict"));
    }
    assert_eq!(answers.len(), tests.len() + 3);
    for (path, verdicts) in &answers {
        let wanted = match path.as_str() {
            "test/b/error.js"
            | "test/b/huge.js"
            | "test/b/name.js"
            | "test/b/nothing-thrown.js" => "fail",
            _ => "pass",
        };
        assert_eq!(verdicts, &[wanted], "{path}");
    }
}
