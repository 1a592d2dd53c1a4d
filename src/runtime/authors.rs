//! Who changed what the services do not sign: the audit events about it say.

use crate::{
    domain::{
        Clean,
        audit::{AuditEvent, AuditResult, look::Events},
        delta::{Compared, Delta, Way},
        filter::Filter,
    },
    present::{audit::who, column::Record as _},
    store::Index,
};

/// Events about templates that are looked through, the newest first.
const MOST: usize = 1_000;

/// Adds to each of these templates who made it other, where an event between the two moments is about it. Without an
/// index that can be read nobody is named.
pub async fn sign(index: &Index, compared: &mut Compared) {
    let Some((from, to)) = compared.span.filter(|_| !compared.deltas.is_empty()) else { return };
    let words = format!("type:template time>={from} time<={to}");
    let Ok(filter) = Filter::parse(&words, AuditEvent::FIELDS) else { return };
    let wanted = Events { filter, now: to, before: None, most: MOST };
    let Ok((events, _)) = index.events(wanted).await else { return };
    for delta in &mut compared.deltas {
        if let Some(event) = events.iter().find(|event| is_by(event, delta)) {
            delta.sign(Clean::new(who(event)));
        }
    }
}

/// Whether the event is what made the template other.
fn is_by(event: &AuditEvent, delta: &Delta) -> bool {
    let verbs: &[&str] = match delta.way() {
        Way::New => &["create", "add", "import"],
        Way::Gone => &["delete", "remove"],
        Way::Changed => &["update", "edit", "change", "modify", "enable", "disable"],
    };
    let action = event.action.to_lowercase();
    let is_about = event.resource_id.as_str() == delta.key() || event.resource_name.as_str() == delta.name();
    event.result != AuditResult::Failure && is_about && verbs.iter().any(|verb| action.contains(verb))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::{
        domain::{
            When,
            audit::AuditSource,
            delta::{Entry, Member, Topic},
            ids::{EventId, UserId},
            raw::Raw,
        },
        store::{ContextId, Place, Store},
    };

    fn event(minute: i64, action: &str, name: &str, who: &str, result: &str) -> AuditEvent {
        AuditEvent {
            source: AuditSource::PrivateCa,
            id: EventId::new(&minute.to_string()),
            at: When::At(Timestamp::from_second(minute * 60).unwrap()),
            actor_id: UserId::default(),
            actor: who.into(),
            action: action.into(),
            resource_type: "template".into(),
            resource_id: "".into(),
            resource_name: name.into(),
            result: AuditResult::parse(result),
            code: None,
            change: None,
            description: "".into(),
            ip_address: "".into(),
            raw: Raw::default(),
        }
    }

    #[tokio::test]
    async fn a_template_is_signed_by_the_last_event_that_made_it_so() {
        let now = Timestamp::from_second(6_000).unwrap();
        let store = Store::open(Place::Memory, Arc::new(move || now));
        let index = store.index(&ContextId::new("test", []), AuditEvent::FIELDS);
        let events = vec![
            event(9, "update", "TLS short", "too-late", "success"),
            event(8, "list", "TLS short", "reader", "success"),
            event(7, "update", "TLS short", "refused", "failure"),
            event(6, "update", "TLS short", "ops-two", "success"),
            event(5, "update", "TLS short", "ops-one", "success"),
            event(4, "delete", "Kiosk", "ops-07", "success"),
            event(1, "update", "mTLS", "too-early", "success"),
        ];
        index.add(AuditSource::PrivateCa, events, Vec::new(), None).await.unwrap();
        let entry = |name: &str, status: &str| Entry {
            key: name.into(),
            name: name.into(),
            facts: vec![(Member::Status, status.into()), (Member::Accounts, "1".into())],
        };
        let changed = |name: &str| {
            Delta::new(Topic::Template, Some(entry(name, "active")), Some(entry(name, "inactive"))).unwrap()
        };
        let gone = Delta::new(Topic::Template, Some(entry("Kiosk", "active")), None).unwrap();
        let at = |minute: i64| Timestamp::from_second(minute * 60 + 30).unwrap();
        let deltas = vec![gone, changed("TLS short"), changed("mTLS")];
        let mut compared = Compared { topic: Topic::Template, span: Some((at(2), at(8))), deltas, renewals: None };
        sign(&index, &mut compared).await;
        let by: Vec<&str> = compared.deltas.iter().map(|delta| delta.fact(Member::By)).collect();
        assert_eq!(by, ["ops-07", "ops-two", ""]);
        let look = crate::present::Look::utc(now);
        assert_eq!(crate::present::delta::words(&compared.deltas[1], &look), "status active → inactive, by ops-two");
    }
}
