//! What a worker says of itself: lines that start with 0x01.

use super::MARK;
use crate::{Nanos, Phases};
use std::fmt::{self, Write as _};

/// How a case ended, as a shell would put it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

impl Status {
    /// It ran to its end.
    pub const PASSED: Self = Self(0);
    /// It ended by itself, and not well.
    pub const FAILED: Self = Self(1);
    /// Its deadline ended it.
    pub const TIMED_OUT: Self = Self(124);
    /// Highest number of a signal.
    const MAX_SIGNAL: u32 = 64;

    /// A signal ended it.
    #[must_use]
    pub fn crashed(signal: i32) -> Self {
        Self(128 + u32::try_from(signal).unwrap_or(0))
    }

    /// The signal that ended it, if one did.
    #[must_use]
    pub fn signal(self) -> Option<i32> {
        let signal = self.0.checked_sub(128)?;
        let known = (1..=Self::MAX_SIGNAL).contains(&signal);
        i32::try_from(signal).ok().filter(|_| known)
    }
}

/// What a case took. Memory in bytes, times in µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Resident memory before it.
    pub rss_before: u64,
    /// Resident memory after it.
    pub rss_after: u64,
    /// Tokens to a tree.
    pub parse: u64,
    /// What is made of the tree.
    pub ast: u64,
    /// Early errors.
    pub early: u64,
    /// What it imports, and its own source, brought in.
    pub imports: u64,
    /// Tree to code.
    pub compile: u64,
    /// Modules bound to each other.
    pub link: u64,
    /// Code and jobs.
    pub execute: u64,
    /// Everything put back.
    pub cleanup: u64,
    /// All of it.
    pub total: u64,
    /// CPU time, from workers that tell.
    pub cpu: Option<u64>,
}

impl Figures {
    /// Of a case of an engine of our own, which compiles in one step.
    #[must_use]
    pub fn of(phases: &Phases, rss_before: u64, rss_after: u64) -> Self {
        Self {
            rss_before,
            rss_after,
            imports: phases.load.as_micros(),
            compile: phases.compile.as_micros(),
            execute: (phases.execute + phases.jobs).as_micros(),
            cleanup: (phases.capture + phases.restore).as_micros(),
            total: phases.total().as_micros(),
            ..Self::default()
        }
    }

    /// The same as phases; what the dialect doesn't tell apart goes to the first of them.
    #[must_use]
    pub fn phases(&self) -> Phases {
        let compile = [self.parse, self.ast, self.early, self.compile, self.link];
        let nanos = |micros: &[u64]| {
            let sum = micros
                .iter()
                .fold(0u64, |sum, &one| sum.saturating_add(one));
            Nanos(sum.saturating_mul(1000))
        };
        Phases {
            load: nanos(&[self.imports]),
            compile: nanos(&compile),
            execute: nanos(&[self.execute]),
            restore: nanos(&[self.cleanup]),
            ..Phases::default()
        }
    }

    const fn fields(&self) -> [u64; 11] {
        [
            self.rss_before,
            self.rss_after,
            self.parse,
            self.ast,
            self.early,
            self.imports,
            self.compile,
            self.link,
            self.execute,
            self.cleanup,
            self.total,
        ]
    }
}

/// The end of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub status: Status,
    /// Wall-clock time, in µs.
    pub elapsed_us: u64,
    /// `None` for a case that could not be read, and so wasn't run.
    pub figures: Option<Figures>,
}

/// Why a worker leaves that nobody told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The guest could not be put back after a case.
    BetweenTests {
        /// What struck; 0 where no signal did.
        signal: u32,
        /// Cases answered.
        tests: u64,
    },
    /// It has survived as many crashes as it may.
    CrashCount {
        /// Crashes.
        count: u64,
        /// The limit.
        limit: u64,
        /// Resident memory, in MB.
        rss_mb: u64,
        /// The limit of that.
        rss_limit_mb: u64,
        /// Cases answered.
        tests: u64,
    },
    /// Its resident memory is beyond the limit.
    RssExceeded {
        /// In MB.
        rss_mb: u64,
        /// In MB.
        rss_limit_mb: u64,
        /// Cases answered.
        tests: u64,
    },
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BetweenTests { signal, tests } => {
                write!(f, "between_test_crash signal={signal} tests={tests}")
            }
            Self::CrashCount {
                count,
                limit,
                rss_mb,
                rss_limit_mb,
                tests,
            } => write!(
                f,
                "crash_count={count} limit={limit} RSS={rss_mb}MB limit={rss_limit_mb}MB tests={tests}"
            ),
            Self::RssExceeded {
                rss_mb,
                rss_limit_mb,
                tests,
            } => write!(
                f,
                "rss_exceeded RSS={rss_mb}MB limit={rss_limit_mb}MB tests={tests}"
            ),
        }
    }
}

/// A line that starts with 0x01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A case begins; its name.
    Start(&'a [u8]),
    /// The case that began last has ended.
    End(End),
    /// The worker leaves, with status 0.
    Exit(Exit),
    /// The worker can't read its input: the system's error number.
    StdinError {
        /// `errno`; 74 (`EBADMSG`) where the input itself makes no sense.
        number: u32,
        /// Cases answered.
        tests: u64,
    },
    /// The worker ends otherwise than at the end of its input.
    UnexpectedExit {
        /// Cases answered.
        tests: u64,
    },
    /// All before a `batch-boundary` is answered; its id.
    ManifestEnd(&'a [u8]),
}

impl<'a> Frame<'a> {
    /// A line without its newline; `None` if it is no frame.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let line = line.strip_prefix(&[MARK])?;
        if let Some(name) = line.strip_prefix(b"BATCH_START ") {
            return Some(Self::Start(name));
        }
        if let Some(id) = line.strip_prefix(b"BATCH_MANIFEST_END ") {
            return Some(Self::ManifestEnd(id));
        }
        let (word, rest) = str::from_utf8(line).ok()?.split_once(' ')?;
        match word {
            "BATCH_END" => parse_end(rest).map(Self::End),
            "BATCH_EXIT" => parse_exit(rest).map(Self::Exit),
            "BATCH_DIAG" => parse_diagnostic(rest),
            _ => None,
        }
    }

    /// Appends it as a line; what is before must end with a newline.
    pub fn put(&self, out: &mut Vec<u8>) {
        out.push(MARK);
        match self {
            Self::Start(name) => put_words(out, b"BATCH_START ", name),
            Self::ManifestEnd(id) => put_words(out, b"BATCH_MANIFEST_END ", id),
            Self::End(end) => put_end(out, end),
            Self::Exit(exit) => put_text(out, format_args!("BATCH_EXIT {exit}")),
            Self::StdinError { number, tests } => put_text(
                out,
                format_args!("BATCH_DIAG stdin_error={number} tests={tests}"),
            ),
            Self::UnexpectedExit { tests } => put_text(
                out,
                format_args!("BATCH_DIAG unexpected_exit tests={tests}"),
            ),
        }
        out.push(b'\n');
    }
}

fn put_words(out: &mut Vec<u8>, word: &[u8], rest: &[u8]) {
    out.extend_from_slice(word);
    out.extend_from_slice(rest);
}

fn put_text(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    let mut line = String::new();
    // Writing into a `String` has no way to fail.
    let _ = line.write_fmt(text);
    out.extend_from_slice(line.as_bytes());
}

fn put_end(out: &mut Vec<u8>, end: &End) {
    out.extend_from_slice(b"BATCH_END ");
    put_number(out, u64::from(end.status.0));
    let figures = end.figures.as_ref();
    let fields = figures.map(Figures::fields);
    let more = fields.iter().flatten().copied();
    for field in [end.elapsed_us]
        .into_iter()
        .chain(more)
        .chain(figures.and_then(|it| it.cpu))
    {
        out.push(b' ');
        put_number(out, field);
    }
}

/// Twenty digits hold every number; formatted by hand, for there are 13 in each answer.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        if let (Some(digit), Ok(value)) = (digits.get_mut(at), u8::try_from(number % 10)) {
            *digit = b'0' + value;
        }
        number /= 10;
        if number == 0 || at == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// 2 fields, or 13 and as many more as a later version may have.
fn parse_end(text: &str) -> Option<End> {
    let mut numbers = [0u64; 14];
    let mut count = 0;
    for field in text.split(' ') {
        let number = digits(field)?;
        if let Some(slot) = numbers.get_mut(count) {
            *slot = number;
        }
        count += 1;
    }
    let [
        status,
        elapsed_us,
        rss_before,
        rss_after,
        parse,
        ast,
        early,
        imports,
        compile,
        link,
        execute,
        cleanup,
        total,
        cpu,
    ] = numbers;
    let figures = Figures {
        rss_before,
        rss_after,
        parse,
        ast,
        early,
        imports,
        compile,
        link,
        execute,
        cleanup,
        total,
        cpu: (count > 13).then_some(cpu),
    };
    let status = Status(u32::try_from(status).ok()?);
    (count == 2 || count >= 13).then(|| End {
        status,
        elapsed_us,
        figures: (count > 2).then_some(figures),
    })
}

fn digits(field: &str) -> Option<u64> {
    let plain = field.bytes().all(|byte| byte.is_ascii_digit());
    field.parse().ok().filter(|_| plain)
}

/// The number behind `name=`, before `unit`.
fn value(field: Option<&str>, name: &str, unit: &str) -> Option<u64> {
    let rest = field?.strip_prefix(name)?.strip_prefix('=')?;
    digits(rest.strip_suffix(unit)?)
}

fn parse_exit(text: &str) -> Option<Exit> {
    let mut fields = text.split(' ');
    let first = fields.next();
    let exit = match first? {
        "between_test_crash" => Exit::BetweenTests {
            signal: u32::try_from(value(fields.next(), "signal", "")?).ok()?,
            tests: value(fields.next(), "tests", "")?,
        },
        "rss_exceeded" => Exit::RssExceeded {
            rss_mb: value(fields.next(), "RSS", "MB")?,
            rss_limit_mb: value(fields.next(), "limit", "MB")?,
            tests: value(fields.next(), "tests", "")?,
        },
        _ => Exit::CrashCount {
            count: value(first, "crash_count", "")?,
            limit: value(fields.next(), "limit", "")?,
            rss_mb: value(fields.next(), "RSS", "MB")?,
            rss_limit_mb: value(fields.next(), "limit", "MB")?,
            tests: value(fields.next(), "tests", "")?,
        },
    };
    fields.next().is_none().then_some(exit)
}

fn parse_diagnostic(text: &str) -> Option<Frame<'static>> {
    let (first, tests) = text.split_once(' ')?;
    let tests = value(Some(tests), "tests", "")?;
    if first == "unexpected_exit" {
        return Some(Frame::UnexpectedExit { tests });
    }
    let number = u32::try_from(value(Some(first), "stdin_error", "")?).ok()?;
    Some(Frame::StdinError { number, tests })
}
