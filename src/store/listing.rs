//! A complete list on its way to a snapshot: laid out in parts by the places of its keys, before the thread of the store
//! has it.

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;

use super::{
    codec::{Chunk, Reader, Row, Stored, Writer},
    context::ContextId,
    seal::sealed,
};
use crate::domain::{
    Clean,
    delta::{Delta, Entry, Member, Records, Topic, place},
};

/// Records of a part on the average. Small parts let few changes touch few of them.
const PART: usize = 256;
/// More parts than this make each of them larger.
const PARTS: u32 = 8_192;
/// What of a place tells its part.
const UPPER: u64 = !0 << 32;

/// A complete list that was read at one moment, in parts, with the seal of each. Making it encodes all records once, which
/// is no work for the loop or the thread of the store.
#[derive(Clone)]
pub struct Prepared {
    pub(super) context: ContextId,
    pub(super) read_at: Timestamp,
    pub(super) parts: Parts,
    pub(super) seals: Vec<Vec<u8>>,
    records: Arc<dyn Records>,
    /// The upper half of the place of each key above the number of its record, in order: a million take 8 MB.
    order: Arc<Vec<u64>>,
}

/// How many parts a list has: a power of two, so that those of a longer list lie inside those of a shorter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parts(u32);

impl Parts {
    fn of(records: usize) -> Self {
        let wanted = u32::try_from(records / PART).unwrap_or(u32::MAX).min(PARTS);
        Self(wanted.next_power_of_two())
    }

    /// So many parts; `None` when no list has so many.
    pub fn new(count: u32) -> Option<Self> {
        (count.is_power_of_two() && count <= PARTS).then_some(Self(count))
    }

    /// How many.
    pub const fn count(self) -> u32 {
        self.0
    }

    /// The numbers of these parts that lie in part `number` of `coarse`, which are not more.
    pub const fn within(self, number: u32, coarse: Self) -> Range<u32> {
        let each = self.0 / coarse.0;
        number * each..(number + 1) * each
    }

    /// The part of a place.
    const fn at(self, place: u64) -> u64 {
        // Shifting by 64 is no shift.
        if self.0 == 1 { 0 } else { place >> (64 - self.0.trailing_zeros()) }
    }
}

impl Prepared {
    /// Lays `records` of `context` out, which were read at `read_at`.
    pub fn new(context: &ContextId, records: Arc<dyn Records>, read_at: Timestamp) -> Self {
        let mut key = String::new();
        let mut order: Vec<u64> = Vec::with_capacity(records.len());
        for (number, at) in (0_u32..).zip(0..records.len()) {
            key.clear();
            records.write_key(at, &mut key);
            order.push(place(&key) & UPPER | u64::from(number));
        }
        order.sort_unstable();
        let parts = Parts::of(records.len());
        let mut this =
            Self { context: context.clone(), read_at, parts, seals: Vec::new(), records, order: Arc::new(order) };
        this.seals = (0..parts.count()).map(|part| this.seal(part, &this.chunk(part))).collect();
        this
    }

    /// What the records are.
    pub fn topic(&self) -> Topic {
        self.records.topic()
    }

    /// How many there are.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// The entries of a part in the order of their keys, each key once.
    pub(super) fn entries(&self, part: u32) -> Vec<Entry> {
        let from = self.order.partition_point(|place| self.parts.at(*place) < u64::from(part));
        let to = self.order.partition_point(|place| self.parts.at(*place) <= u64::from(part));
        let of_part = self.order.get(from..to).unwrap_or_default();
        let mut entries: Vec<Entry> =
            of_part.iter().filter_map(|at| self.records.entry(usize::try_from(*at & !UPPER).ok()?)).collect();
        // Of several with one key the greatest counts, as in a diff.
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key).then_with(|| b.cmp(a)));
        entries.dedup_by(|a, b| a.key == b.key);
        entries
    }

    /// The stored form of a part.
    pub(super) fn chunk(&self, part: u32) -> Vec<u8> {
        Chunk::of(&self.entries(part)).0
    }

    /// What the stored form of a part has beside it: 32 bytes.
    pub(super) fn seal(&self, part: u32, chunk: &[u8]) -> Vec<u8> {
        sealed(&self.context, &part_of(self.topic(), self.parts, part), Entry::FORMAT, chunk)
    }
}

/// Which part of what.
pub fn part_of(topic: Topic, parts: Parts, part: u32) -> String {
    format!("{} {part} of {}", topic.word(), parts.count())
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({} of {} in {} parts)", self.rows(), self.topic().noun(), self.parts.count())
    }
}

/// These forms outlive the program: a snapshot is not read anew when they change.
impl Stored for Entry {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.key.write(out);
        self.name.write(out);
        out.count(self.facts.len());
        for (member, value) in &self.facts {
            out.number(u64::from(*member as u8));
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (key, name) = (input.text()?, input.text()?);
        let mut facts = Vec::new();
        for _ in 0..input.count()? {
            let (member, value): (Option<Member>, Clean) = (Member::numbered(input.number()?), input.text()?);
            // What a newer program knew besides is no change here.
            facts.extend(member.map(|member| (member, value)));
        }
        Some(Self { key, name, facts })
    }
}

impl Row for Entry {
    const SOURCE: &'static str = "entries";
    const FORMAT: u32 = 1;
}

/// The two sides of a delta; what it is of stands beside it.
#[derive(Debug, PartialEq, Eq)]
pub struct Sides(pub Option<Entry>, pub Option<Entry>);

impl From<&Delta> for Sides {
    fn from(delta: &Delta) -> Self {
        Self(delta.before.clone(), delta.after.clone())
    }
}

impl Stored for Sides {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self(Stored::read(input)?, Stored::read(input)?))
    }
}

impl Row for Sides {
    const SOURCE: &'static str = "deltas";
    const FORMAT: u32 = 1;
}
