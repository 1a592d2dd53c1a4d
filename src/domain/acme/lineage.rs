//! Lineages, what supersedes what, and how long each name is covered.
//!
//! A lineage is the rows of one contract with the same name set, by end. Coverage and supersession look at all rows of
//! an account.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::{
    AcmeCertificate, CertificateStatus,
    groups::Groups,
    register::{Lineage, NONE, Place, Register},
    state::Proof,
};
use crate::domain::{
    ids::AccountId,
    name::{Name, NameRef},
};

/// The lineages of a list of rows; rows are named by their index in it.
#[derive(Debug, Clone, Default)]
pub struct Lineages {
    all: Vec<Lineage>,
    /// A row of each contract.
    scope_rows: Vec<u32>,
    /// Rows of each lineage, by end.
    members: Groups,
    /// Names of each set.
    sets: Groups,
    /// The latest-ending sound row of each set.
    newest: Vec<u32>,
    places: Vec<Place>,
    /// The latest-ending sound row that has each name.
    best: Vec<u32>,
    /// The wildcard that covers each name; empty where there is none.
    wild: Vec<u32>,
    /// Names that several sets have, and wildcards, in order.
    shared: Vec<u32>,
    /// The sets of several names, and of wildcards, that have each of these.
    postings: Groups,
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
        let mut register = Register::of(rows);
        // They grew row by row, and stay as long as the rows do.
        register.lineages.shrink_to_fit();
        register.places.shrink_to_fit();
        register.sets.shrink();
        let mut this = Self {
            members: Groups::by(&register.of_row, register.lineages.len()),
            all: std::mem::take(&mut register.lineages),
            scope_rows: std::mem::take(&mut register.scope_rows),
            sets: std::mem::take(&mut register.sets),
            wild: register.wildcards(rows),
            places: std::mem::take(&mut register.places),
            ..Self::default()
        };
        let of_row = register.of_row;
        this.arrange(rows);
        this.cover(rows);
        this.post();
        (this, of_row)
    }

    /// How many lineages.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Rows of a lineage, the earliest end first; rows without a readable end stand in front.
    pub fn rows(&self, lineage: u32) -> &[u32] {
        self.members.get(lineage)
    }

    /// Coverage of each name of a lineage, by name.
    pub fn coverage(&self, lineage: u32, rows: &[AcmeCertificate]) -> Vec<Coverage> {
        let mut names: Vec<Coverage> =
            self.names(lineage).iter().filter_map(|place| self.coverage_of(*place, rows)).collect();
        names.sort_by(|a, b| a.name.cmp(&b.name));
        names
    }

    /// Coverage of one name of a lineage; `None` when the lineage has no such name.
    pub fn covered(&self, lineage: u32, name: NameRef<'_>, rows: &[AcmeCertificate]) -> Option<Coverage> {
        let has = |place: &&u32| self.places.get(**place as usize).and_then(|place| place.name(rows)) == Some(name);
        self.names(lineage).iter().find(has).and_then(|place| self.coverage_of(*place, rows))
    }

    fn coverage_of(&self, place: u32, rows: &[AcmeCertificate]) -> Option<Coverage> {
        let name = self.places.get(place as usize)?.name(rows)?.to_name();
        let (by, wildcard) = self.covering(Some(place), self.wild_of(place), rows);
        let until = by.and_then(|by| rows.get(by as usize)).and_then(|row| row.expires().at());
        Some(Coverage { name, until, by, wildcard })
    }

    /// A row of each contract, by the number of the contract.
    pub(super) fn scope_rows(&self) -> &[u32] {
        &self.scope_rows
    }

    /// All names of the rows with their accounts, by number.
    pub(super) fn names_of_accounts<'a>(
        &self,
        rows: &'a [AcmeCertificate],
    ) -> impl Iterator<Item = (u32, (&'a AccountId, NameRef<'a>))> {
        let of = move |place: &Place| Some((rows.get(place.row as usize)?.account(), place.name(rows)?));
        (0..).zip(&self.places).filter_map(move |(number, place)| Some((number, of(place)?)))
    }

    /// The contract of a lineage, by number.
    pub(super) fn scope(&self, lineage: u32) -> u32 {
        self.all.get(lineage as usize).map_or(NONE, |lineage| lineage.scope)
    }

    /// The names of a lineage, as they stand in the rows.
    pub(super) fn names_of<'a>(&self, lineage: u32, rows: &'a [AcmeCertificate]) -> impl Iterator<Item = NameRef<'a>> {
        self.names(lineage).iter().filter_map(|name| self.places.get(*name as usize)?.name(rows))
    }

    /// The latest-ending sound row of two name numbers, the exact one first where they end together; true for the second.
    pub(super) fn covering(
        &self,
        exact: Option<u32>,
        wildcard: Option<u32>,
        rows: &[AcmeCertificate],
    ) -> (Option<u32>, bool) {
        let best = |name: Option<u32>| self.best.get(name? as usize).copied().filter(|row| *row != NONE);
        let (exact, wildcard) = (best(exact), best(wildcard));
        let second = |row: Option<u32>| row.and_then(|row| rows.get(row as usize)).and_then(end);
        if second(wildcard) > second(exact) { (wildcard, true) } else { (exact, false) }
    }

    /// The row that supersedes one of this lineage with this end, and how.
    pub(super) fn superseder(&self, lineage: u32, end_of_row: i64, rows: &[AcmeCertificate]) -> Option<(Proof, u32)> {
        let set = self.all.get(lineage as usize)?.set;
        let ends = |row: u32| rows.get(row as usize).and_then(end);
        let is_later = |row: u32| ends(row).is_some_and(|end| end > end_of_row);
        let newest = self.newest.get(set as usize).copied().unwrap_or(NONE);
        if newest != NONE && is_later(newest) {
            return Some((Proof::SameNames, newest));
        }
        let names = self.names(lineage);
        let mut weakest: Option<u32> = None;
        for name in names {
            let (by, wildcard) = self.covering(Some(*name), self.wild_of(*name), rows);
            let by = by.filter(|by| is_later(*by))?;
            if names.len() == 1 {
                return Some((if wildcard { Proof::Wildcard } else { Proof::Wider }, by));
            }
            let is_weaker = |weak: u32| match (rows.get(by as usize), rows.get(weak as usize)) {
                (Some(by), Some(weak)) => by_end(by, weak).is_lt(),
                _ => false,
            };
            weakest = if weakest.is_none_or(is_weaker) { Some(by) } else { weakest };
        }
        self.one_for_all(names, end_of_row, rows).or(weakest.map(|row| (Proof::Several, row)))
    }

    /// The latest-ending row of another set that has all these names.
    fn one_for_all(&self, names: &[u32], end_of_row: i64, rows: &[AcmeCertificate]) -> Option<(Proof, u32)> {
        let sets_with = |name: &u32| {
            let wild = self.wild_of(*name).map_or(&[][..], |wild| self.sets_of(wild));
            (self.sets_of(*name), wild)
        };
        let rarest = names.iter().min_by_key(|name| {
            let (exact, wild) = sets_with(name);
            exact.len() + wild.len()
        })?;
        let (exact, wild) = sets_with(rarest);
        let mut found: Option<(Proof, u32)> = None;
        for set in exact.iter().chain(wild) {
            let Some(row) = self.newest.get(*set as usize).copied().filter(|row| *row != NONE) else { continue };
            let Some(certificate) = rows.get(row as usize) else { continue };
            let is_better = found
                .and_then(|(_, best)| rows.get(best as usize))
                .is_none_or(|best| by_end(certificate, best).is_gt());
            if end(certificate).is_some_and(|end| end > end_of_row)
                && is_better
                && let Some(proof) = self.has_all(self.sets.get(*set), names)
            {
                found = Some((proof, row));
            }
        }
        found
    }

    /// Whether the names of a set cover others; both sorted.
    fn has_all(&self, set: &[u32], names: &[u32]) -> Option<Proof> {
        let has = |name: u32| set.binary_search(&name).is_ok();
        let mut proof = Proof::Wider;
        for name in names {
            if has(*name) {
                continue;
            }
            if !self.wild_of(*name).is_some_and(has) {
                return None;
            }
            proof = Proof::Wildcard;
        }
        Some(proof)
    }

    fn names(&self, lineage: u32) -> &[u32] {
        self.all.get(lineage as usize).map_or(&[], |lineage| self.sets.get(lineage.set))
    }

    /// The sets that have a name beside others, if several do or it is a wildcard.
    fn sets_of(&self, name: u32) -> &[u32] {
        let at = self.shared.binary_search(&name).ok().and_then(|at| u32::try_from(at).ok());
        at.map_or(&[], |at| self.postings.get(at))
    }

    fn wild_of(&self, name: u32) -> Option<u32> {
        self.wild.get(name as usize).copied().filter(|wild| *wild != NONE)
    }

    /// Orders the rows of each lineage, and finds the newest sound row of each set.
    fn arrange(&mut self, rows: &[AcmeCertificate]) {
        self.newest = vec![NONE; self.sets.len()];
        for (lineage, of) in (0..).zip(&self.all) {
            let members = self.members.get_mut(lineage);
            if members.len() > 1 {
                members.sort_by(|a, b| match (rows.get(*a as usize), rows.get(*b as usize)) {
                    (Some(a), Some(b)) => by_end(a, b),
                    _ => Ordering::Equal,
                });
            }
            let sound = |row: &&u32| rows.get(**row as usize).is_some_and(is_sound);
            let newest = members.iter().rev().find(sound).copied();
            if let (Some(slot), Some(newest)) = (self.newest.get_mut(of.set as usize), newest) {
                *slot = later(*slot, newest, rows);
            }
        }
    }

    /// Finds the newest row of each name.
    fn cover(&mut self, rows: &[AcmeCertificate]) {
        self.best = vec![NONE; self.places.len()];
        for (set, newest) in (0..).zip(&self.newest) {
            if *newest == NONE {
                continue;
            }
            for name in self.sets.get(set) {
                if let Some(best) = self.best.get_mut(*name as usize) {
                    *best = later(*best, *newest, rows);
                }
            }
        }
    }

    /// Finds which sets may have several names at once.
    fn post(&mut self) {
        let sets = &self.sets;
        let wildcards: std::collections::HashSet<u32> =
            self.wild.iter().copied().filter(|name| *name != NONE).collect();
        let matters = |names: &[u32]| names.len() > 1 || names.first().is_some_and(|name| wildcards.contains(name));
        let count = u32::try_from(sets.len()).unwrap_or(NONE);
        let pairs = || {
            let of_set = |set: u32| sets.get(set).iter().map(move |name| (*name, set));
            (0..count).filter(|set| matters(sets.get(*set))).flat_map(of_set)
        };
        // How many sets have each name, and then its place among those that count.
        let mut places = vec![0_u32; self.places.len()];
        for (name, _) in pairs() {
            if let Some(times) = places.get_mut(name as usize) {
                *times += 1;
            }
        }
        for (name, place) in (0..).zip(&mut places) {
            let counts = *place > 1 || (*place > 0 && wildcards.contains(&name));
            *place = if counts { u32::try_from(self.shared.len()).unwrap_or(NONE) } else { NONE };
            if counts {
                self.shared.push(name);
            }
        }
        self.shared.shrink_to_fit();
        let place_of = |name: u32| places.get(name as usize).copied().filter(|place| *place != NONE);
        let counted = || pairs().filter_map(|(name, set)| Some((place_of(name)?, set)));
        self.postings = Groups::of_pairs(counted, self.shared.len());
    }
}

/// The row that ends later; [`NONE`] is no row.
fn later(a: u32, b: u32, rows: &[AcmeCertificate]) -> u32 {
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
