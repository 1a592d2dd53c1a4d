//! How often each source is read by itself.

use super::estate::SourceId;

/// Seconds between automatic reads, by source; 0 is never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervals([i64; SourceId::ALL.len()]);

impl Intervals {
    /// The same for all sources.
    pub const fn every(seconds: i64) -> Self {
        Self([seconds; SourceId::ALL.len()])
    }

    /// Another one for `id`.
    #[must_use]
    pub fn with(mut self, id: SourceId, seconds: i64) -> Self {
        for (known, interval) in SourceId::ALL.iter().zip(&mut self.0) {
            if *known == id {
                *interval = seconds;
            }
        }
        self
    }

    /// Seconds between automatic reads of `id`.
    pub fn of(&self, id: SourceId) -> i64 {
        SourceId::ALL.iter().zip(self.0).find(|(known, _)| **known == id).map_or(0, |(_, interval)| interval)
    }

    /// True when something is read by itself, so that ages and the clock move.
    pub fn any(&self) -> bool {
        self.0.iter().any(|interval| *interval > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_its_own() {
        let intervals = Intervals::every(0).with(SourceId::Audit, 15);
        assert_eq!((intervals.of(SourceId::Audit), intervals.of(SourceId::Acme), intervals.any()), (15, 0, true));
        assert!(!Intervals::every(0).any());
        assert_eq!(SourceId::ALL.map(|id| Intervals::every(60).of(id)), [60; SourceId::ALL.len()]);
    }
}
