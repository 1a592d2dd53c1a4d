//! CRLs: what is read of them, and who signed them.

use certdeck::domain::{
    Clean,
    ca::revocation::{About, CrlFacts, Path, RevocationJob, Said, Signature, Source, Status},
    ids::CaId,
};

use super::bench::{Ca, HOUR, List, NOW, at, client, client_of, http, job, now, ok, only, open, root, told};

/// Serves these bytes as a CRL.
fn published(bytes: Vec<u8>) -> String {
    at(http(move |_| ok("application/pkix-crl", &bytes)))
}

async fn facts(ca: &Ca, bytes: Vec<u8>) -> CrlFacts {
    match only(client(ca).check_revocation(&job(&[&published(bytes)], &[], None)).await.unwrap()).said {
        Said::Crl(crl) => *crl,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn der_and_pem_read_the_same_and_nothing_is_left_out() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let list = ca.list(&List::default());
    let crl = facts(&ca, list.der().to_vec()).await;
    assert_eq!(crl.issuer.as_str(), "CN=Northwind Root R1");
    assert_eq!(crl.number.as_deref(), Some("4711"));
    assert_eq!(crl.entries, 3);
    assert_eq!(crl.bytes, list.der().len());
    assert_eq!(crl.algorithm.as_str(), "ECDSA with SHA-256");
    assert_eq!(crl.this_update.at().map(jiff::Timestamp::as_second), Some(NOW - HOUR));
    assert_eq!(crl.next_update.at().map(jiff::Timestamp::as_second), Some(NOW + 23 * HOUR));
    assert_eq!((&crl.signature, &crl.status), (&Signature::Good, &None));
    let pem = list.pem().unwrap();
    let armoured = facts(&ca, pem.clone().into_bytes()).await;
    assert_eq!(armoured, CrlFacts { bytes: pem.len(), ..crl });
    let empty = facts(&ca, ca.crl(&List { serials: Vec::new(), ..List::default() })).await;
    assert_eq!((empty.entries, empty.signature), (0, Signature::Good));
}

#[tokio::test]
async fn each_kind_of_key_is_checked_and_a_stranger_is_found_out() {
    let kinds = [
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_RSA_SHA512,
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
    ];
    for kind in kinds {
        let (ca, stranger) = (root("Northwind Root R1", kind), root("Northwind Root R1", kind));
        let own = facts(&ca, ca.crl(&List::default())).await;
        assert_eq!(own.signature, Signature::Good, "{:?}", own.algorithm);
        let foreign = facts(&ca, stranger.crl(&List::default())).await;
        let wrong = Signature::Wrong(Clean::new("it was not made with the key of the CA"));
        assert_eq!(foreign.signature, wrong, "{:?}", own.algorithm);
    }
}

#[tokio::test]
async fn what_cannot_be_checked_is_said_and_never_taken_for_right() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let other = root("Northwind Root R2", &rcgen::PKCS_ECDSA_P256_SHA256);
    let named = facts(&ca, other.crl(&List::default())).await.signature;
    assert_eq!(named, Signature::Wrong(Clean::new("it names another issuer than the CA")));
    // ecdsa-with-SHA224 in place of SHA256, in both places.
    let mut bytes = ca.crl(&List::default());
    let oid = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let places: Vec<usize> = bytes.windows(8).enumerate().filter(|(_, w)| *w == oid).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2);
    for place in &places {
        bytes[place + 7] = 1;
    }
    match facts(&ca, bytes.clone()).await.signature {
        Signature::Unchecked(why) => assert!(why.ends_with("with a key of EC P-256 is beyond this program"), "{why}"),
        other => panic!("{other:?}"),
    }
    bytes[places[1] + 7] = 2;
    let two = facts(&ca, bytes).await.signature;
    assert_eq!(two, Signature::Wrong(Clean::new("it names two different signature algorithms")));
}

#[tokio::test]
async fn a_ca_that_may_not_sign_crls_has_none() {
    let mut params = super::bench::params("Northwind Root R1", 1);
    let key = rcgen::KeyPair::generate().unwrap();
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    let der = params.self_signed(&key).unwrap().der().to_vec();
    params.key_usages.push(rcgen::KeyUsagePurpose::CrlSign);
    let ca = Ca { der, issuer: rcgen::Issuer::new(params, key) };
    let signature = facts(&ca, ca.crl(&List::default())).await.signature;
    let why = "the certificate of the CA does not allow it to sign CRLs";
    assert_eq!(signature, Signature::Wrong(Clean::new(why)));
}

#[tokio::test]
async fn dates_make_the_verdict_and_broken_bytes_are_no_crl() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let dated = |this_update, next_update| ca.crl(&List { this_update, next_update, ..List::default() });
    let whole = ca.crl(&List::default());
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 1);
    let longer = [&whole[..], &[0]].concat();
    // The length of an entry, so that it ends inside itself.
    let entry = whole.windows(6).position(|w| w == [2, 4, 0x0a, 0x1b, 0x2c, 0x3d]).unwrap();
    let mut entries = whole.clone();
    entries[entry + 1] = 0x7f;
    let cases = [
        (whole, "fresh", "of now, the next one is due in 23 h; the signature is good"),
        (dated(NOW - 48 * HOUR, NOW - HOUR), "late", "the next one is 1 h overdue; the signature is good"),
        (dated(NOW + 2 * HOUR, NOW + 9 * HOUR), "not yet valid", "dated 2 h in the future"),
        (cut, "not readable", "what came cannot be read: the bytes are no X.509 CRL"),
        (longer, "not readable", "the bytes are no X.509 CRL"),
        (entries, "not readable", "what came cannot be read: entry 2 cannot be read"),
        (Vec::new(), "not readable", "the answer is empty"),
        (b"{}".to_vec(), "not readable", "the bytes are neither DER nor PEM of a CRL"),
        (b" <html>\x1b]0;x\x07".to_vec(), "not readable", "it is a page of HTML"),
        (ca.der.clone(), "not readable", "the bytes are no X.509 CRL"),
    ];
    for (bytes, word, words) in cases {
        let (verdict, sentence) = told(&client(&ca), &job(&[&published(bytes)], &[], None)).await;
        assert_eq!(verdict, word, "{sentence}");
        assert!(sentence.contains(words) && !sentence.contains('\u{1b}'), "{sentence}");
    }
}

#[tokio::test]
async fn the_certificate_of_a_ca_is_looked_for_in_the_crl_of_its_issuer() {
    let issuer = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let url = published(issuer.crl(&List::default()));
    let with = RevocationJob { issuer: Some(CaId::new("above")), ..job(&[], &[], None) };
    for (serial, revoked) in [(0x0a1b_2c3d, true), (0x0a1b_2c3e, false)] {
        let own = issuer.below(serial, Some(&url));
        let client = client_of(&[("own", &own), ("above", &issuer.der)], open(), None);
        let check = client.check_revocation(&with).await.unwrap();
        assert_eq!(check.revoked().is_some(), revoked);
        let answer = only(check);
        assert_eq!((answer.about, answer.source, answer.url.as_str()), (About::Own, Source::Crl, url.as_str()));
        assert!(matches!(answer.path, Some(Path::Direct(address)) if address.ip().is_loopback()));
        assert_eq!(answer.verdict(now()).word(), "fresh");
        match answer.status() {
            Some(Status::Revoked { at, reason: Some(reason) }) if revoked => {
                assert_eq!(at.at().map(jiff::Timestamp::as_second), Some(NOW - 48 * HOUR));
                assert_eq!(reason.rfc_name(), "cessationOfOperation");
            }
            Some(Status::Good) if !revoked => {}
            other => panic!("{other:?}"),
        }
        // An issuer that the key may not see leaves the signature unchecked, and the list readable.
        let alone = client_of(&[("own", &own)], open(), None);
        for job in [job(&[], &[], None), with.clone()] {
            let check = alone.check_revocation(&job).await.unwrap();
            assert!(check.revoked().is_none());
            let answer = only(check);
            assert_eq!(answer.verdict(now()).word(), "not verified");
            assert_eq!(answer.status().map(Status::word), Some(if revoked { "revoked" } else { "good" }));
        }
    }
}

#[tokio::test]
async fn what_there_is_nothing_to_ask_about_is_noted() {
    let ca = root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let check = client(&ca).check_revocation(&job(&[], &[], None)).await.unwrap();
    assert!(check.answers.is_empty());
    let notes: Vec<&str> = check.notes.iter().map(Clean::as_str).collect();
    assert_eq!(
        notes,
        [
            "The service names no CRL that this CA publishes.",
            "It is a root: no CRL but its own could list it, and that would prove nothing."
        ]
    );
    let own = ca.below(7, None);
    let check = client_of(&[("own", &own)], open(), None).check_revocation(&job(&[], &[], None)).await.unwrap();
    assert_eq!(
        check.notes.last().map(Clean::as_str),
        Some("Its certificate names neither a CRL nor an OCSP responder.")
    );
    let none = client_of(&[], open(), None).check_revocation(&job(&[], &[], None)).await.unwrap_err();
    assert!(none.title.starts_with("CA certificate: "), "{none}");
}
