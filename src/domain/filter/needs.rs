//! What a row must have for a filter to keep it, for an index that finds such rows.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Field, Filter, Kind, Match, Order, Term, Test, Value};
use crate::domain::subject::{Subject, View};

/// A text that stands in a row, in lower case, with all of its parts.
pub type Parts = Vec<String>;

/// What a row has if the filter keeps it; more rows may have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// For each of these at least one of its alternatives stands in the texts of the row.
    pub texts: Vec<Vec<Parts>>,
    /// It is not older.
    pub from: Option<Timestamp>,
    /// It is not newer.
    pub to: Option<Timestamp>,
}

impl<T: Subject> Filter<T> {
    /// What rows must have; the moments are those of the only field of that kind. `now` is the moment that durations
    /// count from.
    pub fn needs(&self, now: Timestamp) -> Needs {
        let mut needs = Needs::default();
        for Term { test, .. } in self.terms.iter().filter(|term| !term.negated) {
            match test {
                Test::Anywhere(word) => needs.texts.push(vec![vec![word.clone()]]),
                Test::Since { bound, .. } => needs.after(bound.resolve(now)),
                Test::Field { index, any_of } => match self.fields.get(*index).map(|field| field.kind) {
                    Some(Kind::Text | Kind::Word) => needs.texts.push(any_of.iter().map(parts).collect()),
                    Some(Kind::Time) => {
                        if let [one] = any_of.as_slice() {
                            needs.at(one, now);
                        }
                    }
                    _ => {}
                },
            }
        }
        needs
    }

    /// Adds the texts of a row that [`Needs::texts`] are looked for in, in lower case.
    pub fn texts_of(fields: &'static [Field<T>], row: View<'_, T>, texts: &mut BTreeSet<String>) {
        for field in fields {
            (field.any)(row, &mut |value| {
                if let Value::Text(text) = value
                    && !texts.contains(text)
                {
                    texts.insert(text.to_lowercase());
                }
                false
            });
        }
    }
}

impl Needs {
    fn after(&mut self, at: Timestamp) {
        self.from = Some(self.from.map_or(at, |from| from.max(at)));
    }

    fn before(&mut self, at: Timestamp) {
        self.to = Some(self.to.map_or(at, |to| to.min(at)));
    }

    fn at(&mut self, one: &Match, now: Timestamp) {
        match one {
            Match::Time(Order::Less | Order::LessEqual, bound) => self.before(bound.resolve(now)),
            Match::Time(Order::Greater | Order::GreaterEqual, bound) => self.after(bound.resolve(now)),
            Match::Day(day) => {
                if let Ok(start) = day.to_zoned(TimeZone::UTC) {
                    self.after(start.timestamp());
                    self.before(start.timestamp().saturating_add(SignedDuration::from_hours(24)).unwrap_or(now));
                }
            }
            _ => {}
        }
    }
}

/// Texts that stand in what matches.
fn parts(one: &Match) -> Parts {
    match one {
        Match::Whole(word) | Match::Part(word) => vec![word.clone()],
        Match::Glob(pattern) => pattern.split(['*', '?']).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
