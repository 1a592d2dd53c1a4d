//! The one table of bindings: dispatch, footer, help, palette and README read the same rows.

mod defaults;
mod overrides;

use std::fmt::Write as _;

pub use self::overrides::OverrideError;
use crate::flow::{Action, Availability, Chord, Facts, chord};

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Key sequences, any of which invokes the action.
    pub chords: Vec<Vec<Chord>>,
    /// The intent.
    pub action: Action,
    /// A word or two for the footer.
    pub label: &'static str,
    /// A sentence for help and README.
    pub help: &'static str,
    /// Heading in help and README.
    pub group: &'static str,
    /// Place in the footer, smallest first; 0 is never.
    pub footer: u8,
    /// Whether it does something now.
    pub when: fn(&Facts) -> Availability,
}

impl Binding {
    /// The first sequence as people read it, or nothing when the action has no key.
    pub fn key(&self) -> String {
        self.chords.first().map(|chords| chord::written(chords)).unwrap_or_default()
    }

    /// All sequences as people read them.
    pub fn keys(&self) -> String {
        self.chords.iter().map(|chords| chord::written(chords)).collect::<Vec<_>>().join(" ")
    }
}

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// An action that does something now.
    Act(Action),
    /// The beginning of a longer sequence.
    Pending,
    /// A key that does nothing now, and why.
    Disabled(&'static str),
    /// No such key.
    Unknown,
}

/// The bindings in force.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { bindings: defaults::bindings() }
    }
}

impl Keymap {
    /// Every binding that is not hidden, with its availability. A key works if and only if it is here.
    pub fn available(&self, facts: &Facts) -> impl Iterator<Item = (&Binding, Availability)> {
        let facts = *facts;
        self.bindings
            .iter()
            .map(move |binding| (binding, (binding.when)(&facts)))
            .filter(|(_, availability)| *availability != Availability::Hidden)
    }

    /// All bindings, whatever is open.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What the keys typed so far mean.
    pub fn resolve(&self, typed: &[Chord], facts: &Facts) -> Resolved {
        let (mut pending, mut refused) = (false, None);
        for (binding, availability) in self.available(facts) {
            for chords in &binding.chords {
                if chords == typed {
                    match availability {
                        Availability::Yes => return Resolved::Act(binding.action),
                        Availability::No(why) => refused = Some(why),
                        Availability::Hidden => {}
                    }
                } else if chords.len() > typed.len() && chords.starts_with(typed) {
                    pending = true;
                }
            }
        }
        match (pending, refused) {
            (true, _) => Resolved::Pending,
            (false, Some(why)) => Resolved::Disabled(why),
            (false, None) => Resolved::Unknown,
        }
    }

    /// The key table as Markdown, by group.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| keys | action | id |\n|--|--|--|\n");
        let mut group = "";
        for binding in &self.bindings {
            if binding.group != group {
                group = binding.group;
                let _ = writeln!(out, "| **{group}** | | |");
            }
            let keys: Vec<String> =
                binding.chords.iter().map(|c| format!("`{}`", chord::written(c).replace('|', "\\|"))).collect();
            let _ = writeln!(out, "| {} | {} | {} |", keys.join(" "), binding.help, binding.action.id());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Key, ScreenId};

    fn typed(text: &str) -> Vec<Chord> {
        chord::sequence(text).unwrap()
    }

    #[test]
    fn sequences_wait_for_their_end() {
        let keymap = Keymap::default();
        let facts = Facts { has_row: true, can_filter: true, ..Facts::default() };
        assert_eq!(keymap.resolve(&typed("g"), &facts), Resolved::Pending);
        assert_eq!(keymap.resolve(&typed("gg"), &facts), Resolved::Act(Action::Top));
        assert_eq!(keymap.resolve(&typed("G"), &facts), Resolved::Act(Action::Bottom));
        assert_eq!(keymap.resolve(&typed("2"), &facts), Resolved::Act(Action::Show(ScreenId::Acme)));
        assert_eq!(keymap.resolve(&typed("%"), &facts), Resolved::Unknown);
    }

    #[test]
    fn a_dead_key_says_why() {
        let keymap = Keymap::default();
        assert!(matches!(keymap.resolve(&typed("y"), &Facts::default()), Resolved::Disabled(why) if !why.is_empty()));
    }

    #[test]
    fn no_key_has_two_meanings() {
        let keymap = Keymap::default();
        let mut seen = std::collections::HashMap::new();
        for binding in keymap.bindings() {
            for chords in &binding.chords {
                if let Some(other) = seen.insert(chords.clone(), binding.action) {
                    panic!("{} means {:?} and {other:?}", chord::written(chords), binding.action);
                }
            }
        }
        let prefix = |a: &[Chord], b: &[Chord]| a.len() < b.len() && b.starts_with(a);
        for a in seen.keys() {
            assert!(!seen.keys().any(|b| prefix(a, b)), "{} hides a longer one", chord::written(a));
        }
    }

    #[test]
    fn keys_can_be_rebound_and_removed() {
        let keymap = Keymap::default();
        let changed =
            keymap.clone().with_overrides([("app.help", vec!["%".to_owned()]), ("view.times", vec![])]).unwrap();
        assert_eq!(changed.resolve(&typed("%"), &Facts::default()), Resolved::Act(Action::Help));
        assert_eq!(changed.resolve(&[Chord::plain(Key::Char('T'))], &Facts::default()), Resolved::Unknown);
        let error = |id, keys: &[&str]| {
            let keys = keys.iter().map(|k| (*k).to_owned()).collect();
            keymap.clone().with_overrides([(id, keys)]).map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(error("app.halp", &["x"]), "no action \"app.halp\"; did you mean \"app.help\"?");
        assert_eq!(error("app.help", &["hyper-x"]), "app.help: \"hyper-x\" is no key");
        assert_eq!(error("app.help", &["r"]), "app.help: r is taken by data.reload");
    }
}
