//! Work on long lists, named after the rows of the performance goals that they guard.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use std::collections::HashMap;

use certdeck::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus},
        ca::{
            Ca,
            forest::Forest,
            impact::{Impact, Issued, Sources},
        },
        dataset::Dataset,
        ids::{AccountId, CaId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    flow::{
        Action, Rows, Source,
        list::{Job, ListState},
        tree::TreeState,
    },
    present::{Column, column},
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

const MILLION: u32 = 1_000_000;

#[global_allocator]
static MEMORY: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

fn certificates(count: u32) -> Vec<AcmeCertificate> {
    let record = |i: u32| {
        let spread = i.wrapping_mul(2_654_435_761);
        let name = Name::new(&format!("host-{spread:08x}.acme-corp.example"));
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new("12345"),
            domain: name.clone(),
            status: CertificateStatus::Issued,
            expires: When::At(NOW + jiff::SignedDuration::from_secs(i64::from(spread % 30_000_000))),
            serial: Serial::parse(&format!("{spread:032X}")),
            names: NameSet::new([name]),
            oddities: Vec::new(),
        }
    };
    AcmeCertificate::pack((0..count).map(record))
}

fn cas(count: u32) -> Vec<Ca> {
    let id = |i: u32| format!("{i:06}");
    (0..count)
        .map(|i| Ca {
            id: CaId::new(&id(i)),
            name: format!("Issuing CA {i}").into(),
            issuer: (i > 0).then(|| CaId::new(&id(i / 7))),
            ..Ca::default()
        })
        .collect()
}

fn source(count: u32) -> Source<AcmeCertificate> {
    let mut source = Source::default();
    source.begin();
    source.finish(Dataset::complete(certificates(count), NOW));
    source
}

fn by(name: &str) -> &'static Column<AcmeCertificate> {
    column::column(name).expect("a column")
}

/// The work of a list that shows `before` when `word` is typed.
fn job(source: &Source<AcmeCertificate>, before: &str, word: &str, column: &str) -> Job<AcmeCertificate> {
    let mut list = ListState::new(by(column), false);
    list.set_filter(before).expect("a filter");
    let shown = list.arrange(source, NOW).expect("a long list").run();
    assert!(!list.arranged(shown));
    list.set_filter(word).expect("a filter");
    list.arrange(source, NOW).expect("a long list")
}

/// A word that no row has, one that is part of serials too, and one that a part of the rows has.
#[divan::bench(args = ["needle", "cafe", "host-1"], sample_count = 20)]
fn row_05_filter_acme_1m(bencher: divan::Bencher, word: &str) {
    let source = source(MILLION);
    let job = job(&source, "state:pending", word, "name");
    bencher.with_inputs(|| job.clone()).bench_local_values(Job::run);
}

/// One letter more than what shows.
#[divan::bench(args = [("host", "host-"), ("host-1", "host-12")], sample_count = 20)]
fn row_05_narrow_acme_1m(bencher: divan::Bencher, (before, word): (&str, &str)) {
    let source = source(MILLION);
    let job = job(&source, before, word, "name");
    bencher.with_inputs(|| job.clone()).bench_local_values(Job::run);
}

#[divan::bench(args = ["expires", "name", "state"], sample_count = 10)]
fn row_06_sort_acme_1m(bencher: divan::Bencher, name: &str) {
    let source = source(MILLION);
    let mut list = ListState::new(by(name), false);
    let job = list.arrange(&source, NOW).expect("a long list");
    bencher.with_inputs(|| job.clone()).bench_local_values(Job::run);
}

/// Bytes that are allocated for a million rows stand beside the time: those of all records, which are gone at the end,
/// and those of the rows.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn row_14_pack_acme_1m(bencher: divan::Bencher) {
    bencher.bench_local(|| certificates(MILLION));
}

#[divan::bench(args = [20_000, 100_000], sample_count = 20)]
fn row_19_build_forest(bencher: divan::Bencher, count: u32) {
    let cas = cas(count);
    bencher.bench_local(|| Forest::new(&cas));
}

#[divan::bench(args = [20_000, 100_000], sample_count = 20)]
fn row_19_fold_and_unfold(bencher: divan::Bencher, count: u32) {
    let mut tree = TreeState::default();
    tree.load(&Rows::from(cas(count)));
    bencher.bench_local(|| {
        tree.act(Action::Fold, 30);
        tree.act(Action::Unfold, 30);
        tree.len()
    });
}

/// The impact on the root of all: 100 ms for 20,000 CAs.
#[divan::bench(args = [20_000])]
fn impact(bencher: divan::Bencher<'_, '_>, count: u32) {
    let cas = cas(count);
    let forest = Forest::new(&cas);
    let issued: HashMap<CaId, Issued> = cas.iter().map(|ca| (ca.id.clone(), Issued::default())).collect();
    let sources = Sources {
        cas: &cas,
        cas_complete: true,
        forest: &forest,
        requests: Some(&[]),
        crls: Some(&[]),
        issued: &issued,
    };
    let root = CaId::new("000000");
    bencher.bench(|| Impact::of(&root, None, None, &sources, NOW).map(|impact| impact.digest()));
}
