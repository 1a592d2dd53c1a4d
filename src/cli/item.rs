//! A record as it leaves the program: members in a fixed order.

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

use crate::domain::{Clean, When};

/// A member: a plain value, or items of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    /// Null, a number, a text, a flag, or a list of such.
    Plain(Value),
    /// One item.
    One(Item),
    /// Items.
    Items(Vec<Item>),
}

/// The members of a record, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item(pub Vec<(&'static str, Member)>);

impl Item {
    /// Adds a plain member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, Member::Plain(value.into())));
        self
    }

    /// Adds text; empty text is null, since the service sent none.
    #[must_use]
    pub fn text(self, name: &'static str, text: &str) -> Self {
        if text.is_empty() { self.with(name, Value::Null) } else { self.with(name, text) }
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn texts(self, name: &'static str, texts: impl IntoIterator<Item: Into<Value>>) -> Self {
        self.with(name, texts.into_iter().map(Into::into).collect::<Vec<_>>())
    }

    /// Adds a moment as RFC 3339 UTC; an unreadable one as it was sent, an absent one as null.
    #[must_use]
    pub fn when(self, name: &'static str, when: &When) -> Self {
        match when {
            When::At(at) => self.with(name, rfc3339(*at)),
            When::Odd(text) => self.text(name, text),
            When::Never => self.with(name, Value::Null),
        }
    }

    /// Whether a member is there and null.
    pub fn is_null(&self, name: &str) -> bool {
        self.0.iter().any(|(have, member)| *have == name && *member == Member::Plain(Value::Null))
    }

    /// Adds members that nothing here can tell; their paths belong into `unknown`.
    #[must_use]
    pub fn nulls(mut self, names: &[&'static str]) -> Self {
        self.0.extend(names.iter().map(|name| (*name, Member::Plain(Value::Null))));
        self
    }

    /// Adds an item, or null.
    #[must_use]
    pub fn item(mut self, name: &'static str, item: Option<Self>) -> Self {
        self.0.push((name, item.map_or(Member::Plain(Value::Null), Member::One)));
        self
    }

    /// Adds items.
    #[must_use]
    pub fn items(mut self, name: &'static str, items: Vec<Self>) -> Self {
        self.0.push((name, Member::Items(items)));
        self
    }
}

/// RFC 3339 in UTC, whole seconds.
pub fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Member {
    /// The member as one cell of text: lists and an item are joined, items counted.
    pub fn cell(&self) -> String {
        match self {
            Self::Plain(value) => scalar(value),
            Self::One(Item(members)) => {
                let cells = members.iter().map(|(name, member)| (name, member.cell()));
                let told = cells.filter(|(_, cell)| !cell.is_empty()).map(|(name, cell)| format!("{name} {cell}"));
                told.collect::<Vec<_>>().join(", ")
            }
            Self::Items(items) => items.len().to_string(),
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => Clean::new(text).to_string(),
        Value::Array(list) => list.iter().map(scalar).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(out),
            Self::One(item) => item.serialize(out),
            Self::Items(items) => items.serialize(out),
        }
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.0.len()))?;
        for (name, member) in &self.0 {
            map.serialize_entry(name, member)?;
        }
        map.end()
    }
}
