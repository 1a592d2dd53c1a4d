//! What is other in one table than in another, by the columns that tell rows apart.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use super::{
    error::TableError,
    limits::COLUMNS,
    line::Line,
    part::Table,
    stop::Stop,
    units::{self, Unit},
};

/// Two tables to be compared.
#[derive(Debug, Clone)]
pub struct Diff {
    /// The older one.
    pub before: Arc<Table>,
    /// The newer one.
    pub after: Arc<Table>,
    /// Names of the columns that tell rows apart; both tables have them.
    pub key: Vec<String>,
}

/// What is other, by numbers of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Rows of the newer table that the older has not.
    pub added: Vec<u32>,
    /// Rows of the older table that the newer has not.
    pub gone: Vec<u32>,
    /// Rows of both with other cells: of the older, of the newer.
    pub changed: Vec<(u32, u32)>,
}

/// A row by digests: of its key, and of its cells in the columns that both tables have.
type Print = (u64, u64, u32);

impl Diff {
    /// Compares: 24 bytes a row are held, whatever the rows hold. Rows are told apart by digests of 64 bits with a seed of
    /// this run. Several rows with the same key are compared in their order.
    ///
    /// # Errors
    /// A table has no such column, a file cannot be read, or it was stopped.
    pub fn run(&self, stop: &Stop) -> Result<Differences, TableError> {
        let shared = self.before.columns().iter().filter(|own| self.after.column(&own.name).is_ok());
        let shared: Vec<&str> = shared.map(|column| column.name.as_str()).collect();
        let seed = RandomState::new();
        let before = prints(&self.before, &self.key, &shared, &seed, stop)?;
        let after = prints(&self.after, &self.key, &shared, &seed, stop)?;
        let mut found = Differences::default();
        let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
        loop {
            match (old.peek(), new.peek()) {
                (Some(a), Some(b)) if a.0 == b.0 => {
                    if a.1 != b.1 {
                        found.changed.push((a.2, b.2));
                    }
                    old.next();
                    new.next();
                }
                (Some(a), Some(b)) if a.0 > b.0 => found.added.extend(new.next().map(|row| row.2)),
                (Some(_), _) => found.gone.extend(old.next().map(|row| row.2)),
                (None, Some(_)) => found.added.extend(new.next().map(|row| row.2)),
                (None, None) => break,
            }
        }
        found.added.sort_unstable();
        found.gone.sort_unstable();
        found.changed.sort_unstable_by_key(|(_, new)| *new);
        Ok(found)
    }
}

/// Digests of all rows, by their keys, and among the same keys by their place.
fn prints(
    table: &Arc<Table>,
    key: &[String],
    shared: &[&str],
    seed: &RandomState,
    stop: &Stop,
) -> Result<Vec<Print>, TableError> {
    let key: Vec<usize> = key.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let shared: Vec<usize> = shared.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let digest = |line: &Line<'_>, columns: &[usize]| {
        let cells: Vec<_> = line.cells().take(COLUMNS).collect();
        seed.hash_one(columns.iter().map(|at| cells.get(*at).map_or(&[][..], AsRef::as_ref)).collect::<Vec<_>>())
    };
    let piece = |unit: &Unit<'_>, buffer: &mut Vec<u8>| {
        let mut prints = Vec::new();
        unit.rows(buffer, |number, line, _| prints.push((digest(&line, &key), digest(&line, &shared), number)))?;
        Ok(prints)
    };
    let mut all: Vec<Print> = Vec::with_capacity(table.rows() as usize);
    units::over(&units::units(table, 0, None), stop, piece, &mut |prints| all.extend(prints))?;
    all.sort_unstable_by_key(|(key, _, row)| (*key, *row));
    Ok(all)
}
