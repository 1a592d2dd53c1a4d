//! How records are shown: columns with titles, widths, texts and sort keys. The table widget, the command line and
//! exports read the same rows of this module.

pub mod acme;
pub mod audit;
pub mod ca;
pub mod column;
pub mod handover;
pub mod moment;
pub mod report;

pub use column::{Align, Column, Look, Tone};

/// A spreadsheet takes a cell that starts like this for a formula; a leading apostrophe keeps it text.
pub fn guarded(cell: String) -> String {
    let number = || cell.parse::<f64>().is_ok();
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠') if !number() => format!("'{cell}"),
        _ => cell,
    }
}
