//! Names of contracts that no certificate covers.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    facts::Facts,
    lineage::{covering, end, later},
    register::{NONE, base, held},
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

/// Uncovered names by account, contract and name. An account counts only when all its certificates are known. Of `latest`
/// is each row that has a name to a later end than the others.
pub(super) fn of<'a>(
    latest: impl Iterator<Item = (u32, &'a AcmeCertificate)>,
    rows: &'a [AcmeCertificate],
    facts: &'a Facts,
    now: i64,
) -> Vec<Uncovered> {
    let unread = facts.contracts.iter().filter(|(_, contract)| !contract.listed).map(|((account, _), _)| account);
    let unknown: HashSet<&AccountId> = unread.chain(&facts.blind).collect();
    let contracts = || facts.contracts.iter().filter(|((account, _), _)| !unknown.contains(account));
    let names = contracts().flat_map(|((account, _), of)| of.names.iter().flatten().map(move |name| (account, name)));
    let wanted = Wanted::among(names, latest, rows);
    let mut uncovered = Vec::new();
    for ((account, contract), of) in contracts() {
        for name in of.names.iter().flatten() {
            let (exact, wildcard) = wanted.find(account, name.into());
            let row = covering(exact, wildcard, rows).0.and_then(|row| rows.get(row as usize));
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

/// The latest-ending rows of names that are asked about, by account.
#[derive(Default)]
struct Wanted<'a> {
    exact: HashMap<(&'a str, &'a str), u32>,
    /// By what follows the `*.`.
    wildcards: HashMap<(&'a str, &'a str), u32>,
}

impl<'a> Wanted<'a> {
    /// Finds names among those of the latest rows, in one pass over these.
    fn among(
        names: impl Iterator<Item = (&'a AccountId, &'a Name)>,
        latest: impl Iterator<Item = (u32, &'a AcmeCertificate)>,
        rows: &[AcmeCertificate],
    ) -> Self {
        let mut wanted = Self::default();
        for (account, name) in names {
            wanted.exact.insert((account.as_str(), name.as_str()), NONE);
            if let Some(base) = base(name.into()) {
                wanted.wildcards.insert((account.as_str(), base), NONE);
            }
        }
        if wanted.exact.is_empty() {
            return wanted;
        }
        for (number, row) in latest {
            let account = row.account().as_str();
            for name in held(row) {
                if let Some(found) = wanted.exact.get_mut(&(account, name.as_str())) {
                    *found = later(*found, number, rows);
                }
                let wildcard = name.as_str().strip_prefix("*.");
                if let Some(found) = wildcard.and_then(|base| wanted.wildcards.get_mut(&(account, base))) {
                    *found = later(*found, number, rows);
                }
            }
        }
        wanted
    }

    /// The row with a name, and that with the wildcard that covers it.
    fn find(&self, account: &AccountId, name: NameRef<'_>) -> (Option<u32>, Option<u32>) {
        let found = |row: Option<&u32>| row.copied().filter(|row| *row != NONE);
        let exact = found(self.exact.get(&(account.as_str(), name.as_str())));
        let base = base(name).filter(|_| name.problem().is_none());
        (exact, base.and_then(|base| found(self.wildcards.get(&(account.as_str(), base)))))
    }
}
