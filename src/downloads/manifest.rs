//! What is kept of a run: its files with their digests.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::content::Kind;
use crate::domain::{
    Clean,
    digest::Digest,
    ids::{ReportId, RunId},
    report::HistoryRecord,
};

/// Largest manifest, bytes.
const MOST: u64 = 16 << 20;

/// A run whose files are here, or some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The report.
    pub report: ReportId,
    /// Its name when the run was fetched.
    pub report_name: Clean,
    /// The run.
    pub run: RunId,
    /// Type word.
    pub report_type: Clean,
    /// Format word.
    pub format: Clean,
    /// Files that the run has.
    pub parts: u32,
    /// Files that are here, in the order of their numbers.
    pub files: Vec<KeptFile>,
    /// When the first of them was fetched (UTC): the service keeps results 90 days from their first download.
    pub first_at: Timestamp,
    /// When the newest of them was fetched (UTC).
    pub fetched_at: Timestamp,
}

/// A file that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its number, from 0.
    pub part: u32,
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// What it is.
    pub kind: Kind,
    /// Whether the service marked its end; of a CSV file without that it cannot be told whether rows are missing.
    pub ended: bool,
}

impl KeptFile {
    /// Whether another part has the same bytes.
    pub(super) fn is_double_of(&self, other: &Self) -> bool {
        self.part < other.part && self.sha256 == other.sha256
    }
}

impl Kept {
    pub(super) fn new(record: &HistoryRecord, run: &RunId, parts: u32) -> Self {
        Self {
            report: record.report.clone(),
            report_name: record.name.clone(),
            run: run.clone(),
            report_type: record.report_type.clone(),
            format: record.format.clone(),
            parts,
            files: Vec::new(),
            first_at: Timestamp::UNIX_EPOCH,
            fetched_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// True when all files of the run are here.
    pub fn is_complete(&self) -> bool {
        (0..self.parts).all(|part| self.file(part).is_some())
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The file with a number.
    pub fn file(&self, part: u32) -> Option<&KeptFile> {
        self.files.iter().find(|file| file.part == part)
    }

    pub(super) fn put(&mut self, file: KeptFile, now: Timestamp) {
        if self.files.is_empty() {
            self.first_at = now;
        }
        self.files.retain(|other| other.part != file.part);
        self.files.push(file);
        self.files.sort_by_key(|file| file.part);
        self.fetched_at = now;
    }

    /// Reads a manifest; `None` for what is none of ours.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        if !metadata.is_file() || metadata.len() > MOST {
            return None;
        }
        let wire: Wire = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        let file = |file: WireFile| {
            let plain = !file.name.contains(['/', '\\', '\0']) && !file.name.starts_with('.');
            let sha256 = Digest::parse(&file.sha256)?;
            let kind = Kind::parse(&file.kind)?;
            let WireFile { part, name, bytes, ended, .. } = file;
            plain.then_some(KeptFile { part, name, bytes, sha256, kind, ended })
        };
        Some(Self {
            report: ReportId::new(&wire.report_identifier),
            report_name: Clean::new(&wire.report_display_name),
            run: RunId::new(&wire.report_run_identifier),
            report_type: Clean::new(&wire.report_type),
            format: Clean::new(&wire.format),
            parts: wire.parts,
            files: wire.files.into_iter().map(file).collect::<Option<_>>()?,
            first_at: wire.first_at.unwrap_or(wire.fetched_at),
            fetched_at: wire.fetched_at,
        })
    }

    pub(super) fn write(&self, folder: &Path, path: &Path) -> io::Result<()> {
        let file = |file: &KeptFile| WireFile {
            part: file.part,
            name: file.name.clone(),
            bytes: file.bytes,
            sha256: file.sha256.to_string(),
            kind: file.kind.word().to_owned(),
            ended: file.ended,
        };
        let wire = Wire {
            report_identifier: self.report.to_string(),
            report_display_name: self.report_name.to_string(),
            report_run_identifier: self.run.to_string(),
            report_type: self.report_type.to_string(),
            format: self.format.to_string(),
            parts: self.parts,
            files: self.files.iter().map(file).collect(),
            first_at: Some(self.first_at),
            fetched_at: self.fetched_at,
        };
        let mut out = tempfile::NamedTempFile::new_in(folder)?;
        out.write_all(&serde_json::to_vec_pretty(&wire)?)?;
        out.as_file().sync_all()?;
        out.persist(path)?;
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    report_identifier: String,
    report_display_name: String,
    report_run_identifier: String,
    report_type: String,
    format: String,
    parts: u32,
    files: Vec<WireFile>,
    /// Older manifests have none.
    first_at: Option<Timestamp>,
    fetched_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct WireFile {
    part: u32,
    name: String,
    bytes: u64,
    sha256: String,
    kind: String,
    ended: bool,
}
