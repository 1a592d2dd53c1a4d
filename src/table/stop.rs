//! Ending work that nobody waits for any more.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Asked now and then by work; once set it stays set.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// Sets its [`Stop`] when it is dropped.
#[derive(Debug)]
pub struct Guard(Stop);

impl Stop {
    /// A new one, and what sets it.
    pub fn guarded() -> (Self, Guard) {
        let stop = Self::default();
        (stop.clone(), Guard(stop))
    }

    /// Whether the work is to end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}
