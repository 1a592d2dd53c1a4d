//! Words of a service's closed lists, kept when they are new.

/// Declares an enum of known words plus `Unknown`, which keeps any other word as it was sent.
///
/// Words are matched without case, blanks, hyphens and underscores, since the services disagree on them.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word that is not on the list, as the service sent it; empty when the member was absent.
            Unknown($crate::domain::Clean),
        }

        impl $name {
            /// The known words, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Reads a word of the service; never fails.
            pub fn parse(raw: &str) -> Self {
                // Nearly every word comes as it is written here; lists of 100,000 rows feel the difference.
                $(if raw == $word { return Self::$variant; })+
                let bare = $crate::domain::word::bare(raw);
                $(if bare == $crate::domain::word::bare($word) { return Self::$variant; })+
                Self::Unknown($crate::domain::Clean::new(raw))
            }

            /// The service's own word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word.as_str(),
                }
            }

            /// False for a word that this program does not know: looking is possible, acting is not.
            pub const fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown($crate::domain::Clean::default())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    Self::Unknown(word) if word.is_empty() => f.pad("unknown"),
                    Self::Unknown(word) => f.pad(&format!("unknown ({word})")),
                    known => f.pad(known.as_str()),
                }
            }
        }
    };
}
pub(crate) use words;

/// Letters and digits of `raw` in lower case.
pub(crate) fn bare(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
