//! Triage of long lists, named after the rows of the performance goals that it must not hold up.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

use certdeck::domain::{
    When,
    acme::{
        AcmeCertificate, CertificateRecord, CertificateStatus,
        facts::Facts,
        forecast::Forecast,
        triage::{Triage, assess},
    },
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
    serial::Serial,
};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);
const MILLION: u32 = 1_000_000;
/// Certificates of a lineage.
const GENERATIONS: u32 = 3;

fn main() {
    divan::main();
}

/// Lineages of three, every fifth with two names, over eight contracts; 4 % are covered by a wildcard.
fn certificates(count: u32) -> Vec<AcmeCertificate> {
    let record = |i: u32| {
        let (lineage, generation) = (i / GENERATIONS, i % GENERATIONS);
        let spread = lineage.wrapping_mul(2_654_435_761);
        let end = i64::from(spread % 7_000_000) - i64::from(generation) * 60 * 86_400;
        let name = match lineage % 25 {
            0 => format!("host-{lineage}.apps.acme-corp.example"),
            1 if lineage == 1 => "*.apps.acme-corp.example".to_owned(),
            _ => format!("host-{spread:08x}.acme-corp.example"),
        };
        let second = (lineage % 5 == 0).then(|| Name::new(&format!("www.{name}")));
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new(if i < count / 2 { "12350" } else { "12346" }),
            domain: Name::new(&name),
            status: if generation == 0 { CertificateStatus::Issued } else { CertificateStatus::Renewed },
            expires: When::At(NOW + SignedDuration::from_secs(end)),
            serial: Serial::parse(&format!(
                "{:032X}",
                u128::from(i).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            )),
            names: NameSet::new([Name::new(&name)].into_iter().chain(second)),
            oddities: Vec::new(),
        }
    };
    AcmeCertificate::pack((0..count).map(record))
}

fn classify(rows: &[AcmeCertificate], facts: &Facts) -> Triage {
    assess(rows, facts, NOW)
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn row13_classify_1m(bencher: divan::Bencher) {
    let rows = certificates(MILLION);
    bencher.bench_local(|| classify(&rows, &Facts::default()));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn row13_classify_1m_with_first_sights(bencher: divan::Bencher) {
    let rows = certificates(MILLION);
    let mut facts = Facts::default();
    facts.first_seen.read(&rows, [], NOW);
    bencher.bench_local(|| classify(&rows, &facts));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn row13_sort_1m_by_triage(bencher: divan::Bencher) {
    let rows = certificates(MILLION);
    let triage = classify(&rows, &Facts::default());
    let order: Vec<u32> = (0..MILLION).collect();
    bencher.with_inputs(|| order.clone()).bench_local_values(|mut order| {
        order.sort_unstable_by(|a, b| triage.order(&rows, *a, *b).then(a.cmp(b)));
        order
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn row05_forecast_1m(bencher: divan::Bencher) {
    let rows = certificates(MILLION);
    let triage = classify(&rows, &Facts::default());
    bencher.bench_local(|| Forecast::of(&rows, &triage, NOW));
}

/// One row with 10,000 names among 100 of the kind, which all share half of them.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn row13_classify_wide_rows(bencher: divan::Bencher) {
    let shared: Vec<Name> = (0..5_000).map(|n| Name::new(&format!("s{n}.example.com"))).collect();
    let mut rows = certificates(100);
    for (i, certificate) in rows.iter_mut().enumerate() {
        let own = (0..5_000).map(|n| Name::new(&format!("o{n}.h{i}.example.com")));
        let mut record = certificate.record();
        record.names = NameSet::new(shared.iter().cloned().chain(own));
        *certificate = record.into();
    }
    assert_eq!(rows.first().expect("a row").names().len(), 10_000);
    bencher.bench_local(|| classify(&rows, &Facts::default()));
}
