//! What the servers of names serve: the work of asking them, and what it brought.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    kept::{Keep, Kept},
    rows::Rows,
};
use crate::domain::{
    Failure,
    acme::{
        AcmeCertificate, AcmeKey,
        ari::RenewalWindow,
        probe::{Probe, asked_name},
        sight::FirstSeen,
    },
    ids::ContractId,
    name::Name,
};

/// A probe of what is not listed any more is kept for 400 days, as a first sight is.
const FORGOTTEN: i64 = 400 * 86_400;
/// New probes that are worth writing all of them again while others are still being made; a quarter of those that are
/// here when that is more, so that all writing together costs a few times the last one.
const WRITTEN: usize = 64;

/// The last probe of each row, by the key of the row: a new serial has none.
pub type Probes = HashMap<AcmeKey, Arc<Probe>>;

/// What the configuration of a context says of its certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configured {
    /// Lifetime of the certificates of contracts.
    pub lifetimes: HashMap<ContractId, SignedDuration>,
    /// Names with a server of their own.
    pub servers: HashSet<Name>,
    /// Whether other names are left alone.
    pub servers_only: bool,
}

impl Configured {
    /// Whether there is a server to ask for a row.
    pub fn has_server(&self, row: &AcmeCertificate) -> bool {
        asked_name(row, |name| !self.servers.is_empty() && self.servers.contains(&name.to_name()), self.servers_only)
            .is_some()
    }
}

/// Rows whose servers are to be asked.
#[derive(Clone)]
pub struct ProbeJob {
    rows: Rows<AcmeCertificate>,
    wanted: Arc<[u32]>,
    asks_renewal: bool,
}

impl PartialEq for ProbeJob {
    fn eq(&self, other: &Self) -> bool {
        self.rows.have_the_rows_of(&other.rows)
            && self.wanted == other.wanted
            && self.asks_renewal == other.asks_renewal
    }
}

impl std::fmt::Debug for ProbeJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProbeJob({} of {} rows)", self.wanted.len(), self.rows.len())
    }
}

impl ProbeJob {
    /// The rows of a list at these places.
    pub const fn new(rows: Rows<AcmeCertificate>, wanted: Arc<[u32]>) -> Self {
        Self { rows, wanted, asks_renewal: false }
    }

    /// The CA of the first row is asked too when it would have the certificate renewed.
    #[must_use]
    pub fn and_renewal(self) -> Self {
        Self { asks_renewal: true, ..self }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Whether the CA is asked too.
    pub const fn asks_renewal(&self) -> bool {
        self.asks_renewal
    }

    /// The rows, in the order in which they are asked for.
    pub fn wanted(&self) -> impl Iterator<Item = &AcmeCertificate> {
        self.wanted.iter().filter_map(|place| self.rows.get(*place as usize))
    }
}

/// Some results of a job.
#[derive(Debug, Clone)]
pub struct Probed {
    /// The results.
    pub found: Vec<Probe>,
    /// How many names are asked in all.
    pub of: usize,
}

/// What the CA of a row's contract says of its renewal, or why it does not.
pub type Renewal = Result<RenewalWindow, Failure>;

/// What was kept of probes and first sights.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Probes.
    pub probes: Vec<Probe>,
    /// First sights.
    pub sights: FirstSeen,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Run {
    /// Names that were asked.
    pub done: usize,
    /// Names that are asked in all; 0 while that is being worked out.
    pub of: usize,
    /// Names of which no address answered.
    pub silent: usize,
}

/// What probes brought.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    probes: Arc<Probes>,
    renewals: HashMap<AcmeKey, Renewal>,
    run: Option<Run>,
    unkept: usize,
}

impl Evidence {
    /// The last probe of a row.
    pub fn probe(&self, key: &AcmeKey) -> Option<&Probe> {
        self.probes.get(key).map(|probe| &**probe)
    }

    /// All of them.
    pub const fn probes(&self) -> &Arc<Probes> {
        &self.probes
    }

    /// What the CA said of the certificate of a row.
    pub fn renewal(&self, key: &AcmeKey) -> Option<&Renewal> {
        self.renewals.get(key)
    }

    /// How far the job is that runs.
    pub const fn run(&self) -> Option<Run> {
        self.run
    }

    /// A job starts.
    pub fn begin(&mut self) {
        self.run = Some(Run::default());
    }

    /// The job has ended, or was ended; what it found stays. Says how far it was.
    pub const fn end(&mut self) -> Option<Run> {
        self.run.take()
    }

    /// Takes results.
    pub fn add(&mut self, Probed { found, of }: Probed) {
        if let Some(run) = &mut self.run {
            run.done += found.len();
            run.of = of;
            run.silent += found.iter().filter(|probe| probe.served().next().is_none()).count();
        }
        self.unkept += found.len();
        let probes = Arc::make_mut(&mut self.probes);
        probes.extend(found.into_iter().map(|probe| (probe.key.clone(), Arc::new(probe))));
    }

    /// Takes what the CA said.
    pub fn learn(&mut self, key: AcmeKey, renewal: Renewal) {
        self.renewals.insert(key, renewal);
    }

    /// Takes probes of an earlier run; those of this one stay.
    pub fn recall(&mut self, earlier: Vec<Probe>) {
        let probes = Arc::make_mut(&mut self.probes);
        for probe in earlier {
            probes.entry(probe.key.clone()).or_insert_with(|| Arc::new(probe));
        }
    }

    /// What is to be kept now, if enough is new or the job has ended.
    pub fn keep(&mut self, seen: &FirstSeen, now: Timestamp) -> Option<Keep> {
        let enough = if self.run.is_some() { WRITTEN.max(self.probes.len() / 4) } else { 1 };
        if self.unkept < enough {
            return None;
        }
        self.unkept = 0;
        let lasts = |probe: &Probe| probe.age(now) < FORGOTTEN || seen.knows(&probe.key);
        let probes = self.probes.values().filter(|probe| lasts(probe)).cloned().collect();
        Some(Keep { rows: Kept::Probes(probes), read_at: now })
    }
}
