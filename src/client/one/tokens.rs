//! Whose a DigiCert ONE key is, what it may do in Private CA, and until when: `GET /user/me` and
//! `GET /api-access-token` of Account Manager.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ask, paths::Route};
use crate::{
    client::{
        Client, Standing, rows,
        wire::{Reader, Scalar},
    },
    domain::{Failure, When, ids::UserId},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token<'a> {
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    enabled: Scalar<'a>,
    #[serde(borrow)]
    expires_at: Scalar<'a>,
}

/// The end of a token that can be used; `None` for one that cannot.
fn end(raw: &RawValue) -> Option<When> {
    let mut reader = Reader::default();
    let wire: Token<'_> = rows::row(raw, &mut reader);
    let off = matches!(wire.status.as_str().to_ascii_lowercase().as_str(), "disabled" | "expired");
    let usable = !off && wire.enabled.flag() != Some(false);
    usable.then(|| reader.when("expires_at", &wire.expires_at))
}

impl Client {
    /// When the one usable token of a user ends; `None` when there are several, since no member tells which is ours.
    async fn token_end(&self, user: &UserId) -> Result<Option<When>, Failure> {
        let ask = ask(self.state.one()?, "API tokens", Route::Tokens, "", &[("user_id", user.to_string())])?;
        let page = self.state.door.json(&ask, |answer| rows::one(answer, end)).await?;
        let mut usable = page.rows.into_iter().flatten();
        Ok(usable.next().filter(|_| usable.next().is_none()))
    }

    pub(in crate::client) async fn one_standing(&self) -> Result<Standing, Failure> {
        let me = self.one_me().await?;
        // Many keys may not read tokens, and the end of this one is then not known.
        let ends = self.token_end(&me.id).await.unwrap_or_default();
        let account = me.accounts.into_iter().next().map(|(id, _)| id).unwrap_or_default();
        let permissions = me.permissions.into_iter().filter(|word| word.contains("_CM_")).collect();
        Ok(Standing { user: me.name, account, role: me.user_type, permissions, ends })
    }
}
