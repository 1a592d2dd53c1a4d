//! Whether a service still takes a key.

use std::sync::{Mutex, PoisonError};

use super::error::ClientError;

/// What is known of one key or certificate.
///
/// Some calls answer 401 for reasons of their own, so one refused call proves nothing. The key counts as refused when
/// the call that asks who it is was refused (`user/me`, `api-key`), or when two different calls were, with no accepted
/// one between them. From then on calls with it fail without being sent, until [`Acceptance::forget`].
#[derive(Debug, Default)]
pub struct Acceptance(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Fine,
    /// One call, by its name, was refused.
    Doubted(&'static str),
    Refused(ClientError),
}

impl Acceptance {
    /// The refusal that counts for every call.
    pub fn refusal(&self) -> Option<ClientError> {
        match &*self.state() {
            State::Refused(error) => Some(error.clone()),
            State::Fine | State::Doubted(_) => None,
        }
    }

    /// The call `what` was accepted. Of a key that is refused this changes nothing: it was on its way before.
    pub fn accepted(&self) {
        let mut state = self.state();
        if matches!(*state, State::Doubted(_)) {
            *state = State::Fine;
        }
    }

    /// The call `what` was refused with `error`; `identity` when it asks who the key is.
    pub fn refused(&self, what: &'static str, identity: bool, error: &ClientError) {
        let mut state = self.state();
        *state = match std::mem::take(&mut *state) {
            State::Refused(first) => State::Refused(first),
            State::Doubted(first) if first != what => State::Refused(error.clone()),
            State::Fine | State::Doubted(_) if identity => State::Refused(error.clone()),
            State::Fine | State::Doubted(_) => State::Doubted(what),
        };
    }

    /// Lets the key be tried again.
    pub fn forget(&self) {
        *self.state() = State::Fine;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::TransportError;

    fn error() -> ClientError {
        TransportError::Cut.into()
    }

    #[test]
    fn c09_one_refused_call_proves_nothing_and_two_different_ones_do() {
        let acceptance = Acceptance::default();
        acceptance.refused("a", false, &error());
        acceptance.refused("a", false, &error());
        assert_eq!(acceptance.refusal(), None);
        acceptance.accepted();
        acceptance.refused("b", false, &error());
        assert_eq!(acceptance.refusal(), None, "an accepted call lies between");
        acceptance.refused("a", false, &error());
        assert_eq!(acceptance.refusal(), Some(error()));
        acceptance.accepted();
        assert!(acceptance.refusal().is_some(), "what was on its way changes nothing");
        acceptance.forget();
        assert_eq!(acceptance.refusal(), None);
    }

    #[test]
    fn c09_the_call_that_asks_who_it_is_is_enough() {
        let acceptance = Acceptance::default();
        acceptance.refused("user", true, &error());
        assert!(acceptance.refusal().is_some());
    }
}
