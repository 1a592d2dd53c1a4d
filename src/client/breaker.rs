//! Leaves a place that fails alone for a while, so that a service in trouble is not asked again and again.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    auth::Origin,
    error::{Blame, ClientError},
    limits,
};
use crate::domain::{Clean, Failure, FailureKind};

/// The breakers of all origins.
///
/// [`limits::BREAKER_FAILURES`] within [`limits::BREAKER_WINDOW`], with no answer between them, open one for
/// [`limits::BREAKER_OPEN`]: calls then fail without being sent. After that one call goes out; its answer closes the
/// breaker, its failure opens it anew. A failure is an exchange that did not come to its end, or an answer of 5xx;
/// every other answer, a refusal too, shows that the place works.
#[derive(Debug, Default)]
pub struct Breakers {
    places: Mutex<Vec<Place>>,
}

#[derive(Debug)]
struct Place {
    origin: Origin,
    failures: VecDeque<Instant>,
    /// Until when nothing is sent.
    open: Option<Instant>,
    /// A call is out whose end decides.
    probing: bool,
    cause: Clean,
    kind: FailureKind,
}

/// A place that is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Host, and port where it is not the usual one.
    pub origin: Clean,
    /// How much longer; zero while one call tries.
    pub left: Duration,
    /// What went wrong last.
    pub cause: Clean,
    /// Of what kind that was; a call that is not sent fails in the same way.
    pub kind: FailureKind,
}

impl Break {
    /// What the user is told when `what` was not asked for.
    pub fn failure(&self, what: &str) -> Failure {
        let again = match self.left.as_millis().div_ceil(1_000) {
            0 => "another call tries it now".to_owned(),
            seconds => format!("it is asked again in {seconds} s"),
        };
        let title = format!("{what}: {} keeps failing; {again}", self.origin);
        let failure = Failure::new(self.kind, title).detail(self.cause.clone());
        let failure = failure.hint("what was read before is still shown; check the network and the service");
        Failure { retry_after: Some(self.left), ..failure }
    }
}

/// The right to send one request; dropped without a verdict it counts for nothing.
#[derive(Debug)]
pub struct Pass<'a> {
    breakers: &'a Breakers,
    origin: &'a Origin,
    probe: bool,
}

impl Breakers {
    /// The right to send a request to `origin`, or why it is left alone.
    pub fn admit<'a>(&'a self, origin: &'a Origin) -> Result<Pass<'a>, Break> {
        let probe = self.with(origin, |place, now| match place.open {
            None => Ok(false),
            Some(until) if until > now || place.probing => Err(place.told(now)),
            Some(_) => {
                place.probing = true;
                Ok(true)
            }
        })?;
        Ok(Pass { breakers: self, origin, probe })
    }

    /// Why `origin` is left alone, if it is; asks for no right.
    pub fn of(&self, origin: &Origin) -> Option<Break> {
        self.with(origin, |place, now| {
            let shut = place.open.is_some_and(|until| until > now || place.probing);
            shut.then(|| place.told(now))
        })
    }

    /// All places that are left alone.
    pub fn all(&self) -> Vec<Break> {
        let now = Instant::now();
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().filter(|place| place.open.is_some()).map(|place| place.told(now)).collect()
    }

    fn with<R>(&self, origin: &Origin, act: impl FnOnce(&mut Place, Instant) -> R) -> R {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let index = places.iter().position(|place| place.origin == *origin).unwrap_or(places.len());
        if index == places.len() {
            places.push(Place::new(origin));
        }
        // The index is that of a place; a new one costs less than a panic.
        match places.get_mut(index) {
            Some(place) => act(place, Instant::now()),
            None => act(&mut Place::new(origin), Instant::now()),
        }
    }
}

impl Place {
    fn new(origin: &Origin) -> Self {
        let (failures, cause, kind) = (VecDeque::new(), Clean::default(), FailureKind::Network);
        Self { origin: origin.clone(), failures, open: None, probing: false, cause, kind }
    }

    fn told(&self, now: Instant) -> Break {
        let left = self.open.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        Break { origin: Clean::from(self.origin.place()), left, cause: self.cause.clone(), kind: self.kind }
    }
}

impl Pass<'_> {
    /// The end of the exchange: with `None`, or with an error that is an answer, the place works.
    pub fn ended(self, error: Option<&ClientError>) {
        match error.map(ClientError::blames) {
            None | Some(Blame::Nobody) => self.answered(),
            Some(Blame::Place) => error.into_iter().for_each(|error| self.failed(error)),
            // Nothing was sent: the place is as good or as bad as before.
            Some(Blame::Us) => {}
        }
    }

    fn answered(&self) {
        self.breakers.with(self.origin, |place, _| *place = Place::new(self.origin));
    }

    fn failed(&self, error: &ClientError) {
        self.breakers.with(self.origin, |place, now| {
            place.cause = error.cause();
            place.kind = error.kind();
            if self.probe {
                place.probing = false;
                place.open = Some(now + limits::BREAKER_OPEN);
            } else if place.open.is_none() {
                place.failures.push_back(now);
                while place.failures.front().is_some_and(|at| now.duration_since(*at) > limits::BREAKER_WINDOW) {
                    place.failures.pop_front();
                }
                if place.failures.len() >= limits::BREAKER_FAILURES {
                    place.failures.clear();
                    place.open = Some(now + limits::BREAKER_OPEN);
                }
            }
        });
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe {
            // A call that was given up decides nothing: the next one may try.
            self.breakers.with(self.origin, |place, _| place.probing = false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{error::TransportError, refusal::Refusal, retry::RetryAfter, transport::Url};

    fn origin() -> Origin {
        Origin::of(&Url::parse("https://one.example.com:8443/x").unwrap())
    }

    fn cut() -> ClientError {
        TransportError::Cut.into()
    }

    fn status(status: u16) -> ClientError {
        ClientError::Refusal(Box::new(Refusal::read(status, RetryAfter::Unsaid, b"")))
    }

    fn fail(breakers: &Breakers, times: usize) {
        let place = origin();
        for _ in 0..times {
            if let Ok(pass) = breakers.admit(&place) {
                pass.ended(Some(&cut()));
            }
        }
    }

    async fn pass(time: Duration) {
        tokio::time::advance(time).await;
    }

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn n02_the_fifth_failure_opens_and_the_fourth_does_not() {
        let breakers = Breakers::default();
        fail(&breakers, limits::BREAKER_FAILURES - 1);
        assert_eq!(breakers.of(&origin()), None);
        fail(&breakers, 1);
        let told = breakers.admit(&origin()).unwrap_err();
        assert_eq!((told.origin.as_str(), told.left), ("one.example.com:8443", limits::BREAKER_OPEN));
        assert_eq!(told.cause.as_str(), "the connection was cut before the answer was complete");
        assert_eq!(breakers.all(), [told]);
        let other = Origin::of(&Url::parse("https://one.example.com/").unwrap());
        assert!(breakers.admit(&other).is_ok(), "another port is another place");
    }

    #[tokio::test(start_paused = true)]
    async fn n02_failures_count_for_thirty_seconds() {
        for (late, opens) in [(Duration::ZERO, true), (MS, false)] {
            let breakers = Breakers::default();
            fail(&breakers, limits::BREAKER_FAILURES - 1);
            pass(limits::BREAKER_WINDOW + late).await;
            fail(&breakers, 1);
            assert_eq!(breakers.of(&origin()).is_some(), opens, "{late:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn n02_after_thirty_seconds_one_call_tries_and_its_end_decides() {
        let breakers = Breakers::default();
        let place = origin();
        fail(&breakers, limits::BREAKER_FAILURES);
        pass(limits::BREAKER_OPEN.checked_sub(MS).unwrap()).await;
        assert_eq!(breakers.admit(&place).unwrap_err().left, MS);
        pass(MS).await;
        assert_eq!(breakers.of(&place), None);
        let probe = breakers.admit(&place).unwrap();
        assert_eq!(breakers.admit(&place).unwrap_err().left, Duration::ZERO, "only one tries");
        probe.ended(Some(&status(503)));
        assert_eq!(breakers.admit(&place).unwrap_err().left, limits::BREAKER_OPEN, "one failure is enough now");
        pass(limits::BREAKER_OPEN).await;
        // A call that is given up leaves the place to the next one.
        drop(breakers.admit(&place).unwrap());
        breakers.admit(&place).unwrap().ended(None);
        fail(&breakers, limits::BREAKER_FAILURES - 1);
        assert!(breakers.admit(&place).is_ok(), "an answer closes it and clears the count");
    }

    #[tokio::test(start_paused = true)]
    async fn n14_5xx_counts_and_every_other_answer_clears_the_count() {
        for (answer, counts) in [(499, false), (500, true), (599, true), (429, false), (401, false)] {
            let breakers = Breakers::default();
            fail(&breakers, limits::BREAKER_FAILURES - 1);
            let place = origin();
            breakers.admit(&place).unwrap().ended(Some(&status(answer)));
            assert_eq!(breakers.of(&origin()).is_some(), counts, "{answer}");
            fail(&breakers, limits::BREAKER_FAILURES - 1);
            assert_eq!(breakers.of(&origin()).is_some(), counts, "{answer}");
        }
        let breakers = Breakers::default();
        fail(&breakers, limits::BREAKER_FAILURES - 1);
        let place = origin();
        breakers.admit(&place).unwrap().ended(Some(&TransportError::Key.into()));
        fail(&breakers, 1);
        assert!(breakers.of(&origin()).is_some(), "what was never sent is no answer");
    }
}
