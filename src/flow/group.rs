//! Groups of a list: rows that have something in common stand together, below a line that names it.

use std::{borrow::Cow, collections::HashMap};

use super::rows::Rows;
use crate::{domain::subject::Subject, present::column::Grouping};

/// Rows that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub title: String,
    /// Position of the first of them among the rows that show.
    pub start: usize,
    /// How many.
    pub len: usize,
}

/// Puts the rows of each group together, O(n). Groups stand in the order of their first rows, and rows keep their order
/// within a group.
pub fn gather<T: Subject>(rows: &Rows<T>, order: &[u32], by: &Grouping<T>) -> (Vec<u32>, Vec<Group>) {
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut gathered: Vec<(String, Vec<u32>)> = Vec::new();
    for index in order {
        let Some(row) = rows.view(*index as usize) else { continue };
        let title = (by.of)(row);
        let place = *places.entry(title).or_insert_with_key(|title| {
            gathered.push((title.to_string(), Vec::new()));
            gathered.len() - 1
        });
        if let Some((_, members)) = gathered.get_mut(place) {
            members.push(*index);
        }
    }
    let mut start = 0;
    let mut groups = Vec::with_capacity(gathered.len());
    let mut all = Vec::with_capacity(order.len());
    for (title, members) in gathered {
        groups.push(Group { title, start, len: members.len() });
        start += members.len();
        all.extend(members);
    }
    (all, groups)
}

/// The group of a position; `None` when there are no groups, or no such row.
pub fn of_position(groups: &[Group], position: usize) -> Option<usize> {
    let place = groups.partition_point(|group| group.start <= position).checked_sub(1)?;
    groups.get(place).filter(|group| position < group.start + group.len).map(|_| place)
}
