//! What the user of a CertCentral key may do: `GET /authorization` (contract `certcentral-services.openapi.yaml`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask;
use crate::{
    client::{
        Client, Standing, json, rows,
        wire::{Reader, Scalar},
    },
    domain::{Clean, Failure},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Permission<'a> {
    #[serde(borrow)]
    permission: Scalar<'a>,
    #[serde(borrow)]
    authorized: Scalar<'a>,
}

impl Client {
    /// The permission words that are granted, and whether any other is refused.
    ///
    /// # Errors
    /// As any call.
    async fn cc_permissions(&self) -> Result<(Vec<Clean>, bool), Failure> {
        let endpoint = &self.state.certcentral()?.services;
        let ask = ask(endpoint, "CertCentral permissions", &["authorization"], &[])?;
        let answer = self.state.door.json(&ask, |answer| {
            rows::member(json::text(&answer.bytes)?, "authorizations", |raw: &RawValue| {
                let wire: Permission<'_> = rows::row(raw, &mut Reader::default());
                (wire.permission.clean(), wire.authorized.flag() == Some(true))
            })
        });
        let all = answer.await?;
        let refused = all.iter().any(|(_, granted)| !granted);
        Ok((all.into_iter().filter_map(|(word, granted)| granted.then_some(word)).collect(), refused))
    }

    /// The user, their role and permissions. A key that only reads (key role 102) is told by an administrator who is
    /// granted nothing but reading: no call names the role of a key.
    pub(in crate::client) async fn cc_standing(&self) -> Result<Standing, Failure> {
        let (me, words) = tokio::join!(self.cc_me(), self.cc_permissions());
        let me = me?;
        // What it may do is beside the point when it is not told; who it is counts.
        let (permissions, refused) = words.unwrap_or_default();
        let views = refused && permissions.iter().all(|word| word.starts_with("view_"));
        let role = match (me.is_administrator(), views) {
            (true, true) => "administrator, view-only key".to_owned(),
            (true, false) => "administrator".to_owned(),
            (false, _) => {
                let names: Vec<&str> = me.roles.iter().map(|(_, name)| name.as_str()).collect();
                format!("limited: {}", names.join(", "))
            }
        };
        Ok(Standing { user: me.username, account: me.account, role: role.into(), permissions, ends: None })
    }
}
