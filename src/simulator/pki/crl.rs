//! CRLs of RFC 5280, signed by the authority.

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber};

use super::{Pki, PkiError, Recipe, instant};

/// A revoked certificate.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Entry {
    pub(in crate::simulator) serial: Vec<u8>,
    pub(in crate::simulator) at: i64,
    pub(in crate::simulator) reason: String,
}

/// What a CRL says.
pub(in crate::simulator) struct CrlInput {
    pub(in crate::simulator) this_update: i64,
    pub(in crate::simulator) next_update: i64,
    pub(in crate::simulator) number: u64,
    pub(in crate::simulator) entries: Vec<Entry>,
}

impl Pki {
    /// The DER bytes of a CRL.
    pub(in crate::simulator) fn crl(&mut self, authority: &Recipe, input: &CrlInput) -> Result<Vec<u8>, PkiError> {
        let authority = self.authority(authority)?;
        let params = CertificateRevocationListParams {
            this_update: instant(input.this_update),
            next_update: instant(input.next_update),
            crl_number: SerialNumber::from(input.number),
            issuing_distribution_point: None,
            revoked_certs: input
                .entries
                .iter()
                .map(|entry| RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&entry.serial),
                    revocation_time: instant(entry.at),
                    reason_code: reason(&entry.reason),
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(authority.issuer()?)?.der().to_vec())
    }
}

/// RFC 5280 asks to leave `unspecified` out.
fn reason(word: &str) -> Option<RevocationReason> {
    Some(match word {
        "key_compromise" => RevocationReason::KeyCompromise,
        "ca_compromise" => RevocationReason::CaCompromise,
        "affiliation_changed" => RevocationReason::AffiliationChanged,
        "superseded" => RevocationReason::Superseded,
        "cessation_of_operation" => RevocationReason::CessationOfOperation,
        "certificate_hold" => RevocationReason::CertificateHold,
        "privilege_withdrawn" => RevocationReason::PrivilegeWithdrawn,
        "aa_compromise" => RevocationReason::AaCompromise,
        _ => return None,
    })
}
