//! Identifiers. All are opaque: a service may send UUIDs, 32 hex digits or numbers, and none is validated
//! (contract `digicert-one.openapi.yaml`, `OpaqueId`).

use super::text::Clean;

macro_rules! opaque_id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Clean);

        impl $name {
            /// Keeps `raw` as it was sent, made safe to show.
            pub fn new(raw: &str) -> Self {
                Self(Clean::new(raw))
            }

            /// The identifier as shown.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The identifier as text.
            pub const fn text(&self) -> &Clean {
                &self.0
            }

            /// True when the service sent none.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl From<Clean> for $name {
            fn from(text: Clean) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    )+};
}

opaque_id! {
    /// An account of any of the services (Partner: the subaccount's number).
    AccountId,
    /// An ACME contract of the Partner Subscriptions API.
    ContractId,
    /// A CA record of DigiCert ONE.
    CaId,
    /// A revocation or reinstatement request.
    RequestId,
    /// A user of DigiCert ONE or CertCentral.
    UserId,
    /// A report definition of CertCentral.
    ReportId,
    /// One run of a report.
    RunId,
    /// An audit event, unique within its source.
    EventId,
    /// A template, CRL configuration or OCSP responder.
    RecordId,
}
