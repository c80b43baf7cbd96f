//! What a worker reads: a header line, its payload, and so on.
//!
//! A payload beyond the limit is read over, so that what follows it is still
//! found; a header that is none ends the reading, for nobody knows where the next
//! one is.

use super::LineError;
use bytes::Bytes;

/// Most bytes of a header line, its newline included.
pub const MAX_HEADER: usize = 4096;
/// Most bytes of a payload.
pub const MAX_PAYLOAD: usize = 10 << 20;

/// What a payload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// Sources to evaluate before each case that follows, until the next such
    /// header; of length 0: none.
    Harness,
    /// A case.
    Source {
        /// Any bytes but newline and `:`. `BATCH_START` repeats them.
        name: Bytes,
        /// The file that it was read from; its imports are relative to that.
        path: Option<Bytes>,
        /// It is module code.
        module: bool,
    },
}

/// The bytes that follow a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// All of them.
    Text(Bytes),
    /// There were so many that they were read over.
    TooLarge(u64),
}

/// A whole item of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A header with its payload.
    Text(Header, Payload),
    /// Everything before it is to be answered, and then this is to be said.
    Boundary(Bytes),
    /// A document to open; there is no payload.
    Document(Bytes),
}

/// Reads a manifest that comes in pieces.
#[derive(Debug, Default)]
pub struct Manifest {
    bytes: Vec<u8>,
    /// Bytes at the front that were taken; at most the length.
    head: usize,
    /// Bytes behind `head` that hold no newline.
    searched: usize,
    /// Headers read.
    headers: u64,
    open: Option<Open>,
}

/// A header whose payload hasn't come.
#[derive(Debug)]
struct Open {
    header: Header,
    length: u64,
    /// Bytes of a payload too large that were read over.
    skipped: u64,
}

impl Manifest {
    /// One of which nothing has come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn feed(&mut self, piece: &[u8]) {
        if self.head == self.bytes.len() {
            self.bytes.clear();
        } else if self.head > 0 {
            self.bytes.drain(..self.head);
        }
        self.head = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next item that has come as a whole.
    ///
    /// # Errors
    /// When the bytes make no sense as a manifest: nothing that follows can be told.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would end where more bytes may still come"
    )]
    pub fn next(&mut self) -> Result<Option<Item>, LineError> {
        if self.open.is_none() {
            let Some(line) = self.take_line()? else {
                return Ok(None);
            };
            match self.parse(&line)? {
                Parsed::Whole(item) => return Ok(Some(item)),
                Parsed::Open(open) => self.open = Some(open),
            }
        }
        self.take_payload()
    }

    /// Headers read so far.
    #[must_use]
    pub fn headers(&self) -> u64 {
        self.headers
    }

    /// The input has ended.
    ///
    /// # Errors
    /// When it ended inside an item.
    pub fn finish(&self) -> Result<(), LineError> {
        if self.open.is_none() && self.rest().is_empty() {
            return Ok(());
        }
        let number = self.headers + u64::from(self.open.is_none());
        Err(LineError::CutShort { number })
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.head..).unwrap_or_default()
    }

    /// A header line without its newline.
    fn take_line(&mut self) -> Result<Option<Bytes>, LineError> {
        let unseen = self.rest().get(self.searched..).unwrap_or_default();
        let found = unseen.iter().position(|&byte| byte == b'\n');
        let length = self.searched + found.unwrap_or(unseen.len());
        if length >= MAX_HEADER {
            return Err(LineError::LongHeader {
                number: self.headers + 1,
                max: MAX_HEADER,
            });
        }
        if found.is_none() {
            self.searched = length;
            return Ok(None);
        }
        let line = Bytes::copy_from_slice(self.rest().get(..length).unwrap_or_default());
        self.head += length + 1;
        self.searched = 0;
        self.headers += 1;
        Ok(Some(line))
    }

    fn parse(&self, line: &Bytes) -> Result<Parsed, LineError> {
        parse(line).ok_or_else(|| LineError::BadHeader {
            number: self.headers,
            text: String::from_utf8_lossy(line).chars().take(80).collect(),
        })
    }

    fn take_payload(&mut self) -> Result<Option<Item>, LineError> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let rest = self.bytes.get(self.head..).unwrap_or_default();
        if open.length > MAX_PAYLOAD as u64 {
            let left = usize::try_from(open.length - open.skipped).unwrap_or(usize::MAX);
            let over = left.min(rest.len());
            open.skipped += over as u64;
            self.head += over;
        }
        let wanted = if open.length > MAX_PAYLOAD as u64 {
            // What isn't read over yet must come before the newline.
            usize::try_from(open.length - open.skipped).unwrap_or(usize::MAX)
        } else {
            usize::try_from(open.length).unwrap_or(usize::MAX)
        };
        let rest = self.bytes.get(self.head..).unwrap_or_default();
        let Some(&behind) = rest.get(wanted) else {
            return Ok(None);
        };
        if behind != b'\n' {
            return Err(LineError::NoNewline {
                number: self.headers,
                length: open.length,
            });
        }
        let payload = if open.length > MAX_PAYLOAD as u64 {
            Payload::TooLarge(open.length)
        } else {
            Payload::Text(Bytes::copy_from_slice(
                rest.get(..wanted).unwrap_or_default(),
            ))
        };
        self.head += wanted + 1;
        Ok(self
            .open
            .take()
            .map(|open| Item::Text(open.header, payload)))
    }
}

enum Parsed {
    Whole(Item),
    Open(Open),
}

/// A header line, or `None` if it is none.
fn parse(line: &Bytes) -> Option<Parsed> {
    let fields: Vec<&[u8]> = line.splitn(5, |&byte| byte == b':').collect();
    let part = |field: &[u8]| line.slice_ref(field);
    let open = |header, length: &[u8]| {
        Some(Parsed::Open(Open {
            header,
            length: number(length)?,
            skipped: 0,
        }))
    };
    let source = |module, name: &[u8], path: Option<&[u8]>, length| {
        let header = Header::Source {
            name: part(name),
            path: path.map(part),
            module,
        };
        open(header, length)
    };
    match *fields.as_slice() {
        [b"harness", length] => open(Header::Harness, length),
        [b"source", name, length] => source(false, name, None, length),
        [b"source", name, path, length] => source(false, name, Some(path), length),
        [b"module-source", name, length] => source(true, name, None, length),
        [b"module-source", name, path, length] => source(true, name, Some(path), length),
        [b"batch-boundary", id] => Some(Parsed::Whole(Item::Boundary(part(id)))),
        [b"document", ..] => {
            // A path alone, so it may hold what separates other fields.
            let path = line.get(b"document:".len()..)?;
            Some(Parsed::Whole(Item::Document(part(path))))
        }
        _ => None,
    }
}

/// A number in decimal, without sign, and small enough that a stream can have as many bytes.
fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let number: Option<u64> = str::from_utf8(text).ok()?.parse().ok();
    number.filter(|number| digits && *number <= u64::MAX >> 2)
}

/// Appends a harness, which replaces the one before it.
///
/// # Errors
/// When it is too large.
pub fn put_harness(text: &[u8], out: &mut Vec<u8>) -> Result<(), LineError> {
    put(&[b"harness"], &[text], out)
}

/// Appends a case whose source consists of `parts`.
///
/// # Errors
/// When the dialect can't carry its name or its path, or it is too large.
pub fn put_source(
    module: bool,
    name: &[u8],
    path: Option<&[u8]>,
    parts: &[&[u8]],
    out: &mut Vec<u8>,
) -> Result<(), LineError> {
    let word: &[u8] = if module { b"module-source" } else { b"source" };
    for text in [Some(name), path].into_iter().flatten() {
        if text.iter().any(|&byte| matches!(byte, b':' | b'\n')) {
            let text = String::from_utf8_lossy(text).into_owned();
            return Err(LineError::Uncarried { text });
        }
    }
    match path {
        None => put(&[word, name], parts, out),
        Some(path) => put(&[word, name, path], parts, out),
    }
}

fn put(fields: &[&[u8]], parts: &[&[u8]], out: &mut Vec<u8>) -> Result<(), LineError> {
    let length = parts.iter().map(|part| part.len()).sum();
    let too_large = |what, length, max| Err(LineError::TooLarge { what, length, max });
    if length > MAX_PAYLOAD {
        return too_large("a payload", length, MAX_PAYLOAD);
    }
    let digits = length.to_string();
    let header = fields.iter().map(|field| field.len() + 1).sum::<usize>() + digits.len();
    if header >= MAX_HEADER {
        return too_large("a header", header, MAX_HEADER - 1);
    }
    out.reserve(header + length + 2);
    for field in fields {
        out.extend_from_slice(field);
        out.push(b':');
    }
    out.extend_from_slice(digits.as_bytes());
    out.push(b'\n');
    for part in parts {
        out.extend_from_slice(part);
    }
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests;
