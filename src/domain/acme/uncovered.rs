//! Names of contracts that no certificate covers.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    facts::Facts,
    lineage::{Lineages, end},
    register::base,
};
use crate::domain::{
    ids::{AccountId, ContractId},
    name::{Name, NameRef},
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
pub(super) fn of(rows: &[AcmeCertificate], facts: &Facts, lineages: &Lineages, now: i64) -> Vec<Uncovered> {
    let unread = facts.contracts.iter().filter(|(_, contract)| !contract.listed).map(|((account, _), _)| account);
    let unknown: HashSet<&AccountId> = unread.chain(&facts.blind).collect();
    let contracts = || facts.contracts.iter().filter(|((account, _), _)| !unknown.contains(account));
    let names = contracts().flat_map(|((account, _), of)| of.names.iter().flatten().map(move |name| (account, name)));
    let wanted = Wanted::among(names, rows, lineages);
    let mut uncovered = Vec::new();
    for ((account, contract), of) in contracts() {
        for name in of.names.iter().flatten() {
            let (exact, wildcard) = wanted.find(account, name.into());
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

/// Where names that are asked about stand in the rows, by account.
#[derive(Default)]
struct Wanted<'a> {
    exact: HashMap<(&'a str, &'a str), Option<u32>>,
    /// By what follows the `*.`.
    wildcards: HashMap<(&'a str, &'a str), Option<u32>>,
}

impl<'a> Wanted<'a> {
    /// Finds names among those of the rows, in one pass over the latter.
    fn among(
        names: impl Iterator<Item = (&'a AccountId, &'a Name)>,
        rows: &'a [AcmeCertificate],
        lineages: &Lineages,
    ) -> Self {
        let mut wanted = Self::default();
        for (account, name) in names {
            wanted.exact.insert((account.as_str(), name.as_str()), None);
            if let Some(base) = base(name.into()) {
                wanted.wildcards.insert((account.as_str(), base), None);
            }
        }
        if wanted.exact.is_empty() {
            return wanted;
        }
        for (number, (account, name)) in lineages.names_of_accounts(rows) {
            if let Some(found) = wanted.exact.get_mut(&(account.as_str(), name.as_str())) {
                *found = Some(number);
            }
            let wildcard = name.as_str().strip_prefix("*.");
            if let Some(found) = wildcard.and_then(|base| wanted.wildcards.get_mut(&(account.as_str(), base))) {
                *found = Some(number);
            }
        }
        wanted
    }

    /// The number of a name, and that of the wildcard that covers it.
    fn find(&self, account: &AccountId, name: NameRef<'_>) -> (Option<u32>, Option<u32>) {
        let exact = self.exact.get(&(account.as_str(), name.as_str())).copied().flatten();
        let wildcard = base(name).filter(|_| name.problem().is_none());
        (exact, wildcard.and_then(|base| self.wildcards.get(&(account.as_str(), base)).copied().flatten()))
    }
}
