//! Going to the rows that have a text.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Viewer, call, said};
use crate::{
    flow::{
        Cx,
        table::{TableSlot, TableWork},
    },
    screens::{Notice, Step},
    table::Search,
};

/// A row that is looked for: text, the rows that have it, and where to go once they are known.
#[derive(Debug, Default)]
pub struct Find {
    pub(super) text: String,
    pub(super) hits: Option<Arc<[u32]>>,
    pub(super) forward: Option<bool>,
}

impl Viewer {
    /// Looks for text from here on; `n` goes on.
    pub fn find(&mut self, text: &str, cx: &Cx<'_>) -> Step {
        self.find = Find { text: text.to_owned(), ..Find::default() };
        let step = self.find_next(true, cx.look.now);
        self.with_rows(step, cx)
    }

    pub(super) fn find_next(&mut self, forward: bool, now: Timestamp) -> Step {
        let text = if self.find.text.is_empty() { &self.sieve.text } else { &self.find.text };
        if text.is_empty() {
            return said("Nothing is looked for: / filters, :find TEXT looks for text.");
        }
        self.find.forward = Some(forward);
        if self.find.hits.is_some() {
            return self.next_hit();
        }
        match self.table.filter(text) {
            Ok(filter) => {
                let search = Search { table: Arc::clone(&self.table), filter, from: 0, among: None, now };
                Step::effects([call(TableSlot::Find, TableWork::Search(Box::new(search)))])
            }
            Err(error) => Step::notice(Notice::fault(error.to_string())),
        }
    }

    /// To the next row that was looked for, in the direction that was asked for.
    pub(super) fn next_hit(&mut self) -> Step {
        let (Some(forward), Some(hits)) = (self.find.forward.take(), &self.find.hits) else { return Step::none() };
        let found = match self.order.rows {
            Some(_) => self.nearest(forward, hits),
            None => self.nearest_of_all(forward, hits),
        };
        match found {
            Some(place) => self.go(place),
            None if hits.is_empty() => said("No row has it."),
            None => said(if forward { "No further row has it." } else { "No earlier row has it." }),
        }
    }

    /// The place of the nearest hit among the rows that show.
    fn nearest(&self, forward: bool, hits: &[u32]) -> Option<usize> {
        let is_hit =
            |place: &usize| self.order.row(*place, &self.table).is_some_and(|row| hits.binary_search(&row).is_ok());
        if forward { (self.cursor + 1..self.len()).find(is_hit) } else { (0..self.cursor).rev().find(is_hit) }
    }

    /// The same where all rows show as they stand in the files: hits are in their order, and no row is looked at.
    fn nearest_of_all(&self, forward: bool, hits: &[u32]) -> Option<usize> {
        let row = self.selected()?;
        let hit = if forward == self.order.reversed {
            hits.partition_point(|hit| *hit < row).checked_sub(1)?
        } else {
            hits.partition_point(|hit| *hit <= row)
        };
        let place = *hits.get(hit)? as usize;
        if self.order.reversed { self.len().checked_sub(place + 1) } else { Some(place) }
    }
}
