//! What is other since a baseline: worked out, put away, and read back.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use std::sync::Arc;

use certdeck::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus},
        delta::{Entry, Since, Topic, Tracked, diff},
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    store::{ContextId, Place, Prepared, Store},
};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);
const ROWS: u32 = 100_000;

fn main() {
    divan::main();
}

/// Certificates of a day: one in 100 is renewed each day, and its successor stands behind it.
fn certificates(day: u32) -> Vec<AcmeCertificate> {
    let row = |i: u32, generation: u32, status: CertificateStatus| {
        let spread = i.wrapping_mul(2_654_435_761);
        let name = Name::new(&format!("host-{spread:08x}.acme-corp.example"));
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new("12345"),
            domain: name.clone(),
            status,
            expires: When::At(NOW + SignedDuration::from_secs(i64::from(spread % 30_000_000))),
            serial: Serial::parse(&format!("{spread:024X}{generation:08X}")),
            names: NameSet::new([name]),
            oddities: Vec::new(),
        }
    };
    let rows = (0..ROWS).flat_map(|i| {
        let renewed = i % 100 < day;
        let old = row(i, 0, if renewed { CertificateStatus::Renewed } else { CertificateStatus::Issued });
        std::iter::once(old).chain(renewed.then(|| row(i, 1, CertificateStatus::Issued)))
    });
    AcmeCertificate::pack(rows)
}

fn entries(day: u32) -> Vec<Entry> {
    certificates(day).iter().map(Tracked::entry).collect()
}

#[divan::bench(sample_count = 20)]
fn changes_diff_100k(bencher: divan::Bencher) {
    let (before, after) = (entries(0), entries(1));
    bencher.bench(|| diff(Topic::Certificate, &before, &after).len());
}

#[divan::bench(sample_count = 20)]
fn changes_diff_100k_from_certificates(bencher: divan::Bencher) {
    let (before, after) = (certificates(0), certificates(1));
    let entries = |rows: &[AcmeCertificate]| rows.iter().map(Tracked::entry).collect::<Vec<_>>();
    bencher.bench(|| diff(Topic::Certificate, &entries(&before), &entries(&after)).len());
}

fn prepared(day: u32) -> Prepared {
    let at = NOW + SignedDuration::from_hours(24 * i64::from(day));
    Prepared::new(&context(), Arc::new(certificates(day)), at)
}

fn context() -> ContextId {
    ContextId::new("prod", ["https://one.example.com"])
}

/// A store with a snapshot of each of so many days.
fn kept(days: u32) -> (tempfile::TempDir, Store, ContextId, tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let now = NOW + SignedDuration::from_hours(24 * i64::from(days));
    let store = Store::open(Place::Folder(folder.path().to_owned()), Arc::new(move || now));
    let context = context();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for day in 0..days {
        runtime.block_on(store.snapshot(prepared(day))).expect("a snapshot that is kept");
    }
    (folder, store, context, runtime)
}

fn size(folder: &tempfile::TempDir) -> u64 {
    let files = std::fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

#[divan::bench(sample_count = 10)]
fn snapshot_prepare_100k(bencher: divan::Bencher) {
    let rows = Arc::new(certificates(0));
    bencher.bench(|| Prepared::new(&context(), Arc::<Vec<_>>::clone(&rows), NOW));
}

#[divan::bench(sample_count = 10)]
fn snapshot_first_100k(bencher: divan::Bencher) {
    bencher.with_inputs(|| (kept(0), prepared(0))).bench_refs(|((_folder, store, _, runtime), first)| {
        runtime.block_on(store.snapshot(first.clone())).expect("a snapshot that is kept");
    });
}

#[divan::bench(sample_count = 10)]
fn snapshot_next_day_100k(bencher: divan::Bencher) {
    bencher.with_inputs(|| (kept(1), prepared(1))).bench_refs(|((_folder, store, _, runtime), next)| {
        runtime.block_on(store.snapshot(next.clone())).expect("a snapshot that is kept");
    });
}

#[divan::bench(sample_count = 20)]
fn changes_of_30_days_100k(bencher: divan::Bencher) {
    let (one, thirty) = (kept(1), kept(31));
    eprintln!("bytes with 1 snapshot: {}, with 31: {}", size(&one.0), size(&thirty.0));
    let (_folder, store, context, runtime) = thirty;
    let since = Since::Back(SignedDuration::from_hours(24 * 31));
    bencher.bench(|| {
        let compared = runtime.block_on(store.compare(&context, Topic::Certificate, since, None));
        compared.expect("what is other").deltas.len()
    });
}
