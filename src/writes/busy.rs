//! CAs with an intent on its way in this program: one at a time.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::{Failure, FailureKind, ids::CaId};

/// The CAs.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Mutex<HashSet<CaId>>>);

/// The turn of one intent; the next one for the CA has it when this is dropped.
#[derive(Debug)]
pub struct Turn {
    busy: Busy,
    ca: CaId,
}

impl Busy {
    /// Takes the turn for a CA.
    ///
    /// # Errors
    /// Another intent for it is on its way.
    pub fn take(&self, ca: &CaId) -> Result<Turn, Failure> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(ca.clone()) {
            return Ok(Turn { busy: self.clone(), ca: ca.clone() });
        }
        let title = "another change of this CA is on its way: nothing is sent";
        Err(Failure::new(FailureKind::Refused, title).hint("wait until it is known what became of that one"))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.ca);
    }
}
