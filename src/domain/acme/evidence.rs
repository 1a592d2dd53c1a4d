//! What probes and local triage do to the course of a row.

use super::{
    beside::OfRow,
    case::Case,
    course::{Course, Kind},
    lifetime::DAY,
    note::{SNOOZE_STOPS, Until},
    probe::Verdict,
    state::{Proof, Reason},
};
use crate::domain::serial::SerialRef;

/// A replaced certificate may be served for this long, seconds, after the newer one was first seen here.
const RELOAD: i64 = DAY;
/// Less than this is left, seconds: it is critical, and nothing may be put off.
pub(super) const LAST: i64 = SNOOZE_STOPS.as_secs();

impl Case<'_> {
    /// What a probe shows to be broken or stale.
    pub(super) fn probed(&self, course: &mut Course, of: &OfRow<'_>, superseded: Option<(Proof, Option<u32>)>) {
        let Some(seen) = of.seen else { return };
        if matches!(seen.verdict, Verdict::Unreachable | Verdict::NotVerifiable) {
            return;
        }
        let served_end = seen.ends.at().map(jiff::Timestamp::as_second);
        course.broken = if seen.verdict == Verdict::Mismatch {
            Some((i64::MIN, Reason::ServesOther))
        } else if seen.revoked || (seen.verdict == Verdict::Same && course.kind == Kind::Revoked) {
            Some((i64::MIN, Reason::ServesRevoked))
        } else {
            served_end.map(|end| (end.saturating_add(1), Reason::ServesEnded))
        };
        let is_own = || self.row.serial().is_some() && self.row.serial() == seen.serial.as_ref().map(SerialRef::from);
        let (reason, newest) = match (seen.verdict, superseded) {
            (Verdict::Same, Some((_, by))) => (Reason::StillServed, by),
            (Verdict::Mixed, Some((_, by))) if is_own() => (Reason::StillServed, by),
            (Verdict::Older, None) => (Reason::ServesOlder, Some(self.index)),
            (Verdict::Mixed, None) if self.is_earlier(of) => (Reason::ServesOlder, Some(self.index)),
            _ => return,
        };
        let appeared = newest.and_then(|row| self.row_at(row)).and_then(|row| self.beside.row(row).first_seen);
        let waited = appeared.map(|at| at.saturating_add(RELOAD));
        let urgent = served_end.map(|end| end.saturating_sub(LAST).saturating_add(1));
        course.stale = waited.into_iter().chain(urgent).min().map(|at| (at, reason));
    }

    /// Whether a probe met an earlier row of the lineage.
    fn is_earlier(&self, of: &OfRow<'_>) -> bool {
        let serial = of.seen.and_then(|seen| seen.serial.as_ref()).map(SerialRef::from);
        serial.is_some() && self.earlier().any(|(row, _)| row.serial() == serial)
    }
}

/// What local triage says. A finding of a later probe is not put off by an earlier snooze.
pub(super) fn noted(course: &mut Course, of: &OfRow<'_>) {
    let Some(note) = of.note else { return };
    course.retired = note.retired.is_some();
    let Some(snooze) = &note.snooze else { return };
    let served_end = of.seen.and_then(|seen| seen.ends.at()).map(jiff::Timestamp::as_second);
    let ends = course.end.into_iter().chain(served_end).min();
    let last = ends.map_or(i64::MAX, |end| end.saturating_sub(LAST));
    let until = match snooze.value {
        Until::At(at) => at.as_second(),
        Until::NextSerial => i64::MAX,
    };
    let found_since = of.seen.is_some_and(|seen| seen.at > snooze.at);
    let is_void = found_since && course.broken.is_some_and(|(at, _)| at == i64::MIN);
    course.snoozed_until = Some(until.min(last)).filter(|_| !is_void);
}
