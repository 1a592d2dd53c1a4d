//! CRLs (RFC 5280, section 5), DER or PEM, read entry by entry: a list of millions takes no more memory than its bytes.

use std::borrow::Cow;

use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject as _};
use x509_parser::{
    asn1_rs::{Any, Tag},
    error::X509Error,
    extensions::{ParsedExtension, X509Extension},
    prelude::{ASN1Time, FromDer, X509Certificate},
    revocation_list::RevokedCertificate,
    x509::{AlgorithmIdentifier, ReasonCode, X509Name},
};

use super::signature::Signed;
use crate::{
    client::x509,
    domain::{
        Clean, When,
        ca::{
            RevocationReason,
            revocation::{CrlFacts, Signature, Status},
        },
    },
};

/// Reads a CRL, checks its signature with the certificate of its issuer, or says why there is none, and looks for the
/// certificate of a CA by its `serial`, the octets of the integer.
///
/// # Errors
/// One sentence on why the bytes are no CRL.
pub fn read(bytes: &[u8], issuer: Result<&[u8], Clean>, serial: Option<&[u8]>) -> Result<CrlFacts, Clean> {
    let der = sniff(bytes)?;
    let crl = Parts::of(&der).map_err(|_| Clean::new("the bytes are no X.509 CRL"))?;
    let (entries, found) = crl.search(serial)?;
    let status = found.map(|entry| Status::Revoked {
        at: x509::moment(entry.revocation_date),
        reason: entry.reason_code().map(|(_, reason)| word(reason)),
    });
    let scope = crl.scope();
    let status = serial.map(|_| match (status, scope.holds_cas) {
        (Some(status), _) => status,
        (None, true) => Status::Good,
        (None, false) => Status::Unknown,
    });
    let signature = match (issuer, scope.beyond) {
        (Err(why), _) => Signature::Unchecked(why),
        (Ok(_), Some(why)) => Signature::Unchecked(why.into()),
        (Ok(issuer), None) => crl.signature(issuer),
    };
    Ok(CrlFacts {
        bytes: bytes.len(),
        issuer: x509::name(&crl.issuer),
        number: crl.number(),
        this_update: x509::moment(crl.this_update),
        next_update: crl.next_update.map_or(When::Never, x509::moment),
        entries,
        algorithm: Clean::from(x509::algorithm(&crl.signed.algorithm)),
        signature,
        status,
    })
}

/// The outer form, as in a certificate: DER begins with a SEQUENCE of a long length, which no text does.
fn sniff(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Clean> {
    if matches!(bytes, [0x30, 0x81..=0x84, ..]) {
        return Ok(bytes.into());
    }
    let start = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match start {
        None => return Err("the answer is empty".into()),
        Some(b'<') => return Err("it is a page of HTML: a login page or a proxy may answer in place of the CRL".into()),
        Some(_) => {}
    }
    let der = CertificateRevocationListDer::from_pem_slice(bytes);
    der.map(|der| der.to_vec().into()).map_err(|_| "the bytes are neither DER nor PEM of a CRL".into())
}

/// The parts of a CRL, its entries still unread.
struct Parts<'a> {
    signed: Signed<'a>,
    /// The algorithm named inside, which nobody can change.
    algorithm: AlgorithmIdentifier<'a>,
    issuer: X509Name<'a>,
    this_update: ASN1Time,
    next_update: Option<ASN1Time>,
    entries: &'a [u8],
    extensions: Vec<X509Extension<'a>>,
}

/// What a CRL is for (RFC 5280, 5.2.4 and 5.2.5).
struct Scope {
    /// It would list the certificate of a CA.
    holds_cas: bool,
    /// Why it cannot be judged here.
    beyond: Option<&'static str>,
}

type Broken = x509_parser::nom::Err<X509Error>;

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Result<Self, Broken> {
        let (behind, outer) = sequence(der)?;
        let (rest, list) = sequence(outer)?;
        let bytes = outer.get(..outer.len() - rest.len()).unwrap_or_default();
        let (rest, algorithm) = AlgorithmIdentifier::from_der(rest)?;
        let (rest, signature) = FromDer::from_der(rest).map_err(|_| broken())?;
        if !rest.is_empty() || !behind.is_empty() {
            return Err(broken());
        }
        let signed = Signed { bytes, algorithm, signature };
        let (version, any) = element(list)?;
        let list = if any.header.tag() == Tag::Integer { version } else { list };
        let (list, algorithm) = AlgorithmIdentifier::from_der(list)?;
        let (list, issuer) = X509Name::from_der(list)?;
        let (list, this_update) = ASN1Time::from_der(list)?;
        let is_time = |tag| matches!(tag, Tag::UtcTime | Tag::GeneralizedTime);
        let (list, next_update) = match element(list) {
            Ok((_, any)) if is_time(any.header.tag()) => {
                ASN1Time::from_der(list).map(|(list, next)| (list, Some(next)))?
            }
            _ => (list, None),
        };
        let (list, entries) = match element(list) {
            Ok((rest, any)) if any.header.tag() == Tag::Sequence => (rest, any.data),
            _ => (list, &[][..]),
        };
        let mut extensions = Vec::new();
        if !list.is_empty() {
            let (rest, tagged) = element(list)?;
            if !rest.is_empty() || tagged.header.tag() != Tag(0) {
                return Err(broken());
            }
            let (_, mut each) = sequence(tagged.data)?;
            while !each.is_empty() {
                let (rest, extension) = X509Extension::from_der(each)?;
                extensions.push(extension);
                each = rest;
            }
        }
        Ok(Self { signed, algorithm, issuer, this_update, next_update, entries, extensions })
    }

    /// Counts the entries, and finds that of a certificate. The others are read as far as their serial number: there
    /// may be millions of them.
    fn search(&self, serial: Option<&[u8]>) -> Result<(usize, Option<RevokedCertificate<'a>>), Clean> {
        let (mut rest, mut entries, mut found) = (self.entries, 0, None);
        while !rest.is_empty() {
            entries += 1;
            let unreadable = |_| Clean::from(format!("entry {entries} cannot be read"));
            let (next, entry) = sequence(rest).map_err(unreadable)?;
            let (_, number) = element(entry).map_err(unreadable)?;
            if number.header.tag() != Tag::Integer {
                return Err(unreadable(broken()));
            }
            if serial.is_some_and(|serial| bare(serial) == bare(number.data)) {
                found = Some(RevokedCertificate::from_der(rest).map_err(unreadable)?.1);
            }
            rest = next;
        }
        Ok((entries, found))
    }

    fn number(&self) -> Option<Clean> {
        let number = self.extensions.iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::CRLNumber(number) => Some(number.to_string()),
            _ => None,
        });
        number.map(Clean::from)
    }

    fn scope(&self) -> Scope {
        let mut scope = Scope { holds_cas: true, beyond: None };
        for extension in &self.extensions {
            match extension.parsed_extension() {
                ParsedExtension::IssuingDistributionPoint(point) => {
                    scope.holds_cas = !point.only_contains_user_certs && !point.only_contains_attribute_certs;
                    if point.indirect_crl {
                        scope.beyond = Some("it is an indirect CRL, which this program does not judge");
                    }
                    if point.only_some_reasons.is_some() {
                        scope.holds_cas = false;
                    }
                }
                // deltaCRLIndicator: what it leaves out stands in another CRL.
                _ if extension.oid.to_id_string() == "2.5.29.27" => {
                    scope = Scope {
                        holds_cas: false,
                        beyond: Some("it is a delta CRL, which this program does not judge"),
                    };
                }
                ParsedExtension::UnsupportedExtension { .. } | ParsedExtension::ParseError { .. }
                    if extension.critical =>
                {
                    scope.beyond = Some("it holds a critical extension that this program does not know");
                }
                _ => {}
            }
        }
        scope
    }

    fn signature(&self, issuer: &[u8]) -> Signature {
        let Ok((_, issuer)) = X509Certificate::from_der(issuer) else {
            return Signature::Unchecked("the certificate of the CA cannot be read".into());
        };
        // The same name may be encoded in two ways.
        let same = self.issuer.as_raw() == issuer.subject().as_raw();
        if !same && x509::name(&self.issuer) != x509::name(issuer.subject()) {
            return Signature::Wrong("it names another issuer than the CA".into());
        }
        if self.algorithm != self.signed.algorithm {
            return Signature::Wrong("it names two different signature algorithms".into());
        }
        let usage = issuer.key_usage().ok().flatten();
        if usage.is_some_and(|usage| !usage.value.crl_sign()) {
            return Signature::Wrong("the certificate of the CA does not allow it to sign CRLs".into());
        }
        self.signed.by(&issuer)
    }
}

fn broken() -> Broken {
    x509_parser::nom::Err::Error(X509Error::Generic)
}

fn element(bytes: &[u8]) -> Result<(&[u8], Any<'_>), Broken> {
    Any::from_der(bytes).map_err(|_| broken())
}

/// What follows a SEQUENCE, and what is in it.
fn sequence(bytes: &[u8]) -> Result<(&[u8], &[u8]), Broken> {
    let (rest, any) = element(bytes)?;
    if any.header.tag() == Tag::Sequence { Ok((rest, any.data)) } else { Err(broken()) }
}

/// The digits of an integer: a sign octet in front does not count.
fn bare(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}

fn word(reason: ReasonCode) -> RevocationReason {
    RevocationReason::read(&reason.0.to_string())
}

#[cfg(all(test, feature = "simulator"))]
#[expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer, KeyIdMethod, KeyPair,
        KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
    };

    use super::*;

    /// A certificate and a CRL that its key signed.
    fn made() -> (Vec<u8>, Vec<u8>) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2026, 2, 1),
            crl_number: SerialNumber::from(7_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(0x0a1b_u64),
                revocation_time: date_time_ymd(2025, 1, 1),
                reason_code: Some(rcgen::RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let crl = list.signed_by(&Issuer::new(params, key)).unwrap().der().to_vec();
        (certificate, crl)
    }

    /// Whatever is done to a CRL on its way: it is not read, or not taken for one of the CA, or says the same.
    #[test]
    fn no_changed_byte_and_no_missing_one_changes_what_is_taken_for_right() {
        let (certificate, crl) = made();
        let facts = |bytes: &[u8]| read(bytes, Ok(&certificate), Some(&[0x0a, 0x1b]));
        let right = facts(&crl).unwrap();
        assert_eq!(right.signature, Signature::Good);
        let mut found_out = 0;
        for at in 0..crl.len() {
            assert!(facts(&crl[..at]).is_err(), "cut at {at}");
            for bits in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = crl.clone();
                changed[at] ^= bits;
                match facts(&changed) {
                    // The form of an element outside of what is signed: a BIT STRING that calls itself constructed.
                    Ok(found) if found.signature == Signature::Good => assert_eq!(found, right, "byte {at}"),
                    _ => found_out += 1,
                }
            }
        }
        assert!(found_out > crl.len() * 3, "{found_out} of {}", crl.len() * 4);
    }

    #[test]
    fn serial_numbers_are_compared_as_integers() {
        let (certificate, crl) = made();
        let status = |serial: &[u8]| read(&crl, Ok(&certificate), Some(serial)).unwrap().status;
        assert_eq!(status(&[0x0a, 0x1c]), Some(Status::Good));
        // The same serial number with a sign octet.
        assert!(matches!(status(&[0, 0x0a, 0x1b]), Some(Status::Revoked { .. })));
    }
}
