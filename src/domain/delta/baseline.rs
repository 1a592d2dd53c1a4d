//! Which snapshot changes are told against.

use jiff::{SignedDuration, Timestamp};

/// Since when changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Since {
    /// A day ago.
    #[default]
    Yesterday,
    /// So long ago.
    Back(SignedDuration),
    /// Since then.
    At(Timestamp),
}

/// When a state of a list was read first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First.
    pub first: Timestamp,
    /// Last.
    pub last: Timestamp,
}

/// A day.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Who looks each morning does not look at the same minute.
const NEARLY: SignedDuration = SignedDuration::from_hours(20);

impl Since {
    /// Reads `yesterday`, a time that has passed (`7d`, `12h`), or a date or moment in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("yesterday") {
            return Some(Self::Yesterday);
        }
        if let Some(back) = crate::domain::filter::duration(text).filter(|back| !back.is_negative()) {
            return Some(Self::Back(back));
        }
        crate::domain::When::parse(text).at().map(Self::At)
    }

    fn wanted(self, now: Timestamp) -> Timestamp {
        let back = |back: SignedDuration| now.checked_sub(back).unwrap_or(Timestamp::MIN);
        match self {
            Self::Yesterday => back(DAY),
            Self::Back(length) => back(length),
            Self::At(at) => at,
        }
    }
}

/// The state that stood at the wanted moment, by its place in `states`, the oldest first, and the moment for which it is
/// known. When all are younger the oldest stands in for it: for [`Since::Yesterday`] if it is of 20 hours ago, else
/// if a newer look than its first has been taken. `None` when there is no baseline yet.
pub fn baseline(since: Since, states: &[Span], now: Timestamp) -> Option<(usize, Timestamp)> {
    let wanted = since.wanted(now);
    let stood = states.iter().rposition(|state| state.first <= wanted);
    if let Some(at) = stood {
        return states.get(at).map(|state| (at, state.last.min(wanted)));
    }
    let oldest = states.first()?;
    let counts = match since {
        Since::Yesterday => now.checked_sub(NEARLY).is_ok_and(|nearly| oldest.first <= nearly),
        Since::Back(_) | Since::At(_) => states.len() > 1 || oldest.first < oldest.last,
    };
    counts.then_some((0, oldest.first))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

    fn ago(hours: i64) -> Timestamp {
        NOW - SignedDuration::from_hours(hours)
    }

    fn states(hours: &[(i64, i64)]) -> Vec<Span> {
        hours.iter().map(|(first, last)| Span { first: ago(*first), last: ago(*last) }).collect()
    }

    #[test]
    fn yesterday_is_what_stood_a_day_ago() {
        let pick = |hours: &[(i64, i64)]| baseline(Since::Yesterday, &states(hours), NOW);
        assert_eq!(pick(&[]), None, "nothing was read yet");
        assert_eq!(pick(&[(0, 0)]), None, "the first day");
        assert_eq!(pick(&[(19, 0)]), None, "still the first day");
        assert_eq!(pick(&[(21, 9), (9, 0)]), Some((0, ago(21))), "an hour later than yesterday");
        assert_eq!(pick(&[(70, 0)]), Some((0, ago(24))), "nothing changed since, and all of it was seen");
        assert_eq!(pick(&[(70, 60), (30, 1), (1, 0)]), Some((1, ago(24))));
        assert_eq!(pick(&[(70, 60), (23, 1)]), Some((0, ago(60))), "after days without a look the last one before");
    }

    #[test]
    fn another_baseline_is_the_oldest_when_all_are_younger() {
        let pick = |since, hours: &[(i64, i64)]| baseline(since, &states(hours), NOW);
        let week = Since::Back(SignedDuration::from_hours(24 * 7));
        assert_eq!(pick(week, &[(0, 0)]), None);
        assert_eq!(pick(week, &[(50, 30), (30, 0)]), Some((0, ago(50))));
        assert_eq!(pick(week, &[(50, 0)]), Some((0, ago(50))));
        assert_eq!(pick(week, &[(400, 180), (160, 0)]), Some((0, ago(180))));
        assert_eq!(pick(Since::At(ago(100)), &[(400, 180), (170, 90), (90, 0)]), Some((1, ago(100))));
    }

    #[test]
    fn since_is_a_word_a_time_or_a_moment() {
        assert_eq!(Since::parse("yesterday"), Some(Since::Yesterday));
        assert_eq!(Since::parse("7d"), Some(Since::Back(SignedDuration::from_hours(168))));
        assert_eq!(Since::parse("2026-11-20"), Some(Since::At("2026-11-20T00:00:00Z".parse().unwrap())));
        for odd in ["", "-7d", "soon", "7"] {
            assert_eq!(Since::parse(odd), None, "{odd}");
        }
    }
}
