//! What can explain a difference, each with its evidence.
//!
//! A rule never rests on a path: it points to something in the test's text, in
//! the two results, or in a run that was made to find out. Rules are tried from
//! the most telling to the most general.

use super::compare::Difference;
use super::known::Known;
use super::referee::Referee;
use crate::error::Result;
use crate::peer::{Configuration, PeerMetadata, PeerVerdict};
use crate::rewind_run::Case;
use rewind_corpus::{Flag, ParsedFrontmatter, parse_frontmatter};

/// A class of differences. The order is that of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// See [`Class::text`]; so for all.
    PeerSkips,
    /// We skip what it runs.
    WeSkip,
    /// It crashed, gave up or hung.
    PeerEnded,
    /// It reads frontmatter as plain text.
    Frontmatter,
    /// It ignores the phase of a negative test.
    Phase,
    /// It compares text for the type of a negative test.
    Type,
    /// The engine itself, driven by the rules, sides with us.
    Referee,
    /// A person explained it.
    Listed,
}

impl Class {
    /// Short name and explanation, for reports.
    pub(crate) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::PeerSkips => (
                "skipped there",
                "run-test262's configuration leaves out a feature that the test names",
            ),
            Self::WeSkip => (
                "skipped here",
                "we skip the test, for a reason that it names itself",
            ),
            Self::PeerEnded => (
                "run-test262 ended",
                "the test, run alone, ends run-test262 itself, by a crash, an exit or a hang",
            ),
            Self::Frontmatter => (
                "frontmatter as text",
                "run-test262 searches the frontmatter for words instead of parsing it, and finds other metadata",
            ),
            Self::Phase => (
                "phase ignored",
                "the error has the right type in the wrong phase, and run-test262 doesn't look at the phase",
            ),
            Self::Type => (
                "type from text",
                "run-test262 takes the text before the first colon for the type; the rules ask for the constructor's name",
            ),
            Self::Referee => (
                "driven otherwise",
                "run-test262 drives the test otherwise than the rules say (harness for raw tests, its order, enumerable print, $262 and gc, jobs left undone); the same engine driven by the rules gives our verdict",
            ),
            Self::Listed => ("listed", "explained in xtask/peer-differences.toml"),
        }
    }
}

/// A class with what speaks for it in this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// The class.
    pub class: Class,
    /// What was found.
    pub evidence: String,
}

/// Everything that judging needs.
pub(crate) struct Judge<'j> {
    /// What run-test262 was told.
    pub configuration: &'j Configuration,
    /// What people wrote down.
    pub known: &'j Known,
    /// A third opinion.
    pub referee: &'j Referee,
}

/// One difference with all that is known of its test.
struct Matter<'m> {
    difference: &'m Difference,
    ours: &'m Case,
    declared: &'m ParsedFrontmatter<'m>,
    read: &'m PeerMetadata,
    configuration: &'m Configuration,
}

/// Finds evidence, or nothing.
type Rule = fn(&Matter<'_>) -> Option<String>;

/// Rules that need no run.
const RULES: [(Class, Rule); 6] = [
    (Class::PeerSkips, peer_skips),
    (Class::WeSkip, we_skip),
    (Class::PeerEnded, peer_ended),
    (Class::Phase, phase_ignored),
    (Class::Type, type_from_text),
    (Class::Frontmatter, frontmatter_as_text),
];

impl Judge<'_> {
    /// What explains `difference`, whose test has the content `text`.
    pub(crate) fn explain(
        &self,
        difference: &Difference,
        text: &[u8],
    ) -> Result<Option<Explanation>> {
        let by_rule = self.by_evidence(difference, text)?;
        Ok(by_rule.or_else(|| self.by_list(difference)))
    }

    fn by_evidence(&self, difference: &Difference, text: &[u8]) -> Result<Option<Explanation>> {
        // What we lost, or never answered, is our own fault: no rule may explain it away.
        let Some(ours) = difference
            .ours
            .as_ref()
            .filter(|case| case.verdict != "lost")
        else {
            return Ok(None);
        };
        let Ok(declared) = parse_frontmatter(text) else {
            return Ok(None);
        };
        let read = PeerMetadata::parse(text);
        let matter = Matter {
            difference,
            ours,
            declared: &declared,
            read: &read,
            configuration: self.configuration,
        };
        for (class, rule) in RULES {
            if let Some(evidence) = rule(&matter) {
                return Ok(Some(Explanation { class, evidence }));
            }
        }
        let opinion = self.referee.opinion(text, &declared, &ours.variant)?;
        Ok(opinion
            .filter(|opinion| opinion.verdict == ours.verdict)
            .map(|opinion| Explanation {
                class: Class::Referee,
                evidence: opinion.evidence,
            }))
    }

    fn by_list(&self, difference: &Difference) -> Option<Explanation> {
        let (peer, ours) = (difference.peer.verdict.class(), difference.our_verdict());
        let entry = self.known.entry(&difference.path, peer, ours)?;
        Some(Explanation {
            class: Class::Listed,
            evidence: entry.reason.clone(),
        })
    }
}

fn peer_skips(matter: &Matter<'_>) -> Option<String> {
    let mut names = matter
        .read
        .skipped_features(matter.configuration)
        .peekable();
    if matter.difference.peer.verdict != PeerVerdict::Skip || names.peek().is_none() {
        return None;
    }
    Some(format!(
        "features: {}",
        names.collect::<Vec<_>>().join(", ")
    ))
}

/// The reason that we give must name a feature or a flag of the test.
fn we_skip(matter: &Matter<'_>) -> Option<String> {
    let why = &matter.ours.why;
    let names_feature = matter
        .declared
        .features
        .iter()
        .any(|name| why.contains(name));
    let names_flag = matter
        .declared
        .flags
        .iter()
        .any(|flag| why.contains(flag.name()));
    (matter.ours.verdict == "skip" && (names_feature || names_flag)).then(|| why.clone())
}

fn peer_ended(matter: &Matter<'_>) -> Option<String> {
    match matter.difference.peer.verdict {
        PeerVerdict::Crash(signal) => Some(format!("signal {signal}")),
        PeerVerdict::Quit(status) => Some(format!("exit status {status}")),
        PeerVerdict::Hang => Some("no end".into()),
        PeerVerdict::Pass | PeerVerdict::Fail | PeerVerdict::Skip => None,
    }
}

fn phase_ignored(matter: &Matter<'_>) -> Option<String> {
    let negative = matter.declared.negative?;
    let (thrown, phase) = (matter.ours.thrown()?, matter.ours.phase()?);
    let only_phase_is_wrong = matter.difference.peer.verdict == PeerVerdict::Pass
        && matter.ours.verdict == "fail"
        && thrown == negative.type_name
        && phase != negative.phase.name();
    only_phase_is_wrong.then(|| {
        format!(
            "{thrown} in phase {phase}, declared for phase {}",
            negative.phase
        )
    })
}

fn type_from_text(matter: &Matter<'_>) -> Option<String> {
    let expected = matter.declared.negative?.type_name;
    let thrown = matter.ours.thrown()?;
    let message = &matter.difference.peer.message;
    match (matter.difference.peer.verdict, matter.ours.verdict.as_str()) {
        (PeerVerdict::Pass, "fail") if thrown != expected => {
            Some(format!("constructor {thrown}, declared {expected}"))
        }
        (PeerVerdict::Fail, "pass") if thrown == expected => {
            let text = message.strip_prefix("unexpected error type: ")?;
            let taken = text.split(':').next().unwrap_or_default();
            (taken != expected).then(|| format!("it took \"{taken}\", declared {expected}"))
        }
        _ => None,
    }
}

/// Something that decides how a test is run must be read differently.
fn frontmatter_as_text(matter: &Matter<'_>) -> Option<String> {
    let (declared, read) = (matter.declared, matter.read);
    let flags =
        |name: Flag| declared.flags.contains(name) != read.flags.iter().any(|f| f == name.name());
    let deciding = [
        Flag::Raw,
        Flag::Module,
        Flag::Async,
        Flag::OnlyStrict,
        Flag::NoStrict,
        Flag::CanBlockIsFalse,
    ];
    if let Some(flag) = deciding.into_iter().find(|flag| flags(*flag)) {
        return Some(format!("flag {flag}"));
    }
    if declared.includes != read.includes {
        return Some(format!(
            "includes: {:?}, declared {:?}",
            read.includes, declared.includes
        ));
    }
    let expected = declared
        .negative
        .map(|negative| Some(negative.type_name.to_owned()));
    (expected != read.negative)
        .then(|| format!("negative: {:?}, declared {expected:?}", read.negative))
}

#[cfg(test)]
mod tests {
    use super::super::compare::tests::{case, peer};
    use super::*;
    use serde_json::{Value, json};

    const NEGATIVE: &str =
        "/*---\nnegative:\n  phase: parse\n  type: SyntaxError\nflags: [onlyStrict]\n---*/\n";

    fn configuration() -> Configuration {
        Configuration {
            enabled: vec!["let".into()],
            disabled: ["Temporal".to_owned()].into(),
        }
    }

    fn threw(phase: &str, name: &str) -> Value {
        json!({"kind": "threw", "phase": phase, "name": name, "message": "m"})
    }

    fn explain(
        text: &str,
        theirs: PeerVerdict,
        message: &str,
        ours: Case,
    ) -> Option<(Class, String)> {
        let difference = Difference {
            path: "test/a.js".into(),
            peer: peer(theirs, message),
            ours: Some(ours),
            explanation: None,
        };
        let known = Known {
            entries: vec![super::super::known::Entry {
                path: "test/*.js".into(),
                peer: "pass".into(),
                ours: "lost".into(),
                reason: "listed".into(),
            }],
        };
        let configuration = configuration();
        let judge = Judge {
            configuration: &configuration,
            known: &known,
            referee: &Referee::silent(),
        };
        let explanation = judge.explain(&difference, text.as_bytes()).expect("judged");
        explanation.map(|it| (it.class, it.evidence))
    }

    #[test]
    fn wrong_phase_with_the_right_type_is_the_phase_rule() {
        let ours = case("test/a.js", "fail", threw("runtime", "SyntaxError"));
        let (class, evidence) = explain(NEGATIVE, PeerVerdict::Pass, "", ours).expect("explained");
        assert_eq!(class, Class::Phase);
        assert_eq!(
            evidence,
            "SyntaxError in phase runtime, declared for phase parse"
        );
    }

    #[test]
    fn right_phase_and_type_that_we_fail_is_unexplained() {
        let ours = case("test/a.js", "fail", threw("parse", "SyntaxError"));
        assert_eq!(explain(NEGATIVE, PeerVerdict::Pass, "", ours), None);
    }

    #[test]
    fn positive_test_that_we_fail_is_unexplained() {
        let ours = case("test/a.js", "fail", threw("runtime", "TypeError"));
        assert_eq!(
            explain("/*---\nflags: []\n---*/", PeerVerdict::Pass, "", ours),
            None
        );
    }

    #[test]
    fn type_is_taken_from_text_in_both_directions() {
        let ours = case("test/a.js", "fail", threw("parse", "Test262Error"));
        let found = explain(NEGATIVE, PeerVerdict::Pass, "", ours).expect("explained");
        assert_eq!(
            found,
            (
                Class::Type,
                "constructor Test262Error, declared SyntaxError".into()
            )
        );
        let ours = case("test/a.js", "pass", threw("parse", "SyntaxError"));
        let message = "unexpected error type: odd: x";
        let found = explain(NEGATIVE, PeerVerdict::Fail, message, ours).expect("explained");
        assert_eq!(
            found,
            (Class::Type, "it took \"odd\", declared SyntaxError".into())
        );
        let ours = case("test/a.js", "pass", threw("parse", "SyntaxError"));
        assert_eq!(
            explain(NEGATIVE, PeerVerdict::Fail, "expected error", ours),
            None
        );
    }

    #[test]
    fn skips_need_a_feature_or_a_flag_of_the_test() {
        let text = "/*---\nfeatures: [let, Temporal]\n---*/";
        let passed = || case("test/a.js", "pass", json!({"kind": "completed"}));
        let found = explain(text, PeerVerdict::Skip, "", passed()).expect("explained");
        assert_eq!(found, (Class::PeerSkips, "features: Temporal".into()));
        assert_eq!(
            explain(
                "/*---\nfeatures: [let]\n---*/",
                PeerVerdict::Skip,
                "",
                passed()
            ),
            None
        );

        let skipped = |why: &str| Case {
            why: why.into(),
            ..case("test/a.js", "skip", json!({}))
        };
        let found =
            explain(text, PeerVerdict::Pass, "", skipped("feature let: none")).expect("explained");
        assert_eq!(found, (Class::WeSkip, "feature let: none".into()));
        assert_eq!(
            explain(text, PeerVerdict::Pass, "", skipped("no mood")),
            None
        );
    }

    #[test]
    fn peer_that_ended_is_told_with_its_end() {
        let ours = case("test/a.js", "fail", json!({"kind": "completed"}));
        let found = explain("", PeerVerdict::Crash(11), "", ours).expect("explained");
        assert_eq!(found, (Class::PeerEnded, "signal 11".into()));
    }

    #[test]
    fn metadata_read_otherwise_is_told() {
        let text = "/*---\ninfo: |\n  the flags: [module] one\nflags: [noStrict]\n---*/";
        let ours = case("test/a.js", "pass", json!({"kind": "completed"}));
        let found = explain(text, PeerVerdict::Fail, "x", ours).expect("explained");
        assert_eq!(found, (Class::Frontmatter, "flag module".into()));
    }

    #[test]
    fn lost_answer_is_explained_by_the_list_alone() {
        let lost = case("test/a.js", "lost", json!({"kind": "lost"}));
        let found = explain(NEGATIVE, PeerVerdict::Pass, "", lost.clone()).expect("listed");
        assert_eq!(found, (Class::Listed, "listed".into()));
        assert_eq!(explain("", PeerVerdict::Crash(11), "", lost), None);
    }
}
