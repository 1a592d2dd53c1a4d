//! What is other in one run of a report than in another.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{
    console::Console,
    exit::{Exit, Outcome, Trouble},
    grid::Grid,
    item::Item,
    rows,
    sheet::{Head, Sheet},
};
use crate::{
    domain::Failure,
    present::Align,
    table::{Diff, Row, Stop, Table, TableError},
};

const MEMBERS: &[&str] = &["change", "key", "columns"];

/// Prints the rows that were added, are gone or have changed, told apart by `key`.
///
/// # Errors
/// A file or a column cannot be used.
pub fn run(before: &Path, after: &Path, key: &[String], console: &mut Console) -> Outcome {
    let stop = Stop::default();
    let open = |path: &Path| rows::read(&[PathBuf::from(path)], &stop);
    let diff = Diff { before: open(before)?, after: open(after)?, key: key.to_vec() };
    let found = diff.run(&stop).map_err(|error| match error {
        TableError::Column { .. } => Trouble::usage(format!("--key: {error}")),
        other => Failure::from(other).into(),
    })?;
    let gone = found.gone.iter().map(|row| (Some(*row), None));
    let changed = found.changed.iter().map(|(old, new)| (Some(*old), Some(*new)));
    let added = found.added.iter().map(|row| (None, Some(*row)));
    let all: Vec<(Option<u32>, Option<u32>)> = gone.chain(changed).chain(added).collect();
    let item = |at: usize| all.get(at).map_or_else(Item::default, |pair| item(&diff, *pair));
    let grid = || Grid {
        columns: vec![("CHANGE", Align::Left), ("KEY", Align::Left), ("COLUMNS", Align::Left)],
        rows: (0..all.len()).map(|at| item(at).0.iter().map(|(_, member)| member.cell()).collect()).collect(),
        whole: false,
    };
    let head = Head {
        kind: "report.diff",
        context: None,
        environment: None,
        generated_at: Timestamp::now(),
        sources: Vec::new(),
        total: diff.after.rows() as usize,
        unknown: Vec::new(),
        gaps: None,
        sections: None,
    };
    let sheet = Sheet { head, members: MEMBERS, len: all.len(), item: &item, grid: &grid };
    sheet.write(console.format(), console.out())?;
    let (plus, minus, other) = (found.added.len(), found.gone.len(), found.changed.len());
    console.remark(format!("+ {plus} rows, - {minus}, {other} changed"));
    Ok(Exit::Done)
}

/// A difference: what happened, the key of the row, and the columns that are other.
fn item(diff: &Diff, (old, new): (Option<u32>, Option<u32>)) -> Item {
    let row = |table: &Table, number: Option<u32>| -> Option<Row> { table.rows_at(&[number?]).ok()?.pop() };
    let (before, after) = (row(&diff.before, old), row(&diff.after, new));
    let (change, table, shown) = match (&before, &after) {
        (Some(_), Some(row)) => ("changed", &diff.after, Some(row)),
        (None, Some(row)) => ("added", &diff.after, Some(row)),
        (row, None) => ("gone", &diff.before, row.as_ref()),
    };
    let cell = |name: &String| {
        let column = table.column(name).ok()?;
        shown.map(|row| row.cell(column).to_owned())
    };
    let key: Vec<String> = diff.key.iter().filter_map(cell).collect();
    let other = before.zip(after).map(|(before, after)| {
        let is_other = |(at, name): &(usize, &str)| {
            diff.after.column(name).is_ok_and(|place| before.cell(*at) != after.cell(place))
        };
        let own = diff.before.columns().iter().map(|column| column.name.as_str()).enumerate();
        own.filter(is_other).map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    });
    Item::default().with("change", change).with("key", key.join(" ")).with("columns", other.unwrap_or_default())
}
