//! The certificate of a CA, or its chain, as it can be handed to other programs: `ca pem`.

use std::io::IsTerminal as _;

use super::{
    console,
    exit::{Exit, Outcome, Trouble},
    item::Item,
    session::Desk,
};
use crate::{
    client::Client,
    domain::{
        Failure, FailureKind,
        ca::{Ca, certificate::ParsedCertificate},
        ids::CaId,
    },
};

/// What is to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The certificate in PEM.
    One,
    /// The certificate and those of its issuers, up to the root, in PEM.
    Chain,
    /// The bytes of the certificate.
    Der,
}

/// Prints the certificate of `ca`, one of `cas`. A chain ends where an issuer is not visible, with a word on stderr.
///
/// # Errors
/// A certificate cannot be read; bytes are not written to a terminal.
pub fn print(ca: &Ca, cas: &[Ca], form: Form, desk: &mut Desk<'_>) -> Outcome {
    if form == Form::Der && std::io::stdout().is_terminal() {
        return Err(Trouble::usage("--der writes bytes that a terminal cannot show: redirect them to a file"));
    }
    let chain = if form == Form::Chain { chain(ca, cas) } else { vec![&ca.id] };
    let mut read = Vec::new();
    for id in chain {
        read.push(desk.wait(async |client: &Client| client.ca_certificate(id).await)?);
    }
    if form == Form::Der {
        let own = read.first().map(|certificate| &*certificate.der).unwrap_or_default();
        desk.console.out().write_all(own)?;
        return Ok(Exit::Done);
    }
    let pem = read.iter().map(armour).collect::<Result<String, _>>()?;
    let sha256 = read.first().map_or("", |certificate| certificate.sha256.as_str());
    let made = Item::default().text("ca_id", ca.id.as_str()).text("sha256", sha256).with("pem", pem.clone());
    desk.print_text(&pem, "ca.pem", &made)
}

/// The CA and its issuers, each once.
fn chain<'a>(ca: &'a Ca, cas: &'a [Ca]) -> Vec<&'a CaId> {
    let mut out = vec![&ca.id];
    let mut issuer = ca.issuer.as_ref();
    while let Some(id) = issuer {
        if out.contains(&id) {
            console::warn("the issuers of this CA form a circle; the chain ends where it begins again");
            break;
        }
        let Some(next) = cas.iter().find(|ca| ca.id == *id) else {
            console::warn("the chain is not complete: an issuer is not visible to this key");
            break;
        };
        out.push(id);
        issuer = next.issuer.as_ref();
    }
    out
}

fn armour(certificate: &ParsedCertificate) -> Result<String, Failure> {
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &certificate.der)
        .map_err(|_| Failure::new(FailureKind::BadAnswer, "the certificate is too long to be written as PEM"))
}
