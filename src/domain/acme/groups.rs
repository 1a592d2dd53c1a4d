//! Lists of numbers by number, in two arrays.

/// Groups of numbers.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Default for Groups {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl Groups {
    /// Groups the second members of pairs by the first.
    pub(super) fn of_pairs<I: Iterator<Item = (u32, u32)>>(pairs: impl Fn() -> I, groups: usize) -> Self {
        let mut starts = vec![0_u32; groups + 1];
        for (key, _) in pairs() {
            if let Some(count) = starts.get_mut(key as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut items = vec![0; sum as usize];
        for (key, item) in pairs() {
            if let Some(at) = next.get_mut(key as usize) {
                if let Some(slot) = items.get_mut(*at as usize) {
                    *slot = item;
                }
                *at += 1;
            }
        }
        Self { starts, items }
    }

    /// Adds a group; its number.
    pub(super) fn push(&mut self, group: &[u32]) -> u32 {
        self.items.extend_from_slice(group);
        self.starts.push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
        u32::try_from(self.starts.len() - 2).unwrap_or(u32::MAX)
    }

    /// Gives back what groups that were added one by one do not need.
    pub(super) fn shrink(&mut self) {
        self.starts.shrink_to_fit();
        self.items.shrink_to_fit();
    }

    /// The members of all groups, one group behind the other.
    pub(super) fn items(&self) -> &[u32] {
        &self.items
    }

    /// How many groups.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// A group; empty when there is none.
    pub(super) fn get(&self, group: u32) -> &[u32] {
        self.range(group).and_then(|range| self.items.get(range)).unwrap_or_default()
    }

    /// A group, to sort it.
    pub(super) fn get_mut(&mut self, group: u32) -> &mut [u32] {
        self.range(group).and_then(|range| self.items.get_mut(range)).unwrap_or_default()
    }

    fn range(&self, group: u32) -> Option<std::ops::Range<usize>> {
        let start = *self.starts.get(group as usize)?;
        let end = *self.starts.get(group as usize + 1)?;
        Some(start as usize..end as usize)
    }
}
