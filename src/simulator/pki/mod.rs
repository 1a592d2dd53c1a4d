//! Real certificates of the invented authorities, made when somebody asks for them.
//!
//! Keys follow from the seed. ECDSA signatures are random, and the addresses in a certificate hold the port, so digests are equal
//! within one simulator and differ between two.

mod crl;
mod keys;
mod ocsp;

use std::collections::HashMap;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SerialNumber,
};
use time::OffsetDateTime;

pub(super) use crl::{CrlInput, Entry};
pub(super) use keys::derive;
pub(super) use ocsp::{Known, reply};

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PkiError {
    #[error(transparent)]
    Make(#[from] rcgen::Error),
    #[error("not DER: {0}")]
    Der(#[from] der::Error),
    #[error(transparent)]
    Serve(#[from] rustls::Error),
    #[error("the simulator does not hold this authority's key")]
    NoKey,
}

/// What a certificate is made from.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) organization: String,
    pub(super) country: String,
    pub(super) alg: Alg,
    pub(super) serial: Vec<u8>,
    pub(super) from: i64,
    pub(super) to: i64,
    /// `None` for a root.
    pub(super) issuer: Option<Box<Recipe>>,
    /// Addresses named in the certificate: CRL, OCSP and certificate of the issuer.
    pub(super) crl: Option<String>,
    pub(super) ocsp: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) policies: Vec<String>,
    /// DNS names of the name constraints.
    pub(super) names: Vec<String>,
    /// A certificate that is not made but held, in PEM.
    pub(super) held: Option<&'static str>,
}

/// Key families.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Alg {
    Ed25519,
    P256,
    P384,
    /// Certificates that are held in a file; the key is not here.
    Rsa,
}

/// A made authority.
pub(super) struct Built {
    pub(super) der: Vec<u8>,
    pub(super) key_id: Vec<u8>,
    issuer: Option<Issuer<'static, KeyPair>>,
}

impl Built {
    fn issuer(&self) -> Result<&Issuer<'static, KeyPair>, PkiError> {
        self.issuer.as_ref().ok_or(PkiError::NoKey)
    }
}

/// Made certificates, kept.
#[derive(Default)]
pub(super) struct Pki {
    seed: u64,
    built: HashMap<usize, Arc<Built>>,
}

impl Pki {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, built: HashMap::new() }
    }

    pub(super) fn forget(&mut self, number: usize) {
        self.built.remove(&number);
    }

    /// The authority's certificate, made on the first call.
    pub(super) fn authority(&mut self, recipe: &Recipe) -> Result<Arc<Built>, PkiError> {
        if let Some(built) = self.built.get(&recipe.number) {
            return Ok(built.clone());
        }
        let built = Arc::new(match recipe.held {
            Some(pem) => held(pem)?,
            None => self.make(recipe)?,
        });
        self.built.insert(recipe.number, built.clone());
        Ok(built)
    }

    fn make(&mut self, recipe: &Recipe) -> Result<Built, PkiError> {
        let key = keys::derive(self.seed, recipe.alg, "ca", recipe.number)?;
        let mut params = params(recipe);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key_id = params.key_identifier(&key);
        let certificate = match &recipe.issuer {
            Some(issuer) => {
                params.use_authority_key_identifier_extension = true;
                params.signed_by(&key, self.authority(issuer)?.issuer()?)?
            }
            None => params.self_signed(&key)?,
        };
        Ok(Built { der: certificate.der().to_vec(), key_id, issuer: Some(Issuer::new(params, key)) })
    }

    /// A signing request for an authority that waits for its signature, in PEM.
    pub(super) fn request(&self, recipe: &Recipe) -> Result<String, PkiError> {
        let key = keys::derive(self.seed, recipe.alg, "ca", recipe.number)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = params_name(recipe);
        Ok(params.serialize_request(&key)?.pem()?)
    }

    /// An end-entity certificate under `issuer`.
    pub(super) fn leaf(&mut self, issuer: &Recipe, leaf: &Recipe) -> Result<Vec<u8>, PkiError> {
        let key = keys::derive(self.seed, Alg::P256, "leaf", leaf.number)?;
        let mut params = params(leaf);
        params.subject_alt_names = CertificateParams::new(vec![leaf.name.clone()])?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = self.authority(issuer)?;
        Ok(params.signed_by(&key, issuer.issuer()?)?.der().to_vec())
    }
}

fn held(pem: &str) -> Result<Built, PkiError> {
    use x509_cert::der::{DecodePem as _, Encode as _};
    use x509_cert::ext::pkix::SubjectKeyIdentifier;
    let certificate = x509_cert::Certificate::from_pem(pem)?;
    let key_id: Option<(bool, SubjectKeyIdentifier)> = certificate.tbs_certificate.get()?;
    Ok(Built {
        der: certificate.to_der()?,
        key_id: key_id.map(|(_, id)| id.0.as_bytes().to_vec()).unwrap_or_default(),
        issuer: None,
    })
}

fn params_name(recipe: &Recipe) -> rcgen::DistinguishedName {
    let mut name = rcgen::DistinguishedName::new();
    name.push(DnType::CountryName, recipe.country.clone());
    name.push(DnType::OrganizationName, recipe.organization.clone());
    name.push(DnType::CommonName, recipe.name.clone());
    name
}

fn params(recipe: &Recipe) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = params_name(recipe);
    params.serial_number = Some(SerialNumber::from_slice(&recipe.serial));
    params.not_before = instant(recipe.from);
    params.not_after = instant(recipe.to);
    params.crl_distribution_points =
        recipe.crl.iter().map(|address| CrlDistributionPoint { uris: vec![address.clone()] }).collect();
    params.custom_extensions = access(recipe).into_iter().chain(policies(recipe)).collect();
    if !recipe.names.is_empty() {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: recipe.names.iter().cloned().map(GeneralSubtree::DnsName).collect(),
            excluded_subtrees: Vec::new(),
        });
    }
    params
}

/// Authority information access of RFC 5280, 4.2.2.1.
fn access(recipe: &Recipe) -> Option<CustomExtension> {
    let entry = |last: u8, address: &Option<String>| {
        let method = [0x2B, 6, 1, 5, 5, 7, 0x30, last];
        address.as_ref().map(|address| tlv(0x30, &[tlv(6, &method), tlv(0x86, address.as_bytes())].concat()))
    };
    let entries: Vec<u8> =
        [entry(1, &recipe.ocsp), entry(2, &recipe.certificate)].into_iter().flatten().flatten().collect();
    (!entries.is_empty()).then(|| CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &entries)))
}

/// Certificate policies of RFC 5280, 4.2.1.4.
fn policies(recipe: &Recipe) -> Option<CustomExtension> {
    let list: Vec<u8> = recipe
        .policies
        .iter()
        .filter_map(|text| der::asn1::ObjectIdentifier::new(text).ok())
        .flat_map(|id| tlv(0x30, &tlv(6, id.as_bytes())))
        .collect();
    (!list.is_empty()).then(|| CustomExtension::from_oid_content(&[2, 5, 29, 32], tlv(0x30, &list)))
}

/// One DER element with a definite length.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

pub(super) fn instant(second: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// PEM armour of RFC 7468.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> =
        base64(der).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of RFC 4648 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| (group << 8) | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = usize::try_from((group >> (18 - 6 * place)) & 63).unwrap_or(0);
            let letter = ALPHABET.get(index).copied().map_or('=', char::from);
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

/// The bytes of base64, white space ignored; `None` when it is not that.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut group, mut bits) = (0u32, 0u32);
    for letter in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = ALPHABET.iter().position(|other| *other == letter)?;
        group = (group << 6) | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((group >> bits) & 0xFF).ok()?);
            group &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}
