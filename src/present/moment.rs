//! Moments and distances as people read them.

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::column::{Look, TimeStyle, Tone};
use crate::domain::when::When;
pub use crate::domain::when::{age, distance};

const DAY: i64 = 86_400;

fn zoned(at: Timestamp, look: &Look) -> Zoned {
    let zone = if look.times == TimeStyle::Local { (look.zone)() } else { TimeZone::UTC };
    at.to_zoned(zone)
}

/// `24 Nov 11:20`, with the year in place of the time when it is more than 300 days away; the distance when relative.
pub fn short(when: &When, look: &Look) -> String {
    written(when, look, "%d %b %H:%M")
}

/// `24 Nov`; the distance when relative.
pub fn day(when: &When, look: &Look) -> String {
    match when {
        When::At(at) if look.times != TimeStyle::Relative => zoned(*at, look).strftime("%d %b").to_string(),
        other => short(other, look),
    }
}

/// `Sat 13:40`: a time of each week.
pub fn weekday(when: &When, look: &Look) -> String {
    when.at().map_or_else(|| short(when, look), |at| zoned(at, look).strftime("%a %H:%M").to_string())
}

/// `13:40`: a time of each day.
pub fn clock(when: &When, look: &Look) -> String {
    when.at().map_or_else(|| short(when, look), |at| zoned(at, look).strftime("%H:%M").to_string())
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
    fn far_dates_show_their_year() {
        let look = Look::utc(Timestamp::constant(1_795_528_951, 0));
        assert_eq!(short(&When::parse("2026-11-24T11:20:00Z"), &look), "24 Nov 11:20");
        assert_eq!(short(&When::parse("2028-05-19T11:20:00Z"), &look), "19 May 2028");
        assert_eq!(short(&When::parse("0000-00-00"), &look), "0000-00-00");
        assert_eq!(short(&When::Never, &look), "—");
        assert_eq!(full(&When::parse("2026-11-24T11:20:00Z"), &look), "2026-11-24 11:20:00Z");
    }
}
