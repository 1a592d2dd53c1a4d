//! Contracts that are worth a look of their own: the service tells of their credentials only one by one.

use std::collections::HashMap;

use super::{
    AcmeCertificate,
    facts::Facts,
    state::State,
    triage::{Assessment, Triage},
};
use crate::domain::ids::{AccountId, ContractId};

/// Contracts that are named at once: two calls for each stay within what a key may ask without waiting.
pub const MOST: usize = 12;

/// Contracts with certificates that should be renewed by now, whose credentials were not read: what has to go first stands
/// first, and no more than [`MOST`]. O(n) for the n rows.
pub fn troubled(rows: &[AcmeCertificate], triage: &Triage, facts: &Facts) -> Vec<(AccountId, ContractId)> {
    let mut worst: HashMap<(&AccountId, &ContractId), (u8, i64)> = HashMap::new();
    for (row, found) in rows.iter().zip(triage.assessments.iter()).filter(|(_, found)| is_trouble(found)) {
        let rank = worst.entry((row.account(), row.contract())).or_insert((u8::MAX, i64::MAX));
        *rank = (*rank).min(found.rank());
    }
    let mut wanted: Vec<((u8, i64), (AccountId, ContractId))> = worst
        .into_iter()
        .map(|((account, contract), rank)| (rank, (account.clone(), contract.clone())))
        .filter(|(_, (_, contract))| !contract.is_empty())
        .filter(|(_, key)| facts.contracts.get(key).is_none_or(|known| known.active_credentials.is_none()))
        .collect();
    wanted.sort();
    wanted.truncate(MOST);
    wanted.into_iter().map(|(_, key)| key).collect()
}

const fn is_trouble(found: &Assessment) -> bool {
    matches!(found.state, State::Expired | State::Overdue | State::Blocked | State::Decide | State::Due)
}
