//! What the process of the viewer takes of memory, whatever file it is given.

use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    book::{sheet, strings, workbook},
    driver::{Session, Setup},
};

/// The most that the process may have had in memory (`VmHWM`), kB: its code, the screens and all.
const MOST: u64 = 150 << 10;
/// Bytes of a line: more than the process may have. Without optimisation a GiB would take minutes.
const LINE: u64 = if cfg!(debug_assertions) { 160 << 20 } else { 1 << 30 };

/// Writes a file.
type Make<'a> = &'a dyn Fn(&Path);

/// The viewer of a file that `write` makes.
fn view(name: &str, write: impl FnOnce(&Path)) -> Session {
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["report", "view", name]);
    write(&setup.home().join(name));
    setup.start()
}

/// Fails when it has taken too much by now; then it ends as it should.
fn stays_small(mut session: Session, name: &str) {
    let status = session.proc("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let most: u64 = line.trim_end_matches("kB").trim().parse().unwrap();

    assert!(most <= MOST, "{name}: {most} kB");
    session.send("Q");
    session.ends(0);
}

/// A file that begins like this and goes on with zeros; the disk holds only its beginning.
fn endless(path: &Path, start: &str, bytes: u64) {
    std::fs::write(path, start).unwrap();
    OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
}

/// An archive with one entry of so many blocks.
fn archive(path: &Path, entry: &str, block: &[u8], times: usize) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    zip.start_file(entry, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
    for _ in 0..times {
        zip.write_all(block).unwrap();
    }
    zip.finish().unwrap();
}

fn repeated(path: &Path, start: &str, piece: &str, times: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(start.as_bytes()).unwrap();
    for _ in 0..times {
        file.write_all(piece.as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn g12_a_line_longer_than_all_memory_is_shown_cut_and_held_nowhere() {
    let lines = [
        ("line.csv", "a,b\n1,2\n3,", "1 bad row"),
        ("quote.csv", "a,b\n1,2\n\"3", "1 bad row"),
        ("text.json", "[{\"a\":\"", "ends in the middle of its JSON"),
    ];
    for (name, start, end) in lines {
        let mut session = view(name, |path| endless(path, start, LINE));
        session.wait(end);
        stays_small(session, name);
    }
}

#[test]
fn g12_bombs_of_every_form_are_held_nowhere() {
    let zeros = "0".repeat(64 << 10);
    let laughs = "<!DOCTYPE a [<!ENTITY b \"haha\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let (shared, text) = ("<c r=\"A2\" t=\"s\"><v>2</v></c>", "<c r=\"A2\" t=\"inlineStr\"><is><t>&c;</t></is></c>");
    let far = "<c r=\"XFD1048576\" t=\"s\"><v>2</v></c>";
    let tag = (0..800_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, " a{n}=\"1\"");
        text
    });
    let book =
        |path: &Path, sheet: &str, strings: &str| std::fs::write(path, workbook(sheet, strings).unwrap()).unwrap();
    let many = || strings(1_000_000, 1_000_000);
    let bombs: [(&str, Make<'_>, &str); 9] = [
        ("unpacks.zip", &|path| archive(path, "a.csv", zeros.as_bytes(), 512), "unpacks to more than it may"),
        ("wide.csv", &|path| repeated(path, ",", ",", 2 << 20), "column 1/4096"),
        ("deep.json", &|path| repeated(path, "[{\"a\":", "[", 2 << 20), "too deep within each other"),
        ("members.json", &|path| repeated(path, "[{", "\"a\":1,", 1 << 19), "ends in the middle"),
        ("strings.xlsx", &|path| book(path, &sheet("", "", shared), &many()), "1 row "),
        (
            "claims.xlsx",
            &|path| book(path, &sheet("", "", shared), &strings(3, 100_000_000_000)),
            "more memory or time",
        ),
        ("laughs.xlsx", &|path| book(path, &sheet(laughs, "", text), &strings(3, 3)), "damaged or cut"),
        ("tag.xlsx", &|path| book(path, &sheet("", &tag, shared), &strings(3, 3)), "1 row "),
        ("far.xlsx", &|path| book(path, &sheet("", "", far), &strings(3, 3)), "1 bad row"),
    ];
    for (name, make, end) in bombs {
        let mut session = view(name, make);
        session.wait(end);
        stays_small(session, name);
    }
}

#[test]
fn g12_a_million_rows_are_read_filtered_and_sorted_in_little_memory() {
    let mut session = view("rows.csv", |path| repeated(path, "id,name\n", "1,a-name\n20,another\n", 500_000));
    session
        .until("all rows", |session| session.text().contains("1,000,000 rows") && !session.text().contains("reading"));
    session.send("/another\r");
    session.wait("500,000 of 1,000,000 rows");
    session.send("s");
    session.until("the order", |session| !session.text().contains("sorting"));
    stays_small(session, "rows.csv");
}
