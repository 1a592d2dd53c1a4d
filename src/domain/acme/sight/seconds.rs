//! Many moments, of which few are different.

/// Seconds since 1970, one byte each while at most 256 of them are different: what is new is new to one read, and there
/// are few reads with anything new.
#[derive(Debug, Clone)]
pub(super) enum Seconds {
    Few {
        /// The different ones, in the order in which they came.
        all: Vec<u32>,
        /// Which one each is.
        which: Vec<u8>,
    },
    Many(Vec<u32>),
}

impl Default for Seconds {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl PartialEq for Seconds {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Seconds {}

impl Seconds {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self::Few { all: Vec::new(), which: Vec::with_capacity(count) }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few { which, .. } => which.len(),
            Self::Many(seconds) => seconds.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<u32> {
        match self {
            Self::Few { all, which } => all.get(usize::from(*which.get(at)?)).copied(),
            Self::Many(seconds) => seconds.get(at).copied(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    pub(super) fn push(&mut self, second: u32) {
        self.insert(self.len(), second);
    }

    pub(super) fn insert(&mut self, at: usize, second: u32) {
        self.change(second, |which, number| which.insert(at, number), |seconds| seconds.insert(at, second));
    }

    /// Puts another one in the place of one that is there.
    pub(super) fn set(&mut self, at: usize, second: u32) {
        let number = |which: &mut Vec<u8>, number| {
            if let Some(place) = which.get_mut(at) {
                *place = number;
            }
        };
        let whole = |seconds: &mut Vec<u32>| {
            if let Some(place) = seconds.get_mut(at) {
                *place = second;
            }
        };
        self.change(second, number, whole);
    }

    fn change(&mut self, second: u32, few: impl FnOnce(&mut Vec<u8>, u8), many: impl FnOnce(&mut Vec<u32>)) {
        if let Self::Few { all, which } = self {
            let known = all.iter().rposition(|known| *known == second);
            if let Ok(number) = u8::try_from(known.unwrap_or(all.len())) {
                if known.is_none() {
                    all.push(second);
                }
                return few(which, number);
            }
            *self = Self::Many(self.iter().collect());
        }
        if let Self::Many(seconds) = self {
            many(seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_was_put_in_whether_few_or_many(
            steps in prop::collection::vec((any::<bool>(), 0..900_usize, 0..600_u32), 0..900),
        ) {
            let (mut seconds, mut plain) = (Seconds::default(), Vec::new());
            for (is_new, at, second) in steps {
                let at = at.min(plain.len());
                if is_new || at == plain.len() {
                    seconds.insert(at, second);
                    plain.insert(at, second);
                } else {
                    seconds.set(at, second);
                    plain[at] = second;
                }
            }
            prop_assert_eq!(seconds.iter().collect::<Vec<_>>(), plain.clone());
            prop_assert_eq!(seconds.get(plain.len()), None);
            let mut again = Seconds::with_capacity(plain.len());
            for second in &plain {
                again.push(*second);
            }
            prop_assert_eq!(again, seconds);
        }
    }
}
