use proptest::prelude::*;

use super::{
    batch::{BYTES, NAMES},
    pack::ROWS,
    *,
};

fn record() -> CertificateRecord {
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: Name::new("b.example.com"),
        status: CertificateStatus::Issued,
        expires: When::parse("2026-12-01T00:00:00Z"),
        serial: Serial::parse("A1B2C"),
        names: NameSet::new(["c.example.com", "b.example.com", "a.example.com"].map(Name::new)),
        oddities: Vec::new(),
    }
}

fn stands_apart(record: CertificateRecord) -> bool {
    AcmeCertificate::from(record).as_record().is_some()
}

#[test]
fn a_row_takes_16_bytes_and_one_that_does_not_fit_stands_apart() {
    assert_eq!(size_of::<AcmeCertificate>(), 16);
    let many = |count: usize| NameSet::new((0..count).map(|n| Name::new(&format!("h{n}.example.com"))));
    let long = |length: usize| Name::new(&"a".repeat(length));
    let sound = [
        record(),
        CertificateRecord { serial: None, expires: When::Never, names: NameSet::default(), ..record() },
        CertificateRecord { names: many(NAMES), ..record() },
        CertificateRecord { domain: long(BYTES), names: NameSet::default(), ..record() },
        CertificateRecord { expires: When::parse("1970-01-01T00:00:01Z"), ..record() },
        CertificateRecord { expires: When::parse("2106-02-07T06:28:15Z"), ..record() },
        CertificateRecord { serial: Serial::parse("000A1B"), ..record() },
        CertificateRecord { serial: Serial::parse("0a:1b"), ..record() },
        CertificateRecord { serial: Serial::parse("0000"), ..record() },
    ];
    for record in sound {
        assert!(!stands_apart(record.clone()), "{record:?}");
    }
    let apart = [
        CertificateRecord { names: many(NAMES + 1), ..record() },
        CertificateRecord { domain: long(BYTES + 1), names: NameSet::default(), ..record() },
        CertificateRecord { expires: When::parse("1970-01-01T00:00:00Z"), ..record() },
        CertificateRecord { expires: When::parse("2106-02-07T06:28:16Z"), ..record() },
        CertificateRecord { expires: When::parse("2026-12-01T00:00:00.5Z"), ..record() },
        CertificateRecord { expires: When::parse("soon"), ..record() },
        CertificateRecord { serial: Serial::parse("0A1b"), ..record() },
        CertificateRecord { serial: Serial::parse("0x0a"), ..record() },
        CertificateRecord { serial: Serial::parse("no hex"), ..record() },
        CertificateRecord { status: CertificateStatus::parse("frozen"), ..record() },
        CertificateRecord { domain: Name::from(Clean::new("東京.example.com")), ..record() },
        CertificateRecord { domain: Name::from(Clean::new("B.example.com")), ..record() },
        CertificateRecord { domain: Name::new("pay\u{200b}.example.com"), ..record() },
        CertificateRecord { names: NameSet::new([Name::new("a\u{1f}b.example.com")]), ..record() },
        CertificateRecord { oddities: vec!["sans is missing".into()], ..record() },
    ];
    for record in apart {
        assert!(stands_apart(record.clone()), "{record:?}");
    }
}

#[test]
fn what_is_kept_as_it_came_is_plain_and_anything_else_is_read() {
    let plain = |domain, status, expires, serial, names: &[&'static str]| {
        PlainRecord::new(domain, status, expires, serial, names.to_vec()).is_some()
    };
    let end = "2026-12-01T00:00:00Z";
    assert!(plain("*.a.example.com", "issued", end, "A1", &["b_c.example.com", "*.a.example.com"]));
    assert!(plain("a.example.com", "issued", "", "A1", &[]));
    for domain in ["A.example.com", "ü.example.com", "a b", "a\u{1f}b", "a\u{200b}.example.com"] {
        assert!(!plain(domain, "issued", end, "A1", &[]), "{domain}");
        assert!(!plain("a.example.com", "issued", end, "A1", &[domain]), "{domain}");
    }
    assert!(plain("a.example.com", "pending", "", "", &["a.example.com"]));
    assert!(!plain("", "pending", "", "", &[]), "nothing tells it from others");
    for serial in ["0A1", "0000", "F"] {
        assert!(plain("a.example.com", "issued", end, serial, &[]), "{serial}");
    }
    for serial in ["a1", "0xA1", "A:1", " A1", "no hex"] {
        assert!(!plain("a.example.com", "issued", end, serial, &[]), "{serial}");
    }
    assert!(!plain("a.example.com", "frozen", end, "A1", &[]));
    assert!(!plain("a.example.com", "issued", "soon", "A1", &[]));
    assert!(!plain("a.example.com", "issued", end, "A1", &["b.example.com"; NAMES + 1]));
}

#[test]
fn rows_share_the_text_of_their_contract_and_no_other() {
    let other = CertificateRecord { contract: ContractId::new("12346"), ..record() };
    let rows = AcmeCertificate::pack([record(), record(), other.clone(), record()]);
    let batches: Vec<*const Batch> = rows
        .iter()
        .filter_map(|row| match &row.0 {
            Form::Sound { batch, .. } => Some(Arc::as_ptr(batch)),
            Form::Other(_) => None,
        })
        .collect();
    assert_eq!(batches.len(), 4);
    assert_eq!((batches[0] == batches[1], batches[1] == batches[2], batches[1] == batches[3]), (true, false, false));
    assert_eq!(*rows[2].contract(), other.contract);
    let long: Vec<AcmeCertificate> = AcmeCertificate::pack((0..=ROWS).map(|_| record()));
    assert_eq!(long.len(), ROWS + 1);
    assert_eq!(long[ROWS], long[0]);
}

/// Raw text of a member: host names, what is none, and what would break a text with marks of its own.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]\\.example\\.com",
        1 => Just("*.example.com".to_owned()),
        1 => Just(String::new()),
        1 => "[a-zA-Z\u{1e}\u{1f}\u{0}\u{200b}ü東 ]{0,8}",
    ]
}

prop_compose! {
    fn records()(
        domain in text(), names in prop::collection::vec(text(), 0..6), own: bool,
        status in "issued|pending|renewed|not_renewed|expired|revoked|frozen|",
        expires in prop_oneof![Just(String::new()), "20[0-9][0-9]-1[0-2]-0[1-9]T10:20:30Z", "[0-9]{4}-13-01|soon"],
        serial in prop_oneof![Just(String::new()), "[1-9A-F][0-9A-F]{0,40}", "0?[0-9a-fA-Fx: ]{1,9}", "[a-z\u{1f}]{1,5}"],
        odd in prop::option::weighted(0.1, ".{0,9}"), contract in "[12]",
    ) -> CertificateRecord {
        let domain = Name::new(&domain);
        let names = names.iter().map(|name| Name::new(name)).chain(own.then(|| domain.clone()));
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new(&contract),
            names: NameSet::new(names),
            domain,
            status: CertificateStatus::parse(&status),
            expires: When::parse(&expires),
            serial: Serial::parse(&serial),
            oddities: odd.iter().map(|text| Clean::new(text)).collect(),
        }
    }
}

proptest! {
    #[test]
    fn a_plain_record_gives_the_row_of_a_record(
        rows in prop::collection::vec((
            text(), prop::collection::vec(text(), 0..6), any::<bool>(), "issued|ISSUED|not-renewed|revoked|frozen|",
            prop_oneof![Just(String::new()), "20[0-9][0-9]-1[0-2]-0[1-9]T10:20:30Z", "1960-10-01T00:00:00Z|soon"],
            prop_oneof!["[0-9A-F]{0,41}", "0*", "[0-9a-f: x]{0,6}"],
        ), 1..12),
    ) {
        let (account, contract) = (AccountId::new("90210"), ContractId::new("12345"));
        let mut mixed = Packer::default();
        let mut records = Vec::new();
        for (domain, names, own, status, expires, serial) in &rows {
            let names: Vec<&str> = names.iter().chain(own.then_some(domain)).map(String::as_str).collect();
            let record = CertificateRecord {
                account: account.clone(),
                contract: contract.clone(),
                domain: Name::new(domain),
                status: CertificateStatus::parse(status),
                expires: When::parse(expires),
                serial: Serial::parse(serial),
                names: NameSet::new(names.iter().map(|name| Name::new(name))),
                oddities: Vec::new(),
            };
            match PlainRecord::new(domain, status, expires, serial, names) {
                Some(plain) => {
                    prop_assert_eq!(plain.domain(), NameRef::from(&record.domain));
                    prop_assert_eq!(plain.names(), (&record.names).into());
                    prop_assert_eq!(plain.serial(), record.serial.as_ref().map(SerialRef::from));
                    prop_assert!(!stands_apart(record.clone()));
                    mixed.add_plain(&account, &contract, &plain);
                }
                None => mixed.add(record.clone()),
            }
            records.push(record);
        }
        prop_assert_eq!(mixed.take(), AcmeCertificate::pack(records));
        prop_assert!(mixed.take().is_empty());
    }

    #[test]
    fn a_row_says_what_its_record_says(records in prop::collection::vec(records(), 0..20)) {
        let rows = AcmeCertificate::pack(records.clone());
        prop_assert_eq!(rows.len(), records.len());
        for (row, record) in rows.iter().zip(&records) {
            let copy = row.record();
            prop_assert_eq!(&copy, record);
            let raw = |record: &CertificateRecord| {
                record.serial.as_ref().map(|serial| (serial.raw().clone(), serial.raw().is_marked(), serial.is_hex()))
            };
            prop_assert_eq!(raw(&copy), raw(record));
            prop_assert_eq!((row.domain(), row.names()), ((&record.domain).into(), (&record.names).into()));
            prop_assert_eq!(row.names().len(), record.names.len());
            prop_assert_eq!(row.names().is_empty(), record.names.is_empty());
            prop_assert_eq!(row.serial(), record.serial.as_ref().map(SerialRef::from));
            prop_assert_eq!(row.ends(), record.expires.at().map(jiff::Timestamp::as_second));
            prop_assert_eq!(row, &AcmeCertificate::from(record.clone()));
        }
        for pair in records.windows(2) {
            if let [a, b] = pair {
                let rows = [a, b].map(|record| AcmeCertificate::from(record.clone()));
                prop_assert_eq!(rows[0].names().cmp(&rows[1].names()), a.names.cmp(&b.names));
                prop_assert_eq!(rows[0].domain().cmp(&rows[1].domain()), a.domain.cmp(&b.domain));
                prop_assert_eq!(rows[0] == rows[1], a == b);
            }
        }
    }
}
