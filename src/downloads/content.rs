//! What a file is, by its content: what was asked for says little, since large and split files come as archives.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    path::Path,
};

use serde::de::{Deserializer as _, IgnoredAny};
use zip::{CompressionMethod, ZipArchive};

use crate::{
    client::{Refusal, RetryAfter},
    domain::Clean,
};

/// Entries of an archive.
const ENTRIES: usize = 64;
/// Bytes of all its entries, unpacked.
const UNPACKED: u64 = 2 << 30;
/// How many times larger than packed an entry may be, beyond its first [`FREE`] bytes.
const RATIO: u64 = 200;
/// Bytes of an entry that may be packed as well as they can.
const FREE: u64 = 1 << 20;
/// What tells a workbook from any other archive (ECMA-376 part 2, 10.1.2).
const WORKBOOK: &str = "[Content_Types].xml";
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
    if start.is_empty() {
        return Ok(Err("it is empty".into()));
    }
    if start.starts_with(b"PK") {
        return Ok(archive(file, format));
    }
    let text: Vec<u8> =
        start.iter().copied().filter(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b)).collect();
    match text.first() {
        Some(b'{') => {
            let mut bytes = Vec::new();
            file.take(ERROR).read_to_end(&mut bytes)?;
            let refusal = Refusal::read(200, RetryAfter::Unsaid, &bytes);
            let said: Vec<String> =
                refusal.problems.iter().map(|one| format!("{} {}", one.code, one.message).trim().to_owned()).collect();
            let said = if said.is_empty() { "an object that is no list of rows".to_owned() } else { said.join("; ") };
            return Ok(Err(Clean::new(&format!("the service sent an error in its place: {said}"))));
        }
        Some(b'<') => return Ok(Err("the service sent a page of HTML or XML in its place".into())),
        _ => {}
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

fn archive(file: File, format: &str) -> Result<Kind, Clean> {
    let odd = |error: &dyn std::fmt::Display| Clean::new(&format!("the archive is not whole ({error})"));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| odd(&error))?;
    if archive.len() > ENTRIES {
        return Err(format!("the archive has {} entries, and {ENTRIES} are taken at most", archive.len()).into());
    }
    let is_workbook = archive.index_for_name(WORKBOOK).is_some();
    if !is_workbook && format == "EXCEL" && archive.is_empty() {
        return Err("the archive is empty".into());
    }
    let mut room = UNPACKED;
    for at in 0..archive.len() {
        let raw = archive.by_index_raw(at).map_err(|error| odd(&error))?;
        // What the entry is called is shown, and never a path.
        let name = Clean::new(&String::from_utf8_lossy(raw.name_raw()));
        if raw.encrypted() {
            return Err(format!("the entry {name} is encrypted").into());
        }
        if !matches!(raw.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(format!("the entry {name} is packed in a way that is not taken").into());
        }
        // The file type of Unix, in the upper bits of the mode.
        let special = raw.unix_mode().is_some_and(|mode| !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000));
        if special || raw.is_symlink() {
            return Err(format!("the entry {name} is a link or a device").into());
        }
        let packed = raw.compressed_size();
        drop(raw);
        let entry = archive.by_index(at).map_err(|error| odd(&error))?;
        let may_nest = is_workbook || format == "EXCEL";
        room = unpacked(entry, &name, packed, room, may_nest)?;
    }
    Ok(if is_workbook { Kind::Excel } else { Kind::Zip })
}

/// Reads an entry to its end, which checks its CRC; the room that is left.
fn unpacked(mut entry: impl Read, name: &Clean, packed: u64, room: u64, may_nest: bool) -> Result<u64, Clean> {
    let most = packed.saturating_mul(RATIO).saturating_add(FREE);
    let mut buffer = vec![0; 1 << 16];
    let mut bytes: u64 = 0;
    loop {
        let read =
            entry.read(&mut buffer).map_err(|error| Clean::new(&format!("the entry {name} is damaged ({error})")))?;
        if read == 0 {
            return Ok(room - bytes);
        }
        if bytes == 0 && !may_nest && buffer.starts_with(b"PK\x03\x04") {
            return Err(format!("the entry {name} is an archive itself").into());
        }
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
        if bytes > most || bytes > room {
            return Err(format!("the entry {name} unpacks to more than is taken ({bytes} bytes and more)").into());
        }
    }
}
