//! The simulator's certificates, CRLs and OCSP answers are real: an independent parser reads and verifies them.
#![cfg(feature = "simulator")]

use certdeck::simulator::{self as sim, Options, Simulator};
use der::{Decode as _, Encode as _};
use reqwest::Client;
use serde_json::Value;
use x509_ocsp::{BasicOcspResponse, CertId, CertStatus, OcspRequest, OcspResponse, Request, TbsRequest, Version};
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

type Failure = Box<dyn std::error::Error>;

const ROOT: &str = "/certificate-authority/api/v1";

struct Bench {
    simulator: Simulator,
    client: Client,
}

impl Bench {
    fn start() -> Result<Self, Failure> {
        Ok(Self {
            simulator: Simulator::spawn(Options { running: false, ..Options::default() })?,
            client: Client::builder().no_proxy().build()?,
        })
    }

    fn id(&self, name: &str) -> Result<String, Failure> {
        Ok(self.simulator.control().ca_id(name).ok_or("no such CA")?)
    }

    async fn bytes(&self, url: &str) -> Result<Vec<u8>, Failure> {
        let response = self.client.get(url).header("x-api-key", sim::ONE).send().await?;
        Ok(response.error_for_status()?.bytes().await?.to_vec())
    }

    async fn certificate(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let id = self.id(name)?;
        let url = format!("http://{}{ROOT}/ca/{id}/download?format=der", self.simulator.addr());
        self.bytes(&url).await
    }

    async fn all(&self) -> Result<Vec<Value>, Failure> {
        let url = format!("http://{}{ROOT}/ca?limit=1000", self.simulator.addr());
        let list: Value = serde_json::from_slice(&self.bytes(&url).await?)?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }
}

fn crl_address(certificate: &X509Certificate<'_>) -> Option<String> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => {
            points.iter().find_map(|point| match &point.distribution_point {
                Some(DistributionPointName::FullName(names)) => names.iter().find_map(|name| match name {
                    GeneralName::URI(address) => Some((*address).to_owned()),
                    _ => None,
                }),
                _ => None,
            })
        }
        _ => None,
    })
}

#[tokio::test]
async fn every_visible_chain_verifies() -> Result<(), Failure> {
    let bench = Bench::start()?;
    let all = bench.all().await?;
    assert_eq!(all.len(), 23);
    let mut checked = 0;
    for ca in &all {
        let name = ca["name"].as_str().unwrap_or_default();
        if ca["status"] == "pending_sign" {
            continue;
        }
        let der = bench.certificate(name).await?;
        let (_, certificate) = X509Certificate::from_der(&der)?;
        let serial = ca["serial_number"].as_str().unwrap_or_default();
        assert_eq!(
            certificate.raw_serial_as_string().replace(':', "").trim_start_matches('0').to_uppercase(),
            serial.trim_start_matches('0'),
            "{name}"
        );
        assert!(certificate.is_ca(), "{name}");
        let common = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        assert_eq!(common, Some(name));
        let issuer = ca.pointer("/issuer/id").or_else(|| ca.get("issuer_id")).and_then(Value::as_str);
        let issuer = all.iter().find(|other| other["id"].as_str() == issuer);
        match issuer {
            Some(issuer) => {
                let der = bench.certificate(issuer["name"].as_str().unwrap_or_default()).await?;
                let (_, issuer) = X509Certificate::from_der(&der)?;
                certificate.verify_signature(Some(issuer.public_key())).map_err(|error| format!("{name}: {error}"))?;
                assert_eq!(certificate.issuer(), issuer.subject(), "{name}");
            }
            None if ca["cert_type"] == "root" => certificate.verify_signature(None)?,
            None => assert_eq!(name, "Harbor Logistics Issuing CA"),
        }
        checked += 1;
    }
    assert_eq!(checked, 22);
    Ok(())
}

#[tokio::test]
async fn crls_are_signed_and_the_late_one_is_late() -> Result<(), Failure> {
    let bench = Bench::start()?;
    let now = bench.simulator.control().now();
    for (below, name, entries, late) in [
        ("Acme Device CA 3", "Acme Issuing CA G2 EU", 1_204, false),
        ("Acme Issuing CA G1 US", "Acme Policy CA US", 1, false),
    ] {
        let der = bench.certificate(below).await?;
        let (_, certificate) = X509Certificate::from_der(&der)?;
        let address = crl_address(&certificate).ok_or("no CRL address")?;
        let der = bench.bytes(&address).await?;
        let (_, crl) = CertificateRevocationList::from_der(&der)?;
        let issuer = bench.certificate(name).await?;
        let (_, issuer) = X509Certificate::from_der(&issuer)?;
        crl.verify_signature(issuer.public_key())?;
        assert_eq!(crl.iter_revoked_certificates().count(), entries, "{name}");
        let next = crl.next_update().ok_or("no next update")?.timestamp();
        assert_eq!(next < now, late, "{name}");
    }
    let device = bench.id("Acme Device CA 3")?;
    let address = format!("http://{}/crl/{device}.crl", bench.simulator.addr());
    let der = bench.bytes(&address).await?;
    let (_, crl) = CertificateRevocationList::from_der(&der)?;
    let next = crl.next_update().ok_or("no next update")?.timestamp();
    assert_eq!(next, now - 4 * 3_600 - 151);
    Ok(())
}

/// Asks about a certificate with a request made by another crate than the one that answers.
async fn status(
    bench: &Bench,
    authority: &str,
    certificate: &X509Certificate<'_>,
) -> Result<(BasicOcspResponse, Vec<u8>), Failure> {
    let id = CertId {
        hash_algorithm: spki::AlgorithmIdentifierOwned {
            oid: der::asn1::ObjectIdentifier::new("1.3.14.3.2.26")?,
            parameters: None,
        },
        issuer_name_hash: der::asn1::OctetString::new([1; 20])?,
        issuer_key_hash: der::asn1::OctetString::new([2; 20])?,
        serial_number: x509_cert::serial_number::SerialNumber::new(certificate.raw_serial())?,
    };
    let request = OcspRequest {
        tbs_request: TbsRequest {
            version: Version::V1,
            requestor_name: None,
            request_list: vec![Request { req_cert: id, single_request_extensions: None }],
            request_extensions: None,
        },
        optional_signature: None,
    };
    let url = format!("http://{}/ocsp/{}", bench.simulator.addr(), bench.id(authority)?);
    let answer = bench
        .client
        .post(url)
        .header("content-type", "application/ocsp-request")
        .body(request.to_der()?)
        .send()
        .await?;
    let bytes = answer.error_for_status()?.bytes().await?;
    let response = OcspResponse::from_der(&bytes)?;
    let inner = response.response_bytes.ok_or("no response")?;
    let basic = BasicOcspResponse::from_der(inner.response.as_bytes())?;
    let signed = basic.tbs_response_data.to_der()?;
    Ok((basic, signed))
}

#[tokio::test]
async fn ocsp_tells_good_and_revoked_and_is_signed_by_a_delegate() -> Result<(), Failure> {
    let bench = Bench::start()?;
    let authority = "Acme Issuing CA G2 EU";
    let der = bench.certificate("Acme Device CA 3").await?;
    let (_, certificate) = X509Certificate::from_der(&der)?;
    let (basic, signed) = status(&bench, authority, &certificate).await?;
    let single = basic.tbs_response_data.responses.first().ok_or("no answer")?;
    assert!(matches!(single.cert_status, CertStatus::Good(_)));

    let delegate = basic.certs.as_ref().and_then(|certs| certs.first()).ok_or("no delegate")?.to_der()?;
    let (_, delegate) = X509Certificate::from_der(&delegate)?;
    let issuer = bench.certificate(authority).await?;
    let (_, issuer) = X509Certificate::from_der(&issuer)?;
    delegate.verify_signature(Some(issuer.public_key()))?;
    assert!(delegate.extended_key_usage()?.ok_or("no usage")?.value.ocsp_signing);
    let left = delegate.validity().not_after.timestamp() - bench.simulator.control().now();
    assert_eq!(left, 11 * 86_400);
    let key = aws_lc_rs::signature::UnparsedPublicKey::new(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1,
        &delegate.public_key().subject_public_key.data,
    );
    assert!(key.verify(&signed, basic.signature.raw_bytes()).is_ok());

    bench
        .simulator
        .control()
        .request_revocation("Acme Payments CA 2", "key_compromise", "Test", "ops-two")
        .ok_or("no CA")?;
    assert!(bench.simulator.control().approve_request("RR-0413", "ops-07"));
    let der = bench.certificate("Acme Payments CA 2").await?;
    let (_, certificate) = X509Certificate::from_der(&der)?;
    let (basic, _) = status(&bench, "Acme Issuing CA G3 EU", &certificate).await?;
    let single = basic.tbs_response_data.responses.first().ok_or("no answer")?;
    assert!(matches!(single.cert_status, CertStatus::Revoked(_)));
    Ok(())
}
