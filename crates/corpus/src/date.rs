//! A calendar day, for entries that expire. No clock here: callers say what today is.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar; ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The text is no day of the calendar written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a date: write it as 2027-01-31")]
pub struct NotADate;

impl Date {
    /// The day `year`-`month`-`day`, if there is one.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days)
            .contains(&day)
            .then_some(Self { year, month, day })
    }

    /// The day (UTC) that a count of seconds since 1970-01-01 falls on; past
    /// the year 65535 the last day there is.
    #[must_use]
    pub fn from_unix_seconds(seconds: u64) -> Self {
        let mut days = seconds / 86_400;
        let mut year: u16 = 1970;
        loop {
            let length = if Self::new(year, 2, 29).is_some() {
                366
            } else {
                365
            };
            if days < length || year == u16::MAX {
                break;
            }
            days -= length;
            year += 1;
        }
        (1..=12u8)
            .flat_map(|month| (1..=31u8).filter_map(move |day| Self::new(year, month, day)))
            .nth(usize::try_from(days).unwrap_or(usize::MAX))
            .unwrap_or(Self {
                year,
                month: 12,
                day: 31,
            })
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(NotADate);
        }
        let part = |range| {
            text.get(range)
                .and_then(|digits: &str| digits.parse::<u16>().ok())
        };
        let (year, month, day) = (part(0..4), part(5..7), part(8..10));
        let narrow = |number: Option<u16>| number.and_then(|number| u8::try_from(number).ok());
        match (year, narrow(month), narrow(day)) {
            (Some(year), Some(month), Some(day)) => Self::new(year, month, day).ok_or(NotADate),
            _ => Err(NotADate),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_days_of_the_calendar_alone() {
        assert_eq!(
            "2028-02-29".parse::<Date>().unwrap().to_string(),
            "2028-02-29"
        );
        for wrong in [
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-1-1",
            "+027-01-01",
            "",
            "2027-04-31",
        ] {
            assert_eq!(wrong.parse::<Date>(), Err(NotADate), "{wrong}");
        }
    }

    #[test]
    fn days_are_ordered_by_time() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert!(date("2026-12-31") < date("2027-01-01"));
        assert!(date("2027-01-09") < date("2027-02-01"));
    }

    #[test]
    fn from_unix_seconds_returns_the_day() {
        let text = |seconds| Date::from_unix_seconds(seconds).to_string();
        assert_eq!(text(0), "1970-01-01");
        assert_eq!(text(951_782_400), "2000-02-29");
        assert_eq!(text(951_782_400 + 86_399), "2000-02-29");
        assert_eq!(text(1_798_761_600), "2027-01-01");
    }
}
