//! Signatures of what is published, checked with the key of a certificate.

use aws_lc_rs::signature::{ECDSA_P521_SHA512_ASN1, UnparsedPublicKey};
use x509_parser::{
    asn1_rs::BitString,
    error::X509Error,
    prelude::X509Certificate,
    verify::verify_signature,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use crate::{client::x509, domain::ca::revocation::Signature};

/// Something signed, as it came.
pub struct Signed<'a> {
    /// The bytes that were signed.
    pub bytes: &'a [u8],
    /// The algorithm named beside the signature.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The signature.
    pub signature: BitString<'a>,
}

impl Signed<'_> {
    /// Whether it was signed with the key of `certificate`: RSA (PKCS #1 and PSS), ECDSA on P-256, P-384 and P-521, and
    /// Ed25519. Of any other algorithm it is said that it was not checked.
    pub fn by(&self, certificate: &X509Certificate<'_>) -> Signature {
        let key = certificate.public_key();
        let checked = verify_signature(key, &self.algorithm, &self.signature, self.bytes);
        match checked {
            Ok(()) => Signature::Good,
            Err(X509Error::SignatureUnsupportedAlgorithm) if self.is_p521(key) => {
                let key = UnparsedPublicKey::new(&ECDSA_P521_SHA512_ASN1, &key.subject_public_key.data);
                key.verify(self.bytes, &self.signature.data).map_or_else(|_| wrong(), |()| Signature::Good)
            }
            Err(X509Error::SignatureUnsupportedAlgorithm) => {
                let (algorithm, key) = (x509::algorithm(&self.algorithm), x509::key(key));
                let why = format!("{algorithm} with a key of {key} is beyond this program");
                Signature::Unchecked(why.into())
            }
            Err(_) => wrong(),
        }
    }

    /// ECDSA with SHA-512 on P-521, which the library of certificates leaves out (RFC 5758, 3.2; RFC 5480, 2.1.1.1).
    fn is_p521(&self, key: &SubjectPublicKeyInfo<'_>) -> bool {
        let curve = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        self.algorithm.algorithm.to_id_string() == "1.2.840.10045.4.3.4"
            && curve.is_some_and(|curve| curve.to_id_string() == "1.3.132.0.35")
    }
}

fn wrong() -> Signature {
    Signature::Wrong("it was not made with the key of the CA".into())
}
