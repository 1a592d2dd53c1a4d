//! What a test may see and change of a running simulator.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::answer::Ask;
use super::faults::FaultPlan;
use super::options::Switches;
use super::serve::Shared;
use super::world::{CaRequest, Event, Kind, World};

/// Bytes of a body that are remembered.
const REMEMBERED_BODY: usize = 64 * 1024;

/// A request that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Method in upper case.
    pub method: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Query as sent, empty when there was none.
    pub query: String,
    /// Names in lower case and values, in the order of arrival. The simulator's keys are invented, so values are kept.
    pub headers: Vec<(String, String)>,
    /// The first 64 KiB of the body.
    pub body: Vec<u8>,
}

impl Seen {
    pub(super) fn of(ask: &Ask, query: Option<&str>) -> Self {
        Self {
            method: ask.method.clone(),
            path: ask.path.clone(),
            query: query.unwrap_or_default().to_owned(),
            headers: ask.headers.clone(),
            body: ask.body.iter().copied().take(REMEMBERED_BODY).collect(),
        }
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An audit event that a test adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEvent {
    /// User name.
    pub who: String,
    /// Verb, such as `issue`.
    pub action: String,
    /// Kind of record, such as `certificate`.
    pub resource_type: String,
    /// Name of the authority it is about, if any.
    pub ca: Option<String>,
    /// Text.
    pub description: String,
    /// `success` or `failure`.
    pub status: String,
}

/// The hand on a running simulator; clones reach the same one.
#[derive(Clone)]
pub struct Control {
    pub(super) shared: Arc<Shared>,
}

impl Control {
    /// Replaces the plan; its counts start anew.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.shared.faults.set(plan);
    }

    /// Replaces the switches of the services (limits keep what they were started with).
    pub fn set_switches(&self, switches: Switches) {
        self.world().switches = switches;
    }

    /// The last 10,000 requests, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        let seen = self.shared.seen.lock();
        seen.map(|seen| seen.iter().cloned().collect()).unwrap_or_default()
    }

    /// Forgets the requests seen.
    pub fn clear(&self) {
        if let Ok(mut seen) = self.shared.seen.lock() {
            seen.clear();
        }
    }

    /// Moves the simulator's clock by seconds.
    pub fn advance(&self, seconds: i64) {
        self.shared.clock.advance(seconds);
    }

    /// The simulator's time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// The identifiers of the accounts, for `X-DC-AccountId`; another one is refused.
    pub fn account_ids(&self) -> Vec<String> {
        super::one::account_ids(&self.world())
    }

    /// The identifier of the authority of a name, in the style of the switches.
    pub fn ca_id(&self, name: &str) -> Option<String> {
        let world = self.world();
        let ca = world.cas.list.iter().find(|ca| ca.name == name)?;
        Some(world.id(ca.id))
    }

    /// The status of the authority of a name.
    pub fn ca_status(&self, name: &str) -> Option<String> {
        let world = self.world();
        let ca = world.cas.list.iter().find(|ca| ca.name == name)?;
        Some(ca.status.clone())
    }

    /// The status of a request, by its identifier.
    pub fn request_status(&self, id: &str) -> Option<String> {
        self.world().requests.find(id).map(|request| request.status.clone())
    }

    /// Adds an audit event on top of the log.
    pub fn push_audit_event(&self, event: NewEvent) {
        let mut world = self.world();
        let ca = event.ca.and_then(|name| world.cas.list.iter().position(|ca| ca.name == name));
        let at = world.clock.now();
        world.audit.push(Event {
            id: 0,
            at,
            who: event.who,
            action: event.action,
            kind: event.resource_type,
            ca,
            name: String::new(),
            status: event.status,
            description: event.description,
            ip: "192.0.2.44".to_owned(),
            data: None,
        });
    }

    /// Another person decides a pending request; false when there is none of that identifier.
    pub fn decide_request(&self, id: &str, approve: bool, who: &str) -> bool {
        let mut world = self.world();
        let pending = world.requests.find(id).is_some_and(|request| request.status == "pending");
        if pending {
            super::one::decide_as(&mut world, id, approve, who);
        }
        pending
    }

    /// Another person approves a pending request.
    pub fn approve_request(&self, id: &str, who: &str) -> bool {
        self.decide_request(id, true, who)
    }

    /// Another person asks for the revocation of an authority; the identifier of the request.
    pub fn request_revocation(&self, ca: &str, reason: &str, comment: &str, who: &str) -> Option<String> {
        let mut world = self.world();
        let place = world.cas.list.iter().position(|one| one.name == ca)?;
        let id = world.requests.next_id(Kind::Revocation);
        let at = world.clock.now();
        world.requests.list.push(CaRequest {
            id: id.clone(),
            kind: Kind::Revocation,
            status: "pending".to_owned(),
            ca: place,
            reason: Some(reason.to_owned()),
            comment: Some(comment.to_owned()),
            by: who.to_owned(),
            at,
            review: None,
        });
        Some(id)
    }

    /// Changes reason and comment of a request, as an edit between reading and deciding would.
    pub fn edit_request(&self, id: &str, reason: &str, comment: &str) -> bool {
        let mut world = self.world();
        let Some(request) = world.requests.find_mut(id) else {
            return false;
        };
        request.reason = Some(reason.to_owned());
        request.comment = Some(comment.to_owned());
        true
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world().lock().unwrap_or_else(PoisonError::into_inner)
    }
}
