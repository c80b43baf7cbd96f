//! The order in which run-test262 runs the tests of a list.
//!
//! It sorts names with runs of digits compared as numbers, and drops names that
//! compare equal to the one before: `a-08.js` and `a-8.js` count as one, and so
//! do `x021.js` and `x21.js`. Knowing the order tells which test ended it.

use std::cmp::Ordering;

/// Compares as run-test262 does. Different names may be equal.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        let (mut x, mut y) = (a.next(), b.next());
        if let (Some(m), Some(n)) = (digit(x), digit(y)) {
            let (m, next) = number(m, &mut a);
            x = next;
            let (n, next) = number(n, &mut b);
            y = next;
            if m != n {
                return m.cmp(&n);
            }
        }
        // The end of a name counts as byte 0.
        match x.unwrap_or(0).cmp(&y.unwrap_or(0)) {
            Ordering::Equal if x.is_none() => return Ordering::Equal,
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

fn digit(byte: Option<u8>) -> Option<i32> {
    byte.filter(u8::is_ascii_digit)
        .map(|byte| i32::from(byte - b'0'))
}

/// The number that begins with `first`, in a C `int`, and the byte after it.
fn number(first: i32, rest: &mut impl Iterator<Item = u8>) -> (i32, Option<u8>) {
    let mut number = first;
    loop {
        let next = rest.next();
        match digit(next) {
            Some(digit) => number = number.wrapping_mul(10).wrapping_add(digit),
            None => return (number, next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_of_digits_compare_as_numbers() {
        let mut names = ["t10.js", "t9.js", "t1_2.js", "t1.js", "s.js"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["s.js", "t1.js", "t1_2.js", "t9.js", "t10.js"]);
    }

    #[test]
    fn names_that_differ_in_leading_zeros_are_equal() {
        assert_eq!(
            compare("non-octal-08n.js", "non-octal-8n.js"),
            Ordering::Equal
        );
        assert_eq!(compare("a0021b3.js", "a21b03.js"), Ordering::Equal);
        assert_eq!(compare("a.js", "a.jsx"), Ordering::Less);
    }

    proptest! {
        #[test]
        fn comparing_the_other_way_round_is_the_reverse(a in "[a-c0-2./]{0,9}", b in "[a-c0-2./]{0,9}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &a), Ordering::Equal);
        }
    }
}
