//! Contracts and their credentials (contract `partner-subscription.openapi.yaml`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask;
use crate::{
    client::{
        Client, json, rows,
        wire::{List, Reader, Reference, Scalar},
    },
    domain::{
        Failure,
        acme::{Contract, Credential, CredentialStatus},
        dataset::Dataset,
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct ContractRecord<'a> {
    #[serde(borrow)]
    acme_contract_id: Scalar<'a>,
    #[serde(borrow)]
    account_id: Scalar<'a>,
    #[serde(borrow)]
    product_name_id: Scalar<'a>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
    #[serde(borrow)]
    sans: List<Scalar<'a>>,
    #[serde(borrow)]
    valid_till: Scalar<'a>,
    #[serde(borrow)]
    organization: Option<Reference<'a>>,
    #[serde(borrow)]
    is_organization_validated: Scalar<'a>,
    #[serde(borrow)]
    auto_renew: Scalar<'a>,
    #[serde(borrow)]
    date_canceled: Scalar<'a>,
}

/// A contract of reporting, whose account stands around it, or of its own answer.
pub(super) fn contract(raw: &RawValue, account: Option<&AccountId>) -> Contract {
    let mut reader = Reader::default();
    let wire: ContractRecord<'_> = rows::row(raw, &mut reader);
    let own = AccountId::from(wire.account_id.clean());
    Contract {
        id: ContractId::from(wire.acme_contract_id.clean()),
        account: account.filter(|_| own.is_empty()).cloned().unwrap_or(own),
        product: wire.product_name_id.clean(),
        names: NameSet::new(wire.sans.entries.iter().map(|san| Name::new(san.as_str()))),
        created: reader.when("created_at", &wire.created_at),
        valid_till: reader.when("valid_till", &wire.valid_till),
        auto_renew: wire.auto_renew.flag(),
        canceled: reader.when("date_canceled", &wire.date_canceled),
        organization: wire
            .organization
            .map(|organization| Scalar::first(&[&organization.name, &organization.id]).clean())
            .filter(|name| !name.is_empty()),
        organization_validated: wire.is_organization_validated.flag(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CredentialRecord<'a> {
    #[serde(borrow)]
    credential_id: Scalar<'a>,
    #[serde(borrow)]
    kid_hint: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
}

fn credential(raw: &RawValue) -> Credential {
    let mut reader = Reader::default();
    let wire: CredentialRecord<'_> = rows::row(raw, &mut reader);
    Credential {
        id: wire.credential_id.clean(),
        kid_hint: wire.kid_hint.clean(),
        status: CredentialStatus::parse(wire.status.as_str()),
        created: reader.when("created_at", &wire.created_at),
    }
}

impl Client {
    /// One contract with everything it says: `GET /acme/{id}`.
    ///
    /// # Errors
    /// `Configuration` when no configured key reaches the account, else as any call.
    pub async fn contract(&self, account: &AccountId, id: &ContractId) -> Result<Contract, Failure> {
        let key = self.reaching(account).await?;
        let ask = ask(&key.endpoint, "Contract", &["acme", id.as_str()])?;
        let contract = self.state.door.json(&ask, |answer| {
            let raw: &RawValue = json::decode(json::text(&answer.bytes)?)?;
            if !raw.get().starts_with('{') {
                let why = "a contract is an object".to_owned();
                return Err(crate::client::ClientError::Shape { path: "the top".into(), why });
            }
            Ok(contract(raw, Some(account)))
        });
        Ok(contract.await?)
    }

    /// A contract and its ACME credentials, asked for together.
    ///
    /// # Errors
    /// That of the first call that fails.
    pub async fn contract_with_credentials(
        &self,
        account: &AccountId,
        id: &ContractId,
    ) -> Result<(Contract, Dataset<Credential>), Failure> {
        tokio::try_join!(self.contract(account, id), self.credentials(account, id))
    }

    /// ACME credentials of a contract: `GET /acme/{id}/credentials`.
    ///
    /// # Errors
    /// `Configuration` when no configured key reaches the account, else as any call.
    pub async fn credentials(&self, account: &AccountId, id: &ContractId) -> Result<Dataset<Credential>, Failure> {
        let key = self.reaching(account).await?;
        let ask = ask(&key.endpoint, "Credentials", &["acme", id.as_str(), "credentials"])?;
        let rows =
            self.state.door.json(&ask, |answer| rows::member(json::text(&answer.bytes)?, "credentials", credential));
        Ok(Dataset::complete(rows.await?, self.state.door.now()))
    }
}
