//! Rows of one contract as one text.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::CertificateRecord;
use crate::domain::{
    acme::{
        CertificateStatus,
        names::{FRONT, NEXT, Names, write_others},
    },
    ids::{AccountId, ContractId},
    name::Name,
    serial::{Serial, SerialRef},
    subject::Pieces,
    when::When,
};

/// Ends a record. No safe text has this character.
const END: char = Pieces::END as char;
/// Stands between a serial as it was sent and its digits, where these are not the same without the zeros in front.
const DIGITS: char = '\x1d';
/// Bits of a number that a character holds, and the bit that says that there are more.
const BITS: u32 = 6;
const MORE: u8 = 1 << BITS;
/// Names and bytes of a row that stands in a text. One with more has its members apart, where each is found at once.
pub(super) const NAMES: usize = 128;
pub(super) const BYTES: usize = 16_384;

/// Rows of one contract.
///
/// A row is a letter, how many bytes before the letter its names begin, its names where that is none, and its serial as it
/// was sent. Rows of the same names, which a lineage has, share them. Names are the main name and each further one in order,
/// behind [`NEXT`] or without the main name at its end behind [`FRONT`]; names and serial end with [`END`]. The letter is the status by its number, in lower case where the
/// main name is among the names.
pub(super) struct Batch {
    pub(super) account: AccountId,
    pub(super) contract: ContractId,
    text: Box<str>,
}

impl Batch {
    /// A text of rows.
    pub(super) const fn new(account: AccountId, contract: ContractId, text: Box<str>) -> Self {
        Self { account, contract, text }
    }

    /// Main name of the row at `at`.
    pub(super) fn domain(&self, at: u32) -> &str {
        let names = self.from(self.places(at).0);
        let length = memchr::memchr3(NEXT as u8, FRONT as u8, END as u8, names.as_bytes());
        names.get(..length.unwrap_or(names.len())).unwrap_or_default()
    }

    /// Serial of the row.
    pub(super) fn serial(&self, at: u32) -> Option<SerialRef<'_>> {
        let text = self.serial_text(at);
        let (raw, digits) = text.split_once(DIGITS).unwrap_or_else(|| (text, bare(text)));
        (!text.is_empty()).then(|| SerialRef::hex(raw, digits))
    }

    /// Names of the row.
    pub(super) fn names(&self, at: u32) -> Names<'_> {
        let names = self.from(self.places(at).0);
        let names = names.get(..find(names, END)).unwrap_or_default();
        let others = memchr::memchr2(NEXT as u8, FRONT as u8, names.as_bytes()).unwrap_or(names.len());
        let (main, others) = names.split_at_checked(others).unwrap_or_default();
        Names::text(main, self.letter(at).is_ascii_lowercase(), others)
    }

    /// Status of the row.
    pub(super) fn status(&self, at: u32) -> &'static CertificateStatus {
        CertificateStatus::ALL.get(usize::from(self.status_number(at))).unwrap_or(&CertificateStatus::Issued)
    }

    /// The number of that status.
    pub(super) fn status_number(&self, at: u32) -> u8 {
        self.letter(at).to_ascii_lowercase().saturating_sub(b'a')
    }

    /// Its names in one piece, and its serial.
    pub(super) fn pieces(&self, at: u32) -> Pieces<'_> {
        let (first, second) = self.places(at);
        Pieces { text: &self.text, first, second }
    }

    /// The serial as it was sent and, where they differ, its digits; empty where there is none.
    fn serial_text(&self, at: u32) -> &str {
        let (first, second) = self.places(at);
        let behind = || first + find(self.from(first), END) + 1;
        let serial = self.from(second.unwrap_or_else(behind));
        serial.get(..find(serial, END)).unwrap_or_default()
    }

    fn from(&self, place: usize) -> &str {
        self.text.get(place..).unwrap_or_default()
    }

    fn letter(&self, at: u32) -> u8 {
        self.text.as_bytes().get(at as usize).copied().unwrap_or_default()
    }

    /// Where the names of the row begin, and its serial; `None` when that stands behind the names.
    fn places(&self, at: u32) -> (usize, Option<usize>) {
        let at = at as usize;
        let (mut back, mut next) = (0, at + 1);
        for byte in self.text.as_bytes().get(at + 1..).unwrap_or_default() {
            next += 1;
            back = back << BITS | usize::from(byte & (MORE - 1));
            if byte & MORE == 0 {
                break;
            }
        }
        if back == 0 { (next, None) } else { (at.saturating_sub(back), Some(next)) }
    }
}

/// Digits without the zeros in front.
pub(super) fn bare(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        bare => bare,
    }
}

fn find(text: &str, mark: char) -> usize {
    memchr::memchr(mark as u8, text.as_bytes()).unwrap_or(text.len())
}

/// A text that grows row by row, and the next ones in the same memory.
#[derive(Debug, Default)]
pub(super) struct Pen {
    text: String,
    hasher: RandomState,
    /// Where names begin, by the names.
    known: HashTable<usize>,
    names: String,
}

impl Pen {
    /// Where the next row begins.
    pub(super) const fn place(&self) -> usize {
        self.text.len()
    }

    /// All rows since the last time.
    pub(super) fn take(&mut self) -> Box<str> {
        self.known.clear();
        let text = self.text.as_str().into();
        self.text.clear();
        text
    }

    /// Writes the row of members that fit: `names` in order.
    pub(super) fn write<'n>(
        &mut self,
        letter: char,
        domain: &str,
        serial: Option<SerialRef<'_>>,
        names: impl Iterator<Item = &'n str>,
    ) {
        let Self { text, hasher, known, names: own } = self;
        own.clear();
        own.push_str(domain);
        write_others(own, domain, names);
        own.push(END);
        let at = text.len();
        text.push(letter);
        let same = |place: &usize| text.get(*place..).is_some_and(|there| there.starts_with(own.as_str()));
        let hash = hasher.hash_one(&*own);
        if let Some(place) = known.find(hash, same).copied() {
            write_number(text, at - place);
        } else {
            write_number(text, 0);
            let of = |place: &usize| {
                let there = text.get(*place..).unwrap_or_default();
                hasher.hash_one(there.get(..=find(there, END)).unwrap_or_default())
            };
            known.insert_unique(hash, text.len(), of);
            text.push_str(own);
        }
        if let Some(serial) = serial {
            text.push_str(serial.raw());
            if serial.digits() != bare(serial.raw()) {
                text.push(DIGITS);
                text.push_str(serial.digits());
            }
        }
        text.push(END);
    }
}

/// Writes a number by the characters that [`Batch::places`] reads: [`BITS`] of it in each, the highest first.
fn write_number(text: &mut String, number: usize) {
    let digits = (usize::BITS - number.leading_zeros()).div_ceil(BITS).max(1);
    for digit in (0..digits).rev() {
        let bits = (number >> (digit * BITS)).to_le_bytes()[0] & (MORE - 1);
        text.push(char::from(if digit > 0 { bits | MORE } else { bits }));
    }
}

/// The letter of a status that is known.
pub(super) fn letter(status: &CertificateStatus, own: bool) -> Option<char> {
    let number = CertificateStatus::ALL.iter().position(|known| known == status)?;
    Some(char::from(if own { b'a' } else { b'A' } + u8::try_from(number).ok()?))
}

/// Seconds since 1970 of an end that fits, 0 for none.
pub(super) fn ends(expires: &When) -> Option<u32> {
    match expires {
        When::Never => Some(0),
        When::At(at) if at.subsec_nanosecond() == 0 => u32::try_from(at.as_second()).ok().filter(|second| *second > 0),
        When::At(_) | When::Odd(_) => None,
    }
}

/// The letter and the end of a record that fits into the text of a list.
pub(super) fn sound(record: &CertificateRecord) -> Option<(char, u32)> {
    let ends = ends(&record.expires)?;
    // Such texts are searched as they are: names are in lower case, a serial is in one case.
    let is_one_case = |serial: &Serial| {
        let raw = serial.raw();
        let only = |letters: std::ops::RangeInclusive<u8>| {
            raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || letters.contains(&byte))
        };
        serial.is_hex() && raw.len() <= BYTES && (only(b'A'..=b'F') || only(b'a'..=b'f'))
    };
    let is_plain = |name: &Name| {
        !name.text().is_marked() && name.as_str().bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    };
    let bytes: usize = record.names.iter().map(|name| name.as_str().len() + 1).sum();
    let is_sound = record.names.len() <= NAMES
        && record.domain.as_str().len() + bytes <= BYTES
        && is_plain(&record.domain)
        && record.names.iter().all(is_plain)
        && record.serial.as_ref().is_none_or(is_one_case)
        && record.oddities.is_empty();
    let own = record.names.iter().any(|name| *name == record.domain);
    let letter = letter(&record.status, own)?;
    is_sound.then_some((letter, ends))
}
