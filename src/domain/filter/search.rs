//! A filter at work on many rows.

use jiff::Timestamp;
use memchr::memmem::Finder;

use super::{Field, Filter, Test, Value, contains};
use crate::domain::subject::{Subject, View};

/// Texts up to this many bytes are remembered from one row to the next.
const MEMO: usize = 32;

/// A filter that keeps what it found out about one row for the next ones; it says what [`Filter::matches`] says.
pub struct Search<'f, T: Subject> {
    filter: &'f Filter<T>,
    now: Timestamp,
    /// One for each term; `None` for a term that looks into one field.
    words: Vec<Option<Word<'f, T>>>,
}

/// A bare word, looked for in all fields that are shown.
struct Word<'f, T: Subject> {
    text: &'f str,
    /// As it stands in pieces, unless it cannot stand in one.
    lower: Option<Finder<'f>>,
    /// The same for a word that may be part of a serial.
    upper: Option<Finder<'static>>,
    /// Fields that stand in pieces, and others, each with its last text.
    pieced: Vec<(&'f Field<T>, Memo)>,
    others: Vec<(&'f Field<T>, Memo)>,
}

/// The last text of a field, and whether the word is in it. Rows side by side have most of their short texts in common.
#[derive(Default)]
struct Memo {
    text: String,
    found: Option<bool>,
}

impl<T: Subject> Filter<T> {
    /// This filter for many rows. `now` is the moment that durations count from.
    pub fn search(&self, now: Timestamp) -> Search<'_, T> {
        let words = self.terms.iter().map(|term| match &term.test {
            Test::Anywhere(word) => Some(Word::new(word, self.fields)),
            Test::Field { .. } | Test::Since { .. } => None,
        });
        Search { filter: self, now, words: words.collect() }
    }
}

impl<T: Subject> Search<'_, T> {
    /// Whether `row` matches every term.
    pub fn matches(&mut self, row: View<'_, T>) -> bool {
        let Self { filter, now, words } = self;
        filter.terms.iter().zip(words).all(|(term, word)| {
            let holds = match word {
                Some(word) => word.stands_in(row),
                None => filter.holds(&term.test, row, *now),
            };
            holds != term.negated
        })
    }
}

impl<'f, T: Subject> Word<'f, T> {
    fn new(text: &'f str, fields: &'static [Field<T>]) -> Self {
        let can_stand = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control());
        let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shown = || fields.iter().filter(|field| field.shown).map(|field| (field, Memo::default()));
        Self {
            text,
            lower: can_stand.then(|| Finder::new(text)),
            upper: is_hex.then(|| Finder::new(&text.to_ascii_uppercase()).into_owned()),
            pieced: shown().filter(|(field, _)| T::PIECED.contains(&field.name)).collect(),
            others: shown().filter(|(field, _)| !T::PIECED.contains(&field.name)).collect(),
        }
    }

    fn stands_in(&mut self, row: View<'_, T>) -> bool {
        let Self { text, lower, upper, pieced, others } = self;
        let has = |finder: &Option<Finder<'_>>, piece: &str| {
            finder.as_ref().is_some_and(|finder| finder.find(piece.as_bytes()).is_some())
        };
        let mut is_in = |(field, memo): &mut (&Field<T>, Memo)| {
            (field.any)(row, &mut |value| match value {
                Value::Text(found) => memo.told(found, text),
                Value::Number(number) => number.to_string() == *text,
                Value::Time(_) => false,
            })
        };
        let in_piece = match row.record.pieces() {
            Some(pieces) => pieces.iter().any(|piece| has(lower, piece) || has(upper, piece)),
            None => pieced.iter_mut().any(&mut is_in),
        };
        in_piece || others.iter_mut().any(is_in)
    }
}

impl Memo {
    fn told(&mut self, text: &str, word: &str) -> bool {
        match self.found {
            Some(found) if self.text == text => found,
            _ if text.len() > MEMO => contains(text, word),
            _ => {
                text.clone_into(&mut self.text);
                *self.found.insert(contains(text, word))
            }
        }
    }
}
