//! Triage of the certificates that were read: the work, which may be done outside the loop, and what it found.

use std::sync::Arc;

use jiff::Timestamp;

use super::{estate::Estate, list::INLINE_ROWS, rows::Rows, source::Source};
use crate::domain::{
    acme::{
        AcmeCertificate, Contract, Credential, CredentialStatus, Subaccount,
        explain::{Explanation, explain},
        facts::{self, ContractFacts, Facts},
        state::State,
        triage::{Triage, assess},
    },
    subject::View,
};

/// Certificates to be judged, and what is known beside them.
#[derive(Clone)]
pub struct TriageJob {
    rows: Rows<AcmeCertificate>,
    facts: Arc<Facts>,
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
        let flat: Vec<&AcmeCertificate> = self.rows.iter().collect();
        let triage = assess(&flat, &self.facts, self.now);
        drop(flat);
        Triaged { rows: self.rows, facts: self.facts, triage: Arc::new(triage) }
    }
}

/// Judged certificates.
#[derive(Debug, Clone)]
pub struct Triaged {
    rows: Rows<AcmeCertificate>,
    facts: Arc<Facts>,
    triage: Arc<Triage>,
}

/// What triage knows and found.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    facts: Arc<Facts>,
    found: Option<Triaged>,
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

    /// The rows that were judged.
    pub fn rows(&self) -> Option<&Rows<AcmeCertificate>> {
        self.found.as_ref().map(|found| &found.rows)
    }

    /// What is known beside the rows.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// A row in words; `None` until it is judged.
    pub fn explain(&self, row: View<'_, AcmeCertificate>, now: Timestamp) -> Option<Explanation> {
        let found = self.found.as_ref()?;
        let judged = found.rows.get(row.index).is_some_and(|judged| std::ptr::eq(judged, row.record));
        let flat: Vec<&AcmeCertificate> = found.rows.iter().collect();
        judged.then(|| explain(row.index, &flat, &found.triage, &found.facts, now)).flatten()
    }

    /// True when time alone has changed a state since it was judged.
    pub fn is_outdated(&self, now: Timestamp) -> bool {
        self.next_change().is_some_and(|at| at <= now)
    }

    /// When time alone changes a state.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.triage().and_then(|triage| triage.next_change)
    }

    /// Takes what a contract and its credentials say.
    pub fn learn(&mut self, contract: &Contract, credentials: &[Credential]) {
        let active = credentials.iter().filter(|one| one.status == CredentialStatus::Active).count();
        let facts = Arc::make_mut(&mut self.facts);
        let known = facts.contracts.entry((contract.account.clone(), contract.id.clone())).or_default();
        *known = ContractFacts { active_credentials: Some(active), ..known.with(contract) };
    }

    /// Takes what reporting says of accounts and their contracts. `listed` when the certificates of all are here.
    fn report(&mut self, accounts: &Source<Subaccount>, listed: bool) {
        let (contracts, blind) = facts::told(accounts.rows().iter(), &self.facts.contracts, listed);
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
        self.acme.read_at()?;
        self.judgement.report(&self.subaccounts, self.acme.is_whole());
        Some(TriageJob { rows: self.acme.rows().clone(), facts: Arc::clone(&self.judgement.facts), now })
    }

    /// Takes what was found, unless other rows are here by now.
    pub fn judge(&mut self, found: Triaged) {
        if self.acme.derive(&found.rows, Arc::clone(&found.triage.assessments)) {
            self.judgement.found = Some(found);
        }
    }
}
