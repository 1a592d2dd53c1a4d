//! Keys from the configuration.

use super::Keymap;
use crate::flow::chord;

/// Why keys of the configuration cannot be used; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// No such action.
    #[error("no action {id:?}; did you mean {nearest:?}?")]
    UnknownAction {
        /// What was written.
        id: String,
        /// The action most like it.
        nearest: &'static str,
    },
    /// No such key.
    #[error("{id}: {why}")]
    Key {
        /// The action.
        id: String,
        /// What is wrong with the key.
        why: String,
    },
    /// The key has another meaning.
    #[error("{id}: {key} is taken by {by}")]
    Taken {
        /// The action.
        id: String,
        /// The key.
        key: String,
        /// The action that has it.
        by: &'static str,
    },
}

impl Keymap {
    /// Gives each named action the keys listed, and none when the list is empty.
    pub fn with_overrides<'a>(
        mut self,
        overrides: impl IntoIterator<Item = (&'a str, Vec<String>)>,
    ) -> Result<Self, OverrideError> {
        let mut changed = Vec::new();
        for (id, keys) in overrides {
            let Some(at) = self.bindings.iter().position(|b| b.action.id() == id) else {
                let nearest =
                    self.bindings.iter().map(|b| b.action.id()).min_by_key(|known| strsim::levenshtein(known, id));
                return Err(OverrideError::UnknownAction { id: id.to_owned(), nearest: nearest.unwrap_or_default() });
            };
            let chords = keys
                .iter()
                .map(|key| chord::sequence(key).map_err(|why| OverrideError::Key { id: id.to_owned(), why }))
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(binding) = self.bindings.get_mut(at) {
                binding.chords = chords;
            }
            changed.push(at);
        }
        for at in changed {
            self.check(at)?;
        }
        Ok(self)
    }

    fn check(&self, at: usize) -> Result<(), OverrideError> {
        let Some(binding) = self.bindings.get(at) else { return Ok(()) };
        for chords in &binding.chords {
            let clash = self.bindings.iter().enumerate().find(|(other, b)| {
                *other != at && b.chords.iter().any(|c| c.starts_with(chords) || chords.starts_with(c))
            });
            if let Some((_, other)) = clash {
                return Err(OverrideError::Taken {
                    id: binding.action.id().to_owned(),
                    key: chord::written(chords),
                    by: other.action.id(),
                });
            }
        }
        Ok(())
    }
}
