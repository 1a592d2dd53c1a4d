//! How fast one key is used: a steady rate with a small burst, a pause of everything when the service asks for one,
//! and a budget for trying again.

use std::{
    num::NonZeroU32,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos, state::InMemoryState, state::NotKeyed,
};
use tokio::time::Instant;

use super::{acceptance::Acceptance, limits, settings::Pace};

/// The runtime's clock, so that tests which pause it pace in virtual time.
#[derive(Debug, Clone, Default)]
struct RuntimeClock(std::sync::Arc<OnceLock<Instant>>);

impl Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let start = *self.0.get_or_init(Instant::now);
        Nanos::from(start.elapsed())
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Nanos>>;

/// The traffic of one key.
#[derive(Debug)]
pub struct Lane {
    limiter: Option<Limiter>,
    clock: RuntimeClock,
    paused_until: Mutex<Option<Instant>>,
    /// Whether the key is still accepted.
    pub(super) acceptance: Acceptance,
    /// Fifths of a retry: each request earns one, each retry costs [`limits::RETRY_EARNED_BY`].
    budget: AtomicU32,
}

impl Lane {
    /// A lane with `pace`; `None` on the loopback.
    pub(super) fn new(pace: Option<Pace>) -> Self {
        let clock = RuntimeClock::default();
        let limiter = pace.and_then(quota).map(|quota| RateLimiter::direct_with_clock(quota, clock.clone()));
        let budget = AtomicU32::new(limits::RETRY_RESERVE * limits::RETRY_EARNED_BY);
        Self { limiter, clock, paused_until: Mutex::new(None), acceptance: Acceptance::default(), budget }
    }

    /// Waits for this key's turn.
    pub(super) async fn turn(&self) {
        loop {
            if let Some(until) = self.paused_until() {
                tokio::time::sleep_until(until).await;
                continue;
            }
            let Some(limiter) = &self.limiter else { return };
            match limiter.check() {
                Ok(()) => return,
                Err(early) => tokio::time::sleep(early.wait_time_from(self.clock.now())).await,
            }
        }
    }

    /// Stops everything of this key for `wait`; a longer pause that is already on stays.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |already| already.max(until)));
    }

    /// The time left of a pause.
    pub(super) fn pause_left(&self) -> Option<Duration> {
        self.paused_until().map(|until| until.saturating_duration_since(Instant::now()))
    }

    fn paused_until(&self) -> Option<Instant> {
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        if paused.is_some_and(|until| until <= Instant::now()) {
            *paused = None;
        }
        *paused
    }

    /// Counts a request that was answered.
    pub(super) fn earn(&self) {
        let most = limits::RETRY_RESERVE * limits::RETRY_EARNED_BY;
        let _ = self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| Some((have + 1).min(most)));
    }

    /// Takes one retry out of the budget; false when there is none left.
    pub(super) fn spend(&self) -> bool {
        let cost = limits::RETRY_EARNED_BY;
        self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| have.checked_sub(cost)).is_ok()
    }
}

/// GCRA lets a full bucket go at once and refills meanwhile; so the bucket is the allowance of five seconds less what
/// comes back in five seconds.
fn quota(pace: Pace) -> Option<Quota> {
    let period = Duration::try_from_secs_f64(1.0 / pace.per_second).ok().filter(|period| !period.is_zero())?;
    let refill = Duration::from_secs(5).div_duration_f64(period).ceil();
    let refill = (0..=pace.burst).rev().find(|n| f64::from(*n) <= refill).unwrap_or(0);
    let burst = NonZeroU32::new(pace.burst.saturating_sub(refill)).unwrap_or(NonZeroU32::MIN);
    Some(Quota::with_period(period)?.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn g15_a_day_keeps_the_rate_and_every_five_seconds_the_burst() {
        let lane = Lane::new(Some(Pace::default()));
        let start = Instant::now();
        let mut sent = Vec::new();
        while start.elapsed() < Duration::from_hours(1) {
            lane.turn().await;
            sent.push(start.elapsed());
        }
        let most = (0..sent.len()).map(|i| {
            let end = sent[i] + Duration::from_secs(5);
            sent[i..].iter().take_while(|t| **t < end).count()
        });
        assert!(most.max().unwrap_or(0) <= 30);
        let rate = f64::from(u32::try_from(sent.len()).unwrap()) / 3600.0;
        assert!((2.4..2.52).contains(&rate), "{rate}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_stops_every_user_of_the_key() {
        let lane = Lane::new(None);
        lane.pause(Duration::from_secs(7));
        lane.pause(Duration::from_secs(3));
        let start = Instant::now();
        lane.turn().await;
        assert!(start.elapsed() >= Duration::from_secs(7));
        assert_eq!(lane.pause_left(), None);
    }

    #[test]
    fn g14_retries_cost_at_most_a_fifth() {
        let lane = Lane::new(None);
        let mut retries = 0;
        for _ in 0..1000 {
            lane.earn();
            retries += u32::from(lane.spend());
        }
        assert!(retries <= 1000 / 5 + limits::RETRY_RESERVE, "{retries}");
    }
}
