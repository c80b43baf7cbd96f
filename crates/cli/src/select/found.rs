//! Which suite is meant, and its tests as they were found.

use super::cache::CacheFiles;
use super::{Admission, Wish};
use crate::args::{SelectArgs, Suite as SuiteChoice};
use crate::corpus_root::{self, TestsAt};
use crate::error::CliError;
use rewind_corpus::{Corpus, CorpusConfig, Test262, variants};
use rewind_plan::Texts;
use rewind_protocol::Attributes;
use rewind_suite::Suite;
use rewind_suite_script::{Language, Scripts};
use std::path::{Path, PathBuf};

/// What the endings of files mean to QuickJS.
const LANGUAGES: [Language; 2] = [
    Language {
        ending: "js",
        variant: variants::SLOPPY,
    },
    Language {
        ending: "mjs",
        variant: variants::MODULE,
    },
];
/// Scripts expect a host that has a console.
const CONSOLE: Attributes = Attributes::listed(&"console");

/// Tests that were found, before it is known what is asked of them.
pub(super) enum Found {
    Test262(Box<Corpus>),
    Scripts(Scripts),
}

impl Found {
    /// Where the tests lie that `args` mean, seen from `here`.
    pub(super) fn locate(
        args: &SelectArgs,
        root: Option<&Path>,
        here: &Path,
    ) -> Result<TestsAt, CliError> {
        match args.suite.unwrap_or(SuiteChoice::Auto) {
            SuiteChoice::Auto => corpus_root::locate(root, &args.paths, here),
            SuiteChoice::Test262 => {
                corpus_root::locate_corpus(root, &args.paths, here).map(TestsAt::Corpus)
            }
            SuiteChoice::Script => Ok(TestsAt::Scripts(root.map(|root| here.join(root)))),
        }
    }

    /// Reads a corpus; adds to `remarks` what people should know.
    pub(super) fn corpus(
        root: &Path,
        paths: &[PathBuf],
        files: Option<&CacheFiles>,
        remarks: &mut Vec<String>,
    ) -> Result<Self, CliError> {
        let Some(files) = files else {
            return Ok(Self::Test262(Box::new(Corpus::discover(root, paths)?)));
        };
        let (corpus, used) = Corpus::discover_cached(root, paths, &files.frontmatter)?;
        if let Some(problem) = used.problem {
            remarks.push(format!(
                "the cache of frontmatter is not kept: failed to {problem}"
            ));
        }
        Ok(Self::Test262(Box::new(corpus)))
    }

    /// Reads scripts.
    pub(super) fn scripts(
        root: Option<&Path>,
        paths: &[PathBuf],
        here: &Path,
    ) -> Result<Self, CliError> {
        let scripts = Scripts::find(root, paths, here, &LANGUAGES)?;
        Ok(Self::Scripts(scripts.for_guest(
            CONSOLE,
            &variants::ALL,
            variants::TEXTS,
        )))
    }

    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Test262(corpus) => &corpus.root,
            Self::Scripts(scripts) => scripts.root(),
        }
    }

    /// What `rewind.toml` at the root says.
    pub(super) fn config(&self) -> Result<CorpusConfig, CliError> {
        match self {
            Self::Test262(corpus) => Ok(corpus.config.clone()),
            Self::Scripts(scripts) => Ok(CorpusConfig::load(scripts.root())?),
        }
    }

    /// The suite, as the run at hand wants it, and texts that are kept of it.
    pub(super) fn into_suite(
        self,
        wish: &Wish,
        admission: &Admission,
        remarks: &mut Vec<String>,
    ) -> (Box<dyn Suite>, Option<Texts>) {
        let corpus = match self {
            Self::Test262(corpus) => corpus,
            Self::Scripts(scripts) => {
                remarks.extend(scripts.remarks());
                return (Box::new(scripts), None);
            }
        };
        let needless = admission.remarks(&corpus);
        let texts = corpus.texts.clone();
        let suite = Test262::new(*corpus)
            .in_mode(wish.mode)
            .without(admission.unsupported.clone(), admission.allowed.clone());
        remarks.extend(suite.remarks());
        if wish.paths.is_empty() {
            remarks.extend(needless);
        }
        (Box::new(suite), texts)
    }
}
