//! The certificates of all contracts that the keys reach.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use foldhash::quality::RandomState;
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, JoinSet},
    time::Instant,
};

use super::{
    accounts::Ring,
    ask,
    batch::{Batch, Decoded},
    decoder::Decoder,
    decoding::Decoding,
};
use crate::{
    client::{
        Client,
        body::{self, Body},
        error::{ClientError, TransportError},
        limits,
        paging::Progress,
        rate::Rate,
        state::{Partner, PartnerAccount},
        transport::{Bytes, HeaderMap, Response},
    },
    domain::{
        Clean, Failure, FailureKind,
        acme::{AcmeCertificate, Subaccount},
        dataset::{Completeness, Dataset},
        ids::{AccountId, ContractId},
    },
};

/// A contract and the key that reads it.
struct Job<'a> {
    key: &'a PartnerAccount,
    account: Whose,
    contract: ContractId,
}

/// The account of a contract.
#[derive(Clone)]
enum Whose {
    /// As the key ring says.
    Known(AccountId),
    /// That of the key with this index, which the key ring will say.
    OfKey(usize),
}

/// The account of each key, once the key ring is read.
type Owners = watch::Receiver<Option<Arc<Vec<AccountId>>>>;

type Batches = mpsc::Sender<Vec<AcmeCertificate>>;

impl Client {
    /// The certificate records of all contracts of all keys: `GET /acme/{id}/certificates`, decoded while they arrive.
    ///
    /// `progress` gets the first rows as soon as about 40 are decoded, then batches of about 4,096. Rows of an answer
    /// that broke off come again with the next try. The list is partial when a contract fails or when reporting
    /// fails; the cause names it. An account with contracts but without a key here is a blind spot, told in a note.
    ///
    /// # Errors
    /// When nothing at all could be read.
    pub async fn acme_certificates(
        &self,
        progress: &mut dyn Progress<AcmeCertificate>,
    ) -> Result<Dataset<AcmeCertificate>, Failure> {
        let partner = self.state.partner()?;
        if !partner.can_read() {
            let title = "a parent key cannot read certificates";
            return Err(
                Failure::new(FailureKind::NotPermitted, title).hint("add a [[partner.subaccount]] with its key")
            );
        }
        let (mut gathered, ring, of) = self.read_all(partner, progress).await?;
        let blind = ring.accounts.iter().filter(|account| partner.reaching(&account.id).is_none());
        let blind = blind.filter(|account| !account.contracts.is_empty()).map(blind_spot);
        let notes: Vec<Clean> = blind.chain(ring.notes).collect();
        gathered.notes.splice(0..0, notes);
        let why = gathered.why.or(ring.missing);
        let completeness = match why {
            None => Completeness::Complete,
            Some(why) if gathered.read == 0 && of > 0 => return Err(why),
            Some(why) => Completeness::Partial { read: gathered.read, of: Some(of), why },
        };
        Ok(Dataset { rows: gathered.rows, read_at: self.state.door.now(), completeness, notes: gathered.notes })
    }

    /// Reads the contracts that the configuration names while the key ring is read, then those that only the key ring
    /// knows. Also returned: the key ring, and how many contracts there were.
    async fn read_all(
        &self,
        partner: &Partner,
        progress: &mut dyn Progress<AcmeCertificate>,
    ) -> Result<(Gathered, Ring, usize), Failure> {
        let room = Arc::new(AtomicUsize::new(limits::STREAM_ROWS));
        let (sender, mut batches) = mpsc::channel(4);
        let sender = progress.is_wanted().then_some(sender);
        let (tell, owners) = watch::channel(None);
        let mut gathered = Gathered::default();
        let early = configured(partner);
        let mut of = early.len();
        let mut started: Vec<(usize, ContractId)> = Vec::new();
        let mut waiting: VecDeque<Job<'_>> = VecDeque::new();
        for (index, job) in early {
            started.push((index, job.contract.clone()));
            waiting.push_back(job);
        }
        let mut ring = None;
        let mut asking = self.ring().boxed();
        // Not a stream of closures: the compiler cannot prove such a future to be sendable.
        let mut reading: FuturesUnordered<BoxFuture<'_, _>> = FuturesUnordered::new();
        loop {
            while reading.len() < limits::CONTRACTS_AT_ONCE
                && let Some(job) = waiting.pop_front()
            {
                reading.push(self.read_contract(job, owners.clone(), Arc::clone(&room), sender.clone()).boxed());
            }
            if ring.is_some() && reading.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some(batch) = batches.recv() => progress.rows(batch),
                read = &mut asking, if ring.is_none() => {
                    let read: Ring = read?;
                    let accounts = partner.owners();
                    for job in reported(partner, &read) {
                        let known = |(index, contract): &(usize, ContractId)| {
                            *contract == job.contract && accounts.get(*index) == job.account.known()
                        };
                        if !started.iter().any(known) {
                            of += 1;
                            waiting.push_back(job);
                        }
                    }
                    // Readers that have ended need it no more.
                    let _ = tell.send(Some(Arc::new(accounts)));
                    ring = Some(read);
                }
                done = reading.next(), if !reading.is_empty() => if let Some((contract, result)) = done {
                    gathered.add(&contract, result);
                },
            }
        }
        while let Ok(batch) = batches.try_recv() {
            progress.rows(batch);
        }
        let closed = || Failure::new(FailureKind::Internal, "the key ring was not read");
        Ok((gathered, ring.ok_or_else(closed)?, of))
    }

    async fn read_contract(
        &self,
        job: Job<'_>,
        owners: Owners,
        room: Arc<AtomicUsize>,
        batches: Option<Batches>,
    ) -> (ContractId, Result<Decoded, Failure>) {
        let result = self.certificates_of(&job, owners, room, batches).await;
        (job.contract, result)
    }

    async fn certificates_of(
        &self,
        job: &Job<'_>,
        owners: Owners,
        room: Arc<AtomicUsize>,
        batches: Option<Batches>,
    ) -> Result<Decoded, Failure> {
        let segments = ["acme", job.contract.as_str(), "certificates"];
        let ask = ask(&job.key.endpoint, "ACME certificates", &segments)?;
        let idle = self.state.door.idle();
        let decoded = self.state.door.read(&ask, None, move |response| {
            let (contract, room, batches) = (job.contract.clone(), Arc::clone(&room), batches.clone());
            let (account, owners) = (job.account.clone(), owners.clone());
            Box::pin(async move {
                let account = account.told(owners).await?;
                let (rows, fresh) = mpsc::unbounded_channel();
                let decoder = Decoder { account, contract, room, rows, hasher: RandomState::default() };
                stream(response, idle, decoder, Keeping { fresh, kept: Decoded::default(), batches }).await
            })
        });
        Ok(decoded.await?)
    }
}

/// The contracts of the configuration that stand at one key only, with the index of that key.
fn configured(partner: &Partner) -> Vec<(usize, Job<'_>)> {
    let all = || partner.subaccounts.iter().flat_map(|key| &key.contracts);
    let mut jobs = Vec::new();
    for (index, key) in partner.subaccounts.iter().enumerate() {
        for contract in key.contracts.iter().filter(|contract| all().filter(|other| other == contract).count() == 1) {
            jobs.push((index, Job { key, account: Whose::OfKey(index), contract: contract.clone() }));
        }
    }
    jobs
}

/// The contracts of the key ring that a key reaches.
fn reported<'a>(partner: &'a Partner, ring: &Ring) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for account in &ring.accounts {
        let Some(key) = partner.reaching(&account.id) else { continue };
        for contract in &account.contracts {
            jobs.push(Job { key, account: Whose::Known(account.id.clone()), contract: contract.id.clone() });
        }
    }
    jobs
}

impl Whose {
    const fn known(&self) -> Option<&AccountId> {
        match self {
            Self::Known(account) => Some(account),
            Self::OfKey(_) => None,
        }
    }

    /// Waits for the key ring where it has to say.
    async fn told(self, mut owners: Owners) -> Result<AccountId, ClientError> {
        let index = match self {
            Self::Known(account) => return Ok(account),
            Self::OfKey(index) => index,
        };
        let gone = || TransportError::Other("the key ring was not read".to_owned());
        let told = owners.wait_for(Option::is_some).await.map_err(|_| gone())?;
        Ok(told.as_ref().and_then(|accounts| accounts.get(index)).cloned().ok_or_else(gone)?)
    }
}

/// What is said of an account whose certificates cannot be seen.
fn blind_spot(account: &Subaccount) -> Clean {
    Clean::from(format!(
        "blind spot: account {} has {} contracts, and no key of the configuration reaches it",
        account.id,
        account.contracts.len()
    ))
}

/// Rows of a contract that come from their decoder, and who is shown them.
struct Keeping {
    fresh: mpsc::UnboundedReceiver<Batch>,
    kept: Decoded,
    batches: Option<Batches>,
}

impl Keeping {
    async fn keep(&mut self, batch: Batch) {
        let rows = self.kept.keep(batch);
        if let Some(batches) = self.batches.as_ref().filter(|_| !rows.is_empty()) {
            // A closed channel means that nobody looks any more.
            let _ = batches.send(rows.to_vec()).await;
        }
    }
}

/// Feeds a body to its decoders, and keeps what comes of it. Dropping this ends all of them.
async fn stream(
    response: Response,
    idle: Duration,
    decoder: Decoder,
    mut keeping: Keeping,
) -> Result<Decoded, ClientError> {
    let headers: HeaderMap = response.headers.clone();
    let mut body = Body::new(response, idle, limits::STREAM_BODY);
    let (chunks, receiver) = mpsc::channel::<Result<Bytes, ()>>(limits::CHUNKS);
    let decoding = Arc::new(Decoding::new(decoder, receiver, limits::BLOCK));
    let mut threads = JoinSet::new();
    let start_thread = |threads: &mut JoinSet<_>| {
        let decoding = Arc::clone(&decoding);
        threads.spawn_blocking(move || decoding.run());
    };
    start_thread(&mut threads);
    let mut rate = Rate::default();
    let mut first = true;
    let mut start = Instant::now();
    loop {
        let next = tokio::select! {
            biased;
            Some(batch) = keeping.fresh.recv() => {
                keeping.keep(batch).await;
                continue;
            }
            // An error of a decoder ends the reading at once.
            Some(done) = threads.join_next() => {
                joined(done)?;
                continue;
            }
            next = body.next() => next?,
        };
        let Some(chunk) = next else { break };
        if std::mem::take(&mut first) {
            body::check_json(&headers, &chunk)?;
        }
        rate.add(start.elapsed(), chunk.len())?;
        if chunks.capacity() < limits::CHUNKS / 2 && threads.len() < limits::DECODERS {
            start_thread(&mut threads);
        }
        if chunks.send(Ok(chunk)).await.is_err() {
            break;
        }
        start = Instant::now();
    }
    // Only a whole body is finished; a dropped channel means that the reader is gone.
    let _ = chunks.send(Err(())).await;
    drop((chunks, decoding));
    while let Some(batch) = keeping.fresh.recv().await {
        keeping.keep(batch).await;
    }
    while let Some(done) = threads.join_next().await {
        joined(done)?;
    }
    Ok(keeping.kept)
}

fn joined(result: Result<Result<(), ClientError>, JoinError>) -> Result<(), ClientError> {
    result.unwrap_or_else(|error| Err(TransportError::Other(format!("decoding stopped: {error}")).into()))
}

/// Rows of all contracts.
#[derive(Default)]
struct Gathered {
    rows: Vec<AcmeCertificate>,
    notes: Vec<Clean>,
    read: usize,
    why: Option<Failure>,
}

impl Gathered {
    fn add(&mut self, contract: &ContractId, result: Result<Decoded, Failure>) {
        match result {
            Ok(decoded) => {
                self.read += 1;
                if self.rows.is_empty() {
                    self.rows = decoded.rows;
                } else {
                    self.rows.extend(decoded.rows);
                }
                if decoded.dropped > 0 {
                    let note =
                        format!("contract {contract}: {} records came twice and are shown once", decoded.dropped);
                    self.notes.push(Clean::from(note));
                }
            }
            Err(mut failure) => {
                let title = format!("contract {contract}: {}", failure.title);
                self.notes.push(Clean::from(title.clone()));
                failure.title = Clean::from(title);
                self.why.get_or_insert(failure);
            }
        }
    }
}
