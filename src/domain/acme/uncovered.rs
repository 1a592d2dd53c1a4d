//! Names of contracts that no certificate covers.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    facts::Facts,
    lineage::{covering, end, later},
    register::{NONE, held},
    san::San,
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
struct Wanted<'a>(HashMap<&'a AccountId, OfAccount>);

/// Those of an account.
#[derive(Default)]
struct OfAccount {
    exact: HashMap<String, u32>,
    /// By what follows the `*.`.
    wildcards: HashMap<String, u32>,
}

impl<'a> Wanted<'a> {
    /// Finds names among those of the latest rows, in one pass over these.
    fn among<'r>(
        names: impl Iterator<Item = (&'a AccountId, &'a Name)>,
        latest: impl Iterator<Item = (u32, &'r AcmeCertificate)>,
        rows: &[AcmeCertificate],
    ) -> Self {
        let mut wanted = Self::default();
        for (account, name) in names {
            let of = wanted.0.entry(account).or_default();
            of.exact.insert(name.as_str().to_owned(), NONE);
            if let Some(base) = San::from(name).base() {
                of.wildcards.insert(base.text().into_owned(), NONE);
            }
        }
        if wanted.0.is_empty() {
            return wanted;
        }
        for (number, row) in latest {
            let Some(of) = wanted.0.get_mut(row.account()) else { continue };
            for name in held(row) {
                if let Some(found) = of.exact.get_mut(&*name.text()) {
                    *found = later(*found, number, rows);
                }
                if let Some(found) = name.below().and_then(|base| of.wildcards.get_mut(&*base.text())) {
                    *found = later(*found, number, rows);
                }
            }
        }
        wanted
    }

    /// The row with a name, and that with the wildcard that covers it.
    fn find(&self, account: &AccountId, name: San<'_>) -> (Option<u32>, Option<u32>) {
        let Some(of) = self.0.get(account) else { return (None, None) };
        let found = |row: Option<&u32>| row.copied().filter(|row| *row != NONE);
        let base = name.base().filter(|_| name.problem().is_none());
        (found(of.exact.get(&*name.text())), base.and_then(|base| found(of.wildcards.get(&*base.text()))))
    }
}
