//! Rows of a list in chunks, so that a list grows while it is read without copying what is there.

use std::sync::Arc;

/// A shared, growing sequence. Cloning copies a list of chunk pointers, never a row.
#[derive(Debug)]
pub struct Rows<T> {
    chunks: Vec<(usize, Arc<Vec<T>>)>,
    len: usize,
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), len: self.len }
    }
}

/// The very same rows, not equal ones.
impl<T> PartialEq for Rows<T> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        let mut out = Self::default();
        out.push(rows);
        out
    }
}

impl<T> Rows<T> {
    /// Appends a chunk.
    pub fn push(&mut self, chunk: Vec<T>) {
        if !chunk.is_empty() {
            let start = self.len;
            self.len += chunk.len();
            self.chunks.push((start, Arc::new(chunk)));
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

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|(_, rows)| rows.iter())
    }

    /// True when both hold the very same chunks.
    pub fn same(&self, other: &Self) -> bool {
        self.len == other.len
            && self.chunks.len() == other.chunks.len()
            && self.chunks.iter().zip(&other.chunks).all(|(a, b)| Arc::ptr_eq(&a.1, &b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
