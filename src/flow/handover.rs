//! The hand-over report as work: it explains every row, which is too much for the loop.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::{estate::Estate, rows::Rows, triage::Triaged};
use crate::{
    domain::acme::{AcmeCertificate, facts::Facts},
    present::{
        column::Record,
        handover::{self, Form, Line},
    },
};

/// Rows of a list that something is about.
#[derive(Debug, Clone)]
pub struct Chosen<T: Record> {
    /// The whole list.
    pub rows: Rows<T>,
    /// The places in it of the rows that show, in their order.
    pub order: Arc<[u32]>,
    /// The rows that are marked; none stands for all that show.
    pub marks: Arc<HashSet<T::Key>>,
}

/// A report to be written.
#[derive(Clone)]
pub struct Handover {
    chosen: Chosen<AcmeCertificate>,
    found: Option<Triaged>,
    facts: Arc<Facts>,
    form: Form,
    about: String,
    now: Timestamp,
}

impl PartialEq for Handover {
    fn eq(&self, other: &Self) -> bool {
        let (own, its) = (&self.chosen, &other.chosen);
        own.rows.same(&its.rows) && own.order == its.order && own.marks == its.marks && self.form == other.form
    }
}

impl std::fmt::Debug for Handover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handover({} rows, {} marked)", self.chosen.order.len(), self.chosen.marks.len())
    }
}

impl Handover {
    /// The report of the chosen rows at `now`, by what is known in `estate`; `about` is the filter that shows them.
    pub fn new(chosen: Chosen<AcmeCertificate>, about: &str, form: Form, estate: &Estate, now: Timestamp) -> Self {
        let (found, facts) = estate.judgement.basis();
        Self { chosen, found, facts, form, about: about.to_owned(), now }
    }

    /// Its text: O(n) for the n rows that show.
    pub fn text(&self) -> String {
        let Chosen { rows, order, marks } = &self.chosen;
        let is_chosen = |row: &AcmeCertificate| marks.is_empty() || marks.contains(&row.key());
        let views = order.iter().filter_map(|place| rows.view(*place as usize)).filter(|row| is_chosen(row));
        let lines: Vec<Line<'_>> = views
            .map(|row| {
                let told = self.found.as_ref().and_then(|found| found.explain(row, self.now));
                Line { row, told, note: self.facts.notes.get(&row.key()) }
            })
            .collect();
        handover::write(self.form, &self.about, &lines, self.now)
    }
}
