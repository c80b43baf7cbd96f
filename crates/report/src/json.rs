//! JSON objects written straight into a byte buffer, with no allocation of their own.
//!
//! A generic serialiser would do, but case lines are written 30,000 times a
//! second and most of their members depend on the outcome. Keys are trusted
//! (literals of this crate), values are not.

use rewind_protocol::Nanos;

/// An object under construction; [`Object::end`] closes it.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    /// Opens an object at the end of `out`.
    pub(crate) fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Closes the object.
    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A member that is an object; close the object returned before going on.
    pub(crate) fn object(&mut self, key: &str) -> Object<'_> {
        self.key(key);
        Object::begin(self.out)
    }

    /// A member that is text.
    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        push_string(self.out, value.as_bytes());
    }

    /// A member that is text of unknown encoding: what is not UTF-8 becomes U+FFFD.
    pub(crate) fn lossy(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        push_string(self.out, value);
    }

    /// A member that is a list of texts.
    pub(crate) fn strings(&mut self, key: &str, values: &[String]) {
        self.key(key);
        self.out.push(b'[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            push_string(self.out, value.as_bytes());
        }
        self.out.push(b']');
    }

    /// A member that is true or false.
    pub(crate) fn boolean(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A member that is a whole number from 0.
    pub(crate) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        push_number(self.out, value);
    }

    /// A member that is a whole number of either sign.
    pub(crate) fn signed(&mut self, key: &str, value: i64) {
        self.key(key);
        if value < 0 {
            self.out.push(b'-');
        }
        push_number(self.out, value.unsigned_abs());
    }

    /// A member that is an address: text in hexadecimal, for not every reader
    /// of JSON holds 64 bits in a number.
    pub(crate) fn address(&mut self, key: &str, value: u64) {
        self.key(key);
        self.out.extend_from_slice(b"\"0x");
        let mut started = false;
        for shift in (0..16).rev() {
            let digit = (value >> (shift * 4)) & 0xf;
            started |= digit != 0 || shift == 0;
            if started {
                self.out.push(hex(digit));
            }
        }
        self.out.push(b'"');
    }

    /// A member that is a span of time, in µs with three decimals.
    pub(crate) fn micros(&mut self, key: &str, value: Nanos) {
        self.key(key);
        push_number(self.out, value.0 / 1000);
        let rest = value.0 % 1000;
        self.out.push(b'.');
        for digit in [rest / 100, rest / 10 % 10, rest % 10] {
            self.out.push(hex(digit));
        }
    }

    /// As [`Object::micros`], half a nanosecond later: with four decimals.
    pub(crate) fn half_past(&mut self, key: &str, value: Nanos) {
        self.micros(key, value);
        self.out.push(b'5');
    }
}

/// The digit for the lowest four bits of `value`.
fn hex(value: u64) -> u8 {
    let low = (value & 0xf).to_le_bytes()[0];
    if low < 10 {
        b'0' + low
    } else {
        b'a' + low - 10
    }
}

fn push_number(out: &mut Vec<u8>, mut value: u64) {
    // 20 digits hold u64::MAX, and each turn of the loop fills one from the end.
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = hex(value % 10);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn push_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        push_escaped(out, chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

/// Appends UTF-8 text, copying runs that need no escape in one go.
fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((special, tail)) = tail.split_first() else {
            break;
        };
        push_escape(out, *special);
        rest = tail;
    }
    out.extend_from_slice(rest);
}

const fn needs_escape(byte: u8) -> bool {
    // DEL is legal in JSON, but terminals act on it.
    byte < 0x20 || byte == b'"' || byte == b'\\' || byte == 0x7f
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[hex(u64::from(byte >> 4)), hex(u64::from(byte))]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn parse(fill: impl FnOnce(&mut Object<'_>)) -> Value {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        fill(&mut object);
        object.end();
        serde_json::from_slice(&out).expect("valid JSON")
    }

    #[test]
    fn object_with_every_kind_of_member_parses_to_them() {
        let value = parse(|o| {
            o.string("text", "a\"b\\c\n\u{1}\u{7f}é");
            o.lossy("bytes", b"ok\xff\xfe!");
            o.strings("list", &["x".to_owned(), "y\t".to_owned()]);
            o.strings("none", &[]);
            o.boolean("yes", true);
            o.number("big", u64::MAX);
            o.signed("low", i64::MIN);
            o.address("null", 0);
            o.address("high", 0xdead_beef_0000_0010);
            o.micros("time", Nanos(1_234_567));
            o.half_past("past", Nanos(1_234_567));
            let mut inner = o.object("inner");
            inner.number("zero", 0);
            inner.end();
        });
        assert_eq!(
            value,
            json!({
                "text": "a\"b\\c\n\u{1}\u{7f}é", "bytes": "ok\u{fffd}\u{fffd}!",
                "list": ["x", "y\t"], "none": [], "yes": true, "big": u64::MAX,
                "low": i64::MIN, "null": "0x0", "high": "0xdeadbeef00000010",
                "time": 1234.567, "past": 1234.5675, "inner": {"zero": 0}
            })
        );
    }

    #[test]
    fn empty_object_is_closed() {
        assert_eq!(parse(|_| {}), json!({}));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(text in ".*") {
            prop_assert_eq!(&parse(|o| o.string("t", &text))["t"], &json!(text));
        }

        #[test]
        fn any_bytes_come_back_as_the_standard_library_reads_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..200)
        ) {
            let lossy = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(&parse(|o| o.lossy("t", &bytes))["t"], &json!(lossy));
        }

        #[test]
        fn any_number_comes_back(number: u64, signed: i64) {
            let value = parse(|o| { o.number("n", number); o.signed("s", signed); });
            prop_assert_eq!(value, json!({"n": number, "s": signed}));
        }
    }
}
