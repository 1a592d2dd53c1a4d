//! Work on long lists, named after the rows of the performance goals that they guard.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use certdeck::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus},
        ca::{Ca, forest::Forest},
        dataset::Dataset,
        filter::Filter,
        ids::{AccountId, CaId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    flow::{Action, Rows, Source, list::ListState, tree::TreeState},
    present::{Column, column, column::Record},
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

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

#[divan::bench(args = [100_000, 1_000_000], sample_count = 10)]
fn row_05_filter_acme(bencher: divan::Bencher, count: u32) {
    let rows = certificates(count);
    let filter = Filter::parse("needle", AcmeCertificate::FIELDS).expect("a filter");
    bencher.bench_local(|| rows.iter().filter(|row| filter.matches((*row).into(), NOW)).count());
}

#[divan::bench(args = ["expires", "name"], sample_count = 10)]
fn row_06_sort_acme_100k(bencher: divan::Bencher, name: &str) {
    let source = source(100_000);
    bencher.bench_local(|| {
        let mut list = ListState::new(by(name), false);
        list.arrange(&source, NOW).map(certdeck::flow::list::Job::run)
    });
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
