//! Whose a key is and what it may do, as its service tells.

use super::{Client, Service};
use crate::domain::{Clean, Failure, When, ids::AccountId};

/// What a service says of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Name of the user; empty for a partner key, which has none.
    pub user: Clean,
    /// The account; empty when the service does not tell.
    pub account: AccountId,
    /// In words: `administrator`, `parent`, `service`.
    pub role: Clean,
    /// Permission words, as far as the service has such.
    pub permissions: Vec<Clean>,
    /// When the key ends; `None` when that cannot be read.
    pub ends: Option<When>,
}

impl Client {
    /// Asks a service about its key; of Partner Subscriptions about the first one. Only GETs.
    ///
    /// # Errors
    /// `NotAuthenticated` for a wrong key, else as any call.
    pub async fn standing(&self, service: Service) -> Result<Standing, Failure> {
        match service {
            Service::CertCentral => self.cc_standing().await,
            Service::Partner => self.partner_standing().await,
            Service::One => self.one_standing().await,
        }
    }
}
