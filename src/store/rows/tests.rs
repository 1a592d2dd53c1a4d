use std::fmt::Debug;

use aws_lc_rs::digest::{SHA256, digest};

use super::*;
use crate::domain::acme::probe::Sighting;
use crate::store::{
    codec::{Body, CHUNK, Chunk, decode},
    seal::hex,
};

/// A text with what would act on a terminal.
fn odd() -> Clean {
    Clean::new("a\u{1b}[2J\u{202e}b")
}

fn certificate() -> CertificateRecord {
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: Name::new("pay\u{200b}.example.com"),
        status: CertificateStatus::Issued,
        expires: When::parse("2026-11-24T11:20:00.5Z"),
        serial: Serial::parse("0a:1b:2c"),
        names: NameSet::new(["b.example.com", "a.example.com", "MÜNCHEN.example"].map(Name::new)),
        oddities: vec![odd(), Clean::default()],
    }
}

/// A row that stands in the text of its list.
fn sound() -> CertificateRecord {
    CertificateRecord {
        domain: Name::new("b.example.com"),
        expires: When::parse("2026-11-24T11:20:00Z"),
        serial: Serial::parse("A1B2C"),
        oddities: Vec::new(),
        ..certificate()
    }
}

fn probe() -> Probe {
    let row = AcmeCertificate::from(certificate());
    let at = "2026-11-21T14:02:31Z".parse().unwrap();
    let sighting = Sighting { address: Some(([192, 0, 2, 7], 443).into()), outcome: Err(odd()) };
    Probe {
        key: row.key(),
        name: row.domain().to_name(),
        at,
        sightings: vec![sighting],
        took: std::time::Duration::from_millis(40),
    }
}

const fn sight(gone: Option<i64>) -> Sight {
    Sight { digest: u64::MAX, first: -1, gone }
}

fn subaccount() -> Subaccount {
    let contract = Contract {
        id: ContractId::new("12345"),
        account: AccountId::new("90210"),
        product: "ssl_dv_rapidssl".into(),
        names: NameSet::default(),
        created: When::parse("0000-00-00"),
        valid_till: When::Never,
        auto_renew: Some(false),
        canceled: When::parse("1969-12-31T23:59:59.25Z"),
        organization: Some(odd()),
        organization_validated: None,
    };
    Subaccount { id: AccountId::new("90210"), name: None, contracts: vec![contract.clone(), contract], has_key: true }
}

fn ca() -> Ca {
    Ca {
        id: CaId::new("0a1b"),
        name: odd(),
        status: CaStatus::parse("fro\u{7}zen"),
        cert_type: CertType::Intermediate,
        hosted_type: HostedType::default(),
        issuer: Some(CaId::new("0a1a")),
        issuer_name: "Root".into(),
        serial: Serial::parse("no digits"),
        sha256: "ab".into(),
        valid_from: When::parse("2020-01-01"),
        valid_to: When::parse("2040-01-01"),
        key: "ECDSA P-384".into(),
        is_revoked: Some(true),
        revoked_date: When::Never,
        revoked_reason: Some(RevocationReason::KeyCompromise),
        pending_request: Some(RequestId::new("r1")),
        templates: Some(vec![NamedRef { id: RecordId::new("t1"), name: "Template".into() }]),
        oddities: Vec::new(),
    }
}

fn request() -> CaRequest {
    CaRequest {
        id: RequestId::new("r1"),
        request_type: RequestType::Revocation,
        status: RequestStatus::Pending,
        ca: CaId::new("0a1b"),
        reason: Some(RevocationReason::parse("no such reason")),
        requested_by: Some(UserId::new("u1")),
        reviewed_by: Some(UserId::new("u2")),
        requested: When::parse("2026-11-24"),
        comment: odd(),
        ..CaRequest::default()
    }
}

fn history() -> HistoryRecord {
    HistoryRecord {
        report: ReportId::new("p1"),
        run: Some(RunId::new("n1")),
        name: "Orders".into(),
        report_type: "orders".into(),
        created_by: Some((UserId::new("7"), "Ana".into())),
        created: When::Never,
        started: When::parse("2026-11-01 00:00:00"),
        ended: When::Never,
        schedule: Frequency::Weekly,
        format: "CSV".into(),
        status: ReportStatus::Ready,
        manual: Some(true),
        parts: u32::MAX,
    }
}

fn certcentral_user() -> CertCentralUser {
    CertCentralUser {
        id: UserId::new("7"),
        username: "ana".into(),
        name: "Ana".into(),
        account: AccountId::new("1"),
        roles: vec![(1, "Administrator".into()), (i64::MIN, odd()), (i64::MAX, Clean::default())],
        language: Some(-1),
    }
}

fn one_user() -> OneUser {
    OneUser {
        id: UserId::new("u1"),
        name: "Ana".into(),
        email: Some("ana@example.com".into()),
        user_type: "standard".into(),
        status: "ACTIVE".into(),
        accounts: vec![(AccountId::new("1"), "Example".into())],
        permissions: vec!["VIEW_CM_CA".into()],
        key_ends: Some(When::parse("2026-12-25T00:00:00Z")),
    }
}

/// Stores rows, reads them, compares them with their marks; the hash of the stored form.
fn round<T: Row + Debug>(rows: &[T]) -> String {
    let chunk = Chunk::of(rows);
    let read: Vec<T> = decode(&chunk.0).expect("the stored form");
    assert_eq!(format!("{read:#?}"), format!("{rows:#?}"));
    assert_eq!(Chunk::of(&read), chunk, "marks come back too");
    let hash = hex(digest(&SHA256, &chunk.0).as_ref());
    format!("{} {} {}", T::SOURCE, T::FORMAT, &hash[..12])
}

/// A record in the form that all rows had before some of them shared a text.
struct Apart(CertificateRecord);

impl Stored for Apart {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.0.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        CertificateRecord::read(input).map(Self)
    }
}

impl Row for Apart {
    const SOURCE: &'static str = AcmeCertificate::SOURCE;
    const FORMAT: u32 = AcmeCertificate::FORMAT;
}

#[test]
fn a_row_is_stored_as_its_record() {
    let records = [sound(), certificate(), CertificateRecord { serial: None, expires: When::Never, ..sound() }];
    let rows = AcmeCertificate::pack(records.clone());
    assert!(rows[0].pieces().is_some() && rows[1].pieces().is_none());
    assert_eq!(Chunk::of(&rows), Chunk::of(&records.map(Apart)));
    round(&rows);
}

/// A line that changes is a list that old files hold in another form: raise its format, then change the line.
#[test]
fn the_stored_form_is_the_one_of_its_number() {
    let crl = Crl { id: RecordId::new("c"), frequency_hours: Some(24), name: odd(), ..Crl::default() };
    let responder =
        OcspResponder { id: RecordId::new("o"), url: "http://ocsp.example.com".into(), ..OcspResponder::default() };
    let template = Template { id: RecordId::new("t"), accounts: vec![AccountId::new("1")], ..Template::default() };
    let forms = [
        round(&AcmeCertificate::pack([certificate(), certificate()])),
        round(&[KeptProbe::from(&probe()), KeptProbe::from(&probe())]),
        round(&[sight(Some(1_795_269_751)), sight(None)]),
        round(&[subaccount()]),
        round(&[ca(), Ca::default()]),
        round(&[request(), CaRequest::default()]),
        round(&[crl, Crl::default()]),
        round(&[responder, OcspResponder::default()]),
        round(&[template, Template::default()]),
        round(&[history()]),
        round(&[certcentral_user()]),
        round(&[one_user()]),
    ];
    let known = [
        "acme 1 3791a3d5576c",
        "acme-probes 1 109f9b31f999",
        "acme-sights 1 752849cc085c",
        "subaccounts 1 ec674fe81196",
        "cas 1 dfc9af3bce9d",
        "requests 2 1228e58c2d17",
        "crls 1 b5cb35150f3d",
        "responders 1 6b0fd8d45395",
        "templates 1 f37f376335bb",
        "history 1 b06505ce2d3d",
        "certcentral-user 1 87c68a15ae27",
        "one-user 2 eb6eaab173cf",
    ];
    assert_eq!(forms, known);
}

#[test]
fn serials_compare_as_before_whatever_their_form() {
    for raw in ["A1B2C", "0a:1b:2c", "0x0a1b2c", "0000", "not hex", "\t0A1B", "\u{1b}AB"] {
        let record = CertificateRecord { serial: Serial::parse(raw), ..sound() };
        let chunk = Chunk::of([&AcmeCertificate::from(record.clone())]);
        let read = decode::<AcmeCertificate>(&chunk.0).unwrap().remove(0).record().serial.unwrap();
        let serial = record.serial.unwrap();
        assert_eq!((read.digits(), read.is_hex()), (serial.digits(), serial.is_hex()), "{raw:?}");
        assert_eq!((read.raw(), read.raw().is_marked()), (serial.raw(), serial.raw().is_marked()), "{raw:?}");
    }
}

#[test]
fn a_long_list_is_cut_into_chunks_in_its_order() {
    let rows: Vec<AcmeCertificate> = (0..=CHUNK * 2)
        .map(|i| CertificateRecord { domain: Name::new(&format!("h{i}.example.com")), ..sound() }.into())
        .collect();
    let body = Body::from(rows.clone());
    let read: Vec<Vec<AcmeCertificate>> = body.chunks().map(|chunk| decode(&chunk).unwrap()).collect();
    assert_eq!(body.len(), read.len());
    assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [CHUNK, CHUNK, 1]);
    assert_eq!(read.concat(), rows);
    assert_eq!(Body::from(Vec::<AcmeCertificate>::new()).chunks().count(), 0);
}

/// What a file says is not trusted: cut or changed anywhere it gives no row, or rows whose texts are safe.
#[test]
fn g20_changed_bytes_give_no_text_that_acts() {
    let chunk = Chunk::of(&AcmeCertificate::pack([certificate(), sound(), certificate()])).0;
    let safe = |rows: &[AcmeCertificate]| {
        for row in rows {
            for text in row.oddities().iter().map(Clean::as_str).chain([row.domain().as_str(), row.account().as_str()])
            {
                assert!(matches!(crate::domain::text::escape(text), std::borrow::Cow::Borrowed(_)), "{text:?}");
            }
        }
    };
    for length in 0..chunk.len() {
        assert_eq!(decode::<AcmeCertificate>(&chunk[..length]), None, "cut at {length}");
    }
    let mut readable = 0;
    for at in 0..chunk.len() {
        for bit in 0..8 {
            let mut changed = chunk.clone();
            changed[at] ^= 1 << bit;
            if let Some(rows) = decode::<AcmeCertificate>(&changed) {
                safe(&rows);
                readable += 1;
            }
        }
    }
    assert!(readable > 0, "some changes are in texts");
}

/// A file of somebody else, with a text that no sanitizer has seen.
#[test]
fn t01_a_text_of_a_file_is_made_safe() {
    let hostile: Vec<Hostile> = decode(&Chunk::of(&[Hostile(Clean::default())]).0).unwrap();
    assert_eq!((hostile[0].0.as_str(), hostile[0].0.is_marked()), ("^[[2J", true));
}

struct Hostile(Clean);

impl Stored for Hostile {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.text("\u{1b}[2J", false);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Clean::read(input).map(Self)
    }
}

impl Row for Hostile {
    const SOURCE: &'static str = "text";
    const FORMAT: u32 = 1;
}
