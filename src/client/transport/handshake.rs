//! TLS as all connections make it: the roots of the system and those of the user, TLS 1.2 and up, HTTP/1.1 alone.
//!
//! reqwest's own setting tells of a refused certificate only what the library says of the cause; the setting here adds
//! what the server showed, so that a person can tell a company proxy from a wrong address. It trusts exactly what the
//! verifier of the platform trusts.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    sign::SingleCertAndKey,
};
use rustls_platform_verifier::Verifier;
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer as _, X509Certificate},
};

use crate::{client::error::TransportError, config::ClientCertificate, domain::Failure};

/// Most hosts whose certificate is remembered: those of all services, their `clientauth.` hosts and proxies, and room.
const HOSTS: usize = 32;

/// When the certificates end that servers showed in a handshake that went well, by host.
#[derive(Debug, Default)]
pub struct Ends(Mutex<BTreeMap<String, Timestamp>>);

impl Ends {
    /// The last moment at which the certificate of `host`, without brackets, is valid; `None` before its first handshake.
    pub fn of(&self, host: &str) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied()
    }

    fn note(&self, host: &str, end: Timestamp) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.len() < HOSTS || ends.contains_key(host) {
            ends.insert(host.to_owned(), end);
        }
    }
}

/// TLS with the roots of `ca_file` besides those of the system, and with the certificate of the user where one is set.
/// What a server shows in a handshake that goes well is noted in `ends`.
pub fn config(
    ca_file: Option<&Path>,
    own: Option<&ClientCertificate>,
    ends: &Arc<Ends>,
) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(default_provider());
    let verifier = verifier(ca_file)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::Settings(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Telling { verifier, ends: Arc::clone(ends) }));
    let mut config = match own {
        Some(own) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.certified()))),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What decides on trust: the roots of the system, and those of `ca_file`. Reads them, which takes some 100 ms.
pub fn verifier(ca_file: Option<&Path>) -> Result<Verifier, TransportError> {
    let roots = ca_file.map(roots).transpose()?.unwrap_or_default();
    Verifier::new_with_extra_roots(roots, Arc::new(default_provider()))
        .map_err(|error| TransportError::Settings(format!("the trusted roots cannot be used: {error}")))
}

/// Whether `file` can be named as `ca_file`: it is read, and holds certificates in PEM.
///
/// # Errors
/// `Configuration`: the file, and what is wrong with it.
pub fn check_roots(file: &Path) -> Result<(), Failure> {
    roots(file).map(drop).map_err(|error| Failure::new(error.kind(), error.to_string()))
}

fn roots(file: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let unusable = |why: String| TransportError::Settings(format!("ca_file {}: {why}", file.display()));
    let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let roots = roots.map_err(|_| unusable("no PEM certificate".into()))?;
    if roots.is_empty() { Err(unusable("no PEM certificate".into())) } else { Ok(roots) }
}

/// What a server showed of itself in a handshake that failed. Text as it stands in the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whom the certificate names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The hosts it is for.
    pub names: Vec<String>,
    /// First and last moment of its validity.
    pub validity: Option<(Timestamp, Timestamp)>,
    /// The clock of this machine at the handshake.
    pub now: Option<Timestamp>,
}

impl Shown {
    /// True when subject and issuer are one.
    pub fn signed_itself(&self) -> bool {
        self.subject == self.issuer
    }

    fn read(der: &[u8], now: UnixTime) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let moment = |seconds: i64| Timestamp::from_second(seconds).ok();
        let from = moment(certificate.validity().not_before.timestamp());
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names: names.unwrap_or_default(),
            validity: from.zip(moment(certificate.validity().not_after.timestamp())),
            now: i64::try_from(now.as_secs()).ok().and_then(moment),
        })
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|ip| std::net::IpAddr::from(ip).to_string());
            four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(|ip| std::net::IpAddr::from(ip).to_string())).ok()
        }
        _ => None,
    }
}

/// A refused certificate: the cause of the verifier, and what was refused.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub cause: CertificateError,
    /// What.
    pub shown: Shown,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The refusal inside an error of the library, when one of `config` made it.
    pub fn of(error: &Error) -> Option<&Self> {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.downcast_ref(),
            _ => None,
        }
    }
}

/// The verifier of the platform; what it refuses stays refused, and is told with what was shown. Of what it accepts the
/// end is noted.
#[derive(Debug)]
struct Telling {
    verifier: Verifier,
    ends: Arc<Ends>,
}

impl ServerCertVerifier for Telling {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if verdict.is_ok()
            && let Some((_, end)) = Shown::read(end_entity, now).and_then(|shown| shown.validity)
        {
            self.ends.note(&server_name.to_str(), end);
        }
        verdict.map_err(|error| match (error, Shown::read(end_entity, now)) {
            (Error::InvalidCertificate(cause), Some(shown)) => {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Refused { cause, shown }))))
            }
            (error, _) => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_hosts_are_remembered_and_those_stay_up_to_date() {
        let ends = Ends::default();
        for number in 0..=HOSTS {
            ends.note(&format!("h{number}.example.com"), Timestamp::UNIX_EPOCH);
        }
        ends.note("h0.example.com", Timestamp::MAX);
        assert_eq!(ends.of("h0.example.com"), Some(Timestamp::MAX));
        assert_eq!(ends.of(&format!("h{}.example.com", HOSTS - 1)), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(ends.of(&format!("h{HOSTS}.example.com")), None);
    }
}
