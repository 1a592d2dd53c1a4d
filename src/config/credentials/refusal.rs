//! Why a key cannot be fetched or kept.

/// What is wrong with a source, without its name; no text in it is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub hint: Option<String>,
    /// True when there is nothing, rather than something that cannot be used.
    pub missing: bool,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None, missing: false }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<&str> for Refusal {
    fn from(cause: &str) -> Self {
        Self::new(cause)
    }
}

impl From<String> for Refusal {
    fn from(cause: String) -> Self {
        Self::new(cause)
    }
}
