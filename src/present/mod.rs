//! How records are shown: columns with titles, widths, texts and sort keys. The table widget, the command line and
//! exports read the same rows of this module.

pub mod acme;
pub mod audit;
pub mod ca;
pub mod calendar;
pub mod column;
pub mod delta;
pub mod handover;
mod ics;
pub mod moment;
pub mod report;

pub use column::{Align, Column, Look, Tone};

pub use crate::domain::spreadsheet::guarded;

/// Characters of a text in a line: a host name has at most 253.
const SHORT: usize = 253;

/// As much of a text as a line can hold.
pub fn short(text: &str) -> String {
    let mut kept: String = text.chars().take(SHORT).collect();
    if kept.len() < text.len() {
        kept.push_str("..");
    }
    kept
}
