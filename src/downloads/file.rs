//! A file that arrives: under no name that anybody looks for, until it is whole.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use tempfile::{Builder, NamedTempFile};

use super::{Free, Told};
use crate::{
    client::Sink,
    domain::{
        Clean,
        digest::{Digest, Digester},
    },
};

/// Shortest time between two words about progress: 30 a second.
const BEAT: Duration = Duration::from_millis(34);
/// Room that stays free, bytes.
const SPARE: u64 = 100 << 20;
/// Bytes between two looks at the room that is left.
const LOOK: u64 = 64 << 20;

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which part, from 0.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
    /// Bytes of this part that are here.
    pub bytes: u64,
    /// Bytes that it has, when the service announces that.
    pub of: Option<u64>,
}

/// A file on its way. Dropped, it is gone.
pub struct Incoming {
    file: Option<NamedTempFile>,
    folder: std::path::PathBuf,
    digester: Digester,
    progress: Progress,
    told: Told,
    free: Free,
    last: Option<Instant>,
    looked: u64,
}

impl Incoming {
    pub fn new(folder: &Path, (part, parts): (u32, u32), told: Told, free: Free) -> io::Result<Self> {
        let file = Builder::new().prefix("incoming-").suffix(".part").tempfile_in(folder)?;
        Ok(Self {
            file: Some(file),
            folder: folder.to_owned(),
            digester: Digester::default(),
            progress: Progress { part, parts, bytes: 0, of: None },
            told,
            free,
            last: None,
            looked: 0,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.as_ref().map_or(&self.folder, |file| file.path())
    }

    /// Puts all of it on the disk; its digest.
    pub fn finish(&mut self) -> io::Result<Digest> {
        if let Some(file) = &self.file {
            file.as_file().sync_all()?;
        }
        (self.told)(self.progress);
        Ok(std::mem::take(&mut self.digester).end())
    }

    /// Gives it its name. A file of that name stays as it is; when it has the same bytes it is the one.
    pub fn keep(&mut self, path: &Path, sha256: &Digest) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        match file.persist_noclobber(path) {
            Ok(_) => sync_folder(&self.folder),
            Err(refused) if is_same(path, sha256) => refused.file.close(),
            Err(refused) => Err(refused.error),
        }
    }

    /// Puts it where it can be looked at, in the place of what was there before.
    pub fn set_aside(&mut self, path: &Path) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        file.persist(path)?;
        Ok(())
    }

    /// Refuses what has no room.
    fn room(&self, needed: u64) -> Result<(), Clean> {
        match (self.free)(&self.folder) {
            Some(free) if free < needed.saturating_add(SPARE) => {
                let needed = needed.saturating_add(SPARE);
                Err(format!("{needed} bytes have to be free on this disk, and {free} are").into())
            }
            _ => Ok(()),
        }
    }
}

impl Sink for Incoming {
    fn begin(&mut self, length: Option<u64>) -> Result<(), Clean> {
        // What is unpacked later takes as much again.
        self.room(length.unwrap_or(0).saturating_mul(2))?;
        let file = Builder::new().prefix("incoming-").suffix(".part").tempfile_in(&self.folder);
        self.file = Some(file.map_err(|error| Clean::from(error.kind().to_string()))?);
        self.digester = Digester::default();
        self.progress = Progress { bytes: 0, of: length, ..self.progress };
        self.looked = 0;
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Clean> {
        let Some(file) = &mut self.file else { return Err("it was given up".into()) };
        if let Err(error) = file.write_all(bytes) {
            let of = self.progress.of.map_or_else(String::new, |of| format!(" of {of}"));
            return Err(format!("{} after {}{of} bytes", error.kind(), self.progress.bytes).into());
        }
        self.digester.add(bytes);
        self.progress.bytes += u64::try_from(bytes.len()).unwrap_or(0);
        if self.progress.bytes - self.looked >= LOOK {
            self.looked = self.progress.bytes;
            let rest = self.progress.of.map_or(LOOK, |of| of.saturating_sub(self.progress.bytes));
            self.room(rest)?;
        }
        if self.last.is_none_or(|last| last.elapsed() >= BEAT) {
            self.last = Some(Instant::now());
            (self.told)(self.progress);
        }
        Ok(())
    }
}

/// The digest of a file.
pub fn digest(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut digester = Digester::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digester.end()),
            read => digester.add(buffer.get(..read).unwrap_or_default()),
        }
    }
}

fn is_same(path: &Path, sha256: &Digest) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) && digest(path).is_ok_and(|own| own == *sha256)
}

/// A name is on the disk when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
