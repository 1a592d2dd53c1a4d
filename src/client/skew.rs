//! How far the clocks of the services and of this machine are apart.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::{
    body, limits,
    transport::{HeaderMap, Service, header},
};

/// Seconds by which each service is ahead, from its last `Date`.
#[derive(Debug, Default)]
pub struct Skews(Mutex<[Option<i64>; Service::ALL.len()]>);

impl Skews {
    /// That of one service; `None` before its first answer with a date.
    pub fn of(&self, service: Service) -> Option<i64> {
        let skews = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Service::ALL.iter().zip(*skews).find(|(each, _)| **each == service).and_then(|(_, skew)| skew)
    }

    /// Takes the date of an answer that came at `now`, and gives it back; `now` when it has none.
    pub fn note(&self, service: Service, headers: &HeaderMap, now: Timestamp) -> Timestamp {
        let date = body::header_text(headers, header::DATE).and_then(|raw| httpdate::parse_http_date(raw).ok());
        let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) else { return now };
        let mut skews = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (each, slot) in Service::ALL.iter().zip(skews.iter_mut()) {
            if *each == service {
                *slot = Some(date.as_second().saturating_sub(now.as_second()));
            }
        }
        date
    }

    /// A service whose clock is more than [`limits::SKEW`] off.
    pub fn wrong(&self) -> Option<(Service, i64)> {
        let differs = |skew: &i64| skew.unsigned_abs() > limits::SKEW.as_secs();
        Service::ALL.into_iter().find_map(|service| Some((service, self.of(service).filter(differs)?)))
    }
}
