//! What makes one list screen different from another.

use std::sync::Arc;

use super::{CopyChoice, CountChoice, Layout, Step};
use crate::{
    domain::{Failure, acme::AcmeKey, report::Report, subject::View},
    flow::{
        Availability, Call, Cx, Reply, Rows, ScreenId, Source, SourceId,
        estate::Estate,
        handover::{Chosen, Handover},
        list::{Arrangement, Hidden, Job},
    },
    present::{Column, Look, Tone, column::Record, handover::Form},
    ui::detail::Detail,
};

/// A line of words with their meanings.
pub type Words = Vec<(String, Tone)>;

/// Where details stand beside a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// On the right, with this many cells, the edge included.
    Right(u16),
    /// Below, with this share of the height in percent.
    Below(u16),
}

/// What makes one list screen different from another.
pub trait Kind: Default {
    /// Its records.
    type Row: Record;
    /// Which screen it is.
    const ID: ScreenId;
    /// The sources it shows; the first one has its rows.
    const SOURCES: &'static [SourceId];
    /// Heading, and what its rows are called.
    const TITLE: &'static str;
    /// Rows in a sentence.
    const NOUN: &'static str;
    /// Column of the usual order, and whether it is reversed.
    const ORDER: (&'static Column<Self::Row>, bool);
    /// Where the details stand on a wide screen.
    const PANE: Pane;
    /// The filter of a new screen.
    const FILTER: &'static str = "";

    /// The rows.
    fn source(estate: &Estate) -> &Source<Self::Row>;
    /// Columns for a width, in order.
    fn columns(layout: Layout, cells: u16) -> &'static [&'static str];
    /// One line more below the selected row of a screen without pane.
    fn extra(row: View<'_, Self::Row>, look: &Look) -> String;
    /// The details of a row.
    fn details(&self, row: View<'_, Self::Row>, cx: &Cx<'_>) -> Vec<Detail>;
    /// What to read for the details of a row, unless it is here.
    fn wanted(&self, row: View<'_, Self::Row>, cx: &Cx<'_>) -> Option<Call> {
        let _ = (row, cx);
        None
    }
    /// Takes what [`Kind::wanted`] brought for `row`, which is `None` when the cursor has left it.
    fn accept(&mut self, row: Option<View<'_, Self::Row>>, result: Result<Reply, Failure>) {
        let _ = (row, result);
    }
    /// Sorting and filtering as a call; `None` does it at once.
    fn arrange(job: Job<Self::Row>) -> Result<Call, Job<Self::Row>> {
        Err(job)
    }
    /// The arrangement in a reply.
    fn arranged(reply: Reply) -> Option<Arrangement<Self::Row>> {
        let _ = reply;
        None
    }
    /// Texts to copy.
    fn copies(row: View<'_, Self::Row>, look: &Look) -> Vec<CopyChoice>;
    /// The id of a row, as the service has it.
    fn record(row: View<'_, Self::Row>) -> Option<String> {
        let _ = row;
        None
    }
    /// A filter for another screen.
    fn about(row: View<'_, Self::Row>, target: ScreenId) -> Option<String>;
    /// The group of a row, when the screen has groups.
    fn group(row: View<'_, Self::Row>) -> Option<String> {
        let _ = row;
        None
    }
    /// What the screen's own toggle does.
    const TOGGLE: Option<&'static str> = None;
    /// Turns the toggle; returns what to say and do.
    fn toggle(&mut self) -> Step {
        Step::none()
    }
    /// Tells the rows that are left out now, whatever the filter says.
    fn hides(&self) -> Option<Hidden<Self::Row>> {
        None
    }
    /// Whether notes of triage can be taken of its rows.
    const TAKES_NOTES: bool = false;
    /// By what notes of triage know these rows.
    fn noted(keys: Vec<<Self::Row as Record>::Key>) -> Vec<AcmeKey> {
        let _ = keys;
        Vec::new()
    }
    /// The hand-over report of these rows; `None` on a screen that has none.
    fn handover(chosen: Chosen<Self::Row>, about: &str, form: Form, cx: &Cx<'_>) -> Option<Handover> {
        let _ = (chosen, about, form, cx);
        None
    }
    /// Lines above the table of a large screen.
    fn head(cx: &Cx<'_>) -> Vec<Words> {
        let _ = cx;
        Vec::new()
    }
    /// Whether its rows are counted by kind now.
    fn can_count(cx: &Cx<'_>) -> bool {
        let _ = cx;
        false
    }
    /// How many rows there are of each kind, and the filter that shows them.
    fn counts(cx: &Cx<'_>) -> Vec<CountChoice> {
        let _ = cx;
        Vec::new()
    }
    /// Whether there is a server to ask for the selected row; `None` where rows have no servers.
    fn can_probe(row: Option<View<'_, Self::Row>>, cx: &Cx<'_>) -> Option<Availability> {
        let _ = (row, cx);
        None
    }
    /// Asking the servers of the rows at these places of a list.
    fn probe(rows: &Rows<Self::Row>, wanted: Arc<[u32]>, cx: &Cx<'_>) -> Option<Call> {
        let _ = (rows, wanted, cx);
        None
    }
    /// Whether the report under the cursor can be changed, and whether it has files to fetch; `None` where rows are none.
    fn reports(row: Option<View<'_, Self::Row>>, cx: &Cx<'_>) -> Option<(Availability, Availability)> {
        let _ = (row, cx);
        None
    }
    /// Whether a report can be made; `None` where rows are none.
    fn new_report(cx: &Cx<'_>) -> Option<Availability> {
        let _ = cx;
        None
    }
    /// The report of a row.
    fn report(row: View<'_, Self::Row>) -> Option<Report> {
        let _ = row;
        None
    }
    /// Words on the right of the title, behind the count.
    fn remark(&self, cx: &Cx<'_>) -> String {
        let _ = cx;
        String::new()
    }
    /// A line below the title when the rows are not all that there is to say; `None` leaves it to the state of the source.
    fn standing(cx: &Cx<'_>) -> Option<String> {
        let _ = cx;
        None
    }
    /// Where Enter leads, when it is not to the details.
    fn open(row: View<'_, Self::Row>) -> Option<(ScreenId, String)> {
        let _ = row;
        None
    }
}
