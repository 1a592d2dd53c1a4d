//! Whose a DigiCert ONE key is, what it may do in Private CA, and until when: `GET /user/me` and
//! `GET /api-access-token` of Account Manager.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::{ask, paths::Route};
use crate::{
    client::{
        Client, Service, Standing, limits, rows,
        wire::{Reader, Scalar},
    },
    domain::{Failure, FailureKind, When, identity::OneUser, ids::UserId},
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
    /// The user behind the key as [`Client::one_me`], with the end of the key. With a client certificate that is the
    /// end of the certificate. Tokens are asked for once in [`limits::TOKEN_AGE`]: many keys may not read them, and
    /// each refusal stands in the log of the account.
    ///
    /// # Errors
    /// As any call; an end that cannot be read is none.
    pub async fn one_holder(&self) -> Result<OneUser, Failure> {
        let mut me = self.one_me().await?;
        me.key_ends = match self.own_certificate(Service::One) {
            Some(own) => Some(When::At(own.ends)),
            None => self.token_end(&me.id).await?,
        };
        Ok(me)
    }

    /// When the one usable token of a user ends; `None` when it cannot be read, and when there are several, since no
    /// member tells which is ours.
    async fn token_end(&self, user: &UserId) -> Result<Option<When>, Failure> {
        let one = self.state.one()?;
        let mut known = one.token_end.lock().await;
        if let Some((asked, end)) = &*known
            && asked.elapsed() < limits::TOKEN_AGE
        {
            return Ok(end.clone());
        }
        let ask = ask(one, "API tokens", Route::Tokens, "", &[("user_id", user.to_string())])?;
        let read = self.state.door.json(&ask, |answer| rows::one(answer, end));
        // Who the user is does not wait for what is only good to know.
        let read = tokio::time::timeout(limits::CONNECT, read).await.map(|read| read.map_err(Failure::from));
        let (end, lasts) = match read {
            Ok(Ok(page)) => {
                let mut usable = page.rows.into_iter().flatten();
                (usable.next().filter(|_| usable.next().is_none()), true)
            }
            Ok(Err(why)) => (None, matches!(why.kind, FailureKind::NotPermitted | FailureKind::NotFound)),
            Err(_) => (None, false),
        };
        if lasts {
            *known = Some((Instant::now(), end.clone()));
        }
        Ok(end)
    }

    pub(in crate::client) async fn one_standing(&self) -> Result<Standing, Failure> {
        let me = self.one_holder().await?;
        let account = me.accounts.into_iter().next().map(|(id, _)| id).unwrap_or_default();
        let permissions = me.permissions.into_iter().filter(|word| word.contains("_CM_")).collect();
        Ok(Standing { user: me.name, account, role: me.user_type, permissions, ends: me.key_ends })
    }
}
