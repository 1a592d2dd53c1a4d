//! JSON before it is decoded: UTF-8, depth, length of lists, and no member twice (RFC 8259 leaves the meaning open).

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{error::ClientError, limits};

/// The text of a JSON answer that is safe to decode.
pub fn text(bytes: &[u8]) -> Result<&str, ClientError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ClientError::Utf8(offset(error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check(text)?;
    Ok(text)
}

/// Decodes checked text; an error names the JSON path.
pub fn decode<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, ClientError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| shape(&error))
}

fn shape(error: &serde_path_to_error::Error<serde_json::Error>) -> ClientError {
    let path = error.path().to_string();
    ClientError::Shape { path: if path == "." { "the top".into() } else { path }, why: error.inner().to_string() }
}

/// A position as a number that errors carry.
pub fn offset(position: usize) -> u64 {
    u64::try_from(position).unwrap_or(u64::MAX)
}

/// Refuses what cannot be decoded without guessing or without bound.
fn check(text: &str) -> Result<(), ClientError> {
    let mut state = State::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let end = Walk(&mut state).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match (state.found, end) {
        (Some(found), _) => Err(found),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => {
            let why = if error.is_eof() { format!("it ends too early ({error})") } else { error.to_string() };
            Err(ClientError::Shape { path: path(&state.path), why })
        }
    }
}

#[derive(Default)]
struct State {
    path: Vec<Step>,
    found: Option<ClientError>,
}

enum Step {
    Member(String),
    Entry(usize),
}

fn path(steps: &[Step]) -> String {
    use fmt::Write as _;
    let mut out = String::new();
    for step in steps {
        // Writing to a String cannot fail.
        let _ = match step {
            Step::Member(name) if out.is_empty() => write!(out, "{name}"),
            Step::Member(name) => write!(out, ".{name}"),
            Step::Entry(index) => write!(out, "[{index}]"),
        };
    }
    if out.is_empty() { "the top".into() } else { out }
}

impl State {
    fn refuse<E: serde::de::Error>(&mut self, found: ClientError) -> E {
        self.found = Some(found);
        E::custom("refused")
    }

    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.path.len() >= limits::DEPTH { Err(self.refuse(ClientError::Depth(limits::DEPTH))) } else { Ok(()) }
    }
}

struct Walk<'a>(&'a mut State);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let state = self.0;
        state.enter()?;
        let mut index = 0;
        loop {
            state.path.push(Step::Entry(index));
            if seq.next_element_seed(Walk(state))?.is_none() {
                state.path.pop();
                return Ok(());
            }
            state.path.pop();
            index += 1;
            if index > limits::ARRAY {
                let path = path(&state.path);
                return Err(state.refuse(ClientError::Entries { path, limit: limits::ARRAY }));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        state.enter()?;
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            state.path.push(Step::Member(name.clone()));
            if !names.insert(name) {
                let path = path(&state.path);
                return Err(state.refuse(ClientError::Duplicate(path)));
            }
            map.next_value_seed(Walk(state))?;
            state.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j01_a_member_that_stands_twice_is_refused_with_its_path() {
        let twice = br#"{"items":[{"id":"a"},{"id":"b","x":{},"id":"c"}]}"#;
        assert_eq!(text(twice), Err(ClientError::Duplicate("items[1].id".into())));
        assert!(text(br#"{"a":{"id":1},"b":{"id":1}}"#).is_ok());
    }

    #[test]
    fn j02_depth_is_bounded_at_64() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(text(nested(64).as_bytes()).is_ok());
        assert_eq!(text(nested(65).as_bytes()), Err(ClientError::Depth(64)));
        assert_eq!(text(nested(10_000).as_bytes()), Err(ClientError::Depth(64)));
        assert_eq!(text("[".repeat(10_000).as_bytes()), Err(ClientError::Depth(64)));
        assert_eq!(text("{\"a\":".repeat(10_000).as_bytes()), Err(ClientError::Depth(64)));
    }

    #[test]
    fn t16_bytes_that_are_not_utf8_are_named_by_offset() {
        assert_eq!(text(b"{\"id\":\"\xff\"}"), Err(ClientError::Utf8(7)));
    }

    #[test]
    fn n08_a_cut_body_is_an_error_and_not_an_empty_list() {
        for cut in ["", "{", "{\"items\":[", "{\"items\":[{\"id\":\"a\"}", "[1,2", "tru"] {
            assert!(matches!(text(cut.as_bytes()), Err(ClientError::Shape { .. })), "{cut}");
        }
        assert!(matches!(text(b"[] []"), Err(ClientError::Shape { .. })));
    }

    #[test]
    fn long_arrays_are_refused_at_the_limit() {
        let list = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
        assert!(text(list(limits::ARRAY).as_bytes()).is_ok());
        assert!(matches!(text(list(limits::ARRAY + 1).as_bytes()), Err(ClientError::Entries { .. })));
    }
}
