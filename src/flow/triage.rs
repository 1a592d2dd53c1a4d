//! Triage of the certificates that were read: the work, which may be done outside the loop, and what it found.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    estate::Estate,
    kept::{Keep, Kept},
    list::INLINE_ROWS,
    rows::Rows,
    served::{Configured, Probes},
    source::Source,
};
use crate::domain::{
    acme::{
        AcmeCertificate, AcmeKey, Contract, Credential, Subaccount,
        explain::{Explanation, explain},
        facts::{self, ContractFacts, Facts},
        forecast::Forecast,
        note::{Note, NoteEvent},
        probe,
        sight::FirstSeen,
        state::State,
        triage::{Triage, assess, assess_again},
        trouble::troubled,
    },
    ids::{AccountId, ContractId},
    subject::View,
};

/// Certificates to be judged, and what is known beside them.
#[derive(Clone)]
pub struct TriageJob {
    rows: Rows<AcmeCertificate>,
    facts: Arc<Facts>,
    probes: Arc<Probes>,
    configured: Arc<Configured>,
    /// What was found of the very same rows before.
    earlier: Option<Arc<Triage>>,
    /// The end of a complete read of the rows, whose first sights are still to be noted.
    read_at: Option<Timestamp>,
    now: Timestamp,
}

impl PartialEq for TriageJob {
    fn eq(&self, other: &Self) -> bool {
        self.rows.have_the_rows_of(&other.rows) && Arc::ptr_eq(&self.facts, &other.facts)
    }
}

impl std::fmt::Debug for TriageJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TriageJob({} rows)", self.rows.len())
    }
}

impl TriageJob {
    /// True when it is done before anybody notices.
    pub const fn is_small(&self) -> bool {
        self.rows.len() <= INLINE_ROWS
    }

    /// Does the work: near linear, 1,000,000 rows take about a second.
    pub fn run(self) -> Triaged {
        let rows = self.rows.slice();
        let mut facts = Arc::clone(&self.facts);
        if self.read_at.is_some() || !self.configured.lifetimes.is_empty() {
            sight(&mut facts, rows, &self.configured, self.read_at);
        }
        if !self.probes.is_empty() {
            let probes = self.probes.values().map(|probe| &**probe);
            Arc::make_mut(&mut facts).probes = probe::judge_all(probes, rows);
        }
        let triage = match &self.earlier {
            Some(earlier) => assess_again(earlier, rows, &facts, self.now),
            None => assess(rows, &facts, self.now),
        };
        let forecast = Forecast::of(rows, &triage, self.now);
        let troubled = troubled(rows, &triage, &facts);
        let (triage, read_at) = (Arc::new(triage), self.read_at);
        Triaged { rows: self.rows, asked: self.facts, facts, read_at, triage, forecast, troubled }
    }
}

/// Notes what was read for the first time in a complete read that ended at `at`, and tells the contracts since when they
/// are read and what is configured.
fn sight(facts: &mut Arc<Facts>, rows: &[AcmeCertificate], configured: &Configured, at: Option<Timestamp>) {
    let mut seen = facts.first_seen.clone();
    let listed = facts.contracts.iter().filter(|(_, known)| known.listed).map(|((account, id), _)| (account, id));
    if let Some(at) = at {
        seen.read(rows, listed, at);
    }
    let mut contracts: HashSet<(&AccountId, &ContractId)> = HashSet::new();
    let mut last = None;
    for row in rows {
        let contract = (row.account(), row.contract());
        // Rows of a contract come together.
        if last.replace(contract) != Some(contract) {
            contracts.insert(contract);
        }
    }
    let told: Vec<((AccountId, ContractId), ContractFacts)> = contracts
        .into_iter()
        .map(|(account, id)| {
            let key = (account.clone(), id.clone());
            let known = facts.contracts.get(&key).cloned().unwrap_or_default();
            let (since, lifetime) = (seen.since(account, id), configured.lifetimes.get(id).copied());
            (key, ContractFacts { since, lifetime, ..known })
        })
        .collect();
    let changed = told.iter().any(|(key, told)| facts.contracts.get(key) != Some(told));
    if changed || !seen.same(&facts.first_seen) {
        let facts = Arc::make_mut(facts);
        facts.first_seen = seen;
        facts.contracts.extend(told);
    }
}

/// Judged certificates.
#[derive(Debug, Clone)]
pub struct Triaged {
    rows: Rows<AcmeCertificate>,
    /// The facts that it was asked with, and those that it was judged by.
    asked: Arc<Facts>,
    facts: Arc<Facts>,
    read_at: Option<Timestamp>,
    triage: Arc<Triage>,
    forecast: Forecast,
    /// Contracts that are worth a look of their own, the worst first.
    troubled: Vec<(AccountId, ContractId)>,
}

impl Triaged {
    /// A row in words; `None` for one that was not judged.
    pub fn explain(&self, row: View<'_, AcmeCertificate>, now: Timestamp) -> Option<Explanation> {
        let judged = self.rows.get(row.index).is_some_and(|judged| std::ptr::eq(judged, row.record));
        judged.then(|| explain(row.index, self.rows.slice(), &self.triage, &self.facts, now)).flatten()
    }
}

/// What triage knows and found.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    facts: Arc<Facts>,
    /// All notes that were ever taken.
    notes: Vec<NoteEvent>,
    /// Contracts that were read one by one, with their credentials.
    contracts: HashMap<(AccountId, ContractId), (Contract, Vec<Credential>)>,
    /// Those of them that were read since the certificates were asked for last.
    current: HashSet<(AccountId, ContractId)>,
    /// Those that were asked for without anybody opening them.
    asked: HashSet<(AccountId, ContractId)>,
    found: Option<Triaged>,
    /// What was kept of first sights is here, or there is nothing: only then a row can be new.
    remembers: bool,
    /// The read whose first sights were noted.
    sighted: Option<Timestamp>,
    /// First sights as they were kept last.
    kept: Option<FirstSeen>,
    /// A long list is being judged elsewhere, and whether something changed meanwhile.
    busy: bool,
    again: bool,
}

impl Judgement {
    /// Rows in a state; 0 while nothing is judged.
    pub fn count(&self, state: State) -> usize {
        self.found.as_ref().map_or(0, |found| found.triage.count(state))
    }

    /// What was found; `None` while nothing is judged.
    pub fn triage(&self) -> Option<&Triage> {
        self.found.as_ref().map(|found| &*found.triage)
    }

    /// What ends in the next weeks, and the renewals that shorter lifetimes bring.
    pub fn forecast(&self) -> Option<&Forecast> {
        self.found.as_ref().map(|found| &found.forecast)
    }

    /// The rows that were judged.
    pub fn rows(&self) -> &[AcmeCertificate] {
        self.found.as_ref().map_or(&[], |found| found.rows.slice())
    }

    /// What is known beside the rows.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// A row in words; `None` until it is judged.
    pub fn explain(&self, row: View<'_, AcmeCertificate>, now: Timestamp) -> Option<Explanation> {
        self.found.as_ref()?.explain(row, now)
    }

    /// What explains rows elsewhere, and what is known beside them.
    pub fn basis(&self) -> (Option<Triaged>, Arc<Facts>) {
        (self.found.clone(), Arc::clone(&self.facts))
    }

    /// True when time alone has changed a state since it was judged.
    pub fn is_outdated(&self, now: Timestamp) -> bool {
        self.next_change().is_some_and(|at| at <= now)
    }

    /// When time alone changes a state.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.triage().and_then(|triage| triage.next_change)
    }

    /// Takes notes behind those that are here.
    pub fn note(&mut self, events: Vec<NoteEvent>) {
        self.notes.extend(events);
        Arc::make_mut(&mut self.facts).notes = Note::fold(&self.notes);
    }

    /// Takes the notes of earlier runs. Those of this one stand behind them, also when they were read with them.
    pub fn recall_notes(&mut self, mut earlier: Vec<NoteEvent>) {
        let taken = std::mem::take(&mut self.notes);
        earlier.retain(|event| !taken.contains(event));
        self.notes = earlier;
        self.note(taken);
    }

    /// What was done about a certificate, in the order in which it was.
    pub fn history<'a>(&'a self, key: &'a AcmeKey) -> impl Iterator<Item = &'a NoteEvent> {
        self.notes.iter().filter(move |event| event.key == *key)
    }

    /// Takes first sights of an earlier run; from then on new ones are noted.
    pub fn recall(&mut self, earlier: &FirstSeen) {
        self.remembers = true;
        if !earlier.is_empty() {
            let facts = Arc::make_mut(&mut self.facts);
            facts.first_seen.recall(earlier);
            self.kept = Some(facts.first_seen.clone());
        }
    }

    /// The first sights, when they are not those that were kept last.
    pub fn keep(&mut self, now: Timestamp) -> Option<Keep> {
        let seen = &self.facts.first_seen;
        if self.sighted.is_none() || self.kept.as_ref().is_some_and(|kept| kept.same(seen)) {
            return None;
        }
        self.kept = Some(seen.clone());
        Some(Keep { rows: Kept::Sights(seen.clone()), read_at: now })
    }

    /// Begins judging a long list; false when that goes on already, and is done once more when it ends.
    pub const fn begin(&mut self) -> bool {
        self.again = self.busy;
        !std::mem::replace(&mut self.busy, true)
    }

    /// Judging ended; true when it is to be done once more.
    pub const fn end(&mut self) -> bool {
        self.busy = false;
        std::mem::replace(&mut self.again, false)
    }

    /// Takes what a contract and its credentials say; true when certificates are judged anew by it.
    pub fn learn(&mut self, contract: Contract, credentials: Vec<Credential>) -> bool {
        let is_news = Arc::make_mut(&mut self.facts).learn(&contract, &credentials);
        let key = (contract.account.clone(), contract.id.clone());
        self.current.insert(key.clone());
        self.contracts.insert(key, (contract, credentials));
        is_news
    }

    /// Contracts that are worth a look of their own; each is named once until the certificates are asked for again.
    pub fn troubled(&mut self) -> Vec<(AccountId, ContractId)> {
        let named = self.found.as_ref().map(|found| found.troubled.clone()).unwrap_or_default();
        named.into_iter().filter(|key| !self.current.contains(key) && self.asked.insert(key.clone())).collect()
    }

    /// Whether a contract was read by itself since the certificates were asked for last.
    pub fn is_current(&self, account: &AccountId, id: &ContractId) -> bool {
        self.current.contains(&(account.clone(), id.clone()))
    }

    /// The certificates are asked for again: what was read beside them may have changed as well.
    pub fn outdate(&mut self) {
        self.current.clear();
        self.asked.clear();
    }

    /// A contract that was read by itself, and its credentials.
    pub fn contract(&self, account: &AccountId, id: &ContractId) -> Option<&(Contract, Vec<Credential>)> {
        self.contracts.get(&(account.clone(), id.clone()))
    }

    /// Takes what reporting says of accounts and their contracts. `listed` when the certificates of all are here.
    fn report(&mut self, accounts: &Source<Subaccount>, listed: bool) {
        let (told, blind) = facts::told(accounts.rows().iter(), &self.facts.contracts, listed);
        // What is not told of is not listed, and what is known of it stays.
        let mut contracts = self.facts.contracts.clone();
        for known in contracts.values_mut() {
            known.listed = false;
        }
        contracts.extend(told);
        if contracts != self.facts.contracts || blind != self.facts.blind {
            let facts = Arc::make_mut(&mut self.facts);
            facts.contracts = contracts;
            facts.blind = blind;
        }
    }
}

impl Estate {
    /// The work of judging the certificates that are here; `None` while they are still being read for the first time,
    /// when half of a lineage would look like a name that goes dark.
    pub fn to_judge(&mut self, now: Timestamp) -> Option<TriageJob> {
        let read_at = self.acme.read_at()?;
        self.judgement.report(&self.subaccounts, self.acme.is_whole());
        self.acme.join();
        let (judgement, rows) = (&self.judgement, self.acme.rows().clone());
        let (facts, probes) = (Arc::clone(&judgement.facts), Arc::clone(self.evidence.probes()));
        let is_new = judgement.remembers && self.acme.is_whole() && judgement.sighted != Some(read_at);
        let configured = Arc::clone(&self.configured);
        let found = judgement.found.as_ref().filter(|found| found.rows.have_the_rows_of(&rows));
        let earlier = found.map(|found| Arc::clone(&found.triage));
        Some(TriageJob { rows, facts, probes, configured, earlier, read_at: is_new.then_some(read_at), now })
    }

    /// Takes what was found, unless other rows are here by now.
    pub fn judge(&mut self, found: Triaged) {
        if self.acme.derive(&found.rows, Arc::clone(&found.triage.assessments)) {
            let judgement = &mut self.judgement;
            // Facts that came meanwhile are not lost: the rows are judged by them next, and sighted then.
            if Arc::ptr_eq(&judgement.facts, &found.asked) {
                judgement.facts = Arc::clone(&found.facts);
                judgement.sighted = found.read_at.or(judgement.sighted);
            }
            judgement.found = Some(found);
        }
    }
}
