//! Facts of the contracts of the rows, by the numbers that a list gives them.

use std::collections::HashSet;

use super::{
    AcmeCertificate,
    facts::{ContractFacts, Facts},
    register::base,
};
use crate::domain::name::{Name, NameRef, NameSet};

/// Facts of the contracts of the rows, by number.
pub(super) struct Scopes<'a> {
    contracts: Vec<Option<&'a ContractFacts>>,
    names: Vec<Option<Names<'a>>>,
}

/// The names of a contract: whole ones, and what follows the `*.` of wildcards.
#[derive(Default)]
pub(super) struct Names<'a> {
    whole: HashSet<&'a str>,
    bases: HashSet<&'a str>,
}

impl<'a> Scopes<'a> {
    pub(super) fn of(scope_rows: &[u32], rows: &'a [AcmeCertificate], facts: &'a Facts) -> Self {
        let contract = |row: &u32| {
            let row = rows.get(*row as usize)?;
            facts.contracts.get(&(row.account().clone(), row.contract().clone()))
        };
        let contracts: Vec<Option<&ContractFacts>> = scope_rows.iter().map(contract).collect();
        let names = |facts: Option<&'a ContractFacts>| facts.and_then(|facts| facts.names.as_ref()).map(Names::of);
        Self { names: contracts.iter().copied().map(names).collect(), contracts }
    }

    pub(super) fn get(&self, scope: u32) -> (Option<&'a ContractFacts>, Option<&Names<'a>>) {
        let contract = self.contracts.get(scope as usize).copied().flatten();
        (contract, self.names.get(scope as usize).and_then(Option::as_ref))
    }
}

impl<'a> Names<'a> {
    fn of(names: &'a NameSet) -> Self {
        let whole: HashSet<&str> = names.iter().map(Name::as_str).collect();
        let bases = whole.iter().filter_map(|name| name.strip_prefix("*.")).collect();
        Self { whole, bases }
    }

    pub(super) fn has(&self, name: NameRef<'_>) -> bool {
        self.whole.contains(name.as_str()) || base(name).is_some_and(|base| self.bases.contains(base))
    }
}

/// The first name of a row that a contract with these names does not hold.
pub(super) fn absent<'a>(row: &'a AcmeCertificate, names: &NameSet) -> Option<NameRef<'a>> {
    let names = Names::of(names);
    row.names().iter().find(|name| !names.has(*name))
}
