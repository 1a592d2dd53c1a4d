//! Moments by digest.

/// Moments by digest: 12 bytes each, in two arrays in the order of the digests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Moments {
    pub(super) digests: Vec<u64>,
    /// Since 1970; a clock that says less or more than 32 bits hold is wrong.
    pub(super) seconds: Vec<u32>,
}

impl Moments {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { digests: Vec::with_capacity(count), seconds: Vec::with_capacity(count) }
    }

    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        self.digests.iter().copied().zip(self.seconds.iter().copied())
    }

    /// Adds the moment of a digest that is larger than all that are here.
    pub(super) fn push(&mut self, digest: u64, second: u32) {
        self.digests.push(digest);
        self.seconds.push(second);
    }

    /// Adds a moment; the earliest of a digest stays.
    pub(super) fn see(&mut self, digest: u64, second: u32) {
        match self.place(digest) {
            Ok(at) => {
                if let Some(known) = self.seconds.get_mut(at) {
                    *known = (*known).min(second);
                }
            }
            Err(at) => {
                self.digests.insert(at, digest);
                self.seconds.insert(at, second);
            }
        }
    }

    /// The moment of a digest.
    pub(super) fn get(&self, digest: u64) -> Option<u32> {
        let at = self.place(digest).ok()?;
        self.seconds.get(at).copied()
    }

    /// Digests are spread evenly, so the place of one is near its share of them all.
    fn place(&self, digest: u64) -> Result<usize, usize> {
        let count = self.digests.len();
        let share = (u128::from(digest) * count as u128) >> u64::BITS;
        let near = usize::try_from(share).unwrap_or(count);
        let reach = 4 * count.isqrt() + 4;
        let (from, to) = (near.saturating_sub(reach), (near + reach).min(count));
        let window = self.digests.get(from..to).unwrap_or_default();
        let is_within = window.first().is_some_and(|first| *first <= digest) && window.last() >= Some(&digest);
        if is_within {
            return window.binary_search(&digest).map(|at| from + at).map_err(|at| from + at);
        }
        self.digests.binary_search(&digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_digest_is_found_wherever_it_lies(
            digests in prop::collection::btree_set(prop_oneof![any::<u64>(), 0..50_u64, Just(u64::MAX)], 0..300),
            other in any::<u64>(),
        ) {
            let mut moments = Moments::default();
            for (digest, second) in digests.iter().zip(0..) {
                moments.push(*digest, second);
            }
            let mut seen = Moments::default();
            let backwards: Vec<(&u64, u32)> = digests.iter().zip(0..).collect();
            for (digest, second) in backwards.into_iter().rev() {
                seen.see(*digest, second + 1);
                seen.see(*digest, second);
                seen.see(*digest, second + 2);
            }
            prop_assert_eq!(&moments, &seen);
            for (digest, second) in digests.iter().zip(0..) {
                prop_assert_eq!(moments.get(*digest), Some(second));
            }
            prop_assert_eq!(moments.get(other).is_some(), digests.contains(&other));
        }
    }
}
