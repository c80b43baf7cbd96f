//! Being listed excuses what the list is about, and nothing else; and a worker
//! that can't start is no reason to leave cases out.

use crate::support::Corpus;

#[test]
fn slow_listed_crasher_is_still_a_crasher() {
    let corpus = Corpus::new(&[("a.js", "flags: [noStrict]", "$rewind.fault('segv');")]);
    corpus.write("slow.txt", "test/a.js\n");
    let said = corpus.rewind("run --faults --slow slow.txt --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let case = lines.iter().find(|line| line["type"] == "case");
    let case = case.expect("it is executed");
    assert_eq!(
        (&case["verdict"], &case["expected"]),
        (&"crash".into(), &false.into())
    );
    assert!(said.err.contains("policy  cases: 1 crashed"), "{said:?}");
    let update = "run --faults --slow slow.txt --baseline known.txt --update-baseline";
    let said = corpus.rewind(update);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains("cases that crashed: 1"), "{said:?}");
}

#[test]
fn worker_that_can_not_start_is_an_error_and_no_skipped_batch() {
    let tests: Vec<_> = (0..40).map(|n| format!("{n}.js")).collect();
    let tests: Vec<_> = tests.iter().map(|it| (&**it, "", "1;")).collect();
    let corpus = Corpus::new(&tests);
    corpus.write("known.txt", "rewind-baseline 1\nmode: both\n\n");
    for worker in ["false", "/nowhere/worker"] {
        let words = "run --format ndjson --results out --baseline known.txt --worker-command";
        let said = corpus.rewind(&format!("{words} {worker}"));
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(
            said.err.contains("error: failed to keep a worker alive"),
            "{said:?}"
        );
        assert!(said.err.contains("80 cases were not run"), "{said:?}");
        let lines = said.lines();
        let told = lines.iter().filter(|line| line["type"] == "case");
        assert_eq!(told.count(), 0, "no case has a result, not even a skip");
        let summary = lines.last().expect("a summary");
        assert_eq!(
            (&summary["cases"], &summary["skip"]),
            (&0.into(), &0.into())
        );
    }
}
