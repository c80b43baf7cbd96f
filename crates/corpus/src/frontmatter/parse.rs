//! From a file's bytes to its metadata.
//!
//! Understood: `flags`, `includes` and `features` as lists in brackets or in
//! dashes; `negative` with `phase` and `type` nested or in braces; every other
//! key is stepped over with whatever is indented below it. A file without a
//! frontmatter is a plain test.

use super::yaml::{self, Line, Lines, Word};
use super::{Flag, Flags, Negative, NegativePhase};
use memchr::memmem;

const OPEN: &[u8] = b"/*---";
const CLOSE: &[u8] = b"---*/";

/// Metadata of one file, borrowed from its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFrontmatter<'a> {
    /// Switches.
    pub flags: Flags,
    /// The error that it must end with.
    pub negative: Option<Negative<'a>>,
    /// Harness files, in the order of the file.
    pub includes: Vec<&'a str>,
    /// Features, in the order of the file.
    pub features: Vec<&'a str>,
}

/// What is wrong with a frontmatter, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct FrontmatterError {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// What is wrong.
    pub problem: FrontmatterProblem,
}

/// What can be wrong with a frontmatter; each says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrontmatterProblem {
    /// No `---*/`.
    #[error("`/*---` is never closed: end the frontmatter with `---*/`")]
    Unterminated,
    /// Bytes that are no UTF-8.
    #[error("the frontmatter is not UTF-8: save the file as UTF-8")]
    NotUtf8,
    /// A flag nobody knows.
    #[error("unknown flag `{0}`: use {names}", names = Flag::ALL.map(Flag::name).join(", "))]
    UnknownFlag(String),
    /// Two flags of which one forbids the other.
    #[error("flags `{0}` and `{1}` contradict each other: keep one")]
    Contradiction(Flag, Flag),
    /// A phase nobody knows.
    #[error("unknown phase `{0}` of a negative test: use parse, resolution or runtime")]
    UnknownPhase(String),
    /// `negative` lacks one of its two keys.
    #[error("`negative` has no `{0}`: give it both `phase` and `type`, each on an indented line")]
    NegativeLacks(&'static str),
    /// A key stands there twice.
    #[error("`{0}` stands there twice: keep one")]
    Twice(&'static str),
    /// A line that is no key.
    #[error(
        "expected `key: value`: add the colon, or indent the line if it belongs to the one above"
    )]
    NoKey,
    /// A list that is neither in brackets nor in dashes.
    #[error("`{0}` must be a list: write `{0}: [a, b]`")]
    NotAList(&'static str),
    /// A list in brackets with something odd in it.
    #[error("the list doesn't parse: write names separated by commas, as in `[a, b]`")]
    ListShape,
    /// `[` without `]`.
    #[error("`[` is never closed: end the list with `]`")]
    Bracket,
    /// A quote without its other half.
    #[error("a quoted value is never closed: add the missing quote")]
    Quote,
    /// Text after a value.
    #[error("unexpected text after the value: remove it or put `#` before it")]
    AfterValue,
}

use FrontmatterProblem as Problem;

/// A problem with the line it stands on, the first of the block being 0.
type Located<T> = Result<T, (u32, Problem)>;

/// Reads the metadata of a test; a file without frontmatter has the default.
///
/// # Errors
/// [`FrontmatterError`] if there is a frontmatter that can't be understood.
pub fn parse_frontmatter(file: &[u8]) -> Result<ParsedFrontmatter<'_>, FrontmatterError> {
    let Some(open) = memmem::find(file, OPEN) else {
        return Ok(ParsedFrontmatter::default());
    };
    let (before, rest) = file.split_at(open + OPEN.len());
    let located = |(line, problem)| FrontmatterError {
        line: line_count(before).saturating_add(line),
        problem,
    };
    let close = memmem::find(rest, CLOSE)
        .ok_or((0, Problem::Unterminated))
        .map_err(located)?;
    let block = rest.get(..close).unwrap_or_default();
    let block = std::str::from_utf8(block).map_err(|error| {
        let valid = block.get(..error.valid_up_to()).unwrap_or_default();
        located((line_count(valid) - 1, Problem::NotUtf8))
    })?;
    parse_block(block).map_err(located)
}

/// Number of the line that comes after `text`, counted from 1.
fn line_count(text: &[u8]) -> u32 {
    let breaks = text
        .iter()
        .enumerate()
        .filter(|&(at, &byte)| {
            byte == b'\r' || (byte == b'\n' && (at == 0 || text.get(at - 1) != Some(&b'\r')))
        })
        .count();
    u32::try_from(breaks).unwrap_or(u32::MAX - 1) + 1
}

fn parse_block(block: &str) -> Located<ParsedFrontmatter<'_>> {
    let mut parser = Parser::default();
    let mut lines = Lines::new(block);
    let Some(first) = lines.clone().next() else {
        return Ok(parser.parsed);
    };
    while let Some(line) = lines.next() {
        let (key, value) = match yaml::key_value(line.text) {
            Some(pair) if line.indent <= first.indent => pair,
            _ => return Err((line.number, Problem::NoKey)),
        };
        let at = Line {
            text: value,
            ..line
        };
        match key {
            "flags" => parser.flags(at, &mut lines)?,
            "includes" => {
                parser.once(Key::Includes, line.number)?;
                parser.names("includes", at, &mut lines)?;
                parser.parsed.includes = parser.words.iter().map(|word| word.text).collect();
            }
            "features" => {
                parser.once(Key::Features, line.number)?;
                parser.names("features", at, &mut lines)?;
                parser.parsed.features = parser.words.iter().map(|word| word.text).collect();
            }
            "negative" => parser.negative(at, &mut lines)?,
            _ => step_over(line.indent, &mut lines),
        }
    }
    Ok(parser.parsed)
}

/// Goes to the next line that isn't indented below `indent`.
fn step_over(indent: usize, lines: &mut Lines<'_>) {
    while lines
        .next_if(|line| line.indent > indent || yaml::dash_item(line.text).is_some())
        .is_some()
    {}
}

/// Keys that may stand there once.
#[derive(Clone, Copy)]
enum Key {
    Flags,
    Includes,
    Features,
    Negative,
}

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Flags => "flags",
            Self::Includes => "includes",
            Self::Features => "features",
            Self::Negative => "negative",
        }
    }
}

#[derive(Default)]
struct Parser<'a> {
    parsed: ParsedFrontmatter<'a>,
    words: Vec<Word<'a>>,
    seen: [bool; 4],
}

impl<'a> Parser<'a> {
    fn once(&mut self, key: Key, line: u32) -> Located<()> {
        match self.seen.get_mut(key as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err((line, Problem::Twice(key.name()))),
        }
        Ok(())
    }

    /// Reads a list of either form into `self.words`; `at` is what follows the key.
    fn names(&mut self, key: &'static str, at: Line<'a>, lines: &mut Lines<'a>) -> Located<()> {
        self.words.clear();
        if let Some(rest) = at.text.strip_prefix('[') {
            return yaml::bracket_list(Line { text: rest, ..at }, lines, &mut self.words);
        }
        if !at.text.is_empty() && !at.text.starts_with('#') {
            return Err((at.number, Problem::NotAList(key)));
        }
        let belongs = |line: &Line<'_>| {
            line.indent > at.indent || (line.indent == at.indent && line.text.starts_with('-'))
        };
        while let Some(line) = lines.next_if(belongs) {
            let item = yaml::dash_item(line.text).ok_or((line.number, Problem::NotAList(key)))?;
            let text = yaml::scalar(item).map_err(|problem| (line.number, problem))?;
            if text.is_empty() {
                return Err((line.number, Problem::ListShape));
            }
            self.words.push(Word {
                text,
                line: line.number,
            });
        }
        Ok(())
    }

    fn flags(&mut self, at: Line<'a>, lines: &mut Lines<'a>) -> Located<()> {
        self.once(Key::Flags, at.number)?;
        self.names("flags", at, lines)?;
        for word in &self.words {
            let flag = Flag::from_name(word.text)
                .ok_or_else(|| (word.line, Problem::UnknownFlag(word.text.to_owned())))?;
            self.parsed.flags.insert(flag);
        }
        for (one, other) in [
            (Flag::OnlyStrict, Flag::NoStrict),
            (Flag::CanBlockIsTrue, Flag::CanBlockIsFalse),
        ] {
            if self.parsed.flags.contains(one) && self.parsed.flags.contains(other) {
                return Err((at.number, Problem::Contradiction(one, other)));
            }
        }
        Ok(())
    }

    fn negative(&mut self, at: Line<'a>, lines: &mut Lines<'a>) -> Located<()> {
        self.once(Key::Negative, at.number)?;
        let mut halves = NegativeHalves::default();
        if let Some(inner) = at.text.strip_prefix('{') {
            let inner = inner
                .split_once('}')
                .ok_or((at.number, Problem::NegativeLacks("type")))?
                .0;
            for pair in inner.split(',') {
                halves.take(Line {
                    text: pair.trim(),
                    ..at
                })?;
            }
        } else {
            if !at.text.is_empty() && !at.text.starts_with('#') {
                return Err((at.number, Problem::NegativeLacks("phase")));
            }
            while let Some(line) = lines.next_if(|line| line.indent > at.indent) {
                halves.take(line)?;
            }
        }
        self.parsed.negative = Some(halves.both().map_err(|problem| (at.number, problem))?);
        Ok(())
    }
}

/// The two keys of `negative`, as far as they were seen.
#[derive(Default)]
struct NegativeHalves<'a> {
    phase: Option<NegativePhase>,
    type_name: Option<&'a str>,
}

impl<'a> NegativeHalves<'a> {
    fn take(&mut self, line: Line<'a>) -> Located<()> {
        let located = |problem| (line.number, problem);
        let (key, value) = yaml::key_value(line.text).ok_or(located(Problem::NoKey))?;
        let value = yaml::scalar(value).map_err(located)?;
        match key {
            "phase" => {
                let phase = NegativePhase::from_name(value)
                    .ok_or_else(|| located(Problem::UnknownPhase(value.to_owned())))?;
                self.phase = Some(phase);
            }
            "type" => self.type_name = Some(value).filter(|name| !name.is_empty()),
            _ => {}
        }
        Ok(())
    }

    fn both(&self) -> Result<Negative<'a>, Problem> {
        let phase = self.phase.ok_or(Problem::NegativeLacks("phase"))?;
        let type_name = self.type_name.ok_or(Problem::NegativeLacks("type"))?;
        Ok(Negative { phase, type_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> ParsedFrontmatter<'_> {
        parse_frontmatter(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text:?}"))
    }

    fn error(text: &str) -> (u32, String) {
        let error = parse_frontmatter(text.as_bytes()).expect_err(text);
        (error.line, error.to_string())
    }

    fn flags(flags: &[Flag]) -> Flags {
        flags.iter().copied().collect()
    }

    #[test]
    fn parse_without_frontmatter_returns_the_default() {
        for text in [
            "",
            "1;",
            "/* --- flags: [raw] --- */",
            "---*/",
            "\u{feff}var a;",
        ] {
            assert_eq!(parse(text), ParsedFrontmatter::default(), "{text:?}");
        }
        assert_eq!(parse("/*------*/"), ParsedFrontmatter::default());
        assert_eq!(
            parse("/*---\n\n# no more\n---*/"),
            ParsedFrontmatter::default()
        );
    }

    #[test]
    fn parse_usual_file_returns_all_of_it() {
        let text = "// Copyright\n/*---\nesid: sec-x\ndescription: >\n  A long one,\n  flags: [raw]\n\
            info: |\n  1. Let x.\n\n    negative:\n  includes: [no.js]\nflags: [async, module]\n\
            includes: [b.js, a.js]\nfeatures: [BigInt, class-fields-private]\n\
            negative:\n  phase: resolution\n  type: SyntaxError\n---*/\nflags: [raw];\n";
        let parsed = parse(text);
        assert_eq!(parsed.flags, flags(&[Flag::Async, Flag::Module]));
        assert_eq!(parsed.includes, ["b.js", "a.js"]);
        assert_eq!(parsed.features, ["BigInt", "class-fields-private"]);
        let negative = Negative {
            phase: NegativePhase::Resolution,
            type_name: "SyntaxError",
        };
        assert_eq!(parsed.negative, Some(negative));
    }

    #[test]
    fn parse_any_line_ending_gives_the_same() {
        let text = "/*---\nfeatures:\n  - A\n  - B\nflags: [raw,\n  generated]\n---*/";
        let wanted = parse(text);
        assert_eq!((wanted.features.len(), wanted.flags.iter().count()), (2, 2));
        assert_eq!(parse(&text.replace('\n', "\r\n")), wanted);
        assert_eq!(parse(&text.replace('\n', "\r")), wanted);
        assert_eq!(parse(&format!("\u{feff}{text}")), wanted);
    }

    #[test]
    fn parse_lists_in_every_form() {
        let lists = [
            "features: [A, B]",
            "features: [A,B]   # and why",
            "features: [ A , B , ]",
            "features: ['A', \"B\"]",
            "features: [\n  A,\n  # between\n  B\n]",
            "features: [A,\n\n B]",
            "features: [A, # one\n  B]",
            "features:\n  - A\n  - B",
            "features:\n- A\n- B",
            "features: # below\n  - 'A' # one\n\n  # between\n  - B",
            "  features:\n  - A\n  -   B\n  esid: x",
        ];
        for list in lists {
            for around in ["{}", "esid: x\n{}\ninfo: |\n  text"] {
                let text = format!("/*---\n{}\n---*/", around.replace("{}", list));
                let indented = list.starts_with(' ') && around != "{}";
                if !indented {
                    assert_eq!(parse(&text).features, ["A", "B"], "{text}");
                }
            }
        }
        assert_eq!(
            parse("/*---\nfeatures: []\nincludes:\nflags:\n---*/"),
            ParsedFrontmatter::default()
        );
    }

    #[test]
    fn parse_on_one_line_is_understood() {
        assert_eq!(parse("/*--- flags: [raw] ---*/").flags, flags(&[Flag::Raw]));
    }

    #[test]
    fn parse_negative_in_every_form() {
        let wanted = Negative {
            phase: NegativePhase::Parse,
            type_name: "SyntaxError",
        };
        for text in [
            "negative:\n  phase: parse\n  type: SyntaxError",
            "negative: # must throw\n    type: SyntaxError # early\n\n    phase: \"parse\"\nesid: x",
            "negative: {phase: parse, type: SyntaxError}",
        ] {
            let text = format!("/*---\n{text}\n---*/");
            assert_eq!(parse(&text).negative, Some(wanted), "{text}");
        }
    }

    #[test]
    fn parse_unknown_keys_are_stepped_over() {
        let text = "/*---\nauthor: A: B [c\nx-y:\n  - flags\n  flags: [raw]\ntimeout: 3\nflags: [noStrict]\n---*/";
        assert_eq!(parse(text).flags, flags(&[Flag::NoStrict]));
    }

    #[test]
    fn errors_name_the_line_and_the_mend() {
        let cases = [
            (
                "a\nb\n/*---\nflags: [raw]\n",
                3,
                "never closed: end the frontmatter",
            ),
            (
                "/*---\nesid: x\nflags: [raw, strict]\n---*/",
                3,
                "unknown flag `strict`: use raw, module",
            ),
            (
                "/*---\nflags: [raw,\n  Raw]\n---*/",
                3,
                "unknown flag `Raw`",
            ),
            (
                "/*---\nflags: raw\n---*/",
                2,
                "must be a list: write `flags: [a, b]`",
            ),
            (
                "/*---\nfeatures:\n  A\n---*/",
                3,
                "`features` must be a list",
            ),
            ("/*---\nincludes: [a.js\n---*/", 2, "`[` is never closed"),
            (
                "/*---\nincludes: [a.js] b\n---*/",
                2,
                "unexpected text after the value",
            ),
            ("/*---\nincludes: [[a.js]]\n---*/", 2, "doesn't parse"),
            ("/*---\nincludes: [a.js,,b.js]\n---*/", 2, "doesn't parse"),
            ("/*---\nincludes: ['a.js]\n---*/", 2, "missing quote"),
            ("/*---\nflags [raw]\n---*/", 2, "expected `key: value`"),
            (
                "/*---\nesid: x\n  flags: [raw]\nflags: [raw]\nflags: [raw]\n---*/",
                5,
                "`flags` stands there twice",
            ),
            (
                "/*---\nflags: [onlyStrict, noStrict]\n---*/",
                2,
                "contradict",
            ),
            ("/*---\nnegative: SyntaxError\n---*/", 2, "no `phase`"),
            ("/*---\nnegative:\n  phase: parse\n---*/", 2, "no `type`"),
            (
                "/*---\nnegative:\n  type: SyntaxError\n---*/",
                2,
                "no `phase`",
            ),
            (
                "/*---\nnegative:\n  phase: parse\n  type:\n---*/",
                2,
                "no `type`",
            ),
            (
                "/*---\nnegative:\n  phase: early\n  type: SyntaxError\n---*/",
                3,
                "unknown phase `early`",
            ),
            (
                "/*---\nnegative: {phase: parse\n---*/",
                2,
                "`negative` has no",
            ),
        ];
        for (text, line, message) in cases {
            let (found, shown) = error(text);
            assert!(shown.contains(message), "{shown:?} for {text:?}");
            assert_eq!(found, line, "{text:?}");
            assert_eq!(error(&text.replace('\n', "\r\n")).0, line, "CRLF: {text:?}");
            assert_eq!(error(&text.replace('\n', "\r")).0, line, "CR: {text:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_are_an_error_inside_the_frontmatter_alone() {
        let error = parse_frontmatter(b"\xff\n/*---\nesid: x\ninfo: \xff\n---*/").unwrap_err();
        assert_eq!((error.line, error.problem), (4, Problem::NotUtf8));
        assert!(parse_frontmatter(b"\xff/*---\nesid: x\n---*/\xff").is_ok());
    }

    proptest! {
        #[test]
        fn parse_never_panics(bytes: Vec<u8>) {
            let _ = parse_frontmatter(&bytes);
            let framed = [b"/*---".as_slice(), &bytes, b"---*/"].concat();
            let _ = parse_frontmatter(&framed);
        }

        #[test]
        fn parse_of_almost_frontmatter_never_panics_and_places_errors_inside(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "flags", "negative", "includes", "features", "phase", "type", ":", ": ", "[", "]",
                    ",", "- ", "\n", "\r", "\r\n", "  ", "\t", "#", "\"", "'", "{", "}", "raw", "parse",
                    "é", "\u{2028}", "/*---", "---*/",
                ]),
                0..40,
            )
        ) {
            let text = format!("/*---{}---*/", parts.concat());
            if let Err(error) = parse_frontmatter(text.as_bytes()) {
                let lines = text.replace("\r\n", "\n").replace('\r', "\n").lines().count();
                prop_assert!((1..=lines).contains(&(error.line as usize)), "{error:?} in {text:?}");
            }
        }

        #[test]
        fn parse_returns_the_names_written(
            names in prop::collection::vec("[A-Za-z][A-Za-z0-9.-]{0,12}", 0..6),
            breaks in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            dashes: bool,
        ) {
            let list = if dashes {
                names.iter().map(|name| format!("\n  - {name}")).collect()
            } else {
                format!(" [{}]", names.join(", "))
            };
            let text = format!("/*---\nfeatures:{list}\nesid: x\n---*/").replace('\n', breaks);
            prop_assert_eq!(parse(&text).features, names);
        }
    }
}
