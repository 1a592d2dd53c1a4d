//! Records become rows, whose texts are written one behind the other.

use std::sync::Arc;

use super::{
    AcmeCertificate, CertificateRecord, CertificateStatus, Form,
    batch::{self, BYTES, Batch, NAMES, Pen},
};
use crate::domain::{
    acme::names::Names,
    ids::{AccountId, ContractId},
    name::{Name, NameRef},
    serial::SerialRef,
    when::When,
};

/// Rows that share a text, which is then a piece of memory of its own and leaves no hole when it goes.
pub(super) const ROWS: usize = 8_192;

/// A record whose members are in the form in which they are kept, so that none of them is copied before its row is written.
#[derive(Debug, Clone)]
pub struct PlainRecord<'a> {
    domain: &'a str,
    serial: &'a str,
    ends: u32,
    letter: char,
    names: Vec<&'a str>,
}

impl<'a> PlainRecord<'a> {
    /// The record with these members as the service sent them, an empty serial for none; `None` when one has to be read
    /// first: a name that is not of lower-case letters, digits, `.`, `-`, `_` and `*`, a serial that is not of upper-case
    /// hexadecimal digits, neither serial nor main name, an odd date, an unknown status, or more than a row holds.
    pub fn new(domain: &'a str, status: &str, expires: &str, serial: &'a str, mut names: Vec<&'a str>) -> Option<Self> {
        let bytes: usize = names.iter().map(|name| name.len() + 1).sum();
        if names.len() > NAMES || domain.len() + bytes > BYTES || serial.len() > BYTES {
            return None;
        }
        names.sort_unstable();
        names.dedup();
        let own = names.binary_search(&domain).is_ok();
        // All bytes are looked at, whatever the first is: that is done many at a time.
        let every = |text: &str, is: fn(u8) -> bool| text.bytes().fold(true, |all, byte| all & is(byte));
        let is_name =
            |name: &str| every(name, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'*'));
        let is_serial = every(serial, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        let is_told = !serial.is_empty() || !domain.is_empty();
        if !is_told || !is_serial || !(own || is_name(domain)) || !names.iter().all(|name| is_name(name)) {
            return None;
        }
        let letter = batch::letter(&CertificateStatus::parse(status), own)?;
        let ends = batch::ends(&When::parse(expires))?;
        Some(Self { domain, serial, ends, letter, names })
    }

    /// Main name.
    pub const fn domain(&self) -> NameRef<'a> {
        NameRef::plain(self.domain)
    }

    /// Serial number; `None` until issued.
    pub fn serial(&self) -> Option<SerialRef<'a>> {
        (!self.serial.is_empty()).then(|| SerialRef::hex(self.serial, batch::bare(self.serial)))
    }

    /// All names.
    pub fn names(&self) -> Names<'_> {
        Names::list(&self.names)
    }
}

/// Rows in the order of their records; those of a contract that come together share their memory.
#[derive(Debug, Default)]
pub struct Packer {
    rows: Vec<AcmeCertificate>,
    pen: Pen,
    open: Option<Open>,
}

/// Rows whose text still grows.
#[derive(Debug)]
struct Open {
    account: AccountId,
    contract: ContractId,
    rows: Vec<Result<Place, Arc<CertificateRecord>>>,
}

/// Where a row begins, and the end of its certificate.
#[derive(Debug)]
struct Place {
    at: u32,
    ends: u32,
}

impl Packer {
    /// Adds a record.
    pub fn add(&mut self, record: CertificateRecord) {
        let (open, pen) = self.open(&record.account, &record.contract);
        let row = batch::sound(&record).map(|(letter, ends)| {
            let at = place(pen);
            write(pen, letter, &record);
            Place { at, ends }
        });
        open.rows.push(row.ok_or_else(|| Arc::new(record)));
    }

    /// Adds a record of a contract.
    pub fn add_plain(&mut self, account: &AccountId, contract: &ContractId, record: &PlainRecord<'_>) {
        let (open, pen) = self.open(account, contract);
        let PlainRecord { domain, ends, letter, ref names, .. } = *record;
        open.rows.push(Ok(Place { at: place(pen), ends }));
        pen.write(letter, domain, record.serial(), names.iter().copied());
    }

    /// All rows since the last time; those that come later get a text of their own.
    pub fn take(&mut self) -> Vec<AcmeCertificate> {
        self.close();
        std::mem::take(&mut self.rows)
    }

    fn open(&mut self, account: &AccountId, contract: &ContractId) -> (&mut Open, &mut Pen) {
        let takes = |open: &Open| open.rows.len() < ROWS && open.contract == *contract && open.account == *account;
        if !self.open.as_ref().is_some_and(takes) {
            self.close();
        }
        let open = || Open { account: account.clone(), contract: contract.clone(), rows: Vec::new() };
        (self.open.get_or_insert_with(open), &mut self.pen)
    }

    fn close(&mut self) {
        let Some(Open { account, contract, rows }) = self.open.take() else { return };
        let batch = Arc::new(Batch::new(account, contract, self.pen.take()));
        self.rows.extend(rows.into_iter().map(|row| {
            AcmeCertificate(match row {
                Ok(Place { at, ends }) => Form::Sound { batch: Arc::clone(&batch), at, ends },
                Err(record) => Form::Other(record),
            })
        }));
    }
}

/// The row of a record, by itself.
pub(super) fn alone(record: CertificateRecord) -> AcmeCertificate {
    let Some((letter, ends)) = batch::sound(&record) else { return AcmeCertificate(Form::Other(Arc::new(record))) };
    let mut pen = Pen::default();
    write(&mut pen, letter, &record);
    let batch = Arc::new(Batch::new(record.account, record.contract, pen.take()));
    AcmeCertificate(Form::Sound { batch, at: 0, ends })
}

fn write(pen: &mut Pen, letter: char, record: &CertificateRecord) {
    let names = record.names.iter().map(Name::as_str);
    pen.write(letter, record.domain.as_str(), record.serial.as_ref().map(SerialRef::from), names);
}

/// Where the next row begins. A full text stays far below 4 GiB, for [`BYTES`] bounds each part of a row.
fn place(pen: &Pen) -> u32 {
    u32::try_from(pen.place()).unwrap_or(u32::MAX)
}
