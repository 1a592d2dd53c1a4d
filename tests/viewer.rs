//! Files of reports in the viewer and on the command line: the real loop, the real program.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "support/mod.rs"]
mod support;

use std::{fmt::Write as _, fs, io::Write as _, path::PathBuf};

use assert_cmd::cargo::cargo_bin_cmd;
use certdeck::{
    app::{Environment, Place, Setting},
    client::Settings,
    flow::Viewing,
};
use rust_xlsxwriter::Workbook;
use support::{rig::Rig, stage};

/// Orders of an invented company; every third row is of another product.
fn orders(rows: u32) -> String {
    let mut text = "ORDER_ID,COMMON_NAME,STATUS,VALID_TILL,ORGANIZATION,PRODUCT,PRICE\n".to_owned();
    for n in 0..rows {
        let product = if n % 3 == 0 { "ssl_multi" } else { "ssl_basic" };
        let status = if n % 5 == 0 { "expired" } else { "issued" };
        let day = n % 27 + 1;
        let _ = writeln!(
            text,
            "{},host-{n:04}.example.com,{status},2026-11-{day:02},\"Example, Inc\",{product},{}.5",
            118_820_000 + n,
            n * 7 % 100
        );
    }
    text
}

fn file(folder: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    path
}

/// The dashboard of files alone.
fn rig(paths: Vec<PathBuf>, size: (u16, u16)) -> Rig {
    let place = Place { services: Vec::new(), ..stage::place("files", Environment::Files) };
    let view = Some(Viewing::new("Weekly orders, 14 Nov run", paths));
    let setting = Setting { places: vec![place.clone()], place, view, ..stage::setting() };
    let mut rig = Rig::with(Settings::default(), setting, size);
    rig.start();
    rig
}

#[test]
fn frames_of_the_viewer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, "orders.csv", orders(1_000) + "1,東京.example.com\n");
    let mut frames = String::new();
    for size in [(120, 40), (80, 24), (60, 16)] {
        let mut rig = rig(vec![path.clone()], size);
        for (scene, keys) in [
            ("opened", ""),
            ("filtered", "/"),
            ("counted, of another column", "l l l F"),
            ("a row", "j Enter"),
            ("sorted, last row, more columns to the right", "Esc ctrl-x s S G l l z"),
        ] {
            rig.keys(keys);
            if scene == "filtered" {
                rig.paste("valid_till<2026-11-05 status:issued");
                rig.keys("Enter");
            }
            let _ = write!(frames, "=== {}x{}, {scene}\n{}", size.0, size.1, rig.text());
        }
    }
    insta::assert_snapshot!("viewer", frames);
}

#[test]
fn rows_are_found_sorted_counted_and_written_as_they_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, "orders.csv", orders(10_000));
    let mut rig = rig(vec![path], (120, 40));
    rig.shows("10,000 rows");
    rig.keys("G");
    rig.shows("host-9999.example.com");
    rig.keys(": {5001} Enter");
    assert!(rig.selected().contains("host-5000"), "{}", rig.selected());
    rig.keys("l l @");
    rig.shows("2,000 of 10,000 rows");
    rig.shows("status=\"expired\"");
}

#[test]
fn keys_of_the_viewer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, "orders.csv", orders(10_000));
    let out = folder.path().join("out.csv");
    let mut rig = rig(vec![path], (120, 40));
    rig.filter("product:ssl_multi");
    rig.shows("3,334 of 10,000 rows");
    rig.keys("l l l l l l s S");
    assert!(rig.selected().contains("host-"), "{}", rig.text());
    rig.keys("gg");
    rig.shows("99.5");
    rig.keys("- -");
    rig.shows("2 hidden");
    rig.keys("g v");
    rig.hides("hidden");
    rig.keys("w ctrl-u");
    rig.paste(&out.to_string_lossy());
    rig.keys("Enter");
    rig.shows("3,334 rows written");
    let text = fs::read_to_string(&out).expect("what was written");
    assert_eq!(text.lines().count(), 3_335);
    assert!(text.starts_with("COMMON_NAME,ORDER_ID,") && text.contains("\"Example, Inc\""), "{}", &text[..200]);
    rig.keys("w ctrl-u");
    rig.paste(&out.to_string_lossy());
    rig.keys("Enter");
    rig.shows("there is a file of that name, and it stays");
    rig.keys("Esc ctrl-x : {find_host-0042} Enter");
    assert!(rig.selected().contains("host-0042"), "{}", rig.text());
    rig.keys("/ {colour:red}");
    rig.shows("no field \"colour\"");
    rig.keys("Esc 2");
    rig.shows("Only files are open");
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let rig = rig(vec![file(&folder, "page.csv", "<!DOCTYPE html>")], (80, 24));
    rig.shows("the file is HTML or XML, not a table");
}

/// What the program prints on stdout and stderr, and its exit code.
fn run(args: &[&str]) -> (String, String, i32) {
    let out = cargo_bin_cmd!("certdeck").args(["report", "view"]).args(args).output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (text(out.stdout), text(out.stderr), out.status.code().expect("an exit code"))
}

#[test]
fn the_command_line_prints_what_the_viewer_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (file(&folder, "a.csv", orders(300)), file(&folder, "b.csv", orders(3)));
    let (a, b) = (a.to_str().expect("a path"), b.to_str().expect("a path"));
    let some = ["--filter", "status:issued price>90", "--sort", "price:desc", "--columns", "common_name,price"];
    let (out, err, code) = run(&[&["-o", "csv", a, b], some.as_slice()].concat());
    assert_eq!((err.as_str(), code), ("", 0));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((lines[0], lines[1].ends_with(",99.5")), ("COMMON_NAME,PRICE", true), "{out}");
    let (out, _, _) = run(&["-o", "json", b]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&json["kind"], &json["total"], &json["items"][2]["ORDER_ID"]),
        (&"report.rows".into(), &3.into(), &"118820002".into())
    );
    let schema = serde_json::from_str(include_str!("../assets/schema/certdeck-v1.json")).expect("the schema");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&json), "{out}");
    let (out, _, _) = run(&["-o", "table", b, "--columns", "ORDER_ID,status"]);
    assert_eq!(out, "ORDER_ID   STATUS\n118820000  expired\n118820001  issued\n118820002  issued\n");
    let (out, err, code) = run(&["-o", "jsonl", b, "--sort", "colour"]);
    assert!(out.is_empty() && err.contains("there are: order_id") && code == 2, "{err}");
    let (_, err, code) = run(&["-o", "jsonl", "/nowhere/at-all.csv"]);
    assert!(err.contains("at-all.csv cannot be read") && code == 6, "{err} {code}");
}

#[test]
fn two_runs_of_a_report_are_compared_by_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = file(&folder, "a.csv", orders(5));
    let after =
        file(&folder, "b.csv", orders(6).replace("host-0001.example.com,issued", "host-0001.example.com,revoked"));
    let out = cargo_bin_cmd!("certdeck")
        .args(["report", "diff", "--key", "order_id", "-o", "csv"])
        .args([before, after])
        .output()
        .expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    assert_eq!(text(out.stdout), "change,key,columns\nchanged,118820001,status\nadded,118820005,\n");
    assert_eq!(text(out.stderr), "certdeck: + 1 rows, - 0, 1 changed\n");
}

/// F14: what would end a process ends the child, and is told.
#[test]
fn f14_hostile_sheets_end_in_a_line_or_in_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut book = Workbook::new();
    for name in ["first", "second", "other"] {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        sheet.write(0, 0, if name == "other" { "else" } else { "id" }).expect("a cell");
        sheet.write(1, 0, name).expect("a cell");
    }
    let path = file(&folder, "book.xlsx", book.save_to_buffer().expect("a workbook"));
    let (out, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
    assert_eq!((out.as_str(), code), ("id\nfirst\nsecond\n", 0));
    assert!(err.contains("the sheet other has other columns and is not shown"), "{err}");

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").expect("a cell");
    sheet.write(1_048_575, 16_383, "far").expect("a cell");
    let path = file(&folder, "far.xlsx", book.save_to_buffer().expect("a workbook"));
    let (out, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
    assert_eq!((out.as_str(), code), ("id\n\"\"\n", 0), "{err}");
    assert!(err.contains("1 of 1 rows are not as they should be"), "{err}");

    let laughs = "<!DOCTYPE a [<!ENTITY b \"haha\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    let attributes = (0..800_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, " a{n}=\"1\"");
        text
    });
    for (name, sheet) in [
        (
            "laughs.xlsx",
            format!(
                "{laughs}<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&c;&f;</t></is></c></row></sheetData></worksheet>"
            ),
        ),
        (
            "attributes.xlsx",
            format!(
                "<worksheet{attributes}><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>"
            ),
        ),
    ] {
        let path = file(&folder, name, workbook(&sheet));
        let before = fs::read(&path).expect("the file");
        let (out, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
        assert!(!out.contains("root:") && !out.contains("hahahahaha"), "{out}");
        assert!(code == 0 || err.lines().count() == 1, "{code} {err}");
        assert_eq!(fs::read(&path).expect("the file"), before, "the file stays as it was");
    }
    let cut = workbook("<worksheet><sheetData><row r=\"1\"><c r=\"A1\">");
    let path = file(&folder, "cut.xlsx", &cut);
    let (_, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
    assert!(err.starts_with("certdeck: cut.xlsx: the file is damaged or cut") && code == 1, "{err} {code}");
}

/// A workbook with this sheet alone.
fn workbook(sheet: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        "<workbook xmlns:r=\"{relations}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let links = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let entries = [
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &links),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, content) in entries {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
        zip.write_all(content.as_bytes()).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}
