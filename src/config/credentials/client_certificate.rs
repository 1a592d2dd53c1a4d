//! A client certificate with its private key, from PEM files.

use std::{fmt, fs::File, io::Read as _, path::Path, sync::Arc};

use jiff::Timestamp;
use rustls::{
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::{CertifiedKey, SigningKey},
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::secret_file;
use crate::domain::{Clean, Failure, FailureKind};

/// Most that is read of either file, bytes: a chain with its key, as `openssl pkcs12` writes it.
const FILE_MAX: usize = 64 << 10;

/// A certificate chain and the key that belongs to it. The key lives in the signer of the TLS library alone.
#[derive(Clone)]
pub struct ClientCertificate {
    certified: Arc<CertifiedKey>,
    subject: Clean,
    starts: Timestamp,
    ends: Timestamp,
}

impl ClientCertificate {
    /// Reads the chain in `cert` and the key in `key`; both may be the same file. Blocks. Dates are not judged here: a
    /// program runs longer than a certificate may be valid.
    ///
    /// # Errors
    /// `Configuration`: names the file and what is wrong with it, never any part of the key. PKCS#12 and a key under a
    /// passphrase are refused with the `openssl` line that turns them into PEM.
    pub fn read(cert: &Path, key: &Path) -> Result<Self, Failure> {
        let chain = chain(cert)?;
        let signer = signer(key)?;
        Self::pair(chain, signer, cert, key)
    }

    fn pair(
        mut chain: Vec<CertificateDer<'static>>,
        signer: Arc<dyn SigningKey>,
        cert: &Path,
        key: &Path,
    ) -> Result<Self, Failure> {
        let public = signer.public_key();
        let fits = |der: &CertificateDer<'_>| {
            let parsed = X509Certificate::from_der(der).ok();
            parsed.is_some_and(|(_, own)| public.as_ref().is_some_and(|key| own.public_key().raw == key.as_ref()))
        };
        let place = chain.iter().position(fits).ok_or_else(|| {
            let title = format!("the key {} does not belong to the certificate {}", key.display(), cert.display());
            Failure::new(FailureKind::Configuration, title)
                .hint("name the certificate and the key that were issued together")
        })?;
        // The library sends the chain as it stands, and the first one is taken for the own.
        chain.get_mut(..=place).unwrap_or_default().rotate_right(1);
        let own = chain.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()));
        let (_, parsed) = X509Certificate::from_der(&own).map_err(|_| fail(cert, "holds no X.509 certificate"))?;
        let moment = |seconds| Timestamp::from_second(seconds).map_err(|_| fail(cert, "has a date that is none"));
        Ok(Self {
            subject: Clean::from(parsed.subject().to_string()),
            starts: moment(parsed.validity().not_before.timestamp())?,
            ends: moment(parsed.validity().not_after.timestamp())?,
            certified: Arc::new(CertifiedKey::new(chain, signer)),
        })
    }

    /// Chain and signer, for the TLS library.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// Whom it names.
    pub const fn subject(&self) -> &Clean {
        &self.subject
    }

    /// The first moment at which it is valid, UTC.
    pub const fn starts(&self) -> Timestamp {
        self.starts
    }

    /// The last moment at which it is valid, UTC.
    pub const fn ends(&self) -> Timestamp {
        self.ends
    }

    /// True when both are the same reading of the same files.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.certified, &other.certified)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("subject", &self.subject)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

fn fail(path: &Path, cause: &str) -> Failure {
    Failure::new(FailureKind::Configuration, format!("client certificate: {} {cause}", path.display()))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let unread = |error: std::io::Error| fail(path, &format!("cannot be read ({})", error.kind()));
    let metadata = std::fs::metadata(path).map_err(unread)?;
    // A pipe would keep the program waiting.
    if !metadata.is_file() {
        return Err(fail(path, "is not a regular file"));
    }
    let mut content = Vec::new();
    File::open(path).map_err(unread)?.take(FILE_MAX as u64 + 1).read_to_end(&mut content).map_err(unread)?;
    if content.len() > FILE_MAX {
        return Err(fail(path, &format!("is larger than {FILE_MAX} bytes, so it is no certificate chain")));
    }
    refuse_pkcs12(path, &content)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(fail(path, "holds no certificate in PEM").hint("a PEM file has lines with BEGIN CERTIFICATE")),
    }
}

fn signer(path: &Path) -> Result<Arc<dyn SigningKey>, Failure> {
    let content = secret_file::read(path, FILE_MAX).map_err(|refusal| {
        let failure = fail(path, &refusal.cause);
        refusal.hint.map_or(failure.clone(), |hint| failure.hint(hint))
    })?;
    refuse_pkcs12(path, &content)?;
    let text = String::from_utf8_lossy(&content);
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        let (from, to) = (quoted(path), quoted(&path.with_extension("open.key")));
        return Err(fail(path, "is a key under a passphrase, which is not asked for")
            .hint(format!("openssl pkey -in {from} -out {to}, then name that file (mode 0600) as the key")));
    }
    let key = PrivateKeyDer::from_pem_slice(&content)
        .map_err(|_| fail(path, "holds no private key in PEM").hint("a PEM file has a line with BEGIN PRIVATE KEY"))?;
    let loaded = default_provider().key_provider.load_private_key(key);
    loaded
        .map_err(|_| fail(path, "holds a key of a kind that TLS cannot use").hint("RSA, ECDSA and Ed25519 can be used"))
}

/// PKCS#12 is told by its content, or by its name where the content is no PEM either.
fn refuse_pkcs12(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let named = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("p12") || end.eq_ignore_ascii_case("pfx"));
    let armoured = memchr::memmem::find(content, b"-----BEGIN ").is_some();
    if armoured || !(named || is_pkcs12(content)) {
        return Ok(());
    }
    Err(fail(path, "is PKCS#12, which is not read").hint(format!(
        "openssl pkcs12 -in {} -out client.pem -nodes, then chmod 600 client.pem and name it as cert and as key",
        quoted(path)
    )))
}

/// PFX is a SEQUENCE that begins with version 3 and the content info of PKCS#7 (RFC 7292, 4).
fn is_pkcs12(content: &[u8]) -> bool {
    const VERSION: &[u8] = &[0x02, 0x01, 0x03, 0x30];
    const PKCS7: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    let head = content.get(..content.len().min(32)).unwrap_or_default();
    head.first() == Some(&0x30)
        && memchr::memmem::find(head, VERSION).is_some_and(|at| at <= 6)
        && memchr::memmem::find(head, PKCS7).is_some()
}

/// A path as it stands in a line for the shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shell_words::quote(&text).into_owned()
}
