//! A list that was read from a service, and how much of it that is.

use jiff::Timestamp;

use super::{failure::Failure, text::Clean};

/// How much of a list is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Completeness {
    /// Everything the service has.
    #[default]
    Complete,
    /// Some pages or parts are missing; `Failure` says why. Never shown as complete.
    Partial {
        /// Parts read.
        read: usize,
        /// Parts known of; `None` when the service does not say.
        of: Option<usize>,
        /// Why the rest is missing.
        why: Failure,
    },
}

/// Rows of one source, with their age and completeness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset<T> {
    /// The rows, without duplicates.
    pub rows: Vec<T>,
    /// When the read ended, by this program's clock (UTC).
    pub read_at: Timestamp,
    /// How much of the list the rows are.
    pub completeness: Completeness,
    /// What was odd about the answer: "list changed while reading", dropped duplicates.
    pub notes: Vec<Clean>,
}

impl<T> Dataset<T> {
    /// A complete list.
    pub const fn complete(rows: Vec<T>, read_at: Timestamp) -> Self {
        Self { rows, read_at, completeness: Completeness::Complete, notes: Vec::new() }
    }

    /// True when nothing is missing.
    pub const fn is_complete(&self) -> bool {
        matches!(self.completeness, Completeness::Complete)
    }
}
