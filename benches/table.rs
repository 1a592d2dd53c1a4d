//! Report files of a million rows, named after the rows of the performance goals that they guard.
#![expect(clippy::expect_used, reason = "a bench ends where its data cannot be made")]

#[path = "support/orders.rs"]
mod orders;

use std::sync::Arc;

use calamine::Reader as _;
use certdeck::table::{Files, Search, Sorting, Stop, Table, TableError, open, sheet};
use jiff::Timestamp;
use orders::{MILLION, orders};
use tempfile::NamedTempFile;

#[global_allocator]
static MEMORY: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

fn files(file: &NamedTempFile) -> Files {
    Files { paths: vec![file.path().to_owned()], ..Files::default() }
}

fn table(file: &NamedTempFile) -> Arc<Table> {
    open(&files(file), &Stop::default(), &mut |_| {}).expect("a table")
}

/// Until the first rows are told.
#[divan::bench(sample_count = 20)]
fn row_02_first_rows_1m(bencher: divan::Bencher) {
    let file = orders(MILLION);
    bencher.bench_local(|| {
        let (stop, guard) = Stop::guarded();
        let mut guard = Some(guard);
        let ended = open(&files(&file), &stop, &mut |_| drop(guard.take()));
        assert!(matches!(ended, Err(TableError::Stopped)), "it ends behind the first rows");
    });
}

/// Until all rows are known and checked.
#[divan::bench(sample_count = 10)]
fn row_03_index_and_check_1m(bencher: divan::Bencher) {
    let file = orders(MILLION);
    bencher.bench_local(|| table(&file));
}

#[divan::bench(args = ["needle", "status:issued", "valid_till<2026-03-01", "order_id>118500000"], sample_count = 10)]
fn row_04_filter_1m(bencher: divan::Bencher, text: &str) {
    let file = orders(MILLION);
    let table = table(&file);
    let filter = table.filter(text).expect("a filter");
    let search = Search { table, filter, from: 0, among: None, now: Timestamp::UNIX_EPOCH };
    bencher.bench_local(|| search.run(&Stop::default(), &mut |_| {}));
}

#[divan::bench(args = ["common_name", "valid_till", "order_id", "organization"], sample_count = 5)]
fn row_06_sort_1m(bencher: divan::Bencher, name: &str) {
    let file = orders(MILLION);
    let table = table(&file);
    let column = table.column(name).expect("a column");
    let sorting = Sorting { table, rows: None, column };
    bencher.bench_local(|| sorting.run(&Stop::default()));
}

/// Rows of a page, far from each other.
#[divan::bench(sample_count = 20)]
fn row_07_page_of_a_sorted_table_1m(bencher: divan::Bencher) {
    let file = orders(MILLION);
    let table = table(&file);
    let rows: Vec<u32> = (0..50).map(|n| n * 19_999 % MILLION).collect();
    bencher.bench_local(|| table.rows_at(&rows));
}

/// What is allocated at most stands beside the time: it grows with the index, eight bytes for 64 rows, not with the data.
#[divan::bench(args = [10_000, 100_000, MILLION], sample_count = 3, sample_size = 1)]
fn row_15_memory_of_rows(bencher: divan::Bencher, rows: u32) {
    let file = orders(rows);
    bencher.bench_local(|| table(&file));
}

/// A workbook of 100,000 rows of 22 cells, a third of them numbers.
fn workbook() -> NamedTempFile {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..100_000_u32 {
        for column in 0..22_u16 {
            let written = if column % 3 == 0 {
                sheet.write(row, column, row * u32::from(column + 1))
            } else {
                sheet.write(row, column, format!("cell {column} of row {}", row % 1_000))
            };
            written.expect("a cell");
        }
    }
    let file = NamedTempFile::new().expect("a file");
    book.save(file.path()).expect("a workbook");
    file
}

/// What the child of a table does with a workbook: its allocations are those of the limit.
#[divan::bench(sample_count = 3)]
fn row_18_sheets_100k_x_22(bencher: divan::Bencher) {
    let file = workbook();
    bencher.bench_local(|| sheet::write(file.reopen().expect("a file"), &mut std::io::sink()));
}

/// The cells of the same workbook as the crate streams them: the anchor.
#[divan::bench(sample_count = 3)]
fn row_18_cells_of_calamine_100k_x_22(bencher: divan::Bencher) {
    let file = workbook();
    bencher.bench_local(|| {
        let mut book = calamine::Xlsx::new(file.reopen().expect("a file")).expect("a workbook");
        let name = book.sheet_names().first().cloned().expect("a sheet");
        let mut cells = book.worksheet_cells_reader(&name).expect("cells");
        let mut seen = 0;
        while let Ok(Some(_)) = cells.next_cell() {
            seen += 1;
        }
        assert_eq!(seen, 2_200_000);
    });
}
