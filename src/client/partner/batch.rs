//! Rows on their way from the thread that decodes them to the list that keeps them, where each is told once.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};

use crate::domain::{
    acme::{AcmeCertificate, CertificateRecord, Names, Packer, PlainRecord},
    ids::{AccountId, ContractId},
    name::NameRef,
    serial::SerialRef,
};

/// Some rows, and half of the hash of what tells each from the others; none for a row that nothing does.
#[derive(Debug)]
pub struct Batch {
    rows: Vec<AcmeCertificate>,
    hashes: Vec<Option<u32>>,
}

/// Rows that become a batch. All of a list have the same hasher.
pub struct Gathering {
    packer: Packer,
    hashes: Vec<Option<u32>>,
    hasher: RandomState,
}

/// The rows of one contract.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Rows, without duplicates.
    pub rows: Vec<AcmeCertificate>,
    /// Duplicates that were dropped.
    pub dropped: usize,
    /// Places of rows, by what tells them apart.
    seen: HashTable<Seen>,
}

/// Where a row is, and the half of its hash: the table grows without a look at the rows.
#[derive(Debug)]
struct Seen {
    at: u32,
    hash: u32,
}

/// What tells a row from the others of its contract.
#[derive(PartialEq)]
struct Mark<'a> {
    serial: Option<SerialRef<'a>>,
    domain: NameRef<'a>,
    /// Of a row without a serial.
    names: Option<Names<'a>>,
}

impl<'a> Mark<'a> {
    /// The same serial under another name is odd, but no repetition: no name is lost.
    fn new(serial: Option<SerialRef<'a>>, domain: NameRef<'a>, names: Names<'a>) -> Self {
        Self { serial, domain, names: serial.is_none().then_some(names) }
    }

    fn of(row: &'a AcmeCertificate) -> Self {
        Self::new(row.serial(), row.domain(), row.names())
    }

    fn hash(&self, hasher: &RandomState) -> u32 {
        let mut hasher = hasher.build_hasher();
        self.serial.hash(&mut hasher);
        self.domain.hash(&mut hasher);
        self.names.into_iter().flatten().for_each(|name| name.hash(&mut hasher));
        (hasher.finish() >> 32) as u32
    }
}

impl Batch {
    /// How many rows.
    pub const fn len(&self) -> usize {
        self.hashes.len()
    }
}

impl Gathering {
    /// None yet.
    pub fn new(hasher: RandomState) -> Self {
        Self { packer: Packer::default(), hashes: Vec::new(), hasher }
    }

    /// How many rows.
    pub const fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Adds a record.
    pub fn add(&mut self, record: CertificateRecord) {
        let serial = record.serial.as_ref().map(SerialRef::from);
        // Nothing tells a row without serial and name from another bad one; each is kept with its marks.
        let is_told = serial.is_some() || !record.domain.as_str().is_empty();
        let mark = Mark::new(serial, (&record.domain).into(), (&record.names).into());
        self.hashes.push(is_told.then(|| mark.hash(&self.hasher)));
        self.packer.add(record);
    }

    /// Adds a record whose members are in the form in which they are kept.
    pub fn add_plain(&mut self, account: &AccountId, contract: &ContractId, record: &PlainRecord<'_>) {
        let mark = Mark::new(record.serial(), record.domain(), record.names());
        self.hashes.push(Some(mark.hash(&self.hasher)));
        self.packer.add_plain(account, contract, record);
    }

    /// The rows since the last time.
    pub fn take(&mut self) -> Batch {
        Batch { rows: self.packer.take(), hashes: std::mem::take(&mut self.hashes) }
    }
}

impl Decoded {
    /// Keeps the rows that are new, and returns them. A look-up waits for memory, but not the next one for it: they are made
    /// side by side.
    pub fn keep(&mut self, batch: Batch) -> &[AcmeCertificate] {
        let Self { rows, dropped, seen } = self;
        let from = rows.len();
        for (row, hash) in batch.rows.into_iter().zip(batch.hashes) {
            // More rows than that are refused.
            let at = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let is_same = |hash: u32, seen: &Seen| {
                let kept = || rows.get(seen.at as usize);
                seen.hash == hash && kept().is_some_and(|kept| Mark::of(kept) == Mark::of(&row))
            };
            let entry =
                hash.map(|hash| (hash, seen.entry(whole(hash), |seen| is_same(hash, seen), |seen| whole(seen.hash))));
            match entry {
                Some((_, Entry::Occupied(_))) => {
                    *dropped += 1;
                    continue;
                }
                Some((hash, Entry::Vacant(place))) => drop(place.insert(Seen { at, hash })),
                None => {}
            }
            rows.push(row);
        }
        rows.get(from..).unwrap_or_default()
    }
}

/// The half of a hash on both halves: the table takes its place from the one and its tag from the other.
const fn whole(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}
