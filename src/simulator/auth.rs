//! Invented keys, whom they belong to, and what they may do.

/// `CertCentral` key of an administrator: reads and writes reports.
pub const CERTCENTRAL: &str = "sim-certcentral-not-a-secret-0001";
/// `CertCentral` key of an administrator, restricted to GET (key role 102).
pub const CERTCENTRAL_VIEW_ONLY: &str = "sim-certcentral-not-a-secret-viewonly";
/// `CertCentral` key of a manager: no access to reports.
pub const CERTCENTRAL_MANAGER: &str = "sim-certcentral-not-a-secret-manager";
/// `CertCentral` key that has ended.
pub const CERTCENTRAL_EXPIRED: &str = "sim-certcentral-not-a-secret-expired";
/// Partner key of the parent account: discovery, refused under `/acme`.
pub const PARTNER_PARENT: &str = "sim-partner-not-a-secret-parent";
/// Partner key of the subaccount `shop` (90210).
pub const PARTNER_SHOP: &str = "sim-partner-not-a-secret-shop";
/// Partner key of the subaccount `platform` (90211).
pub const PARTNER_PLATFORM: &str = "sim-partner-not-a-secret-platform";
/// Partner key of the subaccount `labs` (90212).
pub const PARTNER_LABS: &str = "sim-partner-not-a-secret-labs";
/// Partner key of the fourth subaccount, which the demo does not hold: its contracts are a blind spot.
pub const PARTNER_LOGISTICS: &str = "sim-partner-not-a-secret-logistics";
/// Partner key that has been made inactive.
pub const PARTNER_INACTIVE: &str = "sim-partner-not-a-secret-inactive";
/// Key of `ops-one`, who may do everything in Private CA.
pub const ONE: &str = "sim-one_not-a-secret-0001";
/// Key of `ops-two`, a second person with the same rights.
pub const ONE_SECOND: &str = "sim-one_not-a-secret-0002";
/// Key of `auditor`, who may read and decide nothing.
pub const ONE_VIEWER: &str = "sim-one_not-a-secret-viewer";
/// Key of `newcomer`, without any word of Private CA.
pub const ONE_WITHOUT_CA: &str = "sim-one_not-a-secret-newcomer";
/// Key that has ended.
pub const ONE_EXPIRED: &str = "sim-one_not-a-secret-expired";

/// A subaccount whose key the demo holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubaccountKey {
    /// Short name.
    pub name: String,
    /// Account number.
    pub account_id: i64,
    /// The key.
    pub key: String,
    /// Contracts of the account; the service has no call that lists them for this key.
    pub contracts: Vec<i64>,
}

/// The keys of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoKeys {
    /// [`CERTCENTRAL`]
    pub certcentral: String,
    /// [`PARTNER_PARENT`]
    pub partner_parent: String,
    /// Three of the four subaccounts.
    pub partner_subaccounts: Vec<SubaccountKey>,
    /// [`ONE`]
    pub one: String,
}

/// The keys of the demo: clearly invented, valid at a simulator only.
pub fn demo_keys() -> DemoKeys {
    let subaccount = |name: &str, account_id, key: &str, contracts: &[i64]| SubaccountKey {
        name: name.to_owned(),
        account_id,
        key: key.to_owned(),
        contracts: contracts.to_vec(),
    };
    DemoKeys {
        certcentral: CERTCENTRAL.to_owned(),
        partner_parent: PARTNER_PARENT.to_owned(),
        partner_subaccounts: vec![
            subaccount("shop", 90_210, PARTNER_SHOP, &[12_345, 12_346, 12_347]),
            subaccount("platform", 90_211, PARTNER_PLATFORM, &[12_350, 12_351, 12_352, 12_353]),
            subaccount("labs", 90_212, PARTNER_LABS, &[12_361, 12_399]),
        ],
        one: ONE.to_owned(),
    }
}

/// What a `CertCentral` key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Administrator,
    ViewOnly,
    Manager,
}

/// Role and user number of a `CertCentral` key; `None` for a wrong one.
pub(super) fn certcentral(key: Option<&str>) -> Option<(Role, i64)> {
    match key? {
        CERTCENTRAL => Some((Role::Administrator, 8_801_442)),
        CERTCENTRAL_VIEW_ONLY => Some((Role::ViewOnly, 8_801_443)),
        CERTCENTRAL_MANAGER => Some((Role::Manager, 8_801_450)),
        _ => None,
    }
}

/// Whose a partner key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partner {
    Parent,
    /// Account number.
    Subaccount(i64),
}

/// Secrets of the partner keys in the order of their records.
pub(super) const PARTNER_KEYS: [(&str, i64, &str); 6] = [
    (PARTNER_PARENT, 80_001, "partner-root"),
    (PARTNER_SHOP, 90_210, "shop-read"),
    (PARTNER_PLATFORM, 90_211, "platform-read"),
    (PARTNER_LABS, 90_212, "labs-read"),
    (PARTNER_LOGISTICS, 90_213, "logistics-read"),
    (PARTNER_INACTIVE, 90_210, "shop-old"),
];

/// Who signs in at the authority service: the user's name and permission words. `None` for a wrong key.
///
/// With a client certificate the key is left out, and its subject says who it is.
pub(super) fn one(key: Option<&str>, subject: Option<&str>) -> Option<(&'static str, Vec<&'static str>)> {
    let viewing = |word: &&str| word.starts_with("VIEW_");
    let words = || CM_WORDS.iter().chain(&AM_WORDS).copied();
    let key = key.or((subject == Some("ops-one")).then_some(ONE));
    match key? {
        ONE => Some(("ops-one", words().collect())),
        ONE_SECOND => Some(("ops-two", words().collect())),
        ONE_VIEWER => Some(("auditor", words().filter(viewing).collect())),
        ONE_WITHOUT_CA => Some(("newcomer", vec!["VIEW_AM_ACCOUNT"])),
        _ => None,
    }
}

/// Permission words of Private CA.
pub(super) const CM_WORDS: [&str; 13] = [
    "VIEW_CM_CA",
    "MANAGE_CM_CA",
    "MANAGE_CM_REVOKE_CA",
    "VIEW_CM_CA_CRL",
    "MANAGE_CM_CA_CRL",
    "VIEW_CM_OCSP_RESPONDER",
    "MANAGE_CM_OCSP_RESPONDER",
    "VIEW_CM_CUSTOM_TEMPLATE",
    "VIEW_CM_LICENSE",
    "VIEW_CM_HSM_PARTITION",
    "VIEW_CM_CERTIFICATE",
    "CREATE_CM_CERTIFICATE",
    "VIEW_CM_AUDIT_LOG",
];

/// Permission words of Account Manager and Trust Lifecycle.
pub(super) const AM_WORDS: [&str; 5] =
    ["VIEW_AM_USER", "VIEW_AM_ACCOUNT", "VIEW_AM_ROLE", "VIEW_AM_AUDIT_LOG", "VIEW_EM_AUDIT_LOG"];
