//! Files of reports in the viewer and on the command line: the real loop, the real program.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where its stage is not as it should be")]

#[path = "support/book.rs"]
mod book;
#[path = "support/mod.rs"]
mod support;

use std::{fmt::Write as _, fs, io::Write as _, path::PathBuf};

use assert_cmd::cargo::cargo_bin_cmd;
use book::{sheet, strings};
use certdeck::{
    app::{Environment, Place, Setting},
    client::Settings,
    flow::{Viewing, table::Earlier},
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
fn what_is_looked_for_is_found_in_every_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rig = rig(vec![file(&folder, "orders.csv", orders(100))], (120, 40));
    let mut at = |keys: &str, host: &str| {
        rig.keys(keys);
        assert!(rig.selected().contains(host), "{keys}: {}", rig.text());
    };
    at(": {find_ssl_multi} Enter", "host-0003");
    at("n", "host-0006");
    at("N N", "host-0000");
    at("N", "host-0000");
    at("G n", "host-0099");
    at("S n", "host-0096");
    at("N", "host-0099");
    at("j N", "host-0099");
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

    let (out, err, code) = run(&["-o", "csv", "--sheet", "other", path.to_str().expect("a path")]);
    assert_eq!((out.as_str(), code), ("else\nother\n", 0), "{err}");
    let (out, err, code) = run(&["-o", "csv", "--sheet", "none", path.to_str().expect("a path")]);
    assert!(out.is_empty() && code == 1 && err.contains("there are: first, second, other"), "{err}");

    // A summary of a heading alone stands before the rows, as in reports of names.
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Summary").expect("a name").write(0, 0, "names").expect("a cell");
    let sheet = book.add_worksheet().set_name("Details").expect("a name");
    sheet.write(0, 0, "name").expect("a cell");
    sheet.write(1, 0, "a.example.com").expect("a cell");
    let path = file(&folder, "summary.xlsx", book.save_to_buffer().expect("a workbook"));
    let (out, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
    assert_eq!((out.as_str(), code), ("name\na.example.com\n", 0), "{err}");

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").expect("a cell");
    sheet.write(1_048_575, 16_383, "far").expect("a cell");
    let path = file(&folder, "far.xlsx", book.save_to_buffer().expect("a workbook"));
    let (out, err, code) = run(&["-o", "csv", path.to_str().expect("a path")]);
    assert_eq!((out.as_str(), code), ("id\n\"\"\n", 0), "{err}");
    assert!(err.contains("1 of 1 rows are not as they should be"), "{err}");
}

/// F14: entities that grow, entities that are files, tags without end, a million strings and a count that lies. The
/// workbook is whole, as the control shows; what the reader cannot take ends the child or is refused, and the file stays.
#[test]
fn f14_sheets_that_are_bombs_are_refused_or_read_and_the_file_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = file(&folder, "secret", "root:canary-77");
    let laughs = "<!DOCTYPE a [<!ENTITY b \"haha\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>";
    let outside = format!("<!DOCTYPE a [<!ENTITY f SYSTEM \"file://{}\">]>", secret.display());
    let attributes = (0..800_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, " a{n}=\"1\"");
        text
    });
    let with = |before: &str, cell: &str| workbook(&sheet(before, "", cell), &strings(3, 3));
    let text = |text: &str| format!("<c r=\"A2\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let shared = "<c r=\"A2\" t=\"s\"><v>2</v></c>";
    let millionth = "<c r=\"A2\" t=\"s\"><v>999999</v></c>";
    let read = |name: &str, content: Vec<u8>| {
        let path = file(&folder, name, &content);
        let ended = run(&["-o", "csv", path.to_str().expect("a path")]);
        assert!(fs::read(&path).expect("the file") == content, "{name} stays as it was");
        assert!(!ended.0.contains("canary-77") && !ended.1.contains("canary-77"), "{name}");
        ended
    };
    // The controls: the same workbooks without what is hostile are read.
    for cell in [text("plain"), shared.to_owned()] {
        let (out, err, code) = read("control.xlsx", with("", &cell));
        assert!(code == 0 && (out == "id\nplain\n" || out == "id\ns2\n"), "{out} {err}");
    }
    let refused = [
        ("laughs.xlsx", with(laughs, &text("&d;"))),
        ("outside.xlsx", with(&outside, &text("&f;"))),
        ("count.xlsx", workbook(&sheet("", "", shared), &strings(3, 100_000_000_000))),
    ];
    for (name, content) in refused {
        let (out, err, code) = read(name, content);
        let says = err.contains("damaged or cut") || err.contains("need more memory or time");
        assert!(code == 1 && says && err.lines().count() == 1 && !out.contains("haha"), "{name}: {code} {out} {err}");
    }
    let taken = [
        ("tag.xlsx", workbook(&sheet("", &attributes, shared), &strings(3, 3)), "id\ns2\n"),
        ("million.xlsx", workbook(&sheet("", "", millionth), &strings(1_000_000, 1_000_000)), "id\ns999999\n"),
    ];
    for (name, content, rows) in taken {
        let (out, err, code) = read(name, content);
        assert_eq!((out.as_str(), code), (rows, 0), "{name}: {err}");
    }
    let (_, err, code) = read("cut.xlsx", workbook("<worksheet><sheetData><row r=\"1\"><c r=\"A1\">", &strings(3, 3)));
    assert!(err.starts_with("certdeck: cut.xlsx: the file is damaged or cut") && code == 1, "{err} {code}");
}

/// Who reads the rows holds up who reads the file, and so the rows that are written last can be added when the first are
/// out already.
#[test]
fn rows_are_printed_while_the_file_is_still_read() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().expect("a folder");
    let titles: Vec<String> = (0..8).map(|n| format!("{n}{}", "t".repeat(99))).collect();
    let content = titles.join(",") + "\n" + &"1,2,3,4,5,6,7,8\n".repeat(40_000);
    let path = folder.path().join("rows.csv");
    for form in ["jsonl", "json"] {
        fs::write(&path, &content).expect("the file");
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("certdeck"))
            .args(["report", "view", "-o", form, path.to_str().expect("a path")])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the program");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut String::new()).expect("a line");
        // The rows of the first 64 KiB are more than the pipe holds, so the rest of the file is not read yet.
        let mut more = fs::OpenOptions::new().append(true).open(&path).expect("the file");
        more.write_all(b"late,2,3,4,5,6,7,8\n").expect("room");
        let rest = std::io::read_to_string(out).expect("text");
        assert!(child.wait().expect("its end").success());
        assert!(rest.contains("\"late\"") && rest.matches("\"8\"").count() >= 40_000, "{form}");
    }
}

/// F11: a name that is there stays, link or not; a folder that is gone or takes nothing is told, and nothing else is left.
#[test]
fn f11_rows_are_written_whole_or_not_at_all_and_over_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, "orders.csv", orders(50));
    let mut rig = rig(vec![path], (120, 40));
    let mut write = |to: &std::path::Path| {
        rig.keys("w ctrl-u");
        rig.paste(&to.to_string_lossy());
        rig.keys("Enter");
        rig.notice()
    };
    let out = folder.path().join("out.csv");
    fs::write(&out, "own").expect("a file");
    assert!(write(&out).contains("it stays"));
    assert_eq!(fs::read_to_string(&out).expect("it"), "own");
    let target = folder.path().join("target.csv");
    let link = folder.path().join("link.csv");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    assert!(write(&link).contains("it stays") && !target.exists(), "a link is not followed");
    assert!(write(&folder.path().join("gone/out.csv")).contains("not found"));
    assert!(write(std::path::Path::new("/proc/out.csv")).contains("was not written"), "no file can be made there");
    let fresh = folder.path().join("fresh.csv");
    assert!(write(&fresh).contains("50 rows written"));
    fs::remove_file(&fresh).expect("it");
    assert!(write(&fresh).contains("50 rows written"), "removed meanwhile: it is written again");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&fresh).expect("it").permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut left: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["fresh.csv", "link.csv", "orders.csv", "out.csv"]);
    // Another file system, where there is one.
    if let Ok(other) = tempfile::tempdir_in("/dev/shm") {
        assert!(write(&other.path().join("out.csv")).contains("50 rows written"));
    }
}

#[test]
fn the_run_before_is_compared_by_the_column_of_the_cursor() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = file(&folder, "before.csv", orders(100));
    let newer = orders(103).replace("host-0001.example.com,issued", "host-0001.example.com,revoked");
    let newer: String =
        newer.lines().filter(|line| !line.contains("host-0007")).fold(String::new(), |text, line| text + line + "\n");
    let place = Place { services: Vec::new(), ..stage::place("files", Environment::Files) };
    let earlier = Earlier { title: "the 07 Nov run".into(), paths: vec![before] };
    let view = Viewing {
        before: Some(earlier),
        ..Viewing::new("Weekly orders, 14 Nov run", vec![file(&folder, "after.csv", newer)])
    };
    let setting = Setting { places: vec![place.clone()], place, view: Some(view), ..stage::setting() };
    let mut rig = Rig::with(Settings::default(), setting, (120, 40));
    rig.start();
    rig.shows("102 rows");
    rig.shows("D compare");
    rig.keys("l D");
    rig.shows("compare with the 07 Nov run: + 3 rows, - 1, 1 changed, by ORDER_ID");
    rig.shows("4 of 102 rows");
    rig.shows("~host-0001.example.com");
    rig.shows("+host-0102.example.com");
    insta::assert_snapshot!("compared", rig.text());
    rig.filter("status:revoked");
    rig.shows("1 of 102 rows");
    rig.keys("ctrl-x s S");
    assert!(rig.selected().contains("host-0001"), "the cursor stays on its row: {}", rig.selected());
    rig.keys("D");
    rig.hides("compare with");
    rig.shows("102 rows");
    rig.keys("D Esc");
    rig.hides("compare with");
    rig.shows("Weekly orders, 14 Nov run");
}

fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    book::workbook(sheet, strings).expect("a workbook")
}
