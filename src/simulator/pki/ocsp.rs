//! OCSP answers of RFC 6960, signed by a delegated responder.

use std::time::Duration;

use aws_lc_rs::digest;
use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString};
use der::{DateTime, Decode, Encode};
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose, PublicKeyData as _, SigningKey as _};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version,
};

use super::{Alg, Pki, PkiError, Recipe, keys, params};

/// What the responder knows of a serial number.
#[derive(Clone, Debug)]
pub(in crate::simulator) enum Known {
    Good,
    /// Unix seconds and the reason word.
    Revoked(i64, String),
    Unknown,
}

const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// The DER bytes of an answer to `request`. `responder` names the signer; its authority signs its certificate.
pub(in crate::simulator) fn reply(
    pki: &mut Pki,
    authority: &Recipe,
    responder: &Recipe,
    request: &[u8],
    now: i64,
    known: impl Fn(&[u8]) -> Known,
) -> Result<Vec<u8>, PkiError> {
    let Ok(request) = OcspRequest::from_der(request) else {
        return Ok(OcspResponse::malformed_request().to_der()?);
    };
    let this_update = time(now - now.rem_euclid(3_600))?;
    let next_update = time(now - now.rem_euclid(3_600) + 12 * 3_600)?;
    let responses = request
        .tbs_request
        .request_list
        .iter()
        .map(|one| {
            let serial = one.req_cert.serial_number.as_bytes();
            Ok(SingleResponse {
                cert_id: one.req_cert.clone(),
                cert_status: status(known(serial))?,
                this_update,
                next_update: Some(next_update),
                single_extensions: None,
            })
        })
        .collect::<Result<_, PkiError>>()?;
    let nonce: Vec<_> = request
        .tbs_request
        .request_extensions
        .into_iter()
        .flatten()
        .filter(|extension| extension.extn_id == NONCE)
        .collect();
    let key = keys::derive(pki.seed, Alg::P256, "ocsp", responder.number)?;
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key.der_bytes());
    let tbs_response_data = ResponseData {
        version: Version::V1,
        responder_id: ResponderId::ByKey(OctetString::new(hash.as_ref())?),
        produced_at: time(now)?,
        responses,
        response_extensions: (!nonce.is_empty()).then_some(nonce),
    };
    let signature = key.sign(&tbs_response_data.to_der()?)?;
    let certificate = pki.responder(authority, responder)?;
    let basic = BasicOcspResponse {
        tbs_response_data,
        signature_algorithm: AlgorithmIdentifierOwned { oid: ECDSA_SHA256, parameters: None },
        signature: BitString::from_bytes(&signature)?,
        certs: Some(vec![x509_cert::Certificate::from_der(&certificate)?]),
    };
    Ok(OcspResponse::successful(basic)?.to_der()?)
}

impl Pki {
    /// The certificate of a delegated responder.
    fn responder(&mut self, authority: &Recipe, responder: &Recipe) -> Result<Vec<u8>, PkiError> {
        let key = keys::derive(self.seed, Alg::P256, "ocsp", responder.number)?;
        let mut params = params(responder);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        params.use_authority_key_identifier_extension = true;
        let authority = self.authority(authority)?;
        Ok(params.signed_by(&key, authority.issuer()?)?.der().to_vec())
    }
}

fn time(second: i64) -> Result<OcspGeneralizedTime, PkiError> {
    let since = Duration::from_secs(u64::try_from(second).unwrap_or(0));
    let date = DateTime::from_unix_duration(since)?;
    Ok(OcspGeneralizedTime(GeneralizedTime::from_date_time(date)))
}

fn status(known: Known) -> Result<CertStatus, PkiError> {
    Ok(match known {
        Known::Good => CertStatus::good(),
        Known::Unknown => CertStatus::unknown(),
        Known::Revoked(at, word) => {
            CertStatus::revoked(RevokedInfo { revocation_time: time(at)?, revocation_reason: reason(&word) })
        }
    })
}

fn reason(word: &str) -> Option<CrlReason> {
    Some(match word {
        "key_compromise" => CrlReason::KeyCompromise,
        "ca_compromise" => CrlReason::CaCompromise,
        "affiliation_changed" => CrlReason::AffiliationChanged,
        "superseded" => CrlReason::Superseded,
        "cessation_of_operation" => CrlReason::CessationOfOperation,
        "certificate_hold" => CrlReason::CertificateHold,
        "privilege_withdrawn" => CrlReason::PrivilegeWithdrawn,
        "aa_compromise" => CrlReason::AaCompromise,
        _ => return None,
    })
}
