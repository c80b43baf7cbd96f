//! Protobuf's variable-length integers: seven bits a byte, lowest first, the
//! top bit set on all but the last.

/// Bytes that `value` takes: 1 to 10.
pub(crate) const fn length(value: u64) -> usize {
    // 7 bits a byte; `| 1` so that 0 takes a byte as well.
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// Appends `value` to `out`.
pub(crate) fn write(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

const fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_what_write_appends() {
        for shift in 0..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, u64::MAX >> shift] {
                let mut out = Vec::new();
                write(value, &mut out);
                assert_eq!(out.len(), length(value), "{value:#x}");
                let mut expected = Vec::new();
                prost::encode_length_delimiter(usize::try_from(value).unwrap(), &mut expected)
                    .unwrap();
                assert_eq!(out, expected, "{value:#x}");
            }
        }
    }
}
