//! Writes protobuf fields straight from borrowed values.
//!
//! The two messages that flow by the ten thousand a second are written by this
//! rather than by building their wire form, which would copy every text once
//! more. Each is described once, by [`Encode::put`], and walked twice: with
//! [`Count`] for its length, then with the output. Fields that hold their
//! default are left out, as proto3 has it.

use super::names::Named;
use crate::varint;

/// Somewhere that fields go.
pub(crate) trait Put: Sized {
    /// Appends `bytes` as they are.
    fn raw(&mut self, bytes: &[u8]);
    /// Appends a varint.
    fn varint(&mut self, value: u64);

    /// Appends a nested message, even an empty one.
    fn message<E: Encode>(&mut self, field: u32, message: &E) {
        self.length_prefix(field, message.length());
        message.put(self);
    }

    /// Appends a nested message whose absence means the same as an empty one.
    fn message_unless_default<E: Encode>(&mut self, field: u32, message: &E) {
        let length = message.length();
        if length != 0 {
            self.length_prefix(field, length);
            message.put(self);
        }
    }

    /// Appends the key and the length of what follows.
    fn length_prefix(&mut self, field: u32, length: usize) {
        self.key(field, WIRE_LENGTH);
        self.varint(length as u64);
    }

    /// Appends the key of a field.
    fn key(&mut self, field: u32, wire_type: u32) {
        self.varint(u64::from(field << 3 | wire_type));
    }

    /// Appends an unsigned number.
    fn uint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.key(field, WIRE_VARINT);
            self.varint(value);
        }
    }

    /// Appends an unsigned number whose absence isn't the same as 0.
    fn optional_uint(&mut self, field: u32, value: Option<u64>) {
        if let Some(value) = value {
            self.key(field, WIRE_VARINT);
            self.varint(value);
        }
    }

    /// Appends an enumeration's number.
    fn enumeration<N: Named>(&mut self, field: u32, value: N) {
        self.uint(field, u64::from(value.number().cast_unsigned()));
    }

    /// Appends a switch.
    fn switch(&mut self, field: u32, value: bool) {
        self.uint(field, u64::from(value));
    }

    /// Appends a signed number in zigzag form.
    fn sint32(&mut self, field: u32, value: i32) {
        self.uint(
            field,
            u64::from(((value << 1) ^ (value >> 31)).cast_unsigned()),
        );
    }

    /// Appends 8 bytes, least significant first.
    fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.key(field, WIRE_64);
            self.raw(&value.to_le_bytes());
        }
    }

    /// Appends a text or bytes.
    fn bytes(&mut self, field: u32, value: &[u8]) {
        if !value.is_empty() {
            self.item(field, value);
        }
    }

    /// Appends one item of a repeated text, even an empty one.
    fn item(&mut self, field: u32, value: &[u8]) {
        self.length_prefix(field, value.len());
        self.raw(value);
    }
}

const WIRE_VARINT: u32 = 0;
const WIRE_64: u32 = 1;
const WIRE_LENGTH: u32 = 2;

/// A message that can be written.
pub(crate) trait Encode {
    /// Writes every field, in the order of their numbers.
    fn put<P: Put>(&self, to: &mut P);

    /// Bytes that [`Encode::put`] writes.
    fn length(&self) -> usize {
        let mut count = Count(0);
        self.put(&mut count);
        count.0
    }
}

/// Counts bytes instead of writing them.
struct Count(usize);

impl Put for Count {
    fn raw(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }

    fn varint(&mut self, value: u64) {
        self.0 += varint::length(value);
    }

    // Once rather than for the prefix and then again for the content.
    fn message<E: Encode>(&mut self, field: u32, message: &E) {
        let length = message.length();
        self.length_prefix(field, length);
        self.0 += length;
    }
}

impl Put for Vec<u8> {
    fn raw(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn varint(&mut self, value: u64) {
        varint::write(value, self);
    }
}
