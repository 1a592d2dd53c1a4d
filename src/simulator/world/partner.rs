//! Accounts, keys and contracts of the partner service.

use serde::Deserialize;
use serde_json::{Value, json};

use super::acme::Acme;
use crate::simulator::auth::{PARTNER_KEYS, Partner};
use crate::simulator::clock::{DAY, at, rfc3339};

#[derive(Clone, Debug, Deserialize)]
pub(in crate::simulator) struct Account {
    pub(in crate::simulator) account_id: i64,
    pub(in crate::simulator) emails: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(in crate::simulator) struct Contract {
    pub(in crate::simulator) id: i64,
    pub(in crate::simulator) account: i64,
    product: String,
    created: String,
    valid_till: String,
    pub(in crate::simulator) auto_renew: bool,
    #[serde(default)]
    canceled: Option<String>,
    #[serde(default)]
    validated: bool,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    no_credential: bool,
    #[serde(default, rename = "extra_sans")]
    sans: Vec<String>,
    /// Names of certificates that the contract holds no longer.
    #[serde(default)]
    dropped: Vec<String>,
}

impl Contract {
    pub(in crate::simulator) fn record(&self) -> Value {
        let organization = self.organization.as_ref().map(|name| {
            json!({
                "name": name, "city": "Musterstadt", "country": "DE", "telephone": "+49 30 5550100",
                "organization_contact": {"first_name": "Kim", "last_name": "Wirth", "email": "k.wirth@acme-corp.example"}
            })
        });
        json!({
            "acme_contract_id": self.id,
            "account_id": self.account,
            "product_name_id": self.product,
            "created_at": self.created,
            "sans": self.sans,
            "valid_till": self.valid_till,
            "organization": organization,
            "is_organization_validated": self.validated,
            "auto_renew": self.auto_renew,
            "date_canceled": self.canceled,
        })
    }

    pub(in crate::simulator) fn credentials(&self) -> Value {
        let created = self.created.replace('T', " ").replace('Z', "");
        let status = if self.no_credential { "revoked" } else { "active" };
        let mut list = vec![json!({
            "credential_id": self.id - 5_000, "kid_hint": "q7xz", "status": status, "created_at": "2026-09-14 06:41:30"
        })];
        list.push(json!({
            "credential_id": self.id - 5_300, "kid_hint": "m2kd", "status": "revoked", "created_at": created
        }));
        json!({"credentials": list})
    }
}

#[derive(Deserialize)]
struct Fixture {
    accounts: Vec<Account>,
    contracts: Vec<Contract>,
}

/// The partner and its subaccounts.
pub(in crate::simulator) struct PartnerWorld {
    pub(in crate::simulator) accounts: Vec<Account>,
    pub(in crate::simulator) contracts: Vec<Contract>,
    pub(in crate::simulator) auto_renew_subscription: String,
    inactive: Vec<usize>,
}

impl PartnerWorld {
    pub(in crate::simulator) fn build(acme: &Acme) -> Self {
        let fixture: Fixture = serde_json::from_str(include_str!("../../../assets/simulator/partner.json"))
            .unwrap_or(Fixture { accounts: Vec::new(), contracts: Vec::new() });
        let mut contracts = fixture.contracts;
        for contract in &mut contracts {
            let names = acme.names(contract.id).into_iter();
            let dropped = &contract.dropped;
            contract.sans.extend(names.filter(|name| !dropped.contains(name)));
            contract.sans.truncate(250);
        }
        Self {
            accounts: fixture.accounts,
            contracts,
            auto_renew_subscription: "1".to_owned(),
            inactive: vec![PARTNER_KEYS.len() - 1],
        }
    }

    /// Whose an active key is.
    pub(in crate::simulator) fn who(&self, key: Option<&str>) -> Option<Partner> {
        let key = key?;
        let at = PARTNER_KEYS.iter().position(|(secret, ..)| *secret == key)?;
        let (_, account, _) = PARTNER_KEYS.get(at)?;
        let who = if at == 0 { Partner::Parent } else { Partner::Subaccount(*account) };
        (!self.inactive.contains(&at)).then_some(who)
    }

    /// Key records that `who` sees.
    pub(in crate::simulator) fn keys(&self, who: Partner) -> Vec<Value> {
        (0..PARTNER_KEYS.len())
            .filter_map(|at| self.key(&(5_101 + at).to_string()))
            .filter(|record| self.sees(who, record))
            .collect()
    }

    pub(in crate::simulator) fn key(&self, id: &str) -> Option<Value> {
        let at = id.parse::<usize>().ok()?.checked_sub(5_101)?;
        let (secret, account, name) = PARTNER_KEYS.get(at)?;
        let last4 = secret.get(secret.len().saturating_sub(4)..)?;
        let active = !self.inactive.contains(&at);
        Some(json!({
            "id": 5_101 + at, "name": name, "account_id": account,
            "status": if active { "active" } else { "inactive" },
            "created_at": "2026-06-20T09:00:00Z",
            "last_used_date": active.then_some("2026-11-21T13:58:44Z"),
            "api_key_last4": last4,
        }))
    }

    #[expect(clippy::unused_self, reason = "sight is a rule of this world, not of a record")]
    pub(in crate::simulator) fn sees(&self, who: Partner, record: &Value) -> bool {
        match who {
            Partner::Parent => true,
            Partner::Subaccount(id) => record.get("account_id").and_then(Value::as_i64) == Some(id),
        }
    }

    pub(in crate::simulator) fn set_key_status(&mut self, id: &str, status: &str) {
        let at = id.parse::<usize>().ok().and_then(|id| id.checked_sub(5_101));
        self.inactive.retain(|n| Some(*n) != at);
        if status == "inactive" {
            self.inactive.extend(at);
        }
    }

    pub(in crate::simulator) fn settings(&self) -> Value {
        json!({"settings": [
            {"name": "auto_renew_subscription", "value": self.auto_renew_subscription, "is_default": false}
        ]})
    }

    pub(in crate::simulator) fn account_mut(&mut self, id: i64) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.account_id == id)
    }

    pub(in crate::simulator) fn contract(&self, id: i64) -> Option<&Contract> {
        self.contracts.iter().find(|contract| contract.id == id)
    }

    fn contract_mut(&mut self, id: i64) -> Option<&mut Contract> {
        self.contracts.iter_mut().find(|contract| contract.id == id)
    }

    pub(in crate::simulator) fn set_auto_renew(&mut self, id: i64, renew: bool) {
        if let Some(contract) = self.contract_mut(id) {
            contract.auto_renew = renew;
        }
    }

    /// False when the contract is cancelled or older than 30 days.
    pub(in crate::simulator) fn cancel(&mut self, id: i64, now: i64) -> bool {
        match self.contract_mut(id) {
            Some(contract) if contract.canceled.is_none() && now - at(&contract.created) <= 30 * DAY => {
                contract.canceled = Some(rfc3339(now));
                true
            }
            _ => false,
        }
    }

    /// Adds or removes names; false when the contract is cancelled or would hold more than 250.
    pub(in crate::simulator) fn change_sans(&mut self, id: i64, names: &[&str], add: bool) -> bool {
        let Some(contract) = self.contract_mut(id).filter(|contract| contract.canceled.is_none()) else {
            return false;
        };
        let mut sans = contract.sans.clone();
        sans.retain(|name| !names.contains(&name.as_str()));
        if add {
            sans.extend(names.iter().map(|name| (*name).to_owned()));
        }
        if sans.len() > 250 {
            return false;
        }
        contract.sans = sans;
        true
    }
}
