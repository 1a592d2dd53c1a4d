//! Each call as a future over the client.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::{
    client::{AuditQuery, Client, Progress, Silent},
    domain::{
        Clean, Failure,
        audit::{AuditEvent, AuditSource},
        ca::{CaRequest, RequestSource},
        dataset::{Completeness, Dataset},
        ids::CaId,
    },
    flow::{Call, CallKey, Generation, Msg, Reply, SourceId, estate::Service},
};

use super::{probing, run::Ready, setting::of_flow, shelf::Shelf};

/// Details are read when the cursor rests this long.
const REST: Duration = Duration::from_millis(120);
/// The journal is looked at this long after a context was opened: everything else is more urgent.
const CALM: Duration = Duration::from_millis(300);
/// Events of each log that the screen holds, newest first.
const EVENTS: usize = 5_000;
/// CAs whose lists are asked when the service has no queue and its records name no request.
const ASKED_CAS: usize = 100;

/// Where the replies of one call go.
#[derive(Clone)]
pub struct Replies {
    /// The queue of the loop.
    pub queue: Sender<Msg>,
    /// The call.
    pub key: CallKey,
    /// As asked.
    pub generation: Generation,
}

impl Replies {
    /// Sends a result; a loop that has ended takes none.
    pub async fn send(&self, result: Result<Reply, Failure>) {
        let msg = Msg::Reply { key: self.key, generation: self.generation, result };
        let _ = self.queue.send(msg).await;
    }
}

/// Hands rows of a read under way to the loop, as fast as it takes them.
struct Forward<'a, T> {
    replies: &'a Replies,
    wrap: fn(Vec<T>) -> Reply,
    waiting: Vec<T>,
}

impl<'a, T> Forward<'a, T> {
    const fn new(replies: &'a Replies, wrap: fn(Vec<T>) -> Reply) -> Self {
        Self { replies, wrap, waiting: Vec::new() }
    }
}

impl<T: Send> Progress<T> for Forward<'_, T> {
    fn rows(&mut self, batch: Vec<T>) {
        self.waiting.extend(batch);
        let Replies { queue, key, generation } = self.replies;
        if queue.capacity() == 0 {
            // The loop is busy: these rows go with the next batch, or with the list at the end.
            return;
        }
        let reply = (self.wrap)(std::mem::take(&mut self.waiting));
        // A loop that has ended takes none.
        let _ = queue.try_send(Msg::Reply { key: *key, generation: *generation, result: Ok(reply) });
    }
}

/// Does a call of the store and sends what it brings; without a store nothing is kept.
pub async fn keep(shelf: Option<Shelf>, call: Call, replies: Replies) {
    let result = match (shelf, call) {
        (Some(shelf), Call::Recall(source)) => shelf.recall(source).await,
        (Some(shelf), Call::Keep(what)) => shelf.keep(what).await,
        (Some(shelf), Call::Remember) => shelf.remember().await,
        (Some(shelf), Call::Shelf) => {
            tokio::time::sleep(CALM).await;
            shelf.check().await
        }
        (Some(shelf), Call::Notes) => {
            tokio::time::sleep(CALM).await;
            shelf.notes().await.map(|notes| Reply::Noted(notes, true))
        }
        (Some(shelf), Call::Note(events)) => shelf.note(events).await,
        // The demonstration keeps nothing; its notes live as long as it does.
        (None, Call::Note(events)) => Ok(Reply::Noted(events, false)),
        (_, Call::Write { path, text }) => write(path, text).await,
        _ => Ok(Reply::Nothing),
    };
    replies.send(result).await;
}

/// Writes a text to a new file, readable by this user alone.
async fn write(path: String, text: String) -> Result<Reply, Failure> {
    let shown = Clean::new(&path);
    let mut open = tokio::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    open.mode(0o600);
    let done = async {
        let mut file = open.open(&path).await?;
        tokio::io::AsyncWriteExt::write_all(&mut file, text.as_bytes()).await?;
        file.sync_all().await
    };
    match done.await {
        Ok(()) => Ok(Reply::Written(shown)),
        Err(error) => {
            let why = match error.kind() {
                std::io::ErrorKind::AlreadyExists => "there is a file of that name, and it stays".to_owned(),
                kind => kind.to_string(),
            };
            let failure = Failure::new(crate::domain::FailureKind::Refused, format!("{shown} was not written: {why}"));
            Err(failure.hint("w takes another name"))
        }
    }
}

/// Does a call of the client and sends what it brings.
pub async fn perform(ready: Result<Ready, Failure>, call: Call, replies: Replies) {
    let result = match call {
        Call::ArrangeAcme(job) => {
            let done = tokio::task::spawn_blocking(move || job.run()).await;
            done.map(Reply::ArrangedAcme).map_err(|error| aborted(&error))
        }
        Call::Triage(job) => {
            let done = tokio::task::spawn_blocking(move || job.run()).await;
            done.map(|found| Reply::Triaged(Box::new(found))).map_err(|error| aborted(&error))
        }
        Call::ArrangeAudit(job) => {
            let done = tokio::task::spawn_blocking(move || job.run()).await;
            done.map(Reply::ArrangedAudit).map_err(|error| aborted(&error))
        }
        other => match ready {
            Ok(ready) => match without_key(&ready, &other) {
                Some(failure) => Err(failure),
                None => ask(&ready.client, other, &replies).await,
            },
            Err(failure) => Err(failure),
        },
    };
    replies.send(result).await;
}

/// Why the service of a call has no key; `None` when it has one.
fn without_key(ready: &Ready, call: &Call) -> Option<Failure> {
    let service = match call {
        Call::Read(source) => source.service(),
        Call::CaDetails(_) | Call::CheckRevocation(_) => Service::One,
        Call::ReportDetails(_) => Service::CertCentral,
        Call::Contract(..) => Service::Partner,
        Call::ArrangeAcme(_)
        | Call::ArrangeAudit(_)
        | Call::Triage(_)
        | Call::Probe(_)
        | Call::Recall(_)
        | Call::Remember
        | Call::Keep(_)
        | Call::Shelf
        | Call::Notes
        | Call::Note(_)
        | Call::Write { .. } => return None,
    };
    let unusable = |at: crate::client::Service| of_flow(at) == service && !ready.client.has(at);
    ready.failures.iter().find(|(at, _)| unusable(*at)).map(|(_, failure)| failure.clone())
}

fn aborted(error: &tokio::task::JoinError) -> Failure {
    let title = if error.is_panic() { "sorting failed: a fault of this program" } else { "sorting was stopped" };
    Failure::new(crate::domain::FailureKind::Internal, title)
}

async fn ask(client: &Client, call: Call, replies: &Replies) -> Result<Reply, Failure> {
    match call {
        Call::Read(source) => read(client, source, replies).await,
        Call::CaDetails(id) => {
            tokio::time::sleep(REST).await;
            client.ca_details(&id).await.map(|details| Reply::CaDetails(Box::new(details)))
        }
        Call::CheckRevocation(job) => {
            client.check_revocation(&job).await.map(|check| Reply::RevocationChecked(Box::new(check)))
        }
        Call::ReportDetails(id) => {
            tokio::time::sleep(REST).await;
            client.report_details(&id).await.map(|details| Reply::ReportDetails(Box::new(details)))
        }
        Call::Contract(account, contract) => {
            tokio::time::sleep(REST).await;
            let (facts, credentials) =
                tokio::try_join!(client.contract(&account, &contract), client.credentials(&account, &contract))?;
            Ok(Reply::Contract(Box::new(facts), credentials))
        }
        Call::Probe(job) => probing::probe(client, job, replies).await,
        Call::ArrangeAcme(_)
        | Call::ArrangeAudit(_)
        | Call::Triage(_)
        | Call::Recall(_)
        | Call::Remember
        | Call::Keep(_)
        | Call::Shelf
        | Call::Notes
        | Call::Note(_)
        | Call::Write { .. } => Err(Failure::new(crate::domain::FailureKind::Internal, "a call for another worker")),
    }
}

async fn read(client: &Client, source: SourceId, replies: &Replies) -> Result<Reply, Failure> {
    match source {
        SourceId::CertCentralUser => client.cc_me().await.map(|user| Reply::CertCentralUser(Box::new(user))),
        SourceId::OneUser => client.one_holder().await.map(|user| Reply::OneUser(Box::new(user))),
        SourceId::Acme => {
            let mut forward = Forward::new(replies, Reply::AcmeRows);
            client.acme_certificates(&mut forward).await.map(Reply::Acme)
        }
        SourceId::Subaccounts => client.subaccounts().await.map(Reply::Subaccounts),
        SourceId::Cas => {
            let mut forward = Forward::new(replies, Reply::CaRows);
            client.cas(&mut forward).await.map(Reply::Cas)
        }
        SourceId::Requests => requests(client).await.map(|(list, from)| Reply::Requests(list, from)),
        SourceId::Crls => client.crls().await.map(Reply::Crls),
        SourceId::Responders => client.ocsp_responders().await.map(Reply::Responders),
        SourceId::Templates => client.templates().await.map(Reply::Templates),
        SourceId::History => client.report_history(&mut Silent).await.map(Reply::History),
        SourceId::Audit => audit(client, replies).await.map(Reply::Audit),
    }
}

/// The queue of requests; without one, the lists of the CAs that say they have a request.
async fn requests(client: &Client) -> Result<(Dataset<CaRequest>, RequestSource), Failure> {
    let first = client.requests(&[]).await?;
    if first.1 == RequestSource::Queue {
        return Ok(first);
    }
    let cas = client.cas(&mut Silent).await?;
    let named: Vec<CaId> = cas.rows.iter().filter(|ca| ca.pending_request.is_some()).map(|ca| ca.id.clone()).collect();
    let asked =
        if named.is_empty() { cas.rows.iter().take(ASKED_CAS).map(|ca| ca.id.clone()).collect() } else { named };
    client.requests(&asked).await
}

/// Both logs of DigiCert ONE as one list, newest first. One log that fails makes the list partial.
async fn audit(client: &Client, replies: &Replies) -> Result<Dataset<AuditEvent>, Failure> {
    let newest = |source| AuditQuery { most: Some(EVENTS), ..AuditQuery::all(source) };
    let mut forward = Forward::new(replies, Reply::AuditRows);
    let (of_ca, of_account) = (newest(AuditSource::PrivateCa), newest(AuditSource::AccountManager));
    let mut silent = Silent;
    let (ca, account) = tokio::join!(client.audit(&of_ca, &mut forward), client.audit(&of_account, &mut silent));
    let (mut list, other) = match (ca, account) {
        (Ok(ca), Ok(account)) => (ca, Some(account)),
        (Ok(list), Err(why)) | (Err(why), Ok(list)) => {
            let completeness = Completeness::Partial { read: 1, of: Some(2), why };
            (Dataset { completeness, ..list }, None)
        }
        (Err(why), Err(_)) => return Err(why),
    };
    if let Some(other) = other {
        list.rows.extend(other.rows);
        list.rows.sort_by(crate::present::column::Record::tie);
        list.notes.extend(other.notes);
        if list.is_complete() {
            list.completeness = other.completeness;
        }
    }
    Ok(list)
}
