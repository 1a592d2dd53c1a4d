//! Names of contracts that no certificate covers.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    facts::Facts,
    lineage::{Lineages, end},
    register::Register,
};
use crate::domain::{
    ids::{AccountId, ContractId},
    name::Name,
};

/// A name of a contract without a valid certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncovered {
    /// The account.
    pub account: AccountId,
    /// The contract that holds the name.
    pub contract: ContractId,
    /// The name.
    pub name: Name,
    /// When the last certificate for it ended; `None` when there was none.
    pub ended: Option<Timestamp>,
}

/// Uncovered names by account, contract and name. An account counts only when all its certificates are known.
pub(super) fn of(
    rows: &[AcmeCertificate],
    facts: &Facts,
    lineages: &Lineages,
    register: &Register<'_>,
    now: i64,
) -> Vec<Uncovered> {
    let unread = facts.contracts.iter().filter(|(_, contract)| !contract.listed).map(|((account, _), _)| account);
    let unknown: HashSet<&AccountId> = unread.chain(&facts.blind).collect();
    let mut uncovered = Vec::new();
    for ((account, contract), of) in facts.contracts.iter().filter(|((account, _), _)| !unknown.contains(account)) {
        for name in of.names.iter().flatten() {
            let (exact, wildcard) = register.find(lineages.places(), account.as_str(), name.into());
            let row = lineages.covering(exact, wildcard, rows).0.and_then(|row| rows.get(row as usize));
            if row.and_then(end).is_none_or(|end| end < now) {
                uncovered.push(Uncovered {
                    account: account.clone(),
                    contract: contract.clone(),
                    name: name.clone(),
                    ended: row.and_then(|row| row.expires().at()),
                });
            }
        }
    }
    uncovered.sort();
    uncovered
}
