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
    domain::ca::{
        Ca,
        paper::{Chain, Form},
    },
};

/// Prints the certificate of `ca`, one of `cas`. A chain ends where an issuer is not visible, with a word on stderr.
///
/// # Errors
/// A certificate cannot be read; bytes are not written to a terminal.
pub fn print(ca: &Ca, cas: &[Ca], form: Form, desk: &mut Desk<'_>) -> Outcome {
    if form == Form::Der && std::io::stdout().is_terminal() {
        return Err(Trouble::usage("--der writes bytes that a terminal cannot show: redirect them to a file"));
    }
    let chain = Chain::of(ca, cas);
    let wanted = form.of_chain(&chain);
    if let Some(gap) = chain.end.gap().filter(|_| form == Form::Chain) {
        console::warn(gap);
    }
    let mut read = Vec::new();
    for id in wanted {
        read.push(desk.wait(async |client: &Client| client.ca_certificate(id).await)?);
    }
    let bytes = form.bytes(&read)?;
    if form == Form::Der {
        desk.console.out().write_all(&bytes)?;
        return Ok(Exit::Done);
    }
    let pem = String::from_utf8_lossy(&bytes).into_owned();
    let sha256 = read.first().map_or("", |certificate| certificate.sha256.as_str());
    let made = Item::default().text("ca_id", ca.id.as_str()).text("sha256", sha256).with("pem", pem.clone());
    desk.print_text(&pem, "ca.pem", &made)
}
