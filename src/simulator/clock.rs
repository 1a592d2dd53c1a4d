//! The simulator's own time, and the date formats of the services.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Seconds of an hour.
pub(super) const HOUR: i64 = 3_600;

/// A clock that starts where the options say, runs or stands, and can be moved. It owns no timer.
#[derive(Debug)]
pub(super) struct Clock {
    start: i64,
    since: Option<Instant>,
    moved: AtomicI64,
}

impl Clock {
    pub(super) fn new(start: Timestamp, running: bool) -> Self {
        Self { start: start.as_second(), since: running.then(Instant::now), moved: AtomicI64::new(0) }
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        let elapsed = self.since.map_or(0, |since| i64::try_from(since.elapsed().as_secs()).unwrap_or(i64::MAX));
        self.start.saturating_add(elapsed).saturating_add(self.moved.load(Ordering::Relaxed))
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.moved.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn zoned(second: i64) -> Zoned {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC)
}

/// `2026-11-21T14:02:31Z`
pub(super) fn rfc3339(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// `2026-11-21 14:02:31`, the form of the report library and of ACME credentials.
pub(super) fn spaced(second: i64) -> String {
    zoned(second).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-11-21`
pub(super) fn day(second: i64) -> String {
    zoned(second).strftime("%Y-%m-%d").to_string()
}

/// The form of RFC 9110 for `Date` and `Retry-After`.
pub(super) fn http_date(second: i64) -> String {
    let since = Duration::from_secs(u64::try_from(second).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// Unix seconds of an RFC 3339 instant or of the start of a calendar day in UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_second());
    }
    let day: Date = text.parse().ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Like [`parse`], for fixtures; the epoch when the text is no date.
pub(super) fn at(text: &str) -> i64 {
    parse(text).unwrap_or(0)
}

/// Weekday of a day in UTC, Monday is 0.
pub(super) fn weekday(second: i64) -> i64 {
    i64::from(zoned(second).weekday().to_monday_zero_offset())
}

/// Hour of the day in UTC, 0 to 23.
pub(super) fn hour(second: i64) -> i64 {
    second.rem_euclid(DAY) / HOUR
}

/// The calendar day of an instant in UTC.
pub(super) fn date(second: i64) -> Date {
    zoned(second).date()
}

/// Midnight in UTC of a calendar day.
pub(super) fn midnight(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::{Clock, at, day, http_date, parse, rfc3339, spaced, weekday};

    #[test]
    fn formats_of_the_services() {
        let start = at("2026-11-21T14:02:31Z");
        assert_eq!(rfc3339(start), "2026-11-21T14:02:31Z");
        assert_eq!(spaced(start), "2026-11-21 14:02:31");
        assert_eq!(day(start), "2026-11-21");
        assert_eq!(http_date(start), "Sat, 21 Nov 2026 14:02:31 GMT");
        assert_eq!(weekday(start), 5);
        assert_eq!(parse("2026-11-21"), Some(start - 14 * 3_600 - 151));
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let start = jiff::Timestamp::from_second(1_000).unwrap_or_default();
        let clock = Clock::new(start, false);
        assert_eq!(clock.now(), 1_000);
        clock.advance(60);
        assert_eq!(clock.now(), 1_060);
    }
}
