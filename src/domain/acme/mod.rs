//! ACME certificates and contracts as the Partner Subscriptions API gives them
//! (contract `partner-subscription.openapi.yaml`).

pub mod ari;
mod beside;
mod case;
mod course;
pub mod covering;
mod evidence;
pub mod explain;
pub mod facts;
pub mod forecast;
pub mod group;
mod groups;
pub mod lifetime;
pub mod lineage;
pub mod note;
pub mod probe;
mod register;
mod scopes;
pub mod sight;
pub mod state;
pub mod threshold;
pub mod triage;
pub mod trouble;
mod uncovered;

pub use uncovered::Uncovered;

use super::{
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
    serial::Serial,
    text::Clean,
    when::When,
    word::words,
};

words! {
    /// The service's status of a certificate record. `Renewed` says that a newer one exists, not that it is deployed.
    CertificateStatus {
        /// Valid, no successor recorded.
        Issued = "issued",
        /// Not issued yet.
        Pending = "pending",
        /// A successor exists.
        Renewed = "renewed",
        /// Left without a successor.
        NotRenewed = "not_renewed",
        /// Ended.
        Expired = "expired",
        /// Revoked.
        Revoked = "revoked",
    }
}

/// One certificate record of a contract. The API gives no id, issuer, issue date or successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeCertificate {
    /// The subaccount that holds the contract.
    pub account: AccountId,
    /// The contract that lists it.
    pub contract: ContractId,
    /// Main name of the record; may be a wildcard.
    pub domain: Name,
    /// The service's status.
    pub status: CertificateStatus,
    /// End of validity; [`When::Never`] until issued.
    pub expires: When,
    /// Serial number; `None` until issued.
    pub serial: Option<Serial>,
    /// All names.
    pub names: NameSet,
    /// What could not be read as the contract says, for the details pane; empty for a sound record.
    pub oddities: Vec<Clean>,
}

/// What tells two records apart: the serial, or the names of a record without one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AcmeKey {
    /// The account.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Serial digits, or the joined names behind a `-`.
    pub tail: Box<str>,
}

impl AcmeCertificate {
    /// The key of this record.
    pub fn key(&self) -> AcmeKey {
        let tail = self.serial.as_ref().map_or_else(
            || {
                let names: Vec<&str> = self.names.iter().map(Name::as_str).collect();
                format!("-{}:{}", self.domain, names.join(",")).into_boxed_str()
            },
            |serial| serial.digits().into(),
        );
        AcmeKey { account: self.account.clone(), contract: self.contract.clone(), tail }
    }

    /// Seconds until the end; negative after it, `None` when there is no readable end.
    pub fn left(&self, now: jiff::Timestamp) -> Option<i64> {
        self.expires.seconds_from(now)
    }

    /// True when the date contradicts the status: the date decides, the status is shown with `!`.
    pub fn contradicts(&self, now: jiff::Timestamp) -> bool {
        let Some(left) = self.left(now) else { return false };
        match self.status {
            CertificateStatus::Issued | CertificateStatus::Pending => left < 0,
            CertificateStatus::Expired => left > 0,
            CertificateStatus::Renewed
            | CertificateStatus::NotRenewed
            | CertificateStatus::Revoked
            | CertificateStatus::Unknown(_) => false,
        }
    }
}

/// A paid contract under which an ACME client obtains certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its number.
    pub id: ContractId,
    /// The subaccount.
    pub account: AccountId,
    /// Product word, `ssl_dv_rapidssl`.
    pub product: Clean,
    /// Names under the contract.
    pub names: NameSet,
    /// Start of the contract.
    pub created: When,
    /// End of the paid coverage, not of any certificate.
    pub valid_till: When,
    /// Whether the coverage is continued; `None` when this answer does not say.
    pub auto_renew: Option<bool>,
    /// When it was cancelled.
    pub canceled: When,
    /// Organisation, for OV and EV.
    pub organization: Option<Clean>,
    /// Whether that organisation is validated; without meaning for DV.
    pub organization_validated: Option<bool>,
}

/// A subaccount of the partner account, as far as reporting or the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subaccount {
    /// Its number.
    pub id: AccountId,
    /// Name from the configuration.
    pub name: Option<Clean>,
    /// Its contracts.
    pub contracts: Vec<Contract>,
    /// False when no key of the configuration reaches it: its certificates cannot be seen (a blind spot).
    pub has_key: bool,
}

words! {
    /// State of an ACME credential.
    CredentialStatus {
        /// Usable.
        Active = "active",
        /// Revoked.
        Revoked = "revoked",
    }
}

/// An ACME credential (external account binding) of a contract; the secret is never readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its number.
    pub id: Clean,
    /// The last characters of the key identifier.
    pub kid_hint: Clean,
    /// Its state.
    pub status: CredentialStatus,
    /// When it was made.
    pub created: When,
}

/// A key of the Partner API, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerKey {
    /// Its number.
    pub id: Clean,
    /// Its name.
    pub name: Clean,
    /// The account that owns it.
    pub account: AccountId,
    /// `active` or `inactive`.
    pub status: Clean,
    /// Last four characters, by which a client finds its own key.
    pub last4: Clean,
    /// Last use.
    pub last_used: When,
}
