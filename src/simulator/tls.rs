//! TLS of the listener: a server certificate, sound or flawed, and on request a client certificate as on the `clientauth.` hosts.
//!
//! Clients judge these certificates by their own clock, so the dates are wide and do not follow the simulator's.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use serde::Deserialize;

use super::clock::at;
use super::pki::instant;

/// What is wrong with the server certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Nothing.
    #[default]
    Sound,
    /// It ended in 2021.
    Expired,
    /// It begins in 2048.
    NotYetValid,
    /// It names another host.
    WrongName,
    /// It signed itself.
    SelfSigned,
    /// Nothing yet: it ends ten days after the start, by the clock of this machine.
    Ending,
}

/// TLS of the listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The server certificate.
    pub flaw: Flaw,
    /// Whether the handshake ends without a certificate of the client, as on the `clientauth.` hosts.
    pub client_certificate: bool,
}

/// What a client of a TLS simulator needs, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The root that signed the server certificate.
    pub root: String,
    /// A client certificate of `ops-one`.
    pub client_certificate: String,
    /// The same user and key, but it ended in 2021.
    pub expired_certificate: String,
    /// The same user and key, signed by a root that the simulator does not know.
    pub foreign_certificate: String,
    /// The key of all three (PKCS #8): made for this run, of no use anywhere else.
    pub client_key: String,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    #[error(transparent)]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

struct Root {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    pem: String,
}

/// Ten days, s.
const ENDING: i64 = 10 * 24 * 3_600;

fn params(name: &str, from: i64, to: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = instant(from);
    params.not_after = instant(to);
    params
}

fn root(name: &str) -> Result<Root, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = params(name, at("2020-01-01"), at("2049-01-01"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key)?;
    Ok(Root { der: certificate.der().to_vec(), pem: certificate.pem(), issuer: Issuer::new(params, key) })
}

/// The configuration of the listener at `addr`, and the files for its clients.
pub(super) fn config(tls: Tls, addr: SocketAddr) -> Result<(ServerConfig, TlsFiles), TlsError> {
    let root = root("Simulator TLS Root")?;
    let (from, to) = match tls.flaw {
        Flaw::Expired => (at("2020-01-01"), at("2021-01-01")),
        Flaw::NotYetValid => (at("2048-01-01"), at("2049-01-01")),
        Flaw::Ending => (at("2020-01-01"), jiff::Timestamp::now().as_second() + ENDING),
        Flaw::Sound | Flaw::WrongName | Flaw::SelfSigned => (at("2020-01-01"), at("2049-01-01")),
    };
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut server = params("simulator", from, to);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    server.subject_alt_names = if tls.flaw == Flaw::WrongName {
        vec![SanType::DnsName("elsewhere.example".try_into()?)]
    } else {
        let local = SanType::DnsName("localhost".try_into()?);
        vec![SanType::IpAddress(addr.ip()), local]
    };
    let certificate =
        if tls.flaw == Flaw::SelfSigned { server.self_signed(&key)? } else { server.signed_by(&key, &root.issuer)? };
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let files = client(&root)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let builder = if tls.client_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(root.der.into())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build()?)
    } else {
        builder.with_no_client_auth()
    };
    let config = builder.with_single_cert(vec![certificate.der().clone()], secret)?;
    Ok((config, files))
}

fn client(trusted: &Root) -> Result<TlsFiles, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let signed = |root: &Root, to: &str| {
        let mut client = params("ops-one", at("2020-01-01"), at(to));
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        client.use_authority_key_identifier_extension = true;
        Ok::<_, TlsError>(client.signed_by(&key, &root.issuer)?.pem())
    };
    Ok(TlsFiles {
        root: trusted.pem.clone(),
        client_certificate: signed(trusted, "2049-01-01")?,
        expired_certificate: signed(trusted, "2021-01-01")?,
        foreign_certificate: signed(&root("Other Root")?, "2049-01-01")?,
        client_key: key.serialize_pem(),
    })
}

/// The common name of a client's certificate.
pub(super) fn subject(der: &[u8]) -> Option<String> {
    use x509_cert::der::Decode as _;
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let name = certificate.tbs_certificate.subject.to_string();
    name.split(',').find_map(|part| part.strip_prefix("CN=")).map(ToOwned::to_owned)
}
