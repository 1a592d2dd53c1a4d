//! CAs whose next CRL is nearest: late ones first, then by time; those that are not in use stand last.

use jiff::Timestamp;

use super::{
    line::{Body, Line, Section, Target},
    needs::is_active,
};
use crate::{
    domain::{
        Map,
        ca::{Ca, OcspResponder},
        ids::CaId,
    },
    flow::{Cx, ScreenId},
    present::{Tone, ca},
};

const DAY: i64 = 86_400;
/// A CRL that is due within this time, seconds, is worth a look.
const SOON: i64 = 6 * 3_600;
/// CAs that are told.
const MOST: usize = 12;

/// How the CAs stand, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// In use, with no CRL that is late or due soon.
    pub fine: usize,
    /// A CRL is due soon, or the end is near.
    pub soon: usize,
    /// A CRL is late.
    pub late: usize,
    /// Not in use.
    pub other: usize,
}

/// The lines, and the numbers of all CAs: one pass.
pub fn lines(cx: &Cx<'_>) -> (Vec<Line>, Tally) {
    let now = cx.look.now;
    let mut next: Map<&CaId, Timestamp> = Map::default();
    for crl in cx.estate.crls.rows().iter() {
        if let Some(at) = crl.next_update.at() {
            let first = next.entry(&crl.ca).or_insert(at);
            *first = (*first).min(at);
        }
    }
    let mut responders: Map<&CaId, bool> = Map::default();
    for responder in cx.estate.responders.rows().iter() {
        *responders.entry(&responder.ca).or_insert(true) &= works(responder, now);
    }
    let mut tally = Tally::default();
    let mut told: Vec<(bool, i64, &Ca)> = Vec::new();
    for ca in cx.estate.cas.rows().iter() {
        let left = next.get(&ca.id).map(|at| at.as_second().saturating_sub(now.as_second()));
        let ends = ca.valid_to.seconds_from(now).unwrap_or(i64::MAX);
        let rests = !is_active(&ca.effective_state(now).0);
        let place = match left {
            Some(..0) => &mut tally.late,
            _ if rests => &mut tally.other,
            Some(0..SOON) => &mut tally.soon,
            _ if ends < 90 * DAY => &mut tally.soon,
            _ => &mut tally.fine,
        };
        *place += 1;
        told.extend(left.map(|left| (rests, left, ca)));
    }
    let nearest = |a: &(bool, i64, &Ca), b: &(bool, i64, &Ca)| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id));
    if told.len() > MOST {
        told.select_nth_unstable_by(MOST, nearest);
        told.truncate(MOST);
    }
    told.sort_unstable_by(nearest);
    let line = |(_, left, record): (bool, i64, &Ca)| Line {
        section: Section::Health,
        key: record.id.to_string(),
        tone: if left < SOON { Tone::Critical } else { Tone::Ok },
        target: Target::Screen(ScreenId::Cas, record.id.to_string()),
        body: Body::Ca {
            id: record.id.clone(),
            name: record.name.to_string(),
            hosted: ca::hosted(record).to_owned(),
            crl: next.get(&record.id).copied(),
            responder: responders.get(&record.id).copied(),
            until: record.valid_to.clone(),
        },
    };
    (told.into_iter().map(line).collect(), tally)
}

/// Whether a responder can sign now, as far as the service says.
fn works(responder: &OcspResponder, now: Timestamp) -> bool {
    let ended = responder.valid_to.at().is_some_and(|at| at < now);
    let off =
        ["disabled", "inactive", "expired", "revoked"].iter().any(|word| responder.status.eq_ignore_ascii_case(word));
    !ended && !off
}
