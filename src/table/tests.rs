//! The engine against the crate `csv` and against plain loops.

mod diff;
mod export;
mod forms;

use std::{
    fs::File,
    io::{Seek as _, Write as _},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    Files, Search, Sorting, Stop, Table,
    bytes::Bytes,
    index::{Builder, Piece},
    open,
    part::{Part, Progress},
    scan::Dialect,
    walk::Walk,
};
use crate::domain::{
    Clean,
    filter::{Cells, ColumnFilter},
};

const COMMA: Dialect = Dialect { delimiter: b',', end: b'\n' };
const NOW: Timestamp = Timestamp::constant(1_795_528_951, 0);

/// A file of this content, which is gone at the end of the test.
pub fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

pub fn read(paths: Vec<PathBuf>) -> Arc<Table> {
    open(&Files { paths, ..Files::default() }, &Stop::default(), &mut |_| {}).unwrap()
}

pub fn of(content: &[u8]) -> Arc<Table> {
    let file = file(content);
    read(vec![file.path().to_owned()])
}

/// All cells of all rows.
pub fn cells(table: &Table) -> Vec<Vec<String>> {
    let numbers: Vec<u32> = (0..table.rows()).collect();
    let rows = table.rows_at(&numbers).unwrap();
    rows.into_iter().map(|row| row.cells.iter().map(ToString::to_string).collect()).collect()
}

/// What stands between delimiters: plain, quoted with everything in it, and what no program writes.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zé=+ ]{0,6}",
        // A carriage return alone ends a row for the crate, and is a character here.
        3 => "[a-z,;\n\r \u{1}ü]{0,9}".prop_map(|text| format!("\"{}\"", text.replace('\r', "\r\n"))),
        2 => "[a-z,\n]{0,4}".prop_map(|text| format!("\"{text}\"\"{text}\"")),
        1 => "[a-z]{0,2}\"[a-z]{0,3}\"?[a-z]{0,2}",
        1 => "\"[a-z]{0,2}\"[a-z]{1,3}\"?",
        1 => (0..3_usize).prop_map(|n| "x".repeat(n * 40)),
    ]
}

fn input() -> impl Strategy<Value = String> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n"), Just("\r\n\r\n")];
    let row = (prop::collection::vec(cell(), 1..5), end).prop_map(|(cells, end)| cells.join(",") + end);
    let rows = prop::collection::vec(row, 0..9);
    (rows, any::<bool>(), prop::option::of("[a-z\"]{1,5}")).prop_map(|(rows, has_bom, last)| {
        let bom = if has_bom { "\u{feff}" } else { "" };
        format!("{bom}{}{}", rows.concat(), last.unwrap_or_default())
    })
}

/// Rows of the content by our index and walk, with blocks of this size.
fn ours(content: &[u8], block: usize) -> Vec<Vec<Vec<u8>>> {
    // One file for all inputs: making one takes longer than all the rest.
    static FILE: std::sync::LazyLock<File> = std::sync::LazyLock::new(|| tempfile::tempfile().unwrap());
    let mut file = FILE.try_clone().unwrap();
    file.set_len(0).unwrap();
    file.rewind().unwrap();
    file.write_all(content).unwrap();
    let start = if content.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let mut builder = Builder::new(COMMA, start as u64);
    content[start..].chunks(block).for_each(|block| builder.push(block));
    builder.finish();
    assert_eq!(format!("{:?}", in_pieces(content, start, block).index()), format!("{:?}", builder.index()));
    let part = part(file, &builder);
    let mut walk = Walk::of(&part, 0, block);
    let mut rows = Vec::new();
    while let Some((line, _)) = walk.next().unwrap() {
        rows.push(line.cells().map(std::borrow::Cow::into_owned).collect());
    }
    assert_eq!(rows.len(), builder.rows() as usize, "the index counts what the walk finds");
    rows
}

/// The index of pieces that were looked at by themselves.
fn in_pieces(content: &[u8], start: usize, length: usize) -> Builder {
    let mut builder = Builder::new(COMMA, start as u64);
    for (at, bytes) in content[start..].chunks(length).enumerate() {
        let at = start + at * length;
        let mut piece = Piece::new(COMMA, at as u64, if at == start { COMMA.end } else { content[at - 1] });
        bytes.chunks(7).for_each(|block| piece.push(block));
        if !builder.append(&piece) {
            builder.push(bytes);
        }
    }
    builder.finish();
    builder
}

fn part(file: File, builder: &Builder) -> Part {
    Part {
        name: Clean::new("test"),
        bytes: Arc::new(Bytes::new(file)),
        dialect: COMMA,
        index: builder.index(),
        first: 0,
        spooled: false,
        odd: Arc::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_cells_are_those_of_the_crate_csv(content in input(), block in prop::sample::select(vec![1_usize, 2, 3, 5, 8, 13, 64, 500])) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content.as_bytes());
        let theirs: Vec<Vec<Vec<u8>>> =
            reader.byte_records().map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect()).collect();
        prop_assert_eq!(ours(content.as_bytes(), block), theirs);
    }
}

/// A table of three columns, of which a plain loop can tell everything.
fn rows() -> impl Strategy<Value = Vec<(String, String, String)>> {
    let word =
        prop_oneof![Just(String::new()), "[abAB]{1,3}", "[a-c]{9,20}", "a \"b\", [ab]", "same-long-prefix-[ab]{0,2}"];
    let number = prop_oneof![4 => "-?[1-9][0-9]{0,3}", 2 => "[0-9]\\.[0-9]", 1 => Just(String::new()), 1 => "odd|007"];
    let date = prop_oneof![4 => "20[12][0-9]-0[1-9]-[12][0-9]", 1 => Just("soon".to_owned()), 1 => Just(String::new())];
    prop::collection::vec((word, number, date), 1..120)
}

struct Plain<'a>(&'a (String, String, String));

impl Cells for Plain<'_> {
    fn count(&self) -> usize {
        3
    }

    fn text(&self, column: usize) -> std::borrow::Cow<'_, str> {
        let Plain((word, number, date)) = self;
        [word, number, date].get(column).map(|text| text.as_str()).unwrap_or_default().into()
    }
}

/// As a table; the rows before them say what the columns are.
fn written(rows: &[(String, String, String)]) -> (Arc<Table>, Vec<(String, String, String)>) {
    let first = ("w".to_owned(), "1".to_owned(), "2026-01-01".to_owned());
    let rows: Vec<_> = std::iter::repeat_n(first, 200).chain(rows.iter().cloned()).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["word", "number", "date"]).unwrap();
    for (a, b, c) in &rows {
        out.write_record([a, b, c]).unwrap();
    }
    (of(&out.into_inner().unwrap()), rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filters_keep_what_a_plain_loop_keeps(rows in rows(), narrow in "[ab]") {
        let (table, rows) = written(&rows);
        let words = ["b", "AB", "-", "word:ab", "word=ab", "number>3 a", "number<=0.5", "date<2020-01-01", "!a",
            "word~a*b*", "number!=1", "\", a\"", "same-long", "date:soon", "word:b|c"];
        for text in words {
            let wider = table.filter(text).unwrap();
            let find = |filter: &ColumnFilter, among: Option<Arc<[u32]>>| {
                let (table, filter) = (Arc::clone(&table), filter.clone());
                Search { table, filter, from: 0, among, now: NOW }.run(&Stop::default(), &mut |_| {}).unwrap()
            };
            let naive = |filter: &ColumnFilter| -> Vec<u32> {
                (0..).zip(&rows).filter(|(_, row)| filter.matches(&Plain(row), NOW)).map(|(at, _)| at).collect()
            };
            let found = find(&wider, None);
            prop_assert_eq!(&found, &naive(&wider), "{}", text);
            let both = table.filter(&format!("{text} {narrow}")).unwrap();
            prop_assert!(both.narrows(&wider));
            prop_assert_eq!(find(&both, Some(found.into())), naive(&both), "{} {}", text, &narrow);
        }
    }

    #[test]
    fn sorts_are_those_of_a_plain_sort(rows in rows()) {
        let (table, rows) = written(&rows);
        let order = |column, some: Option<&[u32]>| {
            let sorting = Sorting { table: Arc::clone(&table), rows: some.map(Into::into), column };
            sorting.run(&Stop::default()).unwrap()
        };
        let all = || 0..u32::try_from(rows.len()).unwrap();
        let row = |at: u32| &rows[at as usize];
        let mut texts: Vec<u32> = all().collect();
        texts.sort_by_key(|at| row(*at).0.to_ascii_lowercase());
        prop_assert_eq!(order(0, None), texts);
        let mut numbers: Vec<u32> = all().collect();
        let value = |at: u32| {
            let text = row(at).1.as_str();
            match crate::domain::filter::number(text) {
                Some(number) => (0, number),
                None => (if text.is_empty() { 2 } else { 1 }, 0.0),
            }
        };
        numbers.sort_by(|a, b| value(*a).partial_cmp(&value(*b)).unwrap());
        prop_assert_eq!(order(1, None), numbers);
        let mut dates: Vec<u32> = all().filter(|at| at % 3 == 0).collect();
        let some = dates.clone();
        let moment = |at: u32| match (row(at).2.parse::<jiff::civil::Date>(), row(at).2.is_empty()) {
            (Ok(date), _) => (0, Some(date)),
            (Err(_), is_empty) => (if is_empty { 2 } else { 1 }, None),
        };
        dates.sort_by_key(|at| moment(*at));
        prop_assert_eq!(order(2, Some(&some)), dates);
    }
}

#[test]
fn parts_are_one_table_and_their_heading_stands_once() {
    let files = [file(b"id,name\n1,a\n2,b\n"), file(b"\xef\xbb\xbfid,name\r\n3,\"c\nd\"\r\n"), file(b"4,e\n")];
    let table = read(files.iter().map(|file| file.path().to_owned()).collect());
    assert_eq!(cells(&table), [["1", "a"], ["2", "b"], ["3", "c^Jd"], ["4", "e"]]);
    assert_eq!((table.rows(), table.parts(), table.bad(), table.form()), (4, 3, 0, "CSV"));
    assert_eq!(table.progress(), &Progress::Complete);
    let numbers: Vec<u32> = table.rows_at(&[3, 0, 2, 9]).unwrap().iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 0, 2]);
}

#[test]
fn f15_bad_rows_are_shown_marked_and_counted() {
    use super::Fault;
    let table = of(b"a,b\n1,2\n3\n4,5,6\n\xff,7\nnul\0,8\n9,\"open\nrest");
    let rows = table.rows_at(&(0..table.rows()).collect::<Vec<_>>()).unwrap();
    let faults: Vec<Option<Fault>> = rows.iter().map(|row| row.fault).collect();
    let ragged = Some(Fault::Ragged);
    assert_eq!(faults, [None, ragged, ragged, Some(Fault::Encoding), None, None]);
    assert_eq!((rows[3].cell(0), rows[4].cell(0), rows[5].cell(1)), ("\u{fffd}", "nul^@", "open^Jrest"));
    assert_eq!((table.rows(), table.bad()), (6, 3));
    assert_eq!(cells(&of(b"sep=;\na;b\n1,5;2\n")), [["1,5", "2"]]);
}

/// The line is 40 MiB long, and what is held of it never is more than a few blocks.
#[test]
fn f15_a_line_without_end_is_cut_and_marked() {
    use super::Fault;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"a,b\n1,2\n3,\"").unwrap();
    let block = vec![b'x'; 1 << 20];
    (0..40).for_each(|_| file.write_all(&block).unwrap());
    file.write_all(b"\"\n5,6\n").unwrap();
    let table = read(vec![file.path().to_owned()]);
    let rows = table.rows_at(&[0, 1, 2]).unwrap();
    assert_eq!((rows[1].fault, rows[1].cell(0), rows[2].cell(1)), (Some(Fault::Cut), "3", "6"));
    assert_eq!(rows[1].cell(1).len(), super::limits::SHOWN);
    assert_eq!((table.rows(), table.bad()), (3, 1));
    let filter = table.filter("a:5").unwrap();
    let search = Search { table: Arc::clone(&table), filter, from: 0, among: None, now: NOW };
    assert_eq!(search.run(&Stop::default(), &mut |_| {}).unwrap(), [2]);
}

#[test]
fn a_file_that_shrinks_is_told_and_ends_nothing() {
    let file = file(b"a\n1\n2\n3\n");
    let table = read(vec![file.path().to_owned()]);
    file.as_file().set_len(4).unwrap();
    let rows = table.rows_at(&[0, 2]).unwrap();
    assert_eq!((rows[0].cell(0), rows[1].fault), ("1", Some(super::Fault::Gone)));
}

#[test]
fn nobody_waits_for_what_was_dropped() {
    let (stop, guard) = Stop::guarded();
    drop(guard);
    let file = file(b"a\n1\n");
    let read = open(&Files { paths: vec![file.path().to_owned()], ..Files::default() }, &stop, &mut |_| {});
    assert!(matches!(read, Err(super::TableError::Stopped)), "{read:?}");
}

#[test]
fn the_first_rows_are_told_before_the_rest_is_read() {
    let mut content = b"id,text\n".to_vec();
    for n in 0..40_000 {
        content.extend(format!("{n},some words that make it longer than the first block of the file\n").bytes());
    }
    let file = file(&content);
    let mut told = Vec::new();
    let files = Files { paths: vec![file.path().to_owned()], ..Files::default() };
    let table = open(&files, &Stop::default(), &mut |table: Arc<Table>| told.push(table)).unwrap();
    let first = &told[0];
    assert!(first.rows() > 100 && first.rows() < 2_000, "{}", first.rows());
    assert!(matches!(first.progress(), Progress::Reading { of, .. } if *of == content.len() as u64));
    assert_eq!(first.rows_at(&[100]).unwrap()[0].cell(0), "100");
    assert_eq!((table.rows(), table.rows_at(&[39_999]).unwrap()[0].cell(0)), (40_000, "39999"));
}
