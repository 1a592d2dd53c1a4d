//! Rolling request limits, two windows per key as the services document them.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What each key has sent inside the longer window.
#[derive(Debug)]
pub(super) struct Limits {
    windows: [(u32, u32); 2],
    sent: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Limits {
    /// Windows of requests and seconds.
    pub(super) fn new(windows: [(u32, u32); 2]) -> Self {
        Self { windows, sent: Mutex::default() }
    }

    /// Counts a request of `key`, or gives the seconds until there is room.
    pub(super) fn take(&self, key: &str, now: Instant) -> Result<(), u64> {
        let Ok(mut all) = self.sent.lock() else {
            return Ok(());
        };
        let sent = all.entry(key.to_owned()).or_default();
        let longest = self.windows.iter().map(|(_, seconds)| *seconds).max().unwrap_or(0);
        let longest = Duration::from_secs(u64::from(longest));
        while sent.front().is_some_and(|at| now.duration_since(*at) >= longest) {
            sent.pop_front();
        }
        for (requests, seconds) in self.windows {
            let window = Duration::from_secs(u64::from(seconds));
            let room = usize::try_from(requests).unwrap_or(usize::MAX);
            // The request that has to leave the window before another fits.
            let blocking = sent.len().checked_sub(room).and_then(|at| sent.get(at));
            if let Some(at) = blocking {
                let age = now.duration_since(*at);
                if age < window {
                    return Err(window.saturating_sub(age).as_secs() + 1);
                }
            }
        }
        sent.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, Limits};

    #[test]
    fn both_windows_hold() {
        let limits = Limits::new([(2, 5), (3, 60)]);
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(limits.take("a", start), Ok(()));
        assert_eq!(limits.take("a", start), Ok(()));
        assert_eq!(limits.take("a", after(1)), Err(5));
        assert_eq!(limits.take("b", after(1)), Ok(()));
        assert_eq!(limits.take("a", after(6)), Ok(()));
        assert_eq!(limits.take("a", after(12)), Err(49));
        assert_eq!(limits.take("a", after(61)), Ok(()));
    }
}
