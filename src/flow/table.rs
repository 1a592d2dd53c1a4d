//! Reports in the viewer: what it asks of files, and what comes back.

use std::{path::PathBuf, sync::Arc};

use crate::{
    domain::Clean,
    table::{Count, Counts, Differences, Export, Files, Form, Progress, Row, Search, Sorting, Table},
};

/// What is to be opened in the viewer: `Step { view: Some(Viewing::new(title, paths)), .. }` of any screen does it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewing {
    /// What stands above it: `Weekly orders, 14 Nov run`.
    pub title: Clean,
    /// The files; several are the parts of one table, in this order. Their content says what they are.
    pub paths: Vec<PathBuf>,
    /// The run before, to compare with; `None` when there is none here.
    pub before: Option<Earlier>,
    /// The sheet of a workbook that was chosen.
    pub sheet: Option<String>,
}

/// A run that is not open, but whose files are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// What it is called: `the 07 Nov run`.
    pub title: Clean,
    /// Its files.
    pub paths: Vec<PathBuf>,
}

impl Earlier {
    /// What is read of it.
    pub fn files(&self) -> Files {
        Files { paths: self.paths.clone(), ..Files::default() }
    }
}

impl Viewing {
    /// The files of one run.
    pub fn new(title: impl Into<Clean>, paths: Vec<PathBuf>) -> Self {
        Self { title: title.into(), paths, before: None, sheet: None }
    }
}

/// A place for one running call of the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableSlot {
    /// Reading the files.
    Open,
    /// The rows that show.
    Rows,
    /// The rows that match.
    Search,
    /// The row that is looked for.
    Find,
    /// The order.
    Sort,
    /// The counts of a column.
    Count,
    /// The rows that are other than those of the run before.
    Compare,
    /// Writing a file.
    Write,
}

/// What the viewer asks of files.
#[derive(Debug, Clone)]
pub enum TableWork {
    /// Read them; snapshots come as they grow.
    Open(Files),
    /// The rows with these numbers, which stand from this place on.
    Rows(Arc<Table>, usize, Vec<u32>),
    /// Rows that match.
    Search(Box<Search>),
    /// The order of rows.
    Sort(Sorting),
    /// The counts of a column.
    Count(Count),
    /// What is other than in the files of the run before; rows are told apart by a column.
    Compare {
        /// The run before.
        before: Files,
        /// The rows that are open.
        after: Arc<Table>,
        /// The column, by its place in them.
        column: usize,
    },
    /// Write rows to a file that is not there yet.
    Write(Box<Export>, Form, String),
}

impl PartialEq for TableWork {
    /// The same work on the same snapshot.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open(own), Self::Open(its)) => own == its,
            (Self::Rows(own, at, numbers), Self::Rows(its, place, others)) => {
                Arc::ptr_eq(own, its) && at == place && numbers == others
            }
            (Self::Search(own), Self::Search(its)) => {
                Arc::ptr_eq(&own.table, &its.table) && own.filter == its.filter && own.from == its.from
            }
            (Self::Sort(own), Self::Sort(its)) => Arc::ptr_eq(&own.table, &its.table) && own.column == its.column,
            (Self::Count(own), Self::Count(its)) => Arc::ptr_eq(&own.table, &its.table) && own.column == its.column,
            (
                Self::Compare { before, after, column },
                Self::Compare { before: its_before, after: its_after, column: its_column },
            ) => before == its_before && Arc::ptr_eq(after, its_after) && column == its_column,
            (Self::Write(_, form, path), Self::Write(_, other, place)) => form == other && path == place,
            _ => false,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum TableReply {
    /// The first snapshot that has rows, with the first of them: nobody waits for a call of their own.
    Begun(Arc<Table>, Vec<Row>),
    /// A longer snapshot of files that are still read.
    Grown(Arc<Table>),
    /// The last one.
    Read(Arc<Table>),
    /// Rows, from this place on.
    Rows(usize, Vec<Row>),
    /// Rows that match so far, from the first row on that was asked for.
    Finding(Vec<u32>),
    /// All that match.
    Found(Vec<u32>),
    /// The order.
    Sorted(Vec<u32>),
    /// The counts of a column.
    Counted(Box<Counts>),
    /// What is other than in the run before.
    Compared(Box<Differences>),
    /// So many rows were written to this file.
    Written(Clean, usize),
}

impl TableReply {
    /// True when more of the same comes.
    pub const fn is_progress(&self) -> bool {
        matches!(self, Self::Begun(..) | Self::Grown(_) | Self::Finding(_))
    }

    /// True for rows that are due, and for the number of all.
    pub fn is_waited_for(&self) -> bool {
        match self {
            Self::Begun(..) | Self::Rows(..) => true,
            Self::Grown(table) => !matches!(table.progress(), Progress::Reading { .. }),
            _ => false,
        }
    }
}
