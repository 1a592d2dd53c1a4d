//! The client against the simulator: two readings of the contract that share no types.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use certdeck::{
    client::{
        AuditQuery, CertCentralSettings, Client, OneSettings, PartnerSettings, Service, Settings, Silent,
        SubaccountSettings, Timeouts,
    },
    domain::{
        FailureKind,
        acme::AcmeCertificate,
        audit::AuditSource,
        ca::RequestSource,
        ids::{AccountId, CaId},
    },
    simulator::{self, Fault, FaultPlan, Options, Rule, Simulator, Switches},
};
use secrecy::SecretString;

fn client(simulator: &Simulator) -> Client {
    let (urls, keys) = (simulator::urls(simulator.addr()), simulator::demo_keys());
    let key = |text: &str| SecretString::from(text);
    let subaccounts = keys.partner_subaccounts.iter().map(|subaccount| SubaccountSettings {
        name: subaccount.name.clone(),
        key: key(&subaccount.key),
        contracts: Vec::new(),
    });
    let certcentral = CertCentralSettings {
        services_url: urls.services,
        reports_url: urls.reports,
        ..CertCentralSettings::new(key(&keys.certcentral))
    };
    let partner = PartnerSettings {
        url: urls.partner,
        parent_key: Some(key(&keys.partner_parent)),
        subaccounts: subaccounts.collect(),
        ..PartnerSettings::new()
    };
    let one = OneSettings { url: urls.one, ..OneSettings::new(key(&keys.one)) };
    let timeouts = Timeouts { idle: std::time::Duration::from_millis(400), ..Timeouts::default() };
    Client::new(Settings {
        certcentral: Some(certcentral),
        partner: Some(partner),
        one: Some(one),
        timeouts,
        ..Settings::default()
    })
}

fn switched(change: impl Fn(&mut Switches)) -> Simulator {
    let mut options = Options::default();
    change(&mut options.switches);
    Simulator::spawn(options).unwrap()
}

#[tokio::test]
async fn the_demo_reads_whole_and_without_a_mark() {
    let simulator = Simulator::spawn(Options::default()).unwrap();
    let client = client(&simulator);
    for service in Service::ALL {
        let check = client.check(service).await.unwrap();
        assert_eq!(check.reachable, Ok(()), "{service:?}");
        assert_eq!(check.authenticated, Some(Ok(())), "{service:?}");
        for permitted in &check.permitted {
            assert_eq!(permitted.result, Ok(()), "{service:?} {}", permitted.what);
        }
    }
    assert!(client.cc_me().await.unwrap().is_administrator());
    assert!(!client.cc_users(Some(1)).await.unwrap().rows.is_empty());
    let history = client.report_history(&mut Silent).await.unwrap();
    assert!(history.is_complete() && !history.rows.is_empty());
    for record in &history.rows {
        assert!(record.status.is_known() && record.schedule.is_known(), "{record:?}");
        let details = client.report_details(&record.report).await.unwrap();
        assert_eq!(certdeck::domain::Clean::new(&details.definition.name), record.name);
        assert!(!details.definition.columns.is_empty());
        assert_eq!(details.definition.schedule.frequency, record.schedule.as_str());
    }
    let cas = client.cas(&mut Silent).await.unwrap();
    assert!(cas.is_complete() && cas.notes.is_empty(), "{:?}", cas.notes);
    for ca in &cas.rows {
        assert!(ca.oddities.is_empty(), "{ca:?}");
        assert!(ca.status.is_known() && ca.cert_type.is_known() && ca.hosted_type.is_known(), "{ca:?}");
    }
    let root = cas.rows.iter().find(|ca| ca.issuer.is_none() && ca.serial.is_some()).unwrap();
    let details = client.ca_details(&root.id).await.unwrap();
    let certificate = details.certificate.unwrap();
    assert_eq!(certificate.serial, root.serial);
    assert_eq!(certificate.sha256.to_ascii_uppercase(), details.ca.sha256.to_ascii_uppercase());
    assert_eq!(*certificate, client.ca_certificate(&root.id).await.unwrap());
    assert!(!client.one_me().await.unwrap().permissions.is_empty());
    assert!(!client.templates().await.unwrap().rows.is_empty());
    assert!(!client.crls().await.unwrap().rows.is_empty());
    assert!(!client.ocsp_responders().await.unwrap().rows.is_empty());
    for source in [AuditSource::PrivateCa, AuditSource::AccountManager] {
        let query = AuditQuery { most: Some(150), ..AuditQuery::all(source) };
        let events = client.audit(&query, &mut Silent).await.unwrap();
        assert!(!events.rows.is_empty());
        assert!(events.rows.iter().all(|event| event.result.is_known() && event.at.at().is_some()));
        assert!(events.rows.is_sorted_by(|a, b| a.at.at() >= b.at.at()));
    }
}

#[tokio::test]
async fn certificates_of_every_contract_and_the_account_without_a_key() {
    let simulator = Simulator::spawn(Options::default()).unwrap();
    let client = client(&simulator);
    let accounts = client.subaccounts().await.unwrap();
    let blind: Vec<&AccountId> = accounts.rows.iter().filter(|a| !a.has_key).map(|a| &a.id).collect();
    assert_eq!(blind.len(), 1);
    let mut shown = 0;
    let list = client.acme_certificates(&mut |rows: Vec<AcmeCertificate>| shown += rows.len()).await.unwrap();
    assert_eq!(list.rows.len(), shown);
    assert!(list.is_complete());
    assert!(list.notes.iter().any(|note| note.contains("blind spot") && note.contains(blind[0].as_str())));
    // One contract of the demo holds what no contract should.
    let hostile = |row: &&AcmeCertificate| row.contract().as_str() == "12399";
    assert!(list.rows.iter().any(|row| hostile(&row) && !row.status().is_known()));
    for row in list.rows.iter().filter(|row| !hostile(row)) {
        assert!(row.oddities().is_empty() && row.status().is_known(), "{row:?}");
    }
    let row = &list.rows[0];
    assert_eq!(client.contract(row.account(), row.contract()).await.unwrap().id, *row.contract());
    client.credentials(row.account(), row.contract()).await.unwrap();
    // Only subaccount keys go below /acme, and only for their own contracts.
    let foreign = simulator.control().requests().into_iter().find(|seen| {
        seen.path.contains("/acme/") && seen.header("x-partner-apikey") == Some(simulator::PARTNER_PARENT)
    });
    assert_eq!(foreign, None);
}

#[tokio::test]
async fn every_form_of_the_authority_service_reads_the_same() {
    use simulator::{EmptyList, IdStyle, ListShape, Queue, ReasonAs, RevokedAs, SerialCase, Zone};
    let plain = switched(|_| {});
    let other = switched(|switches| {
        switches.list_shape = ListShape::Bare;
        switches.empty_list = EmptyList::NoContent;
        switches.id_style = IdStyle::Hex;
        switches.revoked_as = RevokedAs::Flag;
        switches.reason_as = ReasonAs::Number;
        switches.zone = Zone::Missing;
        switches.serial_case = SerialCase::Lower;
        switches.queue = Queue::Missing;
    });
    let (plain_client, other_client) = (client(&plain), client(&other));
    let now = "2026-11-21T14:02:31Z".parse().unwrap();
    let (a, b) = (plain_client.cas(&mut Silent).await.unwrap(), other_client.cas(&mut Silent).await.unwrap());
    assert_eq!(a.rows.len(), b.rows.len());
    for (a, b) in a.rows.iter().zip(&b.rows) {
        assert_eq!(a.effective_state(now).0, b.effective_state(now).0, "{}", a.name);
        assert_eq!(
            (&a.name, &a.serial, &a.valid_to, &a.revoked_reason),
            (&b.name, &b.serial, &b.valid_to, &b.revoked_reason)
        );
    }
    let pending = |list: &[certdeck::domain::ca::Ca]| -> Vec<CaId> {
        list.iter().filter(|ca| ca.pending_request.is_some()).map(|ca| ca.id.clone()).collect()
    };
    let (queue, from) = plain_client.requests(&pending(&a.rows)).await.unwrap();
    assert_eq!(from, RequestSource::Queue);
    let (lists, from) = other_client.requests(&pending(&b.rows)).await.unwrap();
    assert_eq!(from, RequestSource::PerCa);
    let open = |list: &certdeck::domain::dataset::Dataset<certdeck::domain::ca::CaRequest>| {
        list.rows.iter().filter(|request| request.status == certdeck::domain::ca::RequestStatus::Pending).count()
    };
    assert!(open(&queue) > 0);
    assert_eq!(open(&queue), open(&lists));
    assert!(lists.rows.iter().all(|request| request.requested_by.is_some() && !request.ca.is_empty()));
}

#[tokio::test]
async fn faults_of_the_simulator_are_told_and_never_hidden() {
    let simulator = Simulator::spawn(Options::default()).unwrap();
    let client = client(&simulator);
    let path = "/certificate-authority/api/v1/ca";
    let cases = [
        (Fault::Html { status: 200, bytes: 900 }, FailureKind::BadAnswer, "not a DigiCert answer"),
        (Fault::GzipBomb { mebibytes: 100 }, FailureKind::BadAnswer, "larger than 16777216 bytes"),
        (Fault::Brotli, FailureKind::BadAnswer, "encoded as br"),
        (Fault::InvalidUtf8, FailureKind::BadAnswer, "not UTF-8 at byte"),
        (Fault::DuplicateKey, FailureKind::BadAnswer, "twice"),
        (Fault::DeepJson { depth: 10_000 }, FailureKind::BadAnswer, "nested deeper than 64"),
        (Fault::ExpiredKey, FailureKind::NotAuthenticated, "does not accept the key"),
        (Fault::Headers { count: 500 }, FailureKind::BadAnswer, "header"),
        (Fault::MissingPath, FailureKind::NotFound, "no such thing"),
        (
            Fault::Redirect { status: 302, to: "https://other.example.com/?k=1".into() },
            FailureKind::BadAnswer,
            "https://other.example.com/ (302)",
        ),
    ];
    for (fault, kind, words) in cases {
        simulator.control().set_faults(FaultPlan::always(path, fault.clone()));
        let failure = client.cas(&mut Silent).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{fault:?}: {failure}");
        assert!(failure.title.contains(words), "{fault:?}: {failure}");
    }
    for shape in 1..=6 {
        simulator.control().set_faults(FaultPlan::always(path, Fault::ErrorShape { status: 403, shape }));
        assert_eq!(client.cas(&mut Silent).await.unwrap_err().kind, FailureKind::NotPermitted, "{shape}");
    }
    simulator.control().set_faults(FaultPlan::always(path, Fault::OtherList));
    assert!(client.cas(&mut Silent).await.unwrap().is_complete());
    let late = Rule::new(path, Fault::Status { status: 503, retry_after: None }).times(1);
    simulator.control().set_faults(FaultPlan { rules: vec![late] });
    assert!(client.cas(&mut Silent).await.unwrap().is_complete(), "one failure passes");
}
