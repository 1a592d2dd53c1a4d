//! What ends in the next weeks with nothing newer, and how many renewals shorter lifetimes bring.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::{
    AcmeCertificate,
    lineage::end,
    state::State,
    triage::{Assessment, Triage, standing_of},
};

/// Weeks that are looked ahead.
pub const WEEKS: usize = 12;
const WEEK: i64 = 7 * 86_400;
/// What ended longer ago than this, seconds, is history.
pub const RECENT: i64 = 30 * 86_400;
/// Caps of certificate lifetimes, days, and the day from which each holds (CA/Browser Forum, ballot SC-081v3).
const LIMITS: [(u16, Option<Date>); 3] =
    [(200, None), (100, Some(jiff::civil::date(2027, 3, 15))), (47, Some(jiff::civil::date(2029, 3, 15)))];

/// Ends per week, and the load of renewals.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The next weeks; the first begins today (UTC).
    pub weeks: [Week; WEEKS],
    /// Renewals under the present and the coming caps.
    pub load: [Load; 3],
    /// Lineages with a certificate that is in force, not revoked and not put off by local triage: those that are renewed.
    pub live: usize,
    /// Rows that ended within [`RECENT`] before `at` with nothing newer, whatever is kept.
    pub ended: usize,
    /// The moment for which it was made.
    pub at: Timestamp,
    /// What the load assumes, one sentence.
    pub assumption: String,
}

/// A week of the forecast. Certificates count once a lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Week {
    /// Its first day (UTC).
    pub from: Date,
    /// Ends with nothing newer that are due already, late, or cannot be renewed.
    pub late: usize,
    /// Ends with nothing newer that are not due yet.
    pub ahead: usize,
}

/// Renewals under one cap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// The cap, days.
    pub limit: u16,
    /// From when on; `None` for the present one.
    pub from: Option<Date>,
    /// Renewals a week.
    pub per_week: f64,
    /// Renewals a day.
    pub per_day: f64,
}

impl Week {
    /// All its ends.
    pub const fn total(&self) -> usize {
        self.late + self.ahead
    }
}

impl Forecast {
    /// Looks ahead from `now`; rows and triage belong together.
    pub fn of(rows: &[AcmeCertificate], triage: &Triage, now: Timestamp) -> Self {
        Self::of_those(rows, triage, now, |_| true)
    }

    /// As [`Forecast::of`], of the rows that `keep` wants by their index; the others supersede all the same.
    pub fn of_those(rows: &[AcmeCertificate], triage: &Triage, now: Timestamp, keep: impl Fn(u32) -> bool) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut weeks = [Week::default(); WEEKS];
        for (week, days) in weeks.iter_mut().zip((0_i64..).step_by(7)) {
            week.from = today.saturating_add(days.days());
        }
        let start = today.to_zoned(TimeZone::UTC).map_or(now, |start| start.timestamp()).as_second();
        let mut live = 0;
        for members in triage.lineages() {
            let members = members.iter().filter(|row| keep(**row));
            let all = members.filter_map(|at| Some((*at, rows.get(*at as usize)?, triage.get(*at)?)));
            let Some((at, is_last)) = standing_of(all, now.as_second()) else { continue };
            live += 1;
            let (Some(row), Some(found)) = (rows.get(at as usize).filter(|_| is_last), triage.get(at)) else {
                continue;
            };
            let ends = end(row).map(|end| end.saturating_sub(start) / WEEK);
            let Some(week) = ends.and_then(|at| usize::try_from(at).ok()).and_then(|at| weeks.get_mut(at)) else {
                continue;
            };
            let is_late = found.due().is_some_and(|due| due <= now) || found.state.tier() < State::Due.tier();
            if is_late {
                week.late += 1;
            } else {
                week.ahead += 1;
            }
        }
        let recent = now.as_second().saturating_sub(RECENT);
        let ended = |(row, found): &(&AcmeCertificate, &Assessment)| {
            found.state == State::Expired && end(row).is_none_or(|end| end >= recent)
        };
        let ended = rows.iter().zip(triage.assessments.iter()).filter(ended).count();
        Self {
            weeks,
            load: LIMITS.map(|(limit, from)| load(live, limit, from)),
            live,
            ended,
            at: now,
            assumption: assumption(live),
        }
    }

    /// The median of the weeks.
    pub fn median(&self) -> f64 {
        let mut totals = self.weeks.map(|week| week.total());
        totals.sort_unstable();
        let middle = totals.iter().skip(WEEKS / 2 - 1).take(2);
        middle.map(|total| float(*total)).sum::<f64>() / 2.0
    }

    /// The fullest week, and how many times the median it is; `None` when the median is 0.
    pub fn peak(&self) -> Option<(Week, f64)> {
        let peak =
            self.weeks.iter().copied().reduce(|best, week| if week.total() > best.total() { week } else { best })?;
        let median = self.median();
        (median > 0.0).then(|| (peak, float(peak.total()) / median))
    }
}

fn load(live: usize, limit: u16, from: Option<Date>) -> Load {
    let per_day = float(live) * 1.5 / f64::from(limit);
    Load { limit, from, per_week: per_day * 7.0, per_day }
}

fn assumption(live: usize) -> String {
    format!(
        "If all {live} lineages renew at 2/3 of the maximum lifetime: an assumption, because the service gives no issue date."
    )
}

/// Counts are far below 2^32.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
