//! An OCSP responder of a test, which answers as it is told. It shares nothing with the code that asks.

use aws_lc_rs::digest;
use der::{
    DateTime, Decode as _, Encode as _,
    asn1::{BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString},
};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, PublicKeyData as _, SerialNumber,
    SigningKey as _, date_time_ymd,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{ext::pkix::CrlReason, serial_number::SerialNumber as X509Serial};
use x509_ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version, ext::Nonce,
};

use super::bench::{Ca, HOUR, NOW};

/// What it does otherwise than it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Odd {
    Nothing,
    Revoked,
    Unknown,
    NoNonce,
    OtherNonce,
    OtherSerial,
    Late,
    Early,
    NoCertificate,
    BadSignature,
}

/// Who signs.
pub struct Responder {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Responder {
    /// A delegate of `ca`: until a year, for signing OCSP or not.
    pub fn delegate(ca: &Ca, years: (i32, i32), for_ocsp: bool) -> Self {
        Self::with(ca, years, for_ocsp, |_| {})
    }

    /// The same, with something more in its certificate.
    pub fn with(ca: &Ca, years: (i32, i32), for_ocsp: bool, more: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Northwind OCSP 1");
        params.serial_number = Some(SerialNumber::from(0x4410_u64));
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        params.is_ca = IsCa::NoCa;
        if for_ocsp {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        }
        more(&mut params);
        let certificate = params.signed_by(&key, &ca.issuer).unwrap().der().to_vec();
        Self { key, certificate }
    }

    pub fn usual(ca: &Ca) -> Self {
        Self::delegate(ca, (2026, 2027), true)
    }

    /// The CA itself; its key is on P-256.
    pub fn itself(ca: &Ca) -> Self {
        let key = KeyPair::try_from(ca.issuer.key().serialize_der()).unwrap();
        Self { key, certificate: ca.der.clone() }
    }

    pub fn answer(&self, request: &[u8], odd: Odd) -> Vec<u8> {
        let request = OcspRequest::from_der(request).unwrap();
        let nonce = request.nonce().unwrap();
        assert_eq!(nonce.0.as_bytes().len(), 32, "RFC 9654");
        let (this, next) = match odd {
            Odd::Late => (NOW - 48 * HOUR, NOW - 2 * HOUR),
            Odd::Early => (NOW + HOUR, NOW + 2 * HOUR),
            _ => (NOW - HOUR, NOW + 11 * HOUR),
        };
        let mut id = request.tbs_request.request_list[0].req_cert.clone();
        if odd == Odd::OtherSerial {
            id.serial_number = X509Serial::new(&[0x11, 0x22]).unwrap();
        }
        let nonce = match odd {
            Odd::NoNonce => None,
            Odd::OtherNonce => Some(Nonce::new([7; 32]).unwrap()),
            _ => Some(nonce),
        };
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.key.der_bytes());
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByKey(OctetString::new(hash.as_ref()).unwrap()),
            produced_at: time(NOW - 60),
            responses: vec![SingleResponse {
                cert_id: id,
                cert_status: match odd {
                    Odd::Revoked => CertStatus::Revoked(RevokedInfo {
                        revocation_time: time(NOW - 48 * HOUR),
                        revocation_reason: Some(CrlReason::KeyCompromise),
                    }),
                    Odd::Unknown => CertStatus::Unknown(Null),
                    _ => CertStatus::Good(Null),
                },
                this_update: time(this),
                next_update: Some(time(next)),
                single_extensions: None,
            }],
            response_extensions: nonce.map(|nonce| vec![extension(&nonce)]),
        };
        let mut signature = self.key.sign(&data.to_der().unwrap()).unwrap();
        if odd == Odd::BadSignature {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let certificate = x509_cert::Certificate::from_der(&self.certificate).unwrap();
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: AlgorithmIdentifierOwned {
                oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
                parameters: None,
            },
            signature: BitString::from_bytes(&signature).unwrap(),
            certs: (odd != Odd::NoCertificate).then(|| vec![certificate]),
        };
        OcspResponse::successful(basic).unwrap().to_der().unwrap()
    }
}

fn extension(nonce: &Nonce) -> x509_cert::ext::Extension {
    x509_cert::ext::Extension {
        extn_id: ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2"),
        critical: false,
        extn_value: OctetString::new(nonce.to_der().unwrap()).unwrap(),
    }
}

fn time(second: i64) -> OcspGeneralizedTime {
    let since = std::time::Duration::from_secs(u64::try_from(second).unwrap());
    OcspGeneralizedTime(GeneralizedTime::from_date_time(DateTime::from_unix_duration(since).unwrap()))
}
