//! CAs and reports with an intent on its way in this program: one at a time.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::{Clean, Failure, FailureKind};

/// The CAs and reports, by id.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Mutex<HashSet<Clean>>>);

/// The turn of one intent; the next one for the same thing has it when this is dropped.
#[derive(Debug)]
pub struct Turn {
    busy: Busy,
    id: Clean,
}

impl Busy {
    /// Takes the turn for the `noun` with this id.
    ///
    /// # Errors
    /// Another intent for it is on its way.
    pub fn take(&self, noun: &str, id: &Clean) -> Result<Turn, Failure> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone()) {
            return Ok(Turn { busy: self.clone(), id: id.clone() });
        }
        let title = format!("another change of this {noun} is on its way: nothing is sent");
        Err(Failure::new(FailureKind::Refused, title).hint("wait until it is known what became of that one"))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
