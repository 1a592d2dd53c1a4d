//! Audit events from the simulator to this machine: pages that fail, rows that shift, files that are written.
#![cfg(feature = "simulator")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed setup is a failed test"
)]

#[path = "support/mod.rs"]
mod support;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use certdeck::{
    audit::{Logs, Step},
    client::{AuditQuery, Client, Silent, transport::Network},
    domain::{
        audit::{
            AuditEvent, AuditSource,
            look::{Events, Extract},
        },
        digest::Digester,
        filter::Filter,
        report::{HistoryRecord, ReportStatus},
    },
    downloads::Downloads,
    present::column::Record as _,
    simulator::{Fault, NewEvent, Rule},
    store::{Clock, ContextId, Place, Store},
};
use jiff::SignedDuration;
use support::{rig::Loan, stage::NOW};

const LOG: &str = "/certificate-authority/api/v1/audit";

fn client(loan: &Loan) -> Client {
    let settings = loan.settings();
    let network = Arc::new(Network::new(&settings));
    Client::with_transport(settings, network, Arc::new(|| NOW))
}

fn logs(place: Place) -> Logs {
    let clock: Clock = Arc::new(|| NOW);
    let store = Store::open(place, clock);
    let context = ContextId::new("test", []);
    let index = store.index(&context, AuditEvent::FIELDS);
    Logs { index, store, context, downloads: None, keep: SignedDuration::from_hours(400 * 24) }
}

async fn ids(logs: &Logs, source: AuditSource) -> Vec<String> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let wanted = Events { filter: Filter::all(AuditEvent::FIELDS), now: NOW, before, most: 700 };
        let (events, next) = logs.index.events(wanted).await.unwrap();
        all.extend(events.into_iter().filter(|event| event.source == source).map(|event| event.id.to_string()));
        before = next;
        if before.is_none() {
            return all;
        }
    }
}

async fn listed(client: &Client, source: AuditSource) -> BTreeSet<String> {
    let list = client.audit(&AuditQuery::all(source), &mut Silent).await.unwrap();
    list.rows.iter().map(|event| event.id.to_string()).collect()
}

fn event() -> NewEvent {
    NewEvent {
        who: "ops-two".into(),
        action: "issue".into(),
        resource_type: "certificate".into(),
        status: "success".into(),
        ..NewEvent::default()
    }
}

/// Everything that the services list is here once, though rows shift with each page; a run without news asks little.
#[tokio::test]
async fn g17_rows_that_shift_are_neither_lost_nor_doubled() {
    let loan = Loan::fresh();
    let (client, logs) = (client(&loan), logs(Place::Memory));
    let control = loan.control();
    let mut shift = |step: Step| {
        if step.source == AuditSource::PrivateCa {
            for _ in 0..7 {
                control.push_audit_event(event());
            }
        }
    };
    let synced = logs.sync(&client, NOW, &mut shift).await.unwrap();
    assert!(synced.failures.is_empty() && synced.new > 5_000, "{synced:?}");
    logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    for source in [AuditSource::PrivateCa, AuditSource::AccountManager] {
        let kept = ids(&logs, source).await;
        let once: BTreeSet<String> = kept.iter().cloned().collect();
        assert_eq!(once.len(), kept.len(), "{source:?}: nothing is here twice");
        assert_eq!(once, listed(&client, source).await, "{source:?}: nothing is lost");
    }
    let before = loan.requests().len();
    let synced = logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert_eq!((synced.new, loan.requests().len() - before), (0, 2), "one page of each log");
    assert_eq!(logs.standing(NOW).await.unwrap().gaps().count(), 0);
}

/// A page that fails is a gap with its bounds, is told in the evidence, and is closed by the next run.
#[tokio::test]
async fn g17_a_page_that_fails_is_a_gap_until_it_is_read() {
    let loan = Loan::new();
    let folder = tempfile::tempdir().unwrap();
    let (client, logs) = (client(&loan), logs(Place::Folder(folder.path().to_owned())));
    let fault = Fault::Status { status: 503, retry_after: None };
    // The fourth page of the log, as often as it is tried.
    loan.faults([Rule { after: 3, ..Rule::new(LOG, fault).times(3) }]);
    let synced = logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert!(synced.new > 3_000);
    let standing = logs.standing(NOW).await.unwrap();
    let log = standing.of(AuditSource::PrivateCa).unwrap();
    assert_eq!(log.gaps.len(), 1, "{log:?}");
    let (from, to) = log.gaps[0].ends();
    assert!(from < to && !log.gaps[0].why.is_empty(), "{log:?}");
    let kept: BTreeSet<String> = ids(&logs, AuditSource::PrivateCa).await.into_iter().collect();
    loan.faults([]);
    let all = client.audit(&AuditQuery::all(AuditSource::PrivateCa), &mut Silent).await.unwrap();
    let lost: Vec<&AuditEvent> = all.rows.iter().filter(|event| !kept.contains(event.id.as_str())).collect();
    assert!(lost.len() > 900, "{}", lost.len());
    for event in &lost {
        let at = event.at.at().unwrap();
        assert!((from..=to).contains(&at), "{at} is not in the gap from {from} to {to}");
    }

    let file = folder.path().join("evidence.csv");
    let extract = Extract { filter: Filter::all(AuditEvent::FIELDS), words: String::new(), now: NOW };
    let written = logs.write(&file, extract.clone()).await.unwrap();
    assert_eq!(written.gaps, 1);
    let manifest = json(&written.manifest);
    assert_eq!(manifest["gaps"][0]["reason"].as_str(), Some(log.gaps[0].why.as_str()));
    assert_eq!(manifest["gaps"][0]["from"].as_str(), Some(from.to_string().as_str()));
    let mut sum = Digester::default();
    let bytes = std::fs::read(&file).unwrap();
    sum.add(&bytes);
    assert_eq!(manifest["sha256"].as_str(), Some(sum.end().as_str()));
    assert_eq!(manifest["bytes"].as_u64(), Some(bytes.len() as u64));
    let lines = String::from_utf8(bytes).unwrap().lines().count();
    assert_eq!(lines, written.events + 1);
    let again = logs.write(&file, extract).await.unwrap_err();
    assert!(again.title.contains("it stays"), "{again}");

    logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert_eq!(logs.standing(NOW).await.unwrap().gaps().count(), 0, "read by the next run");
    let kept: BTreeSet<String> = ids(&logs, AuditSource::PrivateCa).await.into_iter().collect();
    assert_eq!(kept.len(), all.rows.len());
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// One log that is refused leaves the other one, and says so.
#[tokio::test]
async fn a_log_that_is_refused_leaves_the_other() {
    let loan = Loan::new();
    let (client, logs) = (client(&loan), logs(Place::Memory));
    loan.faults([Rule::new("/account/api/v1/audit-log", Fault::Status { status: 403, retry_after: None })]);
    let synced = logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert_eq!(synced.failures.len(), 1, "{:?}", synced.failures);
    assert_eq!(synced.failures[0].0, AuditSource::AccountManager);
    let list = logs.newest(NOW, 50).await.unwrap().unwrap();
    assert_eq!(list.rows.len(), 50);
    assert!(!list.is_complete(), "a log that was not read is said");
    loan.faults(
        [LOG, "/account/api/v1/audit-log"]
            .map(|path| Rule::new(path, Fault::Status { status: 403, retry_after: None })),
    );
    assert!(logs.sync(&client, NOW, &mut |_| {}).await.is_err(), "none of both is a failure");
    assert!(!ids(&logs, AuditSource::PrivateCa).await.is_empty(), "and what is kept stays");
}

/// What this program did, and a report whose files are here, stand beside the logs of the services.
#[tokio::test]
async fn the_journal_and_a_report_are_sources_too() {
    let loan = Loan::new();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&loan);
    let downloads = Downloads::new(folder.path(), "test");
    let history = client.report_history(&mut Silent).await.unwrap().rows;
    let is_audit = |word: &str| word == "audit-logs";
    let ready = |record: &&HistoryRecord| record.run.is_some() && record.status == ReportStatus::Ready;
    let runs = history.iter().filter(|record| is_audit(record.report_type.as_str())).filter(ready);
    let runs: Vec<&HistoryRecord> = runs.take(2).collect();
    let told = Arc::new(|_| {}) as certdeck::downloads::Told;
    downloads.fetch(&client, runs[0], None, &told).await.unwrap();
    let logs = Logs { downloads: Some(downloads.clone()), ..logs(Place::Folder(folder.path().to_owned())) };
    logs.store.append(&logs.context, "triage", "{\"text\":\"seen\"}".to_owned()).await.unwrap();
    logs.store.append(&ContextId::new("other", []), "triage", "{\"text\":\"not ours\"}".to_owned()).await.unwrap();
    logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    let standing = logs.standing(NOW).await.unwrap();
    assert_eq!(ids(&logs, AuditSource::Here).await, ["1"]);
    let report = standing.of(AuditSource::Report).unwrap();
    assert!(report.origin.starts_with("the report of "), "{report:?}");
    assert!(report.events > 0, "{report:?}");
    let synced = logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert_eq!(synced.new, 0, "a report that was taken is not taken again");

    downloads.fetch(&client, runs[1], None, &told).await.unwrap();
    logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    let standing = logs.standing(NOW).await.unwrap();
    let both = standing.of(AuditSource::Report).unwrap();
    assert!(both.origin.starts_with("2 reports, the newest of "), "{both:?}");
    assert_eq!(both.events, report.events, "the same days again: {both:?}");
    let (kept, once) =
        (ids(&logs, AuditSource::Report).await, BTreeSet::from_iter(ids(&logs, AuditSource::Report).await));
    assert_eq!(kept.len(), once.len(), "what both tell is here once");
    let synced = logs.sync(&client, NOW, &mut |_| {}).await.unwrap();
    assert_eq!(synced.new, 0, "neither is taken again");
}
