//! Names, name sets and lineages of a list as small numbers, so that a million rows are compared as integers.

use std::{collections::HashMap, hash::BuildHasher as _};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::{AcmeCertificate, groups::Groups};
use crate::domain::name::NameRef;

/// No number.
pub(super) const NONE: u32 = u32::MAX;

/// A name of an account: where it stands in the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) row: u32,
    /// Which name of the row; [`NONE`] for its domain, where it has no names.
    at: u32,
}

/// Rows of one contract with the same name set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lineage {
    pub(super) scope: u32,
    pub(super) set: u32,
}

/// Numbers given in one pass over the rows. Names are numbered by account, so a set belongs to one account too.
#[derive(Default)]
pub(super) struct Register<'a> {
    rows: &'a [AcmeCertificate],
    hasher: RandomState,
    scopes: HashMap<(&'a str, &'a str), u32>,
    /// Names by their account and text, which stand in the rows.
    names: HashTable<u32>,
    /// By account and what follows the `*.`.
    wildcards: HashMap<(&'a str, &'a str), u32>,
    single: Vec<u32>,
    /// Sets of more than one name, which stand in `sets`.
    several: HashTable<u32>,
    /// The first lineage of each set; those of other contracts are in `others`.
    first: Vec<(u32, u32)>,
    others: HashMap<(u32, u32), u32>,
    last: Option<(&'a str, &'a str, u32)>,
    scratch: Vec<u32>,
    /// A row of each contract.
    pub(super) scope_rows: Vec<u32>,
    /// Where each name stands.
    pub(super) places: Vec<Place>,
    /// The names of each set, by number.
    pub(super) sets: Groups,
    /// All lineages.
    pub(super) lineages: Vec<Lineage>,
    /// The lineage of each row.
    pub(super) of_row: Vec<u32>,
}

impl<'a> Register<'a> {
    /// Numbers all rows.
    pub(super) fn of(rows: &'a [AcmeCertificate]) -> Self {
        let mut register = Self { rows, ..Self::default() };
        register.of_row.reserve_exact(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let index = number(index);
            let scope = register.scope(row, index);
            let set = register.set(row, index);
            let lineage = register.lineage(scope, set);
            register.of_row.push(lineage);
        }
        register
    }

    /// For each name the number of the wildcard that covers it, or [`NONE`]; nothing where there is no wildcard.
    pub(super) fn wildcards(&self, rows: &'a [AcmeCertificate]) -> Vec<u32> {
        if self.wildcards.is_empty() {
            return Vec::new();
        }
        let of = |place: &Place| {
            let row = rows.get(place.row as usize)?;
            self.wildcard(row.account().as_str(), place.name(rows)?)
        };
        self.places.iter().map(|place| of(place).unwrap_or(NONE)).collect()
    }

    fn wildcard(&self, account: &str, name: NameRef<'_>) -> Option<u32> {
        if self.wildcards.is_empty() {
            return None;
        }
        let base = base(name)?;
        self.wildcards.get(&(account, base)).copied().filter(|_| name.problem().is_none())
    }

    fn scope(&mut self, row: &'a AcmeCertificate, index: u32) -> u32 {
        let (account, contract) = (row.account().as_str(), row.contract().as_str());
        if let Some((a, c, scope)) = self.last
            && (a, c) == (account, contract)
        {
            return scope;
        }
        let scope_rows = &mut self.scope_rows;
        let scope = *self.scopes.entry((account, contract)).or_insert_with(|| {
            scope_rows.push(index);
            number(scope_rows.len() - 1)
        });
        self.last = Some((account, contract, scope));
        scope
    }

    fn set(&mut self, row: &'a AcmeCertificate, index: u32) -> u32 {
        let account = row.account().as_str();
        let names = row.names();
        match (names.iter().next(), names.len()) {
            (None, _) if row.domain().as_str().is_empty() => self.new_set(&[]),
            (None, _) => {
                let name = self.name(account, row.domain(), Place { row: index, at: NONE });
                self.single(name)
            }
            (Some(name), 1) => {
                let name = self.name(account, name, Place { row: index, at: 0 });
                self.single(name)
            }
            (Some(_), _) => {
                let mut ids = std::mem::take(&mut self.scratch);
                ids.clear();
                for (at, name) in names.iter().enumerate() {
                    ids.push(self.name(account, name, Place { row: index, at: number(at) }));
                }
                ids.sort_unstable();
                let set = self.several(&ids);
                self.scratch = ids;
                set
            }
        }
    }

    fn name(&mut self, account: &'a str, name: NameRef<'a>, place: Place) -> u32 {
        let hash = self.hash(account, name);
        if let Some(id) = self.known(hash, account, name) {
            return id;
        }
        let id = number(self.places.len());
        let Self { names, places, rows, hasher, .. } = self;
        names.insert_unique(hash, id, |id| {
            let text = places.get(*id as usize).and_then(|place| place.text(rows));
            text.map_or(0, |text| hasher.hash_one(text))
        });
        self.places.push(place);
        self.single.push(NONE);
        if let Some(base) = name.as_str().strip_prefix("*.") {
            self.wildcards.insert((account, base), id);
        }
        id
    }

    fn hash(&self, account: &str, name: NameRef<'_>) -> u64 {
        self.hasher.hash_one((account, name.as_str()))
    }

    fn known(&self, hash: u64, account: &str, name: NameRef<'_>) -> Option<u32> {
        let text = |id: u32| self.places.get(id as usize).and_then(|place| place.text(self.rows));
        self.names.find(hash, |id| text(*id) == Some((account, name.as_str()))).copied()
    }

    fn several(&mut self, ids: &[u32]) -> u32 {
        let hash = self.hasher.hash_one(ids);
        if let Some(set) = self.several.find(hash, |set| self.sets.get(*set) == ids) {
            return *set;
        }
        let set = self.new_set(ids);
        let Self { several, sets, hasher, .. } = self;
        several.insert_unique(hash, set, |set| hasher.hash_one(sets.get(*set)));
        set
    }

    fn single(&mut self, name: u32) -> u32 {
        match self.single.get(name as usize).copied() {
            Some(set) if set != NONE => set,
            _ => {
                let set = self.new_set(&[name]);
                if let Some(slot) = self.single.get_mut(name as usize) {
                    *slot = set;
                }
                set
            }
        }
    }

    fn new_set(&mut self, ids: &[u32]) -> u32 {
        self.first.push((NONE, NONE));
        self.sets.push(ids)
    }

    fn lineage(&mut self, scope: u32, set: u32) -> u32 {
        let next = number(self.lineages.len());
        let found = match self.first.get_mut(set as usize) {
            Some(first) if first.0 == NONE => {
                *first = (scope, next);
                next
            }
            Some(first) if first.0 == scope => first.1,
            _ => *self.others.entry((scope, set)).or_insert(next),
        };
        if found == next {
            self.lineages.push(Lineage { scope, set });
        }
        found
    }
}

impl Place {
    /// The account and the text of the name that stands here.
    fn text(self, rows: &[AcmeCertificate]) -> Option<(&str, &str)> {
        let row = rows.get(self.row as usize)?;
        Some((row.account().as_str(), self.name(rows)?.as_str()))
    }

    /// The name that stands here.
    pub(super) fn name(self, rows: &[AcmeCertificate]) -> Option<NameRef<'_>> {
        let row = rows.get(self.row as usize)?;
        if self.at == NONE { Some(row.domain()) } else { row.names().iter().nth(self.at as usize) }
    }
}

/// What follows the first label of a name that a wildcard may cover: `*.x` covers one label below x, and not x.
pub(super) fn base(name: NameRef<'_>) -> Option<&str> {
    let (label, base) = name.as_str().split_once('.')?;
    (label != "*").then_some(base)
}

/// Rows and names are counted in 32 bits: a list of more would not fit into memory.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}
