//! Moments and distances as people read them.

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::column::{Look, TimeStyle, Tone};
use crate::domain::when::When;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// From here on hours say nothing: `9 d`.
const WHOLE_DAYS: i64 = 8 * DAY;

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

fn zoned(at: Timestamp, look: &Look) -> Zoned {
    let zone = if look.times == TimeStyle::Local { (look.zone)() } else { TimeZone::UTC };
    at.to_zoned(zone)
}

/// `24 Nov 11:20`, with the year in place of the time when it is more than 300 days away; the distance when relative.
pub fn short(when: &When, look: &Look) -> String {
    written(when, look, "%d %b %H:%M")
}

/// `20 Nov 19:04:11`, for logs.
pub fn with_seconds(when: &When, look: &Look) -> String {
    written(when, look, "%d %b %H:%M:%S")
}

fn written(when: &When, look: &Look, format: &str) -> String {
    match when {
        When::At(at) => {
            let away = at.as_second().saturating_sub(look.now.as_second());
            if look.times == TimeStyle::Relative {
                return if away < 0 { format!("{} ago", age(-away)) } else { format!("in {}", age(away)) };
            }
            let far = away.abs() > 300 * DAY;
            zoned(*at, look).strftime(if far { "%d %b %Y" } else { format }).to_string()
        }
        When::Odd(text) => text.to_string(),
        When::Never => dash(look).to_owned(),
    }
}

/// `2026-11-24 11:20:00Z`, in full; local times carry their offset.
pub fn full(when: &When, look: &Look) -> String {
    match when {
        When::At(at) if look.times == TimeStyle::Local => zoned(*at, look).strftime("%F %T %:z").to_string(),
        When::At(at) => zoned(*at, look).strftime("%F %TZ").to_string(),
        When::Odd(text) => text.to_string(),
        When::Never => dash(look).to_owned(),
    }
}

/// `2029-06-30`.
pub fn date(when: &When, look: &Look) -> String {
    match when {
        When::At(at) => zoned(*at, look).strftime("%F").to_string(),
        When::Odd(text) => text.to_string(),
        When::Never => dash(look).to_owned(),
    }
}

/// `2029`.
pub fn year(when: &When, look: &Look) -> String {
    match when {
        When::At(at) => zoned(*at, look).strftime("%Y").to_string(),
        When::Odd(text) => text.to_string(),
        When::Never => dash(look).to_owned(),
    }
}

/// What stands for nothing.
pub const fn dash(look: &Look) -> &'static str {
    if look.ascii { "-" } else { "—" }
}

/// An unreadable moment is marked as such.
pub const fn tone(when: &When) -> Tone {
    match when {
        When::Odd(_) => Tone::Stale,
        When::Never => Tone::Muted,
        When::At(_) => Tone::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn far_dates_show_their_year() {
        let look = Look::utc(Timestamp::constant(1_795_528_951, 0));
        assert_eq!(short(&When::parse("2026-11-24T11:20:00Z"), &look), "24 Nov 11:20");
        assert_eq!(short(&When::parse("2028-05-19T11:20:00Z"), &look), "19 May 2028");
        assert_eq!(short(&When::parse("0000-00-00"), &look), "0000-00-00");
        assert_eq!(short(&When::Never, &look), "—");
        assert_eq!(full(&When::parse("2026-11-24T11:20:00Z"), &look), "2026-11-24 11:20:00Z");
    }
}
