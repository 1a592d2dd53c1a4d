//! How records are shown: columns with titles, widths, texts and sort keys. The table widget, the command line and
//! exports read the same rows of this module.

pub mod acme;
pub mod audit;
pub mod ca;
pub mod calendar;
pub mod column;
pub mod handover;
mod ics;
pub mod moment;
pub mod report;

pub use column::{Align, Column, Look, Tone};

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

/// A spreadsheet takes a cell that starts like this for a formula; a leading apostrophe keeps it text.
pub fn guarded(cell: String) -> String {
    let number = || cell.parse::<f64>().is_ok();
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠') if !number() => format!("'{cell}"),
        _ => cell,
    }
}
