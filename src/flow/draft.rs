//! What is read before a report definition is written.

use crate::domain::{
    ids::ReportId,
    report::{Definition, definition::Recipient},
};

/// A definition to start from, and who may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafting {
    /// The report that is edited; `None` for a new one.
    pub report: Option<ReportId>,
    /// Its definition, or one to start from.
    pub definition: Definition,
    /// The administrators; `None` when they could not be read.
    pub people: Option<Vec<Recipient>>,
}
