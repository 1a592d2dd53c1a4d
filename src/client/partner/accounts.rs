//! Which accounts there are, which contracts they hold, and which key of the configuration reaches them.

use std::{sync::PoisonError, time::Instant};

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ask, contracts};
use crate::{
    client::{
        Client,
        door::Ask,
        endpoint::Endpoint,
        json, rows,
        state::{Partner, PartnerAccount},
        wire::{List, Reader, Scalar, clean},
    },
    domain::{
        Clean, Failure,
        acme::{Contract, PartnerKey, Subaccount},
        dataset::{Completeness, Dataset},
        ids::{AccountId, ContractId},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyRecord<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    name: Scalar<'a>,
    #[serde(borrow)]
    account_id: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    api_key_last4: Scalar<'a>,
    #[serde(borrow)]
    last_used_date: Scalar<'a>,
}

fn key_record(raw: &RawValue) -> PartnerKey {
    let mut reader = Reader::default();
    let wire: KeyRecord<'_> = rows::row(raw, &mut reader);
    PartnerKey {
        id: wire.id.clean(),
        name: wire.name.clean(),
        account: AccountId::from(wire.account_id.clean()),
        status: wire.status.clean(),
        last4: wire.api_key_last4.clean(),
        last_used: reader.when("last_used_date", &wire.last_used_date),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reported<'a> {
    #[serde(borrow)]
    account_id: Scalar<'a>,
    #[serde(borrow)]
    acme: List<&'a RawValue>,
}

fn reported(raw: &RawValue) -> Subaccount {
    let wire: Reported<'_> = rows::row(raw, &mut Reader::default());
    let id = AccountId::from(wire.account_id.clean());
    let contracts = wire.acme.entries.iter().map(|raw| contracts::contract(raw, Some(&id))).collect();
    Subaccount { id, name: None, contracts, has_key: false }
}

/// The accounts as far as they are known.
#[derive(Clone)]
pub struct Ring {
    /// Accounts with their contracts.
    pub accounts: Vec<Subaccount>,
    /// What was odd.
    pub notes: Vec<Clean>,
    /// Why accounts may be missing.
    pub missing: Option<Failure>,
}

impl Client {
    /// Subaccounts and their contracts: `GET /account/reporting` with the parent key, the configured keys, and
    /// `GET /api-key` to find which key belongs to which account.
    ///
    /// Accounts that no configured key reaches are listed with `has_key == false`. Without a parent key, or when
    /// reporting fails, the list is that of the configuration; a failure makes it partial.
    ///
    /// # Errors
    /// When the parent key is the only one and reporting fails.
    pub async fn subaccounts(&self) -> Result<Dataset<Subaccount>, Failure> {
        let ring = self.ring().await?;
        let read = usize::from(ring.missing.is_none()) + 1;
        let completeness = ring.missing.map_or(Completeness::Complete, |why| {
            // Two parts: what the configuration names, and what reporting adds.
            Completeness::Partial { read, of: Some(2), why }
        });
        Ok(Dataset { rows: ring.accounts, read_at: self.state.door.now(), completeness, notes: ring.notes })
    }

    /// Keys that the configured keys may see, without their secrets: `GET /api-key`.
    ///
    /// # Errors
    /// As any call, when none of the keys could list any.
    pub async fn partner_keys(&self) -> Result<Dataset<PartnerKey>, Failure> {
        let partner = self.state.partner()?;
        let endpoints: Vec<&Endpoint> = match &partner.parent {
            Some(parent) => vec![parent],
            None => partner.subaccounts.iter().map(|subaccount| &subaccount.endpoint).collect(),
        };
        let parts = endpoints.len();
        let mut keys: Vec<PartnerKey> = Vec::new();
        let mut why = None;
        let mut read = 0;
        for answer in join_all(endpoints.into_iter().map(|endpoint| self.keys_of(endpoint))).await {
            match answer {
                Ok(more) => {
                    read += 1;
                    for key in more {
                        if !keys.iter().any(|known| known.id == key.id) {
                            keys.push(key);
                        }
                    }
                }
                Err(failure) => why = Some(failure),
            }
        }
        let now = self.state.door.now();
        match why {
            Some(why) if read == 0 => Err(why),
            Some(why) => {
                let completeness = Completeness::Partial { read, of: Some(parts), why };
                Ok(Dataset { rows: keys, read_at: now, completeness, notes: Vec::new() })
            }
            None => Ok(Dataset::complete(keys, now)),
        }
    }

    pub(super) async fn keys_of(&self, endpoint: &Endpoint) -> Result<Vec<PartnerKey>, Failure> {
        let ask = Ask { identity: true, ..ask(endpoint, "Partner keys", &["api-key"])? };
        let keys =
            self.state.door.json(&ask, |answer| rows::member(json::text(&answer.bytes)?, "api_keys", key_record));
        Ok(keys.await?)
    }

    pub(super) async fn reporting(&self, parent: &Endpoint) -> Result<Vec<Subaccount>, Failure> {
        let ask = ask(parent, "Contract reporting", &["account", "reporting"])?;
        let accounts =
            self.state.door.json(&ask, |answer| rows::member(json::text(&answer.bytes)?, "accounts", reported));
        Ok(accounts.await?)
    }

    /// The key ring. Who asks while it is read waits for that read: certificates and accounts are asked for together,
    /// and both need it.
    pub(super) async fn ring(&self) -> Result<Ring, Failure> {
        let partner = self.state.partner()?;
        let asked = Instant::now();
        let mut last = partner.ring.lock().await;
        if let Some((_, ring)) = last.as_ref().filter(|(ended, _)| *ended >= asked) {
            return Ok(ring.clone());
        }
        let ring = self.read_ring(partner).await?;
        *last = Some((Instant::now(), ring.clone()));
        Ok(ring)
    }

    async fn read_ring(&self, partner: &Partner) -> Result<Ring, Failure> {
        let mut ring = Ring { accounts: Vec::new(), notes: Vec::new(), missing: None };
        let mut listed = Vec::new();
        if let Some(parent) = &partner.parent {
            let (accounts, keys) = tokio::join!(self.reporting(parent), self.keys_of(parent));
            match accounts {
                Ok(accounts) => ring.accounts = accounts,
                Err(failure) if partner.subaccounts.is_empty() => return Err(failure),
                Err(failure) => ring.missing = Some(failure),
            }
            listed = keys.unwrap_or_default();
        }
        let owners = join_all(partner.subaccounts.iter().map(|key| self.owner(key, &listed))).await;
        let mut reach = Vec::new();
        for (index, (subaccount, owner)) in partner.subaccounts.iter().zip(owners).enumerate() {
            let account = owner.unwrap_or_else(|| {
                ring.notes.push(clean(&format!("the key `{}` could not be matched to an account", subaccount.name)));
                AccountId::new(&subaccount.name)
            });
            ring.add(&account, subaccount);
            reach.push((account, index));
        }
        *partner.known.lock().unwrap_or_else(PoisonError::into_inner) = reach;
        Ok(ring)
    }

    /// The account of a key: by its last four characters in the parent's list, else in its own.
    async fn owner(&self, subaccount: &PartnerAccount, listed: &[PartnerKey]) -> Option<AccountId> {
        let last4 = subaccount.endpoint.key.last4();
        if let Some(account) = only(listed.iter().filter(|key| key.last4 == *last4.as_str())) {
            return Some(account);
        }
        let own = self.keys_of(&subaccount.endpoint).await.ok()?;
        only(own.iter().filter(|key| key.last4 == *last4.as_str())).or_else(|| only(own.iter()))
    }

    /// The key that reaches `account`; the key ring is read when it is not known yet.
    pub(super) async fn reaching(&self, account: &AccountId) -> Result<&PartnerAccount, Failure> {
        let partner = self.state.partner()?;
        if let Some(found) = partner.reaching(account) {
            return Ok(found);
        }
        self.ring().await?;
        partner.reaching(account).ok_or_else(|| no_key(account))
    }
}

fn no_key(account: &AccountId) -> Failure {
    let title = format!("no key of the configuration reaches the account {account}");
    Failure::new(crate::domain::FailureKind::Configuration, title).hint("add a [[partner.subaccount]] with its key")
}

/// The account of these keys, when they agree on one.
pub(super) fn only<'a>(mut keys: impl Iterator<Item = &'a PartnerKey>) -> Option<AccountId> {
    let first = &keys.next()?.account;
    (!first.is_empty() && keys.all(|key| key.account == *first)).then(|| first.clone())
}

impl Ring {
    /// Adds what the configuration says of an account that a key reaches.
    fn add(&mut self, account: &AccountId, configured: &PartnerAccount) {
        let found = self.accounts.iter().position(|known| known.id == *account);
        let index = found.unwrap_or_else(|| {
            self.accounts.push(Subaccount { id: account.clone(), name: None, contracts: Vec::new(), has_key: true });
            self.accounts.len() - 1
        });
        let Some(entry) = self.accounts.get_mut(index) else { return };
        entry.has_key = true;
        entry.name.get_or_insert_with(|| clean(&configured.name));
        for id in &configured.contracts {
            if !entry.contracts.iter().any(|contract| contract.id == *id) {
                entry.contracts.push(bare(id, account));
            }
        }
    }
}

/// A contract of which only the number is known.
fn bare(id: &ContractId, account: &AccountId) -> Contract {
    Contract {
        id: id.clone(),
        account: account.clone(),
        product: Clean::default(),
        names: crate::domain::name::NameSet::default(),
        created: crate::domain::When::Never,
        valid_till: crate::domain::When::Never,
        auto_renew: None,
        canceled: crate::domain::When::Never,
        organization: None,
        organization_validated: None,
    }
}

impl Partner {
    /// True when at least one key may read certificates.
    pub(super) const fn can_read(&self) -> bool {
        !self.subaccounts.is_empty()
    }
}
