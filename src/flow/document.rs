//! What is written to a new file of this machine.

use super::handover::Handover;
use crate::domain::{
    audit::look::Extract,
    ca::paper::{End, Form},
    ids::CaId,
};

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// The hand-over report of certificates, which is worked out when it is written.
    Handover(Box<Handover>),
    /// A text that is here.
    Text(String),
    /// Audit events, read from this machine part by part, and their manifest.
    Events(Extract),
    /// Certificates of CAs, which are read for it.
    Certificates(Paper),
}

/// The certificate of a CA, or its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The form of the file.
    pub form: Form,
    /// Whose certificates; the CA first.
    pub cas: Vec<CaId>,
    /// How its chain ends.
    pub end: End,
}

/// What a screen, or a page, offers to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is written: `Write a report to`.
    pub title: &'static str,
    /// The endings that a name can have, each of which is a form, in a sentence.
    pub endings: &'static str,
    /// A name to start from.
    pub name: String,
}

/// Letters and digits of a name, for a name of a file: at most 60, others are a `-`.
pub fn file_name(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    let parts: Vec<&str> = kept.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "ca".to_owned() } else { parts.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_a_name_of_a_ca_is_no_path() {
        for (name, file) in [
            ("Acme Issuing CA G2 EU", "Acme-Issuing-CA-G2-EU"),
            ("../../.ssh/authorized_keys", "ssh-authorized-keys"),
            ("C:\\con", "C-con"),
            ("\u{202e}\u{1b}[2J", "2J"),
            ("京", "ca"),
        ] {
            assert_eq!(file_name(name), file);
        }
    }
}
