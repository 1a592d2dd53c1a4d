//! The certificate of a CA as a file.

use crate::{
    domain::ca::{
        Ca,
        paper::{Chain, Form},
    },
    flow::document::{Document, Offer, Paper, file_name},
};

/// What `w` writes of a CA.
pub fn offer(ca: &Ca) -> Offer {
    Offer {
        title: "Write the certificate to",
        endings: "a new file: .pem, .chain.pem with its issuers, .der or .cer",
        name: format!("{}.pem", file_name(&ca.name)),
    }
}

/// The certificate of a CA among `cas`, in the form that the ending of the name says.
///
/// # Errors
/// The ending says none.
pub fn document<'a>(ca: &'a Ca, cas: impl IntoIterator<Item = &'a Ca>, path: &str) -> Result<Document, &'static str> {
    let form = Form::of(path).ok_or("The name ends in .pem, .chain.pem, .der or .cer, which says the form.")?;
    let chain = Chain::of(ca, cas);
    let cas = form.of_chain(&chain).into_iter().cloned().collect();
    Ok(Document::Certificates(Paper { form, cas, end: chain.end }))
}
