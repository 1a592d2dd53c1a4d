//! JSON: an array of objects, an object that has one, or objects one behind the other, as rows.

use std::{collections::HashMap, fmt, sync::Arc};

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    bytes::Bytes,
    column,
    error::TableError,
    limits::{COLUMNS, ROW, SAMPLE},
    open::Reader,
    spool::Spool,
};
use crate::domain::Clean;

/// Bytes that are read at once.
const BLOCK: usize = 256 << 10;
/// Arrays and objects within each other.
const DEPTH: usize = 1_000;

/// Reads objects as rows; their members are the columns, in the order in which they come.
pub fn read(reader: &mut Reader<'_>, bytes: &Arc<Bytes>, name: &Clean) -> Result<(), TableError> {
    let failed = |error: std::io::Error| TableError::io(name, &error);
    let mut buffer = Vec::new();
    let mut splitter = Splitter::new(parents(bytes.block(0, SAMPLE, &mut buffer).map_err(failed)?));
    reader.table.grows = true;
    let mut rows = Rows { spool: reader.spool(name)?, columns: HashMap::new() };
    for (at, column) in reader.columns.iter().enumerate() {
        rows.columns.insert(column.title.to_string(), at);
    }
    let mut at = 0;
    loop {
        let block = bytes.block(at, BLOCK, &mut buffer).map_err(failed)?;
        if block.is_empty() {
            break;
        }
        at += block.len() as u64;
        for found in splitter.push(block) {
            rows.add(&found.map_err(|why| TableError::content(name, why))?, reader)?;
        }
        let (part, builder) = rows.spool.so_far();
        reader.publish(part, builder, at, false);
        reader.check()?;
    }
    let is_whole = splitter.is_whole();
    let (part, builder) = rows.spool.finish()?;
    reader.add(part, &builder);
    if is_whole { Ok(()) } else { Err(TableError::content(name, "the file ends in the middle of its JSON")) }
}

struct Rows {
    spool: Spool,
    columns: HashMap<String, usize>,
}

impl Rows {
    fn add(&mut self, text: &[u8], reader: &mut Reader<'_>) -> Result<(), TableError> {
        let Ok(Record(members)) = serde_json::from_slice::<Record>(text) else { return self.spool.odd(text) };
        let mut cells = vec![String::new(); self.columns.len()];
        for (key, value) in members {
            let known = self.columns.len();
            if known >= COLUMNS && !self.columns.contains_key(&key) {
                return self.spool.odd(text);
            }
            let at = *self.columns.entry(key).or_insert_with_key(|key| {
                reader.columns.push(column::column(key, &reader.columns));
                known
            });
            cells.resize(cells.len().max(at + 1), String::new());
            if let Some(cell) = cells.get_mut(at) {
                *cell = value;
            }
        }
        if cells.is_empty() {
            cells.push(String::new());
        }
        self.spool.row(cells)
    }
}

/// Members of an object with their values: a text as it is, null as nothing, anything else as it stands.
struct Record(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut members: Vec<(String, String)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if members.len() >= COLUMNS || members.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom("a member stands twice, or there are too many"));
                    }
                    let text = match value.get() {
                        "null" => String::new(),
                        text if text.starts_with('"') => serde_json::from_str(text).map_err(A::Error::custom)?,
                        other => other.to_owned(),
                    };
                    members.push((key, text));
                }
                Ok(Record(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// What is open around the objects that are rows.
fn parents(sample: &[u8]) -> &'static [u8] {
    if sample.iter().find(|byte| matches!(byte, b'[' | b'{')) == Some(&b'[') {
        return b"[";
    }
    // One object may be a line, or hold the list of all.
    let mut lines = Splitter::new(b"");
    let objects = lines.push(sample);
    let is_followed = objects.len() > 1 || (objects.len() == 1 && !lines.is_whole());
    let mut within = Splitter::new(b"{[");
    if !is_followed && !within.push(sample).is_empty() { b"{[" } else { b"" }
}

/// Cuts JSON into the objects that stand at one place, block by block; nothing else of it is looked at.
struct Splitter {
    parents: &'static [u8],
    open: Vec<u8>,
    quoted: bool,
    escaped: bool,
    /// The object that is being read, or what stands where one should.
    record: Vec<u8>,
    within: bool,
}

impl Splitter {
    const fn new(parents: &'static [u8]) -> Self {
        Self { parents, open: Vec::new(), quoted: false, escaped: false, record: Vec::new(), within: false }
    }

    /// Nothing is open.
    const fn is_whole(&self) -> bool {
        self.open.is_empty() && !self.quoted && !self.within
    }

    fn push(&mut self, block: &[u8]) -> Vec<Result<Vec<u8>, &'static str>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let length = if self.quoted { self.string(rest) } else { self.sign(rest, &mut found) };
            at += length;
        }
        found
    }

    /// Goes on in a string; returns how many bytes of it there are.
    fn string(&mut self, rest: &[u8]) -> usize {
        let length = if std::mem::take(&mut self.escaped) {
            1
        } else {
            let found = memchr2(b'"', b'\\', rest);
            match found.and_then(|found| rest.get(found)) {
                Some(b'"') => self.quoted = false,
                Some(_) => self.escaped = true,
                None => {}
            }
            found.map_or(rest.len(), |found| found + 1)
        };
        self.keep(rest.get(..length).unwrap_or_default());
        length
    }

    /// Takes one byte outside strings.
    fn sign(&mut self, rest: &[u8], found: &mut Vec<Result<Vec<u8>, &'static str>>) -> usize {
        let Some(byte) = rest.first().copied() else { return 0 };
        let is_place = !self.within && self.open == self.parents;
        match byte {
            b'"' => {
                self.quoted = true;
                self.keep(&[byte]);
            }
            b'[' | b'{' => {
                self.within |= is_place;
                if self.open.len() >= DEPTH {
                    found.push(Err("arrays and objects stand too deep within each other"));
                    return rest.len();
                }
                self.open.push(byte);
                if self.within {
                    self.keep(&[byte]);
                }
            }
            b']' | b'}' => {
                if is_place {
                    self.end(found);
                } else {
                    self.keep(&[byte]);
                }
                self.open.pop();
                if self.within && self.open == self.parents {
                    self.within = false;
                    self.end(found);
                }
            }
            b',' if is_place => self.end(found),
            b'\n' if is_place && self.parents.is_empty() => self.end(found),
            b' ' | b'\n' | b'\r' | b'\t' if !self.within => {}
            _ => self.keep(&[byte]),
        }
        1
    }

    /// Keeps what is of an object, or stands where one should.
    fn keep(&mut self, bytes: &[u8]) {
        let room = (ROW + 1).saturating_sub(self.record.len());
        if self.within || self.open == self.parents {
            self.record.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
    }

    fn end(&mut self, found: &mut Vec<Result<Vec<u8>, &'static str>>) {
        if !self.record.is_empty() {
            found.push(Ok(std::mem::take(&mut self.record)));
        }
    }
}
