//! How long a certificate lives, where that figure comes from, and when it is due.
//!
//! The service gives no issue date, so every figure here is derived and says from what.

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Up to this lifetime, seconds, half of it is kept for the renewal; above it a third.
const SHORT: i64 = 10 * DAY;
/// Siblings whose ends are closer than this, seconds, are duplicates and not one after the other.
pub(super) const DUPLICATE: i64 = DAY;
/// Longest lifetimes of public TLS certificates by the day of issue (CA/Browser Forum, ballot SC-081v3): seconds since
/// 1970 from which the cap holds, and the cap in days. Newest first.
const CAPS: [(i64, i64); 4] = [
    (1_868_227_200, 47),  // 2029-03-15
    (1_805_068_800, 100), // 2027-03-15
    (1_773_532_800, 200), // 2026-03-15
    (i64::MIN, 398),
];

/// Where a lifetime comes from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum LifetimeSource {
    /// The start of validity that a probe met on this very serial.
    Probe,
    /// The configuration of the contract.
    Configured,
    /// The first time this serial was seen here.
    FirstSeen,
    /// The distance between siblings of the lineage.
    Siblings,
    /// The longest that was allowed.
    Cap,
}

impl LifetimeSource {
    /// In words, for the details pane.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Probe => "start of validity seen by a probe",
            Self::Configured => "configuration of the contract",
            Self::FirstSeen => "first time this serial was seen here",
            Self::Siblings => "distance between certificates of the lineage",
            Self::Cap => "longest lifetime allowed when it was issued",
        }
    }

    /// One word, for machines: `probe`, `configured`, `first_seen`, `siblings`, `cap`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Configured => "configured",
            Self::FirstSeen => "first_seen",
            Self::Siblings => "siblings",
            Self::Cap => "cap",
        }
    }
}

/// A lifetime and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) seconds: i64,
    pub(super) source: LifetimeSource,
}

/// What is known of the lifetime of a certificate; moments are seconds since 1970.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Start of validity, from a probe.
    pub(super) probed: Option<i64>,
    /// Lifetime, seconds, from the configuration.
    pub(super) configured: Option<i64>,
    /// First sight here.
    pub(super) first_seen: Option<i64>,
    /// True when it appeared between two readings; else it was older than its first sight.
    pub(super) appeared: bool,
}

impl Known {
    /// When the certificate with this end was issued, where that is known and not guessed.
    pub(super) fn issued(&self, end: i64) -> Option<i64> {
        let from_configuration = || self.configured.map(|life| end.saturating_sub(life));
        let appeared = || self.first_seen.filter(|_| self.appeared);
        self.probed.or_else(from_configuration).or_else(appeared).filter(|issued| *issued < end)
    }

    /// The lifetime of the certificate with this end; `siblings` finds the distance between ends of its lineage, seconds.
    pub(super) fn lifetime(&self, end: i64, siblings: impl FnOnce() -> Option<i64>) -> Lifetime {
        let from = |seconds: i64, source| Some(Lifetime { seconds, source }).filter(|life| life.seconds > 0);
        let since = |moment: Option<i64>| moment.map(|at| end.saturating_sub(at));
        let found = since(self.probed)
            .and_then(|life| from(life, LifetimeSource::Probe))
            .or_else(|| self.configured.and_then(|life| from(life, LifetimeSource::Configured)))
            .or_else(|| {
                since(self.first_seen.filter(|_| self.appeared)).and_then(|l| from(l, LifetimeSource::FirstSeen))
            });
        found.unwrap_or_else(|| {
            // It was there before it was first seen, so it lives at least since then.
            let least = since(self.first_seen).unwrap_or(0);
            match siblings() {
                Some(distance) => Lifetime { seconds: distance.max(least), source: LifetimeSource::Siblings },
                None => Lifetime { seconds: cap(end).max(least), source: LifetimeSource::Cap },
            }
        })
    }
}

impl Lifetime {
    /// Seconds before the end from which a renewal is due.
    pub(super) const fn reserve(self) -> i64 {
        if self.seconds <= SHORT { self.seconds / 2 } else { self.seconds / 3 }
    }

    /// Seconds after due from which it is overdue.
    pub(super) const fn slack(self) -> i64 {
        self.seconds / 10
    }

    /// Whole days, rounded, at least 1.
    pub(super) fn days(self) -> u16 {
        u16::try_from(self.seconds.saturating_add(DAY / 2) / DAY).unwrap_or(u16::MAX).max(1)
    }
}

/// The cap in force, seconds, when a certificate with this end was issued: the newest one under which it can have been.
pub(super) fn cap(end: i64) -> i64 {
    let fits = |(from, days): &&(i64, i64)| end.saturating_sub(days * DAY) >= *from;
    CAPS.iter().find(fits).map_or(398, |(_, days)| *days) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().expect("a moment").as_second()
    }

    #[test]
    fn the_cap_is_that_of_the_day_of_issue() {
        let cases = [
            ("0001-01-01T00:00:00Z", 398),
            ("2026-09-30T23:59:59Z", 398),
            ("2026-10-01T00:00:00Z", 200),
            ("2027-02-18T00:00:00Z", 200),
            ("2027-06-22T23:59:59Z", 200),
            ("2027-06-23T00:00:00Z", 100),
            ("2029-04-30T23:59:59Z", 100),
            ("2029-05-01T00:00:00Z", 47),
            ("9999-12-30T00:00:00Z", 47),
        ];
        for (end, days) in cases {
            assert_eq!(cap(second(end)), days * DAY, "{end}");
        }
    }

    #[test]
    fn the_best_source_decides_the_lifetime() {
        let end = second("2026-12-01T00:00:00Z");
        let before = |days: i64| Some(end - days * DAY);
        let all = Known { probed: before(90), configured: Some(60 * DAY), first_seen: before(50), appeared: true };
        let read = |known: Known, siblings: Option<i64>| {
            let life = known.lifetime(end, || siblings);
            (life.days(), life.source)
        };
        assert_eq!(read(all, Some(40 * DAY)), (90, LifetimeSource::Probe));
        assert_eq!(read(Known { probed: None, ..all }, Some(40 * DAY)), (60, LifetimeSource::Configured));
        let seen = Known { probed: None, configured: None, ..all };
        assert_eq!(read(seen, Some(40 * DAY)), (50, LifetimeSource::FirstSeen));
        // What was there at the first reading is older than that.
        assert_eq!(read(Known { appeared: false, ..seen }, Some(40 * DAY)), (50, LifetimeSource::Siblings));
        assert_eq!(read(Known::default(), Some(40 * DAY)), (40, LifetimeSource::Siblings));
        assert_eq!(read(Known::default(), None), (200, LifetimeSource::Cap));
        // A start after the end says nothing.
        assert_eq!(read(Known { probed: Some(end + 1), ..Known::default() }, None), (200, LifetimeSource::Cap));
    }

    #[test]
    fn a_short_life_keeps_half_of_it() {
        let life = |days: i64| Lifetime { seconds: days * DAY, source: LifetimeSource::Cap };
        assert_eq!((life(90).reserve(), life(90).slack()), (30 * DAY, 9 * DAY));
        assert_eq!(life(10).reserve(), 5 * DAY);
        assert_eq!(life(6).reserve(), 3 * DAY);
        assert_eq!(life(11).reserve(), 11 * DAY / 3);
    }
}
