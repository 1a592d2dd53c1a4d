//! Lists on their way to the store of this machine, and what comes back of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    call::Reply,
    estate::{Estate, SourceId},
    rows::Rows,
};
use crate::domain::{
    acme::{AcmeCertificate, Subaccount, probe::Probe, sight::FirstSeen},
    ca::{Ca, CaRequest, Crl, OcspResponder, RequestSource, Template},
    delta::Records,
    report::HistoryRecord,
};

/// A complete list that is to be kept in the place of the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// Its rows; they are shared, not copied.
    pub rows: Kept,
    /// When its read ended.
    pub read_at: Timestamp,
}

/// The rows of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// ACME certificates.
    Acme(Rows<AcmeCertificate>),
    /// Subaccounts and contracts.
    Subaccounts(Rows<Subaccount>),
    /// CAs.
    Cas(Rows<Ca>),
    /// Requests, and from where they were read.
    Requests(Rows<CaRequest>, RequestSource),
    /// CRLs.
    Crls(Rows<Crl>),
    /// OCSP responders.
    Responders(Rows<OcspResponder>),
    /// Templates.
    Templates(Rows<Template>),
    /// Report history.
    History(Rows<HistoryRecord>),
    /// Probes.
    Probes(Vec<Arc<Probe>>),
    /// First sights.
    Sights(FirstSeen),
}

impl Kept {
    /// The records, when snapshots have them.
    pub fn records(&self) -> Option<Arc<dyn Records>> {
        Some(match self {
            Self::Acme(rows) => Arc::new(rows.clone()),
            Self::Cas(rows) => Arc::new(rows.clone()),
            Self::Requests(rows, _) => Arc::new(rows.clone()),
            Self::Templates(rows) => Arc::new(rows.clone()),
            Self::History(rows) => Arc::new(rows.clone()),
            Self::Subaccounts(_) | Self::Crls(_) | Self::Responders(_) | Self::Probes(_) | Self::Sights(_) => {
                return None;
            }
        })
    }

    /// Whether snapshots have the records.
    pub const fn is_tracked(&self) -> bool {
        matches!(self, Self::Acme(_) | Self::Cas(_) | Self::Requests(..) | Self::Templates(_) | Self::History(_))
    }
}

/// The history of a reply, which the estate groups and does not hold as it came.
pub fn history(reply: &Reply) -> Option<Rows<HistoryRecord>> {
    match reply {
        Reply::History(dataset) => Some(Rows::from(dataset.rows.clone())),
        _ => None,
    }
}

impl Estate {
    /// What is to be kept of a source that was just read, when all of it was; `history` as [`history`] took it.
    pub fn kept(&self, id: SourceId, history: Option<Rows<HistoryRecord>>) -> Option<Keep> {
        let status = self.status(id);
        let read_at = status.read_at.filter(|_| status.complete && status.failure.is_none() && !status.loading)?;
        let rows = match id {
            // Who a key is has to be known of the key that is here now; events are in their index.
            SourceId::CertCentralUser | SourceId::OneUser | SourceId::Audit => return None,
            SourceId::Acme => Kept::Acme(self.acme.rows().clone()),
            SourceId::Subaccounts => Kept::Subaccounts(self.subaccounts.rows().clone()),
            SourceId::Cas => Kept::Cas(self.cas.rows().clone()),
            SourceId::Requests => Kept::Requests(self.requests.rows().clone(), self.request_source?),
            SourceId::Crls => Kept::Crls(self.crls.rows().clone()),
            SourceId::Responders => Kept::Responders(self.responders.rows().clone()),
            SourceId::Templates => Kept::Templates(self.templates.rows().clone()),
            SourceId::History => Kept::History(history?),
        };
        Some(Keep { rows, read_at })
    }

    /// Takes what was kept of a source, unless something newer is here. Its read that is under way goes on.
    pub fn recall(&mut self, reply: Reply) {
        match reply {
            Reply::Acme(dataset) => self.acme.recall(dataset),
            Reply::Subaccounts(dataset) => self.subaccounts.recall(dataset),
            Reply::Cas(dataset) => {
                self.cas.recall(dataset);
                self.name_cas();
            }
            Reply::Requests(dataset, from) => {
                self.request_source.get_or_insert(from);
                self.requests.recall(dataset);
            }
            Reply::Crls(dataset) => self.crls.recall(dataset),
            Reply::Responders(dataset) => self.responders.recall(dataset),
            Reply::Templates(dataset) => self.templates.recall(dataset),
            Reply::History(dataset) => {
                self.reports.recall(super::estate::grouped(dataset));
                self.localise();
            }
            Reply::Audit(dataset) => self.audit.recall(dataset),
            _ => {}
        }
    }
}
