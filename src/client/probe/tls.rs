//! A handshake that reads whatever certificate is shown, and the judgement of it, which is made apart.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::Timestamp;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, aws_lc_rs::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OnceCell,
};
use tokio_rustls::TlsConnector;

use crate::{
    client::{tls::TlsProblem, transport, x509},
    domain::{Clean, acme::probe::Served, name::NameSet},
};

/// What a server showed and proved to hold the key of.
pub struct Shown {
    chain: Vec<CertificateDer<'static>>,
    protocol: &'static str,
}

/// Reads the certificate that a server shows for `server`. Any certificate is taken; the signature of the handshake is
/// not: a server that only copied a certificate does not serve it.
///
/// # Errors
/// One sentence on why there is no certificate.
pub async fn read<S: AsyncRead + AsyncWrite + Unpin>(stream: S, server: &str) -> Result<Shown, Clean> {
    let name = server_name(server).ok_or_else(|| Clean::from("the name is none that TLS can ask for"))?;
    let reader = Arc::new(Reader::new());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&reader.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Clean::from(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&reader) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    // A resumed session shows no certificate.
    config.resumption = Resumption::disabled();
    let met = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let chain = reader.chain.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match (reader.proved.get(), met) {
        // What fails behind the proof, a missing certificate of the client above all, says nothing of the server's.
        (Some(protocol), _) if !chain.is_empty() => Ok(Shown { chain, protocol }),
        (_, Err(error)) => Err(failed(&error)),
        (_, Ok(_)) => Err("the server shows no certificate".into()),
    }
}

/// Trust as the connections to the services have it.
pub struct Judge {
    ca_file: Option<PathBuf>,
    /// Made at the first certificate: reading the roots of the system takes some 100 ms.
    verifier: OnceCell<Result<Arc<Verifier>, Clean>>,
}

impl Judge {
    /// Trusts the roots of `ca_file` besides those of the system. Reads neither yet.
    pub const fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file, verifier: OnceCell::const_new() }
    }

    /// What was shown, with trust and name judged each for itself.
    ///
    /// # Errors
    /// It cannot be read as a certificate.
    pub async fn served(&self, shown: &Shown, server: &str, now: Timestamp) -> Result<Served, Clean> {
        let unreadable = || Clean::from("what the server shows is no certificate that can be read");
        let (own, intermediates) = shown.chain.split_first().ok_or_else(unreadable)?;
        let parsed = x509::parse(own).map_err(|_| unreadable())?;
        let names = x509::names(own);
        let name_matches = holds(own, server);
        Ok(Served {
            serial: parsed.serial.ok_or_else(unreadable)?,
            trust: self.trust(own, intermediates, (name_matches, server, &names), now).await,
            names,
            issuer: parsed.issuer,
            not_before: parsed.not_before,
            not_after: parsed.not_after,
            sha256: parsed.sha256,
            authority_key_id: parsed.authority_key_id,
            name_matches,
            protocol: shown.protocol.into(),
        })
    }

    async fn trust(
        &self,
        own: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        (name_matches, server, names): (bool, &str, &NameSet),
        now: Timestamp,
    ) -> Result<(), Clean> {
        // The verifier of the platform wants a name as well: one that the certificate has keeps the two apart.
        let mut held = names.iter().map(|name| match name.as_str().strip_prefix("*.") {
            Some(parent) => format!("www.{parent}"),
            None => name.as_str().to_owned(),
        });
        let held = if name_matches { server_name(server) } else { held.find_map(|name| server_name(&name)) };
        let Some(held) = held else { return Err("it is for no host at all".into()) };
        let verifier = self.verifier().await?;
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let verdict = verifier.verify_server_cert(own, intermediates, &held, &[], now);
        verdict.map(|_| ()).map_err(|error| TlsProblem::of(&error, false).to_string().into())
    }

    async fn verifier(&self) -> Result<Arc<Verifier>, Clean> {
        let made = self.verifier.get_or_init(|| async {
            let ca_file = self.ca_file.clone();
            let made = tokio::task::spawn_blocking(move || transport::verifier(ca_file.as_deref())).await;
            match made {
                Ok(Ok(verifier)) => Ok(Arc::new(verifier)),
                Ok(Err(error)) => Err(error.to_string().into()),
                Err(_) => Err("the trusted roots cannot be read".into()),
            }
        });
        made.await.clone()
    }
}

fn server_name(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).ok()
}

/// Whether a certificate is for `server` (RFC 6125).
fn holds(certificate: &CertificateDer<'_>, server: &str) -> bool {
    let Some(name) = server_name(server) else { return false };
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

/// A handshake that gave no certificate, in words.
fn failed(error: &io::Error) -> Clean {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (inner, error.kind()) {
        (Some(Error::InvalidMessage(_)), _) => "the server does not speak TLS there".into(),
        (Some(inner), _) => TlsProblem::of(inner, false).to_string().into(),
        (None, io::ErrorKind::FileTooLarge) => "the server sends more than a handshake has".into(),
        (None, _) => "the server closed the connection in the TLS handshake".into(),
    }
}

/// Takes any certificate and keeps it.
#[derive(Debug)]
struct Reader {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
    /// The version of TLS in which the server proved that it holds the key.
    proved: OnceLock<&'static str>,
}

impl Reader {
    fn new() -> Self {
        Self { provider: Arc::new(default_provider()), chain: Mutex::default(), proved: OnceLock::new() }
    }

    fn proven(
        &self,
        verdict: Result<HandshakeSignatureValid, Error>,
        version: ProtocolVersion,
    ) -> Result<HandshakeSignatureValid, Error> {
        if verdict.is_ok() {
            self.proved.get_or_init(|| if version == ProtocolVersion::TLSv1_2 { "TLS 1.2" } else { "TLS 1.3" });
        }
        verdict
    }
}

impl ServerCertVerifier for Reader {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned());
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain.collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.proven(verify_tls12_signature(message, cert, dss, algorithms), ProtocolVersion::TLSv1_2)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.proven(verify_tls13_signature(message, cert, dss, algorithms), ProtocolVersion::TLSv1_3)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
