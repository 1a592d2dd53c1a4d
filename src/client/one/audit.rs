//! Audit events of Private CA and Account Manager in one form.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, ask, paths::Route};
use crate::{
    client::{
        Client,
        paging::{Progress, Silent},
        rows,
        wire::{Reader, Reference, Scalar},
    },
    domain::{
        Failure, FailureKind, When,
        audit::{AuditEvent, AuditResult, AuditSource, Change},
        dataset::Dataset,
        ids::{CaId, EventId, UserId},
        raw::Raw,
    },
};

/// Which events to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// The log.
    pub source: AuditSource,
    /// Stop after this many of the newest events.
    pub most: Option<usize>,
    /// Only events at or after this moment.
    pub since: Option<Timestamp>,
    /// Only events about this record.
    pub resource_id: Option<String>,
}

impl AuditQuery {
    /// Every event of a log.
    pub const fn all(source: AuditSource) -> Self {
        Self { source, most: None, since: None, resource_id: None }
    }
}

/// Names differ between the managers (contract, `x-aliases`).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    timestamp: Scalar<'a>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
    #[serde(borrow)]
    created_on: Scalar<'a>,
    #[serde(borrow)]
    audit_date: Scalar<'a>,
    #[serde(borrow)]
    date: Scalar<'a>,
    #[serde(borrow)]
    action: Scalar<'a>,
    #[serde(borrow)]
    resource_type: Scalar<'a>,
    #[serde(borrow)]
    resource_id: Scalar<'a>,
    #[serde(borrow)]
    resource_name: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    outcome: Scalar<'a>,
    #[serde(borrow)]
    result: Scalar<'a>,
    #[serde(borrow)]
    description: Scalar<'a>,
    #[serde(borrow)]
    user: Option<Reference<'a>>,
    #[serde(borrow)]
    actor: Option<Reference<'a>>,
    #[serde(borrow)]
    user_id: Scalar<'a>,
    #[serde(borrow)]
    user_name: Scalar<'a>,
    #[serde(borrow)]
    ip_address: Scalar<'a>,
    #[serde(borrow)]
    client_ip: Scalar<'a>,
    #[serde(borrow)]
    ip: Scalar<'a>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Of the free detail what has a place of its own.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    field: Scalar<'a>,
    #[serde(borrow)]
    old: Scalar<'a>,
    #[serde(borrow)]
    new: Scalar<'a>,
    #[serde(borrow)]
    http: Scalar<'a>,
}

impl Data<'_> {
    /// The HTTP status of a refusal, and the setting that is other.
    fn read(raw: &RawValue) -> (Option<u16>, Option<Box<Change>>) {
        // Text that may hold JSON, or an object (contract).
        let text: String = serde_json::from_str(raw.get()).unwrap_or_default();
        let inner = if text.is_empty() { raw.get() } else { &text };
        let Ok(Data { field, old, new, http }) = serde_json::from_str(inner) else { return (None, None) };
        let change = || Box::new(Change { field: field.clean(), before: old.clean(), after: new.clean() });
        let says_nothing = field.is_empty() || (old.is_empty() && new.is_empty());
        (http.integer().filter(|status| (400..600).contains(status)), (!says_nothing).then(change))
    }
}

fn event(source: AuditSource, raw: &RawValue) -> AuditEvent {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    let user = wire.user.or(wire.actor).unwrap_or_default();
    let at = [&wire.timestamp, &wire.created_at, &wire.created_on, &wire.audit_date, &wire.date];
    let id = Scalar::first(&[&user.id, &wire.user_id]);
    let (code, change) = wire.data.map(Data::read).unwrap_or_default();
    AuditEvent {
        source,
        id: EventId::from(wire.id.clean()),
        at: reader.when("timestamp", Scalar::first(&at)),
        actor_id: UserId::from(id.clean()),
        actor: Scalar::first(&[&user.name, &wire.user_name, id]).clean(),
        action: wire.action.clean(),
        resource_type: wire.resource_type.clean(),
        resource_id: wire.resource_id.clean(),
        resource_name: wire.resource_name.clean(),
        result: AuditResult::parse(Scalar::first(&[&wire.status, &wire.outcome, &wire.result]).as_str()),
        code,
        change,
        description: wire.description.clean(),
        ip_address: Scalar::first(&[&wire.ip_address, &wire.client_ip, &wire.ip]).clean(),
        raw: Raw::new(raw.get()),
    }
}

/// A log that a service lists.
struct Log {
    what: &'static str,
    route: Route,
    row: fn(&RawValue) -> AuditEvent,
}

fn log(source: AuditSource) -> Result<Log, Failure> {
    Ok(match source {
        AuditSource::PrivateCa => {
            Log { what: "CA audit log", route: Route::CaAudit, row: |raw| event(AuditSource::PrivateCa, raw) }
        }
        AuditSource::AccountManager => Log {
            what: "Account audit log",
            route: Route::AccountAudit,
            row: |raw| event(AuditSource::AccountManager, raw),
        },
        AuditSource::Report | AuditSource::Here => {
            return Err(Failure::new(FailureKind::Configuration, "no service lists this log"));
        }
    })
}

/// The query of a log that begins at a moment: days are what both logs take.
fn from(since: Timestamp) -> (&'static str, String) {
    ("from", since.strftime("%Y-%m-%d").to_string())
}

/// Rows of a log, a page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Events in the order of the service, the newest first.
    pub events: Vec<AuditEvent>,
    /// Events of the whole list, when the service says.
    pub total: Option<usize>,
}

impl Client {
    /// One page of a log: `limit` rows from row `offset` on of the list of all events since the day of `since`.
    ///
    /// # Errors
    /// As any call; a log that no service lists.
    pub async fn audit_page(
        &self,
        source: AuditSource,
        since: Timestamp,
        (offset, limit): (usize, usize),
    ) -> Result<AuditPage, Failure> {
        let Log { what, route, row } = log(source)?;
        let query = [("offset", offset.to_string()), ("limit", limit.to_string()), from(since)];
        let asked = ask(self.state.one()?, what, route, "", &query)?;
        let page = self.state.door.json(&asked, |answer| rows::one(answer, row)).await?;
        Ok(AuditPage { events: page.rows, total: page.total })
    }

    /// Events of one log, newest first: `GET /audit` or `GET /audit-log`, page by page.
    ///
    /// The services list the newest first (contract); the rows are sorted again here, so that a batch of `progress`
    /// may be less in order than the list at the end.
    ///
    /// # Errors
    /// As any call; a page that fails later makes the list partial.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        progress: &mut dyn Progress<AuditEvent>,
    ) -> Result<Dataset<AuditEvent>, Failure> {
        let Log { what, route, row } = log(query.source)?;
        let mut listing = Listing { most: query.most, ..Listing::of(what, route) };
        if let Some(since) = query.since {
            // The exact moment is cut here.
            listing.query.push(from(since));
        }
        if let Some(id) = &query.resource_id {
            listing.query.push(("resource_id", id.clone()));
        }
        let since = query.since;
        let before = move |event: &AuditEvent| since.is_some_and(|since| event.at.at().is_some_and(|at| at < since));
        let passed = move |rows: &[AuditEvent]| !rows.is_empty() && rows.iter().all(before);
        let key = |event: &AuditEvent| (!event.id.is_empty()).then(|| event.id.clone());
        let mut list = self.list(&listing, progress, &passed, key, row).await?;
        list.rows.retain(|event| !before(event));
        if let Some(id) = &query.resource_id {
            let id = crate::domain::Clean::new(id);
            list.rows.retain(|event| event.resource_id == id);
        }
        // Known moments newest first, then the unreadable ones.
        list.rows.sort_by(|a, b| match (&a.at, &b.at) {
            (When::At(a), When::At(b)) => b.cmp(a),
            (a, b) => a.cmp(b),
        });
        Ok(list)
    }

    /// Events of Private CA about one CA, newest first.
    ///
    /// # Errors
    /// As any call.
    pub async fn ca_events(&self, ca: &CaId, most: usize) -> Result<Dataset<AuditEvent>, Failure> {
        let query = AuditQuery {
            most: Some(most),
            resource_id: Some(ca.as_str().to_owned()),
            ..AuditQuery::all(AuditSource::PrivateCa)
        };
        self.audit(&query, &mut Silent).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_setting_was_and_what_refused_a_call_is_read_from_text_and_from_an_object() {
        let read = |data: &str| {
            let raw: Box<RawValue> = serde_json::from_str(&format!("{{\"id\":\"e\",\"data\":{data}}}")).unwrap();
            let event = event(AuditSource::PrivateCa, &raw);
            (event.code, event.change.map(|change| format!("{} {} {}", change.field, change.before, change.after)))
        };
        let change = Some("crl.interval 12 h 24 h".to_owned());
        assert_eq!(read(r#"{"field":"crl.interval","old":"12 h","new":"24 h"}"#), (None, change.clone()));
        assert_eq!(read(r#""{\"field\":\"crl.interval\",\"old\":\"12 h\",\"new\":\"24 h\"}""#), (None, change));
        assert_eq!(read(r#""{\"http\":403}""#), (Some(403), None));
        for odd in ["null", "7", "\"\"", "\"text\"", "[1]", "{\"http\":200,\"field\":\"x\"}", "{\"http\":70000}"] {
            assert_eq!(read(odd), (None, None), "{odd}");
        }
    }

    #[test]
    fn both_logs_and_their_aliases_give_the_same_event() {
        let forms = [
            r#"{"id":"e","timestamp":"2031-04-02T09:31:12Z","status":"success","user":{"id":"u","name":"Ada"},"ip_address":"192.0.2.44"}"#,
            r#"{"id":"e","created_at":"2031-04-02 09:31:12","outcome":"SUCCESS","user_id":"u","user_name":"Ada","client_ip":"192.0.2.44"}"#,
            r#"{"id":"e","date":"2031-04-02T09:31:12","result":"Success","actor":{"id":"u","name":"Ada"},"ip":"192.0.2.44"}"#,
        ];
        let read = |text: &str| {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            let mut event = event(AuditSource::PrivateCa, &raw);
            event.raw = Raw::default();
            event
        };
        let first = read(forms[0]);
        assert_eq!(first.result, AuditResult::Success);
        assert_eq!((first.actor.as_str(), first.actor_id.as_str()), ("Ada", "u"));
        for form in forms {
            assert_eq!(read(form), first, "{form}");
        }
    }
}
