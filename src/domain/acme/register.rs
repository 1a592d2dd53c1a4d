//! Name sets, names and lineages of a list as small numbers, so that a million rows are compared as integers.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash as _, Hasher as _},
};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::{AcmeCertificate, groups::Groups, san::San};

/// No number.
pub(super) const NONE: u32 = u32::MAX;
/// A lineage of one row whose names no other set has: the rest of its number is the row.
const ALONE: u32 = 1 << 31;
/// Places of a [`Sketch`] for each set.
const PLACES: usize = 16;

/// A name of an account: where it stands in the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    row: u32,
    /// Which of [`held`].
    at: u32,
}

/// The names of a row: its domain where it lists none.
pub(super) fn held(row: &AcmeCertificate) -> impl Iterator<Item = San<'_>> {
    let names = row.names();
    let only = Some(row.domain()).filter(|domain| names.is_empty() && !domain.as_str().is_empty());
    only.map(San::from).into_iter().chain(names)
}

/// The row of a lineage that is one row by itself.
pub(super) const fn alone(lineage: u32) -> Option<u32> {
    if lineage & ALONE == 0 || lineage == NONE { None } else { Some(lineage & !ALONE) }
}

/// Names that several sets of an account have, and wildcards, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    hasher: RandomState,
    /// By their account and text, which stand in the rows.
    numbers: HashTable<u32>,
    places: Vec<Place>,
    has_wildcards: bool,
}

impl Shared {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether one of them is a wildcard.
    pub(super) const fn has_wildcards(&self) -> bool {
        self.has_wildcards
    }

    /// The number of a name.
    pub(super) fn number(&self, account: &str, name: San<'_>, rows: &[AcmeCertificate]) -> Option<u32> {
        self.find(hash(&self.hasher, account, name), |there| there == (account, name), rows)
    }

    /// The number of the wildcard that covers a name.
    pub(super) fn wildcard(&self, account: &str, name: San<'_>, rows: &[AcmeCertificate]) -> Option<u32> {
        let base = name.base().filter(|_| self.has_wildcards)?;
        let is = |(of, wildcard): (&str, San<'_>)| of == account && wildcard.below() == Some(base);
        let hash = hash_labels(&self.hasher, account, std::iter::once("*").chain(base.labels()));
        self.find(hash, is, rows).filter(|_| name.problem().is_none())
    }

    fn find(&self, hash: u64, is: impl Fn((&str, San<'_>)) -> bool, rows: &[AcmeCertificate]) -> Option<u32> {
        let there = |id: u32| self.places.get(id as usize).and_then(|place| place.name(rows));
        self.numbers.find(hash, |id| there(*id).is_some_and(&is)).copied()
    }

    /// The number of a name, a new one if it has none.
    fn take(&mut self, hash: u64, account: &str, name: San<'_>, place: Place, rows: &[AcmeCertificate]) -> u32 {
        if let Some(known) = self.find(hash, |there| there == (account, name), rows) {
            return known;
        }
        let number = number(self.places.len());
        let Self { hasher, numbers, places, .. } = self;
        numbers.insert_unique(hash, number, |id| hash_at(hasher, places, *id, rows));
        self.places.push(place);
        number
    }

    /// Keeps those that `wanted` says, in their order; their new numbers, and [`NONE`] for the others.
    fn retain(&mut self, wanted: impl Fn(u32, bool) -> bool, rows: &[AcmeCertificate]) -> Vec<u32> {
        let mut kept = Vec::new();
        let mut renumber = |(number, place): (u32, &Place)| {
            let is_wildcard = place.name(rows).is_some_and(|(_, name)| name.is_wildcard());
            self.has_wildcards |= is_wildcard;
            if !wanted(number, is_wildcard) {
                return NONE;
            }
            kept.push(*place);
            u32::try_from(kept.len() - 1).unwrap_or(NONE)
        };
        let new: Vec<u32> = (0..).zip(&self.places).map(&mut renumber).collect();
        self.numbers.retain(|number| {
            *number = new.get(*number as usize).copied().unwrap_or(NONE);
            *number != NONE
        });
        kept.shrink_to_fit();
        self.places = kept;
        let Self { hasher, numbers, places, .. } = self;
        numbers.shrink_to_fit(|id| hash_at(hasher, places, *id, rows));
        new
    }
}

fn hash_at(hasher: &RandomState, places: &[Place], id: u32, rows: &[AcmeCertificate]) -> u64 {
    let name = places.get(id as usize).and_then(|place| place.name(rows));
    name.map_or(0, |(account, name)| hash(hasher, account, name))
}

fn hash(hasher: &RandomState, account: &str, name: San<'_>) -> u64 {
    hash_labels(hasher, account, name.labels())
}

fn hash_labels<'a>(hasher: &RandomState, account: &str, labels: impl Iterator<Item = &'a str>) -> u64 {
    let mut state = hasher.build_hasher();
    account.hash(&mut state);
    labels.for_each(|label| label.hash(&mut state));
    state.finish()
}

impl Place {
    /// The account and the name that stands here.
    fn name(self, rows: &[AcmeCertificate]) -> Option<(&str, San<'_>)> {
        let row = rows.get(self.row as usize)?;
        Some((row.account().as_str(), held(row).nth(self.at as usize)?))
    }
}

/// Which hashes were seen once and which again. Of those seen again some were not: they share a place with others.
struct Sketch {
    once: Vec<u64>,
    again: Vec<u64>,
}

impl Sketch {
    fn new(sets: usize) -> Self {
        let words = (sets * PLACES / 64).next_power_of_two();
        Self { once: vec![0; words], again: vec![0; words] }
    }

    fn see(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        if let (Some(once), Some(again)) = (self.once.get_mut(word), self.again.get_mut(word)) {
            *again |= *once & bit;
            *once |= bit;
        }
    }

    fn saw_again(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.again.get(word).is_some_and(|again| again & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let mask = self.once.len() - 1;
        (usize::try_from(hash >> 6 & mask as u64).unwrap_or_default(), 1 << (hash & 63))
    }
}

/// Numbers given to the rows of a list.
pub(super) struct Register {
    /// The lineage of each row: one of `lineages`, or the row [`alone`].
    pub(super) of_row: Vec<u32>,
    /// The set of each lineage of several rows, or whose names others have too.
    pub(super) lineages: Vec<u32>,
    /// The shared names of each set of these, in order.
    pub(super) sets: Groups,
    /// Names that several sets of an account have, and wildcards.
    pub(super) shared: Shared,
}

impl Register {
    /// Numbers all rows.
    ///
    /// A set stands for the rows of an account that have the same names. Most names are those of one set; only the others
    /// are numbered, as are the sets of several rows or with such names.
    pub(super) fn of(rows: &[AcmeCertificate]) -> Self {
        let mut shared = Shared::default();
        let (mut of_row, firsts) = sets(rows, &shared.hasher);
        let mut sets = name(rows, &firsts, &mut shared);
        drop(firsts);
        let mut several = vec![0_u8; sets.len()];
        for set in &of_row {
            if let Some(rows) = several.get_mut(*set as usize) {
                *rows = rows.saturating_add(1);
            }
        }
        let kept = keep(&mut sets, &mut shared, &several, rows);
        drop(several);
        for set in &mut of_row {
            *set = kept.get(*set as usize).copied().unwrap_or(NONE);
        }
        drop(kept);
        let lineages = lineages(rows, &mut of_row, sets.len());
        Self { of_row, lineages, sets, shared }
    }
}

/// The set of each row, and the first row of each set.
fn sets(rows: &[AcmeCertificate], hasher: &RandomState) -> (Vec<u32>, Vec<u32>) {
    let hash = |row: &AcmeCertificate| {
        let mut state = hasher.build_hasher();
        row.account().as_str().hash(&mut state);
        held(row).for_each(|name| name.hash(&mut state));
        state.finish()
    };
    let (mut of_row, mut firsts) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut known: HashTable<u32> = HashTable::new();
    for (index, row) in (0..).zip(rows) {
        let next = number(firsts.len());
        // Rows without any name are each a set.
        let is_named = held(row).next().is_some();
        let first = |set: &u32| firsts.get(*set as usize).and_then(|first: &u32| rows.get(*first as usize));
        let same =
            |set: &u32| first(set).is_some_and(|first| first.account() == row.account() && held(first).eq(held(row)));
        let set = if is_named {
            *known.entry(hash(row), same, |set| first(set).map_or(0, hash)).or_insert(next).get()
        } else {
            next
        };
        if set == next {
            firsts.push(index);
        }
        of_row.push(set);
    }
    (of_row, firsts)
}

/// Numbers the names that several of these sets may have, and wildcards; those of each set.
fn name(rows: &[AcmeCertificate], firsts: &[u32], shared: &mut Shared) -> Groups {
    let first = |index: &u32| rows.get(*index as usize).map(|row| (*index, row));
    let mut sketch = Sketch::new(firsts.len());
    for (_, row) in firsts.iter().filter_map(first) {
        let account = row.account().as_str();
        held(row).for_each(|name| sketch.see(hash(&shared.hasher, account, name)));
    }
    let mut sets = Groups::default();
    let mut numbers = Vec::new();
    for (index, row) in firsts.iter().filter_map(first) {
        let account = row.account().as_str();
        numbers.clear();
        for (at, name) in (0..).zip(held(row)) {
            let hash = hash(&shared.hasher, account, name);
            if sketch.saw_again(hash) || name.is_wildcard() {
                numbers.push(shared.take(hash, account, name, Place { row: index, at }, rows));
            }
        }
        sets.push(&numbers);
    }
    sets
}

/// Leaves out names that one set has, and sets that no other has a name of and that are one row; the new number of each
/// set, and [`NONE`] for the others. `several` are the rows of each.
fn keep(sets: &mut Groups, shared: &mut Shared, several: &[u8], rows: &[AcmeCertificate]) -> Vec<u32> {
    let mut times = vec![0_u8; shared.len()];
    for number in sets.items() {
        if let Some(times) = times.get_mut(*number as usize) {
            *times = times.saturating_add(1);
        }
    }
    let is_wanted =
        |number: u32, is_wildcard: bool| is_wildcard || times.get(number as usize).is_some_and(|times| *times > 1);
    let numbers = shared.retain(is_wanted, rows);
    let mut kept = Groups::default();
    let mut own = Vec::new();
    let new = (0..number(sets.len())).zip(several).map(|(set, rows)| {
        own.clear();
        let number = |old: &u32| numbers.get(*old as usize).copied().filter(|number| *number != NONE);
        own.extend(sets.get(set).iter().filter_map(number));
        own.sort_unstable();
        if own.is_empty() && *rows < 2 { NONE } else { kept.push(&own) }
    });
    let new = new.collect();
    kept.shrink();
    *sets = kept;
    new
}

/// Turns the set of each row into its lineage; the sets of the lineages.
fn lineages(rows: &[AcmeCertificate], of_row: &mut [u32], sets: usize) -> Vec<u32> {
    // The first lineage of each set; those of other contracts are in `others`.
    let mut first = vec![(NONE, NONE); sets];
    let mut others: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
    let mut contracts: HashMap<(&str, &str), u32, RandomState> = HashMap::default();
    let mut last = None;
    let mut lineages = Vec::new();
    for ((index, row), of) in (0..).zip(rows).zip(of_row) {
        let Some(first) = first.get_mut(*of as usize) else {
            *of = ALONE | index;
            continue;
        };
        let key = (row.account().as_str(), row.contract().as_str());
        let contract = match last {
            Some((of_last, contract)) if of_last == key => contract,
            _ => {
                let next = number(contracts.len());
                *contracts.entry(key).or_insert(next)
            }
        };
        last = Some((key, contract));
        let next = number(lineages.len());
        let lineage = if first.0 == NONE {
            *first = (contract, next);
            next
        } else if first.0 == contract {
            first.1
        } else {
            *others.entry((contract, *of)).or_insert(next)
        };
        if lineage == next {
            lineages.push(*of);
        }
        *of = lineage;
    }
    lineages.shrink_to_fit();
    lineages
}

/// Rows and names are counted in 31 bits: a list of more would not fit into memory.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}
