//! Lineages, what supersedes what, and how long each name is covered.
//!
//! A lineage is the rows of one contract with the same name set, by end. Coverage and supersession look at all rows of
//! an account.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::{
    AcmeCertificate, CertificateStatus,
    groups::Groups,
    register::{NONE, Register, Shared, alone, held},
    san::San,
    state::Proof,
};
use crate::domain::name::Name;

/// The lineages of a list of rows; rows are named by their index in it.
#[derive(Debug, Clone, Default)]
pub struct Lineages {
    /// How many are one row whose names no other set has. Their number is that of the row; nothing else is held of them.
    alone: usize,
    /// The set of each other lineage.
    set_of: Vec<u32>,
    /// The rows of each other lineage, by end.
    members: Groups,
    /// The shared names of each set, in order.
    sets: Groups,
    /// The latest-ending sound row of each set.
    newest: Vec<u32>,
    shared: Shared,
    /// The latest-ending sound row that has each shared name.
    best: Vec<u32>,
    /// The sets that have each shared name.
    postings: Groups,
}

/// Rows of a lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members<'a> {
    /// One by itself.
    One(u32),
    /// All of them, the earliest end first; rows without a readable end stand in front.
    Several(&'a [u32]),
}

impl std::ops::Deref for Members<'_> {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::One(row) => std::slice::from_ref(row),
            Self::Several(rows) => rows,
        }
    }
}

/// How long a name is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The name.
    pub name: Name,
    /// The latest end of the certificates that have it, revoked ones left out; it may have passed.
    pub until: Option<Timestamp>,
    /// The row with that end.
    pub by: Option<u32>,
    /// True when that row has it by a wildcard.
    pub wildcard: bool,
}

/// End of a row, seconds since 1970.
pub(super) fn end(row: &AcmeCertificate) -> Option<i64> {
    row.ends()
}

/// True for a certificate that was issued, is not revoked and has a readable end: it covers its names and supersedes.
/// A status that this program does not know claims nothing.
pub(super) fn is_sound(row: &AcmeCertificate) -> bool {
    use CertificateStatus::{Expired, Issued, NotRenewed, Pending, Renewed, Revoked, Unknown};
    match row.status() {
        Issued | Renewed | NotRenewed | Expired => row.ends().is_some(),
        Pending | Revoked | Unknown(_) => false,
    }
}

/// Order by end, then by what a row is; equal only for rows that say the same, so the order of a list decides nothing.
pub(super) fn by_end(a: &AcmeCertificate, b: &AcmeCertificate) -> Ordering {
    end(a)
        .cmp(&end(b))
        .then_with(|| a.expires().cmp(&b.expires()))
        .then_with(|| a.serial().cmp(&b.serial()))
        .then_with(|| a.contract().cmp(b.contract()))
        .then_with(|| a.status().cmp(b.status()))
        .then_with(|| a.domain().cmp(&b.domain()))
}

impl Lineages {
    /// Finds the lineages; also returned: the lineage of each row.
    pub(super) fn of(rows: &[AcmeCertificate]) -> (Self, Vec<u32>) {
        let Register { of_row, lineages: set_of, sets, shared } = Register::of(rows);
        let several = || of_row.iter().zip(0..).filter(|(lineage, _)| alone(**lineage).is_none());
        let members = Groups::of_pairs(|| several().map(|(lineage, row)| (*lineage, row)), set_of.len());
        let alone = of_row.len() - several().count();
        let mut this = Self { alone, set_of, members, sets, shared, ..Self::default() };
        this.arrange(rows);
        this.cover(rows);
        (this, of_row)
    }

    /// How many lineages.
    pub fn len(&self) -> usize {
        self.alone + self.set_of.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of a lineage, the earliest end first; rows without a readable end stand in front.
    pub fn rows(&self, lineage: u32) -> Members<'_> {
        alone(lineage).map_or_else(|| Members::Several(self.members.get(lineage)), Members::One)
    }

    /// The rows of each lineage; `of_row` tells the lineage of each row.
    pub(super) fn all(&self, of_row: impl Iterator<Item = u32>) -> impl Iterator<Item = Members<'_>> {
        self.several().chain(of_row.filter_map(alone).map(Members::One))
    }

    /// The rows of each lineage that is not one row whose names no other set has.
    pub(super) fn several(&self) -> impl Iterator<Item = Members<'_>> {
        (0..).zip(&self.set_of).map(|(lineage, _)| self.rows(lineage))
    }

    /// Rows that have a name or a set of names to a later end than others; `of_row` tells the lineage of each row.
    pub(super) fn latest<'a>(
        &'a self,
        of_row: impl Iterator<Item = u32> + 'a,
        rows: &'a [AcmeCertificate],
    ) -> impl Iterator<Item = (u32, &'a AcmeCertificate)> {
        let all = self.newest.iter().copied().chain(of_row.filter_map(alone));
        all.filter_map(|row| Some((row, rows.get(row as usize).filter(|found| is_sound(found))?)))
    }

    /// Coverage of each name of a lineage, by name.
    pub fn coverage(&self, lineage: u32, rows: &[AcmeCertificate]) -> Vec<Coverage> {
        let mut names: Vec<Coverage> =
            self.names_of(lineage, rows).map(|name| self.coverage_of(lineage, name, rows)).collect();
        names.sort_by(|a, b| a.name.cmp(&b.name));
        names
    }

    /// Coverage of one name of a lineage; `None` when the lineage has no such name.
    pub fn covered(&self, lineage: u32, name: San<'_>, rows: &[AcmeCertificate]) -> Option<Coverage> {
        self.names_of(lineage, rows).find(|of| *of == name).map(|name| self.coverage_of(lineage, name, rows))
    }

    fn coverage_of(&self, lineage: u32, name: San<'_>, rows: &[AcmeCertificate]) -> Coverage {
        let account = self.first(lineage, rows).map_or("", |row| row.account().as_str());
        let exact = match self.shared.number(account, name, rows) {
            Some(shared) => self.best(shared),
            None => self.own(lineage, rows),
        };
        let wildcard = self.shared.wildcard(account, name, rows).and_then(|wildcard| self.best(wildcard));
        let (by, wildcard) = covering(exact, wildcard, rows);
        let until = by.and_then(|by| rows.get(by as usize)).and_then(|row| row.expires().at());
        Coverage { name: name.to_name(), until, by, wildcard }
    }

    /// The names of a lineage, as they stand in the rows.
    pub(super) fn names_of<'a>(&self, lineage: u32, rows: &'a [AcmeCertificate]) -> impl Iterator<Item = San<'a>> {
        self.first(lineage, rows).into_iter().flat_map(held)
    }

    fn first<'a>(&self, lineage: u32, rows: &'a [AcmeCertificate]) -> Option<&'a AcmeCertificate> {
        self.rows(lineage).first().and_then(|row| rows.get(*row as usize))
    }

    /// The latest-ending sound row of the names of a lineage.
    fn own(&self, lineage: u32, rows: &[AcmeCertificate]) -> Option<u32> {
        let row = alone(lineage).or_else(|| self.newest.get(self.set(lineage)? as usize).copied())?;
        rows.get(row as usize).filter(|found| is_sound(found)).map(|_| row)
    }

    /// The latest-ending sound row that has a shared name.
    fn best(&self, name: u32) -> Option<u32> {
        self.best.get(name as usize).copied().filter(|row| *row != NONE)
    }

    /// The row that supersedes one of this lineage with this end, and how.
    pub(super) fn superseder(&self, lineage: u32, end_of_row: i64, rows: &[AcmeCertificate]) -> Option<(Proof, u32)> {
        let is_later = |row: &u32| rows.get(*row as usize).and_then(end).is_some_and(|end| end > end_of_row);
        if let Some(newest) = self.own(lineage, rows).filter(is_later) {
            return Some((Proof::SameNames, newest));
        }
        let row = self.first(lineage, rows)?;
        let account = row.account().as_str();
        let shared = self.set(lineage).map_or(0, |set| self.sets.get(set).len());
        // A name that no other set has is covered by a wildcard or not at all.
        if !self.shared.has_wildcards() && (shared == 0 || shared < held(row).count()) {
            return None;
        }
        let mut weakest: Option<(u32, bool)> = None;
        let mut names = Vec::new();
        for name in held(row) {
            let exact = if shared == 0 { None } else { self.shared.number(account, name, rows) };
            let wildcard = self.shared.wildcard(account, name, rows);
            let best = |name: Option<u32>| name.and_then(|name| self.best(name));
            let (by, is_wildcard) = covering(best(exact), best(wildcard), rows);
            let by = by.filter(is_later)?;
            names.push((exact, wildcard));
            let is_weaker = |(weak, _): (u32, bool)| match (rows.get(by as usize), rows.get(weak as usize)) {
                (Some(by), Some(weak)) => by_end(by, weak).is_lt(),
                _ => false,
            };
            weakest = if weakest.is_none_or(is_weaker) { Some((by, is_wildcard)) } else { weakest };
        }
        let (by, is_wildcard) = weakest?;
        if names.len() == 1 {
            return Some((if is_wildcard { Proof::Wildcard } else { Proof::Wider }, by));
        }
        self.one_for_all(&names, end_of_row, rows).or(Some((Proof::Several, by)))
    }

    /// The latest-ending row of another set that has all these names, each given by its number and that of its wildcard.
    fn one_for_all(
        &self,
        names: &[(Option<u32>, Option<u32>)],
        end_of_row: i64,
        rows: &[AcmeCertificate],
    ) -> Option<(Proof, u32)> {
        let sets_with = |name: Option<u32>| name.map_or(&[][..], |name| self.postings.get(name));
        let rarest = names.iter().min_by_key(|(exact, wild)| sets_with(*exact).len() + sets_with(*wild).len())?;
        let mut found: Option<(Proof, u32)> = None;
        for set in sets_with(rarest.0).iter().chain(sets_with(rarest.1)) {
            let Some(row) = self.newest.get(*set as usize).copied().filter(|row| *row != NONE) else { continue };
            let Some(certificate) = rows.get(row as usize) else { continue };
            let is_better = found
                .and_then(|(_, best)| rows.get(best as usize))
                .is_none_or(|best| by_end(certificate, best).is_gt());
            if end(certificate).is_some_and(|end| end > end_of_row)
                && is_better
                && let Some(proof) = has_all(self.sets.get(*set), names)
            {
                found = Some((proof, row));
            }
        }
        found
    }

    fn set(&self, lineage: u32) -> Option<u32> {
        self.set_of.get(lineage as usize).copied()
    }

    /// Orders the rows of each lineage, and finds the newest sound row of each set.
    fn arrange(&mut self, rows: &[AcmeCertificate]) {
        self.newest = vec![NONE; self.sets.len()];
        for (lineage, set) in (0..).zip(&self.set_of) {
            let members = self.members.get_mut(lineage);
            if members.len() > 1 {
                members.sort_by(|a, b| match (rows.get(*a as usize), rows.get(*b as usize)) {
                    (Some(a), Some(b)) => by_end(a, b),
                    _ => Ordering::Equal,
                });
            }
            let sound = |row: &&u32| rows.get(**row as usize).is_some_and(is_sound);
            let newest = members.iter().rev().find(sound).copied();
            if let (Some(slot), Some(newest)) = (self.newest.get_mut(*set as usize), newest) {
                *slot = later(*slot, newest, rows);
            }
        }
    }

    /// Finds the newest row of each shared name, and the sets that have it.
    fn cover(&mut self, rows: &[AcmeCertificate]) {
        let (count, sets) = (self.shared.len(), &self.sets);
        let pairs = || (0..).zip(&self.newest).flat_map(|(set, _)| sets.get(set).iter().map(move |name| (*name, set)));
        self.best = vec![NONE; count];
        for (name, set) in pairs() {
            let newest = self.newest.get(set as usize).copied().filter(|row| *row != NONE);
            if let (Some(best), Some(newest)) = (self.best.get_mut(name as usize), newest) {
                *best = later(*best, newest, rows);
            }
        }
        self.postings = Groups::of_pairs(pairs, count);
    }
}

/// The latest-ending of two rows, one with the name itself and one with its wildcard, the first where they end together;
/// true for the second.
pub(super) fn covering(exact: Option<u32>, wildcard: Option<u32>, rows: &[AcmeCertificate]) -> (Option<u32>, bool) {
    let ends = |row: Option<u32>| row.and_then(|row| rows.get(row as usize)).and_then(end);
    if ends(wildcard) > ends(exact) { (wildcard, true) } else { (exact, false) }
}

/// Whether the names of a set, which are sorted, cover others.
fn has_all(set: &[u32], names: &[(Option<u32>, Option<u32>)]) -> Option<Proof> {
    let has = |name: &Option<u32>| name.is_some_and(|name| set.binary_search(&name).is_ok());
    let mut proof = Proof::Wider;
    for (exact, wildcard) in names {
        if has(exact) {
            continue;
        }
        if !has(wildcard) {
            return None;
        }
        proof = Proof::Wildcard;
    }
    Some(proof)
}

/// The row that ends later; [`NONE`] is no row.
pub(super) fn later(a: u32, b: u32, rows: &[AcmeCertificate]) -> u32 {
    match (rows.get(a as usize), rows.get(b as usize)) {
        (Some(first), Some(second)) => {
            if by_end(first, second).is_lt() {
                b
            } else {
                a
            }
        }
        (None, _) => b,
        (_, None) => a,
    }
}
