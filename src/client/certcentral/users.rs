//! Users of CertCentral (contract `certcentral-services.openapi.yaml`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask;
use crate::{
    client::{
        Client,
        door::Ask,
        json,
        paging::{Reading, Silent, all},
        rows,
        wire::{List, Reader, Reference, Scalar},
    },
    domain::{
        Clean, Failure,
        dataset::Dataset,
        identity::CertCentralUser,
        ids::{AccountId, UserId},
        report::definition::Recipient,
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct User<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    username: Scalar<'a>,
    #[serde(borrow)]
    account_id: Scalar<'a>,
    #[serde(borrow)]
    first_name: Scalar<'a>,
    #[serde(borrow)]
    last_name: Scalar<'a>,
    #[serde(borrow)]
    email: Scalar<'a>,
    #[serde(borrow)]
    access_roles: List<Reference<'a>>,
    #[serde(borrow)]
    language_id: Scalar<'a>,
}

impl User<'_> {
    fn domain(self) -> CertCentralUser {
        let name = format!("{} {}", self.first_name.as_str(), self.last_name.as_str());
        let role = |role: &Reference<'_>| Some((role.id.integer()?, role.name.clean()));
        CertCentralUser {
            id: UserId::from(self.id.clean()),
            username: self.username.clean(),
            name: Clean::new(name.trim()),
            account: AccountId::from(self.account_id.clean()),
            roles: self.access_roles.entries.iter().filter_map(role).collect(),
            language: self.language_id.integer(),
        }
    }
}

impl Client {
    /// The user behind the CertCentral key: `GET /user/me` of the Services API.
    ///
    /// # Errors
    /// `NotAuthenticated` for a wrong key (the service answers 403), else as any call.
    pub async fn cc_me(&self) -> Result<CertCentralUser, Failure> {
        let endpoint = &self.state.certcentral()?.services;
        let ask = Ask { identity: true, ..ask(endpoint, "CertCentral user", &["user", "me"], &[])? };
        let user = self.state.door.json(&ask, |answer| {
            let user: User<'_> = json::decode(json::text(&answer.bytes)?)?;
            Ok(user.domain())
        });
        Ok(user.await?)
    }

    /// Users of the account, all or those with one access role (1 is Administrator): `GET /user`.
    ///
    /// # Errors
    /// As any call; a page that fails later makes the list partial.
    pub async fn cc_users(&self, role: Option<u8>) -> Result<Dataset<CertCentralUser>, Failure> {
        self.users("users", role, user, |user| Some(user.id.clone())).await
    }

    /// The administrators of the account, as a report is told of them: `GET /user?access_role_id=1`. Those without a
    /// number or an address cannot be told anything and are left out.
    ///
    /// # Errors
    /// As any call; a page that fails later makes the list partial.
    pub async fn administrators(&self) -> Result<Dataset<Recipient>, Failure> {
        let list = self.users("administrators", Some(1), recipient, |who| Some(who.user_id)).await?;
        let rows = list.rows.into_iter().filter(|who| who.user_id > 0 && !who.email.is_empty()).collect();
        Ok(Dataset { rows, read_at: list.read_at, completeness: list.completeness, notes: list.notes })
    }

    async fn users<T: Clone + Send + Sync + 'static, K: Clone + Eq + std::hash::Hash + Send + 'static>(
        &self,
        name: &str,
        role: Option<u8>,
        row: fn(&RawValue) -> T,
        key: fn(&T) -> Option<K>,
    ) -> Result<Dataset<T>, Failure> {
        let endpoint = &self.state.certcentral()?.services;
        let (door, role) = (&self.state.door, role.map(|role| role.to_string()));
        let reading = Reading {
            name: format!("{name} {role:?}"),
            page_size: self.state.page_size.get(),
            most: None,
            key,
            enough: &all,
            unfinished: &self.state.unfinished,
        };
        let role = &role;
        let page = |offset: usize, limit: usize| -> futures_util::future::BoxFuture<'_, _> {
            Box::pin(async move {
                let mut query = vec![("offset", offset.to_string()), ("limit", limit.to_string())];
                query.extend(role.iter().map(|role| ("access_role_id", role.clone())));
                let ask = ask(endpoint, "CertCentral users", &["user"], &query)?;
                door.json(&ask, |answer| rows::certcentral(answer, "users", row)).await
            })
        };
        Ok(reading.run(|| door.now(), &mut Silent, page).await?)
    }
}

fn recipient(raw: &RawValue) -> Recipient {
    let user = rows::row::<User<'_>>(raw, &mut Reader::default());
    Recipient {
        user_id: user.id.integer().unwrap_or_default(),
        first_name: user.first_name.as_str().to_owned(),
        last_name: user.last_name.as_str().to_owned(),
        email: user.email.as_str().to_owned(),
    }
}

fn user(raw: &RawValue) -> CertCentralUser {
    rows::row::<User<'_>>(raw, &mut Reader::default()).domain()
}
