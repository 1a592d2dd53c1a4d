//! A column of a table of `T`.

use std::{borrow::Cow, cmp::Ordering};

use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;

use crate::domain::{
    filter::Field,
    subject::{Subject, View},
};

/// What a cell means; the theme gives it a colour, and a glyph and a word always stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Reading text.
    #[default]
    Text,
    /// Labels and what matters less.
    Muted,
    /// Disabled.
    Faint,
    /// Fine.
    Ok,
    /// Soon.
    Due,
    /// Needs somebody now.
    Critical,
    /// Expired, revoked, failed.
    Ended,
    /// Waiting, running.
    Pending,
    /// Renewed, a note.
    Info,
    /// Old or unreadable data.
    Stale,
    /// Focus, links.
    Accent,
}

impl Tone {
    /// The glyph of a state in Unicode, and in ASCII.
    pub const fn glyphs(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("✓", "+"),
            Self::Due => ("▴", "^"),
            Self::Critical => ("!", "!"),
            Self::Ended => ("✗", "x"),
            Self::Pending => ("∘", "o"),
            Self::Info => ("»", "="),
            Self::Stale => ("~", "~"),
            Self::Text | Self::Muted | Self::Faint | Self::Accent => (" ", " "),
        }
    }
}

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TimeStyle {
    /// Dates in UTC.
    #[default]
    Utc,
    /// Dates in the local zone.
    Local,
    /// Distances from now.
    Relative,
}

/// What cells depend on besides their record.
#[derive(Debug, Clone)]
pub struct Look {
    /// The moment of the frame (UTC).
    pub now: Timestamp,
    /// How times are written.
    pub times: TimeStyle,
    /// The local zone, for [`TimeStyle::Local`]. Finding it reads the zone database, so only who needs it asks.
    pub zone: fn() -> TimeZone,
    /// Only ASCII may be drawn by us.
    pub ascii: bool,
}

impl Look {
    /// UTC dates and Unicode at `now`.
    pub const fn utc(now: Timestamp) -> Self {
        Self { now, times: TimeStyle::Utc, zone: || TimeZone::UTC, ascii: false }
    }

    /// The glyph of `tone` in the character set in use.
    pub const fn glyph(&self, tone: Tone) -> &'static str {
        let (unicode, ascii) = tone.glyphs();
        if self.ascii { ascii } else { unicode }
    }
}

/// On which side a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Left.
    #[default]
    Left,
    /// Right: numbers and distances.
    Right,
}

/// A column: what it shows of a record, how wide, and how it sorts and filters.
pub struct Column<T: Subject> {
    /// Name in `--sort`, `[views]` and the filter grammar.
    pub name: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Cells; a column with `grow` takes what is left over.
    pub width: u16,
    /// Takes the width that is left over.
    pub grow: bool,
    /// Side of the text.
    pub align: Align,
    /// Text of a cell, safe to show.
    pub text: for<'a> fn(View<'a, T>, &Look) -> Cow<'a, str>,
    /// Meaning of a cell.
    pub tone: for<'a> fn(View<'a, T>, &Look) -> Tone,
    /// Order by this column; equal rows keep their order.
    pub compare: for<'a> fn(View<'a, T>, View<'a, T>) -> Ordering,
}

/// What rows of a list can be grouped by.
pub struct Grouping<T: Subject> {
    /// Name in `[views]`, and in the list to pick from.
    pub name: &'static str,
    /// The group of a row, safe to show; rows with equal text are one group.
    pub of: for<'a> fn(View<'a, T>) -> Cow<'a, str>,
    /// The text is a name, or says whose it is: privacy mode hides it.
    pub is_private: bool,
}

/// The `n`th number of a row for a column. Where two rows have the same numbers up to the `n`th and differ in that,
/// [`Column::compare`] orders them as their numbers; rows with all of them equal are compared.
pub type Numbers<T> = for<'a> fn(View<'a, T>, usize) -> u64;

/// The tone of ordinary cells.
pub fn plain<T: Subject>(_: View<'_, T>, _: &Look) -> Tone {
    Tone::Text
}

/// The tone of cells that matter less.
pub fn muted<T: Subject>(_: View<'_, T>, _: &Look) -> Tone {
    Tone::Muted
}

/// A kind of record: its columns, fields and stable order.
pub trait Record: Subject {
    /// Key by which a selection follows the record.
    type Key: Clone + Eq + std::hash::Hash + std::fmt::Debug + Send + Sync;

    /// All columns in display order.
    const COLUMNS: &'static [Column<Self>];
    /// What rows can be grouped by.
    const GROUPINGS: &'static [Grouping<Self>] = &[];
    /// All fields of the filter grammar.
    const FIELDS: &'static [Field<Self>];

    /// The key of this record.
    fn key(&self) -> Self::Key;

    /// Whether this record has `key`; called for every row when a list changes, so it should not allocate.
    fn has_key(&self, key: &Self::Key) -> bool {
        self.key() == *key
    }

    /// What `y` copies: the id or name by which people speak of the record.
    fn id_text(&self) -> &str;

    /// What a column compares, in numbers, so that long lists are sorted without comparing their texts; `None` for a
    /// column that has none.
    fn numbers(column: &Column<Self>) -> Option<Numbers<Self>> {
        let _ = column;
        None
    }

    /// The last resort of every sort, so that order never depends on that of the service.
    fn tie(&self, other: &Self) -> Ordering;
}

/// The grouping of that name.
pub fn grouping<T: Record>(name: &str) -> Option<&'static Grouping<T>> {
    T::GROUPINGS.iter().find(|grouping| grouping.name.eq_ignore_ascii_case(name))
}

/// The column of that name.
pub fn column<T: Record>(name: &str) -> Option<&'static Column<T>> {
    T::COLUMNS.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

/// Rows with the same numbers so far, up to which they are compared one by one.
const FEW: usize = 16;
/// Numbers of a row that are looked at.
const NUMBERS: usize = 8;
/// Rows that are sorted on one thread.
const SHARE: usize = 8_192;

/// Orders the places of the rows that are kept by `column`, with [`Record::tie`] behind it; `row` finds a row by its place.
pub fn sort<'a, T: Record>(
    row: impl Fn(u32) -> Option<View<'a, T>> + Sync,
    kept: &mut [u32],
    column: &Column<T>,
    reversed: bool,
) {
    if kept.len() <= SHARE {
        // Few rows are ordered before other cores have heard of them.
        kept.sort_unstable_by(order(&row, column, reversed));
    } else {
        sort_many(row, kept, column, reversed);
    }
}

/// What orders the places of rows.
fn order<'a, T: Record>(
    row: &(impl Fn(u32) -> Option<View<'a, T>> + Sync),
    column: &Column<T>,
    reversed: bool,
) -> impl Fn(&u32, &u32) -> Ordering + Sync {
    move |a, b| {
        let (Some(a), Some(b)) = (row(*a), row(*b)) else { return Ordering::Equal };
        let order = (column.compare)(a, b);
        (if reversed { order.reverse() } else { order }).then_with(|| a.tie(&b))
    }
}

/// The same on every core.
pub(crate) fn sort_many<'a, T: Record>(
    row: impl Fn(u32) -> Option<View<'a, T>> + Sync,
    kept: &mut [u32],
    column: &Column<T>,
    reversed: bool,
) {
    let compare = order(&row, column, reversed);
    let Some(numbers) = T::numbers(column) else { return kept.par_sort_unstable_by(compare) };
    let turn = if reversed { u64::MAX } else { 0 };
    let number = |at: u32, n: usize| row(at).map_or(0, |row| numbers(row, n)) ^ turn;
    let mut keyed: Vec<(u64, u32)> = kept.par_iter().with_min_len(SHARE).map(|at| (number(*at, 0), *at)).collect();
    by_numbers(&mut keyed, 1, &number, &compare);
    for (slot, (_, at)) in kept.iter_mut().zip(keyed) {
        *slot = at;
    }
}

/// Sorts pairs of the last number and a place; rows with equal ones by their `n`th, and in the end by comparing them.
fn by_numbers(
    keyed: &mut [(u64, u32)],
    n: usize,
    number: &(impl Fn(u32, usize) -> u64 + Sync),
    compare: &(impl Fn(&u32, &u32) -> Ordering + Sync),
) {
    keyed.par_sort_unstable();
    let runs = keyed.par_chunk_by_mut(|a, b| a.0 == b.0);
    runs.filter(|run| run.len() > 1).for_each(|run| {
        if run.len() <= FEW || n == NUMBERS {
            run.sort_unstable_by(|a, b| compare(&a.1, &b.1));
        } else {
            for pair in &mut *run {
                pair.0 = number(pair.1, n);
            }
            by_numbers(run, n + 1, number, compare);
        }
    });
}
