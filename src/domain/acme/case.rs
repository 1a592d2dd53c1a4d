//! One row as a case: what the list and the facts say of it, brought together in its course.

use super::{
    AcmeCertificate, CertificateStatus,
    beside::{Beside, OfRow},
    course::{Course, Kind},
    evidence::{LAST, noted},
    facts::ContractFacts,
    lifetime::{self, DAY, DUPLICATE, Known, Lifetime},
    lineage::{Lineages, Members, end, is_sound},
    probe::Verdict,
    scopes::{Names, Scope},
    state::{Proof, Reason},
    triage::is_pending,
};
use crate::domain::when::When;

/// A certificate may be pending for this long, seconds.
const PENDING: i64 = DAY;
/// So many siblings are looked at for distances and habits; a lineage may have any number.
const SIBLINGS: usize = 16;

/// A row with all that bears on it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) index: u32,
    pub(super) row: &'a AcmeCertificate,
    pub(super) lineage: u32,
    pub(super) rows: &'a [AcmeCertificate],
    pub(super) lineages: &'a Lineages,
    pub(super) beside: &'a Beside<'a>,
}

/// What came of a case.
pub(super) struct Found {
    pub(super) course: Course,
    pub(super) lifetime: Option<Lifetime>,
    pub(super) superseded: Option<(Proof, Option<u32>)>,
    /// Seconds since 1970.
    pub(super) deadline: Option<i64>,
}

impl<'a> Case<'a> {
    /// Brings together what bears on the row.
    pub(super) fn look(&self, scope: &Scope<'_>) -> Found {
        let of = self.beside.row(self.row);
        let (contract, names) = (scope.facts, scope.names.as_deref());
        let end = end(self.row).filter(|_| !is_pending(self.row));
        let superseded = self.superseded(end, &of);
        let lifetime = end.map(|end| known(self.row, &of, contract).lifetime(end, || self.distance(end)));
        let kind = match self.row.status() {
            CertificateStatus::Revoked => Kind::Revoked,
            CertificateStatus::NotRenewed => Kind::NotRenewed,
            CertificateStatus::Expired => Kind::SaidEnded,
            _ if is_pending(self.row) => Kind::Pending,
            CertificateStatus::Issued
            | CertificateStatus::Renewed
            | CertificateStatus::Pending
            | CertificateStatus::Unknown(_) => Kind::Issued,
        };
        let mut course = Course { kind, superseded: superseded.is_some(), end, ..Course::default() };
        if let (Some(end), Some(life)) = (end, lifetime) {
            let habit = if course.superseded { None } else { self.habit(contract) };
            let reserve = match habit {
                Some((last, before)) if last.min(before) > life.reserve() => last.min(before),
                _ => life.reserve(),
            };
            course.due = end.saturating_sub(reserve);
            course.overdue = course.due.saturating_add(life.slack());
            course.critical = end.saturating_sub(LAST.max(reserve / 4)).saturating_add(1);
        }
        if !course.superseded {
            course.blocked = self.blocked(&course, contract, names, &of);
        }
        self.probed(&mut course, &of, superseded);
        noted(&mut course, &of);
        let served = of.seen.filter(|_| course.stale.is_some() || course.broken.is_some());
        let served_end = served.and_then(|seen| seen.ends.at()).map(jiff::Timestamp::as_second);
        let deadline = match (end, served_end) {
            (Some(end), Some(served)) => Some(end.min(served)),
            (end, served) => end.or(served),
        };
        Found { course, lifetime, superseded, deadline }
    }

    /// Seconds that were left when the last certificate of the lineage before this row came, and the one before that.
    ///
    /// A certificate that came with more than two thirds of a life left is a duplicate, which is no habit.
    pub(super) fn habit(&self, contract: Option<&ContractFacts>) -> Option<(i64, i64)> {
        if self.beside.knows_no_issue() && contract.is_none_or(|contract| contract.lifetime.is_none()) {
            return None;
        }
        let mut renewals = [None, None];
        let mut newer = (self.row, end(self.row)?);
        let mut slots = renewals.iter_mut();
        for (older, older_end) in self.earlier() {
            if newer.1.saturating_sub(older_end) < DUPLICATE {
                continue;
            }
            let Some(slot) = slots.next() else { break };
            let of = self.beside.row(newer.0);
            let issued = known(newer.0, &of, contract).issued(newer.1)?;
            let left = older_end.saturating_sub(issued);
            if left > newer.1.saturating_sub(issued) / 3 * 2 {
                return None;
            }
            *slot = Some(left);
            newer = (older, older_end);
        }
        let [last, before] = renewals;
        last.zip(before)
    }

    /// Sound rows of the lineage before this one, the latest end first.
    pub(super) fn earlier(&self) -> impl Iterator<Item = (&'a AcmeCertificate, i64)> {
        let members = self.lineages.rows(self.lineage);
        let here = end(self.row);
        let count = members.partition_point(|row| self.row_at(*row).and_then(end) < here);
        self.dated(members, (0..count).rev())
    }

    /// Sound rows of the lineage behind this one, the earliest end first.
    fn later(&self) -> impl Iterator<Item = (&'a AcmeCertificate, i64)> {
        let members = self.lineages.rows(self.lineage);
        let here = end(self.row);
        let count = members.partition_point(|row| self.row_at(*row).and_then(end) <= here);
        self.dated(members, count..members.len())
    }

    fn dated(
        &self,
        members: Members<'a>,
        places: impl Iterator<Item = usize>,
    ) -> impl Iterator<Item = (&'a AcmeCertificate, i64)> {
        let rows = self.rows;
        places.take(SIBLINGS).filter_map(move |at| {
            let row = rows.get(*members.get(at)? as usize).filter(|row| is_sound(row))?;
            Some((row, end(row)?))
        })
    }

    pub(super) fn row_at(&self, row: u32) -> Option<&'a AcmeCertificate> {
        self.rows.get(row as usize)
    }

    /// The longest of the last three distances between ends up to this row, or the next one for the first row: a
    /// certificate lives at least as long as it outlives the one before. Duplicates and gaps are left out.
    fn distance(&self, end: i64) -> Option<i64> {
        if self.lineages.rows(self.lineage).len() < 2 {
            return None;
        }
        let cap = lifetime::cap(end);
        let mut from = end;
        let mut longest = None;
        let mut found = 0;
        for (_, older) in self.earlier() {
            let distance = from.saturating_sub(older);
            if distance < DUPLICATE {
                continue;
            }
            from = older;
            if distance <= cap {
                longest = longest.max(Some(distance));
                found += 1;
            }
            if found == 3 {
                break;
            }
        }
        let ahead = || self.later().map(|(_, later)| later.saturating_sub(end)).find(|d| *d >= DUPLICATE);
        longest.or_else(|| ahead().filter(|distance| *distance <= cap))
    }

    /// What supersedes the row: another row, the service's word, or what a probe met.
    fn superseded(&self, end_of_row: Option<i64>, of: &OfRow<'_>) -> Option<(Proof, Option<u32>)> {
        if is_pending(self.row) {
            return None;
        }
        if let Some((proof, row)) = end_of_row.and_then(|end| self.lineages.superseder(self.lineage, end, self.rows)) {
            return Some((proof, Some(row)));
        }
        if *self.row.status() == CertificateStatus::Renewed && !self.successor_was_revoked(end_of_row) {
            return Some((Proof::Status, None));
        }
        let seen = of.seen.filter(|seen| seen.verdict == Verdict::Newer && !seen.revoked)?;
        let ends = seen.ends.at()?.as_second();
        end_of_row.is_none_or(|end| ends > end).then_some((Proof::Probe, None))
    }

    /// The service says `renewed`, and the only newer certificate of the lineage that is listed was revoked.
    fn successor_was_revoked(&self, end_of_row: Option<i64>) -> bool {
        let members = self.lineages.rows(self.lineage);
        let rows = members.iter().rev().map_while(|row| self.row_at(*row));
        let mut later = rows.take_while(|row| end(row) > end_of_row).take(SIBLINGS);
        end_of_row.is_some() && later.any(|row| *row.status() == CertificateStatus::Revoked)
    }

    /// What keeps the row from being renewed, and from when on.
    fn blocked(
        &self,
        course: &Course,
        contract: Option<&ContractFacts>,
        names: Option<&Names<'_>>,
        of: &OfRow<'_>,
    ) -> Option<(i64, Reason)> {
        let always = |reason| Some((i64::MIN, reason));
        let closes = |at: i64, reason| {
            let before_due = course.end.is_some() && at < course.due;
            Some((if before_due { i64::MIN } else { at }, reason))
        };
        let long = || {
            of.first_seen
                .filter(|_| course.kind == Kind::Pending)
                .map(|seen| (seen.saturating_add(PENDING), Reason::PendingLong))
        };
        let Some(contract) = contract else { return long() };
        let cancelled = match &contract.canceled {
            When::At(at) => closes(at.as_second(), Reason::Cancelled),
            When::Odd(_) => always(Reason::Cancelled),
            When::Never => None,
        };
        let unpaid = contract.valid_till.at().filter(|_| contract.auto_renew == Some(false));
        let unpaid = unpaid.and_then(|at| closes(at.as_second(), Reason::NotPaid));
        let credential = (contract.active_credentials == Some(0)).then_some((i64::MIN, Reason::NoCredential));
        let organization = contract.organization_validated == Some(false) && contract.names_an_organization();
        let organization = organization.then_some((i64::MIN, Reason::NotValidated));
        let absent = names.filter(|names| !self.lineages.names_of(self.lineage, self.rows).all(|name| names.has(name)));
        let absent = absent.map(|_| (i64::MIN, Reason::NotInContract));
        let causes = [cancelled, unpaid, credential, organization, absent, long()];
        // The first cause in this order that holds earliest.
        causes.into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// What is known of the lifetime of a row of this contract.
fn known(row: &AcmeCertificate, of: &OfRow<'_>, contract: Option<&ContractFacts>) -> Known {
    let since = contract.and_then(|contract| contract.since).map(jiff::Timestamp::as_second);
    let known_seen = of.first_seen;
    Known {
        probed: of.seen.and_then(|seen| seen.issued).map(jiff::Timestamp::as_second).filter(|_| row.serial().is_some()),
        configured: contract.and_then(|contract| contract.lifetime).map(|life| life.as_secs()),
        first_seen: known_seen,
        appeared: known_seen.zip(since).is_some_and(|(seen, since)| seen > since),
    }
}
