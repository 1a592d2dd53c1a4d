//! Thresholds of `certdeck check`: how little may be left before a certificate without a successor is told.
//!
//! `overdue`, a time (`20d`, `72h`), a part of the lifetime (`30%`), `min(30d,33%)` and `max(...)` of several.

use jiff::Timestamp;

use super::{AcmeCertificate, state::State, triage::Assessment};
use crate::domain::{filter, text::Clean};

/// Levels of `min` and `max` in each other.
const DEPTH: usize = 4;

/// A threshold; it prints as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Threshold {
    /// What is overdue: past due and slack.
    Overdue,
    /// So many seconds are left.
    Left(i64),
    /// So many per cent of the lifetime, 1..=100, are left.
    Part(u8),
    /// The smallest of several.
    Least(Vec<Self>),
    /// The largest of several.
    Most(Vec<Self>),
}

/// Why a text is no threshold; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no threshold: write overdue, a time (20d, 72h), a part of the lifetime (30%), or min(30d,33%) and max(...) of these"
)]
pub struct ThresholdError(pub Clean);

impl Threshold {
    /// Reads a threshold.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        read(text.trim(), DEPTH).ok_or_else(|| ThresholdError(text.into()))
    }

    /// Whether the row is below the threshold at `now`: what is expired or still served always is; what is superseded,
    /// revoked, put off, retired or not issued never.
    pub fn breached(&self, found: &Assessment, row: &AcmeCertificate, now: Timestamp) -> bool {
        match found.state {
            State::Expired | State::Stale => true,
            State::Pending | State::Renewed | State::Revoked | State::Snoozed | State::Retired => false,
            State::Overdue | State::Blocked | State::Decide | State::Due | State::Ok => {
                row.left(now).zip(self.seconds(found, row)).is_some_and(|(left, bound)| left <= bound)
            }
        }
    }

    /// Seconds before the end of this row at which the threshold lies; `None` where its figures are not known.
    fn seconds(&self, found: &Assessment, row: &AcmeCertificate) -> Option<i64> {
        match self {
            Self::Overdue => {
                let end = row.expires().at()?.as_second();
                Some(end.saturating_sub(found.overdue()?.as_second()))
            }
            Self::Left(seconds) => Some(*seconds),
            Self::Part(percent) => {
                let (days, _) = found.lifetime()?;
                Some(i64::from(days) * 864 * i64::from(*percent))
            }
            Self::Least(all) => all.iter().filter_map(|one| one.seconds(found, row)).min(),
            Self::Most(all) => all.iter().filter_map(|one| one.seconds(found, row)).max(),
        }
    }
}

impl std::str::FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, word: &str, all: &[Self]| {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            write!(f, "{word}({})", all.join(","))
        };
        match self {
            Self::Overdue => f.write_str("overdue"),
            Self::Left(seconds) => {
                let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
                match units.iter().find(|(size, _)| seconds % size == 0) {
                    Some((size, unit)) => write!(f, "{}{unit}", seconds / size),
                    None => write!(f, "{seconds}s"),
                }
            }
            Self::Part(percent) => write!(f, "{percent}%"),
            Self::Least(all) => list(f, "min", all),
            Self::Most(all) => list(f, "max", all),
        }
    }
}

fn read(text: &str, depth: usize) -> Option<Threshold> {
    let several = |word: &str| text.strip_prefix(word)?.trim_start().strip_prefix('(')?.strip_suffix(')');
    let all = |list: &str| -> Option<Vec<Threshold>> {
        let depth = depth.checked_sub(1)?;
        split(list).into_iter().map(|part| read(part.trim(), depth)).collect()
    };
    if text == "overdue" {
        return Some(Threshold::Overdue);
    }
    if let Some(list) = several("min") {
        return all(list).map(Threshold::Least);
    }
    if let Some(list) = several("max") {
        return all(list).map(Threshold::Most);
    }
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse().ok().filter(|percent| (1..=100).contains(percent)).map(Threshold::Part);
    }
    filter::duration(text).map(|span| span.as_secs()).filter(|seconds| *seconds > 0).map(Threshold::Left)
}

/// Parts between the commas that stand in no brackets.
fn split(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    list.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_grammar_reads_what_it_says() {
        let day = 86_400;
        let cases = [
            ("overdue", Threshold::Overdue),
            ("20d", Threshold::Left(20 * day)),
            (" 72h ", Threshold::Left(3 * day)),
            ("30%", Threshold::Part(30)),
            ("min(30d,33%)", Threshold::Least(vec![Threshold::Left(30 * day), Threshold::Part(33)])),
            ("max( overdue , 7d )", Threshold::Most(vec![Threshold::Overdue, Threshold::Left(7 * day)])),
            (
                "max(min(30d,33%),72h)",
                Threshold::Most(vec![
                    Threshold::Least(vec![Threshold::Left(30 * day), Threshold::Part(33)]),
                    Threshold::Left(3 * day),
                ]),
            ),
        ];
        for (text, threshold) in cases {
            assert_eq!(Threshold::parse(text), Ok(threshold), "{text}");
        }
    }

    #[test]
    fn what_is_no_threshold_is_told_what_is() {
        for wrong in [
            "",
            "soon",
            "0d",
            "-3d",
            "20",
            "0%",
            "101%",
            "%",
            "min",
            "min()",
            "min(30d",
            "min(30d,)",
            "min(a)",
            "30d,33%",
            "minimum(3d)",
        ] {
            let error = Threshold::parse(wrong).expect_err(wrong).to_string();
            assert!(error.contains("write overdue, a time (20d, 72h), a part of the lifetime (30%)"), "{error}");
        }
        let deep = format!("{}3d{}", "min(".repeat(5), ")".repeat(5));
        assert!(Threshold::parse(&deep).is_err(), "brackets have a bound");
    }

    fn threshold() -> impl Strategy<Value = Threshold> {
        let one = prop_oneof![
            Just(Threshold::Overdue),
            (1..100_000_000_i64).prop_map(Threshold::Left),
            (1..=100_u8).prop_map(Threshold::Part),
        ];
        one.prop_recursive(3, 8, 3, |inner| {
            let several = prop::collection::vec(inner, 1..4);
            prop_oneof![several.clone().prop_map(Threshold::Least), several.prop_map(Threshold::Most)]
        })
    }

    proptest! {
        #[test]
        fn thresholds_are_read_as_they_are_printed(threshold in threshold()) {
            prop_assert_eq!(Threshold::parse(&threshold.to_string()), Ok(threshold));
        }

        #[test]
        fn any_text_is_a_threshold_or_is_refused(text in ".{0,40}") {
            if let Ok(threshold) = Threshold::parse(&text) {
                prop_assert_eq!(Threshold::parse(&threshold.to_string()), Ok(threshold));
            }
        }
    }
}
