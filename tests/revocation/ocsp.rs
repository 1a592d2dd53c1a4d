//! Answers of OCSP: what they say, about whom, and who may say it.

use certdeck::domain::ca::revocation::{Nonce, OcspFacts, RevocationCheck, Said, Signer, Status};
use der::Encode as _;
use x509_ocsp::OcspResponse;

use super::{
    bench::{Ca, HOUR, NOW, at, body, client, http, job, now, ok, only, root, told},
    responder::{Odd, Responder},
};

const ISSUED: Option<&str> = Some("00A1B2C3");

fn ca() -> Ca {
    root("Northwind Root R1", &rcgen::PKCS_ECDSA_P256_SHA256)
}

/// The address of a responder that answers with these bytes.
fn answering(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> String {
    at(http(move |request| {
        let head = String::from_utf8_lossy(request).to_ascii_lowercase();
        assert!(
            head.starts_with("post /x http/1.1\r\n") && head.contains("content-type: application/ocsp-request\r\n")
        );
        ok("application/ocsp-response", &answer(body(request)))
    }))
}

async fn asked(ca: &Ca, url: &str) -> RevocationCheck {
    client(ca).check_revocation(&job(&["ldap://example.com/x"], &[url], ISSUED)).await.unwrap()
}

async fn facts(ca: &Ca, responder: Responder, odd: Odd) -> OcspFacts {
    let check = asked(ca, &answering(move |request| responder.answer(request, odd))).await;
    match check.answers.into_iter().last().unwrap().said {
        Said::Ocsp(ocsp) => *ocsp,
        other => panic!("{odd:?}: {other:?}"),
    }
}

#[tokio::test]
async fn the_three_states_come_with_signer_dates_and_nonce() {
    let ca = ca();
    let good = facts(&ca, Responder::usual(&ca), Odd::Nothing).await;
    assert_eq!((good.nonce, &good.status), (Nonce::Echoed, &Status::Good));
    assert_eq!(good.produced_at.at().map(jiff::Timestamp::as_second), Some(NOW - 60));
    assert_eq!(good.next_update.at().map(jiff::Timestamp::as_second), Some(NOW + 11 * HOUR));
    match &good.signer {
        Signer::Delegate { name, ends, .. } => {
            assert_eq!(name.as_str(), "CN=Northwind OCSP 1");
            assert_eq!(ends.at(), Some("2027-01-01T00:00:00Z".parse().unwrap()));
        }
        other => panic!("{other:?}"),
    }
    let revoked = facts(&ca, Responder::usual(&ca), Odd::Revoked).await;
    match revoked.status {
        Status::Revoked { reason: Some(reason), .. } => assert_eq!(reason.rfc_name(), "keyCompromise"),
        other => panic!("{other:?}"),
    }
    assert_eq!(facts(&ca, Responder::usual(&ca), Odd::Unknown).await.status, Status::Unknown);
    assert_eq!(facts(&ca, Responder::usual(&ca), Odd::NoNonce).await.nonce, Nonce::Absent);
    assert_eq!(facts(&ca, Responder::itself(&ca), Odd::Nothing).await.signer, Signer::Ca);
}

#[tokio::test]
async fn an_answer_counts_only_when_it_is_of_now_about_this_one_and_signed_by_who_may() {
    let (ca, stranger) = (ca(), ca());
    let usual = || Responder::usual(&ca);
    let cases = [
        (usual(), Odd::Nothing, "fresh", "of now, the next one is due in 11 h; the signature is good"),
        (usual(), Odd::NoNonce, "fresh", "the signature is good"),
        (Responder::itself(&ca), Odd::Nothing, "fresh", "the signature is good"),
        (usual(), Odd::OtherNonce, "other nonce", "made for another question"),
        (usual(), Odd::OtherSerial, "other certificate", "the responder answers about another certificate"),
        (usual(), Odd::Late, "late", "the next one is 2 h overdue; the signature is good"),
        (usual(), Odd::Early, "not yet valid", "dated 1 h in the future"),
        (usual(), Odd::BadSignature, "wrongly signed", "it was not made with the key of its responder"),
        (Responder::itself(&ca), Odd::BadSignature, "wrongly signed", "it was not made with the key of the CA"),
        (usual(), Odd::NoCertificate, "not verified", "the answer holds no certificate of its signer"),
        (
            Responder::usual(&stranger),
            Odd::Nothing,
            "wrongly signed",
            "the certificate of its responder is not signed by the CA",
        ),
        (
            Responder::delegate(&ca, (2024, 2026), true),
            Odd::Nothing,
            "wrongly signed",
            "the certificate of its responder has expired",
        ),
        (
            Responder::delegate(&ca, (2027, 2028), true),
            Odd::Nothing,
            "wrongly signed",
            "the certificate of its responder is not valid yet",
        ),
        (
            Responder::delegate(&ca, (2026, 2027), false),
            Odd::Nothing,
            "wrongly signed",
            "the certificate of its responder is not for signing OCSP",
        ),
        (
            Responder::usual(&root("Fabrikam Root", &rcgen::PKCS_ECDSA_P256_SHA256)),
            Odd::Nothing,
            "wrongly signed",
            "its responder has a certificate of another CA",
        ),
    ];
    for (responder, odd, word, words) in cases {
        let check = asked(&ca, &answering(move |request| responder.answer(request, odd))).await;
        let answer = check.answers.last().unwrap();
        let sentence = answer.sentence(now());
        assert_eq!(answer.verdict(now()).word(), word, "{odd:?}: {sentence}");
        assert!(sentence.contains(words), "{odd:?}: {sentence}");
    }
}

#[tokio::test]
async fn each_refusal_and_each_broken_answer_is_told() {
    let ca = ca();
    let der = |response: OcspResponse| response.to_der().unwrap();
    let cases = [
        (der(OcspResponse::try_later()), "refused", "the responder refuses with tryLater: it is too busy to answer"),
        (der(OcspResponse::unauthorized()), "refused", "unauthorized: it does not answer about this certificate"),
        (der(OcspResponse::malformed_request()), "refused", "malformedRequest"),
        (der(OcspResponse::internal_error()), "refused", "internalError"),
        (der(OcspResponse::sig_required()), "refused", "sigRequired"),
        // Says that it is one, and holds nothing.
        (vec![0x30, 3, 0x0a, 1, 0], "not readable", "it is no basic answer"),
        (vec![0x30, 3, 0x0a, 1, 9], "not readable", "it is no answer of OCSP"),
        (b"<html>login</html>".to_vec(), "not readable", "it is a page of HTML"),
        (Vec::new(), "not readable", "it is no answer of OCSP"),
        (vec![0x30; 300], "not readable", "it is no answer of OCSP"),
    ];
    for (bytes, word, words) in cases {
        let url = answering(move |_| bytes.clone());
        let (verdict, sentence) = told(&client(&ca), &job(&[], &[&url], ISSUED)).await;
        assert_eq!(verdict, word, "{sentence}");
        assert!(sentence.contains(words), "{sentence}");
    }
}

/// A CA below which nothing is known still has responders that can be asked.
#[tokio::test]
async fn without_a_certificate_to_ask_about_signer_and_dates_are_looked_at() {
    let ca = ca();
    let responder = Responder::usual(&ca);
    let url = answering(move |request| responder.answer(request, Odd::Unknown));
    let check = client(&ca).check_revocation(&job(&[], &[&url], None)).await.unwrap();
    assert!(check.notes.iter().any(|note| note.contains("an invented serial number")), "{:?}", check.notes);
    let answer = only(check);
    assert_eq!((answer.verdict(now()).word(), answer.status()), ("fresh", None));
    let url = answering(|_| OcspResponse::unauthorized().to_der().unwrap());
    let (verdict, sentence) = told(&client(&ca), &job(&[], &[&url], None)).await;
    assert_eq!(verdict, "not asked");
    assert!(sentence.contains("it answers only about certificates that exist"), "{sentence}");
}
