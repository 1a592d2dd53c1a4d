//! A file that holds a key.

use std::{
    fs::{File, Metadata},
    io::{ErrorKind, Read as _, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::Refusal;

/// The content of `path`, when it is a regular file of this user that nobody else can read, of `most` bytes
/// at most.
pub(super) fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let io = |error: std::io::Error| {
        let refusal = Refusal::new(format!("cannot be read ({})", error.kind()));
        Refusal { missing: error.kind() == ErrorKind::NotFound, ..refusal }
    };
    let link = std::fs::symlink_metadata(path).map_err(io)?;
    is_own(&link)?;
    let file = File::open(path).map_err(io)?;
    // The open file is what is checked: the name may have been given to another one meanwhile.
    let metadata = file.metadata().map_err(io)?;
    is_private(&metadata, &link, path)?;
    let mut content = Zeroizing::new(Vec::with_capacity(most + 1));
    file.take(most as u64 + 1).read_to_end(&mut content).map_err(io)?;
    if content.len() > most {
        return Err(Refusal::new(format!("is larger than {most} bytes, so it is no key")));
    }
    Ok(content)
}

/// Whether [`write`] may take the place of what `path` names: nothing, or a regular file of this user.
pub(super) fn may_write(path: &Path) -> Result<(), Refusal> {
    match std::fs::symlink_metadata(path) {
        Ok(found) => is_own(&found),
        Err(error) if error.kind() == ErrorKind::NotFound => match path.parent() {
            Some(folder) if !folder.is_dir() => {
                let hint = format!("mkdir -m 700 {}", folder.display());
                Err(Refusal::new("its folder does not exist").hint(hint))
            }
            _ => Ok(()),
        },
        Err(error) => Err(Refusal::new(format!("cannot be looked at ({})", error.kind()))),
    }
}

/// Writes `key` and a line end to `path`, readable by this user alone. A reader finds the old content or the new one
/// whole; a link that stands there by then is replaced, not followed.
pub(super) fn write(path: &Path, key: &[u8]) -> Result<(), Refusal> {
    may_write(path)?;
    let io = |error: std::io::Error| Refusal::new(format!("cannot be written ({})", error.kind()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Of mode 0600 from its first moment.
    let mut fresh = NamedTempFile::new_in(folder).map_err(io)?;
    fresh.write_all(key).and_then(|()| fresh.write_all(b"\n")).map_err(io)?;
    fresh.as_file().sync_all().map_err(io)?;
    fresh.persist(path).map(drop).map_err(|error| io(error.error))
}

/// Deletes `path`, when it is a regular file of this user.
pub(super) fn remove(path: &Path) -> Result<(), Refusal> {
    let io = |error: std::io::Error| {
        let refusal = Refusal::new(format!("cannot be deleted ({})", error.kind()));
        Refusal { missing: error.kind() == ErrorKind::NotFound, ..refusal }
    };
    is_own(&std::fs::symlink_metadata(path).map_err(io)?)?;
    std::fs::remove_file(path).map_err(io)
}

/// A regular file of this user, by its own name.
fn is_own(found: &Metadata) -> Result<(), Refusal> {
    if found.file_type().is_symlink() {
        return Err("is a symbolic link; name the file itself".into());
    }
    if !found.is_file() {
        return Err("is not a regular file".into());
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(found) != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user".into());
    }
    Ok(())
}

#[cfg(unix)]
fn is_private(metadata: &Metadata, link: &Metadata, path: &Path) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt as _;
    if !metadata.is_file() || (metadata.dev(), metadata.ino()) != (link.dev(), link.ino()) {
        return Err("was replaced while it was opened".into());
    }
    is_own(metadata)?;
    if metadata.mode() & 0o077 != 0 {
        let mode = metadata.mode() & 0o777;
        let refusal = Refusal::new(format!("other users may open it (mode {mode:04o})"));
        return Err(refusal.hint(format!("chmod 600 {}", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_: &Metadata, _: &Metadata, _: &Path) -> Result<(), Refusal> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_written_key_is_whole_private_and_alone_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.key");
        write(&path, b"not-a-secret-1").unwrap();
        let first = std::fs::metadata(&path).unwrap();
        assert_eq!(first.mode() & 0o7777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, b"not-a-secret-2").unwrap();
        assert_eq!(*read(&path, 64).unwrap(), b"not-a-secret-2\n");
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["one.key"]);
        remove(&path).unwrap();
        assert!(remove(&path).unwrap_err().missing && read(&path, 64).unwrap_err().missing);
    }

    #[test]
    fn c03_a_link_a_folder_or_a_file_of_another_user_is_neither_written_nor_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("one.key"), folder.path().join("link.key"));
        std::fs::write(&path, "kept").unwrap();
        symlink(&path, &link).unwrap();
        let refused = |path: &Path, words: &str| {
            for refusal in [may_write(path), write(path, b"not-a-secret"), remove(path)].map(Result::unwrap_err) {
                assert!(refusal.cause.contains(words), "{refusal:?}");
            }
        };
        refused(&link, "symbolic link");
        refused(folder.path(), "not a regular file");
        // Only root can give a file away.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
            refused(&path, "belongs to another user");
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
        let nowhere = folder.path().join("none/one.key");
        let refusal = write(&nowhere, b"not-a-secret").unwrap_err();
        assert!(refusal.hint.unwrap().starts_with("mkdir -m 700 "), "{}", refusal.cause);
    }
}
