//! Members of answers as they really come: text or number or null, list or null, object or id.
//!
//! Nothing here fails on a value of another type: the row is kept, and what was odd is written down beside it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::limits;
use crate::domain::{Clean, When, serial::Serial};

/// A member that ought to be text, a number, a flag or null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scalar<'a> {
    /// Null or not there.
    #[default]
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A number, in its shortest form.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A list or an object.
    Odd(&'static str),
}

impl Scalar<'_> {
    /// The text; empty for nothing and for what is no scalar.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(text) => text,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Absent | Self::Odd(_) => "",
        }
    }

    /// True for nothing and for empty text.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// A whole number, also when it is sent as text.
    pub fn integer<N: std::str::FromStr>(&self) -> Option<N> {
        self.as_str().trim().parse().ok()
    }

    /// A flag, also when it is sent as text or 0 and 1.
    pub fn flag(&self) -> Option<bool> {
        match self.as_str().trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }

    /// The text, safe and bounded.
    pub fn clean(&self) -> Clean {
        clean(self.as_str())
    }

    /// The first of these that holds anything.
    pub fn first<'s>(all: &[&'s Self]) -> &'s Self {
        const NOTHING: &Scalar<'static> = &Scalar::Absent;
        all.iter().copied().find(|scalar| !scalar.is_empty()).unwrap_or(NOTHING)
    }
}

/// Text of a service, safe and at most [`limits::TEXT`] bytes.
pub fn clean(raw: &str) -> Clean {
    Clean::cut(raw, limits::TEXT)
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number.to_string()))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Absent)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Odd("a list"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Odd("an object"))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// A list, or null, or one value in place of a list of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// False when the member was null or absent.
    pub sent: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), sent: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(List { entries, sent: true })
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                let entry = T::deserialize(serde::de::value::BorrowedStrDeserializer::new(text))?;
                Ok(List { entries: vec![entry], sent: true })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let entry = T::deserialize(serde::de::value::StrDeserializer::new(text))?;
                Ok(List { entries: vec![entry], sent: true })
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let entry = T::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(List { entries: vec![entry], sent: true })
            }
        }

        deserializer.deserialize_any(Any(std::marker::PhantomData))
    }
}

/// Another record: `{"id", "name"}`, or its id alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference<'a> {
    /// Id.
    pub id: Scalar<'a>,
    /// Name.
    pub name: Scalar<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Reference<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        const fn alone(id: Scalar<'_>) -> Reference<'_> {
            Reference { id, name: Scalar::Absent }
        }

        impl<'de> Visitor<'de> for Any {
            type Value = Reference<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record or its id")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Flag(flag)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Number(number.to_string())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Number(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Number(number.to_string())))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Text(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(alone(Scalar::Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Reference::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(alone(Scalar::Odd("a list")))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut reference = Reference::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "id" => reference.id = map.next_value()?,
                        "name" => reference.name = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(reference)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Reads members into the domain and writes down what was odd.
#[derive(Debug, Default)]
pub struct Reader {
    /// What could not be read as the contract says.
    pub oddities: Vec<Clean>,
}

impl Reader {
    /// Notes something odd.
    pub fn note(&mut self, text: &str) {
        self.oddities.push(clean(text));
    }

    /// Text.
    pub fn text(&mut self, name: &str, scalar: &Scalar<'_>) -> Clean {
        if let Scalar::Odd(kind) = scalar {
            self.note(&format!("{name} is {kind}"));
        }
        scalar.clean()
    }

    /// A moment.
    pub fn when(&mut self, name: &str, scalar: &Scalar<'_>) -> When {
        let text = self.text(name, scalar);
        if text.is_empty() {
            return When::Never;
        }
        let when = When::parse(scalar.as_str());
        if matches!(when, When::Odd(_)) {
            self.note(&format!("{name} is no date: {text}"));
        }
        when
    }

    /// A serial number.
    pub fn serial(&mut self, name: &str, scalar: &Scalar<'_>) -> Option<Serial> {
        match scalar {
            Scalar::Odd(kind) => self.note(&format!("{name} is {kind}")),
            Scalar::Number(_) => self.note(&format!("{name} is a number, read as hexadecimal digits")),
            _ => {}
        }
        let serial = Serial::parse(scalar.as_str())?;
        if !serial.is_hex() {
            self.note(&format!("{name} is not hexadecimal"));
        }
        Some(serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j04_any_value_is_a_scalar() {
        let all: Vec<Scalar<'_>> = serde_json::from_str(r#"["a",7,-7,null,true,{},[1],"\u0041"]"#).unwrap();
        let texts: Vec<&str> = all.iter().map(Scalar::as_str).collect();
        assert_eq!(texts, ["a", "7", "-7", "", "true", "", "", "A"]);
        let mut reader = Reader::default();
        reader.text("status", &all[5]);
        assert_eq!(reader.oddities[0], "status is an object");
    }

    #[test]
    fn j08_lists_may_be_null_or_one_value() {
        let read = |text| serde_json::from_str::<List<Scalar<'_>>>(text).unwrap().entries.len();
        for (text, entries) in [("null", 0), ("[]", 0), ("[\"\"]", 1), ("\"a\"", 1), ("7", 0), ("{}", 1)] {
            assert_eq!(read(text), entries, "{text}");
        }
    }

    #[test]
    fn references_are_objects_or_ids() {
        let all: Vec<Reference<'_>> = serde_json::from_str(r#"[{"id":7,"name":"n","x":1},"u",null]"#).unwrap();
        assert_eq!((all[0].id.as_str(), all[0].name.as_str()), ("7", "n"));
        assert_eq!(all[1].id.as_str(), "u");
        assert!(all[2].id.is_empty());
        let list: List<Reference<'_>> = serde_json::from_str(r#"["a",[],{"id":{}}]"#).unwrap();
        assert_eq!(list.entries.len(), 3);
        assert_eq!(serde_json::from_str::<List<Reference<'_>>>("\"a\"").unwrap().entries[0].id.as_str(), "a");
    }

    #[test]
    fn text_is_cut_at_its_limit() {
        assert_eq!(clean(&"a".repeat(limits::TEXT)).len(), limits::TEXT);
        assert!(clean(&"a".repeat(limits::TEXT + 1)).ends_with("a…"));
    }
}
