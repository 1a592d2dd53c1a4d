//! Triage: what each certificate record is, why, and what to do next, from the rows and the facts beside them.

use std::{cmp::Ordering, sync::Arc};

use jiff::Timestamp;

use super::{
    AcmeCertificate, CertificateStatus,
    beside::Beside,
    case::Case,
    facts::Facts,
    lifetime::{Lifetime, LifetimeSource},
    lineage::{Lineages, Members, end},
    register::{alone, number},
    scopes::Scopes,
    state::{Proof, Reason, State},
    uncovered::{self, Uncovered},
};
use crate::domain::ids::AccountId;

/// What triage found of one row, 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    due: Second,
    deadline: Second,
    lineage: u32,
    /// Seconds; 0 without a readable end.
    lifetime: u32,
    source: LifetimeSource,
    /// The state.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// What shows that it is superseded; `None` when nothing does.
    pub proof: Option<Proof>,
    /// (now - due) / (end - due) in 255ths; 0 before due and where nothing is due.
    pub urgency: u8,
    /// Bits of [`CRITICAL`], [`LIVE`] and [`ENDS`].
    marks: u8,
}

/// An overdue row of which under 72 h, or under 25 % of the reserve, is left.
const CRITICAL: u8 = 1;
/// The row that stands for a lineage which is in force.
const LIVE: u8 = 2;
/// It ends with nothing newer: its end is the one that counts for the lineage.
const ENDS: u8 = 4;

/// Seconds since 1970 in five bytes: the years from -15,450 to 19,390, which is more than a [`Timestamp`] holds. What is
/// outside stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Second([u8; 5]);

impl Second {
    const NONE: i64 = -(1 << 39);

    fn new(second: i64) -> Self {
        let held = if (Self::NONE..-Self::NONE).contains(&second) { second } else { Self::NONE };
        let [_, _, _, bytes @ ..] = held.to_be_bytes();
        Self(bytes)
    }

    /// `i64::MIN` for none.
    const fn get(self) -> i64 {
        let [top, high, middle, low, last] = self.0;
        let sign = if top < 0x80 { 0 } else { 0xff };
        let second = i64::from_be_bytes([sign, sign, sign, top, high, middle, low, last]);
        if second == Self::NONE { i64::MIN } else { second }
    }
}

/// What triage found.
#[derive(Debug, Clone, Default)]
pub struct Triage {
    /// One for each row, in the order of the rows.
    pub assessments: Arc<Vec<Assessment>>,
    /// The lineages.
    pub lineages: Arc<Lineages>,
    /// Rows in each state, in the order of [`State::ALL`]; read by [`Triage::count`].
    counts: [usize; State::ALL.len()],
    /// The earliest moment at which the state of a row, or whether it is critical, changes by time alone.
    pub next_change: Option<Timestamp>,
    /// Names of contracts that no certificate covers now. Told only where all of an account's certificates are known.
    pub uncovered: Vec<Uncovered>,
    /// Accounts that have contracts and no key here: their certificates are not among the rows.
    pub blind: Vec<AccountId>,
    /// Rows whose end cannot be read though they are issued: nothing is known of their renewal.
    pub unreadable: usize,
}

impl Assessment {
    /// When the renewal is due; `None` where nothing is.
    pub fn due(&self) -> Option<Timestamp> {
        moment(self.due.get())
    }

    /// The moment by which the row is sorted within its tier: its end, or that of what is served in its place.
    pub fn deadline(&self) -> Option<Timestamp> {
        moment(self.deadline.get())
    }

    /// Lifetime in whole days and where it comes from; `None` without a readable end.
    pub fn lifetime(&self) -> Option<(u16, LifetimeSource)> {
        let life = Lifetime { seconds: i64::from(self.lifetime), source: self.source };
        (self.lifetime > 0).then(|| (life.days(), self.source))
    }

    /// When due and slack have passed, so that the row is overdue if nothing newer came; `None` where nothing is due.
    pub fn overdue(&self) -> Option<Timestamp> {
        let life = Lifetime { seconds: i64::from(self.lifetime), source: self.source };
        self.due().and_then(|due| moment(due.as_second().saturating_add(life.slack())))
    }

    /// Number of its lineage, for [`Lineages`].
    pub const fn lineage(&self) -> u32 {
        self.lineage
    }

    /// For an overdue row: under 72 h, or under 25 % of the reserve, is left.
    pub const fn is_critical(&self) -> bool {
        self.marks & CRITICAL != 0
    }

    /// Whether it stands for its lineage, which is in force: one row of each does.
    pub const fn is_live(&self) -> bool {
        self.marks & LIVE != 0
    }

    /// Whether it stands for its lineage, and nothing newer has its names.
    pub const fn is_last(&self) -> bool {
        self.marks & ENDS != 0
    }

    /// Whether something newer has its names.
    pub const fn is_superseded(&self) -> bool {
        self.proof.is_some()
    }

    /// What rows are ordered by before their names: tier, then deadline in seconds since 1970.
    pub const fn rank(&self) -> (u8, i64) {
        (self.state.tier(), self.sort_moment())
    }

    /// Its deadline, seconds since 1970; rows without one stand last.
    const fn sort_moment(&self) -> i64 {
        let deadline = self.deadline.get();
        if deadline == i64::MIN { i64::MAX } else { deadline }
    }
}

impl Triage {
    /// The rows of each lineage.
    pub fn lineages(&self) -> impl Iterator<Item = Members<'_>> {
        self.lineages.all(self.assessments.iter().map(Assessment::lineage))
    }

    /// Rows in this state.
    pub fn count(&self, state: State) -> usize {
        self.counts.get(state as usize).copied().unwrap_or(0)
    }

    /// The assessment of a row.
    pub fn get(&self, row: u32) -> Option<&Assessment> {
        self.assessments.get(row as usize)
    }

    /// Index of the row that supersedes this one, of the rows that were assessed; `None` where there is none or it is not
    /// listed.
    pub fn superseded_by(&self, row: u32, rows: &[AcmeCertificate]) -> Option<u32> {
        let found = self.get(row).filter(|found| found.proof.is_some_and(Proof::is_listed))?;
        let end = rows.get(row as usize).and_then(end)?;
        self.lineages.superseder(found.lineage, end, rows).map(|(_, row)| row)
    }

    /// Order of the screen: tier, effective deadline, name; then contract, account and serial. Rows that are equal in
    /// all of these are the same record.
    pub fn order(&self, rows: &[AcmeCertificate], a: u32, b: u32) -> Ordering {
        let of = |row: u32| self.get(row).zip(rows.get(row as usize));
        let (Some((left, first)), Some((right, second))) = (of(a), of(b)) else { return a.cmp(&b) };
        (left.state.tier(), left.sort_moment())
            .cmp(&(right.state.tier(), right.sort_moment()))
            .then_with(|| first.domain().cmp(&second.domain()))
            .then_with(|| first.contract().cmp(second.contract()))
            .then_with(|| first.account().cmp(second.account()))
            .then_with(|| first.serial().cmp(&second.serial()))
            .then_with(|| first.names().cmp(&second.names()))
            .then_with(|| first.expires().cmp(&second.expires()))
            .then_with(|| first.status().cmp(second.status()))
    }
}

/// Assesses all rows. Near linear: 1,000,000 rows take about a second on one core.
///
/// `rows` may come in any order and hold duplicates; indexes in the result are indexes into it.
pub fn assess(rows: &[AcmeCertificate], facts: &Facts, now: Timestamp) -> Triage {
    let (lineages, of_row) = Lineages::of(rows);
    assess_in(Arc::new(lineages), of_row.into_iter(), rows, (facts, now))
}

/// Assesses the rows of `earlier` again, which have to be the very same ones, by other facts or at another moment: the
/// lineages stay as they are, and with them most of the work and of the memory.
pub fn assess_again(earlier: &Triage, rows: &[AcmeCertificate], facts: &Facts, now: Timestamp) -> Triage {
    let of_row = earlier.assessments.iter().map(Assessment::lineage);
    assess_in(Arc::clone(&earlier.lineages), of_row, rows, (facts, now))
}

fn assess_in(
    lineages: Arc<Lineages>,
    of_row: impl Iterator<Item = u32>,
    rows: &[AcmeCertificate],
    (facts, now): (&Facts, Timestamp),
) -> Triage {
    let beside = Beside::by_digest(facts);
    let mut scopes = Scopes::of(facts);
    let now = now.as_second();
    let mut triage = Triage::default();
    let mut assessments = Vec::with_capacity(rows.len());
    let mut next = i64::MAX;
    for (index, (row, lineage)) in rows.iter().zip(of_row).enumerate() {
        let case = Case { index: number(index), row, lineage, rows, lineages: &lineages, beside: &beside };
        let found = case.look(scopes.of_row(row));
        let standing = found.course.at(now);
        if let Some(slot) = triage.counts.get_mut(standing.state as usize) {
            *slot += 1;
        }
        triage.unreadable += usize::from(standing.reason == Reason::NoEnd);
        next = found.course.next(now, next).unwrap_or(next);
        let (due, deadline) = (found.course.due, found.deadline.unwrap_or(i64::MIN));
        let end = found.course.end;
        let mut assessment = Assessment {
            due: Second::new(if end.is_some() { due } else { i64::MIN }),
            deadline: Second::new(deadline),
            lineage,
            lifetime: found.lifetime.map_or(0, |life| u32::try_from(life.seconds).unwrap_or(u32::MAX)),
            source: found.lifetime.map_or(LifetimeSource::Cap, |life| life.source),
            state: standing.state,
            reason: standing.reason,
            proof: found.superseded.map(|(proof, _)| proof),
            urgency: end.map_or(0, |end| urgency(now, due, end)),
            marks: if standing.critical { CRITICAL } else { 0 },
        };
        if alone(lineage).is_some() {
            let stands = standing_of(std::iter::once((number(index), row, &assessment)), now);
            assessment.marks |= stands.map_or(0, |(_, is_last)| standing_marks(is_last));
        }
        assessments.push(assessment);
    }
    for members in lineages.several() {
        let all = members.iter().filter_map(|at| Some((*at, rows.get(*at as usize)?, assessments.get(*at as usize)?)));
        if let Some((at, is_last)) = standing_of(all, now)
            && let Some(found) = assessments.get_mut(at as usize)
        {
            found.marks |= standing_marks(is_last);
        }
    }
    let latest = lineages.latest(assessments.iter().map(Assessment::lineage), rows);
    triage.uncovered = uncovered::of(latest, rows, facts, now);
    triage.assessments = Arc::new(assessments);
    triage.next_change = moment(next);
    triage.blind.clone_from(&facts.blind);
    triage.blind.sort();
    triage.blind.dedup();
    triage.lineages = lineages;
    triage
}

/// The row that stands for a lineage that is in force, of its rows in order: the first with nothing newer, and that it is
/// one; else the first at all. What is revoked or put off by local triage is left out.
pub(super) fn standing_of<'a>(
    members: impl Iterator<Item = (u32, &'a AcmeCertificate, &'a Assessment)>,
    now: i64,
) -> Option<(u32, bool)> {
    let mut live = members
        .filter(|(_, row, _)| end(row).is_some_and(|end| end >= now))
        .filter(|(_, _, found)| found.state != State::Revoked && !found.state.is_hidden())
        .peekable();
    let first = live.peek().map(|(at, ..)| *at)?;
    let last = live.find(|(_, _, found)| !found.is_superseded()).map(|(at, ..)| at);
    Some(last.map_or((first, false), |at| (at, true)))
}

/// The marks of a row that stands for its lineage.
const fn standing_marks(is_last: bool) -> u8 {
    if is_last { LIVE | ENDS } else { LIVE }
}

/// Whether a record stands for a certificate that does not exist yet.
pub(super) fn is_pending(row: &AcmeCertificate) -> bool {
    *row.status() == CertificateStatus::Pending && (row.serial().is_none() || end(row).is_none())
}

fn moment(second: i64) -> Option<Timestamp> {
    (second != i64::MIN && second != i64::MAX).then(|| Timestamp::from_second(second).ok()).flatten()
}

fn urgency(now: i64, due: i64, end: i64) -> u8 {
    let (past, all) = (now.saturating_sub(due), end.saturating_sub(due));
    if past <= 0 {
        return 0;
    }
    if all <= 0 || past >= all {
        return u8::MAX;
    }
    u8::try_from(i128::from(past) * 255 / i128::from(all)).unwrap_or(u8::MAX)
}
