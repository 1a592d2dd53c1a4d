//! ZIP archives: their entries as parts of one table. No name of an entry is ever a path.

use std::{
    io::{self, Read, Seek, SeekFrom, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{bytes::Bytes, error::TableError, open::Reader, sheet};
use crate::domain::Clean;

/// Entries of an archive.
const ENTRIES: u64 = 64;
/// Bytes of all entries, unpacked.
const TOTAL: u64 = 2 << 30;
/// Bytes that one byte of the archive may become, after the first MiB.
const RATIO: u64 = 200;
const FREE: u64 = 1 << 20;
/// The type of a file in the mode of an entry, and that of a plain one (POSIX `sys/stat.h`).
const TYPE: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// Reads an archive, or the sheets of an XLSX file, which is one too.
pub fn read(reader: &mut Reader<'_>, bytes: &Arc<Bytes>, name: &Clean) -> Result<(), TableError> {
    let failed = |error: io::Error| TableError::io(name, &error);
    let length = bytes.len().map_err(failed)?;
    if declared(bytes, length).map_err(failed)?.is_some_and(|entries| entries > ENTRIES) {
        return Err(TableError::content(name, format!("the archive has more than {ENTRIES} entries")));
    }
    let packed = Arc::new(AtomicU64::new(0));
    let file = Packed { bytes: Arc::clone(bytes), at: 0, length, read: Arc::clone(&packed) };
    let mut archive = ZipArchive::new(file).map_err(|error| refused(name, &error))?;
    if archive.index_for_name("[Content_Types].xml").is_some() {
        reader.form("XLSX");
        return sheet::read(reader, bytes, name);
    }
    if reader.is_nested() {
        return Err(TableError::content(name, "an archive within an archive is not read"));
    }
    reader.form("ZIP");
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| refused(name, &error))?;
        let own = Clean::new(&String::from_utf8_lossy(entry.name_raw()));
        let is_plain = entry.is_dir() || entry.unix_mode().is_none_or(|mode| matches!(mode & TYPE, 0 | PLAIN));
        if entry.is_symlink() || !is_plain {
            return Err(TableError::content(name, format!("{own} in it is a link or a device, and is not read")));
        }
        if entry.encrypted() {
            return Err(TableError::content(name, format!("{own} in it is encrypted")));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(TableError::content(name, format!("{own} in it is packed in a way that is not read")));
        }
    }
    let mut total = 0;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| refused(name, &error))?;
        if entry.is_dir() {
            continue;
        }
        let own = Clean::new(&format!("{name}: {}", String::from_utf8_lossy(entry.name_raw())));
        let file = unpacked(entry, &own, &packed, &mut total, reader)?;
        reader.nested(Arc::new(Bytes::new(file)), &own)?;
    }
    Ok(())
}

/// Unpacks an entry into a file without a name; every byte is counted on the way.
fn unpacked(
    mut entry: impl Read,
    name: &Clean,
    packed: &AtomicU64,
    total: &mut u64,
    reader: &Reader<'_>,
) -> Result<std::fs::File, TableError> {
    let failed = |error: io::Error| match error.kind() {
        // The crate tells a wrong checksum and a cut entry like this.
        io::ErrorKind::InvalidData
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::Other => {
            TableError::content(name, "the archive is damaged: an entry is cut or its checksum is wrong")
        }
        _ => TableError::io(name, &error),
    };
    let mut file = tempfile::tempfile().map_err(failed)?;
    let mut block = vec![0; 256 << 10];
    let (before, mut out) = (packed.load(Ordering::Relaxed), 0_u64);
    loop {
        reader.check()?;
        let read = entry.read(&mut block).map_err(failed)?;
        if read == 0 {
            return Ok(file);
        }
        (out, *total) = (out + read as u64, *total + read as u64);
        let taken = packed.load(Ordering::Relaxed) - before + 1;
        if *total > TOTAL || (out > FREE && out / RATIO > taken) {
            return Err(TableError::content(
                name,
                "the archive unpacks to more than it may: 2 GiB, or 200 times its size",
            ));
        }
        file.write_all(block.get(..read).unwrap_or_default()).map_err(failed)?;
    }
}

fn refused(name: &Clean, error: &ZipError) -> TableError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => TableError::io(name, error),
        ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword | ZipError::CompressionMethodNotSupported(_) => {
            TableError::content(name, "the archive is encrypted, or packed in a way that is not read")
        }
        _ => TableError::content(name, "the archive is damaged or cut"),
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
    bytes: Arc<Bytes>,
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
