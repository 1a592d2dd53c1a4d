//! The engine of reports: files of any size as one table of rows, read in the background.
//!
//! A [`Table`] is a snapshot that never changes: what is asked of it is a function of it and of the files. Reading a file
//! publishes ever longer ones. Memory grows with the index (the place of every 64th row), never with the data; cells
//! become text only when they are shown, written or compared.
//!
//! ```text
//!  CSV ----------------------------+
//!  UTF-16, JSON, JSON lines -+     |
//!  XLSX (cells of a child) --+--> rows on disk --> Index --> Table --> rows, search, sort, counts, diff, export
//!  ZIP of any of them -------+
//! ```

mod archive;
mod batch;
mod bytes;
mod column;
mod count;
mod diff;
mod error;
mod export;
mod index;
mod json;
mod limits;
mod line;
mod open;
mod part;
mod row;
mod scan;
mod search;
pub mod sheet;
mod sniff;
mod sort;
mod spool;
mod stop;
mod units;
mod utf16;
mod view;
mod walk;

pub use self::{
    archive::{Archive, ArchiveError, Entry},
    column::Column,
    count::{Count, Counts},
    diff::{Diff, Differences},
    error::TableError,
    export::{Export, ExportError, Form, Writing},
    open::{Files, open},
    part::{Progress, Table},
    row::{Fault, Row},
    search::Search,
    sniff::{Sniffed, sniff},
    sort::Sorting,
    stop::{Guard, Stop},
    view::Order,
};

#[cfg(test)]
mod tests;
