//! Each call as a future over the client.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc::Sender;

use crate::{
    client::{Client, Progress, Silent},
    domain::{
        Clean, Failure, FailureKind,
        ca::{CaRequest, RequestSource, paper::Form},
        dataset::Dataset,
        delta::Since,
        ids::{CaId, ReportId},
        report::{Definition, HistoryRecord, local::LocalRun},
    },
    downloads::{self, Downloads, Told},
    flow::{
        Ask, CallKey, Document, Drafting, Generation, Msg, Op, Reply, SourceId, Work, call::Fetched, document::Paper,
    },
    priority, writes,
};

use super::{auditing, probing, run::Ready, setting::of_flow, shelf::Shelf};

/// Details are read when the cursor rests this long.
const REST: Duration = Duration::from_millis(120);
/// The journal is looked at this long after a context was opened: everything else is more urgent.
const CALM: Duration = Duration::from_millis(300);
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

/// Does an operation of the store; without a store nothing is kept.
pub async fn keep(shelf: Option<Shelf>, op: Op) -> Result<Reply, Failure> {
    let Some(shelf) = shelf else {
        // The demonstration keeps nothing; its notes live as long as it does.
        return Ok(if let Op::Note(events) = op { Reply::Noted(events, false) } else { Reply::Nothing });
    };
    match op {
        Op::Recall(source) => shelf.recall(source).await,
        Op::Keep(what) => shelf.keep(what).await,
        Op::Snapshot(what, since) => shelf.snapshot(what, since).await,
        Op::Compare(since, certificates) => {
            // The usual baseline is asked for when a context was opened; another one is what somebody waits for.
            if since == Since::Yesterday {
                tokio::time::sleep(CALM).await;
            }
            shelf.compare(since, certificates).await
        }
        Op::Remember => shelf.remember().await,
        Op::Check => {
            tokio::time::sleep(CALM).await;
            shelf.check().await
        }
        Op::Notes => {
            tokio::time::sleep(CALM).await;
            shelf.notes().await.map(Reply::Notes)
        }
        Op::Note(events) => shelf.note(events).await,
        Op::Deeds => shelf.deeds().await.map(|deeds| Reply::Deeds(Box::new(deeds))),
    }
}

/// Writes a document to a new file, readable by this user alone; `ready` is waited for by what is read for it.
pub async fn write(
    path: String,
    document: Document,
    ready: impl Future<Output = Result<Ready, Failure>>,
) -> Result<Reply, Failure> {
    let shown = Clean::new(&path);
    let (mut read, mut told) = (Vec::new(), shown.clone());
    if let Document::Certificates(paper) = &document {
        read = certificates(&ready.await?.client, paper).await?;
        if let Some(gap) = paper.end.gap().filter(|_| paper.form == Form::Chain) {
            told = format!("{shown}; {gap}").into();
        }
    }
    let written = tokio::task::spawn_blocking(move || {
        let mut open = std::fs::OpenOptions::new();
        open.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
        // The name is taken before the text is made, which may take a while.
        let mut file = open.open(&path)?;
        match &document {
            Document::Handover(report) => file.write_all(report.text().as_bytes())?,
            Document::Text(text) => file.write_all(text.as_bytes())?,
            // Events are written by those who have them.
            Document::Events(_) => {}
            Document::Certificates(_) => file.write_all(&read)?,
        }
        file.sync_all()
    });
    let why = match written.await {
        Ok(Ok(())) => return Ok(Reply::Written(told)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
            "there is a file of that name, and it stays".to_owned()
        }
        Ok(Err(error)) => error.kind().to_string(),
        Err(_) => "a fault of this program".to_owned(),
    };
    Err(Failure::new(FailureKind::Refused, format!("{shown} was not written: {why}")).hint("w takes another name"))
}

/// Fetches the files of a run.
pub async fn download(ready: &Ready, record: &HistoryRecord, replies: &Replies) -> Result<Reply, Failure> {
    let Some(downloads) = &ready.downloads else {
        let failure = Failure::new(FailureKind::Configuration, "there is no folder for files of reports");
        return Err(failure.hint("CERTDECK_STATE_DIR names one"));
    };
    let told = replies.clone();
    let tell = Arc::new(move |downloads::Progress { part, parts, bytes, of }| {
        let reply = Reply::Downloading(part, parts, bytes, of);
        // A loop that is busy is told with the next one.
        let _ = told.queue.try_send(Msg::Reply { key: told.key, generation: told.generation, result: Ok(reply) });
    });
    let kept = downloads.fetch(&ready.client, record, None, &(tell as Told)).await?;
    let (files, bytes) = (kept.files.len(), kept.bytes());
    let folder = Clean::new(&downloads.folder().display().to_string());
    let local = local(downloads.clone()).await?;
    Ok(Reply::Downloaded(Box::new(Fetched { run: kept.run, folder, files, bytes, local })))
}

/// The runs whose files are here.
pub async fn files(ready: &Ready) -> Result<Reply, Failure> {
    let Some(downloads) = &ready.downloads else { return Ok(Reply::Nothing) };
    local(downloads.clone()).await.map(Reply::Files)
}

async fn local(downloads: Downloads) -> Result<Vec<LocalRun>, Failure> {
    let fault = |_| Failure::new(FailureKind::Internal, "the kept files could not be listed: a fault of this program");
    tokio::task::spawn_blocking(move || downloads.local()).await.map_err(fault)?
}

/// The bytes of a file with certificates of CAs.
async fn certificates(client: &Client, paper: &Paper) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    for ca in &paper.cas {
        read.push(client.ca_certificate(ca).await?);
    }
    paper.form.bytes(&read)
}

/// Works outside the loop, and outside the threads of the calls.
pub async fn work(work: Work) -> Result<Reply, Failure> {
    priority::crew_gives_way();
    tokio::task::spawn_blocking(move || work.run()).await.map_err(|error| aborted(&error))
}

/// Asks others.
pub async fn ask(ready: Ready, ask: Ask, replies: &Replies) -> Result<Reply, Failure> {
    if let Some(failure) = without_key(&ready, &ask) {
        return Err(failure);
    }
    let client = &ready.client;
    match ask {
        Ask::Read(source) => read(&ready, source, replies).await,
        Ask::CaDetails(id) => {
            tokio::time::sleep(REST).await;
            client.ca_details(&id).await.map(|details| Reply::CaDetails(Box::new(details)))
        }
        Ask::LeafCounts(cas) => {
            tokio::time::sleep(REST).await;
            Ok(Reply::LeafCounts(client.leaf_counts(cas).await))
        }
        Ask::CheckRevocation(job) => {
            client.check_revocation(&job).await.map(|check| Reply::RevocationChecked(Box::new(check)))
        }
        Ask::ReportDetails(id) => {
            tokio::time::sleep(REST).await;
            client.report_details(&id).await.map(|details| Reply::ReportDetails(Box::new(details)))
        }
        Ask::Draft(report) => draft(client, report).await,
        Ask::Contract(account, contract) => {
            tokio::time::sleep(REST).await;
            let (facts, credentials) = client.contract_with_credentials(&account, &contract).await?;
            Ok(Reply::Contract(Box::new(facts), credentials))
        }
        Ask::Contracts(wanted) => {
            tokio::time::sleep(CALM).await;
            let mut read = Vec::new();
            for (account, contract) in wanted {
                read.extend(client.contract_with_credentials(&account, &contract).await.ok());
            }
            Ok(Reply::Contracts(read))
        }
        Ask::Look(errand) => client.look(&errand).await.map(|reading| Reply::Looked(Box::new(reading))),
        Ask::Survey(ca) => {
            writes::survey(client, &ca, client.now()).await.map(|impact| Reply::Surveyed(Box::new(impact)))
        }
        Ask::Probe(job) => probing::probe(client, job, replies).await,
    }
}

/// A definition to start from, and who may be told.
async fn draft(client: &Client, report: Option<ReportId>) -> Result<Reply, Failure> {
    let people = client.administrators().await.ok().filter(Dataset::is_complete).map(|people| people.rows);
    let definition = match &report {
        None => Definition::example(),
        Some(id) => {
            let details = client.report_details(id).await?;
            if !details.unknown.is_empty() {
                let names: Vec<&str> = details.unknown.iter().map(Clean::as_str).collect();
                let title = format!("an edit would lose what is not known here: {}", names.join(", "));
                return Err(Failure::new(FailureKind::Refused, title).hint("edit it in the web console"));
            }
            details.definition
        }
    };
    Ok(Reply::Drafted(Box::new(Drafting { report, definition, people })))
}

/// Why the service that is asked has no key; `None` when it has one.
fn without_key(ready: &Ready, ask: &Ask) -> Option<Failure> {
    let service = ask.service()?;
    let unusable = |at: crate::client::Service| of_flow(at) == service && !ready.client.has(at);
    ready.failures.iter().find(|(at, _)| unusable(*at)).map(|(_, failure)| failure.clone())
}

fn aborted(error: &tokio::task::JoinError) -> Failure {
    let title = if error.is_panic() { "sorting failed: a fault of this program" } else { "sorting was stopped" };
    Failure::new(FailureKind::Internal, title)
}

async fn read(ready: &Ready, source: SourceId, replies: &Replies) -> Result<Reply, Failure> {
    let client = &ready.client;
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
        SourceId::Audit => auditing::read(ready, replies).await.map(Reply::Audit),
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
