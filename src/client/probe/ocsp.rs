//! Questions to OCSP responders and their answers (RFC 6960), with a nonce (RFC 9654).
//!
//! Questions go by POST. A GET (RFC 5019, 5) is there for caches, which a question with a nonce must not be answered
//! from; and its base64 in the path is changed by servers that take `//` for `/`.

use aws_lc_rs::{digest, rand};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    der::{Decode as _, Encode as _, asn1::ObjectIdentifier, asn1::OctetString},
    ext::Extension,
    serial_number::SerialNumber,
};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, OcspResponseStatus, Request,
    ResponderId, SingleResponse, TbsRequest, Version, ext::Nonce as NonceExtension,
};
use x509_parser::{
    asn1_rs::{Any, FromDer as _},
    prelude::X509Certificate,
    x509::AlgorithmIdentifier,
};

use super::signature::Signed;
use crate::{
    client::x509,
    domain::{
        Clean, When,
        ca::{
            RevocationReason,
            revocation::{Lasting, Nonce, OcspFacts, Refusal, Said, Signature, Signer, Status},
        },
    },
};

/// Octets of a nonce (RFC 9654, 2.1).
const NONCE: usize = 32;
const NO_DICE: &str = "there are no random numbers on this machine";
const NONCE_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// The octets of a random serial number, which no CA will have given.
///
/// # Errors
/// There are no random numbers on this machine.
pub fn invented() -> Result<Vec<u8>, Clean> {
    let mut serial = vec![0; 16];
    rand::fill(&mut serial).map_err(|_| NO_DICE)?;
    // Positive, and without zeros in front.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(serial)
}

/// A question about one certificate of a CA.
pub struct Question {
    id: CertId,
    nonce: Vec<u8>,
    der: Vec<u8>,
}

impl Question {
    /// About the certificate that the CA with the certificate `issuer` (DER) gave `serial`, the octets of the integer.
    ///
    /// The issuer is named by its SHA-1, which is a name here and guards nothing: responders of RFC 5019 know no other.
    ///
    /// # Errors
    /// One sentence: the certificate or the serial number cannot be asked about.
    pub fn new(issuer: &[u8], serial: &[u8]) -> Result<Self, Clean> {
        let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| "the certificate of the CA cannot be read")?;
        let odd = |_| Clean::new("its serial number is none that can be asked about");
        let id = CertId {
            hash_algorithm: AlgorithmIdentifierOwned { oid: SHA1, parameters: Some(x509_cert::der::Any::null()) },
            issuer_name_hash: sha1(issuer.subject().as_raw()).map_err(odd)?,
            issuer_key_hash: sha1(&issuer.public_key().subject_public_key.data).map_err(odd)?,
            serial_number: SerialNumber::new(serial).map_err(odd)?,
        };
        let mut nonce = vec![0; NONCE];
        rand::fill(&mut nonce).map_err(|_| NO_DICE)?;
        let request = OcspRequest {
            tbs_request: TbsRequest {
                version: Version::V1,
                requestor_name: None,
                request_list: vec![Request { req_cert: id.clone(), single_request_extensions: None }],
                request_extensions: Some(vec![extension(&nonce).map_err(odd)?]),
            },
            optional_signature: None,
        };
        let der = request.to_der().map_err(odd)?;
        Ok(Self { id, nonce, der })
    }

    /// The bytes to send.
    pub fn der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// Reads the answer, and judges at `now` who signed it: the CA, or one whose certificate the CA signed for that.
    pub fn read(&self, bytes: &[u8], issuer: &[u8], now: Timestamp) -> Said {
        let unreadable = |why: &str| Said::Unreadable(why.into());
        if bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace()) == Some(b'<') {
            return unreadable("it is a page of HTML: a login page or a proxy may answer in place of the responder");
        }
        let Ok(response) = OcspResponse::from_der(bytes) else { return unreadable("it is no answer of OCSP") };
        if let Some(refusal) = refusal(response.response_status) {
            return Said::Refused(refusal);
        }
        let Some(inner) = response.response_bytes.filter(|inner| inner.response_type == BASIC) else {
            return unreadable("it is no basic answer");
        };
        let raw = inner.response.as_bytes();
        let (Ok(basic), Some(proof)) = (BasicOcspResponse::from_der(raw), Proof::of(raw)) else {
            return unreadable("the basic answer in it is broken");
        };
        let Ok((_, issuer)) = X509Certificate::from_der(issuer) else {
            return unreadable("the certificate of the CA cannot be read");
        };
        let data = &basic.tbs_response_data;
        let Some(single) = data.responses.iter().find(|single| self.is_about(single)) else {
            return Said::OtherCertificate;
        };
        let (signer, signature) = proof.judge(&data.responder_id, &issuer, now);
        Said::Ocsp(Box::new(OcspFacts {
            signer,
            produced_at: moment(data.produced_at),
            this_update: moment(single.this_update),
            next_update: single.next_update.map_or(When::Never, moment),
            algorithm: x509::algorithm(&proof.signed.algorithm).into(),
            signature,
            nonce: match &data.nonce() {
                Some(nonce) if nonce.0.as_bytes() == self.nonce => Nonce::Echoed,
                Some(_) => Nonce::Other,
                None => Nonce::Absent,
            },
            status: status(&single.cert_status),
        }))
    }

    /// The algorithm's parameters may be absent in one and NULL in the other.
    fn is_about(&self, single: &SingleResponse) -> bool {
        let (asked, told) = (&self.id, &single.cert_id);
        asked.serial_number == told.serial_number
            && asked.hash_algorithm.oid == told.hash_algorithm.oid
            && asked.issuer_name_hash == told.issuer_name_hash
            && asked.issuer_key_hash == told.issuer_key_hash
    }
}

/// The signature of an answer and the certificates beside it, in the bytes that came: what is written anew may differ.
struct Proof<'a> {
    signed: Signed<'a>,
    certificates: Vec<X509Certificate<'a>>,
}

impl<'a> Proof<'a> {
    fn of(basic: &'a [u8]) -> Option<Self> {
        let (_, outer) = Any::from_der(basic).ok()?;
        let (rest, _) = Any::from_der(outer.data).ok()?;
        let bytes = outer.data.get(..outer.data.len() - rest.len())?;
        let (rest, algorithm) = AlgorithmIdentifier::from_der(rest).ok()?;
        let (rest, signature) = x509_parser::asn1_rs::BitString::from_der(rest).ok()?;
        let mut certificates = Vec::new();
        if !rest.is_empty() {
            let (_, tagged) = Any::from_der(rest).ok()?;
            let (_, list) = Any::from_der(tagged.data).ok()?;
            let mut each = list.data;
            while !each.is_empty() {
                let (next, certificate) = X509Certificate::from_der(each).ok()?;
                certificates.push(certificate);
                each = next;
            }
        }
        Some(Self { signed: Signed { bytes, algorithm, signature }, certificates })
    }

    fn judge(&self, id: &ResponderId, issuer: &X509Certificate<'_>, now: Timestamp) -> (Signer, Signature) {
        if names(id, issuer) {
            return (Signer::Ca, self.signed.by(issuer));
        }
        let Some(delegate) = self.certificates.iter().find(|certificate| names(id, certificate)) else {
            return (Signer::Unknown, Signature::Unchecked("the answer holds no certificate of its signer".into()));
        };
        let signer = Signer::Delegate {
            name: x509::name(delegate.subject()),
            ends: x509::moment(delegate.validity().not_after),
            lasting: lasting(delegate),
        };
        let signature = match refused(delegate, issuer, now) {
            Some(signature) => signature,
            None => match self.signed.by(delegate) {
                Signature::Wrong(_) => Signature::Wrong("it was not made with the key of its responder".into()),
                other => other,
            },
        };
        (signer, signature)
    }
}

/// What a delegate's certificate says of its own revocation.
fn lasting(delegate: &X509Certificate<'_>) -> Lasting {
    let has = |id: &str| delegate.extensions().iter().any(|extension| extension.oid.to_id_string() == id);
    // id-pkix-ocsp-nocheck; CRL distribution points, authority information access.
    match (has("1.3.6.1.5.5.7.48.1.5"), has("2.5.29.31") || has("1.3.6.1.5.5.7.1.1")) {
        (true, _) => Lasting::NoCheck,
        (false, true) => Lasting::NotAsked,
        (false, false) => Lasting::NotTold,
    }
}

/// Why a delegate may not answer for the CA (RFC 6960, 4.2.2.2); `None` when it may.
fn refused(delegate: &X509Certificate<'_>, issuer: &X509Certificate<'_>, now: Timestamp) -> Option<Signature> {
    let wrong = |why: &str| Some(Signature::Wrong(why.into()));
    if x509::name(delegate.issuer()) != x509::name(issuer.subject()) {
        return wrong("its responder has a certificate of another CA");
    }
    let signed = Signed {
        bytes: delegate.tbs_certificate.as_ref(),
        algorithm: delegate.signature_algorithm.clone(),
        signature: delegate.signature_value.clone(),
    };
    match signed.by(issuer) {
        Signature::Good => {}
        Signature::Wrong(_) => return wrong("the certificate of its responder is not signed by the CA"),
        unchecked @ Signature::Unchecked(_) => return Some(unchecked),
    }
    let usage = delegate.extended_key_usage().ok().flatten();
    if !usage.is_some_and(|usage| usage.value.ocsp_signing) {
        return wrong("the certificate of its responder is not for signing OCSP");
    }
    let validity = (x509::moment(delegate.validity().not_before), x509::moment(delegate.validity().not_after));
    if validity.1.at().is_some_and(|end| end < now) {
        return wrong("the certificate of its responder has expired");
    }
    if validity.0.at().is_some_and(|start| start > now) {
        return wrong("the certificate of its responder is not valid yet");
    }
    None
}

/// Whether a certificate is the one that a responder is named by.
fn names(id: &ResponderId, certificate: &X509Certificate<'_>) -> bool {
    match id {
        ResponderId::ByName(name) => name.to_der().is_ok_and(|name| name == certificate.subject().as_raw()),
        ResponderId::ByKey(hash) => {
            sha1(&certificate.public_key().subject_public_key.data).is_ok_and(|own| own == *hash)
        }
    }
}

fn sha1(bytes: &[u8]) -> Result<OctetString, x509_cert::der::Error> {
    OctetString::new(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

fn extension(nonce: &[u8]) -> Result<Extension, x509_cert::der::Error> {
    let value = NonceExtension::new(nonce)?.to_der()?;
    Ok(Extension { extn_id: NONCE_ID, critical: false, extn_value: OctetString::new(value)? })
}

const fn refusal(status: OcspResponseStatus) -> Option<Refusal> {
    match status {
        OcspResponseStatus::Successful => None,
        OcspResponseStatus::MalformedRequest => Some(Refusal::Malformed),
        OcspResponseStatus::InternalError => Some(Refusal::Internal),
        OcspResponseStatus::TryLater => Some(Refusal::TryLater),
        OcspResponseStatus::SigRequired => Some(Refusal::SignatureRequired),
        OcspResponseStatus::Unauthorized => Some(Refusal::Unauthorized),
    }
}

fn status(status: &CertStatus) -> Status {
    match status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Unknown(_) => Status::Unknown,
        CertStatus::Revoked(info) => Status::Revoked {
            at: moment(info.revocation_time),
            reason: info.revocation_reason.map(|reason| RevocationReason::read(&(reason as u32).to_string())),
        },
    }
}

fn moment(time: OcspGeneralizedTime) -> When {
    let seconds = i64::try_from(time.0.to_unix_duration().as_secs()).ok();
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).map_or(When::Never, When::At)
}

#[cfg(all(test, feature = "simulator"))]
#[expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, SigningKey as _};
    use x509_cert::der::asn1::{BitString, GeneralizedTime, Null};
    use x509_ocsp::ResponseData;

    use super::*;

    /// The certificate of a CA, a question, and the answer that the CA signed.
    fn made() -> (Vec<u8>, Question, Vec<u8>) {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap().der().to_vec();
        let question = Question::new(&certificate, &[0x0a, 0x1b]).unwrap();
        let time =
            OcspGeneralizedTime(GeneralizedTime::from_unix_duration(std::time::Duration::from_hours(498_686)).unwrap());
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByKey(sha1(key.der_bytes()).unwrap()),
            produced_at: time,
            responses: vec![SingleResponse {
                cert_id: question.id.clone(),
                cert_status: CertStatus::Good(Null),
                this_update: time,
                next_update: None,
                single_extensions: None,
            }],
            response_extensions: Some(vec![extension(&question.nonce).unwrap()]),
        };
        let signature = key.sign(&data.to_der().unwrap()).unwrap();
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: AlgorithmIdentifierOwned {
                oid: ObjectIdentifier::new_unwrap("1.3.101.112"),
                parameters: None,
            },
            signature: BitString::from_bytes(&signature).unwrap(),
            certs: None,
        };
        let answer = OcspResponse::successful(basic).unwrap().to_der().unwrap();
        (certificate, question, answer)
    }

    /// Whatever is done to an answer on its way: it is not read, or not taken for one of the CA, or says the same.
    #[test]
    fn no_changed_byte_and_no_missing_one_changes_what_is_taken_for_right() {
        let (certificate, question, answer) = made();
        let now = Timestamp::from_second(1_795_269_600).unwrap();
        let said = |bytes: &[u8]| question.read(bytes, &certificate, now);
        let counts = |said: &Said| matches!(said, Said::Ocsp(ocsp) if ocsp.signature == Signature::Good);
        let right = said(&answer);
        assert!(counts(&right));
        let mut found_out = 0;
        for at in 0..answer.len() {
            assert!(!counts(&said(&answer[..at])), "cut at {at}");
            for bits in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = answer.clone();
                changed[at] ^= bits;
                match said(&changed) {
                    // What stands outside of what is signed: the count of unused bits behind the signature.
                    same if counts(&same) => assert_eq!(same, right, "byte {at} changed by {bits:#04x}"),
                    _ => found_out += 1,
                }
            }
        }
        assert!(found_out > answer.len() * 3, "{found_out} of {}", answer.len() * 4);
    }

    #[test]
    fn questions_differ_and_invented_numbers_are_positive() {
        let (certificate, question, _) = made();
        let other = Question::new(&certificate, &[0x0a, 0x1b]).unwrap();
        assert_eq!(question.nonce.len(), NONCE);
        assert_ne!(question.nonce, other.nonce);
        let (one, two) = (invented().unwrap(), invented().unwrap());
        assert_ne!(one, two);
        assert!(one.len() == 16 && (0x40..0x80).contains(&one[0]), "{one:?}");
        assert!(Question::new(b"{}", &[1]).is_err());
        assert!(Question::new(&certificate, &[1; 40]).is_err());
    }
}
