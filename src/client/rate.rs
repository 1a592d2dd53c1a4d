//! How fast a streamed answer comes.

use std::time::Duration;

use super::{error::TransportError, json::offset, limits};

/// Bytes per second over [`limits::STREAM_WINDOW`], of the time spent waiting for the network.
#[derive(Default)]
pub struct Rate {
    waited: Duration,
    bytes: u64,
}

impl Rate {
    /// Adds so many bytes that came after a wait.
    ///
    /// # Errors
    /// `Slow` at the end of a window in which too little came.
    pub fn add(&mut self, waited: Duration, bytes: usize) -> Result<(), TransportError> {
        self.waited += waited;
        self.bytes += offset(bytes);
        if self.waited < limits::STREAM_WINDOW {
            return Ok(());
        }
        if self.bytes < limits::STREAM_RATE * self.waited.as_secs() {
            return Err(TransportError::Slow);
        }
        *self = Self::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n05_a_drip_is_slow_at_the_end_of_the_window_and_not_before() {
        let window = limits::STREAM_WINDOW;
        let least = usize::try_from(limits::STREAM_RATE * window.as_secs()).unwrap();
        for (bytes, fine) in [(least - 1, false), (least, true), (least + 1, true)] {
            assert_eq!(Rate::default().add(window, bytes).is_ok(), fine, "{bytes}");
        }
        let mut rate = Rate::default();
        assert_eq!(rate.add(window.saturating_sub(Duration::from_millis(1)), 1), Ok(()));
        assert_eq!(rate.add(Duration::from_millis(1), 1), Err(TransportError::Slow));
        let mut rate = Rate::default();
        assert_eq!(rate.add(window, 100 * least), Ok(()));
        assert_eq!(rate.add(window, 1), Err(TransportError::Slow), "a fast start is no credit");
    }
}
