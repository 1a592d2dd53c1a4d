//! What is asked of the kept events, and what comes back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{AuditEvent, standing::Standing};
use crate::domain::{filter::Filter, raw::Raw, when::When};

/// Where rows begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the newest one.
    Newest,
    /// Behind this number, to the older ones.
    Before(i64),
    /// They end before this number: those that are newer than it.
    After(i64),
    /// They end with the oldest one.
    Oldest,
    /// With what happened before this moment.
    Until(Timestamp),
    /// They end with what happened at this moment or later.
    Since(Timestamp),
}

impl Start {
    /// Whether they are found from the oldest to the newest.
    pub const fn is_upwards(self) -> bool {
        matches!(self, Self::After(_) | Self::Oldest | Self::Since(_))
    }
}

/// Rows that are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Which events.
    pub filter: Filter<AuditEvent>,
    /// The moment that durations of the filter count from.
    pub now: Timestamp,
    /// Where they begin.
    pub start: Start,
    /// How many rows at most.
    pub most: usize,
    /// Newest events of runs that are shown one by one.
    pub unfolded: Vec<i64>,
}

/// A row: an event, or a run of like ones side by side, by its newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the event.
    pub id: i64,
    /// The event, without its raw record.
    pub event: AuditEvent,
    /// Older ones that are like it, side by side with it.
    pub more: usize,
    /// Number and moment of the oldest of them.
    pub last: (i64, When),
    /// It belongs to a run that is shown one by one: its newest event.
    pub of: Option<i64>,
}

/// Rows, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The rows.
    pub lines: Vec<Line>,
    /// There is nothing further in the direction that was looked in.
    pub is_end: bool,
}

/// Events to be counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// Which events.
    pub filter: Filter<AuditEvent>,
    /// The moment that durations of the filter count from.
    pub now: Timestamp,
}

/// How many events there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Events that match.
    pub matched: usize,
    /// All events.
    pub total: usize,
    /// Those that match by the hour since 1970; hours without one are left out.
    pub hours: BTreeMap<i64, usize>,
    /// How the logs stand.
    pub standing: Standing,
}

/// Events with their raw records.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// Which events.
    pub filter: Filter<AuditEvent>,
    /// The moment that durations of the filter count from.
    pub now: Timestamp,
    /// Behind this number; `None` for the newest.
    pub before: Option<i64>,
    /// How many at most.
    pub most: usize,
}

/// An event in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its number.
    pub id: i64,
    /// Its record as it was sent.
    pub raw: Raw,
    /// Others about the same record, or of the same person within an hour; the nearest.
    pub related: Vec<AuditEvent>,
}

/// Events that are written for others.
#[derive(Debug, Clone, PartialEq)]
pub struct Extract {
    /// Which events.
    pub filter: Filter<AuditEvent>,
    /// The same as it was typed.
    pub words: String,
    /// The moment that its durations count from.
    pub now: Timestamp,
}
