//! Whose a partner key is: its account, and whether it is the parent's.

use super::accounts::only;
use crate::{
    client::{Client, Standing},
    domain::{Failure, FailureKind},
};

impl Client {
    /// The account of the first key, found by its last four characters in the list that it sees (`GET /api-key`), and
    /// its kind: only a parent key may read `GET /account/reporting`.
    pub(in crate::client) async fn partner_standing(&self) -> Result<Standing, Failure> {
        let partner = self.state.partner()?;
        let mut endpoints = partner.parent.iter().chain(partner.subaccounts.iter().map(|sub| &sub.endpoint));
        let Some(endpoint) = endpoints.next() else {
            return Err(Failure::new(FailureKind::Configuration, "Partner Subscriptions has no key in this context"));
        };
        let (keys, reporting) = tokio::join!(self.keys_of(endpoint), self.reporting(endpoint));
        let (keys, last4) = (keys?, endpoint.key.last4());
        let own = keys.iter().filter(|key| key.last4 == *last4.as_str());
        let account = only(own).or_else(|| only(keys.iter())).unwrap_or_default();
        let role = match reporting {
            Ok(_) => "parent",
            Err(failure) if failure.kind == FailureKind::NotPermitted => "subaccount",
            Err(failure) => return Err(failure),
        };
        Ok(Standing { account, role: role.into(), ..Standing::default() })
    }
}
