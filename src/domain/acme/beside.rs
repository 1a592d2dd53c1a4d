//! What is known of a row beside what the service says of it.

use std::collections::HashMap;

use super::{
    AcmeCertificate, AcmeKey,
    facts::{ContractFacts, Facts},
    note::Note,
    probe, sight,
};

/// Facts of rows, looked up by key, or by the digests of keys so that a row is found without making its key.
pub(super) struct Beside<'a> {
    facts: &'a Facts,
    digests: Option<Digests<'a>>,
}

struct Digests<'a> {
    probes: HashMap<u64, &'a probe::Seen>,
    notes: HashMap<u64, &'a Note>,
}

/// What is known of a row beside what the service says.
#[derive(Clone, Copy, Default)]
pub(super) struct OfRow<'a> {
    pub(super) seen: Option<&'a probe::Seen>,
    pub(super) note: Option<&'a Note>,
    /// Seconds since 1970.
    pub(super) first_seen: Option<i64>,
}

impl<'a> Beside<'a> {
    /// For many rows.
    pub(super) fn by_digest(facts: &'a Facts) -> Self {
        fn digests<T>(map: &HashMap<AcmeKey, T>) -> HashMap<u64, &T> {
            map.iter().map(|(key, value)| (sight::digest(key), value)).collect()
        }
        Self { facts, digests: Some(Digests { probes: digests(&facts.probes), notes: digests(&facts.notes) }) }
    }

    /// For a few rows.
    pub(super) const fn by_key(facts: &'a Facts) -> Self {
        Self { facts, digests: None }
    }

    pub(super) fn row(&self, row: &AcmeCertificate) -> OfRow<'a> {
        let Facts { probes, notes, first_seen, .. } = self.facts;
        if probes.is_empty() && notes.is_empty() && first_seen.is_empty() {
            return OfRow::default();
        }
        let digest = sight::digest_of(row);
        let first_seen = first_seen.second(digest);
        if let Some(by) = &self.digests {
            return OfRow { seen: by.probes.get(&digest).copied(), note: by.notes.get(&digest).copied(), first_seen };
        }
        let key = row.key();
        OfRow { seen: probes.get(&key), note: notes.get(&key), first_seen }
    }

    pub(super) fn contract(&self, row: &AcmeCertificate) -> Option<&'a ContractFacts> {
        self.facts.contracts.get(&(row.account().clone(), row.contract().clone()))
    }

    /// True when nothing tells when a certificate was issued.
    pub(super) fn knows_no_issue(&self) -> bool {
        self.facts.first_seen.is_empty() && self.facts.probes.is_empty()
    }
}
