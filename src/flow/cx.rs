//! What `update` and `render` may read besides their own state.

use super::{ScreenId, estate::Estate, source::Phase};
use crate::{domain::subject::Subject, present::Look};

/// What the last frame looked like, for the next `update`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Geometry {
    /// Rows of the main list that fit.
    pub page: usize,
    /// First of them.
    pub first: usize,
}

/// Whether a key does something now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It does.
    Yes,
    /// It does not, and this is why.
    No(&'static str),
    /// It belongs elsewhere.
    Hidden,
}

/// What is true of the screen that shows; bindings decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts; each binding asks for one of them")]
pub struct Facts {
    /// A row is under the cursor.
    pub has_row: bool,
    /// The screen has a filter.
    pub can_filter: bool,
    /// A filter is set.
    pub is_filtered: bool,
    /// The screen can be sorted.
    pub can_sort: bool,
    /// Its rows can be grouped.
    pub can_group: bool,
    /// The screen has a tree.
    pub has_tree: bool,
    /// The screen has groups.
    pub has_groups: bool,
    /// The screen has sections, each with lines of its own.
    pub has_sections: bool,
    /// The screen has a details pane.
    pub has_pane: bool,
    /// Rows of files show, with a cursor in their columns.
    pub in_table: bool,
    /// Whether rows can be compared with those of an earlier run; `None` where there are no runs.
    pub compare: Option<Availability>,
    /// Rows are events of logs, with a person and a CA.
    pub in_log: bool,
    /// The details fill the screen.
    pub in_details: bool,
    /// What the screen's own toggle does, if it has one.
    pub toggle: Option<&'static str>,
    /// Rows can be marked.
    pub can_mark: bool,
    /// Rows are marked.
    pub has_marks: bool,
    /// Notes can be taken of its rows.
    pub can_triage: bool,
    /// Its rows are counted by kind.
    pub can_count: bool,
    /// Requests wait.
    pub has_requests: bool,
    /// Whether a request about the row under the cursor can be reviewed; `None` where rows have no requests.
    pub review: Option<Availability>,
    /// Whether there is a CA under the cursor that could be changed; `None` where rows are no CAs.
    pub change: Option<Availability>,
    /// Whether the report under the cursor can be run or removed; `None` where rows are no reports.
    pub report: Option<Availability>,
    /// Whether a report can be made; `None` where rows are no reports.
    pub new_report: Option<Availability>,
    /// Whether there is a server to ask for the row under the cursor; `None` where rows have no servers.
    pub probe: Option<Availability>,
    /// Whether something can be written to a file; `None` where there is nothing to write.
    pub write: Option<Availability>,
    /// Whether a web console has a page about the row under the cursor; `None` where rows are of no service.
    pub console: Option<Availability>,
    /// What this program did belongs to the screen.
    pub has_evidence: bool,
    /// Whether CRL and OCSP of the row under the cursor can be checked; `None` where rows have neither.
    pub check: Option<Availability>,
}

/// What `update` reads.
#[derive(Debug)]
pub struct Cx<'a> {
    /// Rows, their age and state.
    pub estate: &'a Estate,
    /// Now, and how times are written.
    pub look: &'a Look,
    /// The last frame.
    pub geometry: Geometry,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The screen that shows.
    pub shown: ScreenId,
}

impl Cx<'_> {
    /// The state of a source now.
    pub fn phase<T: Subject>(&self, source: &super::Source<T>) -> Phase {
        source.phase(self.look.now)
    }
}
