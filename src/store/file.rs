//! The files of the store: made for this user alone, opened with care, set aside when they are spoilt.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    fault::Fault,
    migrations::{migrate, version},
};

/// What a file may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Largest file, bytes.
    pub bytes: u64,
    /// Longest wait for another instance that is writing.
    pub busy: Duration,
}

/// The bounds of the program.
pub const BOUNDS: Bounds = Bounds { bytes: 256 << 20, busy: Duration::from_secs(5) };

/// Spoilt files that are kept of one name; older ones are removed.
const ASIDE: usize = 3;
/// What a log of changes is cut to once its content is in the file, bytes.
const LOG: u32 = 16 << 20;
/// The first version of `SQLite` whose log of changes loses nothing (`sqlite.org/wal.html`, "WAL-reset bug").
const SOUND: i32 = 3_051_003;

/// What a file is made of.
pub struct Kind<'a> {
    /// Its schema, step by step.
    pub steps: &'a [&'a str],
    /// What is acknowledged survives a power cut, not only the end of the program.
    pub durable: bool,
}

/// An open file, or a database in memory.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub connection: Connection,
    /// It can be read, not written.
    pub read_only: bool,
    /// Where it was opened, and what stood there.
    place: Option<(PathBuf, Identity)>,
}

/// What stays the same as long as a path leads to the same file.
pub type Identity = (u64, u64);

impl Opened {
    fn new(connection: Connection, read_only: bool, path: &Path) -> Self {
        let place = identity(path).map(|identity| (path.to_owned(), identity));
        Self { connection, read_only, place }
    }

    /// True when the file was moved or removed: what is written now would be found by nobody.
    pub fn is_gone(&self) -> bool {
        self.place.as_ref().is_some_and(|(path, stood)| identity(path).as_ref() != Some(stood))
    }
}

/// Refuses a library whose log of changes can damage a file.
pub const fn check_library(version: i32) -> Result<(), Fault> {
    if version < SOUND { Err(Fault::OldLibrary) } else { Ok(()) }
}

/// Opens the file `name` of `folder`; where it is missing it is made, with what `first` puts into it.
pub fn open(
    folder: &Path,
    name: &str,
    kind: &Kind<'_>,
    bounds: Bounds,
    first: impl FnOnce(&Connection) -> Result<(), Fault>,
) -> Result<Opened, Fault> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if !metadata.is_file() => return Err(Fault::NoFile),
        // A file is never made empty: see `create`.
        Ok(metadata) if metadata.len() == 0 => return Err(Fault::Damaged),
        Ok(metadata) => make_private(&path, &metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(folder, name, kind, first)?,
        Err(error) => return Err(error.into()),
    }
    let opened = open_existing(&path, kind, bounds);
    if opened.is_ok() {
        remove_drafts(folder, name);
    }
    opened
}

/// Lets a file grow to `bytes` and no further; how many pages that is.
pub fn bound(connection: &Connection, bytes: u64) -> Result<i64, Fault> {
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let most = i64::try_from(bytes).unwrap_or(i64::MAX) / size.max(1);
    connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
    Ok(most)
}

/// An own, empty database that goes with its connection.
pub fn in_memory(steps: &[&str]) -> Result<Opened, Fault> {
    let mut connection = Connection::open_in_memory()?;
    harden(&connection)?;
    migrate(&mut connection, steps)?;
    Ok(Opened { connection, read_only: false, place: None })
}

/// Gives a file, with its log, a new name that says `why` and when; removes the oldest of such files.
pub fn set_aside(folder: &Path, name: &str, why: &str, at: Timestamp) -> io::Result<PathBuf> {
    let stamp = at.strftime("%Y%m%dT%H%M%SZ");
    let numbered = |number: u32| folder.join(format!("{name}.{why}-{stamp}-{number:03}"));
    let last = (0..1_000).rev().find(|number| fs::symlink_metadata(numbered(*number)).is_ok());
    let aside = numbered(last.map_or(0, |last| last + 1));
    fs::rename(folder.join(name), &aside)?;
    for tail in ["-wal", "-shm"] {
        let mut with_tail = aside.clone().into_os_string();
        with_tail.push(tail);
        match fs::rename(folder.join(format!("{name}{tail}")), with_tail) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let mut all = siblings(folder, &format!("{name}.{why}-"));
    all.retain(|path| !path.to_string_lossy().ends_with("-wal") && !path.to_string_lossy().ends_with("-shm"));
    all.sort();
    for old in all.iter().rev().skip(ASIDE) {
        for tail in ["", "-wal", "-shm"] {
            let mut path = old.clone().into_os_string();
            path.push(tail);
            // One that another instance has removed is gone as well.
            let _ = fs::remove_file(path);
        }
    }
    Ok(aside)
}

/// Makes the file under another name, whole, and then gives it its own: nobody ever sees a half-made one, and an empty
/// file is one that has lost its content.
fn create(
    folder: &Path,
    name: &str,
    kind: &Kind<'_>,
    first: impl FnOnce(&Connection) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let draft = folder.join(format!("{name}.new-{}-{:08x}", std::process::id(), fastrand::u32(..)));
    let path = folder.join(name);
    let made = fill(&draft, kind, first).and_then(|()| place(&draft, &path).map_err(Fault::from));
    // After `place` this is one of two names of the file, or none; a log stands beside one that could not be finished.
    for tail in ["", "-wal", "-shm"] {
        let mut file = draft.clone().into_os_string();
        file.push(tail);
        let _ = fs::remove_file(file);
    }
    // Another instance that was faster may have removed this draft.
    if path.exists() { Ok(()) } else { made }
}

fn fill(draft: &Path, kind: &Kind<'_>, first: impl FnOnce(&Connection) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(draft)?);
    let mut connection = Connection::open_with_flags(draft, flags())?;
    harden(&connection)?;
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    migrate(&mut connection, kind.steps)?;
    first(&connection)?;
    // Closing moves the log into the file too, and does not say when the disk refused that.
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        return Err(io::Error::from(io::ErrorKind::WouldBlock).into());
    }
    connection.close().map_err(|(_, error)| Fault::from(error))
}

/// Gives a finished draft its name, unless another instance was faster.
fn place(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Ok(()) => {}
        Err(error) if path.exists() => return Err(error),
        // A file system without links.
        Err(_) => fs::rename(draft, path)?,
    }
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn open_existing(path: &Path, kind: &Kind<'_>, bounds: Bounds) -> Result<Opened, Fault> {
    let mut connection = Connection::open_with_flags(path, flags())?;
    connection.busy_timeout(bounds.busy)?;
    let seen = match version(&connection) {
        Ok(seen) => seen,
        Err(fault) if fault.is_damage() => return Err(fault),
        // The log of changes needs a folder that can be written; without a log the file can be read as it is.
        Err(fault) => return open_unwritable(path, kind).map_err(|_| fault),
    };
    if seen > kind.steps.len() {
        return Err(Fault::Newer);
    }
    if seen == 0 {
        return Err(Fault::Damaged);
    }
    harden(&connection)?;
    if connection.is_readonly("main")? {
        return if seen == kind.steps.len() {
            Ok(Opened::new(connection, true, path))
        } else {
            Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem).into())
        };
    }
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(io::Error::from(io::ErrorKind::Unsupported).into());
    }
    connection.pragma_update(None, "synchronous", if kind.durable { "full" } else { "normal" })?;
    connection.pragma_update(None, "fullfsync", kind.durable)?;
    connection.pragma_update(None, "journal_size_limit", LOG)?;
    migrate(&mut connection, kind.steps)?;
    Ok(Opened::new(connection, false, path))
}

/// Opens a file where nothing can be written, as long as all of it is in the file.
pub fn open_unwritable(path: &Path, kind: &Kind<'_>) -> Result<Opened, Fault> {
    let log = path.with_extension("db-wal");
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem).into());
    }
    let mut address = url::Url::from_file_path(path).map_err(|()| Fault::NoFile)?;
    address.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(address.as_str(), flags)?;
    harden(&connection)?;
    match version(&connection)? {
        seen if seen > kind.steps.len() => Err(Fault::Newer),
        seen if seen == kind.steps.len() => Ok(Opened::new(connection, true, path)),
        _ => Err(Fault::Damaged),
    }
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW
}

/// What stands in the file is data only.
fn harden(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Removes drafts of instances that were killed.
fn remove_drafts(folder: &Path, name: &str) {
    for draft in siblings(folder, &format!("{name}.new-")) {
        // An instance that is making one finds that the file is there.
        let _ = fs::remove_file(draft);
    }
}

fn siblings(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path()).collect()
}

fn identity(path: &Path) -> Option<Identity> {
    fs::symlink_metadata(path).ok().as_ref().and_then(identity_of)
}

/// What tells a file from another one that later stands at its path.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub fn identity_of(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

/// Open files cannot be moved there.
#[cfg(not(unix))]
pub fn identity_of(_: &fs::Metadata) -> Option<Identity> {
    None
}

#[cfg(unix)]
fn make_private(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if metadata.mode() & 0o777 == 0o600 {
        return Ok(());
    }
    match fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
        // What cannot be written can still be read.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        done => done,
    }
}

#[cfg(not(unix))]
fn make_private(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}
