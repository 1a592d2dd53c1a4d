//! Which filters keep nothing that an earlier one left out.

use super::{Field, Filter, Kind, Match, Term, Test, TimeBound};
use crate::domain::subject::Subject;

impl<T: Subject> Filter<T> {
    /// True when every row that matches this filter matches `wider` too, at the same moment; false where that is not
    /// plain from the terms.
    pub fn narrows(&self, wider: &Self) -> bool {
        let implied = |term: &Term| self.terms.iter().any(|own| own.implies(term, self.fields));
        std::ptr::eq(self.fields, wider.fields) && wider.terms.iter().all(implied)
    }

    /// True when the same row may match at one moment and not at another.
    pub fn depends_on_time(&self) -> bool {
        let moves = |bound: &TimeBound| matches!(bound, TimeBound::FromNow(_));
        self.terms.iter().any(|term| match &term.test {
            Test::Anywhere(_) => false,
            Test::Field { any_of, .. } => any_of.iter().any(|one| matches!(one, Match::Time(_, at) if moves(at))),
            Test::Since { bound, .. } => moves(bound),
        })
    }
}

impl Term {
    /// What has a longer word has the shorter one; a number is equal to one word alone.
    fn implies<T: Subject>(&self, wider: &Self, fields: &[Field<T>]) -> bool {
        if self == wider {
            return true;
        }
        let (longer, shorter) = match (&self.test, &wider.test) {
            (Test::Anywhere(longer), Test::Anywhere(shorter)) => {
                if fields.iter().any(|field| field.shown && field.kind == Kind::Number) {
                    return false;
                }
                (longer, shorter)
            }
            (Test::Field { index, any_of }, Test::Field { index: other, any_of: of_other }) if index == other => {
                match (any_of.as_slice(), of_other.as_slice()) {
                    ([Match::Part(longer)], [Match::Part(shorter)]) => (longer, shorter),
                    _ => return false,
                }
            }
            _ => return false,
        };
        match (self.negated, wider.negated) {
            (false, false) => longer.contains(shorter.as_str()),
            (true, true) => shorter.contains(longer.as_str()),
            _ => false,
        }
    }
}
