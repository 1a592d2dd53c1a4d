//! ACME certificates and contracts as the Partner Subscriptions API gives them
//! (contract `partner-subscription.openapi.yaml`).

pub mod ari;
mod beside;
mod case;
mod certificate;
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
pub mod names;
pub mod note;
pub mod probe;
mod register;
mod san;
mod scopes;
pub mod sight;
pub mod state;
pub mod threshold;
pub mod triage;
pub mod trouble;
mod uncovered;

pub use certificate::{AcmeCertificate, AcmeKey, CertificateRecord, Packer, PlainRecord};
pub use names::Names;
pub use san::San;
pub use uncovered::Uncovered;

use super::{
    ids::{AccountId, ContractId},
    name::NameSet,
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
