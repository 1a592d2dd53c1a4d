//! Facts of the contracts of the rows.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    AcmeCertificate,
    facts::{ContractFacts, Facts},
    san::San,
};
use crate::domain::{
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
};

/// Facts of contracts, looked up by rows of which those of a contract come together.
pub(super) struct Scopes<'a> {
    known: HashMap<Key<'a>, Scope<'a>>,
    last: Option<(Key<'a>, Scope<'a>)>,
}

/// Account and contract.
type Key<'a> = (&'a str, &'a str);

/// What is known of a contract.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    pub(super) facts: Option<&'a ContractFacts>,
    /// Its names where they were read.
    pub(super) names: Option<Rc<Names<'a>>>,
}

/// The names of a contract: whole ones, and what follows the `*.` of wildcards.
#[derive(Default)]
pub(super) struct Names<'a> {
    whole: HashSet<&'a str>,
    bases: HashSet<&'a str>,
}

impl<'a> Scopes<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let scope = |((account, contract), facts): (&'a (AccountId, ContractId), &'a ContractFacts)| {
            let names = facts.names.as_ref().map(|names| Rc::new(Names::of(names)));
            ((account.as_str(), contract.as_str()), Scope { facts: Some(facts), names })
        };
        Self { known: facts.contracts.iter().map(scope).collect(), last: None }
    }

    /// What is known of the contract of a row.
    pub(super) fn of_row(&mut self, row: &'a AcmeCertificate) -> &Scope<'a> {
        let key = (row.account().as_str(), row.contract().as_str());
        let known = &self.known;
        let last = self.last.take().filter(|(last, _)| *last == key);
        let (_, scope) = self.last.insert(last.unwrap_or_else(|| (key, known.get(&key).cloned().unwrap_or_default())));
        scope
    }
}

impl<'a> Names<'a> {
    fn of(names: &'a NameSet) -> Self {
        let whole: HashSet<&str> = names.iter().map(Name::as_str).collect();
        let bases = whole.iter().filter_map(|name| name.strip_prefix("*.")).collect();
        Self { whole, bases }
    }

    pub(super) fn has(&self, name: San<'_>) -> bool {
        self.whole.contains(&*name.text()) || name.base().is_some_and(|base| self.bases.contains(&*base.text()))
    }
}

/// The first name of a row that a contract with these names does not hold.
pub(super) fn absent<'a>(row: &'a AcmeCertificate, names: &NameSet) -> Option<San<'a>> {
    let names = Names::of(names);
    row.names().iter().find(|name| !names.has(*name))
}
