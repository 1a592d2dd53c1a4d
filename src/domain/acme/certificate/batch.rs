//! Rows of one contract as one text.

use super::CertificateRecord;
use crate::domain::{
    acme::{
        CertificateStatus,
        names::{NEXT, Names},
    },
    ids::{AccountId, ContractId},
    name::Name,
    serial::{Serial, SerialRef},
    when::When,
};

/// Ends a record. No safe text has this character.
const END: char = '\x1e';
/// Stands between a serial as it was sent and its digits, where these are not the same without the zeros in front.
const DIGITS: char = '\x1d';
/// Names and bytes of a row that stands in a text. One with more has its members apart, where each is found at once.
pub(super) const NAMES: usize = 128;
pub(super) const BYTES: usize = 16_384;

/// Rows of one contract.
///
/// A row is a letter, its main name, [`NEXT`] and its serial as it was sent, each further name in order behind [`NEXT`], and [`END`].
/// The letter is the status by its number, in lower case where the main name is among the names.
pub(super) struct Batch {
    pub(super) account: AccountId,
    pub(super) contract: ContractId,
    text: Box<str>,
}

impl Batch {
    /// A text of rows.
    pub(super) fn new(account: AccountId, contract: ContractId, text: String) -> Self {
        Self { account, contract, text: text.into() }
    }

    /// Main name of the row at `at`.
    pub(super) fn domain(&self, at: u32) -> &str {
        let rest = self.from(at);
        rest.get(..find(rest, NEXT)).unwrap_or_default()
    }

    /// Serial of the row.
    pub(super) fn serial(&self, at: u32) -> Option<SerialRef<'_>> {
        let text = self.members(at).1;
        let (raw, digits) = text.split_once(DIGITS).unwrap_or_else(|| (text, bare(text)));
        (!text.is_empty()).then(|| SerialRef::hex(raw, digits))
    }

    /// Names of the row.
    pub(super) fn names(&self, at: u32) -> Names<'_> {
        let (main, _, others) = self.members(at);
        let own = self.letter(at).is_ascii_lowercase();
        Names::text(own.then_some(main), others)
    }

    /// Status of the row.
    pub(super) fn status(&self, at: u32) -> &'static CertificateStatus {
        let number = usize::from(self.letter(at).to_ascii_lowercase().saturating_sub(b'a'));
        CertificateStatus::ALL.get(number).unwrap_or(&CertificateStatus::Issued)
    }

    /// Main name, serial and other names in one piece.
    pub(super) fn piece(&self, at: u32) -> &str {
        let rest = self.from(at);
        rest.get(..find(rest, END)).unwrap_or_default()
    }

    fn letter(&self, at: u32) -> u8 {
        self.text.as_bytes().get(at as usize).copied().unwrap_or_default()
    }

    fn from(&self, at: u32) -> &str {
        self.text.get(at as usize + 1..).unwrap_or_default()
    }

    /// Main name, serial, other names.
    fn members(&self, at: u32) -> (&str, &str, &str) {
        let (main, rest) = self.piece(at).split_once(NEXT).unwrap_or_default();
        let (serial, others) = rest.split_at_checked(find(rest, NEXT)).unwrap_or_default();
        (main, serial, others)
    }
}

/// Digits without the zeros in front.
fn bare(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        bare => bare,
    }
}

fn find(text: &str, mark: char) -> usize {
    memchr::memchr(mark as u8, text.as_bytes()).unwrap_or(text.len())
}

/// Writes the row of members that fit: `names` in order.
pub(super) fn write<'n>(
    text: &mut String,
    letter: char,
    domain: &str,
    serial: Option<SerialRef<'_>>,
    names: impl Iterator<Item = &'n str>,
) {
    text.push(letter);
    text.push_str(domain);
    text.push(NEXT);
    if let Some(serial) = serial {
        text.push_str(serial.raw());
        if serial.digits() != bare(serial.raw()) {
            text.push(DIGITS);
            text.push_str(serial.digits());
        }
    }
    for name in names.filter(|name| *name != domain) {
        text.push(NEXT);
        text.push_str(name);
    }
    text.push(END);
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
