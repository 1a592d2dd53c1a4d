//! A CA in full, and what was found of its CRLs and OCSP responders.

use std::time::Duration;

use certdeck::domain::{
    Clean, When,
    ca::{
        CaDetails, RevocationReason,
        certificate::ParsedCertificate,
        revocation::{
            About, Answer, CrlFacts, Lasting, Nonce, OcspFacts, Path, RevocationCheck, Said, Signature, Signer, Source,
            Status,
        },
    },
    ids::CaId,
    serial::Serial,
};

use super::{sample, stage::NOW};

/// The details of the third CA, with everything that a certificate can say.
pub fn ca_details() -> CaDetails {
    let texts = |texts: &[&str]| texts.iter().map(|text| Clean::new(text)).collect();
    let certificate = ParsedCertificate {
        subject: Clean::new("CN=Acme Issuing CA G2 EU,O=Acme Corp,C=DE"),
        issuer: Clean::new("CN=Acme Policy CA EU,O=Acme Corp,C=DE"),
        serial: Serial::parse("5F1C88D042B1A70E92"),
        not_before: When::parse("2024-06-30T00:00:00Z"),
        not_after: When::parse("2029-06-30T00:00:00Z"),
        key: Clean::new("EC P-384"),
        signature: Clean::new("ECDSA with SHA-384"),
        basic_constraints: Some(Clean::new("CA, path length 0")),
        key_usage: texts(&["certificate sign", "CRL sign"]),
        extended_key_usage: texts(&["server authentication", "client authentication"]),
        name_constraints: texts(&["permits .acme-corp.example", "excludes .lab.acme-corp.example"]),
        policies: texts(&["1.3.6.1.4.1.55555.1.1"]),
        subject_key_id: Some(Clean::new("6B1F0A2C")),
        authority_key_id: Some(Clean::new("0C77D5E1")),
        sha256: Clean::new("9F3AC41E".repeat(8).as_str()),
        crl_urls: texts(&["http://crl.example.com/policy-eu.crl"]),
        ocsp_urls: texts(&["http://ocsp.example.com/policy-eu"]),
        ca_urls: texts(&["http://crl.example.com/policy-eu.crt"]),
        other_extensions: texts(&["1.3.6.1.4.1.55555.9 (critical)"]),
        der: Box::default(),
    };
    let raw = ["{", "  \"id\": \"g2-eu\",", "  \"novel\": { }", "}"].map(Clean::new);
    CaDetails { ca: sample::cas().remove(2), certificate: Ok(Box::new(certificate)), raw: raw.into() }
}

/// A check of that CA which met a bit of everything.
pub fn checked() -> RevocationCheck {
    let at = |hours: i64| When::At(NOW + jiff::SignedDuration::from_hours(hours));
    let crl = |next: i64, signature, status| {
        Said::Crl(Box::new(CrlFacts {
            bytes: 61 << 10,
            issuer: Clean::new("CN=Acme Issuing CA G2 EU"),
            number: Some(Clean::new("498686")),
            this_update: at(-20),
            next_update: at(next),
            entries: 1_204,
            algorithm: Clean::new("ECDSA with SHA-384"),
            signature,
            status,
        }))
    };
    let ocsp = Said::Ocsp(Box::new(OcspFacts {
        signer: Signer::Delegate {
            name: Clean::new("CN=Acme Corp OCSP"),
            ends: at(11 * 24),
            lasting: Lasting::NoCheck,
        },
        produced_at: at(0),
        this_update: at(-1),
        next_update: at(11),
        algorithm: Clean::new("ECDSA with SHA-256"),
        signature: Signature::Good,
        nonce: Nonce::Echoed,
        status: Status::Good,
    }));
    let path = || Some(Path::Direct("192.0.2.7:80".parse().expect("an address")));
    let answer = |about, source, url: &str, path, said| Answer {
        about,
        source,
        url: Clean::new(url),
        serial: (about == About::Own || source == Source::Ocsp).then(|| Serial::parse("5F1C88D0").expect("a number")),
        path,
        took: Duration::from_millis(80),
        said,
    };
    let revoked = Status::Revoked { at: at(-48), reason: Some(RevocationReason::CessationOfOperation) };
    let stranger = Signature::Wrong(Clean::new("it was not made with the key of the CA"));
    RevocationCheck {
        ca: CaId::new("g2-eu"),
        at: NOW,
        answers: vec![
            answer(About::Issued, Source::Crl, "http://crl.example.com/g2.crl", path(), crl(-4, Signature::Good, None)),
            answer(About::Issued, Source::Ocsp, "http://ocsp.example.com/g2", path(), ocsp),
            answer(
                About::Own,
                Source::Crl,
                "http://crl.example.com/policy-eu.crl",
                Some(Path::Proxy(Clean::new("proxy.example.com:3128"))),
                crl(4, stranger, Some(revoked)),
            ),
            answer(
                About::Own,
                Source::Crl,
                "ldap://ldap.example.com/cn=x",
                None,
                Said::NotAsked(Clean::new("only http and https are asked, and this is ldap")),
            ),
            answer(
                About::Own,
                Source::Ocsp,
                "http://ocsp.example.com/policy-eu",
                path(),
                Said::Nothing(Clean::new("the answer was not complete within 10 s")),
            ),
        ],
        notes: vec![Clean::new("3 addresses more were not asked.")],
    }
}
