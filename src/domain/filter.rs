//! The filter grammar, the same in screens, saved views and on the command line.
//!
//! `word` matches any shown field; `field:value` (a word exactly, text anywhere in it), `field!=value`,
//! `field~*.lab.*`, `expires<14d`, `since:7d`, `status:issued|pending`, `!term`, quotes around blanks.

mod columns;
mod narrow;
mod needs;
mod search;

pub use columns::{Cells, ColumnField, ColumnFilter, number};
pub use needs::{Needs, Parts};
pub use search::Search;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{
    subject::{Subject, View},
    when::When,
};

/// How the values of a field compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of a few words: `:` compares the whole word.
    Word,
    /// Free text: `:` finds the value anywhere in it.
    Text,
    /// A whole number.
    Number,
    /// A number with or without a fraction; of columns of a table alone.
    Decimal,
    /// A moment: compares with dates and with durations from now.
    Time,
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Text or a word.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A moment.
    Time(&'a When),
}

/// Visits the values of a row until the visitor returns true; returns whether it did.
pub type AnyValue<T> = for<'a> fn(View<'a, T>, &mut dyn FnMut(Value<'_>) -> bool) -> bool;

/// A field that rows of `T` have.
pub struct Field<T: Subject> {
    /// Name in the grammar.
    pub name: &'static str,
    /// How it compares.
    pub kind: Kind,
    /// Whether bare words look into it.
    pub shown: bool,
    /// Hands every value of a row to the visitor until it returns true; returns whether it did.
    pub any: AnyValue<T>,
}

/// Why a filter text cannot be used; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No such field.
    #[error("no field {field:?}; there are: {known}")]
    UnknownField {
        /// What was written.
        field: String,
        /// What there is.
        known: String,
    },
    /// A comparison that the field has not.
    #[error("{field} cannot be compared with {operator}")]
    Operator {
        /// The field.
        field: String,
        /// The operator.
        operator: String,
    },
    /// A value that is no number, date or duration.
    #[error("{field}: {value:?} is no {expected}")]
    Value {
        /// The field.
        field: String,
        /// What was written.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
    /// A quote without its partner.
    #[error("a quote is not closed")]
    Quote,
}

/// A parsed filter over rows of `T`.
pub struct Filter<T: Subject> {
    fields: &'static [Field<T>],
    terms: Vec<Term>,
}

impl<T: Subject> Clone for Filter<T> {
    fn clone(&self) -> Self {
        Self { fields: self.fields, terms: self.terms.clone() }
    }
}

impl<T: Subject> std::fmt::Debug for Filter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("terms", &self.terms).finish_non_exhaustive()
    }
}

impl<T: Subject> PartialEq for Filter<T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.fields, other.fields) && self.terms == other.terms
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Anywhere(String),
    Field { index: usize, any_of: Vec<Match> },
    Since { index: usize, bound: TimeBound },
}

#[derive(Debug, Clone, PartialEq)]
enum Match {
    Whole(String),
    Part(String),
    Glob(String),
    Number(Order, i64),
    Decimal(Order, f64),
    Time(Order, TimeBound),
    Day(Date),
    Odd(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Less,
    LessEqual,
    Equal,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum TimeBound {
    FromNow(SignedDuration),
    At(Timestamp),
}

impl<T: Subject> Filter<T> {
    /// The filter that keeps every row.
    pub const fn all(fields: &'static [Field<T>]) -> Self {
        Self { fields, terms: Vec::new() }
    }

    /// Parses `text`; the error says what to write instead.
    pub fn parse(text: &str, fields: &'static [Field<T>]) -> Result<Self, FilterError> {
        let terms = split(text)?.into_iter().map(|token| term(&token, fields)).collect::<Result<_, _>>()?;
        Ok(Self { fields, terms })
    }

    /// True when every row matches.
    pub const fn is_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `row` matches every term. `now` is the moment that durations count from.
    pub fn matches(&self, row: View<'_, T>, now: Timestamp) -> bool {
        self.terms.iter().all(|term| self.holds(&term.test, row, now) != term.negated)
    }

    fn holds(&self, test: &Test, row: View<'_, T>, now: Timestamp) -> bool {
        match test {
            Test::Anywhere(word) => self.fields.iter().filter(|field| field.shown).any(|field| {
                (field.any)(row, &mut |value| match value {
                    Value::Text(found) => contains(found, word),
                    Value::Number(number) => number.to_string() == *word,
                    Value::Time(_) => false,
                })
            }),
            Test::Field { index, any_of } => self
                .fields
                .get(*index)
                .is_some_and(|field| (field.any)(row, &mut |value| any_of.iter().any(|m| m.accepts(value, now)))),
            Test::Since { index, bound } => self.fields.get(*index).is_some_and(|field| {
                let wanted = Match::Time(Order::GreaterEqual, *bound);
                (field.any)(row, &mut |value| wanted.accepts(value, now))
            }),
        }
    }
}

impl Match {
    fn accepts(&self, value: Value<'_>, now: Timestamp) -> bool {
        match (self, value) {
            (Self::Whole(word), Value::Text(text)) => {
                text.eq_ignore_ascii_case(word) || (!text.is_ascii() && text.to_lowercase() == *word)
            }
            (Self::Part(word), Value::Text(text)) => contains(text, word),
            (Self::Glob(pattern), Value::Text(text)) => glob(pattern, &text.to_lowercase()),
            (Self::Number(order, bound), Value::Number(number)) => order.holds(number.cmp(bound)),
            (Self::Time(order, bound), Value::Time(When::At(at))) => order.holds(at.cmp(&bound.resolve(now))),
            (Self::Day(day), Value::Time(When::At(at))) => at.to_zoned(TimeZone::UTC).date() == *day,
            (Self::Odd(word), Value::Time(When::Odd(text))) => contains(text, word),
            (Self::Odd(word), Value::Time(When::Never)) => word == "none",
            _ => false,
        }
    }
}

impl Order {
    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
        }
    }
}

impl TimeBound {
    fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::FromNow(duration) => now.saturating_add(duration).unwrap_or(now),
            Self::At(at) => at,
        }
    }
}

/// Case-insensitive search; `word` is lower case.
fn contains(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return true;
    }
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        let first = word.first().copied().unwrap_or_default();
        let mut starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), text);
        return starts.any(|at| text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word)));
    }
    text.to_lowercase().contains(word)
}

/// `*` stands for any text, `?` for one character; both sides are lower case. Linear in the text for each `*`.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

fn split(text: &str) -> Result<Vec<String>, FilterError> {
    let (mut tokens, mut token, mut quoted, mut started) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                started = true;
            }
            ' ' | '\t' if !quoted => {
                if started {
                    tokens.push(std::mem::take(&mut token));
                    started = false;
                }
            }
            _ => {
                token.push(c);
                started = true;
            }
        }
    }
    if quoted {
        return Err(FilterError::Quote);
    }
    if started {
        tokens.push(token);
    }
    Ok(tokens)
}

/// What a field is called and how it compares.
trait Named {
    fn name(&self) -> &str;
    fn kind(&self) -> Kind;
}

impl<T: Subject> Named for Field<T> {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }
}

fn term<F: Named>(token: &str, fields: &[F]) -> Result<Term, FilterError> {
    let (negated, body) = token.strip_prefix('!').map_or((false, token), |rest| (true, rest));
    let operators = ["!=", "<=", ">=", ":", "=", "~", "<", ">"];
    let split_at = body
        .char_indices()
        .find(|(_, c)| matches!(c, '!' | '<' | '>' | ':' | '=' | '~'))
        .and_then(|(at, _)| operators.iter().find(|op| body[at..].starts_with(**op)).map(|op| (at, *op)));
    let Some((at, operator)) = split_at else {
        return Ok(Term { negated, test: Test::Anywhere(body.to_lowercase()) });
    };
    let (name, value) = (&body[..at], &body[at + operator.len()..]);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !is_name {
        return Ok(Term { negated, test: Test::Anywhere(body.to_lowercase()) });
    }
    if name == "since"
        && let Some(index) = fields.iter().position(|field| field.kind() == Kind::Time)
    {
        return Ok(Term { negated, test: Test::Since { index, bound: past(value)? } });
    }
    let Some(index) = fields.iter().position(|field| field.name().eq_ignore_ascii_case(name)) else {
        let mut known: Vec<&str> = fields.iter().map(Named::name).collect();
        if fields.iter().any(|field| field.kind() == Kind::Time) {
            known.push("since");
        }
        return Err(FilterError::UnknownField { field: name.to_owned(), known: known.join(" ") });
    };
    let field = fields.get(index).map_or((name, Kind::Text), |field| (field.name(), field.kind()));
    let any_of = value.split('|').map(|v| comparison(field, operator, v)).collect::<Result<_, _>>()?;
    Ok(Term { negated: negated != (operator == "!="), test: Test::Field { index, any_of } })
}

fn comparison((field, kind): (&str, Kind), operator: &str, value: &str) -> Result<Match, FilterError> {
    let order = match operator {
        "<" => Some(Order::Less),
        "<=" => Some(Order::LessEqual),
        ">" => Some(Order::Greater),
        ">=" => Some(Order::GreaterEqual),
        _ => None,
    };
    let refused = || FilterError::Operator { field: field.to_owned(), operator: operator.to_owned() };
    let wrong = |expected| FilterError::Value { field: field.to_owned(), value: value.to_owned(), expected };
    match (kind, operator) {
        (Kind::Word | Kind::Text, "~") => Ok(Match::Glob(value.to_lowercase())),
        (Kind::Word, ":" | "=" | "!=") | (Kind::Text, "=") => Ok(Match::Whole(value.to_lowercase())),
        (Kind::Text, ":" | "!=") => Ok(Match::Part(value.to_lowercase())),
        (Kind::Word | Kind::Text, _) | (Kind::Number | Kind::Decimal | Kind::Time, "~") => Err(refused()),
        (Kind::Number, _) => {
            value.parse().map(|bound| Match::Number(order.unwrap_or(Order::Equal), bound)).map_err(|_| wrong("number"))
        }
        (Kind::Decimal, _) => number(value)
            .map(|bound| Match::Decimal(order.unwrap_or(Order::Equal), bound))
            .ok_or_else(|| wrong("number")),
        (Kind::Time, _) => match order {
            Some(order) => {
                bound(value).map(|b| Match::Time(order, b)).ok_or_else(|| wrong("date or duration (14d, 72h)"))
            }
            None => Ok(value.parse::<Date>().map_or_else(|_| Match::Odd(value.to_lowercase()), Match::Day)),
        },
    }
}

fn past(value: &str) -> Result<TimeBound, FilterError> {
    let back = match bound(value) {
        Some(TimeBound::FromNow(duration)) => Some(TimeBound::FromNow(-duration)),
        at => at,
    };
    back.ok_or_else(|| FilterError::Value {
        field: "since".to_owned(),
        value: value.to_owned(),
        expected: "date or duration (7d, 72h)",
    })
}

fn bound(value: &str) -> Option<TimeBound> {
    if let Some(duration) = duration(value) {
        return Some(TimeBound::FromNow(duration));
    }
    When::parse(value).at().map(TimeBound::At)
}

/// Reads `90s`, `30m`, `72h`, `14d`, `2w`, with a leading `-` for the past.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    count.checked_mul(seconds).map(SignedDuration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row {
        name: &'static str,
        status: &'static str,
        sans: i64,
        expires: When,
    }

    impl Subject for Row {
        type Derived = ();
    }

    const FIELDS: &[Field<Row>] = &[
        Field { name: "name", kind: Kind::Text, shown: true, any: |r, f| f(Value::Text(r.name)) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(r.status)) },
        Field { name: "sans", kind: Kind::Number, shown: false, any: |r, f| f(Value::Number(r.sans)) },
        Field { name: "expires", kind: Kind::Time, shown: true, any: |r, f| f(Value::Time(&r.expires)) },
    ];

    #[test]
    fn the_grammar_keeps_what_it_says() {
        let now = Timestamp::constant(1_795_528_951, 0);
        let row = Row {
            name: "a.lab.example.com",
            status: "not_renewed",
            sans: 3,
            expires: When::parse("2026-11-29T00:00:00Z"),
        };
        let cases = [
            ("", true),
            ("lab", true),
            ("LAB example", true),
            ("prod", false),
            ("!prod", true),
            ("!lab", false),
            ("status:renewed", false),
            ("status:renewed|not_renewed", true),
            ("status!=revoked", true),
            ("status!=not_renewed", false),
            ("name~*.lab.*", true),
            ("name~lab", false),
            ("name:lab", true),
            ("name=lab", false),
            ("sans>2 sans<=3", true),
            ("sans:4", false),
            ("expires<14d", true),
            ("expires<2d", false),
            ("expires>=2026-11-29", true),
            ("expires:2026-11-29", true),
            ("expires:2026-11-30", false),
            ("since:7d", true),
            ("\"lab example\"", false),
        ];
        for (text, kept) in cases {
            let filter = Filter::parse(text, FIELDS).expect(text);
            assert_eq!(filter.matches((&row).into(), now), kept, "{text}");
        }
    }

    #[test]
    fn errors_say_what_there_is() {
        let error = |text| Filter::parse(text, FIELDS).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(error("colour:red"), Err("no field \"colour\"; there are: name status sans expires since".into()));
        assert_eq!(error("sans:many"), Err("sans: \"many\" is no number".into()));
        assert_eq!(error("name<3"), Err("name cannot be compared with <".into()));
        assert_eq!(error("expires<soon"), Err("expires: \"soon\" is no date or duration (14d, 72h)".into()));
        assert_eq!(error("\"open"), Err("a quote is not closed".into()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in ".{0,60}") {
            let now = Timestamp::constant(1_795_528_951, 0);
            let row = Row { name: "ü.example", status: "issued", sans: 1, expires: When::Never };
            if let Ok(filter) = Filter::parse(&text, FIELDS) {
                filter.matches((&row).into(), now);
            }
        }
    }
}
