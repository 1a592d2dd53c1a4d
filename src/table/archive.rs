//! ZIP archives, within their caps: entries are read as they come, and no name of one is ever a path.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use zip::{CompressionMethod, ZipArchive, read::ZipFile, result::ZipError};

use super::{bytes::Bytes, error::TableError, open::Reader, sheet};
use crate::domain::Clean;

/// Entries of an archive.
const ENTRIES: u64 = 64;
/// Bytes of all entries, unpacked.
const TOTAL: u64 = 2 << 30;
/// Bytes that one byte of the archive may become, after the first MiB.
const RATIO: u64 = 200;
const FREE: u64 = 1 << 20;
/// Bytes that are unpacked at once.
const BLOCK: usize = 256 << 10;
/// What tells a workbook from any other archive (ECMA-376 part 2, 10.1.2).
const WORKBOOK: &str = "[Content_Types].xml";
/// The type of a file in the mode of an entry, and that of a plain one (POSIX `sys/stat.h`).
const TYPE: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// An archive whose list of entries was looked at: there are not too many, and each is a plain file that can be read.
pub struct Archive {
    zip: ZipArchive<Packed>,
    /// Bytes that were read of it, and that came out of it.
    packed: Arc<AtomicU64>,
    unpacked: u64,
}

/// One entry, as it is unpacked.
pub struct Entry<'a> {
    /// What it is called, safe to show.
    pub name: Clean,
    file: ZipFile<'a, Packed>,
    packed: &'a AtomicU64,
    total: &'a mut u64,
    before: u64,
    out: u64,
}

/// Why an archive is not read, or no further.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("it cannot be read ({})", .0.kind())]
    File(io::Error),
    /// What is in it, in words.
    #[error("{0}")]
    Content(Clean),
}

impl Archive {
    /// Reads the list of entries of `file`.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or has an entry that is not taken.
    pub fn open(file: File) -> Result<Self, ArchiveError> {
        let bytes = Bytes::new(file);
        let length = bytes.len().map_err(ArchiveError::File)?;
        if let Some(entries) = declared(&bytes, length).map_err(ArchiveError::File)?.filter(|count| *count > ENTRIES) {
            return Err(content(format!("the archive has {entries} entries, and {ENTRIES} are taken at most")));
        }
        let packed = Arc::new(AtomicU64::new(0));
        let file = Packed { bytes, at: 0, length, read: Arc::clone(&packed) };
        let mut zip = ZipArchive::new(file).map_err(|error| refused(&error))?;
        for at in 0..zip.len() {
            let entry = zip.by_index_raw(at).map_err(|error| refused(&error))?;
            let name = Clean::new(&String::from_utf8_lossy(entry.name_raw()));
            let is_plain = entry.is_dir() || entry.unix_mode().is_none_or(|mode| matches!(mode & TYPE, 0 | PLAIN));
            if entry.is_symlink() || !is_plain {
                return Err(content(format!("the entry {name} is a link or a device")));
            }
            if entry.encrypted() {
                return Err(content(format!("the entry {name} is encrypted")));
            }
            if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
                return Err(content(format!("the entry {name} is packed in a way that is not read")));
            }
        }
        Ok(Self { zip, packed, unpacked: 0 })
    }

    /// Whether it is a workbook.
    pub fn is_workbook(&self) -> bool {
        self.zip.index_for_name(WORKBOOK).is_some()
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.zip.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.zip.is_empty()
    }

    /// The entry at a place; `None` for a folder.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged there.
    pub fn entry(&mut self, at: usize) -> Result<Option<Entry<'_>>, ArchiveError> {
        let Self { zip, packed, unpacked } = self;
        let file = zip.by_index(at).map_err(|error| refused(&error))?;
        if file.is_dir() {
            return Ok(None);
        }
        let name = Clean::new(&String::from_utf8_lossy(file.name_raw()));
        let before = packed.load(Ordering::Relaxed);
        Ok(Some(Entry { name, file, packed, total: unpacked, before, out: 0 }))
    }
}

impl Entry<'_> {
    /// Unpacks the next bytes into `block`; 0 at the end, where the checksum was right.
    ///
    /// # Errors
    /// The entry is damaged, the file cannot be read, or more comes out than may.
    pub fn next(&mut self, block: &mut [u8]) -> Result<usize, ArchiveError> {
        let read = self.file.read(block).map_err(|error| match error.kind() {
            // The crate tells a wrong checksum and a cut entry like this.
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::Other => {
                content(format!("the entry {} is damaged: it is cut or its checksum is wrong", self.name))
            }
            _ => ArchiveError::File(error),
        })?;
        (self.out, *self.total) = (self.out + read as u64, *self.total + read as u64);
        let taken = self.packed.load(Ordering::Relaxed) - self.before + 1;
        if *self.total > TOTAL || (self.out > FREE && self.out / RATIO > taken) {
            let name = &self.name;
            return Err(content(format!(
                "the entry {name} unpacks to more than it may: 2 GiB, or {RATIO} times its size"
            )));
        }
        Ok(read)
    }
}

/// Reads the entries of an archive as parts, or the sheets of a workbook, which is one too.
pub(super) fn read(reader: &mut Reader<'_>, bytes: &Bytes, name: &Clean) -> Result<(), TableError> {
    let told = |error: ArchiveError| match error {
        ArchiveError::File(error) => TableError::io(name, &error),
        ArchiveError::Content(why) => TableError::content(name, why),
    };
    let failed = |error: io::Error| TableError::io(name, &error);
    let mut archive = Archive::open(bytes.file().map_err(failed)?).map_err(told)?;
    if archive.is_workbook() {
        reader.form("XLSX");
        return sheet::read(reader, bytes, name);
    }
    if reader.is_nested() {
        return Err(TableError::content(name, "an archive within an archive is not read"));
    }
    reader.form("ZIP");
    let mut block = vec![0; BLOCK];
    for at in 0..archive.len() {
        let Some(mut entry) = archive.entry(at).map_err(told)? else { continue };
        // A file without a name.
        let mut file = tempfile::tempfile().map_err(failed)?;
        loop {
            reader.check()?;
            let read = entry.next(&mut block).map_err(told)?;
            if read == 0 {
                break;
            }
            file.write_all(block.get(..read).unwrap_or_default()).map_err(failed)?;
        }
        let own = Clean::from(format!("{name}: {}", entry.name));
        drop(entry);
        reader.nested(Arc::new(Bytes::new(file)), &own)?;
    }
    Ok(())
}

fn content(why: String) -> ArchiveError {
    ArchiveError::Content(why.into())
}

fn refused(error: &ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => ArchiveError::File(error.kind().into()),
        ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword | ZipError::CompressionMethodNotSupported(_) => {
            content("the archive is encrypted, or packed in a way that is not read".to_owned())
        }
        _ => content("the archive is not whole: it is damaged or cut".to_owned()),
    }
}

/// How many entries the end of the archive tells, before a list of them is made (PKWARE APPNOTE 4.3.14 to 4.3.16).
fn declared(bytes: &Bytes, length: u64) -> io::Result<Option<u64>> {
    let mut tail = vec![0; usize::try_from(length.min((64 << 10) + 22 + 20)).unwrap_or_default()];
    let start = length - tail.len() as u64;
    bytes.read(start, &mut tail)?;
    let Some(end) = memchr::memmem::rfind(&tail, b"PK\x05\x06") else { return Ok(None) };
    let short =
        tail.get(end + 10..end + 12).map(|two| u64::from(two.iter().rev().fold(0_u16, |n, b| n << 8 | u16::from(*b))));
    let Some(locator) = end.checked_sub(20).and_then(|at| tail.get(at..end)).filter(|at| at.starts_with(b"PK\x06\x07"))
    else {
        return Ok(short);
    };
    let number = |of: &[u8]| of.iter().rev().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let mut record = [0; 40];
    bytes.read(number(locator.get(8..16).unwrap_or_default()), &mut record)?;
    Ok(Some(number(record.get(32..40).unwrap_or_default()).max(short.unwrap_or_default() % 0xffff)))
}

/// The bytes of the archive, counted as they are read.
struct Packed {
    bytes: Bytes,
    at: u64,
    length: u64,
    read: Arc<AtomicU64>,
}

impl Read for Packed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(self.at, out)?;
        self.at += read as u64;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Packed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(from) => self.length.checked_add_signed(from),
            SeekFrom::Current(from) => self.at.checked_add_signed(from),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
