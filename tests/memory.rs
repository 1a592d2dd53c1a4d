//! Bytes that a row of a long list costs, by counting what is allocated.

use std::sync::Arc;

use certdeck::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus, facts::Facts, sight::FirstSeen, triage::assess},
        dataset::Dataset,
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    flow::{Rows, Source, list::ListState},
    present::column,
};
use jiff::{SignedDuration, Timestamp};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);
const ROWS: u32 = 100_000;
/// Certificates of a lineage.
const GENERATIONS: u32 = 3;

/// Lineages of three; every fifth has two names, every sixteenth serial begins with a zero.
fn record(i: u32) -> CertificateRecord {
    let (lineage, generation) = (i / GENERATIONS, i % GENERATIONS);
    let name = format!("cache-fra-{lineage:06}.acme-corp.example");
    let second = (lineage % 5 == 0).then(|| Name::new(&format!("cache-fra-{lineage:06}b.acme-corp.example")));
    let end = i64::from(lineage % 7_000) * 1_000 - i64::from(generation) * 60 * 86_400;
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12350"),
        domain: Name::new(&name),
        status: if generation == 0 { CertificateStatus::Issued } else { CertificateStatus::Renewed },
        expires: When::At(NOW + SignedDuration::from_secs(end)),
        serial: Serial::parse(&format!(
            "{:032X}",
            u128::from(i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        )),
        names: NameSet::new([Name::new(&name)].into_iter().chain(second)),
        oddities: Vec::new(),
    }
}

/// Bytes for each row that are allocated now and were not `before`.
fn each(before: usize) -> usize {
    MEMORY.current_usage().saturating_sub(before) / ROWS as usize
}

/// Rows, what triage keeps of them, first sights, and the order of a list: each at rest, and at most while it is made. One
/// test, since what others allocate would be counted too. The bounds are what was measured, and a tenth.
#[test]
fn a_row_costs_few_bytes_at_rest_and_on_its_way() {
    let empty = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let mut rows: Vec<AcmeCertificate> = Vec::with_capacity(ROWS as usize);
    for start in (0..ROWS).step_by(4_096) {
        rows.extend(AcmeCertificate::pack((start..(start + 4_096).min(ROWS)).map(record)));
    }
    assert_eq!(rows.len(), ROWS as usize);
    let packed = each(empty);
    let peak = |before: usize| MEMORY.peak_usage().saturating_sub(before) / ROWS as usize;
    let (packing, before) = (peak(empty), MEMORY.current_usage());

    MEMORY.reset_peak_usage();
    let triage = assess(&rows, &Facts::default(), NOW);
    let (judged, judging, before_sights) = (each(before), peak(before), MEMORY.current_usage());

    MEMORY.reset_peak_usage();
    let mut seen = FirstSeen::default();
    seen.read(&rows, [], NOW);
    let (sighted, sighting, before_list) = (each(before_sights), peak(before_sights), MEMORY.current_usage());

    MEMORY.reset_peak_usage();
    let mut source = Source::default();
    source.begin();
    source.finish(Dataset::complete(rows, NOW));
    let rows: Rows<AcmeCertificate> = source.rows().clone();
    assert!(source.derive(&rows, Arc::clone(&triage.assessments)));
    let mut list = ListState::new(column::column("state").expect("a column"), false);
    let arrangement = list.arrange(&source, NOW).expect("a long list").run();
    assert!(!list.arranged(arrangement));
    assert_eq!(list.len(), ROWS as usize);
    let (listed, listing) = (each(before_list), peak(before_list));

    let found = [packed, packing, judged, judging, sighted, sighting, listed, listing];
    let most = [101, 107, 53, 70, 13, 24, 5, 23];
    assert!(found.iter().zip(most).all(|(found, most)| *found <= most), "{found:?} of at most {most:?}");
}
