//! Whether and when a GET is tried again.

use std::time::Duration;

use jiff::Timestamp;

use super::limits;

/// What a `Retry-After` header asks for (RFC 9110 10.2.3: seconds or a date).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryAfter {
    /// Absent, past, negative or unreadable: the program chooses.
    #[default]
    Unsaid,
    /// Wait this long.
    Wait(Duration),
    /// Longer than [`limits::RETRY_AFTER_MAX`]: the user decides.
    TooLong(Duration),
}

impl RetryAfter {
    /// Reads the header. Dates count from `now`, which is the service's own `Date` where it sent one.
    pub fn parse(raw: &str, now: Timestamp) -> Self {
        let text = raw.trim();
        let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            Duration::from_secs(text.parse().unwrap_or(u64::MAX))
        } else {
            let Ok(date) = httpdate::parse_http_date(text) else { return Self::Unsaid };
            let Ok(date) = Timestamp::try_from(date) else { return Self::Unsaid };
            let Ok(seconds) = u64::try_from(date.as_second().saturating_sub(now.as_second())) else {
                return Self::Unsaid;
            };
            Duration::from_secs(seconds)
        };
        if wait > limits::RETRY_AFTER_MAX { Self::TooLong(wait) } else { Self::Wait(wait) }
    }

    /// The wait that was asked for.
    pub const fn asked(self) -> Option<Duration> {
        match self {
            Self::Unsaid => None,
            Self::Wait(wait) | Self::TooLong(wait) => Some(wait),
        }
    }
}

/// The wait before try `attempt + 1`: exponential with full jitter, `dice` in 0..=1.
pub fn backoff(attempt: u32, dice: f64) -> Duration {
    let most = limits::BACKOFF.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(limits::BACKOFF_MAX);
    most.mul_f64(dice.clamp(0.0, 1.0))
}

/// A number from 0 up to 1 that spreads the tries of many programs.
pub fn dice() -> f64 {
    fastrand::f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n13_retry_after_in_every_form() {
        let now = "2026-11-21T14:00:00Z".parse().unwrap();
        let read = |raw: &str| RetryAfter::parse(raw, now);
        let seconds = |n| RetryAfter::Wait(Duration::from_secs(n));
        assert_eq!(read("7"), seconds(7));
        assert_eq!(read("Sat, 21 Nov 2026 14:00:30 GMT"), seconds(30));
        assert_eq!(read("Sat, 21 Nov 2026 13:00:30 GMT"), RetryAfter::Unsaid);
        for unsaid in ["-1", "", "soon", "7.5", "٧"] {
            assert_eq!(read(unsaid), RetryAfter::Unsaid, "{unsaid}");
        }
        assert_eq!(read("0"), seconds(0));
        assert_eq!(read("899"), seconds(899));
        assert_eq!(read("900"), seconds(900));
        for long in ["901", "1000000000000", "99999999999999999999999"] {
            assert!(matches!(read(long), RetryAfter::TooLong(_)), "{long}");
        }
    }

    #[test]
    fn backoff_doubles_and_is_bounded() {
        assert_eq!(backoff(1, 1.0), Duration::from_millis(500));
        assert_eq!(backoff(2, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(2, 0.0), Duration::ZERO);
        assert_eq!(backoff(40, 1.0), limits::BACKOFF_MAX);
        assert!((0.0..=1.0).contains(&dice()));
    }
}
