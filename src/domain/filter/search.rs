//! A filter at work on many rows.

use jiff::Timestamp;
use memchr::memmem::Finder;

use super::{Field, Filter, Test, Value, contains};
use crate::domain::subject::{Kin, Pieces, Subject, View};

/// Texts up to this many bytes are remembered from one row to the next.
const MEMO: usize = 32;
/// Kinds of one kin that are remembered.
const KINDS: usize = 128;

/// A filter that keeps what it found out about one row for the next ones; it says what [`Filter::matches`] says.
pub struct Search<'f, T: Subject> {
    filter: &'f Filter<T>,
    now: Timestamp,
    /// One for each term; `None` for a term that looks into one field.
    words: Vec<Option<Word<'f, T>>>,
    /// Looks ahead of a row, for those that follow in the text.
    ahead: bool,
    /// The shelf that was looked at last, and whether no record of it can match.
    shelf: (usize, bool),
}

/// A bare word, looked for in all fields that are shown.
struct Word<'f, T: Subject> {
    text: &'f str,
    /// As it stands in pieces, unless it cannot stand in one.
    lower: Option<Hits<'f>>,
    /// The same for a word that may be part of a serial with letters.
    upper: Option<Hits<'f>>,
    /// Of a word that may be cut behind a dot, the longest part between dots: that stands in one place.
    part: Option<Hits<'f>>,
    /// Fields that stand in pieces, and others, each with its last text.
    pieced: Vec<(&'f Field<T>, Memo)>,
    others: Vec<(&'f Field<T>, Memo)>,
    /// Whether the word is in the other fields of a kin, by its kind.
    kin: Box<[(usize, bool); KINDS]>,
}

/// The last text of a field, and whether the word is in it. Rows side by side have most of their short texts in common.
#[derive(Default)]
struct Memo {
    text: String,
    found: Option<bool>,
}

/// Where a word stands in a text that many rows share.
struct Hits<'f> {
    finder: Finder<'f>,
    /// Looks ahead of a row, for those that follow in the text.
    ahead: bool,
    /// The text, by its address.
    text: usize,
    /// No hit begins between these two; one does at the second, unless that is the end of the text.
    clear: std::ops::Range<usize>,
    /// Names that several rows have, by their place, and whether the word is in them.
    shared: (usize, bool),
}

impl<T: Subject> Filter<T> {
    /// This filter for many rows. `now` is the moment that durations count from.
    pub fn search(&self, now: Timestamp) -> Search<'_, T> {
        self.search_by(now, false)
    }

    /// This filter for rows that are looked at in the order in which they stand in memory.
    pub fn sweep(&self, now: Timestamp) -> Search<'_, T> {
        self.search_by(now, true)
    }

    fn search_by(&self, now: Timestamp, ahead: bool) -> Search<'_, T> {
        let words = self.terms.iter().map(|term| match &term.test {
            Test::Anywhere(word) => Some(Word::new(word, self.fields, ahead)),
            Test::Field { .. } | Test::Since { .. } => None,
        });
        Search { filter: self, now, words: words.collect(), ahead, shelf: (0, false) }
    }
}

impl<T: Subject> Search<'_, T> {
    /// Whether `row` matches every term.
    pub fn matches(&mut self, row: View<'_, T>) -> bool {
        if self.ahead && self.passes_over(row.record) {
            return false;
        }
        let Self { filter, now, words, .. } = self;
        filter.terms.iter().zip(words).all(|(term, word)| {
            let holds = match word {
                Some(word) => word.stands_in(row),
                None => filter.holds(&term.test, row, *now),
            };
            holds != term.negated
        })
    }

    /// Whether no record with the same text as this one can match: a word is nowhere in it, however many records that is.
    fn passes_over(&mut self, record: &T) -> bool {
        let Some(address) = record.shelf() else { return false };
        if self.shelf.0 != address {
            let mut words = self.filter.terms.iter().zip(&self.words).filter(|(term, _)| !term.negated);
            self.shelf = (address, words.any(|(_, word)| word.as_ref().is_some_and(|word| word.is_nowhere(record))));
        }
        self.shelf.1
    }
}

impl<'f, T: Subject> Word<'f, T> {
    fn new(text: &'f str, fields: &'static [Field<T>], ahead: bool) -> Self {
        let can_stand = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control());
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let has_letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        let shown = || fields.iter().filter(|field| field.shown).map(|field| (field, Memo::default()));
        let upper = || Finder::new(&text.to_ascii_uppercase()).into_owned();
        let may_be_cut = can_stand && text.find('.').is_some_and(|dot| dot + 1 < text.len());
        let longest = || text.split('.').max_by_key(|part| part.len()).unwrap_or_default();
        Self {
            text,
            lower: can_stand.then(|| Hits::new(Finder::new(text), ahead)),
            upper: (is_hex && has_letters).then(|| Hits::new(upper(), ahead)),
            part: may_be_cut.then(|| Hits::new(Finder::new(longest()), ahead)),
            pieced: shown().filter(|(field, _)| T::PIECED.contains(&field.name)).collect(),
            others: shown().filter(|(field, _)| !T::PIECED.contains(&field.name)).collect(),
            kin: Box::new([(0, false); KINDS]),
        }
    }

    fn stands_in(&mut self, row: View<'_, T>) -> bool {
        let in_piece = match row.record.pieces() {
            Some(pieces) => {
                let Self { lower, upper, part, .. } = self;
                [lower, upper].into_iter().flatten().any(|hits| hits.stand_in(pieces))
                    || part.as_mut().is_some_and(|part| part.stand_in(pieces))
                        && is_in(&mut self.pieced, row, self.text)
            }
            None => is_in(&mut self.pieced, row, self.text),
        };
        in_piece || self.stands_in_others(row)
    }

    /// Whether it is in no record that has the text of this one's pieces.
    fn is_nowhere(&self, record: &T) -> bool {
        let Some(Pieces { text, .. }) = record.pieces() else { return false };
        let Self { lower, upper, part, .. } = self;
        let stands = |hits: &Hits<'_>| hits.finder.find(text.as_bytes()).is_some();
        let in_text = [lower, upper, part].into_iter().flatten().any(stands);
        !in_text && !record.may_have(&mut |other| contains(other, self.text))
    }

    fn stands_in_others(&mut self, row: View<'_, T>) -> bool {
        let Self { text, others, kin, .. } = self;
        let Some(Kin { of, kind }) = T::kin(row) else { return is_in(others, row, text) };
        match kin.get_mut(usize::from(kind)) {
            Some((known, found)) if *known == of => *found,
            Some(slot) => {
                let found = is_in(others, row, text);
                *slot = (of, found);
                found
            }
            None => is_in(others, row, text),
        }
    }
}

/// Whether `word` is in one of the fields of a row.
fn is_in<T: Subject>(fields: &mut [(&Field<T>, Memo)], row: View<'_, T>, word: &str) -> bool {
    fields.iter_mut().any(|(field, memo)| {
        (field.any)(row, &mut |value| match value {
            Value::Text(found) => memo.told(found, word),
            Value::Number(number) => number.to_string() == *word,
            Value::Time(_) => false,
        })
    })
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

impl<'f> Hits<'f> {
    const fn new(finder: Finder<'f>, ahead: bool) -> Self {
        Self { finder, ahead, text: 0, clear: 0..0, shared: (usize::MAX, false) }
    }

    fn stand_in(&mut self, pieces: Pieces<'_>) -> bool {
        let Pieces { text, first, second } = pieces;
        let text = text.as_bytes();
        if self.text != text.as_ptr().addr() {
            (self.text, self.clear, self.shared) = (text.as_ptr().addr(), 0..0, (usize::MAX, false));
        }
        match second {
            None => self.is_within(text, first, 2),
            Some(second) => self.is_in_shared(text, first) || self.is_within(text, second, 1),
        }
    }

    /// Whether a hit is within so many pieces from `start` on.
    fn is_within(&mut self, text: &[u8], start: usize, pieces: usize) -> bool {
        let ends = |within: &[u8]| memchr::memchr_iter(Pieces::END, within).nth(pieces - 1);
        let rest = || text.get(start..).unwrap_or_default();
        if !self.ahead {
            let rest = rest();
            let own = rest.get(..ends(rest).unwrap_or(rest.len())).unwrap_or_default();
            return self.finder.find(own).is_some();
        }
        if !(self.clear.start..=self.clear.end).contains(&start) {
            self.clear = start..self.finder.find(rest()).map_or(text.len(), |at| start + at);
        }
        self.clear.end < text.len() && text.get(start..self.clear.end).is_some_and(|between| ends(between).is_none())
    }

    /// Whether a hit is in names that were written with an earlier row.
    fn is_in_shared(&mut self, text: &[u8], start: usize) -> bool {
        if self.shared.0 != start {
            let rest = text.get(start..).unwrap_or_default();
            let own = rest.get(..memchr::memchr(Pieces::END, rest).unwrap_or(rest.len())).unwrap_or_default();
            self.shared = (start, self.finder.find(own).is_some());
        }
        self.shared.1
    }
}
