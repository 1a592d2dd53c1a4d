//! Who a key acts for, and what it may do.

use super::{
    ids::{AccountId, UserId},
    text::Clean,
};

/// The user behind a CertCentral key (`GET /user/me`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertCentralUser {
    /// Its number.
    pub id: UserId,
    /// Login name.
    pub username: Clean,
    /// Given and family name.
    pub name: Clean,
    /// The account.
    pub account: AccountId,
    /// Ids and names of the access roles; id 1 is Administrator.
    pub roles: Vec<(i64, Clean)>,
    /// Language of the user; 1 is English.
    pub language: Option<i64>,
}

impl CertCentralUser {
    /// True when the Report Library accepts this user's key.
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|(id, _)| *id == 1)
    }
}

/// The user behind a DigiCert ONE key or certificate (`GET /account/api/v1/user/me`), or a user of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneUser {
    /// Its id.
    pub id: UserId,
    /// Friendly name, else given and family name, else the address.
    pub name: Clean,
    /// Address.
    pub email: Option<Clean>,
    /// `standard` or `service`.
    pub user_type: Clean,
    /// State word.
    pub status: Clean,
    /// Accounts this user reaches.
    pub accounts: Vec<(AccountId, Clean)>,
    /// Permission words of every manager, `VIEW_CM_CA`.
    pub permissions: Vec<Clean>,
}

impl OneUser {
    /// Whether the user has `word`. A missing word is a reason to warn, never to refuse.
    pub fn may(&self, word: &str) -> bool {
        self.permissions.iter().any(|have| have.eq_ignore_ascii_case(word))
    }
}
