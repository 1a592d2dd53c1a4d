//! The right to send changes: one program of this machine has it at a time.
//!
//! It is a lock of the system on a file that stays empty, so it ends with the program however that ends, and a program
//! that was killed leaves nothing behind that would have to be cleared away.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use super::file;
use crate::domain::{Failure, FailureKind};

/// The file.
const FILE: &str = "writer.lock";

/// The right, as long as it lives.
#[derive(Debug)]
pub struct Claim(File);

impl Claim {
    /// Takes the right.
    ///
    /// # Errors
    /// Another program has it, or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let unusable = |error: &io::Error| {
            let title = "whether another certdeck sends changes cannot be told, so nothing is sent; reading works";
            let failure = Failure::new(FailureKind::Configuration, title);
            failure.detail(format!("{}: {}", path.display(), error.kind())).hint("see to the state folder")
        };
        if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(unusable(&io::Error::from(io::ErrorKind::InvalidData)));
        }
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let title = "another certdeck may send changes, so this one only reads";
                Err(Failure::new(FailureKind::Refused, title).hint("send it from there, or close that one"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(&error)),
        }
    }

    /// True as long as the file that others would lock is the one that is locked here.
    pub fn holds(&self, folder: &Path) -> bool {
        let (here, there) = (self.0.metadata(), fs::symlink_metadata(folder.join(FILE)));
        matches!((here, there), (Ok(here), Ok(there)) if file::identity_of(&here) == file::identity_of(&there))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Place,
        disk::Disk,
        file::{BOUNDS, Bounds},
        tests::{append, clock, context, disk, disk_of, names},
    };

    #[test]
    fn d15_one_of_two_instances_may_send_and_the_next_one_when_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (disk(folder.path()), disk(folder.path()));
        one.claim().unwrap();
        one.claim().unwrap();
        let why = two.claim().unwrap_err();
        assert_eq!(why.title, "another certdeck may send changes, so this one only reads");
        append(&mut two, 1).unwrap();
        drop(one);
        two.claim().unwrap();
        assert!(names(folder.path()).contains(&FILE.to_owned()));
    }

    #[test]
    fn d15_without_a_journal_nothing_is_claimed() {
        let mut homeless = Disk::new(Place::NoHome, clock(), BOUNDS);
        assert!(homeless.claim().unwrap_err().to_string().contains("nothing is sent"));
        let mut demo = Disk::new(Place::Memory, clock(), BOUNDS);
        demo.claim().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("journal.db"), "not a journal").unwrap();
        let mut spoilt = disk(folder.path());
        assert!(spoilt.claim().unwrap_err().to_string().contains("nothing is sent"));
        // A disk that is full is found by the entry, which comes before anything leaves.
        let folder = tempfile::tempdir().unwrap();
        let mut full = disk_of(folder.path(), Bounds { bytes: 8 * 4_096, ..BOUNDS });
        full.claim().unwrap();
        assert!(full.append(&context(), "intent", &format!("\"{}\"", "x".repeat(60_000))).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn d15_a_lock_whose_file_was_taken_away_is_not_held_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (disk(folder.path()), disk(folder.path()));
        one.claim().unwrap();
        fs::remove_file(folder.path().join(FILE)).unwrap();
        two.claim().unwrap();
        assert!(one.claim().is_err(), "the other one has it now");
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/null", folder.path().join(FILE)).unwrap();
        assert!(disk(folder.path()).claim().is_err(), "a link is not followed");
    }
}
