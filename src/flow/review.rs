//! Decisions about a CA on their way through the loop: what is sent, and what came of it.

use crate::domain::{
    ca::{
        checks::Check,
        decision::{Errand, Reading},
    },
    digest::Digest,
    identity::OneUser,
};

/// What somebody has decided, and on which grounds; it is sent once.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// What is to be done.
    pub errand: Errand,
    /// What was shown.
    pub shown: Reading,
    /// Hash of the impact that was shown; `None` where none is asked for.
    pub impact: Option<Digest>,
    /// The user of the key.
    pub actor: OneUser,
    /// The checks, as they were when it was decided.
    pub checks: Vec<Check>,
}
