//! What a file is, by its content: what was asked for says little, since large and split files come as archives.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    path::Path,
};

use serde::de::{Deserializer as _, IgnoredAny};

use crate::{
    client::{Refusal, RetryAfter},
    domain::Clean,
    table::{Archive, ArchiveError, Sniffed, sniff},
};

/// Bytes of an error that are read.
const ERROR: u64 = 64 << 10;
/// Bytes that are looked at to know what a file is.
const START: usize = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lines of values.
    Csv,
    /// An array of objects.
    Json,
    /// A workbook.
    Excel,
    /// An archive that holds one of the others.
    Zip,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Excel, Self::Zip];

    /// The word in a manifest.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Excel => "xlsx",
            Self::Zip => "zip",
        }
    }

    /// Reads [`Kind::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The end of a file name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Json => ".json",
            Self::Excel => ".xlsx",
            Self::Zip => ".zip",
        }
    }
}

/// What the file at `path` is, read to its end. `format` is that of the report; `ended` says whether the service marked
/// the end of what it sent.
///
/// # Errors
/// The outer: the file cannot be read. The inner: why it is no whole report.
pub fn judge(path: &Path, format: &str, ended: bool) -> Result<Kind, Clean> {
    judged(path, format, ended).unwrap_or_else(|error| Err(format!("it cannot be read ({})", error.kind()).into()))
}

fn judged(path: &Path, format: &str, ended: bool) -> io::Result<Result<Kind, Clean>> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(START as u64).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    match sniff(&start) {
        Sniffed::Archive => return Ok(archive(file, format).map_err(|error| error.to_string().into())),
        Sniffed::Other("empty") => return Ok(Err("it is empty".into())),
        Sniffed::Other(what) => return Ok(Err(format!("the service sent {what} in its place").into())),
        Sniffed::Json | Sniffed::Rows(..) | Sniffed::Utf16 { .. } => {}
    }
    let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&start).trim_ascii_start();
    if text.starts_with(b"{") {
        let mut bytes = Vec::new();
        file.take(ERROR).read_to_end(&mut bytes)?;
        let refusal = Refusal::read(200, RetryAfter::Unsaid, &bytes);
        let said: Vec<String> =
            refusal.problems.iter().map(|one| format!("{} {}", one.code, one.message).trim().to_owned()).collect();
        let said = if said.is_empty() { "an object that is no list of rows".to_owned() } else { said.join("; ") };
        return Ok(Err(Clean::new(&format!("the service sent an error in its place: {said}"))));
    }
    match format {
        "JSON" => Ok(json(file)),
        "CSV" => csv(file, ended),
        _ => Ok(Err(format!("a file of the format {format} is due, and it is none").into())),
    }
}

fn json(file: File) -> Result<Kind, Clean> {
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(file));
    let whole = reader.deserialize_any(Rows).and_then(|()| reader.end());
    whole.map(|()| Kind::Json).map_err(|error| format!("it is no list of rows to its end ({error})").into())
}

/// Passes over an array, whatever its entries are.
struct Rows;

impl<'de> serde::de::Visitor<'de> for Rows {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Any text can be lines of values. One whose end was not marked has at least to end with a line.
fn csv(mut file: File, ended: bool) -> io::Result<Result<Kind, Clean>> {
    if !ended {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            return Ok(Err("it ends in the middle of a line, and the service did not mark its end".into()));
        }
    }
    Ok(Ok(Kind::Csv))
}

/// Reads all entries to their ends, which checks them.
fn archive(file: File, format: &str) -> Result<Kind, ArchiveError> {
    let mut archive = Archive::open(file)?;
    let kind = if archive.is_workbook() { Kind::Excel } else { Kind::Zip };
    if archive.is_empty() {
        return Err(ArchiveError::Content("the archive is empty".into()));
    }
    let may_nest = format == "EXCEL";
    let mut block = vec![0; 1 << 16];
    for at in 0..archive.len() {
        let Some(mut entry) = archive.entry(at)? else { continue };
        let mut read = entry.next(&mut block)?;
        let is_archive = sniff(block.get(..read).unwrap_or_default()) == Sniffed::Archive;
        if kind == Kind::Zip && is_archive && !may_nest {
            return Err(ArchiveError::Content(format!("the entry {} is an archive itself", entry.name).into()));
        }
        while read > 0 {
            read = entry.next(&mut block)?;
        }
    }
    Ok(kind)
}
