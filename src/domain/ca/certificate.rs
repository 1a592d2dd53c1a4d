//! What a CA certificate says, read from its DER bytes (RFC 5280).

use crate::domain::{serial::Serial, text::Clean, when::When};

/// A parsed certificate. Text is safe to show; absent extensions are `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedCertificate {
    /// Subject, RFC 4514 text.
    pub subject: Clean,
    /// Issuer, RFC 4514 text.
    pub issuer: Clean,
    /// Serial number.
    pub serial: Option<Serial>,
    /// Start of validity.
    pub not_before: When,
    /// End of validity.
    pub not_after: When,
    /// Key, `EC P-384`, `RSA 4096`, `Ed25519`.
    pub key: Clean,
    /// Signature algorithm.
    pub signature: Clean,
    /// Basic constraints: `CA`, `CA, path length 0`, `not a CA`.
    pub basic_constraints: Option<Clean>,
    /// Key usage words.
    pub key_usage: Vec<Clean>,
    /// Extended key usage, words or object identifiers.
    pub extended_key_usage: Vec<Clean>,
    /// Name constraints, `permits .example.com`.
    pub name_constraints: Vec<Clean>,
    /// Policy identifiers.
    pub policies: Vec<Clean>,
    /// Subject key identifier, hexadecimal.
    pub subject_key_id: Option<Clean>,
    /// Authority key identifier, hexadecimal.
    pub authority_key_id: Option<Clean>,
    /// SHA-256 of the DER bytes, upper-case hexadecimal.
    pub sha256: Clean,
    /// CRL distribution points.
    pub crl_urls: Vec<Clean>,
    /// OCSP addresses.
    pub ocsp_urls: Vec<Clean>,
    /// Addresses of the issuer's certificate.
    pub ca_urls: Vec<Clean>,
    /// Extensions that none of the members above tells: object identifiers, `(critical)` behind those that are.
    pub other_extensions: Vec<Clean>,
    /// The DER bytes.
    pub der: Box<[u8]>,
}
