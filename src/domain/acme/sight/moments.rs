//! Moments by digest.

use super::seconds::Seconds;

/// Looks by which the place of a digest is guessed; of 1,000,000 it is then a few places off.
const LOOKS: usize = 3;

/// Moments by digest: 9 bytes each while few are different, in two arrays in the order of the digests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Moments {
    pub(super) digests: Vec<u64>,
    /// Since 1970; a clock that says less or more than 32 bits hold is wrong.
    pub(super) seconds: Seconds,
}

impl Moments {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { digests: Vec::with_capacity(count), seconds: Seconds::with_capacity(count) }
    }

    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        self.digests.iter().copied().zip(self.seconds.iter())
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
                if self.seconds.get(at).is_some_and(|known| second < known) {
                    self.seconds.set(at, second);
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
        self.seconds.get(at)
    }

    /// Digests are spread evenly, so the place of one is near its share of them all, and by each look at what stands there
    /// nearer. Where they are not, each step of the search at the end goes twice as far as the one before.
    fn place(&self, digest: u64) -> Result<usize, usize> {
        let digests = self.digests.as_slice();
        let Some(last) = digests.len().checked_sub(1) else { return Err(0) };
        let share = |part: u64| {
            let places = (u128::from(part) * digests.len() as u128) >> u64::BITS;
            usize::try_from(places).unwrap_or(last)
        };
        let mut at = share(digest).min(last);
        for _ in 0..LOOKS {
            let found = digests.get(at).copied().unwrap_or_default();
            let step = share(digest.abs_diff(found));
            if step == 0 {
                break;
            }
            at = if found < digest { (at + step).min(last) } else { at.saturating_sub(step) };
        }
        let mut step = 1;
        let (from, to) = if digests.get(at).is_some_and(|found| *found < digest) {
            while digests.get(at + step).is_some_and(|found| *found < digest) {
                step *= 2;
            }
            (at + step / 2, (at + step).min(last))
        } else {
            while step <= at && digests.get(at - step).is_some_and(|found| *found > digest) {
                step *= 2;
            }
            (at.saturating_sub(step), at - step / 2)
        };
        let window = digests.get(from..=to).unwrap_or_default();
        window.binary_search(&digest).map(|at| from + at).map_err(|at| from + at)
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
