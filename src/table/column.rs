//! Columns: their names, and what their cells are.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::limits::{COLUMNS, SHOWN};
use crate::domain::{
    Clean, When,
    filter::{ColumnField, Kind, number},
};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub title: Clean,
    /// Its name in filters, `valid_till`; no other column has it.
    pub name: String,
    /// What its cells are, by the first rows: numbers, moments or text.
    pub kind: Kind,
    /// Cells that its longest text takes among the first rows.
    pub width: u16,
}

/// Columns with these titles, each with a name of its own.
pub fn columns<'a>(titles: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for title in titles.take(COLUMNS) {
        let column = column(&title, &columns);
        columns.push(column);
    }
    columns
}

/// A column with this title beside others.
pub fn column(title: &str, beside: &[Column]) -> Column {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let short: String = title.trim().chars().take(64).collect();
    let name: String = short.chars().map(plain).collect();
    let name = if name.bytes().any(|byte| byte != b'_') { name } else { format!("column_{}", beside.len() + 1) };
    let is_free = |name: &str| beside.iter().all(|column| column.name != *name);
    let name = if is_free(&name) {
        name
    } else {
        // One of these is free: there are more of them than columns.
        (2..COLUMNS + 3).map(|n| format!("{name}_{n}")).find(|name| is_free(name)).unwrap_or_default()
    };
    let title: String = title.chars().take(SHOWN).collect();
    Column { title: Clean::from(title), name, kind: Kind::Text, width: 0 }
}

/// The fields of a filter over columns.
pub fn fields(columns: &[Column]) -> Vec<ColumnField> {
    columns.iter().map(|column| ColumnField { name: column.name.clone(), kind: column.kind }).collect()
}

/// What the cells of a column are, as far as they were seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guess {
    seen: u32,
    numbers: u32,
    moments: u32,
}

impl Guess {
    /// Looks at one more cell; empty ones say nothing.
    pub fn look(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        self.seen += 1;
        self.numbers += u32::from(number(cell).is_some());
        self.moments += u32::from(moment(cell).is_some());
    }

    /// Numbers or moments when nearly all are, else text.
    pub const fn kind(self) -> Kind {
        let enough = self.seen - self.seen / 20;
        if self.seen > 0 && self.numbers >= enough {
            Kind::Decimal
        } else if self.seen > 0 && self.moments >= enough {
            Kind::Time
        } else {
            Kind::Text
        }
    }
}

/// The moment that a cell is. A bare date is midnight UTC.
pub fn moment(cell: &str) -> Option<Timestamp> {
    if let Some(date) = date(cell.as_bytes()) {
        return date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    // Nothing shorter, and nothing that begins otherwise, is a moment: most cells end here.
    let may_be = cell.len() >= 10 && cell.bytes().next().is_some_and(|first| first.is_ascii_digit());
    may_be.then(|| When::parse(cell).at()).flatten()
}

/// `2026-11-24`, which is what most moments in reports are; the long way takes ten times as long.
fn date(cell: &[u8]) -> Option<Date> {
    let [year @ .., b'-', m, n, b'-', d, e] = cell else { return None };
    let digits = |of: &[u8]| -> Option<i16> {
        of.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    let small = |of: &[u8]| digits(of).and_then(|digits| i8::try_from(digits).ok());
    let year = if year.len() == 4 { digits(year)? } else { return None };
    Date::new(year, small(&[*m, *n])?, small(&[*d, *e])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let titles = ["Order ID", "order-id", "", "東京", "ORDER_ID"];
        let made = columns(titles.into_iter().map(Into::into));
        let names: Vec<&str> = made.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["order_id", "order_id_2", "column_3", "column_4", "order_id_3"]);
    }

    #[test]
    fn kinds_are_told_by_nearly_all_cells() {
        let kind = |cells: &[&str]| {
            let mut guess = Guess::default();
            for cell in cells {
                guess.look(cell);
            }
            guess.kind()
        };
        assert_eq!(kind(&["1", "", "-2.5"]), Kind::Decimal);
        assert_eq!(kind(&["2026-11-24", "2026-11-24 11:20:00", "2026-11-24T11:20:00Z"]), Kind::Time);
        assert_eq!(kind(&["2026-11-24", "soon"]), Kind::Text);
        assert_eq!((kind(&[""]), kind(&["007", "008"])), (Kind::Text, Kind::Text));
        assert_eq!(moment("2026-11-24"), When::parse("2026-11-24").at());
        assert_eq!((moment("2026-13-24"), moment("2026-11-2x"), moment("")), (None, None, None));
    }
}
