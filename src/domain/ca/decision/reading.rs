//! What is read before and after sending, and what it says of an intent.

use jiff::{SignedDuration, Timestamp};

use super::{By, Intent, SKEW_BLOCKS, SKEW_TOLERATED, Snapshot, fate::Fate};
use crate::domain::{
    Clean, When,
    ca::{CaRequest, CaStatus, RequestStatus},
    digest::Digest,
    ids::UserId,
};

/// The state of a CA and of its request, read from the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Request, CA, and what stands below.
    pub snapshot: Snapshot,
    /// Requests of the CA of the type that is opened; empty for what opens none.
    pub requests: Vec<CaRequest>,
    /// When the reading began, by the clock of this machine: nothing in it is older.
    pub read_at: Timestamp,
    /// Seconds by which the clock of the service is ahead; `None` when it sent no date.
    pub skew: Option<i64>,
    /// The event of the audit log that tells of the change, when one was looked for and found.
    pub audit: Option<AuditTrace>,
}

/// An event of the audit log that says that the change was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTrace {
    /// Who.
    pub actor: UserId,
    /// Name of who.
    pub name: Clean,
    /// When.
    pub at: When,
}

/// What a reading says of an intent that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It is done.
    Done(By),
    /// The request was answered in another way.
    Otherwise {
        /// How.
        status: RequestStatus,
        /// By whom.
        by: By,
    },
    /// Nothing has changed.
    Waiting,
    /// It says nothing that counts.
    Unclear(Clean),
    /// The audit log says that it is done, the record that it is not.
    Contradiction(Clean),
}

impl Reading {
    /// Why the intent must not be sent now; `None` when it may.
    pub fn stops(&self, intent: &Intent, now: Timestamp) -> Option<Fate> {
        let stop = |why: Clean| Some(Fate::Stopped { why, changed: Vec::new() });
        let operation = intent.errand.operation;
        if let Some(skew) = self.skew.filter(|skew| SignedDuration::from_secs(*skew).abs() > SKEW_BLOCKS) {
            let service = self.read_at.checked_add(SignedDuration::from_secs(skew)).unwrap_or(self.read_at);
            let (here, there) = (self.read_at.strftime("%H:%M:%S"), service.strftime("%H:%M:%S"));
            return stop(
                format!("the clock here says {here} UTC, the service {there} UTC; set the clock first").into(),
            );
        }
        if operation.decides().is_some() {
            let Some(request) = &self.snapshot.request else { return stop("the request is gone".into()) };
            if request.status != RequestStatus::Pending {
                let told = told(request);
                return stop(format!("the request is {}{told}", request.status).into());
            }
            if request.ca != intent.errand.ca {
                let changed = self.snapshot.differences(&intent.shown);
                return Some(Fate::Stopped { why: "the request is about another CA now".into(), changed });
            }
            if operation.approves() {
                match &request.requested_by {
                    None => return stop("the service does not say who made the request".into()),
                    Some(_) if intent.actor.is_empty() => return stop("it is not known who you are".into()),
                    Some(by) if *by == intent.actor => return stop("you made this request".into()),
                    Some(_) => {}
                }
            }
        }
        if let Some(open) = self.requests.iter().find(|request| request.status == RequestStatus::Pending) {
            return stop(format!("the CA has an open request already, {}", open.id).into());
        }
        if self.snapshot.digest() != intent.snapshot {
            let changed = self.snapshot.differences(&intent.shown);
            return Some(Fate::Stopped { why: "it is not as it was shown any more".into(), changed });
        }
        if let Some(why) = operation.forbidden(&self.snapshot.ca) {
            return stop(why);
        }
        let age = now.duration_since(self.read_at);
        if age > super::FRESH || age.is_negative() {
            return stop("reading it again took too long; try again".into());
        }
        None
    }

    /// What it says of an intent that was sent at `sent`, by the clock of this machine, when the service was `skew`
    /// seconds ahead.
    pub fn sight(&self, intent: &Intent, sent: Timestamp, skew: Option<i64>) -> Sight {
        let began = began(sent, skew.or(self.skew));
        let operation = intent.errand.operation;
        let by = |who: Option<&UserId>, name: &Clean, at: &When| match who {
            Some(who) if *who == intent.actor && !who.is_empty() => {
                if at.at().is_none_or(|at| at >= began) {
                    By::Me
                } else {
                    By::NotKnown
                }
            }
            Some(_) => By::Other(name.clone()),
            None => By::NotKnown,
        };
        let sight = if operation.decides().is_some() {
            let Some(request) = &self.snapshot.request else { return self.without_request(intent) };
            let who = || by(request.reviewed_by.as_ref(), &request.reviewed_by_name, &request.reviewed);
            match &request.status {
                RequestStatus::Pending => Sight::Waiting,
                RequestStatus::Approved if operation.approves() => Sight::Done(who()),
                RequestStatus::Rejected if operation.rejects() => Sight::Done(who()),
                RequestStatus::Approved | RequestStatus::Rejected | RequestStatus::Cancelled => {
                    Sight::Otherwise { status: request.status.clone(), by: who() }
                }
                RequestStatus::Unknown(word) => Sight::Unclear(format!("the request is in the state {word}").into()),
            }
        } else if operation.opens().is_some() {
            let since = |request: &&CaRequest| request.requested.at().is_some_and(|at| at >= began);
            let mine = |request: &&CaRequest| request.requested_by.as_ref() == Some(&intent.actor);
            let new = || self.requests.iter().filter(since);
            match new().find(mine).or_else(|| new().next()) {
                Some(request) => {
                    Sight::Done(by(request.requested_by.as_ref(), &request.requested_by_name, &request.requested))
                }
                None => Sight::Waiting,
            }
        } else {
            self.switched(intent)
        };
        match (&self.audit, sight) {
            (Some(trace), Sight::Waiting) if trace.at.at().is_some_and(|at| at >= began) => {
                let at = trace.at.at().unwrap_or(began).strftime("%H:%M:%S");
                Sight::Contradiction(format!("the audit log says that {} did it at {at} UTC", trace.name).into())
            }
            (Some(trace), Sight::Done(By::NotKnown)) => Sight::Done(by(Some(&trace.actor), &trace.name, &trace.at)),
            (_, sight) => sight,
        }
    }

    /// What was read, in words: `the request is approved by ops-two at 2026-11-21 14:02:33 UTC`.
    pub fn words(&self) -> Clean {
        match &self.snapshot.request {
            Some(request) => format!("the request is {}{}", request.status, told(request)).into(),
            None => format!("the CA is {}", self.snapshot.ca.status).into(),
        }
    }

    /// Hash of what was read.
    pub fn digest(&self) -> Digest {
        self.snapshot.digest()
    }

    /// A service that lists open requests alone shows by the CA what became of one.
    fn without_request(&self, intent: &Intent) -> Sight {
        let ca = &self.snapshot.ca;
        let is_revoked = ca.is_revoked == Some(true) || ca.status == CaStatus::Revoked;
        match intent.errand.operation {
            super::Operation::ApproveRevocation if is_revoked => Sight::Done(By::NotKnown),
            super::Operation::ApproveReinstatement if !is_revoked && ca.status == CaStatus::Active => {
                Sight::Done(By::NotKnown)
            }
            _ => Sight::Unclear("the request cannot be found any more".into()),
        }
    }

    fn switched(&self, intent: &Intent) -> Sight {
        let wanted = match intent.errand.operation {
            super::Operation::Disable => CaStatus::Disabled,
            _ => CaStatus::Active,
        };
        let before = if wanted == CaStatus::Disabled { CaStatus::Active } else { CaStatus::Disabled };
        match &self.snapshot.ca.status {
            status if *status == wanted => Sight::Done(By::NotKnown),
            status if *status == before => Sight::Waiting,
            status => Sight::Unclear(format!("the CA is {status}").into()),
        }
    }
}

/// The earliest moment, by the clock of the service, at which it may have acted.
fn began(sent: Timestamp, skew: Option<i64>) -> Timestamp {
    let skew = SignedDuration::from_secs(skew.unwrap_or_default());
    sent.checked_add(skew.saturating_sub(SKEW_TOLERATED)).unwrap_or(sent)
}

fn told(request: &CaRequest) -> String {
    let name = &request.reviewed_by_name;
    let by = if name.is_empty() { String::new() } else { format!(" by {name}") };
    let at = request.reviewed.at().map(|at| format!(" at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC")));
    by + &at.unwrap_or_default()
}
