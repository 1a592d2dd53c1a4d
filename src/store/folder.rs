//! The folder of the files: of this user alone, on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Place, fault::Fault, file};
use crate::domain::{Failure, FailureKind};

/// The folder of a place, ready to be used; `lost` says what is not kept without one.
pub fn of(place: &Place, lost: &str) -> Result<PathBuf, Failure> {
    match place {
        Place::Folder(path) => file::check_library(rusqlite::version_number())
            .and_then(|()| open(path))
            .map_err(|fault| fault.failure(lost, path)),
        Place::NoHome => Err(Failure::new(FailureKind::Configuration, lost)
            .detail("there is no home folder")
            .hint("name a folder with CERTDECK_STATE_DIR")),
        Place::Memory => Err(Failure::new(FailureKind::Configuration, lost).detail("the demonstration keeps nothing")),
    }
}

/// Makes the folder (0700) where it is missing; its path without symbolic links.
pub fn open(path: &Path) -> Result<PathBuf, Fault> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    let path = path.canonicalize()?;
    let metadata = fs::metadata(&path)?;
    if is_exposed(&metadata) {
        return Err(Fault::Exposed);
    }
    if is_remote(&path) { Err(Fault::Remote) } else { Ok(path) }
}

/// Whether a kind of file system (`statfs(2)`) is one that several machines write: locks and shared memory of the log
/// do not reach across (`sqlite.org/wal.html`).
pub const fn is_remote_kind(kind: u32) -> bool {
    matches!(
        kind,
        0x6969 // NFS
            | 0x517b | 0xff53_4d42 | 0xfe53_4d42 // SMB, CIFS
            | 0x5346_414f // AFS
            | 0x00c3_6400 // Ceph
            | 0x0102_1997 // 9P
    )
}

#[cfg(unix)]
fn is_exposed(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    metadata.mode() & 0o022 != 0 || (owner != 0 && owner != rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_exposed(_: &fs::Metadata) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn is_remote(path: &Path) -> bool {
    // The kind has another width and sign on each machine; its 32 bits are the same.
    let kind = |system: rustix::fs::StatFs| u32::try_from(i128::from(system.f_type) & 0xffff_ffff).unwrap_or_default();
    rustix::fs::statfs(path).is_ok_and(|system| is_remote_kind(kind(system)))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_: &Path) -> bool {
    false
}
