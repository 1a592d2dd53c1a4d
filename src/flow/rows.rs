//! Rows of a list in chunks, so that a list grows while it is read without copying what is there.

use std::sync::Arc;

use crate::domain::{
    delta::{Entry, Records, Topic, Tracked},
    subject::{Subject, View},
};

/// A shared, growing sequence, and what was worked out about its rows. Cloning copies a list of chunk pointers, never a
/// row.
#[derive(Debug)]
pub struct Rows<T: Subject> {
    chunks: Vec<(usize, Arc<Vec<T>>)>,
    len: usize,
    derived: Option<Arc<Vec<T::Derived>>>,
}

impl<T: Subject> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), len: self.len, derived: self.derived.clone() }
    }
}

/// The very same rows, not equal ones.
impl<T: Subject> PartialEq for Rows<T> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl<T: Subject> Default for Rows<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0, derived: None }
    }
}

impl<T: Subject> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        let mut out = Self::default();
        out.push(rows);
        out
    }
}

impl<T: Subject> Rows<T> {
    /// Appends a chunk.
    pub fn push(&mut self, chunk: Vec<T>) {
        if !chunk.is_empty() {
            let start = self.len;
            self.len += chunk.len();
            self.chunks.push((start, Arc::new(chunk)));
        }
    }

    /// Appends rows of another list; they are shared.
    pub fn extend(&mut self, other: &Self) {
        for (_, chunk) in &other.chunks {
            self.chunks.push((self.len, Arc::clone(chunk)));
            self.len += chunk.len();
        }
    }

    /// How many rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row at `index`.
    pub fn get(&self, index: usize) -> Option<&T> {
        let chunk = self.chunks.partition_point(|(start, _)| *start <= index).checked_sub(1)?;
        let (start, rows) = self.chunks.get(chunk)?;
        rows.get(index - start)
    }

    /// The row at `index` with what was worked out about it.
    pub fn view(&self, index: usize) -> Option<View<'_, T>> {
        let derived = self.derived.as_ref().and_then(|derived| derived.get(index));
        self.get(index).map(|record| View { record, derived, index })
    }

    /// All rows in order, with what was worked out about them.
    pub fn views(&self) -> impl Iterator<Item = View<'_, T>> {
        let derived = self.derived.as_deref().map_or(&[][..], Vec::as_slice);
        self.iter().enumerate().map(|(index, record)| View { record, derived: derived.get(index), index })
    }

    /// What was worked out about the rows, in their order; empty when nothing was yet.
    pub fn derived(&self) -> &[T::Derived] {
        self.derived.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The same rows with what was worked out about them, in their order.
    #[must_use]
    pub fn with(mut self, derived: Arc<Vec<T::Derived>>) -> Self {
        self.derived = Some(derived);
        self
    }

    /// All rows side by side: empty for a list that came in several parts, which [`Rows::joined`] puts together.
    pub fn slice(&self) -> &[T] {
        match self.chunks.as_slice() {
            [(_, rows)] => rows,
            _ => &[],
        }
    }

    /// The same rows in one part.
    #[must_use]
    pub fn joined(self) -> Self
    where
        T: Clone,
    {
        if self.chunks.len() < 2 {
            return self;
        }
        let rows: Vec<T> = self.iter().cloned().collect();
        Self { derived: self.derived, ..Self::from(rows) }
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|(_, rows)| rows.iter())
    }

    /// True when both hold the very same chunks, and the same was worked out about them.
    pub fn same(&self, other: &Self) -> bool {
        let derived = match (&self.derived, &other.derived) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        derived && self.have_the_rows_of(other)
    }

    /// True when both hold the very same chunks.
    pub fn have_the_rows_of(&self, other: &Self) -> bool {
        self.len == other.len
            && self.chunks.len() == other.chunks.len()
            && self.chunks.iter().zip(&other.chunks).all(|(a, b)| Arc::ptr_eq(&a.1, &b.1))
    }
}

impl<T: Subject + Tracked> Records for Rows<T> {
    fn topic(&self) -> Topic {
        T::TOPIC
    }

    fn len(&self) -> usize {
        self.len
    }

    fn write_key(&self, at: usize, out: &mut String) {
        if let Some(record) = self.get(at) {
            record.write_key(out);
        }
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        self.get(at).map(Tracked::entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Subject for i32 {
        type Derived = char;
    }

    #[test]
    fn what_was_worked_out_stands_beside_its_row() {
        let mut rows = Rows::from(vec![7]);
        let before = rows.clone();
        rows.push(vec![8, 9]);
        let derived = rows.clone().with(Arc::new(vec!['a', 'b']));
        let seen = |view: View<'_, i32>| (*view.record, view.derived.copied());
        assert_eq!(derived.views().map(seen).collect::<Vec<_>>(), [(7, Some('a')), (8, Some('b')), (9, None)]);
        assert_eq!(
            [derived.view(1), rows.view(1), derived.view(3)].map(|view| view.map(seen)),
            [Some((8, Some('b'))), Some((8, None)), None]
        );
        assert!(derived.have_the_rows_of(&rows) && !derived.same(&rows) && !before.have_the_rows_of(&rows));
    }

    #[test]
    fn rows_are_found_across_chunks() {
        let mut rows = Rows::from(vec![0, 1, 2]);
        let before = rows.clone();
        rows.push(Vec::new());
        rows.push(vec![3]);
        rows.push(vec![4, 5]);
        assert_eq!(
            (0..7).map(|i| rows.get(i).copied()).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4, 5].map(Some).into_iter().chain([None]).collect::<Vec<_>>()
        );
        assert_eq!(rows.iter().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(before.len(), 3);
        assert!(rows.same(&rows.clone()));
        assert!(!rows.same(&before));
    }
}
