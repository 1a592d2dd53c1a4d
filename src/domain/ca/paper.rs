//! The certificate of a CA as a file for other programs: PEM, PEM with its issuers, or DER.

use std::collections::{HashMap, HashSet};

use super::{Ca, certificate::ParsedCertificate};
use crate::domain::{Failure, FailureKind, ids::CaId};

/// The forms of such a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The certificate in PEM (RFC 7468).
    One,
    /// The certificate and those of its issuers, up to the root, in PEM.
    Chain,
    /// The bytes of the certificate.
    Der,
}

impl Form {
    /// By the ending of a file name: `.chain.pem`, `.pem`, `.der` or `.cer`, in any case.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        match () {
            () if ends(&[".chain.pem"]) => Some(Self::Chain),
            () if ends(&[".pem"]) => Some(Self::One),
            () if ends(&[".der", ".cer"]) => Some(Self::Der),
            () => None,
        }
    }

    /// The certificates that it takes of a chain that begins with the CA.
    pub fn of_chain<'a>(self, chain: &Chain<'a>) -> Vec<&'a CaId> {
        let most = if self == Self::Chain { usize::MAX } else { 1 };
        chain.cas.iter().take(most).copied().collect()
    }

    /// The bytes of the file; `certificates` begin with that of the CA.
    ///
    /// # Errors
    /// A certificate is too long for PEM.
    pub fn bytes(self, certificates: &[ParsedCertificate]) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Der => Ok(certificates.first().map(|certificate| certificate.der.to_vec()).unwrap_or_default()),
            Self::One | Self::Chain => {
                certificates.iter().map(armour).collect::<Result<String, _>>().map(String::into_bytes)
            }
        }
    }
}

/// A CA and its issuers, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The CA first.
    pub cas: Vec<&'a CaId>,
    /// How it ends.
    pub end: End,
}

/// How a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At a root.
    Root,
    /// Where it begins again.
    Circle,
    /// At an issuer that is not visible.
    NotVisible,
}

impl End {
    /// What is wrong with a chain that ends so; `None` for a whole one.
    pub const fn gap(self) -> Option<&'static str> {
        match self {
            Self::Root => None,
            Self::Circle => Some("the issuers of this CA form a circle; the chain ends where it begins again"),
            Self::NotVisible => Some("the chain is not complete: an issuer is not visible to this key"),
        }
    }
}

impl<'a> Chain<'a> {
    /// The chain of `ca` among `cas`: one pass over these.
    pub fn of(ca: &'a Ca, cas: impl IntoIterator<Item = &'a Ca>) -> Self {
        let known: HashMap<&CaId, &Ca> = cas.into_iter().map(|ca| (&ca.id, ca)).collect();
        let (mut out, mut seen) = (vec![&ca.id], HashSet::from([&ca.id]));
        let mut issuer = ca.issuer.as_ref();
        while let Some(id) = issuer {
            let Some(next) = known.get(id) else { return Self { cas: out, end: End::NotVisible } };
            if !seen.insert(id) {
                return Self { cas: out, end: End::Circle };
            }
            out.push(id);
            issuer = next.issuer.as_ref();
        }
        Self { cas: out, end: End::Root }
    }
}

fn armour(certificate: &ParsedCertificate) -> Result<String, Failure> {
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &certificate.der)
        .map_err(|_| Failure::new(FailureKind::BadAnswer, "the certificate is too long to be written as PEM"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ca(id: &str, issuer: Option<&str>) -> Ca {
        Ca { id: CaId::new(id), issuer: issuer.map(CaId::new), ..Ca::default() }
    }

    #[test]
    fn a_chain_ends_at_a_root_or_says_why_not() {
        let cas = [ca("r", None), ca("a", Some("r")), ca("b", Some("a")), ca("x", Some("y")), ca("y", Some("x"))];
        let lost = ca("lost", Some("not-here"));
        let told = |ca: &Ca| {
            let chain = Chain::of(ca, &cas);
            (chain.cas.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>().join(" "), chain.end)
        };
        assert_eq!(told(&cas[2]), ("b a r".into(), End::Root));
        assert_eq!(told(&cas[3]), ("x y".into(), End::Circle));
        assert_eq!(told(&lost), ("lost".into(), End::NotVisible));
        let chain = Chain::of(&cas[2], &cas);
        assert_eq!((Form::One.of_chain(&chain).len(), Form::Chain.of_chain(&chain).len()), (1, 3));
    }

    #[test]
    fn the_ending_says_the_form() {
        let forms = ["g2.pem", "g2.CHAIN.PEM", "g2.der", "g2.Cer", "pem", "g2.p7b"].map(Form::of);
        assert_eq!(forms, [Some(Form::One), Some(Form::Chain), Some(Form::Der), Some(Form::Der), None, None]);
    }
}
