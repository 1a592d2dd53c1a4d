//! Writes what was agreed: key files and the configuration, each whole or not at all.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;

use crate::{
    config::{KeySource, credentials::Places},
    domain::{Failure, FailureKind},
};

/// Folder of typed keys, beside the configuration.
pub const KEYS: &str = "keys";

/// What is to be written.
pub struct Writing<'a> {
    /// The configuration file.
    pub path: &'a Path,
    /// Its text until now; `None` when it is not there.
    pub before: Option<&'a str>,
    /// Its text from now on.
    pub text: &'a str,
    /// Files of keys, relative to the folder of the configuration.
    pub keys: Vec<(&'a str, &'a SecretString)>,
    /// Entries of the key store that are not there yet.
    pub entries: Vec<(KeySource, &'a SecretString)>,
    /// The places of this system.
    pub places: Places<'static>,
}

/// Writes the key files and the entries of the key store, then the configuration that names them. When one of these cannot
/// be written, the key files, the entries and the folders that were made for it are taken away again.
///
/// # Errors
/// `Configuration`: which file or entry, and why. Also when the configuration was changed meanwhile, or made by somebody else.
pub fn write(writing: &Writing<'_>) -> Result<(), Failure> {
    let mut made = Made::default();
    let written = made.all(writing);
    if written.is_err() {
        made.undo(writing.places);
    }
    written
}

/// What was made so far.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    entries: Vec<KeySource>,
}

impl Made {
    fn all(&mut self, writing: &Writing<'_>) -> Result<(), Failure> {
        let folder = writing.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        self.folder(folder)?;
        for (file, key) in &writing.keys {
            let path = folder.join(file);
            let keys = path.parent().unwrap_or(folder);
            self.folder(keys)?;
            let temporary = filled(keys, key.expose_secret().as_bytes()).map_err(|error| fail(&path, &error))?;
            temporary.persist_noclobber(&path).map_err(|error| fail(&path, &error.error))?;
            self.files.push(path);
        }
        for (entry, key) in &writing.entries {
            writing.places.keep(entry, key)?;
            self.entries.push(entry.clone());
        }
        configuration(writing, folder)
    }

    /// Makes a folder and those above it, for this user alone.
    fn folder(&mut self, path: &Path) -> Result<(), Failure> {
        let missing: Vec<&Path> =
            path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).map_err(|error| fail(path, &error))?;
            self.folders.push(path.to_owned());
        }
        Ok(())
    }

    fn undo(&self, places: Places<'_>) {
        // What cannot be taken away now is told by the failure that led here.
        self.entries.iter().for_each(|entry| drop(places.forget(entry)));
        self.files.iter().for_each(|file| drop(fs::remove_file(file)));
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

fn configuration(writing: &Writing<'_>, folder: &Path) -> Result<(), Failure> {
    let fail = |error: io::Error| fail(writing.path, &error);
    let Some(before) = writing.before else {
        let temporary = filled(folder, writing.text.as_bytes()).map_err(fail)?;
        return temporary.persist_noclobber(writing.path).map(drop).map_err(|error| fail(error.error));
    };
    // Through a link the file itself is replaced, and the link stays.
    let real = writing.path.canonicalize().map_err(fail)?;
    let temporary = filled(real.parent().unwrap_or(folder), writing.text.as_bytes()).map_err(fail)?;
    let permissions = fs::metadata(&real).map_err(fail)?.permissions();
    temporary.as_file().set_permissions(permissions).map_err(fail)?;
    if fs::read_to_string(&real).map_err(fail)? != before {
        let title = format!("{}: was changed meanwhile; nothing was written", writing.path.display());
        return Err(Failure::new(FailureKind::Configuration, title).hint("start again"));
    }
    temporary.persist(&real).map(drop).map_err(|error| fail(error.error))
}

/// A file without a lasting name (0600) in `folder`, whose content is on the disk.
fn filled(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn fail(path: &Path, error: &io::Error) -> Failure {
    let cause = format!("{}: cannot be written ({}); nothing was changed", path.display(), error.kind());
    Failure::new(FailureKind::Configuration, cause).hint("choose another place with --config, or make room for it")
}
