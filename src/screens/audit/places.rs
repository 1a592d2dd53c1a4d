//! Where an event leads: its CA, request, report or name.

use serde_json::Value;

use crate::{
    domain::{Clean, audit::AuditEvent, ca::Ca, raw::Raw},
    flow::{Estate, ScreenId},
};

/// The screen and the filter that show what an event is about; `None` when nothing here does.
pub fn of(event: &AuditEvent, raw: Option<&Raw>, estate: &Estate) -> Option<(ScreenId, String)> {
    let kind = event.resource_type.to_lowercase();
    let is_about = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if is_about(&["request"]) {
        let id = [event.resource_id.as_str(), event.resource_name.as_str()];
        let request = estate.requests.rows().iter().find(|request| id.contains(&request.id.as_str()));
        if let Some(request) = request.filter(|request| !request.ca_name.is_empty()) {
            return Some((ScreenId::Cas, quoted(&request.ca_name)?));
        }
    }
    if is_about(&["report"]) {
        let report = estate.reports.rows().iter().find(|report| {
            report.id.as_str() == event.resource_id.as_str() || report.name.as_str() == event.resource_name.as_str()
        });
        let name = report.map_or(event.resource_name.as_str(), |report| report.name.as_str());
        return Some((ScreenId::Reports, format!("name:{}", quoted(name)?)));
    }
    let name = event.resource_name.as_str();
    if is_about(&["domain", "order", "acme"]) && name.contains('.') {
        return Some((ScreenId::Acme, quoted(name)?));
    }
    let ca = ca(event, raw, estate)?;
    Some((ScreenId::Cas, quoted(&ca)?))
}

/// The name of the CA that an event is about.
pub fn ca(event: &AuditEvent, raw: Option<&Raw>, estate: &Estate) -> Option<String> {
    let is = |ca: &&Ca| {
        (!event.resource_id.is_empty() && ca.id.as_str() == event.resource_id.as_str())
            || (!event.resource_name.is_empty() && ca.name.as_str() == event.resource_name.as_str())
    };
    if let Some(ca) = estate.cas.rows().iter().find(is) {
        return Some(ca.name.to_string());
    }
    let record: Value = serde_json::from_str(raw?.as_sent()).ok()?;
    let inner = data(&record);
    let of = |member: &str| {
        let found = inner.iter().chain([&record]).find_map(|at| at.get(member).and_then(Value::as_str));
        found.map(str::to_owned)
    };
    let id = of("ca_id");
    let known = estate.cas.rows().iter().find(|ca| id.as_deref() == Some(ca.id.as_str()));
    known
        .map(|ca| ca.name.to_string())
        .or_else(|| of("ca_name").map(|name| crate::domain::text::escape(&name).into_owned()))
}

/// What the detail of a record tells that people ask for, by its label.
pub fn facts(raw: &Raw) -> Vec<(&'static str, Clean)> {
    const FACTS: [(&str, &str); 8] = [
        ("CA", "ca_name"),
        ("Request", "request"),
        ("Reason", "reason"),
        ("Comment", "comment"),
        ("Template", "template"),
        ("Every", "interval"),
        ("Entries", "entries"),
        ("Rows", "rows"),
    ];
    let record: Option<Value> = serde_json::from_str(raw.as_sent()).ok();
    let Some(data) = record.as_ref().and_then(data) else { return Vec::new() };
    let text = |member| match data.get(member)? {
        Value::String(text) if !text.is_empty() => Some(Clean::new(text)),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    };
    FACTS.into_iter().filter_map(|(label, member)| Some((label, text(member)?))).collect()
}

/// The free detail of a record: an object, or a text that holds one as JSON.
fn data(record: &Value) -> Option<Value> {
    match record.get("data")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        data => Some(data.clone()),
    }
}

/// A text as a word of a filter; `None` for one that no filter can hold.
fn quoted(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains(['"', '|'])).then(|| format!("\"{text}\""))
}
