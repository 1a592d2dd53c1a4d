//! The hand-over report: certificates with their state, why, what to do, and what was noted, for those who come next.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{acme::Row, calendar};
use crate::domain::acme::{San, explain::Explanation, note::Note, triage::Assessment};

/// The forms of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Markdown, for people.
    Markdown,
    /// Comma-separated; cells that a spreadsheet would run are made text.
    Csv,
    /// One JSON array.
    Json,
    /// iCalendar: when renewals are due and certificates end.
    Ics,
}

impl Form {
    /// By the ending of a file name.
    pub fn of(path: &str) -> Option<Self> {
        let ending = path.rsplit('.').next()?;
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "ics" => Some(Self::Ics),
            _ => None,
        }
    }
}

/// A certificate of the report.
pub struct Line<'a> {
    /// The row.
    pub row: Row<'a>,
    /// Why, and what to do; `None` until it is judged.
    pub told: Option<Explanation>,
    /// What was noted of it.
    pub note: Option<&'a Note>,
}

/// The members of a line, in their order.
const MEMBERS: [&str; 10] =
    ["name", "state", "ends", "due", "reason", "next_step", "owner", "note", "contract", "serial"];

/// Writes the report of `lines` at `now`; `about` says of what they were taken, the filter for one.
pub fn write(form: Form, about: &str, lines: &[Line<'_>], now: Timestamp) -> String {
    match form {
        Form::Markdown => markdown(about, lines, now),
        Form::Csv => csv(lines),
        Form::Json => json(lines),
        Form::Ics => ics(lines, now),
    }
}

impl Line<'_> {
    fn members(&self) -> [String; MEMBERS.len()] {
        let (row, found) = (self.row, self.row.derived);
        let told = |text: fn(&Explanation) -> &String| self.told.as_ref().map(text).cloned().unwrap_or_default();
        let note = |text: fn(&Note) -> Option<String>| self.note.and_then(text).unwrap_or_default();
        [
            row.domain().to_string(),
            super::acme::state_label(row).into_owned(),
            row.expires().at().map(|at| at.to_string()).unwrap_or_default(),
            found.and_then(Assessment::due).map(|at| at.to_string()).unwrap_or_default(),
            told(|told| &told.reason),
            told(|told| &told.next_step),
            note(|note| note.owner.as_ref().map(|owner| owner.value.to_string())),
            note(|note| note.acknowledged.as_ref().or(note.retired.as_ref()).map(|text| text.value.to_string())),
            row.contract().to_string(),
            row.serial().map(|serial| serial.digits().to_owned()).unwrap_or_default(),
        ]
    }
}

fn markdown(about: &str, lines: &[Line<'_>], now: Timestamp) -> String {
    let mut out = format!("# Hand-over of {} certificates\n\n{now}", lines.len());
    if !about.is_empty() {
        let _ = write!(out, ", filter `{}`", about.replace('`', "'"));
    }
    out.push_str("\n\n| ");
    out.push_str(&MEMBERS[..8].join(" | "));
    out.push_str(" |\n|");
    out.push_str(&"--|".repeat(8));
    out.push('\n');
    for line in lines {
        out.push('|');
        for member in line.members().iter().take(8) {
            let _ = write!(out, " {} |", member.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;"));
        }
        out.push('\n');
    }
    out
}

fn csv(lines: &[Line<'_>]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = out.write_record(MEMBERS);
    for line in lines {
        let _ = out.write_record(line.members().map(super::guarded));
    }
    out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn json(lines: &[Line<'_>]) -> String {
    let one = |line: &Line<'_>| {
        let members = MEMBERS.iter().zip(line.members());
        let mut object: serde_json::Map<String, serde_json::Value> =
            members.map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        let names: Vec<_> = line.row.record.names().iter().map(San::text).collect();
        object.insert("sans".to_owned(), names.into());
        serde_json::Value::Object(object)
    };
    let all: Vec<serde_json::Value> = lines.iter().map(one).collect();
    serde_json::to_string_pretty(&all).map(|text| text + "\n").unwrap_or_default()
}

fn ics(lines: &[Line<'_>], now: Timestamp) -> String {
    let mut out = Vec::new();
    let entries = lines.iter().flat_map(|line| calendar::entries(line.row).map(|entry| (entry, line.told.clone())));
    // Writing into memory does not fail.
    let _ = calendar::write(entries, now, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
