//! Certificate authorities of DigiCert ONE Private CA (contract `digicert-one.openapi.yaml`).

pub mod certificate;
pub mod checks;
pub mod decision;
pub mod forest;
pub mod impact;
pub mod names;
pub mod paper;
pub mod revocation;

use jiff::Timestamp;

use self::certificate::ParsedCertificate;
use super::{
    ids::{AccountId, CaId, RecordId, RequestId, UserId},
    serial::Serial,
    text::Clean,
    when::When,
    word::words,
};

words! {
    /// Operational state word of a CA record.
    CaStatus {
        /// In use.
        Active = "active",
        /// Waits for its certificate.
        PendingSign = "pending_sign",
        /// Switched off.
        Disabled = "disabled",
        /// Revoked.
        Revoked = "revoked",
        /// Past its end.
        Expired = "expired",
        /// Waits for a second person.
        PendingApproval = "pending_approval",
    }
}

words! {
    /// Position in the hierarchy.
    CertType {
        /// Self-issued.
        Root = "root",
        /// Issued by another CA.
        Intermediate = "intermediate",
    }
}

words! {
    /// How the private key is held.
    HostedType {
        /// In the service, always reachable.
        Online = "online",
        /// In the service, brought out for ceremonies.
        Offline = "offline",
        /// Outside the service.
        External = "external",
        /// Of another party; trusted, not operated.
        ThirdParty = "third_party",
    }
}

words! {
    /// RFC 5280 reason for a revocation.
    RevocationReason {
        /// 0
        Unspecified = "unspecified",
        /// 1
        KeyCompromise = "key_compromise",
        /// 2
        CaCompromise = "ca_compromise",
        /// 3
        AffiliationChanged = "affiliation_changed",
        /// 4
        Superseded = "superseded",
        /// 5
        CessationOfOperation = "cessation_of_operation",
        /// 6
        CertificateHold = "certificate_hold",
        /// 8
        RemoveFromCrl = "remove_from_crl",
        /// 9
        PrivilegeWithdrawn = "privilege_withdrawn",
        /// 10
        AaCompromise = "aa_compromise",
    }
}

impl RevocationReason {
    /// Reads the word, or the RFC 5280 number in text form.
    pub fn read(raw: &str) -> Self {
        match raw.trim() {
            "0" => Self::Unspecified,
            "1" => Self::KeyCompromise,
            "2" => Self::CaCompromise,
            "3" => Self::AffiliationChanged,
            "4" => Self::Superseded,
            "5" => Self::CessationOfOperation,
            "6" => Self::CertificateHold,
            "8" => Self::RemoveFromCrl,
            "9" => Self::PrivilegeWithdrawn,
            "10" => Self::AaCompromise,
            word => Self::parse(word),
        }
    }

    /// The RFC 5280 name, `cessationOfOperation`.
    pub fn rfc_name(&self) -> &str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
            Self::Unknown(word) => word.as_str(),
        }
    }
}

/// A record named by another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedRef {
    /// Id of the record.
    pub id: RecordId,
    /// Its name, as far as it was sent.
    pub name: Clean,
}

/// A CA record of the list. Everything but the id may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ca {
    /// Its id.
    pub id: CaId,
    /// Display name.
    pub name: Clean,
    /// State word.
    pub status: CaStatus,
    /// Root or intermediate.
    pub cert_type: CertType,
    /// Where the key is.
    pub hosted_type: HostedType,
    /// The CA that signed this one; `None` for a root.
    pub issuer: Option<CaId>,
    /// Name of that CA, as far as it was sent.
    pub issuer_name: Clean,
    /// Serial number.
    pub serial: Option<Serial>,
    /// SHA-256 of the certificate, hexadecimal as sent.
    pub sha256: Clean,
    /// Start of validity.
    pub valid_from: When,
    /// End of validity.
    pub valid_to: When,
    /// Key family and size, `ECDSA P-384`.
    pub key: Clean,
    /// Revocation flag; `None` when the service does not send it.
    pub is_revoked: Option<bool>,
    /// Time of revocation.
    pub revoked_date: When,
    /// Why it was revoked.
    pub revoked_reason: Option<RevocationReason>,
    /// The open request the record carries.
    pub pending_request: Option<RequestId>,
    /// Templates bound to it; `None` when the record does not say.
    pub templates: Option<Vec<NamedRef>>,
    /// What could not be read as the contract says; empty for a sound record.
    pub oddities: Vec<Clean>,
}

/// The state that counts, from all that the record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectiveState {
    /// In use.
    Active,
    /// Waits for its certificate or a second person.
    Pending,
    /// Switched off.
    Disabled,
    /// Revoked.
    Revoked,
    /// Past its end.
    Expired,
    /// A trust anchor of another party.
    Trust,
    /// A word that this program does not know.
    Unknown(Clean),
}

impl EffectiveState {
    /// Word for a column.
    pub fn label(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Trust => "trust",
            Self::Unknown(word) if word.is_empty() => "unknown",
            Self::Unknown(word) => word.as_str(),
        }
    }
}

impl Ca {
    /// The state that counts at `now`, and the member it was derived from.
    ///
    /// Revocation wins over everything, then the end of validity, then the state word.
    pub fn effective_state(&self, now: Timestamp) -> (EffectiveState, &'static str) {
        if self.is_revoked == Some(true) {
            return (EffectiveState::Revoked, "is_revoked");
        }
        if self.status == CaStatus::Revoked {
            return (EffectiveState::Revoked, "status");
        }
        if self.revoked_date.at().is_some_and(|at| at <= now) {
            return (EffectiveState::Revoked, "revoked_date");
        }
        if self.valid_to.at().is_some_and(|end| end < now) {
            return (EffectiveState::Expired, "valid_to");
        }
        let state = match &self.status {
            CaStatus::Active if self.hosted_type == HostedType::ThirdParty => EffectiveState::Trust,
            CaStatus::Active => EffectiveState::Active,
            CaStatus::PendingSign | CaStatus::PendingApproval => EffectiveState::Pending,
            CaStatus::Disabled => EffectiveState::Disabled,
            CaStatus::Expired => EffectiveState::Expired,
            CaStatus::Revoked => EffectiveState::Revoked,
            CaStatus::Unknown(word) => EffectiveState::Unknown(word.clone()),
        };
        (state, "status")
    }
}

words! {
    /// Kind of a request about a CA.
    RequestType {
        /// Revoke it.
        Revocation = "revocation",
        /// Take a revocation back.
        Reinstatement = "reinstatement",
    }
}

words! {
    /// State of a request.
    RequestStatus {
        /// Waits for a second person.
        Pending = "pending",
        /// Approved.
        Approved = "approved",
        /// Rejected.
        Rejected = "rejected",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

/// A revocation or reinstatement request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaRequest {
    /// Its id.
    pub id: RequestId,
    /// What is asked.
    pub request_type: RequestType,
    /// Its state.
    pub status: RequestStatus,
    /// The CA.
    pub ca: CaId,
    /// Name of the CA, as far as it was sent.
    pub ca_name: Clean,
    /// Why.
    pub reason: Option<RevocationReason>,
    /// Note of the requester.
    pub comment: Clean,
    /// Who asked; `None` when it is not known.
    pub requested_by: Option<UserId>,
    /// Name of who asked.
    pub requested_by_name: Clean,
    /// When.
    pub requested: When,
    /// Who answered; `None` when it is not known.
    pub reviewed_by: Option<UserId>,
    /// Name of who answered.
    pub reviewed_by_name: Clean,
    /// When it was answered.
    pub reviewed: When,
    /// Note of who answered.
    pub review_comment: Clean,
}

/// From where the open requests were read; the screen says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestSource {
    /// The service's queue of all requests.
    Queue,
    /// The list of each CA.
    PerCa,
    /// The `pending_request` member of the CA records.
    Record,
}

/// A CRL configuration of a CA.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crl {
    /// Its id.
    pub id: RecordId,
    /// Its CA.
    pub ca: CaId,
    /// Display name.
    pub name: Clean,
    /// Distribution point.
    pub url: Clean,
    /// Publishing rhythm in hours.
    pub frequency_hours: Option<u32>,
    /// Start of the newest CRL.
    pub this_update: When,
    /// When the next one is due.
    pub next_update: When,
    /// Number of the newest CRL.
    pub number: Clean,
    /// State word.
    pub status: Clean,
}

/// An OCSP responder of a CA.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OcspResponder {
    /// Its id.
    pub id: RecordId,
    /// Its CA.
    pub ca: CaId,
    /// Display name.
    pub name: Clean,
    /// Address.
    pub url: Clean,
    /// State word.
    pub status: Clean,
    /// End of its signing certificate.
    pub valid_to: When,
}

/// A certificate template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// Its id.
    pub id: RecordId,
    /// Display name.
    pub name: Clean,
    /// `root`, `intermediate` or `end_entity`.
    pub cert_type: Clean,
    /// State word.
    pub status: Clean,
    /// Accounts that may use it.
    pub accounts: Vec<AccountId>,
}

/// Everything that the details pane shows of one CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaDetails {
    /// The record, read again.
    pub ca: Ca,
    /// The certificate, or why there is none to show.
    pub certificate: Result<Box<ParsedCertificate>, super::Failure>,
    /// The record as sent, pretty-printed, one safe line each; unknown members included.
    pub raw: Box<[Clean]>,
}
