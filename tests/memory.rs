//! Bytes that a row of a long list costs, by counting what is allocated.

#![expect(clippy::expect_used, reason = "a test ends where its stage is not as it should be")]

use std::{
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

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
    table::{self, Files, Search, Sorting, Stop, Table, TableError},
};
use jiff::{SignedDuration, Timestamp};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
/// What others allocate would be counted too: one test after the other.
static ALONE: Mutex<()> = Mutex::new(());

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

/// Rows that have no name in common, each with three of its own.
fn alone(i: u32) -> CertificateRecord {
    let mut record = record(i * GENERATIONS);
    let name = format!("cache-fra-{i:06}.acme-corp.example");
    record.names = NameSet::new([String::new(), "api.".into(), "www.".into()].map(|front| Name::new(&(front + &name))));
    record.domain = Name::new(&name);
    record
}

/// Bytes for each row that are allocated now and were not `before`.
fn each(before: usize) -> usize {
    MEMORY.current_usage().saturating_sub(before) / ROWS as usize
}

/// Rows, what triage keeps of them, first sights, and the order of a list: each at rest, and at most while it is made. The
/// bounds are what was measured, and a tenth.
#[test]
fn a_row_costs_few_bytes_at_rest_and_on_its_way() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for (made, record, most) in [
        ("lineages", record as fn(u32) -> CertificateRecord, [71, 75, 36, 40, 10, 21, 5, 22]),
        ("alone", alone, [105, 110, 26, 35, 10, 21, 5, 22]),
    ] {
        let found = costs(record);
        assert!(found.iter().zip(most).all(|(found, most)| *found <= most), "{made}: {found:?} of at most {most:?}");
    }
}

fn costs(record: fn(u32) -> CertificateRecord) -> [usize; 8] {
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

    [packed, packing, judged, judging, sighted, sighting, listed, listing]
}

/// MiB that were allocated at most while `work` went on, beyond what was there before.
fn most<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    (MEMORY.peak_usage().saturating_sub(before) >> 20, result)
}

fn open(path: PathBuf) -> Result<Arc<Table>, TableError> {
    let program = Some(env!("CARGO_BIN_EXE_certdeck").into());
    table::open(&Files { paths: vec![path], program, ..Files::default() }, &Stop::default(), &mut |_| {})
}

/// An archive of one entry, packed or not.
fn archive(name: &str, content: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    zip.start_file(name, options).expect("an entry");
    zip.write_all(content).expect("its content");
    zip.finish().expect("an archive").into_inner()
}

/// A file whose second row is this long and has no end; the disk holds only its beginning.
fn endless(folder: &tempfile::TempDir, bytes: u64) -> PathBuf {
    let path = folder.path().join("endless.csv");
    std::fs::write(&path, "a,b\n1,2\n3,").expect("a file");
    std::fs::OpenOptions::new().write(true).open(&path).expect("it").set_len(bytes).expect("a long file");
    path
}

/// G12: whatever a file holds, what this program takes of memory stays below 150 MiB; here below a quarter of it, since
/// the rest belongs to the screens. What a workbook takes is taken by a child.
#[test]
fn g12_no_bomb_and_no_million_rows_take_much_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    };
    let zeros = vec![b'0'; 6 << 20];
    let bomb = file("bomb.zip", &archive("a.csv", &zeros, zip::CompressionMethod::Deflated));
    let quotes = file("quotes.csv", &[b"a,b\n\"".as_slice(), &zeros].concat());
    let wide = file("wide.csv", &b",".repeat(4 << 20));
    let deep = file("deep.json", &[b"[{\"a\":".as_slice(), &b"[".repeat(4 << 20)].concat());
    let long = file(
        "long.csv",
        &[b"a,b\n".as_slice(), &[&b"x".repeat(4_095)[..], b","].concat().repeat(250), b"\n"].concat().repeat(40),
    );
    let text = file("text.json", &[b"[{\"a\":\"".as_slice(), &zeros].concat());
    drop(zeros);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").expect("a cell");
    sheet.write(1_048_575, 16_383, "far").expect("a cell");
    let far = file("far.xlsx", &book.save_to_buffer().expect("a workbook"));
    drop(book);
    let endless = endless(&folder, 96 << 20);
    for path in [bomb, quotes, wide, deep, long, text, far, endless] {
        let name = path.file_name().map(ToOwned::to_owned);
        let (mib, read) = most(|| {
            let table = open(path)?;
            let rows = table.rows_at(&(0..table.rows().min(100)).collect::<Vec<_>>())?;
            Ok::<_, TableError>((table, rows))
        });
        assert!(mib <= 36, "{name:?}: {mib} MiB, {:?}", read.map(|(table, _)| table.rows()));
    }

    let mut rows = String::from("id,name,till\n");
    for n in 0..1_000_000_u32 {
        rows.push_str(if n % 2 == 0 { "1,a-name,2026-11-24\n" } else { "20,another,2027-01-02\n" });
    }
    let million = file("million.csv", rows.as_bytes());
    drop(rows);
    let (mib, table) = most(|| open(million).expect("a table"));
    assert!(table.rows() == 1_000_000 && mib <= 24, "{mib} MiB");
    let at_rest = MEMORY.current_usage();
    let filter = table.filter("another").expect("a filter");
    let search = Search { table: Arc::clone(&table), filter, from: 0, among: None, now: NOW };
    let (mib, found) = most(|| search.run(&Stop::default(), &mut |_| {}).expect("rows"));
    assert!(found.len() == 500_000 && mib <= 32, "{mib} MiB");
    let sorting = Sorting { table: Arc::clone(&table), rows: None, column: 1 };
    let (mib, order) = most(|| sorting.run(&Stop::default()).expect("an order"));
    assert!(order.len() == 1_000_000 && mib <= 64, "{mib} MiB");
    assert!(MEMORY.current_usage() - at_rest < 8 << 20, "what was found and the order alone are left");
}
