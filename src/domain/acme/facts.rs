//! What triage knows beside the rows. What is unknown never blocks a row and never claims anything.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{AcmeKey, Contract, Credential, CredentialStatus, Subaccount, note::Note, probe, sight::FirstSeen};
use crate::domain::{
    ids::{AccountId, ContractId},
    name::NameSet,
    text::Clean,
    when::When,
};

/// What is known of contracts, by account and contract.
pub type Contracts = HashMap<(AccountId, ContractId), ContractFacts>;

/// Facts beside the rows.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What is known of contracts.
    pub contracts: Contracts,
    /// When each row was seen here for the first time.
    pub first_seen: FirstSeen,
    /// The last probe of rows; a row with a new serial has a new key, so an old probe says nothing of it.
    pub probes: HashMap<AcmeKey, probe::Seen>,
    /// Local triage.
    pub notes: HashMap<AcmeKey, Note>,
    /// Accounts that have contracts and no key here.
    pub blind: Vec<AccountId>,
}

/// What is known of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContractFacts {
    /// Product word, `ssl_dv_rapidssl`; tells whether an organization matters.
    pub product: Option<Clean>,
    /// When it was or will be cancelled.
    pub canceled: When,
    /// End of the paid coverage.
    pub valid_till: When,
    /// Whether the coverage is continued.
    pub auto_renew: Option<bool>,
    /// Number of active credentials; `None` when they were not read.
    pub active_credentials: Option<usize>,
    /// Whether its organization is validated.
    pub organization_validated: Option<bool>,
    /// Its names; `None` when they were not read.
    pub names: Option<NameSet>,
    /// True when the rows hold all its certificates: only then a name without one is told.
    pub listed: bool,
    /// When its certificates were first read here. What was there then is older than its first sight.
    pub since: Option<Timestamp>,
    /// Lifetime of its certificates, from the configuration.
    pub lifetime: Option<SignedDuration>,
}

impl From<&Contract> for ContractFacts {
    /// What the contract says of itself. Credentials, `listed`, `since` and `lifetime` come from elsewhere.
    fn from(contract: &Contract) -> Self {
        Self {
            product: (!contract.product.is_empty()).then(|| contract.product.clone()),
            canceled: contract.canceled.clone(),
            valid_till: contract.valid_till.clone(),
            auto_renew: contract.auto_renew,
            organization_validated: contract.organization_validated,
            names: (!contract.names.is_empty()).then(|| contract.names.clone()),
            ..Self::default()
        }
    }
}

/// What `accounts` say of their contracts, over what is `known` of these besides, and the accounts that have contracts
/// and no key here. `whole` when the certificates of all contracts that a key reaches were read.
pub fn told<'a>(
    accounts: impl IntoIterator<Item = &'a Subaccount>,
    known: &Contracts,
    whole: bool,
) -> (Contracts, Vec<AccountId>) {
    let (mut contracts, mut blind) = (Contracts::new(), Vec::new());
    for account in accounts {
        for contract in &account.contracts {
            let key = (account.id.clone(), contract.id.clone());
            let known = known.get(&key).cloned().unwrap_or_default();
            contracts.insert(key, ContractFacts { listed: whole && account.has_key, ..known.with(contract) });
        }
        if !account.has_key && !account.contracts.is_empty() {
            blind.push(account.id.clone());
        }
    }
    (contracts, blind)
}

impl Facts {
    /// Takes what a contract and its credentials say; true when that is news.
    pub fn learn(&mut self, contract: &Contract, credentials: &[Credential]) -> bool {
        let active = credentials.iter().filter(|one| one.status == CredentialStatus::Active).count();
        let known = self.contracts.entry((contract.account.clone(), contract.id.clone())).or_default();
        let told = ContractFacts { active_credentials: Some(active), ..known.with(contract) };
        let is_news = *known != told;
        *known = told;
        is_news
    }
}

impl ContractFacts {
    /// True when nothing is known of what the contract says of itself.
    pub fn is_unread(&self) -> bool {
        let Self { listed, since, lifetime, .. } = *self;
        *self == Self { listed, since, lifetime, ..Self::default() }
    }

    /// What a contract says of itself, over what is known besides. A list says less of a contract than the contract does.
    #[must_use]
    pub fn with(&self, contract: &Contract) -> Self {
        let said = Self::from(contract);
        Self {
            auto_renew: said.auto_renew.or(self.auto_renew),
            organization_validated: said.organization_validated.or(self.organization_validated),
            names: said.names.or_else(|| self.names.clone()),
            active_credentials: self.active_credentials,
            listed: self.listed,
            since: self.since,
            lifetime: self.lifetime,
            ..said
        }
    }

    /// True when certificates of this product name an organization: the product is known and not domain-validated.
    pub fn names_an_organization(&self) -> bool {
        self.product.as_ref().is_some_and(|product| !product.split('_').any(|part| part.eq_ignore_ascii_case("dv")))
    }
}
