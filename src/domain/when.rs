//! Moments as the services write them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::text::Clean;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// From here on hours say nothing: `9 d`.
const WHOLE_DAYS: i64 = 8 * DAY;

/// A moment in UTC, or what stood in its place.
///
/// Order: known moments first and by time, then unreadable ones by their text, then absent ones; so a sort is stable
/// whatever a service sends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum When {
    /// A readable moment.
    At(Timestamp),
    /// Text that is no date this program can hold (`0000-00-00`, year 10000): shown as it is, and marked.
    Odd(Clean),
    /// Null, absent or empty.
    #[default]
    Never,
}

impl When {
    /// Reads RFC 3339, `YYYY-MM-DD HH:MM:SS` or `YYYY-MM-DDTHH:MM:SS` without a zone (read as UTC), and bare dates
    /// (midnight UTC). Anything else is kept as [`When::Odd`].
    pub fn parse(raw: &str) -> Self {
        let text = raw.trim();
        if text.is_empty() {
            return Self::Never;
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Self::At(at);
        }
        let zoneless = text.parse::<DateTime>().ok().and_then(|civil| civil.to_zoned(TimeZone::UTC).ok());
        zoneless.map_or_else(|| Self::Odd(Clean::new(raw)), |zoned| Self::At(zoned.timestamp()))
    }

    /// The moment, when it is readable.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Odd(_) | Self::Never => None,
        }
    }

    /// Seconds from `now` until this moment; negative when it has passed.
    pub fn seconds_from(&self, now: Timestamp) -> Option<i64> {
        self.at().map(|at| at.as_second().saturating_sub(now.as_second()))
    }
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

/// A distance in seconds: `-6 d`, `-4 h`, `38 min`, `2 d 21 h`, `9 d`.
pub fn distance(seconds: i64) -> String {
    let (sign, size) = if seconds < 0 { ("-", seconds.saturating_neg()) } else { ("", seconds) };
    let (days, hours) = (size / DAY, size % DAY / HOUR);
    if size < MINUTE {
        format!("{sign}{size} s")
    } else if size < HOUR {
        format!("{sign}{} min", size / MINUTE)
    } else if size < DAY {
        format!("{sign}{} h", size / HOUR)
    } else if size >= WHOLE_DAYS || !sign.is_empty() {
        format!("{sign}{days} d")
    } else {
        format!("{days} d {hours:02} h")
    }
}

/// An age in seconds with one unit: `12 s`, `19 h`, `3 d`.
pub fn age(seconds: i64) -> String {
    let size = seconds.max(0);
    if size < MINUTE {
        format!("{size} s")
    } else if size < HOUR {
        format!("{} min", size / MINUTE)
    } else if size < 2 * DAY {
        format!("{} h", size / HOUR)
    } else {
        format!("{} d", size / DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j05_odd_dates_are_kept_and_sort_last() {
        let read = |raw: &str| When::parse(raw);
        let instant = When::At(Timestamp::constant(1_795_519_200, 0));
        assert_eq!(read("2026-11-24T11:20:00Z"), instant);
        assert_eq!(read("2026-11-24T11:20:00"), instant);
        assert_eq!(read("2026-11-24 11:20:00"), instant);
        assert_eq!(read("2026-11-25T01:20:00+14:00"), instant);
        assert!(matches!(read("2026-11-24"), When::At(_)));
        assert!(matches!(read("2026-06-30T23:59:60Z"), When::At(_)), "leap second");
        assert_eq!(read(""), When::Never);
        for odd in ["0000-00-00", "+10000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "soon", "2026-13-01"] {
            assert_eq!(read(odd), When::Odd(Clean::new(odd)));
        }
        let mut all = [When::Never, read("soon"), read("2027-01-01T00:00:00Z"), read("0001-01-01T00:00:00Z")];
        all.sort();
        assert!(
            matches!((&all[0], &all[1], &all[2], &all[3]), (When::At(a), When::At(b), When::Odd(_), When::Never) if a < b)
        );
    }

    #[test]
    fn distances_read_as_in_the_frames() {
        let cases = [
            (-6 * DAY - 5 * HOUR, "-6 d"),
            (-4 * HOUR, "-4 h"),
            (2 * DAY + 21 * HOUR, "2 d 21 h"),
            (3 * DAY + 2 * HOUR, "3 d 02 h"),
            (7 * DAY, "7 d 00 h"),
            (9 * DAY + HOUR, "9 d"),
            (38 * MINUTE, "38 min"),
            (59, "59 s"),
            (i64::MIN, "-106751991167300 d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(distance(seconds), text);
        }
        assert_eq!((age(12), age(19 * HOUR), age(3 * DAY)), ("12 s".into(), "19 h".into(), "3 d".into()));
    }
}
