//! How the events stand that are kept on this machine.

use jiff::Timestamp;

use super::{AuditSource, sync::Gap};
use crate::domain::Clean;

/// How one log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStanding {
    /// The log.
    pub source: AuditSource,
    /// When it was read last to the end of a run; `None` for one that never was.
    pub read_at: Option<Timestamp>,
    /// Why the last run ended early.
    pub failure: Option<Clean>,
    /// Events that are kept.
    pub events: usize,
    /// What may be missing between the newest event and the depth that is kept, the newest first.
    pub gaps: Vec<Gap>,
    /// Where it comes from when it is not read from a service: `the report of 16 Nov`.
    pub origin: Clean,
}

/// How all of them stand, in the order of [`AuditSource::ALL`]; those that have nothing are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// One for each log that is known.
    pub logs: Vec<LogStanding>,
}

impl Standing {
    /// Events that are kept.
    pub fn events(&self) -> usize {
        self.logs.iter().map(|log| log.events).sum()
    }

    /// All gaps with their logs.
    pub fn gaps(&self) -> impl Iterator<Item = (AuditSource, &Gap)> {
        self.logs.iter().flat_map(|log| log.gaps.iter().map(|gap| (log.source, gap)))
    }

    /// A log.
    pub fn of(&self, source: AuditSource) -> Option<&LogStanding> {
        self.logs.iter().find(|log| log.source == source)
    }
}
