//! Records of a contract's certificate list, decoded on a thread of their own while the body arrives.

use std::{
    hash::{BuildHasher as _, Hash as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::splitter::Splitter;
use crate::{
    client::{
        error::ClientError,
        limits,
        transport::Bytes,
        wire::{List, Reader, Scalar, clean},
    },
    domain::{
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus, Names, Packer, PlainRecord},
        ids::{AccountId, ContractId},
        name::{Name, NameRef, NameSet},
        serial::SerialRef,
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    domain: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    expiration_date: Scalar<'a>,
    #[serde(borrow)]
    serial_number: Scalar<'a>,
    #[serde(borrow)]
    sans: List<Scalar<'a>>,
}

/// Whose list is decoded, and where its rows go.
pub struct Decoder {
    /// The subaccount.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Rows that may still come, of all contracts together.
    pub room: Arc<AtomicUsize>,
    /// Where copies of new rows go, while somebody looks.
    pub batches: Option<mpsc::Sender<Vec<AcmeCertificate>>>,
}

/// The rows of one contract.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Rows, without duplicates.
    pub rows: Vec<AcmeCertificate>,
    /// Duplicates that were dropped.
    pub dropped: usize,
}

impl Decoder {
    /// Decodes the pieces of a body until their end.
    pub fn run(self, mut chunks: mpsc::Receiver<Result<Bytes, ()>>) -> Result<Decoded, ClientError> {
        let mut gathered = Gathered::default();
        let mut splitter = Splitter::new();
        loop {
            match chunks.blocking_recv() {
                Some(Ok(chunk)) => splitter.push(&chunk, &mut |index, bytes, at| {
                    self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1)).map_err(
                        |_| ClientError::Entries { path: "certificates".into(), limit: limits::STREAM_ROWS },
                    )?;
                    self.add(&mut gathered, index, bytes, at)
                })?,
                Some(Err(())) => break,
                // The reader is gone: nobody waits for these rows.
                None => return Ok(Decoded::default()),
            }
            self.hand_over(&mut gathered, false);
        }
        splitter.finish()?;
        self.hand_over(&mut gathered, true);
        Ok(Decoded { rows: gathered.packer.finish(), dropped: gathered.dropped })
    }

    /// Shows the rows that came since the last time to who looks, when they are enough.
    fn hand_over(&self, gathered: &mut Gathered, last: bool) {
        let Gathered { packer, shown, .. } = gathered;
        let due = if *shown == 0 { limits::FIRST_BATCH } else { limits::BATCH };
        let fresh = packer.len() - *shown;
        if fresh == 0 || (fresh < due && !last) {
            return;
        }
        let batch = packer.rows().get(*shown..).unwrap_or_default();
        *shown += fresh;
        if let Some(batches) = &self.batches {
            // A closed channel means that nobody looks any more.
            let _ = batches.blocking_send(batch.to_vec());
        }
    }

    fn add(&self, gathered: &mut Gathered, index: usize, bytes: &[u8], at: u64) -> Result<(), ClientError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ClientError::Utf8(at + crate::client::json::offset(error.valid_up_to())))?;
        let mut reader = Reader::default();
        let record = if text.starts_with('{') {
            let record: Record<'_> = serde_json::from_str(text).map_err(|error| refused(index, &error))?;
            if let Some(plain) = plain(&record) {
                gathered.add_plain(&self.account, &self.contract, &plain);
                return Ok(());
            }
            record
        } else {
            serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| refused(index, &error))?;
            reader.note(&format!("the record is no object: {}", text.chars().take(60).collect::<String>()));
            Record::default()
        };
        gathered.add(self.domain(&record, reader));
        Ok(())
    }

    fn domain(&self, record: &Record<'_>, mut reader: Reader) -> CertificateRecord {
        let domain = name(&mut reader, "domain", &record.domain);
        if let Scalar::Odd(kind) = record.status {
            reader.note(&format!("status is {kind}"));
        }
        let expires = reader.when("expiration_date", &record.expiration_date);
        let serial = reader.serial("serial_number", &record.serial_number);
        let names = record.sans.entries.iter().map(|san| name(&mut reader, "sans", san)).collect::<Vec<_>>();
        if !record.sans.sent {
            reader.note("sans is missing");
        }
        CertificateRecord {
            account: self.account.clone(),
            contract: self.contract.clone(),
            domain,
            status: CertificateStatus::parse(record.status.as_str()),
            expires,
            serial,
            names: NameSet::new(names),
            oddities: reader.oddities,
        }
    }
}

/// The record, when nothing of it has to be read before it is kept.
fn plain<'a>(record: &'a Record<'_>) -> Option<PlainRecord<'a>> {
    fn text<'a>(scalar: &'a Scalar<'_>) -> Option<&'a str> {
        match scalar {
            Scalar::Text(text) if text.len() <= limits::TEXT => Some(text),
            _ => None,
        }
    }
    let names = record.sans.entries.iter().map(text).collect::<Option<Vec<&str>>>().filter(|_| record.sans.sent)?;
    let or_none = |scalar: &'a Scalar<'_>| if matches!(scalar, Scalar::Absent) { Some("") } else { text(scalar) };
    let Record { domain, status, expiration_date, serial_number, .. } = record;
    PlainRecord::new(text(domain)?, text(status)?, or_none(expiration_date)?, or_none(serial_number)?, names)
}

fn name(reader: &mut Reader, member: &str, scalar: &Scalar<'_>) -> Name {
    if let Scalar::Odd(kind) = scalar {
        reader.note(&format!("{member} is {kind}"));
    }
    let text = scalar.as_str();
    if text.len() > limits::TEXT { Name::new(clean(text).as_str()) } else { Name::new(text) }
}

fn refused(index: usize, error: &serde_json::Error) -> ClientError {
    let why = error.to_string();
    match why.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next()) {
        Some(member) => ClientError::Duplicate(format!("certificates[{index}].{member}")),
        None => ClientError::Shape { path: format!("certificates[{index}]"), why },
    }
}

/// Rows so far; a row that came before is counted and dropped.
#[derive(Default)]
struct Gathered {
    packer: Packer,
    /// Rows that somebody saw already.
    shown: usize,
    /// Places of rows, by what tells them apart.
    seen: HashTable<Seen>,
    hasher: RandomState,
    dropped: usize,
}

/// Where a row is, and half of the hash of what tells it apart: the table grows without a look at the rows.
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

    fn hash(&self, hasher: &RandomState) -> u32 {
        let mut hasher = hasher.build_hasher();
        self.serial.hash(&mut hasher);
        self.domain.hash(&mut hasher);
        self.names.into_iter().flatten().for_each(|name| name.hash(&mut hasher));
        (hasher.finish() >> 32) as u32
    }
}

/// The half of a hash on both halves: the table takes its place from the one and its tag from the other.
const fn whole(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}

impl Gathered {
    fn add(&mut self, record: CertificateRecord) {
        // Nothing tells a row without serial and name from another bad one; each is kept with its marks.
        if record.serial.is_some() || !record.domain.as_str().is_empty() {
            let serial = record.serial.as_ref().map(SerialRef::from);
            if !self.is_new(&Mark::new(serial, (&record.domain).into(), (&record.names).into())) {
                return;
            }
        }
        self.packer.add(record);
    }

    fn add_plain(&mut self, account: &AccountId, contract: &ContractId, record: &PlainRecord<'_>) {
        let mark = Mark::new(record.serial(), record.domain(), record.names());
        if self.is_new(&mark) {
            self.packer.add_plain(account, contract, record);
        }
    }

    /// Notes the mark of the row that is added next; false when a row has it already.
    fn is_new(&mut self, mark: &Mark<'_>) -> bool {
        let Self { packer, seen, hasher, dropped, .. } = self;
        let hash = mark.hash(hasher);
        // More rows than that are refused.
        let next = u32::try_from(packer.len()).unwrap_or(u32::MAX);
        let is_same = |seen: &Seen| {
            let at = seen.at as usize;
            seen.hash == hash
                && packer.row(at).is_some_and(|row| Mark::new(row.serial(), row.domain(), row.names()) == *mark)
        };
        match seen.entry(whole(hash), is_same, |seen| whole(seen.hash)) {
            Entry::Occupied(_) => {
                *dropped += 1;
                false
            }
            Entry::Vacant(place) => {
                place.insert(Seen { at: next, hash });
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &str) -> Result<Decoded, ClientError> {
        let (sender, receiver) = mpsc::channel(4);
        sender.try_send(Ok(Bytes::from(body.to_owned()))).unwrap();
        sender.try_send(Err(())).unwrap();
        let decoder = Decoder {
            account: AccountId::new("90210"),
            contract: ContractId::new("40117"),
            room: Arc::new(AtomicUsize::new(30)),
            batches: None,
        };
        decoder.run(receiver)
    }

    fn list(records: &str) -> Vec<AcmeCertificate> {
        decode(&format!("{{\"certificates\":[{records}]}}")).unwrap().rows
    }

    #[test]
    fn j03_j04_an_odd_status_keeps_its_row() {
        let rows = list(
            r#"{"domain":"a.example.com","status":"frozen","sans":[]},{"domain":"b.example.com","status":7,"sans":[]},
               {"domain":"c.example.com","status":null,"sans":[]},{"domain":"d.example.com","status":{},"sans":[]},
               {"domain":"e.example.com","status":"NOT-RENEWED","sans":[]}"#,
        );
        let shown: Vec<String> = rows.iter().map(|row| row.status().to_string()).collect();
        assert_eq!(shown, ["unknown (frozen)", "unknown (7)", "unknown", "unknown", "not_renewed"]);
        assert_eq!(rows[3].oddities(), ["status is an object"]);
        assert!(!rows[0].status().is_known());
    }

    #[test]
    fn j05_j07_j08_odd_dates_serials_and_names_keep_their_row() {
        let sans = (0..10_000).map(|n| format!("\"n{n}.example.com\"")).collect::<Vec<_>>().join(",");
        let rows = list(&format!(
            r#"{{"domain":"a.example.com","status":"issued","expiration_date":"0000-00-00","serial_number":"0xabc","sans":null}},
               {{"domain":"b.example.com","status":"pending","expiration_date":null,"serial_number":null,"sans":[""]}},
               {{"domain":"c.example.com","status":"issued","expiration_date":"2027-01-01T00:00:00Z","serial_number":"0A1","sans":[{sans}]}},
               null, 7, {{"domain":["x"],"serial_number":"no hex","sans":[]}}"#
        ));
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[0].oddities(), ["expiration_date is no date: 0000-00-00", "sans is missing"]);
        assert_eq!(rows[0].serial().map(|s| (s.digits(), s.raw())), Some(("ABC", "0xabc")));
        assert_eq!((rows[1].names().len(), rows[1].serial().is_none()), (1, true));
        assert_eq!(rows[2].names().len(), 10_000);
        assert_eq!(rows[3].oddities()[0], "the record is no object: null");
        assert_eq!(rows[5].oddities().len(), 2);
    }

    #[test]
    fn j01_j12_t16_records_are_refused_or_tolerated() {
        let twice = r#"{"certificates":[{"sans":[]},{"domain":"a","domain":"b"}]}"#;
        assert_eq!(decode(twice).unwrap_err(), ClientError::Duplicate("certificates[1].domain".into()));
        assert_eq!(list(r#"{"domain":"a.example.com","status":"issued","sans":[],"new":{"deep":[1]}}"#).len(), 1);
        assert!(
            matches!(decode(r#"{"certificates":[{"a":tru}]}"#), Err(ClientError::Shape { path, .. }) if path == "certificates[0]")
        );
    }

    #[test]
    fn rows_that_come_again_are_dropped_in_whatever_form_and_order_they_come() {
        let row = |n: usize, serial: &str| {
            format!(
                r#"{{"domain":"h{n}.example.com","status":"issued","serial_number":"{serial}","sans":["h{n}.example.com"]}}"#
            )
        };
        let rows: Vec<String> = (0..9)
            .flat_map(|n| [row(n, &format!("A{n}")), row(n, &format!("0a{n}")), row(n / 2, &format!("A{}", n / 2))])
            .collect();
        let decoded = decode(&format!("{{\"certificates\":[{}]}}", rows.join(","))).unwrap();
        assert_eq!((decoded.rows.len(), decoded.dropped), (9, 18));
        let names: Vec<String> = decoded.rows.iter().map(|row| row.domain().to_string()).collect();
        assert_eq!(names, (0..9).map(|n| format!("h{n}.example.com")).collect::<Vec<_>>());
    }

    #[test]
    fn rows_that_wait_to_be_issued_are_told_apart_by_their_names() {
        let row = |names: &str| {
            format!(
                r#"{{"domain":"a.example.com","status":"pending","expiration_date":null,"serial_number":null,"sans":[{names}]}}"#
            )
        };
        let one = row(r#""a.example.com""#);
        let two = row(r#""b.example.com","a.example.com""#);
        // The same names in another order, and an empty text in place of null.
        let again =
            row(r#""a.example.com","b.example.com""#).replace("\"serial_number\":null", "\"serial_number\":\"\"");
        let decoded = decode(&format!("{{\"certificates\":[{one},{two},{again},{one}]}}")).unwrap();
        assert_eq!((decoded.rows.len(), decoded.dropped), (2, 2));
        assert!(
            decoded
                .rows
                .iter()
                .all(|row| row.serial().is_none() && row.pieces().is_some() && row.oddities().is_empty())
        );
    }

    #[test]
    fn duplicates_are_dropped_and_rows_bounded() {
        let row = r#"{"domain":"a.example.com","status":"issued","serial_number":"0A","sans":[]}"#;
        let again = r#"{"domain":"a.example.com","status":"issued","serial_number":"a","sans":[]}"#;
        let decoded = decode(&format!("{{\"certificates\":[{row},{again}]}}")).unwrap();
        assert_eq!((decoded.rows.len(), decoded.dropped), (1, 1));
        let other = r#"{"domain":"b.example.com","status":"issued","serial_number":"0A","sans":[]}"#;
        let decoded = decode(&format!("{{\"certificates\":[{row},{other}]}}")).unwrap();
        assert_eq!((decoded.rows.len(), decoded.dropped), (2, 0), "another name is another row");
        let many = ["{}"; 31].join(",");
        assert!(matches!(decode(&format!("{{\"certificates\":[{many}]}}")), Err(ClientError::Entries { .. })));
    }
}
