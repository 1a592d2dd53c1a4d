//! Lists in the forms the services send them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{door::Answer, error::ClientError, json, paging::Page, wire::Scalar};

/// A page of DigiCert ONE: `{total, offset, limit, items}`, a bare array, or 204 for an empty list.
pub fn one<T>(answer: &Answer, row: impl Fn(&RawValue) -> T) -> Result<Page<T>, ClientError> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        items: Items<'a>,
        #[serde(borrow, default)]
        total: Scalar<'a>,
    }
    // A newtype, so that null is read but a missing member is an error.
    #[derive(Deserialize)]
    struct Items<'a>(#[serde(borrow)] Option<Vec<&'a RawValue>>);
    if answer.status == 204 {
        return Ok(Page { rows: Vec::new(), total: None, note: Some("the service answered 204: it has no rows") });
    }
    let text = json::text(&answer.bytes)?;
    let (items, total) = if text.trim_start().starts_with('[') {
        (Some(json::decode::<Vec<&RawValue>>(text)?), None)
    } else {
        let envelope: Envelope<'_> = json::decode(text)?;
        (envelope.items.0, envelope.total.integer())
    };
    let note = items.is_none().then_some("the service sent null in place of rows");
    Ok(Page { rows: items.unwrap_or_default().into_iter().map(row).collect(), total, note })
}

/// Entries of one member of an object, `{"users": [..]}`; null is an empty list, a missing member is not.
pub fn member<T>(text: &str, name: &str, row: impl Fn(&RawValue) -> T) -> Result<Vec<T>, ClientError> {
    let entries: Option<Vec<&RawValue>> = match object(text)?.into_iter().find(|(member, _)| member == name) {
        Some((_, raw)) => json::decode(raw.get()).map_err(|error| below(name, error))?,
        None => return Err(ClientError::Shape { path: "the top".into(), why: format!("there is no `{name}`") }),
    };
    Ok(entries.unwrap_or_default().into_iter().map(row).collect())
}

/// A page of CertCentral: `{"users": [..], "page": {total, limit, offset}}`.
pub fn certcentral<T>(answer: &Answer, name: &str, row: impl Fn(&RawValue) -> T) -> Result<Page<T>, ClientError> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Counters<'a> {
        #[serde(borrow)]
        page: Option<Total<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Total<'a> {
        #[serde(borrow)]
        total: Scalar<'a>,
    }
    let text = json::text(&answer.bytes)?;
    let rows = member(text, name, row)?;
    let counters: Counters<'_> = json::decode(text)?;
    Ok(Page { rows, total: counters.page.unwrap_or_default().total.integer(), note: None })
}

/// The members of an object, undecoded.
fn object(text: &str) -> Result<std::collections::BTreeMap<String, &RawValue>, ClientError> {
    json::decode(text)
}

fn below(name: &str, error: ClientError) -> ClientError {
    match error {
        ClientError::Shape { path, why } if path == "the top" => ClientError::Shape { path: name.into(), why },
        ClientError::Shape { path, why } => ClientError::Shape { path: format!("{name}{path}"), why },
        other => other,
    }
}

/// Decodes a row; one that is no object is told so and kept as an empty one.
pub fn row<'a, T: Deserialize<'a> + Default>(raw: &'a RawValue, reader: &mut super::wire::Reader) -> T {
    if !raw.get().starts_with('{') {
        reader.note(&format!("the record is no object: {}", raw.get().chars().take(60).collect::<String>()));
        return T::default();
    }
    json::decode(raw.get()).unwrap_or_else(|error| {
        reader.note(&error.to_string());
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, text: &str) -> Answer {
        Answer { status, bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn j11_both_forms_of_a_list_are_read_and_others_are_named() {
        let rows = |status, text: &str| one(&answer(status, text), |raw| raw.get().to_owned());
        let page = rows(200, r#"{"total":7,"offset":0,"limit":2,"items":[1,{"id":2}]}"#).unwrap();
        assert_eq!((page.rows.len(), page.total), (2, Some(7)));
        let page = rows(200, "[1,2,3]").unwrap();
        assert_eq!((page.rows.len(), page.total), (3, None));
        assert!(rows(200, r#"{"items":null}"#).unwrap().note.is_some());
        assert!(matches!(rows(200, r#"{"rows":[]}"#), Err(ClientError::Shape { .. })));
        assert!(matches!(rows(200, r#"{"items":{}}"#), Err(ClientError::Shape { path, .. }) if path == "items"));
        assert!(matches!(rows(200, "7"), Err(ClientError::Shape { .. })));
    }

    #[test]
    fn n12_204_is_an_empty_list_of_digicert_one() {
        let page = one(&answer(204, ""), |_| ()).unwrap();
        assert!(page.rows.is_empty());
        assert!(page.note.is_some());
    }

    #[test]
    fn certcentral_lists_have_counters_of_their_own() {
        let text = r#"{"users":[{"id":1}],"page":{"total":4,"limit":1,"offset":0}}"#;
        let page = certcentral(&answer(200, text), "users", |_| ()).unwrap();
        assert_eq!((page.rows.len(), page.total), (1, Some(4)));
        assert!(certcentral(&answer(200, "[]"), "users", |_| ()).is_err());
        assert!(certcentral(&answer(200, "{}"), "users", |_| ()).is_err());
    }
}
