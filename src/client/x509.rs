//! CA certificates, from PEM, DER or base64 without armour, told apart by their content (RFC 5280, RFC 7468).

use std::net::{Ipv4Addr, Ipv6Addr};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::{
    der_parser::oid::Oid,
    extensions::{DistributionPointName, GeneralName, ParsedExtension},
    num_bigint::BigUint,
    oid_registry::OidRegistry,
    prelude::{ASN1Time, FromDer as _, X509Certificate},
    public_key::PublicKey,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name},
};

use super::wire::clean;
use crate::domain::{
    Clean, When,
    ca::certificate::ParsedCertificate,
    name::{Name, NameSet},
    serial::Serial,
};

/// Reads a certificate in any of the three forms.
///
/// # Errors
/// One sentence on why the bytes are no certificate.
pub fn parse(bytes: &[u8]) -> Result<ParsedCertificate, String> {
    let der = sniff(bytes)?;
    let (rest, certificate) =
        X509Certificate::from_der(&der).map_err(|_| "the bytes are no X.509 certificate".to_owned())?;
    if !rest.is_empty() {
        return Err("there are bytes behind the certificate".to_owned());
    }
    Ok(read(&certificate, &der))
}

/// The hosts and addresses that a certificate is for (subjectAltName, RFC 5280 4.2.1.6); none when it cannot be read.
pub fn names(der: &[u8]) -> NameSet {
    let certificate = X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate);
    let names = certificate.as_ref().and_then(|certificate| certificate.subject_alternative_name().ok().flatten());
    let host = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Name::new(name)),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|octets| Ipv4Addr::from(octets).to_string());
            let six = || <[u8; 16]>::try_from(*bytes).map(|octets| Ipv6Addr::from(octets).to_string());
            four.or_else(|_| six()).ok().map(|text| Name::new(&text))
        }
        _ => None,
    };
    NameSet::new(names.iter().flat_map(|names| names.value.general_names.iter().filter_map(host)))
}

fn sniff(bytes: &[u8]) -> Result<Vec<u8>, String> {
    // DER begins with a SEQUENCE of a long length, which no text does.
    if bytes.starts_with(&[0x30, 0x82]) || bytes.starts_with(&[0x30, 0x81]) || bytes.starts_with(&[0x30, 0x83]) {
        return Ok(bytes.to_vec());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "the bytes are neither PEM nor DER".to_owned())?.trim();
    if text.is_empty() {
        return Err("there is no certificate".to_owned());
    }
    let armoured = if text.contains("-----BEGIN") {
        text.to_owned()
    } else {
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    let der = CertificateDer::from_pem_slice(armoured.as_bytes())
        .map_err(|_| "the text is neither PEM nor base64 of a certificate".to_owned())?;
    Ok(der.to_vec())
}

fn read(certificate: &X509Certificate<'_>, der: &[u8]) -> ParsedCertificate {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    let mut parsed = ParsedCertificate {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        serial: Serial::parse(&hex(certificate.raw_serial())),
        not_before: moment(certificate.validity().not_before),
        not_after: moment(certificate.validity().not_after),
        key: Clean::from(key(certificate.public_key())),
        signature: clean(&algorithm(&certificate.signature_algorithm)),
        sha256: Clean::from(hex(digest.as_ref())),
        der: der.into(),
        ..ParsedCertificate::default()
    };
    for extension in certificate.extensions() {
        if !take(&mut parsed, extension.parsed_extension()) {
            let critical = if extension.critical { " (critical)" } else { "" };
            parsed.other_extensions.push(Clean::from(format!("{}{critical}", extension.oid.to_id_string())));
        }
    }
    parsed
}

/// Takes what an extension says; false when there is no place for it.
fn take(parsed: &mut ParsedCertificate, extension: &ParsedExtension<'_>) -> bool {
    match extension {
        ParsedExtension::BasicConstraints(basic) => {
            parsed.basic_constraints = Some(match (basic.ca, basic.path_len_constraint) {
                (true, Some(length)) => Clean::from(format!("CA, path length {length}")),
                (true, None) => Clean::new("CA"),
                (false, _) => Clean::new("not a CA"),
            });
        }
        ParsedExtension::KeyUsage(usage) => {
            let flags = [
                (usage.digital_signature(), "digital signature"),
                (usage.non_repudiation(), "non repudiation"),
                (usage.key_encipherment(), "key encipherment"),
                (usage.data_encipherment(), "data encipherment"),
                (usage.key_agreement(), "key agreement"),
                (usage.key_cert_sign(), "certificate sign"),
                (usage.crl_sign(), "CRL sign"),
                (usage.encipher_only(), "encipher only"),
                (usage.decipher_only(), "decipher only"),
            ];
            parsed.key_usage = flags.iter().filter(|(on, _)| *on).map(|(_, word)| Clean::new(word)).collect();
        }
        ParsedExtension::NameConstraints(constraints) => {
            let sets = [("permits", &constraints.permitted_subtrees), ("excludes", &constraints.excluded_subtrees)];
            for (word, subtrees) in sets {
                let texts =
                    subtrees.iter().flatten().map(|subtree| clean(&format!("{word} {}", general(&subtree.base))));
                parsed.name_constraints.extend(texts);
            }
        }
        ParsedExtension::CertificatePolicies(policies) => {
            parsed.policies = policies.iter().map(|policy| Clean::from(policy.policy_id.to_id_string())).collect();
        }
        ParsedExtension::SubjectKeyIdentifier(id) => parsed.subject_key_id = Some(Clean::from(hex(id.0))),
        ParsedExtension::AuthorityKeyIdentifier(authority) => {
            parsed.authority_key_id = authority.key_identifier.as_ref().map(|id| Clean::from(hex(id.0)));
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            let names = points.points.iter().filter_map(|point| match &point.distribution_point {
                Some(DistributionPointName::FullName(names)) => Some(names),
                _ => None,
            });
            parsed.crl_urls = names.flatten().filter_map(uri).collect();
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            let of = |method: &str| {
                let named = access.iter().filter(|entry| entry.access_method.to_id_string() == method);
                named.filter_map(|entry| uri(&entry.access_location)).collect()
            };
            parsed.ocsp_urls = of("1.3.6.1.5.5.7.48.1");
            parsed.ca_urls = of("1.3.6.1.5.5.7.48.2");
        }
        ParsedExtension::ExtendedKeyUsage(usage) => {
            let flags = [
                (usage.any, "any"),
                (usage.server_auth, "server authentication"),
                (usage.client_auth, "client authentication"),
                (usage.code_signing, "code signing"),
                (usage.email_protection, "e-mail protection"),
                (usage.time_stamping, "time stamping"),
                (usage.ocsp_signing, "OCSP signing"),
            ];
            let known = flags.iter().filter(|(on, _)| *on).map(|(_, word)| Clean::new(word));
            let other = usage.other.iter().map(|oid| Clean::from(oid.to_id_string()));
            parsed.extended_key_usage = known.chain(other).collect();
        }
        _ => return false,
    }
    true
}

fn uri(name: &GeneralName<'_>) -> Option<Clean> {
    match name {
        GeneralName::URI(uri) => Some(clean(uri)),
        _ => None,
    }
}

fn general(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => (*text).to_owned(),
        GeneralName::DirectoryName(directory) => self::name(directory).to_string(),
        GeneralName::IPAddress(bytes) => network(bytes),
        other => other.to_string(),
    }
}

/// Address and mask of a name constraint (RFC 5280 4.2.1.10).
fn network(bytes: &[u8]) -> String {
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let bits: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let v4 = <[u8; 4]>::try_from(address).map(|octets| Ipv4Addr::from(octets).to_string());
    let v6 = <[u8; 16]>::try_from(address).map(|octets| Ipv6Addr::from(octets).to_string());
    v4.or(v6).map_or_else(|_| hex(bytes), |address| format!("{address}/{bits}"))
}

/// RFC 4514: the most specific part first.
pub fn name(name: &X509Name<'_>) -> Clean {
    let registry = OidRegistry::default().with_x509();
    let mut parts: Vec<String> = Vec::new();
    for rdn in name.iter_rdn() {
        let attributes = rdn.iter().map(|attribute| {
            let oid = attribute.attr_type();
            let short = registry.get(oid).map(|entry| abbreviation(entry.sn(), oid));
            let label = short.unwrap_or_else(|| oid.to_id_string());
            let value = attribute.as_str().map_or_else(|_| format!("#{}", hex(attribute.as_slice())), escaped);
            format!("{label}={value}")
        });
        parts.push(attributes.collect::<Vec<_>>().join("+"));
    }
    parts.reverse();
    clean(&parts.join(","))
}

/// The keywords of RFC 4514, section 3; the registry has the long ones.
fn abbreviation(registered: &str, oid: &Oid<'_>) -> String {
    match oid.to_id_string().as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => registered,
    }
    .to_owned()
}

fn escaped(value: &str) -> String {
    let mut out = String::new();
    for (at, c) in value.char_indices() {
        let edge = (at == 0 && matches!(c, ' ' | '#')) || (at + 1 == value.len() && c == ' ');
        if edge || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

pub fn moment(time: ASN1Time) -> When {
    jiff::Timestamp::from_second(time.timestamp()).map_or_else(|_| When::Odd(clean(&time.to_string())), When::At)
}

pub fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    let oid = info.algorithm.algorithm.to_id_string();
    if let Ok(PublicKey::RSA(rsa)) = info.parsed() {
        return format!("RSA {}", BigUint::from_bytes_be(rsa.modulus).bits());
    }
    match oid.as_str() {
        "1.2.840.10045.2.1" => {
            let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            let curve = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
            let curve = match curve.as_str() {
                "1.2.840.10045.3.1.7" => "P-256",
                "1.3.132.0.34" => "P-384",
                "1.3.132.0.35" => "P-521",
                other => other,
            };
            format!("EC {curve}")
        }
        "1.3.101.112" => "Ed25519".to_owned(),
        "1.3.101.113" => "Ed448".to_owned(),
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44".to_owned(),
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65".to_owned(),
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87".to_owned(),
        _ => oid,
    }
}

pub fn algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.2.840.113549.1.1.5" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA with SHA-512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => other,
    }
    .to_owned()
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02X}");
        out
    })
}

#[cfg(all(test, feature = "simulator"))]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
        ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SerialNumber,
        date_time_ymd,
    };

    use super::*;

    fn made() -> Result<rcgen::Certificate, rcgen::Error> {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "Northwind, Inc.\u{202e}");
        name.push(DnType::CommonName, "Northwind Root R1");
        params.distinguished_name = name;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from(0x0a1b_2c3d));
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2036, 1, 2);
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(".example.com".into())],
            excluded_subtrees: Vec::new(),
        });
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::OcspSigning];
        let mut novel = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55_555, 9], vec![5, 0]);
        novel.set_criticality(true);
        params.custom_extensions = vec![novel];
        params.crl_distribution_points =
            vec![CrlDistributionPoint { uris: vec!["http://crl.example.com/r1.crl".into()] }];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?;
        params.self_signed(&key)
    }

    #[test]
    fn the_three_forms_of_a_certificate_read_the_same() {
        let certificate = made().unwrap();
        let parsed = parse(certificate.der()).unwrap();
        assert_eq!(parsed.subject.as_str(), "CN=Northwind Root R1,O=Northwind\\, Inc.<U+202E>");
        assert_eq!(parsed.issuer, parsed.subject);
        assert_eq!(parsed.serial, Serial::parse("A1B2C3D"));
        assert_eq!(parsed.not_after, When::parse("2036-01-02T00:00:00Z"));
        assert_eq!(parsed.key.as_str(), "EC P-384");
        assert_eq!(parsed.signature.as_str(), "ECDSA with SHA-384");
        assert_eq!(parsed.basic_constraints.as_deref(), Some("CA, path length 1"));
        assert_eq!(parsed.key_usage, ["certificate sign", "CRL sign"]);
        assert_eq!(parsed.extended_key_usage, ["server authentication", "OCSP signing"]);
        assert_eq!(parsed.other_extensions, ["1.3.6.1.4.1.55555.9 (critical)"]);
        assert_eq!(parsed.name_constraints, ["permits .example.com"]);
        assert_eq!(parsed.crl_urls, ["http://crl.example.com/r1.crl"]);
        assert!(parsed.subject_key_id.is_some());
        assert_eq!(parsed.sha256.len(), 64);
        let pem = certificate.pem();
        assert_eq!(parse(pem.as_bytes()), Ok(parsed.clone()));
        assert_eq!(parse(pem.replace('\n', "\r\n").as_bytes()), Ok(parsed.clone()));
        let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(parse(bare.as_bytes()), Ok(parsed));
    }

    #[test]
    fn what_is_no_certificate_is_refused_in_words() {
        let der = made().unwrap().der().to_vec();
        let mut longer = der.clone();
        longer.push(0);
        let cut = der.get(..der.len() - 1).unwrap();
        for bytes in [&b""[..], b"{}", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----", b"<html>", cut, &longer] {
            assert!(parse(bytes).is_err());
        }
    }
}
