//! No key store: this program was built without it, or knows none for this system.

use zeroize::Zeroizing;

use super::{KeyEntry, KeyStore, StoreProblem};

/// In place of the key store.
pub(super) struct System;

impl KeyStore for System {
    fn get(&self, _: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        Err(StoreProblem::LeftOut)
    }

    fn set(&self, _: &KeyEntry, _: &[u8]) -> Result<(), StoreProblem> {
        Err(StoreProblem::LeftOut)
    }

    fn delete(&self, _: &KeyEntry) -> Result<(), StoreProblem> {
        Err(StoreProblem::LeftOut)
    }
}
