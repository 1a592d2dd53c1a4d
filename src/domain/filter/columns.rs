//! Filters over the columns of a table, which are known only once the table is read.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{FilterError, Kind, Match, Named, Order, Term, Test, contains, split, term};
use crate::domain::when::When;

/// Most digits of a number that is told from its neighbours: a binary double holds every whole number of 15 digits.
const DIGITS: usize = 15;

/// A column as the grammar sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnField {
    /// Its name: lower-case letters, digits and `_`.
    pub name: String,
    /// How its cells compare.
    pub kind: Kind,
}

impl Named for ColumnField {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }
}

/// The cells of one row.
pub trait Cells {
    /// How many there are.
    fn count(&self) -> usize;

    /// The text of a cell; empty where the row has none.
    fn text(&self, column: usize) -> Cow<'_, str>;
}

/// A parsed filter over the columns of a table. Bare words look into every column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnFilter {
    terms: Vec<Term>,
}

impl ColumnFilter {
    /// Parses `text`; the error says what to write instead.
    pub fn parse(text: &str, fields: &[ColumnField]) -> Result<Self, FilterError> {
        let terms = split(text)?.into_iter().map(|token| term(&token, fields)).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// True when every row matches.
    pub const fn is_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row matches every term. `now` is the moment that durations count from.
    pub fn matches(&self, row: &impl Cells, now: Timestamp) -> bool {
        self.terms.iter().all(|term| holds(&term.test, row, now) != term.negated)
    }

    /// Words, in lower case, each of which stands in some cell of every row that matches; in any case there.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.test {
            Test::Anywhere(word) => Some(word.as_str()),
            Test::Field { any_of, .. } => match any_of.as_slice() {
                [Match::Part(word) | Match::Whole(word)] => Some(word.as_str()),
                _ => None,
            },
            Test::Since { .. } => None,
        })
    }

    /// The one bare word that this filter is; a row that has it anywhere matches.
    pub fn bare_word(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [Term { negated: false, test: Test::Anywhere(word) }] => Some(word),
            _ => None,
        }
    }

    /// True when every row that matches this filter matches `wider` too; false where that is not plain from the terms.
    pub fn narrows(&self, wider: &Self) -> bool {
        wider.terms.iter().all(|term| self.terms.iter().any(|own| implies(own, term)))
    }
}

/// The number that a text is: an optional sign, up to 15 digits, an optional fraction. Numbers with zeros in front and
/// longer ones are ids, not numbers.
pub fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = whole.len() > 1 && whole.starts_with('0');
    let fits = plain(whole) && plain(fraction) && !is_id && whole.len() + fraction.len() <= DIGITS + 1;
    fits.then(|| text.parse().ok()).flatten()
}

fn holds(test: &Test, row: &impl Cells, now: Timestamp) -> bool {
    match test {
        Test::Anywhere(word) => (0..row.count()).any(|column| contains(&row.text(column), word)),
        Test::Field { index, any_of } => {
            let cell = row.text(*index);
            any_of.iter().any(|one| accepts(one, &cell, now))
        }
        Test::Since { index, bound } => {
            let wanted = Match::Time(Order::GreaterEqual, *bound);
            accepts(&wanted, &row.text(*index), now)
        }
    }
}

fn accepts(wanted: &Match, text: &str, now: Timestamp) -> bool {
    match wanted {
        Match::Decimal(order, bound) => {
            number(text).and_then(|found| found.partial_cmp(bound)).is_some_and(|ordering| order.holds(ordering))
        }
        Match::Time(..) | Match::Day(_) | Match::Odd(_) => wanted.accepts(super::Value::Time(&When::parse(text)), now),
        Match::Whole(_) | Match::Part(_) | Match::Glob(_) | Match::Number(..) => {
            wanted.accepts(super::Value::Text(text), now)
        }
    }
}

fn implies(own: &Term, wider: &Term) -> bool {
    if own == wider {
        return true;
    }
    let (longer, shorter) = match (&own.test, &wider.test) {
        (Test::Anywhere(longer), Test::Anywhere(shorter)) => (longer, shorter),
        (Test::Field { index, any_of }, Test::Field { index: other, any_of: of_other }) if index == other => {
            match (any_of.as_slice(), of_other.as_slice()) {
                ([Match::Part(longer)], [Match::Part(shorter)]) => (longer, shorter),
                _ => return false,
            }
        }
        _ => return false,
    };
    match (own.negated, wider.negated) {
        (false, false) => longer.contains(shorter.as_str()),
        (true, true) => shorter.contains(longer.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Vec<&'static str>);

    impl Cells for Row {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn text(&self, column: usize) -> Cow<'_, str> {
            self.0.get(column).copied().unwrap_or_default().into()
        }
    }

    fn fields() -> Vec<ColumnField> {
        let field = |(name, kind): (&str, Kind)| ColumnField { name: name.to_owned(), kind };
        [("name", Kind::Text), ("price", Kind::Decimal), ("valid_till", Kind::Time)].map(field).to_vec()
    }

    #[test]
    fn the_grammar_of_the_lists_filters_rows_of_a_table() {
        let now = Timestamp::constant(1_795_528_951, 0);
        let row = Row(vec!["Pay.example.com", "12.50", "2026-11-29"]);
        let cases = [
            ("", true),
            ("pay", true),
            ("12.5", true),
            ("!pay", false),
            ("name:PAY", true),
            ("name=pay", false),
            ("name~*.example.*", true),
            ("price>12 price<=12.5", true),
            ("price:12.5", true),
            ("price:12", false),
            ("valid_till<14d", true),
            ("VALID_TILL>=2026-11-30", false),
            ("since:1d", true),
        ];
        for (text, kept) in cases {
            let filter = ColumnFilter::parse(text, &fields()).expect(text);
            assert_eq!(filter.matches(&row, now), kept, "{text}");
        }
        let error = ColumnFilter::parse("colour:red", &fields()).unwrap_err().to_string();
        assert_eq!(error, "no field \"colour\"; there are: name price valid_till since");
    }

    #[test]
    fn ids_are_no_numbers() {
        for id in ["007", "1234567890123456", "1e5", "inf", "+3", "", "-", ".5", "5.", "1,000"] {
            assert_eq!(number(id), None, "{id}");
        }
        assert_eq!(
            (number("-0.5"), number("0"), number("123456789012345")),
            (Some(-0.5), Some(0.0), Some(123_456_789_012_345.0))
        );
    }

    #[test]
    fn a_longer_word_narrows() {
        let filter = |text| ColumnFilter::parse(text, &fields()).unwrap();
        assert!(filter("paypal name:x").narrows(&filter("pay")));
        assert!(!filter("pay").narrows(&filter("paypal")) && !filter("!paypal").narrows(&filter("!pay")));
    }
}
