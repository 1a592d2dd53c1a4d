//! Who the key of DigiCert ONE is: `GET /account/api/v1/user/me`.

use serde::Deserialize;

use super::{ask, paths::Route};
use crate::{
    client::{
        Client,
        door::Ask,
        json,
        wire::{List, Reference, Scalar},
    },
    domain::{
        Clean, Failure,
        identity::OneUser,
        ids::{AccountId, UserId},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct User<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    email: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow, rename = "user_type")]
    kind: Scalar<'a>,
    #[serde(borrow)]
    friendly_name: Scalar<'a>,
    #[serde(borrow)]
    first_name: Scalar<'a>,
    #[serde(borrow)]
    last_name: Scalar<'a>,
    #[serde(borrow)]
    applications: List<Application<'a>>,
    #[serde(borrow)]
    accounts: List<Reference<'a>>,
    #[serde(borrow)]
    primary_account_id: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Application<'a> {
    #[serde(borrow)]
    permissions: List<Scalar<'a>>,
}

impl User<'_> {
    fn domain(self) -> OneUser {
        let full = format!("{} {}", self.first_name.as_str(), self.last_name.as_str());
        let full = Scalar::Text(full.trim().into());
        let account = |account: &Reference<'_>| (AccountId::from(account.id.clean()), account.name.clean());
        let mut accounts: Vec<_> = self.accounts.entries.iter().map(account).collect();
        let primary = AccountId::from(self.primary_account_id.clean());
        if accounts.is_empty() && !primary.is_empty() {
            accounts.push((primary, Clean::default()));
        }
        let words = self.applications.entries.iter().flat_map(|application| &application.permissions.entries);
        let mut permissions: Vec<Clean> = words.map(Scalar::clean).filter(|word| !word.is_empty()).collect();
        permissions.sort();
        permissions.dedup();
        OneUser {
            id: UserId::from(self.id.clean()),
            name: Scalar::first(&[&self.friendly_name, &full, &self.email]).clean(),
            email: (!self.email.is_empty()).then(|| self.email.clean()),
            user_type: self.kind.clean(),
            status: self.status.clean(),
            accounts,
            permissions,
            key_ends: None,
        }
    }
}

impl Client {
    /// The user behind the key, with the permission words of every manager; until when the key lasts is not asked.
    ///
    /// # Errors
    /// As any call.
    pub async fn one_me(&self) -> Result<OneUser, Failure> {
        let one = self.state.one()?;
        let ask = Ask { identity: true, ..ask(one, "DigiCert ONE user", Route::Me, "", &[])? };
        let user = self.state.door.json(&ask, |answer| {
            let user: User<'_> = json::decode(json::text(&answer.bytes)?)?;
            Ok(user.domain())
        });
        Ok(user.await?)
    }
}
