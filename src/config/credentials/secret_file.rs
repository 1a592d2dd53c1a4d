//! A file that holds a key.

use std::{fs::File, io::Read as _, path::Path};

use zeroize::Zeroizing;

/// Why a file is not read.
pub(super) struct Refusal {
    /// What is wrong, without the path.
    pub cause: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Refusal {
    fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None }
    }
}

/// The content of `path`, when it is a regular file of this user that nobody else can read, of `most` bytes at most.
pub(super) fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let io = |error: std::io::Error| Refusal::new(format!("cannot be read ({})", error.kind()));
    let link = std::fs::symlink_metadata(path).map_err(io)?;
    if link.file_type().is_symlink() {
        return Err(Refusal::new("is a symbolic link; name the file itself"));
    }
    if !link.is_file() {
        return Err(Refusal::new("is not a regular file"));
    }
    let file = File::open(path).map_err(io)?;
    // The open file is what is checked: the name may have been given to another one meanwhile.
    let metadata = file.metadata().map_err(io)?;
    check(&metadata, &link, path)?;
    let mut content = Zeroizing::new(Vec::with_capacity(most + 1));
    file.take(most as u64 + 1).read_to_end(&mut content).map_err(io)?;
    if content.len() > most {
        return Err(Refusal::new(format!("is larger than {most} bytes, so it is no key")));
    }
    Ok(content)
}

#[cfg(unix)]
fn check(metadata: &std::fs::Metadata, link: &std::fs::Metadata, path: &Path) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt as _;
    if !metadata.is_file() || (metadata.dev(), metadata.ino()) != (link.dev(), link.ino()) {
        return Err(Refusal::new("was replaced while it was opened"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Refusal::new("belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        let mode = metadata.mode() & 0o777;
        let hint = Some(format!("chmod 600 {}", path.display()));
        return Err(Refusal { cause: format!("other users may open it (mode {mode:04o})"), hint });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check(_: &std::fs::Metadata, _: &std::fs::Metadata, _: &Path) -> Result<(), Refusal> {
    Ok(())
}
