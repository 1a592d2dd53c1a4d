//! JSON, UTF-16, archives and sheets, whole, damaged and hostile.

use std::io::Write as _;

use calamine::{Data, Reader as _};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::table::{Fault, TableError, sheet};

fn refusal(content: &[u8]) -> String {
    let file = file(content);
    let files = Files { paths: vec![file.path().to_owned()], ..Files::default() };
    open(&files, &Stop::default(), &mut |_| {}).expect_err("it cannot be read").to_string()
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn objects_are_rows_and_their_members_columns() {
    let rows = [["1", "a"], ["2", ""], ["", "{\"deep\":[1,\"]\"]}"]];
    for text in [
        "[{\"id\":1,\"name\":\"a\"},\n {\"id\":2,\"name\":null} , {\"name\":{\"deep\":[1,\"]\"]}}]",
        "{\"id\":1,\"name\":\"a\"}\n{\"id\":2}\r\n\n{\"name\":{\"deep\":[1,\"]\"]}}",
        "{\"total\":3,\"items\":[{\"id\":1,\"name\":\"a\"},{\"id\":2},{\"name\":{\"deep\":[1,\"]\"]}}],\"next\":{\"a\":1}}",
    ] {
        let table = of(text.as_bytes());
        let mut cells = cells(&table);
        for row in &mut cells {
            row.resize(2, String::new());
        }
        assert_eq!(cells, rows, "{text}");
        let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!((names, table.form(), table.bad()), (vec!["id", "name"], "JSON", 0));
    }
    let late = of(b"[{\"a\":1},{\"b\":\"x,\\n\\\"y\\\"\"}]");
    assert_eq!((late.columns().len(), late.rows_at(&[1]).unwrap()[0].cell(1)), (2, "x,^J\"y\""));
}

#[test]
fn what_is_no_object_is_shown_marked_and_counted() {
    let table = of(b"{\"a\":1}\nnot json\n{\"a\":1,\"a\":2}\n{\"a\":2}");
    let rows = table.rows_at(&[0, 1, 2, 3]).unwrap();
    let faults: Vec<Option<Fault>> = rows.iter().map(|row| row.fault).collect();
    assert_eq!(faults, [None, Some(Fault::Odd), Some(Fault::Odd), None]);
    assert_eq!((rows[2].cell(0), table.bad()), ("{\"a\":1,\"a\":2}", 2));
    let cut = of(b"[{\"a\":1},{\"a\":2},{\"a\"");
    assert!(matches!(cut.progress(), Progress::Broken(why) if why.title.contains("in the middle")), "{cut:?}");
    assert_eq!(cut.rows(), 2);
    let deep = [b"[{\"a\":".as_slice(), &b"[".repeat(5_000), b"1"].concat();
    assert!(refusal(&deep).contains("too deep"));
}

#[test]
fn f15_utf_16_is_read_as_text() {
    let text = "id;name\r\n1;東京 \u{1f600}\r\n";
    let little = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>();
    let big = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect::<Vec<u8>>();
    for content in [little, big] {
        assert_eq!(cells(&of(&content)), [["1", "東京 \u{1f600}"]]);
    }
    let half = of(&[0xff, 0xfe, b'a', 0, b'\n', 0, 0, 0xd8, b'b', 0, b'\n', 0]);
    assert_eq!(half.rows_at(&[0]).unwrap()[0].fault, Some(Fault::Encoding));
}

#[test]
fn f01_f03_archives_are_told_by_their_content_and_their_entries_are_parts() {
    let table = of(&archive(&[("a.csv", b"id,n\n1,a\n"), ("b.csv", b"id,n\n2,b\n")]));
    assert_eq!(
        (cells(&table), table.form()),
        (vec![vec!["1".into(), "a".into()], vec!["2".into(), "b".into()]], "ZIP")
    );
    assert_eq!(cells(&of(&archive(&[("x", b"[{\"id\":1}]")]))), [["1"]]);
    assert!(refusal(&archive(&[("inner.zip", &archive(&[("a.csv", b"a\n1\n")]))])).contains("within an archive"));
    let sheets = refusal(&archive(&[("[Content_Types].xml", b"<Types/>")]));
    assert!(sheets.contains("sheets cannot be read"), "{sheets}");
}

#[test]
fn f04_names_of_entries_are_shown_safe_and_are_no_paths() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(300);
    for name in ["../x", "/abs", "C:\\x", "..\\x", "a\0b", "a\x1b]0;b\x07", &long, "CON", "a."] {
        let path = folder.path().join("a.zip");
        std::fs::write(&path, archive(&[(name, b"id\n1\n")])).unwrap();
        let table = read(vec![path]);
        let shown = &table.parts[0].name;
        assert!(!shown.contains('\x1b') && !shown.contains('\0'), "{shown}");
        assert_eq!(cells(&table), [["1"]]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{name:?} became a file");
    }
}

#[test]
fn f05_links_and_devices_are_refused() {
    for mode in [0o120_777_u16, 0o060_600, 0o010_600] {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        zip.write_all(b"/etc/passwd").unwrap();
        let mut content = zip.finish().unwrap().into_inner();
        // The mode stands in the upper half of the attributes of the entry in the list at the end (APPNOTE 4.4.15).
        let entry = content.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        content[entry + 5] = 3;
        content[entry + 40..entry + 42].copy_from_slice(&mode.to_le_bytes());
        let why = refusal(&content);
        assert!(why.contains("link or a device"), "{mode:o}: {why}");
    }
}

#[test]
fn f07_bombs_stop_at_their_caps() {
    // What is counted is what comes out, so more of it would show nothing more.
    let zeros = vec![b'0'; 8 << 20];
    let bomb = archive(&[("a.csv", &zeros)]);
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    assert!(refusal(&bomb).contains("more than it may"));
    let names: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert!(refusal(&archive(&many)).contains("65 entries, and 64 are taken at most"));
}

#[test]
fn f08_f09_encrypted_unknown_and_damaged_archives_are_named() {
    let whole = archive(&[("a.csv", &b"id,name\n1,some text that is long enough\n".repeat(50))]);
    let at = |needle: &[u8]| whole.windows(4).position(|four| four == needle).unwrap();
    let (local, central) = (at(b"PK\x03\x04"), at(b"PK\x01\x02"));
    let changed = |places: &[(usize, u8)]| {
        let mut content = whole.clone();
        for (place, byte) in places {
            content[*place] = *byte;
        }
        refusal(&content)
    };
    let encrypted = changed(&[(local + 6, 1), (central + 8, 1)]);
    assert!(encrypted.contains("encrypted"), "{encrypted}");
    let method = changed(&[(local + 8, 97), (central + 10, 97)]);
    assert!(method.contains("packed in a way"), "{method}");
    let checksum = changed(&[(local + 14, whole[local + 14] ^ 1), (central + 16, whole[central + 16] ^ 1)]);
    assert!(checksum.contains("damaged"), "{checksum}");
    assert!(refusal(&whole[..whole.len() - 30]).contains("damaged or cut"));
}

#[test]
fn f02_an_error_in_the_place_of_a_file_is_no_table() {
    assert!(refusal(b"<!DOCTYPE html><html>").contains("HTML or XML"));
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1").contains("old Excel"));
    let missing = Files { paths: vec!["/nowhere/at-all.csv".into()], ..Files::default() };
    assert!(matches!(open(&missing, &Stop::default(), &mut |_| {}), Err(TableError::File { .. })));
    let folder = tempfile::tempdir().unwrap();
    let folder = Files { paths: vec![folder.path().to_owned()], ..Files::default() };
    assert!(matches!(open(&folder, &Stop::default(), &mut |_| {}), Err(TableError::File { .. })));
}

/// What the child writes of a workbook.
fn sheets(content: &[u8]) -> Vec<Vec<String>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    let mut out = Vec::new();
    sheet::write(file, &mut out).unwrap();
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(out.as_slice());
    rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn sheets_are_read_as_the_crate_calamine_reads_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, title) in (0..).zip(["id", "name", "till", "ok"]) {
        sheet.write(0, column, title).unwrap();
    }
    for row in 1..50_u32 {
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, format!("name, \"{row}\"\nnext")).unwrap();
        sheet.write_with_format(row, 2, ExcelDateTime::from_ymd(2026, 11, 24).unwrap(), &date).unwrap();
        sheet.write(row, 3, row % 2 == 0).unwrap();
    }
    sheet.write(60, 3, 1.5).unwrap();
    let content = book.save_to_buffer().unwrap();
    let mut theirs = calamine::Xlsx::new(std::io::Cursor::new(&content)).unwrap();
    let range = theirs.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| match cell {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    };
    let mut expected: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(text).collect()).collect();
    expected.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let ours = sheets(&content);
    assert_eq!((ours[0][0].as_str(), ours.last().unwrap()[0].as_str()), ("sheet", "end"));
    let rows: Vec<Vec<String>> = ours.iter().filter(|row| row[0] == "row").map(|row| row[1..].to_vec()).collect();
    assert_eq!(rows, expected);
}

#[test]
fn f14_a_sheet_of_two_far_cells_takes_no_room() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let rows = sheets(&book.save_to_buffer().unwrap());
    assert_eq!(rows[1], ["row", "id"]);
    assert_eq!(rows[2], ["odd"]);
}
