//! What goes wrong with a file of the store, and what the user is told.

use std::io;

use rusqlite::ErrorCode;

use crate::domain::{Failure, FailureKind};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// `SQLite` says so.
    #[error("{}", words(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// The system says so.
    #[error("{}", .0.kind())]
    Io(#[from] io::Error),
    /// Its content is not what was written.
    #[error("its content is damaged")]
    Damaged,
    /// Its data are another context's.
    #[error("it holds the data of another context")]
    Foreign,
    /// Its schema is newer than this program.
    #[error("it was written by a newer certdeck")]
    Newer,
    /// Others could put a file of theirs in its place.
    #[error("other users may change the folder")]
    Exposed,
    /// Other machines may write there.
    #[error("it is on a network drive, where other machines may write")]
    Remote,
    /// Something else stands there.
    #[error("it is not a regular file")]
    NoFile,
    /// A list is larger than the store.
    #[error("the list is too large")]
    TooLarge,
    /// More changed than is told at once.
    #[error("{} changes are too many to be told at once", .0)]
    TooMany(u64),
    /// The library has a bug that destroys files.
    #[error("SQLite before 3.51.3 can damage its files")]
    OldLibrary,
    /// Its asker has left.
    #[error("it is not wanted any more")]
    Stopped,
    /// The text of an entry is not JSON, or too long.
    #[error("the entry is not sound")]
    Unsound,
}

impl Fault {
    /// True when the file itself is spoilt and a new one would work.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged => true,
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
                    || matches!(
                        error,
                        rusqlite::Error::InvalidColumnType(..)
                            | rusqlite::Error::Utf8Error(..)
                            | rusqlite::Error::IntegralValueOutOfRange(..)
                            | rusqlite::Error::FromSqlConversionFailure(..)
                    )
                    // A schema of the right number without its tables.
                    || matches!(error, rusqlite::Error::SqlInputError { .. })
            }
            _ => false,
        }
    }

    /// True when there is no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// The failure with this cause.
    pub fn failure(&self, title: &str, place: &std::path::Path) -> Failure {
        let failure = Failure::new(FailureKind::Configuration, title).detail(format!("{}: {self}", place.display()));
        match self.next_step() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Newer => Some("use that version, or name another folder with CERTDECK_STATE_DIR"),
            Self::Exposed => Some("chmod go-w on the folder, or name another one with CERTDECK_STATE_DIR"),
            Self::Remote => Some("name a folder on this machine with CERTDECK_STATE_DIR"),
            Self::Io(_) | Self::NoFile => Some("name a folder of yours with CERTDECK_STATE_DIR"),
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Some("make room on the disk"),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Some("try again"),
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    Some("name a folder of yours with CERTDECK_STATE_DIR")
                }
                _ => None,
            },
            Self::TooMany(_) => Some("choose a later baseline"),
            Self::Damaged | Self::Foreign | Self::TooLarge | Self::OldLibrary | Self::Unsound | Self::Stopped => None,
        }
    }
}

/// `SQLite`'s codes in plain words; its own texts repeat statements.
fn words(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "there is no room for more",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another certdeck is writing to it",
        Some(ErrorCode::ReadOnly) => "it cannot be written",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => "it cannot be opened",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "its content is damaged",
        Some(ErrorCode::SystemIoFailure) => "the disk reports an error",
        Some(ErrorCode::OutOfMemory) => "there is not enough memory",
        _ => "it cannot be used",
    }
}
