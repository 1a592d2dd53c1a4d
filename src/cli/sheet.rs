//! What a command prints: the envelope, its items, and the same as columns.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{
    args::Format,
    grid::Grid,
    item::{Item, rfc3339},
};
use crate::domain::{
    Failure,
    dataset::{Completeness, Dataset},
    text::escape,
};

/// Name of the schema; `assets/schema/certdeck-v1.json` is its text.
pub const SCHEMA: &str = "certdeck/v1";

/// From where items were read, when, and whether all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// `certcentral`, `partner` or `one`; the name of a log for audit events.
    pub name: &'static str,
    /// When the read ended; null when nothing was read.
    pub as_of: Option<String>,
    /// False when a part is missing.
    pub complete: bool,
    /// Why it is missing.
    pub error: Option<String>,
    /// What else to know: accounts that no key reaches, a list that changed while it was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Source {
    /// A source that was read.
    pub fn read<T>(name: &'static str, data: &Dataset<T>) -> Self {
        let error = match &data.completeness {
            Completeness::Complete => None,
            Completeness::Partial { why, .. } => Some(why.to_string()),
        };
        let notes = data.notes.iter().map(ToString::to_string).collect();
        Self { name, as_of: Some(rfc3339(data.read_at)), complete: error.is_none(), error, notes }
    }

    /// A source that could not be read at all.
    pub fn failed(name: &'static str, why: &Failure) -> Self {
        Self { name, as_of: None, complete: false, error: Some(why.to_string()), notes: Vec::new() }
    }
}

/// A part that nothing is known of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The source that has it.
    pub source: &'static str,
    /// Start, when it is known.
    pub from: Option<String>,
    /// End, when it is known.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

/// Everything around the items.
#[derive(Debug, Clone)]
pub struct Head {
    /// Kind of the items, `acme.certificates`.
    pub kind: &'static str,
    /// Name of the context; null when there is none.
    pub context: Option<String>,
    /// `production` or `demo`; null when there is no context.
    pub environment: Option<&'static str>,
    /// Now.
    pub generated_at: Timestamp,
    /// Sources.
    pub sources: Vec<Source>,
    /// Rows that were read, before a filter.
    pub total: usize,
    /// Paths of members that are null because they are not known.
    pub unknown: Vec<String>,
    /// Gaps, for kinds that have them.
    pub gaps: Option<Vec<Gap>>,
    /// What is said before the items, for kinds that have it.
    pub sections: Option<Vec<Section>>,
}

/// Facts that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What they are about.
    pub name: &'static str,
    /// The facts, in order.
    pub facts: Vec<Fact>,
}

/// Something that is so, and neither right nor wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// How it is, safe to show.
    pub value: String,
}

impl Fact {
    /// A fact; `value` is made safe.
    pub fn new(name: &'static str, value: &str) -> Self {
        Self { name, value: escape(value).into_owned() }
    }
}

/// The items of a command, made one at a time while they are written.
pub struct Sheet<'a> {
    /// The envelope.
    pub head: Head,
    /// Names of the members, for a CSV without items: programs that read it expect its heading.
    pub members: &'static [&'static str],
    /// How many items there are.
    pub len: usize,
    /// Makes an item; called with 0 to `len - 1` in order.
    pub item: &'a dyn Fn(usize) -> Item,
    /// The items as columns for people.
    pub grid: &'a dyn Fn() -> Grid,
}

impl Sheet<'_> {
    /// Writes in `format`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Table => (self.grid)().write(out),
            Format::Json => {
                serde_json::to_writer(&mut *out, &Envelope(self))?;
                out.write_all(b"\n")
            }
            Format::Jsonl => (0..self.len).try_for_each(|at| {
                serde_json::to_writer(&mut *out, &(self.item)(at))?;
                out.write_all(b"\n")
            }),
            Format::Csv => self.csv(out),
        }
    }

    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        if self.len == 0 {
            csv.write_record(self.members)?;
        }
        for at in 0..self.len {
            let item = (self.item)(at);
            if at == 0 {
                csv.write_record(item.0.iter().map(|(name, _)| *name))?;
            }
            csv.write_record(item.0.iter().map(|(_, member)| crate::present::guarded(member.cell())))?;
        }
        csv.flush()
    }
}

struct Envelope<'a>(&'a Sheet<'a>);

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let Sheet { head, .. } = self.0;
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("kind", head.kind)?;
        map.serialize_entry("context", &head.context)?;
        map.serialize_entry("environment", &head.environment)?;
        map.serialize_entry("generated_at", &rfc3339(head.generated_at))?;
        map.serialize_entry("sources", &head.sources)?;
        map.serialize_entry("total", &head.total)?;
        map.serialize_entry("items", &Items(self.0))?;
        map.serialize_entry("unknown", &head.unknown)?;
        if let Some(gaps) = &head.gaps {
            map.serialize_entry("gaps", gaps)?;
        }
        if let Some(sections) = &head.sections {
            map.serialize_entry("sections", sections)?;
        }
        map.end()
    }
}

struct Items<'a>(&'a Sheet<'a>);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq((0..self.0.len).map(|at| (self.0.item)(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_a_formula_stays_text_in_a_spreadsheet_and_as_it_is_elsewhere() {
        let cells = ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "＝1", "pay.example", "-42", ""];
        let item = |at: usize| Item::default().with("cell", *cells.get(at).unwrap_or(&""));
        let head = Head {
            kind: "acme.certificates",
            context: None,
            environment: None,
            generated_at: Timestamp::UNIX_EPOCH,
            sources: Vec::new(),
            total: cells.len(),
            unknown: Vec::new(),
            gaps: None,
            sections: None,
        };
        let sheet = Sheet { head, members: &["cell"], len: cells.len(), item: &item, grid: &Grid::default };
        let written = |format| {
            let mut out = Vec::new();
            sheet.write(format, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let csv = written(Format::Csv);
        let first: Vec<&str> = csv.lines().skip(1).map(|line| line.trim_matches('"')).collect();
        assert_eq!(first[0], "'=cmd|' /C calc'!A0");
        for (line, guard) in first.iter().zip([true, true, true, true, false, false, true, false, false, false]) {
            assert_eq!(line.starts_with('\''), guard, "{line}");
        }
        assert!(written(Format::Jsonl).starts_with("{\"cell\":\"=cmd|' /C calc'!A0\"}\n{\"cell\":\"+1+cmd\"}\n"));
    }
}
