//! Why a file cannot be read as a table.

use std::io;

use crate::domain::{Clean, Failure, FailureKind};

/// Why a file cannot be read as a table, or no further.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file itself: it is not there, may not be read, or is no file.
    #[error("{name} cannot be read ({why})")]
    File {
        /// Its name, safe.
        name: Clean,
        /// Why, in words.
        why: String,
    },
    /// What is in the file.
    #[error("{name}: {why}")]
    Content {
        /// Its name, safe.
        name: Clean,
        /// Why, in words; safe.
        why: Clean,
    },
    /// Nobody waits for it any more.
    #[error("stopped")]
    Stopped,
    /// No column has that name.
    #[error("no column {asked:?}; there are: {known}")]
    Column {
        /// What was asked for.
        asked: Clean,
        /// What there is.
        known: Clean,
    },
}

impl TableError {
    /// An operation of the system on a file of that name went wrong.
    pub fn io(name: &Clean, error: &io::Error) -> Self {
        Self::File { name: name.clone(), why: error.kind().to_string() }
    }

    /// The content of a file of that name cannot be taken.
    pub fn content(name: &Clean, why: impl Into<Clean>) -> Self {
        Self::Content { name: name.clone(), why: why.into() }
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        let hint = match error {
            TableError::File { .. } => "check the name and the rights; nothing was changed",
            TableError::Content { .. } => "the file itself is as it was; CSV, JSON, JSON lines, XLSX and ZIP are read",
            TableError::Stopped => return Self::new(FailureKind::Cancelled, "reading was stopped"),
            TableError::Column { .. } => "names of columns are in any case",
        };
        let kind = match error {
            TableError::File { .. } => FailureKind::NotFound,
            TableError::Column { .. } => FailureKind::Configuration,
            TableError::Content { .. } | TableError::Stopped => FailureKind::BadAnswer,
        };
        Self::new(kind, error.to_string()).hint(hint)
    }
}
