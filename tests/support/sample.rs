//! Sample data: what the frames of the design show, and what is hostile or odd.

use certdeck::{
    domain::{
        Clean, Failure, FailureKind, When,
        acme::{
            AcmeCertificate, CertificateRecord, CertificateStatus, Contract, Subaccount,
            probe::{Probe, Served, Sighting},
        },
        audit::{AuditEvent, AuditResult, AuditSource, Change},
        ca::{
            Ca, CaRequest, CaStatus, CertType, Crl, HostedType, NamedRef, OcspResponder, RequestSource, RequestStatus,
            RequestType, RevocationReason,
        },
        dataset::{Completeness, Dataset},
        delta::{Compared, Entry, Member, Topic, diff},
        identity::{CertCentralUser, OneUser},
        ids::{AccountId, CaId, ContractId, EventId, RecordId, ReportId, RequestId, RunId, UserId},
        name::{Name, NameSet},
        raw::Raw,
        report::{Frequency, HistoryRecord, ReportStatus},
        serial::Serial,
    },
    flow::{Reply, SourceId},
};

use super::stage::{NOW, Stage};

pub fn certificate(names: &[&str], status: &str, expires: &str, serial: &str) -> AcmeCertificate {
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: Name::new(names.first().copied().unwrap_or_default()),
        status: CertificateStatus::parse(status),
        expires: When::parse(expires),
        serial: Serial::parse(serial),
        names: NameSet::new(names.iter().map(|name| Name::new(name))),
        oddities: Vec::new(),
    }
    .into()
}

pub fn certificates() -> Vec<AcmeCertificate> {
    vec![
        certificate(&["old-api.acme-corp.example"], "expired", "2026-11-15T08:11:00Z", "01"),
        certificate(&["*.lab.acme-corp.example", "lab.acme-corp.example"], "issued", "2026-11-19T23:59:00Z", "02"),
        certificate(
            &["pay.acme-corp.example", "pay2.acme-corp.example", "checkout.acme-corp.example"],
            "issued",
            "2026-11-24T11:20:00Z",
            "0a:1b:2c:3d:4e:5f:6a:7b:8c:9d",
        ),
        certificate(&["git.acme-corp.example"], "not_renewed", "2026-11-27T01:20:00Z", "04"),
        certificate(&["xn--mnchen-3ya.example"], "issued", "2026-12-03T07:45:00Z", "05"),
        certificate(&["xn--80ak6aa92e.com"], "issued", "2026-12-04T07:45:00Z", "06"),
        certificate(&["new-shop.acme-corp.example"], "pending", "", ""),
        certificate(&["www.acme-corp.example"], "renewed", "2026-11-29T06:00:00Z", "07"),
        certificate(&["leak.acme-corp.example"], "revoked", "2027-01-18T23:59:59Z", "08"),
        certificate(&["cold.acme-corp.example"], "frozen", "2026-12-20T00:00:00Z", "09"),
        certificate(&["odd.acme-corp.example"], "issued", "0000-00-00", "not hex"),
        certificate(&["evil\u{202e}gro.example", "a b.example", ""], "issued", "2026-12-05T00:00:00Z", "0b"),
        certificate(&["\u{1b}]0;PWN\u{7}.example"], "issued", "2026-12-06T00:00:00Z", "0c"),
        certificate(&["auth.acme-corp.example"], "issued", "2026-12-21T19:03:00Z", "0d"),
    ]
}

/// What an address serves for a record of [`certificates`].
pub fn served(serial: &str, names: &NameSet, (start, end): (&str, &str)) -> Served {
    Served {
        serial: Serial::parse(serial).expect("a serial"),
        names: names.clone(),
        issuer: Clean::new("CN=RapidSSL TLS RSA CA G1,O=DigiCert Inc,C=US"),
        not_before: When::parse(start),
        not_after: When::parse(end),
        sha256: Clean::new(serial),
        authority_key_id: None,
        trust: Ok(()),
        name_matches: true,
        protocol: Clean::new("TLS 1.3"),
    }
}

/// A probe of a record, made now; one address of 192.0.2.0/24 for each outcome.
pub fn probe(row: &AcmeCertificate, outcomes: Vec<Result<Served, Clean>>) -> Probe {
    let sighting = |(n, outcome)| Sighting { address: Some(([192, 0, 2, n], 443).into()), outcome };
    let sightings = (7..).zip(outcomes).map(sighting).collect();
    let took = std::time::Duration::from_millis(40);
    Probe { key: row.key(), name: row.domain().to_name(), at: NOW, sightings, took }
}

pub fn ca(id: &str, name: &str, issuer: Option<&str>, status: &str, hosted: &str, until: &str) -> Ca {
    Ca {
        id: CaId::new(id),
        name: Clean::new(name),
        status: CaStatus::parse(status),
        cert_type: CertType::parse(if issuer.is_none() { "root" } else { "intermediate" }),
        hosted_type: HostedType::parse(hosted),
        issuer: issuer.map(CaId::new),
        serial: Serial::parse("5F1C88D042B1A70E92"),
        valid_from: When::parse("2024-06-30T00:00:00Z"),
        valid_to: When::parse(until),
        key: Clean::new("ECDSA P-384"),
        templates: Some(vec![NamedRef { id: RecordId::new("t1"), name: Clean::new("TLS short") }]),
        ..Ca::default()
    }
}

pub fn cas() -> Vec<Ca> {
    vec![
        ca("r1", "Acme Root R1", None, "active", "offline", "2044-01-01T00:00:00Z"),
        ca("p-eu", "Acme Policy CA EU", Some("r1"), "active", "offline", "2036-01-01T00:00:00Z"),
        ca("g2-eu", "Acme Issuing CA G2 EU", Some("p-eu"), "active", "online", "2029-06-30T00:00:00Z"),
        ca("dev-3", "Acme Device CA 3", Some("g2-eu"), "active", "online", "2031-01-01T00:00:00Z"),
        ca("g4-eu", "Acme Issuing CA G4 EU", Some("p-eu"), "pending_sign", "online", ""),
        ca("g1-us", "Acme Issuing CA G1 US", Some("r1"), "revoked", "online", "2027-01-01T00:00:00Z"),
        ca("old", "Acme S/MIME CA 1", Some("r1"), "active", "online", "2026-01-01T00:00:00Z"),
        ca("strange", "Acme Is\u{202e}AC gnius", Some("r1"), "hibernating", "moonbase", "2031-01-01T00:00:00Z"),
        ca("lost", "Harbor Logistics CA", Some("not-visible"), "active", "external", "2028-01-01T00:00:00Z"),
        ca("c1", "Cycle CA 1", Some("c2"), "disabled", "online", "2030-01-01T00:00:00Z"),
        ca("c2", "Cycle CA 2", Some("c1"), "active", "third-party", "2030-01-01T00:00:00Z"),
    ]
}

pub fn request(id: &str, ca: &str, name: &str, by: &str, at: &str, reason: RevocationReason) -> CaRequest {
    CaRequest {
        id: RequestId::new(id),
        request_type: RequestType::Revocation,
        status: RequestStatus::Pending,
        ca: CaId::new(ca),
        ca_name: Clean::new(name),
        reason: Some(reason),
        comment: Clean::new("EU issuing moved to G3.\rG2 retired, change CHG-88213."),
        requested_by: Some(UserId::new(by)),
        requested_by_name: Clean::new(by),
        requested: When::parse(at),
        ..CaRequest::default()
    }
}

pub fn requests() -> Vec<CaRequest> {
    vec![
        request(
            "RR-0412",
            "g2-eu",
            "Acme Issuing CA G2 EU",
            "ops-two",
            "2026-11-20T19:04:00Z",
            RevocationReason::CessationOfOperation,
        ),
        request("RR-0409", "dev-3", "Acme Device CA 3", "ops-07", "2026-11-18T12:00:00Z", RevocationReason::Superseded),
        request("RR-0411", "old", "Acme S/MIME CA 1", "ops-one", "2026-11-20T17:00:00Z", RevocationReason::Unspecified),
    ]
}

pub fn crls() -> Vec<Crl> {
    let crl = |id: &str, ca: &str, next: &str| Crl {
        id: RecordId::new(id),
        ca: CaId::new(ca),
        name: Clean::new("full"),
        frequency_hours: Some(24),
        this_update: When::parse("2026-11-20T18:00:00Z"),
        next_update: When::parse(next),
        ..Crl::default()
    };
    vec![crl("k1", "g2-eu", "2026-11-21T18:00:00Z"), crl("k2", "dev-3", "2026-11-21T10:00:00Z"), crl("k3", "r1", "")]
}

pub fn responders() -> Vec<OcspResponder> {
    let responder = |ca: &str, until: &str| OcspResponder {
        id: RecordId::new(ca),
        ca: CaId::new(ca),
        name: Clean::new("primary"),
        valid_to: When::parse(until),
        ..OcspResponder::default()
    };
    vec![responder("g2-eu", "2026-12-02T00:00:00Z"), responder("dev-3", "2027-12-02T00:00:00Z")]
}

pub fn record(id: &str, run: Option<&str>, name: &str, status: &str, started: &str, ended: &str) -> HistoryRecord {
    HistoryRecord {
        report: ReportId::new(id),
        run: run.map(RunId::new),
        name: Clean::new(name),
        report_type: Clean::new("orders"),
        created_by: Some((UserId::new("7"), Clean::new("svc-report"))),
        created: When::parse("2026-08-03 09:12:00"),
        started: When::parse(started),
        ended: When::parse(ended),
        schedule: if run.is_none() { Frequency::Weekly } else { Frequency::OnDemand },
        format: Clean::new("CSV"),
        status: ReportStatus::parse(status),
        manual: Some(false),
        parts: 0,
    }
}

pub fn history() -> Vec<HistoryRecord> {
    vec![
        record("a", Some("a1"), "Weekly orders", "GENERATING", "2026-11-21 13:41:00", ""),
        record("a", Some("a0"), "Weekly orders", "READY", "2026-11-14 13:40:00", "2026-11-14 14:03:00"),
        record("b", Some("b1"), "Balance 2026", "FAILED", "2026-11-01 00:10:00", "2026-11-01 00:11:00"),
        record("c", None, "Domains, expiring validation", "SCHEDULED", "", ""),
        record("d", Some("d1"), "Users and roles", "READY", "2026-10-28 16:30:00", "2026-10-28 16:31:00"),
        record("e", Some("e1"), "\u{1b}]0;PWN\u{7}Bericht", "BAKING", "2026-10-01 16:30:00", ""),
    ]
}

pub fn event(id: &str, at: &str, who: &str, action: &str, what: &str, result: &str) -> AuditEvent {
    AuditEvent {
        source: AuditSource::PrivateCa,
        id: EventId::new(id),
        at: When::parse(at),
        actor_id: UserId::new("u-7"),
        actor: Clean::new(who),
        action: Clean::new(action),
        resource_type: Clean::new("ca"),
        resource_id: Clean::new("g2-eu"),
        resource_name: Clean::new(what),
        result: AuditResult::parse(result),
        code: None,
        change: None,
        description: Clean::new("Revocation requested"),
        ip_address: Clean::new("192.0.2.44"),
        raw: Raw::new("{\"action\":\"request\"}"),
    }
}

pub fn events() -> Vec<AuditEvent> {
    vec![
        event("e1", "2026-11-20T19:04:11Z", "ops-two", "revocation_request", "Acme Issuing CA G2 EU", "success"),
        event("e2", "2026-11-20T19:03:52Z", "ops-two", "list", "3,902 rows", "SUCCESS"),
        AuditEvent {
            code: Some(403),
            ..event("e3", "2026-11-19T22:40:18Z", "svc-mdm", "issue", "TLS\u{2028}short", "failure")
        },
        AuditEvent {
            change: Some(Box::new(Change {
                field: "crl.interval".into(),
                before: "12 h".into(),
                after: "24 h".into(),
            })),
            ..event("e4", "2026-11-19T11:12:55Z", "ops-\u{202e}70", "update", "crl interval", "pondered")
        },
        event("e5", "soon", "", "update", "", ""),
    ]
}

pub fn one_user() -> OneUser {
    OneUser {
        id: UserId::new("ops-one"),
        name: Clean::new("Robin Adler"),
        email: Some(Clean::new("ops-one@acme-corp.example")),
        user_type: Clean::new("standard"),
        status: Clean::new("ACTIVE"),
        accounts: vec![(AccountId::new("1"), Clean::new("Acme Corp"))],
        permissions: vec![Clean::new("VIEW_CM_CA")],
        key_ends: None,
    }
}

pub fn cert_central_user() -> CertCentralUser {
    CertCentralUser {
        id: UserId::new("8801442"),
        username: Clean::new("ops-one"),
        name: Clean::new("Robin Adler"),
        account: AccountId::new("4410275"),
        roles: vec![(1, Clean::new("Administrator"))],
        language: Some(1),
    }
}

pub fn subaccounts() -> Vec<Subaccount> {
    let contract = |id: &str| Contract {
        id: ContractId::new(id),
        account: AccountId::new("90210"),
        product: Clean::new("ssl_basic"),
        names: NameSet::default(),
        created: When::Never,
        valid_till: When::parse("2027-07-02T08:15:00Z"),
        auto_renew: Some(true),
        canceled: When::Never,
        organization: None,
        organization_validated: None,
    };
    vec![
        Subaccount {
            id: AccountId::new("90210"),
            name: Some(Clean::new("shop")),
            contracts: vec![contract("12345")],
            has_key: true,
        },
        Subaccount { id: AccountId::new("90213"), name: None, contracts: vec![contract("12400")], has_key: false },
    ]
}

pub fn failure() -> Failure {
    Failure::new(FailureKind::Network, "cannot find host one.example.com")
        .hint("check the name in the configuration and the network")
}

pub fn partial<T>(rows: Vec<T>) -> Dataset<T> {
    let completeness = Completeness::Partial { read: 2, of: Some(9), why: failure() };
    Dataset { completeness, ..Dataset::complete(rows, NOW) }
}

/// A full reply of every source.
pub fn replies() -> Vec<(SourceId, Reply)> {
    with(&|_| true)
}

/// Replies with the rows of the sources for which `full` holds; the others are empty lists.
pub fn with(full: &dyn Fn(SourceId) -> bool) -> Vec<(SourceId, Reply)> {
    fn rows<T>(full: bool, rows: Vec<T>) -> Dataset<T> {
        Dataset::complete(if full { rows } else { Vec::new() }, NOW)
    }
    let of = |id| (id, full(id));
    vec![
        (SourceId::OneUser, Reply::OneUser(Box::new(one_user()))),
        (SourceId::CertCentralUser, Reply::CertCentralUser(Box::new(cert_central_user()))),
        (SourceId::Acme, Reply::Acme(rows(of(SourceId::Acme).1, certificates()))),
        (SourceId::Subaccounts, Reply::Subaccounts(rows(of(SourceId::Subaccounts).1, subaccounts()))),
        (SourceId::Cas, Reply::Cas(rows(of(SourceId::Cas).1, cas()))),
        (SourceId::Requests, Reply::Requests(rows(of(SourceId::Requests).1, requests()), RequestSource::Queue)),
        (SourceId::Crls, Reply::Crls(rows(of(SourceId::Crls).1, crls()))),
        (SourceId::Responders, Reply::Responders(rows(of(SourceId::Responders).1, responders()))),
        (SourceId::Templates, Reply::Templates(rows(false, Vec::new()))),
        (SourceId::History, Reply::History(rows(of(SourceId::History).1, history()))),
        (SourceId::Audit, Reply::Audit(rows(of(SourceId::Audit).1, events()))),
    ]
}

/// An entry of a snapshot.
fn entry(key: &str, name: &str, facts: &[(Member, &str)]) -> Entry {
    let facts = facts.iter().map(|(member, value)| (*member, Clean::new(value))).collect();
    Entry { key: key.into(), name: name.into(), facts }
}

/// What changed of a topic since a day ago.
pub fn compared(topic: Topic) -> Compared {
    let certificate = |serial: &str, name: &str, status: &str| {
        let facts = [(Member::Status, status), (Member::Ends, "2027-02-19T00:00:00Z"), (Member::Names, name)];
        entry(&format!("90210 12345 {serial}"), name, &facts)
    };
    let ca = |status: &str| entry("ca-7", "Acme Issuing CA G2 EU", &[(Member::Status, status)]);
    let request = |status: &str| {
        let facts = [(Member::Status, status), (Member::RequestType, "revocation"), (Member::By, "ops-two")];
        entry("RR-0412", "RR-0412", &facts)
    };
    let run = |run: &str, status: &str| entry(&format!("r-1 {run}"), "Weekly orders", &[(Member::Status, status)]);
    let template = |status: &str| entry("t-1", "TLS short", &[(Member::Status, status), (Member::Accounts, "acme")]);
    let (before, after) = match topic {
        Topic::Certificate => {
            let old =
                [("A1", "git.acme-corp.example"), ("A2", "sso.acme-corp.example"), ("A3", "shop-eu.acme-corp.example")];
            let before = old.map(|(serial, name)| certificate(serial, name, "issued")).to_vec();
            let words = ["not_renewed", "not_renewed", "revoked"];
            let turned = old.iter().zip(words).map(|((serial, name), word)| certificate(serial, name, word));
            let new = (0..31).map(|n| certificate(&format!("B{n}"), &format!("n{n}.acme-corp.example"), "issued"));
            (before, turned.chain(new).collect())
        }
        Topic::Ca => (vec![ca("active")], vec![ca("disabled")]),
        Topic::Request => (Vec::new(), vec![request("pending")]),
        Topic::Report => (vec![run("1", "READY")], vec![run("1", "READY"), run("2", "READY")]),
        Topic::Template => (vec![template("active")], vec![template("disabled")]),
    };
    let renewals = (topic == Topic::Certificate).then_some(27);
    let span = Some((NOW - jiff::SignedDuration::from_hours(24), NOW));
    Compared { topic, span, deltas: diff(topic, &before, &after), renewals }
}

/// A stage on which everything has been read.
pub fn ready(size: (u16, u16)) -> Stage {
    read(Stage::new(size))
}

/// A stage whose sources were all read.
pub fn read(mut stage: Stage) -> Stage {
    for (source, reply) in replies() {
        stage.reply(source, Ok(reply));
    }
    stage
}
