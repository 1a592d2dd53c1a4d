//! What few publish: signatures of RSA-PSS, delta CRLs, and responders whose own certificate could be revoked.

use aws_lc_rs::{rand::SystemRandom, signature};
use certdeck::domain::{
    Clean,
    ca::revocation::{CrlFacts, Lasting, Said, Signature, Signer, Status},
};
use der::{
    Any, Decode as _, Encode as _,
    asn1::{BitString, ObjectIdentifier, OctetString},
};
use rcgen::SigningKey as _;
use spki::AlgorithmIdentifierOwned;
use x509_cert::{crl::CertificateList, ext::Extension};

use super::{
    bench::{Ca, List, at, body, client, http, job, ok, only, root},
    responder::{Odd, Responder},
};

/// RSASSA-PSS (RFC 4055, 3.1).
const PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
/// SHA-256 with MGF1 of SHA-256 and a salt of 32 octets, as parameters of it.
const SHA256: &[u8] = &[
    0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09,
    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
];

async fn facts(ca: &Ca, bytes: Vec<u8>) -> CrlFacts {
    let url = at(http(move |_| ok("application/pkix-crl", &bytes)));
    match only(client(ca).check_revocation(&job(&[&url], &[], None)).await.unwrap()).said {
        Said::Crl(crl) => *crl,
        other => panic!("{other:?}"),
    }
}

/// The CRL of a CA with RSA, signed anew as RSA-PSS with SHA-256.
fn pss(ca: &Ca, by: &Ca) -> Vec<u8> {
    let mut list = CertificateList::from_der(&ca.crl(&List::default())).unwrap();
    let algorithm = AlgorithmIdentifierOwned { oid: PSS, parameters: Some(Any::from_der(SHA256).unwrap()) };
    list.tbs_cert_list.signature = algorithm.clone();
    list.signature_algorithm = algorithm;
    let key = signature::RsaKeyPair::from_pkcs8(&by.issuer.key().serialize_der()).unwrap();
    let mut signed = vec![0; key.public_modulus_len()];
    let bytes = list.tbs_cert_list.to_der().unwrap();
    key.sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), &bytes, &mut signed).unwrap();
    list.signature = BitString::from_bytes(&signed).unwrap();
    list.to_der().unwrap()
}

#[tokio::test]
async fn a_crl_that_is_signed_with_rsa_pss_is_checked() {
    let (ca, stranger) = (root("Northwind Root R1", &rcgen::PKCS_RSA_SHA256), root("x", &rcgen::PKCS_RSA_SHA256));
    let own = facts(&ca, pss(&ca, &ca)).await;
    assert_eq!((own.signature, own.entries), (Signature::Good, 3), "{:?}", own.algorithm);
    let foreign = facts(&ca, pss(&ca, &stranger)).await.signature;
    assert_eq!(foreign, Signature::Wrong(Clean::new("it was not made with the key of the CA")));
    // One octet of what was signed.
    let mut changed = pss(&ca, &ca);
    let serial = changed.windows(4).position(|w| w == [0x0a, 0x1b, 0x2c, 0x3d]).unwrap();
    changed[serial] ^= 1;
    assert!(matches!(facts(&ca, changed).await.signature, Signature::Wrong(_)));
}

/// A delta CRL lists what changed since another one: what it leaves out may be revoked all the same.
#[tokio::test]
async fn a_delta_crl_is_read_and_never_taken_for_the_whole_list() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let mut list = CertificateList::from_der(&ca.crl(&List::default())).unwrap();
    list.tbs_cert_list.crl_extensions.get_or_insert_default().push(Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.5.29.27"),
        critical: true,
        extn_value: OctetString::new([2, 1, 7]).unwrap(),
    });
    let signed = ca.issuer.key().sign(&list.tbs_cert_list.to_der().unwrap()).unwrap();
    list.signature = BitString::from_bytes(&signed).unwrap();
    let crl = facts(&ca, list.to_der().unwrap()).await;
    assert_eq!(crl.entries, 3);
    let why = "it is a delta CRL, which this program does not judge";
    assert_eq!(crl.signature, Signature::Unchecked(Clean::new(why)));
}

/// What is known of the revocation of the responder's own certificate.
async fn lasting(responder: Responder, ca: &Ca) -> (Lasting, Status) {
    let url = at(http(move |request| ok("application/ocsp-response", &responder.answer(body(request), Odd::Nothing))));
    let check = client(ca).check_revocation(&job(&[], &[&url], Some("00A1B2C3"))).await.unwrap();
    match only(check).said {
        Said::Ocsp(ocsp) => match ocsp.signer {
            Signer::Delegate { lasting, .. } => (lasting, ocsp.status),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whether_a_responder_is_revoked_itself_is_said_as_far_as_its_certificate_tells() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let with = |extra: fn(&mut rcgen::CertificateParams)| Responder::with(&ca, (2026, 2027), true, extra);
    let no_check = with(|params| {
        let null = vec![5, 0];
        params.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], null));
    });
    assert_eq!(lasting(no_check, &ca).await, (Lasting::NoCheck, Status::Good));
    let named = with(|params| {
        let uris = vec!["http://crl.example.com/ocsp.crl".to_owned()];
        params.crl_distribution_points.push(rcgen::CrlDistributionPoint { uris });
    });
    assert_eq!(lasting(named, &ca).await, (Lasting::NotAsked, Status::Good));
    assert_eq!(lasting(Responder::usual(&ca), &ca).await, (Lasting::NotTold, Status::Good));
    assert_eq!(Lasting::NoCheck.gap(), None);
    assert!(Lasting::NotAsked.gap().is_some_and(|gap| gap.contains("was not asked")));
    assert!(Lasting::NotTold.gap().is_some_and(|gap| gap.contains("cannot be told")));
}
