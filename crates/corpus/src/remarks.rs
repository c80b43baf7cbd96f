//! What people should know of a corpus as it was found. Each thing is told once,
//! however many tests it is about; tests that can't be run are failures besides.

use crate::Corpus;
use rewind_protocol::path_text;

/// Names that are told of one kind; a corpus of another kind has no end of them.
const LISTED: usize = 10;

/// The remarks, each a line.
pub(crate) fn remarks(corpus: &Corpus) -> Vec<String> {
    let found = &corpus.findings;
    let mut remarks = Vec::new();
    let passed_over = [
        (found.links, "link", "to nowhere"),
        (found.hidden, "hidden file", "as editors leave them"),
    ];
    for (count, what, which) in passed_over.into_iter().filter(|(count, ..)| *count > 0) {
        remarks.push(format!("passed over: {}, {which}", many(count, what)));
    }
    let unreadable = corpus.tests.iter();
    let unreadable = unreadable.filter(|it| it.unreadable.is_some()).count();
    if unreadable > 0 {
        let tests = many(unreadable, "test");
        remarks.push(format!(
            "can't be read: {tests}; each is told as a failure, with its reason"
        ));
    }
    let flags = found.unknown_flags.iter();
    tell(&mut remarks, flags, |flag, count| {
        let tests = many(count, "test");
        format!(
            "unknown flag `{flag}` in {tests}: told as failures, for nobody knows how to run them"
        )
    });
    let features = corpus.unknown_features();
    tell(&mut remarks, features, |feature, count| {
        let tests = many(count, "test");
        format!(
            "unknown feature `{feature}` in {tests}: `features.txt` of the corpus doesn't \
             name it; the engine is taken to have it, unless a list says otherwise"
        )
    });
    remarks
}

fn many(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn tell<'a>(
    remarks: &mut Vec<String>,
    names: impl IntoIterator<Item = (impl AsRef<str>, impl std::borrow::Borrow<usize> + 'a)>,
    line: impl Fn(&str, usize) -> String,
) {
    let mut names = names.into_iter();
    for (name, count) in names.by_ref().take(LISTED) {
        let name = path_text::escaped(name.as_ref()).into_owned();
        remarks.push(line(&name, *count.borrow()));
    }
    let more = names.count();
    if more > 0 {
        remarks.push(format!("and {more} more of that kind"));
    }
}
