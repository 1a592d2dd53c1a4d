//! The figures of home, counted from what was read.

use crate::{
    domain::{acme::state::State, ca::RequestStatus, report::ReportStatus},
    flow::{Cx, ScreenId},
    present::{Look, Tone, moment},
    ui::text::count,
};

const WEEK: i64 = 7 * 86_400;
/// What ended longer ago than this is history.
const RECENT: i64 = 30 * 86_400;
/// The end of a key is told this long before, in seconds: a new one has to be issued, and changed on every machine.
const NOTICE: i64 = 30 * 86_400;
/// Weeks of the chart.
pub const WEEKS: usize = 12;

/// A kind of line below NEEDS YOU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The DigiCert ONE key ends within a month, or has ended.
    KeyEnds,
    /// Changes of CAs that may have been carried out or not.
    Open,
    /// CA requests that wait.
    Requests,
    /// Names that ended lately, with nothing newer.
    Expired,
    /// Names whose servers serve what was replaced.
    Stale,
    /// Names past their renewal.
    Overdue,
    /// Names that cannot be renewed as things stand.
    Blocked,
    /// Names marked `not_renewed` with an end in the future.
    Decide,
    /// CRLs past their next update.
    LateCrls,
    /// Runs that failed last.
    FailedReports,
    /// Accounts with contracts but without a key here.
    BlindSpots,
}

impl Need {
    /// The screen that shows it, and the filter; `None` for what no screen shows, or one CA alone.
    pub fn target(self) -> Option<(ScreenId, String)> {
        let target = match self {
            Self::KeyEnds | Self::Open => return None,
            Self::Requests | Self::LateCrls => (ScreenId::Cas, String::new()),
            Self::Expired => (ScreenId::Acme, "state:expired !expires<-30d".to_owned()),
            Self::Stale => (ScreenId::Acme, "state:stale".to_owned()),
            Self::Overdue => (ScreenId::Acme, "state:overdue".to_owned()),
            Self::Blocked => (ScreenId::Acme, "state:blocked".to_owned()),
            Self::Decide => (ScreenId::Acme, "state:decide".to_owned()),
            Self::FailedReports => (ScreenId::Reports, "status:failed".to_owned()),
            Self::BlindSpots => (ScreenId::Acme, String::new()),
        };
        Some(target)
    }
}

/// A line below NEEDS YOU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub need: Need,
    /// How many; `None` for what is not counted.
    pub count: Option<usize>,
    /// What they are.
    pub words: String,
    /// How bad that is.
    pub tone: Tone,
}

impl Line {
    /// The line as text.
    pub fn text(&self, look: &Look) -> String {
        let number = self.count.map_or_else(String::new, |number| format!("{}  ", count(number)));
        format!("{} {number}{}", look.glyph(self.tone), self.words)
    }
}

/// All figures.
#[derive(Debug, Default)]
pub struct Summary {
    /// What needs me, worst first.
    pub lines: Vec<Line>,
    /// Names that end in each of the next weeks with nothing newer: their number and the seconds of the week's start.
    pub weeks: Vec<(i64, usize)>,
    acme: Acme,
    counted: usize,
}

#[derive(Debug, Default)]
struct Acme {
    expired: usize,
    stale: usize,
    overdue: usize,
    blocked: usize,
    decide: usize,
}

impl Summary {
    /// Counts certificates of a read under way when their number has doubled, and always at its end.
    pub fn count_grown_acme(&mut self, cx: &Cx<'_>) {
        let rows = cx.estate.acme.rows().len();
        if !cx.estate.acme.is_loading() || rows >= self.counted * 2 || rows < self.counted {
            self.count_acme(cx);
        }
    }

    /// Counts certificates: one pass.
    pub fn count_acme(&mut self, cx: &Cx<'_>) {
        self.counted = cx.estate.acme.rows().len();
        let now = cx.look.now;
        let mut acme = Acme::default();
        let mut weeks = [0_usize; WEEKS];
        for row in cx.estate.acme.rows().views() {
            let Some(found) = row.derived else { continue };
            match found.state {
                State::Expired => acme.expired += usize::from(row.left(now).is_none_or(|left| left >= -RECENT)),
                State::Stale => acme.stale += 1,
                State::Overdue => acme.overdue += 1,
                State::Blocked => acme.blocked += 1,
                State::Decide => acme.decide += 1,
                State::Due | State::Ok => {}
                State::Pending | State::Renewed | State::Revoked | State::Snoozed | State::Retired => continue,
            }
            let week = row.left(now).filter(|left| *left >= 0 && !found.is_superseded()).map(|left| left / WEEK);
            if let Some(names) = week.and_then(|week| usize::try_from(week).ok()).and_then(|week| weeks.get_mut(week)) {
                *names += 1;
            }
        }
        self.acme = acme;
        let start = |week: usize| now.as_second() + WEEK * i64::try_from(week).unwrap_or_default();
        self.weeks = weeks.into_iter().enumerate().map(|(week, names)| (start(week), names)).collect();
        self.count_rest(cx);
    }

    /// Counts everything else and puts the lines in order.
    pub fn count_rest(&mut self, cx: &Cx<'_>) {
        let now = cx.look.now;
        let waiting: Vec<_> = cx.estate.requests.rows().iter().filter(|r| r.status == RequestStatus::Pending).collect();
        let oldest = waiting.iter().filter_map(|r| r.requested.seconds_from(now)).min();
        let oldest = oldest.map_or_else(String::new, |s| format!(", oldest {}", moment::age(-s)));
        let late = cx.estate.crls.rows().iter().filter(|crl| crl.next_update.at().is_some_and(|at| at < now));
        let first_late = late.clone().next();
        let late_name = first_late.map_or_else(String::new, |crl| {
            let name = cx.estate.cas.rows().iter().find(|ca| ca.id == crl.ca).map_or(&crl.name, |ca| &ca.name);
            format!("   {name}")
        });
        let failed = cx.estate.reports.rows().iter().filter(|r| r.status == ReportStatus::Failed);
        let first_failed = failed.clone().next().map_or_else(String::new, |r| format!("   {}", r.name));
        let blind = cx.estate.subaccounts.rows().iter().filter(|a| !a.has_key && !a.contracts.is_empty()).count();
        let acme = &self.acme;
        let open = cx.estate.open.values().next();
        let open_words = open.map_or_else(String::new, |open| {
            let cas = if cx.estate.open.len() == 1 { "CA is locked" } else { "CAs are locked" };
            format!("{cas}: not known whether it was done   {}: {}", open.ca_name, open.verb)
        });
        let all = [
            (Need::Open, cx.estate.open.len(), open_words, Tone::Critical),
            (Need::Requests, waiting.len(), format!("CA requests wait for an answer{oldest}"), Tone::Critical),
            (Need::Expired, acme.expired, "names expired, nothing newer issued".to_owned(), Tone::Ended),
            (Need::Stale, acme.stale, "names serve what was replaced".to_owned(), Tone::Critical),
            (Need::Overdue, acme.overdue, "names overdue for renewal".to_owned(), Tone::Critical),
            (Need::Blocked, acme.blocked, "names cannot be renewed".to_owned(), Tone::Critical),
            (Need::Decide, acme.decide, "to decide: not_renewed, end in the future".to_owned(), Tone::Critical),
            (Need::LateCrls, late.count(), format!("CRLs past nextUpdate{late_name}"), Tone::Critical),
            (Need::FailedReports, failed.count(), format!("reports failed last{first_failed}"), Tone::Due),
            (Need::BlindSpots, blind, "accounts with contracts, but no key here".to_owned(), Tone::Due),
        ];
        let counted = all.into_iter().filter(|(_, count, ..)| *count > 0).map(|(need, count, words, tone)| Line {
            need,
            count: Some(count),
            words,
            tone,
        });
        self.lines = key_ends(cx).into_iter().chain(counted).collect();
    }
}

/// What is said of the DigiCert ONE key from [`NOTICE`] before its end on.
fn key_ends(cx: &Cx<'_>) -> Option<Line> {
    let end = cx.estate.one_user.one()?.key_ends.as_ref()?.at()?;
    let left = end.as_second().saturating_sub(cx.look.now.as_second());
    let (date, of_day) = (end.strftime("%F"), end.as_second().rem_euclid(86_400));
    // Tokens end at midnight, told as the first or the last second of a day; certificates at any time.
    let moment = if matches!(of_day, 0 | 86_399) { "midnight".to_owned() } else { end.strftime("%H:%M").to_string() };
    let (words, tone) = match left {
        ..=0 => (format!("everything stopped at {moment} {date} UTC: ONE key"), Tone::Ended),
        1..=NOTICE => {
            let words = format!("everything stops at {moment} {date} UTC: ONE key, {}", moment::distance(left));
            (words, if left < WEEK { Tone::Critical } else { Tone::Due })
        }
        _ => return None,
    };
    Some(Line { need: Need::KeyEnds, count: None, words, tone })
}
