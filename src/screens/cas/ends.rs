//! When what validates the certificates of a CA ends, as the service tells.

use jiff::Timestamp;

use crate::domain::{
    Map,
    ca::{Crl, OcspResponder},
    ids::CaId,
};

/// The earliest end of what validates the certificates of a CA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// There is nothing.
    #[default]
    None,
    /// There is something, and its end is not known.
    Unknown,
    /// The end.
    At(Timestamp),
}

impl End {
    fn or_earlier(self, end: Option<Timestamp>) -> Self {
        match (self, end) {
            (Self::At(known), Some(end)) => Self::At(known.min(end)),
            (Self::None | Self::Unknown, Some(end)) => Self::At(end),
            (Self::None, None) => Self::Unknown,
            (known, None) => known,
        }
    }
}

/// What validates the certificates of a CA.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends {
    /// Its CRL.
    pub crl: End,
    /// The certificate of its OCSP responder.
    pub ocsp: End,
}

/// The earliest ends, by CA.
pub fn of<'a>(
    crls: impl Iterator<Item = &'a Crl>,
    responders: impl Iterator<Item = &'a OcspResponder>,
) -> Map<CaId, Ends> {
    let mut out: Map<CaId, Ends> = Map::default();
    for crl in crls {
        let ends = out.entry(crl.ca.clone()).or_default();
        ends.crl = ends.crl.or_earlier(crl.next_update.at());
    }
    for responder in responders {
        let ends = out.entry(responder.ca.clone()).or_default();
        ends.ocsp = ends.ocsp.or_earlier(responder.valid_to.at());
    }
    out
}
