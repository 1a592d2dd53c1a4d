//! Who a key acts for, and what it may do.

use super::{
    ids::{AccountId, UserId},
    text::Clean,
    when::When,
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

    /// Why the key may change no report; `None` for one that may, as far as it is told.
    pub fn cannot_change_reports(&self) -> Option<&'static str> {
        if self.roles.iter().any(|(id, _)| *id == 102) {
            return Some("this key only reads (role View Only)");
        }
        (!self.is_administrator()).then_some("only a key of an administrator may change reports")
    }

    /// What the key may do, in a few words. Role 102 answers GET alone (contract `certcentral-services`, `role_id`).
    pub fn reach(&self) -> String {
        let view_only = self.roles.iter().any(|(id, _)| *id == 102);
        match (self.is_administrator(), view_only, self.roles.first()) {
            (_, true, _) => "view only".to_owned(),
            (true, false, _) => "administrator".to_owned(),
            (false, false, Some((_, role))) => format!("limited: {role}, no reports"),
            (false, false, None) => "limited: no role is told, no reports".to_owned(),
        }
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
    /// When the key ends, and with it every call (UTC); `None` when that cannot be read.
    pub key_ends: Option<When>,
}

impl OneUser {
    /// Whether the user has `word`. A missing word is a reason to warn, never to refuse.
    pub fn may(&self, word: &str) -> bool {
        self.permissions.iter().any(|have| have.eq_ignore_ascii_case(word))
    }

    /// What the key may do, in a few words: the permissions of the CA Manager (`_CM_`), and whether an account has to
    /// be chosen.
    pub fn reach(&self) -> String {
        let of_cas = self.permissions.iter().filter(|word| word.to_ascii_uppercase().contains("_CM_"));
        let (mut view, mut manage) = (0, 0);
        for word in of_cas {
            *(if word.to_ascii_uppercase().starts_with("VIEW") { &mut view } else { &mut manage }) += 1;
        }
        let words = match (view, manage) {
            (0, 0) => "no permission for CAs is told".to_owned(),
            (view, 0) => format!("{view} CA views"),
            (view, manage) => format!("{view} CA views, {manage} to manage"),
        };
        if self.accounts.len() > 1 {
            format!("{words}; {} accounts, account_id chooses", self.accounts.len())
        } else {
            words
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_may_do_is_told_in_a_few_words() {
        let user = |roles: &[(i64, &str)]| CertCentralUser {
            id: UserId::default(),
            username: Clean::new("ops"),
            name: Clean::new("Ops"),
            account: AccountId::default(),
            roles: roles.iter().map(|(id, name)| (*id, Clean::new(name))).collect(),
            language: None,
        };
        assert_eq!(user(&[(1, "Administrator")]).reach(), "administrator");
        assert_eq!(user(&[(1, "Administrator"), (102, "View only")]).reach(), "view only");
        assert_eq!(user(&[(2, "Limited user")]).reach(), "limited: Limited user, no reports");
        assert_eq!(user(&[]).reach(), "limited: no role is told, no reports");
        let one = |words: &[&str], accounts: usize| OneUser {
            id: UserId::default(),
            name: Clean::new("ops"),
            email: None,
            user_type: Clean::new("standard"),
            status: Clean::new("ACTIVE"),
            accounts: (0..accounts).map(|_| (AccountId::default(), Clean::default())).collect(),
            permissions: words.iter().map(|word| Clean::new(word)).collect(),
            key_ends: None,
        };
        assert_eq!(one(&["VIEW_CM_CA", "view_cm_ca_crl", "VIEW_AM_USER"], 1).reach(), "2 CA views");
        assert_eq!(one(&["VIEW_CM_CA", "MANAGE_CM_CA"], 1).reach(), "1 CA views, 1 to manage");
        assert_eq!(one(&[], 3).reach(), "no permission for CAs is told; 3 accounts, account_id chooses");
    }
}
