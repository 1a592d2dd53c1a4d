//! Records of a contract's certificate list become rows.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use foldhash::quality::RandomState;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{
    batch::{Batch, Gathering},
    splitter::{Sink, Splitter},
};
use crate::{
    client::{
        error::ClientError,
        limits,
        wire::{List, Reader, Scalar, clean},
    },
    domain::{
        acme::{CertificateRecord, CertificateStatus, PlainRecord, names},
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        text::Clean,
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
    /// Takes the rows, about 40 and then some thousands at once.
    pub rows: mpsc::UnboundedSender<Batch>,
    /// Hashes what tells rows apart.
    pub hasher: RandomState,
}

impl Decoder {
    /// Decodes the next bytes of a body that `splitter` cuts.
    pub fn push(&self, splitter: &mut Splitter, bytes: &[u8], fresh: &mut Gathering) -> Result<(), ClientError> {
        splitter.push(bytes, &mut Reading { decoder: self, fresh })
    }

    /// For rows of this list; none yet.
    pub fn gathering(&self) -> Gathering {
        Gathering::new(self.hasher.clone())
    }

    /// Hands over rows, if there are some.
    pub fn hand_over(&self, batch: Batch) -> Result<(), ClientError> {
        if batch.len() == 0 {
            return Ok(());
        }
        let full = |_| ClientError::Entries { path: "certificates".into(), limit: limits::STREAM_ROWS };
        let less = |room: usize| room.checked_sub(batch.len());
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map_err(full)?;
        // Who takes no rows any more stops the reading too.
        let _ = self.rows.send(batch);
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

/// A list that is being read.
struct Reading<'a> {
    decoder: &'a Decoder,
    fresh: &'a mut Gathering,
}

impl Sink for Reading<'_> {
    fn plain(&mut self, text: &str) -> Result<Option<usize>, ClientError> {
        let mut records = serde_json::Deserializer::from_str(text).into_iter::<Members<'_>>();
        let Some(Ok(members)) = records.next() else { return Ok(None) };
        let mut read = Vec::new();
        let Some(record) = members.plain(&mut read) else { return Ok(None) };
        self.fresh.add_plain(&self.decoder.account, &self.decoder.contract, &record);
        Ok(Some(records.byte_offset()))
    }

    fn record(&mut self, index: usize, bytes: &[u8], at: u64) -> Result<(), ClientError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ClientError::Utf8(at + crate::client::json::offset(error.valid_up_to())))?;
        let mut reader = Reader::default();
        let record = if text.starts_with('{') {
            serde_json::from_str(text).map_err(|error| refused(index, &error))?
        } else {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| refused(index, &error))?;
            reader.note(&format!("the record is no object: {}", text.chars().take(60).collect::<String>()));
            Record::default()
        };
        self.fresh.add(self.decoder.domain(&record, reader));
        Ok(())
    }
}

/// Members of a record as they nearly always come: texts without escapes, and null.
#[derive(Default)]
struct Members<'a> {
    domain: Option<&'a str>,
    status: Option<&'a str>,
    expires: Option<&'a str>,
    serial: Option<&'a str>,
    names: Option<Vec<&'a str>>,
}

impl<'a> Members<'a> {
    /// The record, when nothing of it but names has to be read before it is kept; such names go to `read`.
    fn plain(self, read: &'a mut Vec<Name>) -> Option<PlainRecord<'a>> {
        let (expires, serial) = (self.expires.unwrap_or_default(), self.serial.unwrap_or_default());
        let (mut domain, mut names) = (self.domain?, self.names?);
        if !domain.is_ascii() || !names.iter().all(|name| name.is_ascii()) {
            let main = Name::new(domain);
            let other = |name: &&str| below(name, domain, &main).unwrap_or_else(|| Name::new(name));
            let of = |name: &&str| if *name == domain { main.clone() } else { other(name) };
            read.extend(names.iter().map(of));
            read.push(main);
            let (main, others) = read.split_last()?;
            domain = main.as_str();
            names = others.iter().map(Name::as_str).collect();
        }
        PlainRecord::new(domain, self.status?, expires, serial, names)
    }
}

/// A name that has plain labels in front of the main name, which was read: what UTS 46 says of the main name holds for it
/// too, by RFC 5893 also where that is written from the right. `None` for any other name.
fn below(name: &str, domain: &str, main: &Name) -> Option<Name> {
    if main.text().is_marked() {
        return None;
    }
    let front = names::front(name, domain).filter(|_| !domain.is_ascii() && main.as_str().is_ascii())?;
    let is_plain = |label: &str| {
        label.starts_with(|first: char| first.is_ascii_lowercase())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let whole = || Clean::from(format!("{front}{}", names::base(main.as_str())));
    front.split_terminator('.').all(is_plain).then(|| whole().into())
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    /// Fails for whatever is not as it nearly always is: a member that stands twice or is of another kind, one of which
    /// nobody knows how deep it is. Such a record is read again, by [`Record`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Plain<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for Plain<'a> {
            type Value = Members<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a plain record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members::default();
                let mut known = 0_u8;
                while let Some(name) = map.next_key::<&str>()? {
                    let bit = match name {
                        "domain" => {
                            members.domain = map.next_value()?;
                            1
                        }
                        "status" => {
                            members.status = map.next_value()?;
                            2
                        }
                        "expiration_date" => {
                            members.expires = map.next_value()?;
                            4
                        }
                        "serial_number" => {
                            members.serial = map.next_value()?;
                            8
                        }
                        "sans" => {
                            members.names = map.next_value()?;
                            16
                        }
                        _ if is_shallow(map.next_value::<&RawValue>()?.get()) => 0,
                        _ => return Err(A::Error::custom("it may be too deep")),
                    };
                    if known & bit != 0 {
                        return Err(A::Error::custom("it stands twice"));
                    }
                    known |= bit;
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Plain(PhantomData))
    }
}

/// True for a value that is no list and no object, or has so few bytes that it cannot be deeper than is allowed.
fn is_shallow(raw: &str) -> bool {
    !raw.starts_with(['[', '{']) || raw.len() < limits::DEPTH
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        client::{
            partner::{batch::Decoded, decoding::Decoding},
            transport::Bytes,
        },
        domain::acme::AcmeCertificate,
    };

    fn decode(body: &str) -> Result<Decoded, ClientError> {
        in_pieces(body, body.len(), 1)
    }

    /// Decodes it on two threads: cut into pieces, and looked at in blocks of that many bytes at least.
    fn in_pieces(body: &str, length: usize, block: usize) -> Result<Decoded, ClientError> {
        let (sender, receiver) = mpsc::channel(2 * body.len() + 1);
        for piece in body.as_bytes().chunks(length) {
            sender.try_send(Ok(Bytes::copy_from_slice(piece))).unwrap();
            sender.try_send(Ok(Bytes::new())).unwrap();
        }
        sender.try_send(Err(())).unwrap();
        drop(sender);
        let (rows, mut batches) = mpsc::unbounded_channel();
        let decoder = Decoder {
            account: AccountId::new("90210"),
            contract: ContractId::new("40117"),
            room: Arc::new(AtomicUsize::new(30)),
            rows,
            hasher: RandomState::default(),
        };
        let decoding = Decoding::new(decoder, receiver, block);
        std::thread::scope(|scope| {
            let threads = [scope.spawn(|| decoding.run()), scope.spawn(|| decoding.run())];
            threads.map(|thread| thread.join().unwrap()).into_iter().collect::<Result<(), ClientError>>()
        })?;
        let mut kept = Decoded::default();
        while let Ok(batch) = batches.try_recv() {
            kept.keep(batch);
        }
        Ok(kept)
    }

    fn list(records: &str) -> Vec<AcmeCertificate> {
        decode(&format!("{{\"certificates\":[{records}]}}")).unwrap().rows
    }

    proptest! {
        #[test]
        fn a_name_below_the_main_name_is_what_it_is_by_itself(
            front in r"(([a-c]|xn--|[0-9A-Z_ü-]){0,3}\.){0,3}",
            domain in r"(\*\.)?(b[üÜ]cher|例え|xn--bcher-kva|مثال|שלום1|a\u{200d}|a|-|ü\u{300})(\.(example|例え|إختبار))?",
        ) {
            let main = Name::new(&domain);
            let whole = format!("{front}{}", domain.strip_prefix("*.").unwrap_or(&domain));
            if let Some(name) = below(&whole, &domain, &main) {
                prop_assert_eq!(name, Name::new(&whole));
            }
        }
    }

    #[test]
    fn names_below_names_in_other_scripts_are_read_with_them() {
        for (name, domain, is_below) in [
            ("www.bücher.example", "bücher.example", true),
            ("a1.www.bücher.example", "*.bücher.example", true),
            ("www.bücher.example", "www.bücher.example", false),
            ("1w.bücher.example", "bücher.example", false),
            ("xwww.bücher.example", "www.bücher.example", false),
            ("www.example.com", "example.com", false),
            ("www.a\u{200d}.example", "a\u{200d}.example", false),
        ] {
            let found = below(name, domain, &Name::new(domain));
            assert_eq!(found, is_below.then(|| Name::new(name)), "{name}");
        }
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
    fn a_record_says_the_same_however_it_is_written_and_wherever_it_is_cut() {
        let records = [
            r#"{"domain":"a.example.com","status":"issued","expiration_date":"2027-01-01T00:00:00Z","serial_number":"0A1","sans":["b.example.com","a.example.com"]}"#,
            r#"{"sans":["www.bücher.example","bücher.example"],"new":{"deep":[1,"}"]},"domain":"bücher.example","status":"renewed"}"#,
            r#"{ "domain" : "A.example.com", "status":"pending", "expiration_date":null, "serial_number":null, "sans":["A.example.com"] }"#,
            r#"{"domain":"c.example.com","status":"issued","serial_number":"C1","sans":[],"new":[{"a":1},{"domain":"x"},{}]}"#,
            r#"{"domain":"pay\u200b.example.com","status":"frozen","expiration_date":"soon","serial_number":"no hex","sans":[]}"#,
        ];
        let list = |records: &[String]| format!(r#"{{"certificates":[{}]}}"#, records.join(" , "));
        let plain = records.map(str::to_owned);
        // With an escape in the name of a member it is read by another way.
        let escaped = records.map(|record| record.replace(r#""status""#, r#""st\u0061tus""#));
        let rows = decode(&list(&escaped)).unwrap().rows;
        assert_eq!(rows.len(), records.len());
        let body = list(&plain);
        for (length, block) in (1..40).chain([body.len()]).flat_map(|length| [1, 100, 600].map(|block| (length, block)))
        {
            assert_eq!(in_pieces(&body, length, block).unwrap().rows, rows, "{length} {block}");
        }
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
