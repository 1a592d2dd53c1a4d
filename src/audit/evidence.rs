//! Events as evidence: a file for others, and a manifest with its digest and with what may be missing.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::Logs;
use crate::domain::{
    Clean, Failure, FailureKind,
    audit::{
        AuditEvent,
        look::{Events, Extract},
    },
    digest::Digester,
    spreadsheet,
};

/// Events that are written at once.
const ROWS: usize = 1_000;
/// What the manifest says it is worth.
const WORTH: &str = "the events as the services sent them to certdeck; what is in gaps was not read";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Events.
    pub events: usize,
    /// Digest of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// The manifest.
    pub manifest: PathBuf,
    /// Gaps that it tells of.
    pub gaps: usize,
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Lines,
}

impl Logs {
    /// Writes events to the new file `path`, `.csv` or `.jsonl`, the newest first, and a manifest beside it. Both are
    /// readable by this user alone.
    ///
    /// # Errors
    /// There is such a file, it cannot be written, or the index cannot be read: then neither is there.
    pub async fn write(&self, path: &Path, evidence: Extract) -> Result<Written, Failure> {
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Form::Csv,
            Some("jsonl") => Form::Lines,
            _ => {
                let failure =
                    Failure::new(FailureKind::Refused, "evidence is written to a name that ends in .csv or .jsonl");
                return Err(failure.hint("nothing was written"));
            }
        };
        let mut name = path.as_os_str().to_owned();
        name.push(".manifest.json");
        let manifest = PathBuf::from(name);
        let written = self.fill(path, &manifest, form, &evidence).await;
        if let Err((_, made)) = &written {
            for file in made {
                // What could not be finished is no evidence.
                let _ = std::fs::remove_file(file);
            }
        }
        written.map_err(|(why, _)| why)
    }

    async fn fill(
        &self,
        path: &Path,
        manifest: &Path,
        form: Form,
        evidence: &Extract,
    ) -> Result<Written, (Failure, Vec<PathBuf>)> {
        let mut made = Vec::new();
        let file = create(path).map_err(|why| (why, made.clone()))?;
        made.push(path.to_owned());
        let note = create(manifest).map_err(|why| (why, made.clone()))?;
        made.push(manifest.to_owned());
        let at = |error: &io::Error| (unwritten(path, error), made.clone());
        let mut out = Summed { out: BufWriter::new(file), sum: Digester::default(), bytes: 0 };
        if let Form::Csv = form {
            line(&mut out, &MEMBERS.map(str::to_owned)).map_err(|error| at(&error))?;
        }
        let (mut before, mut events) = (None, 0);
        loop {
            let wanted = Events { filter: evidence.filter.clone(), now: evidence.now, before, most: ROWS };
            let (some, next) = self.index.events(wanted).await.map_err(|why| (why, made.clone()))?;
            for event in &some {
                one(&mut out, form, event).map_err(|error| at(&error))?;
            }
            events += some.len();
            before = next;
            if next.is_none() {
                break;
            }
        }
        let standing = self.standing(evidence.now).await.map_err(|why| (why, made.clone()))?;
        let Summed { out, sum, bytes } = out;
        let file = out.into_inner().map_err(|error| at(error.error()))?;
        file.sync_all().map_err(|error| at(&error))?;
        let sha256 = sum.end().to_string();
        let gaps: Vec<Value> = standing
            .gaps()
            .map(|(source, gap)| {
                let (from, to) = gap.ends();
                json!({"source": source.word(), "from": from, "to": to, "reason": gap.why.as_str()})
            })
            .collect();
        let sources: Vec<Value> = standing
            .logs
            .iter()
            .map(|log| {
                json!({"source": log.source.word(), "as_of": log.read_at, "events": log.events,
                       "error": log.failure.as_ref().map(Clean::as_str), "origin": log.origin.as_str()})
            })
            .collect();
        let count = gaps.len();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let about = json!({
            "program": concat!("certdeck ", env!("CARGO_PKG_VERSION")), "worth": WORTH, "context": self.context.name(),
            "generated_at": evidence.now, "filter": evidence.words, "order": "newest first",
            "file": name, "bytes": bytes, "events": events, "sha256": sha256, "sources": sources, "gaps": gaps,
        });
        let mut note = BufWriter::new(note);
        let text = serde_json::to_string_pretty(&about).unwrap_or_default();
        let done = writeln!(note, "{text}").and_then(|()| note.flush()).and_then(|()| note.get_ref().sync_all());
        done.map_err(|error| (unwritten(manifest, &error), made.clone()))?;
        Ok(Written { events, sha256, manifest: manifest.to_owned(), gaps: count })
    }
}

const MEMBERS: [&str; 12] = [
    "source",
    "id",
    "timestamp",
    "actor_id",
    "actor",
    "action",
    "resource_type",
    "resource_id",
    "resource_name",
    "result",
    "description",
    "ip_address",
];

fn cells(event: &AuditEvent) -> [String; 12] {
    let at = match event.at.at() {
        Some(at) => at.to_string(),
        None => String::new(),
    };
    [
        event.source.word().to_owned(),
        event.id.to_string(),
        at,
        event.actor_id.to_string(),
        event.actor.to_string(),
        event.action.to_string(),
        event.resource_type.to_string(),
        event.resource_id.to_string(),
        event.resource_name.to_string(),
        event.result.as_str().to_owned(),
        event.description.to_string(),
        event.ip_address.to_string(),
    ]
}

fn one(out: &mut dyn Write, form: Form, event: &AuditEvent) -> io::Result<()> {
    let cells = cells(event);
    match form {
        Form::Csv => line(out, &cells),
        Form::Lines => {
            let members = MEMBERS.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), Value::from(cell)));
            let mut object: serde_json::Map<String, Value> = members.collect();
            // The record is part of the line as it was sent, whatever its form.
            let raw = event.raw.as_sent();
            let raw = serde_json::from_str(raw).unwrap_or_else(|_| Value::from(raw));
            object.insert("raw".to_owned(), raw);
            serde_json::to_writer(&mut *out, &object)?;
            out.write_all(b"\n")
        }
    }
}

fn line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(cells.iter().map(|cell| spreadsheet::guarded(cell.clone())))?;
    csv.flush()
}

fn create(path: &Path) -> Result<File, Failure> {
    let mut open = OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => "there is a file of that name, and it stays".to_owned(),
        kind => kind.to_string(),
    };
    let shown = Clean::new(&path.display().to_string());
    Failure::new(FailureKind::Refused, format!("{shown} was not written: {why}")).hint("take another name")
}

/// Counts and digests what passes through.
struct Summed {
    out: BufWriter<File>,
    sum: Digester,
    bytes: u64,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.sum.add(bytes.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
