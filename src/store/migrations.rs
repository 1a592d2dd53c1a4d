//! Schemas, step by step. A step that was handed out is never changed; a new one is a file with the next number.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;

/// The steps of the cache, `assets/migrations/cache`.
pub const CACHE: &[&str] = &[include_str!("../../assets/migrations/cache/0001_datasets.sql")];

/// The steps of the index of audit events, `assets/migrations/audit`.
pub const AUDIT: &[&str] = &[
    include_str!("../../assets/migrations/audit/0001_events.sql"),
    include_str!("../../assets/migrations/audit/0002_sheets.sql"),
    include_str!("../../assets/migrations/audit/0003_words.sql"),
];

/// The steps of the snapshots, `assets/migrations/snapshots`.
pub const SNAPSHOTS: &[&str] = &[include_str!("../../assets/migrations/snapshots/0001_snapshots.sql")];

/// The steps of the journal, `assets/migrations/journal`.
pub const JOURNAL: &[&str] = &[include_str!("../../assets/migrations/journal/0001_entries.sql")];

/// How many steps a file has seen (`user_version`).
pub fn version(connection: &Connection) -> Result<usize, Fault> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    usize::try_from(version).map_err(|_| Fault::Damaged)
}

/// Takes the steps that a file has not seen, each whole or not at all.
///
/// # Errors
/// [`Fault::Newer`] when it has seen more than there are; nothing is written then.
pub fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), Fault> {
    loop {
        let seen = version(connection)?;
        if seen > steps.len() {
            return Err(Fault::Newer);
        }
        if seen == steps.len() {
            return Ok(());
        }
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another instance may have taken it while this one waited.
        let seen = version(&step)?;
        if let Some(sql) = steps.get(seen) {
            step.execute_batch(sql)?;
            step.pragma_update(None, "user_version", i64::try_from(seen + 1).map_err(|_| Fault::Damaged)?)?;
            step.commit()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The schema and the rows of a file, as text.
    fn state(connection: &Connection) -> Vec<String> {
        let mut out = vec![format!("version {}", version(connection).unwrap())];
        let mut schema = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows =
            schema.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))).unwrap();
        out.extend(rows.map(|row| format!("{:?}", row.unwrap())));
        let sources = connection.prepare("SELECT source FROM dataset ORDER BY id").map(|mut names| {
            names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect::<Vec<String>>()
        });
        out.push(format!("{sources:?}"));
        out
    }

    #[test]
    fn the_steps_are_the_files_of_their_folder() {
        let all = [("cache", CACHE), ("journal", JOURNAL), ("audit", AUDIT), ("snapshots", SNAPSHOTS)];
        for (folder, steps) in all {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/migrations").join(folder);
            let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            assert_eq!(files.len(), steps.len(), "{folder}");
            for (number, (file, step)) in (1..).zip(files.iter().zip(steps)) {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                assert!(name.starts_with(&format!("{number:04}_")), "{name}");
                assert_eq!(&std::fs::read_to_string(file).unwrap(), step, "{name}");
            }
        }
    }

    /// Stops a step after each of its statements, by one that fails; the file is as before, and takes the step later.
    #[test]
    fn s04_a_step_that_is_interrupted_at_any_statement_leaves_the_old_file() {
        let next = [
            "ALTER TABLE dataset ADD COLUMN note TEXT",
            "UPDATE dataset SET source = source || '-renamed'",
            "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT",
            "INSERT INTO extra SELECT id FROM dataset",
            "DROP INDEX dataset_of_source",
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        migrate(&mut connection, CACHE).unwrap();
        connection
            .execute("INSERT INTO dataset VALUES (1, 'c', 'acme', 1, '2026-11-24T00:00:00Z', 1, NULL, 0, 0, x'00')", [])
            .unwrap();
        let old = state(&connection);
        for at in 0..=next.len() {
            let mut cut = next.to_vec();
            cut.insert(at, "INSERT INTO missing VALUES (1)");
            let cut = cut.join(";\n");
            assert!(migrate(&mut connection, &[CACHE[0], &cut]).is_err());
            assert_eq!(state(&connection), old, "in the connection, stopped at {at}");
            assert_eq!(state(&Connection::open(&path).unwrap()), old, "in the file, stopped at {at}");
        }
        migrate(&mut connection, &[CACHE[0], &next.join(";\n")]).unwrap();
        let new = state(&connection);
        assert!(new.contains(&"version 2".to_owned()) && new.concat().contains("acme-renamed"), "{new:?}");
        assert!(new.concat().contains("extra") && !new.concat().contains("dataset_of_source"), "{new:?}");
    }

    #[test]
    fn s03_a_newer_schema_is_not_touched() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        let old = state(&connection);
        assert!(matches!(migrate(&mut connection, CACHE), Err(Fault::Newer)));
        assert_eq!(state(&connection), old);
    }
}
