//! Certificate records: member by member, and as the rows of a list, of which there may be a million.

mod batch;
mod pack;

use std::{fmt, sync::Arc};

use self::batch::Batch;
pub use self::pack::{Packer, PlainRecord};
use super::{CertificateStatus, names::Names, san::San};
use crate::domain::{
    ids::{AccountId, ContractId},
    name::{Name, NameRef, NameSet},
    serial::{Serial, SerialRef},
    subject::Pieces,
    text::Clean,
    when::When,
};

/// One certificate record of a contract, member by member. The API gives no id, issuer, issue date or successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// The subaccount that holds the contract.
    pub account: AccountId,
    /// The contract that lists it.
    pub contract: ContractId,
    /// Main name of the record; may be a wildcard.
    pub domain: Name,
    /// The service's status.
    pub status: CertificateStatus,
    /// End of validity; [`When::Never`] until issued.
    pub expires: When,
    /// Serial number; `None` until issued.
    pub serial: Option<Serial>,
    /// All names.
    pub names: NameSet,
    /// What could not be read as the contract says, for the details pane; empty for a sound record.
    pub oddities: Vec<Clean>,
}

/// A certificate record as a row of a list: 16 bytes, and the texts of the rows beside it in one piece.
///
/// A row whose members do not fit into that form (an odd date, a name that is not plain ASCII, an unknown
/// status, more than 128 names)
/// has them apart; nothing tells such rows from the others but their size.
#[derive(Clone)]
pub struct AcmeCertificate(Form);

#[derive(Clone)]
enum Form {
    Sound {
        batch: Arc<Batch>,
        /// Where its text begins.
        at: u32,
        /// Seconds since 1970; 0 for none.
        ends: u32,
    },
    Other(Arc<CertificateRecord>),
}

/// What tells two records apart: the serial, or the names of a record without one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AcmeKey {
    /// The account.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Serial digits, or the joined names behind a `-`.
    pub tail: Box<str>,
}

impl AcmeCertificate {
    /// Rows of these records, in their order; records of a contract that come together share their memory.
    pub fn pack(records: impl IntoIterator<Item = CertificateRecord>) -> Vec<Self> {
        let mut packer = Packer::default();
        for record in records {
            packer.add(record);
        }
        packer.take()
    }

    /// The subaccount that holds the contract.
    pub fn account(&self) -> &AccountId {
        match &self.0 {
            Form::Sound { batch, .. } => &batch.account,
            Form::Other(record) => &record.account,
        }
    }

    /// The contract that lists it.
    pub fn contract(&self) -> &ContractId {
        match &self.0 {
            Form::Sound { batch, .. } => &batch.contract,
            Form::Other(record) => &record.contract,
        }
    }

    /// Main name of the record; may be a wildcard.
    pub fn domain(&self) -> NameRef<'_> {
        match &self.0 {
            Form::Sound { batch, at, .. } => NameRef::plain(batch.domain(*at)),
            Form::Other(record) => (&record.domain).into(),
        }
    }

    /// The service's status.
    pub fn status(&self) -> &CertificateStatus {
        match &self.0 {
            Form::Sound { batch, at, .. } => batch.status(*at),
            Form::Other(record) => &record.status,
        }
    }

    /// End of validity; [`When::Never`] until issued.
    pub fn expires(&self) -> When {
        match &self.0 {
            Form::Sound { ends, .. } => {
                let at = (*ends > 0).then(|| jiff::Timestamp::from_second(i64::from(*ends)).ok()).flatten();
                at.map_or(When::Never, When::At)
            }
            Form::Other(record) => record.expires.clone(),
        }
    }

    /// End of validity, whole seconds since 1970; `None` when there is no readable end.
    pub fn ends(&self) -> Option<i64> {
        match &self.0 {
            Form::Sound { ends, .. } => (*ends > 0).then(|| i64::from(*ends)),
            Form::Other(record) => record.expires.at().map(jiff::Timestamp::as_second),
        }
    }

    /// Serial number; `None` until issued.
    pub fn serial(&self) -> Option<SerialRef<'_>> {
        match &self.0 {
            Form::Sound { batch, at, .. } => batch.serial(*at),
            Form::Other(record) => record.serial.as_ref().map(SerialRef::from),
        }
    }

    /// All names.
    pub fn names(&self) -> Names<'_> {
        match &self.0 {
            Form::Sound { batch, at, .. } => batch.names(*at),
            Form::Other(record) => (&record.names).into(),
        }
    }

    /// What could not be read as the contract says, for the details pane; empty for a sound record.
    pub fn oddities(&self) -> &[Clean] {
        match &self.0 {
            Form::Sound { .. } => &[],
            Form::Other(record) => &record.oddities,
        }
    }

    /// All its names in one piece, and its serial, as it was sent and as it is compared. `None` for a row that has its
    /// members apart.
    pub fn pieces(&self) -> Option<Pieces<'_>> {
        match &self.0 {
            Form::Sound { batch, at, .. } => Some(batch.pieces(*at)),
            Form::Other(_) => None,
        }
    }

    /// The address of what holds its texts, which it shares with others; `None` for a row that has its members apart.
    pub fn shelf(&self) -> Option<usize> {
        match &self.0 {
            Form::Sound { batch, .. } => Some(Arc::as_ptr(batch).addr()),
            Form::Other(_) => None,
        }
    }

    /// The address of what it shares with other rows of its contract, and the number of its status, below eight; `None`
    /// for a row that has its members apart.
    pub fn kin(&self) -> Option<(usize, u8)> {
        match &self.0 {
            Form::Sound { batch, at, .. } => Some((self.shelf()?, batch.status_number(*at))),
            Form::Other(_) => None,
        }
    }

    /// The members of a row that has them apart.
    pub fn as_record(&self) -> Option<&CertificateRecord> {
        match &self.0 {
            Form::Sound { .. } => None,
            Form::Other(record) => Some(record),
        }
    }

    /// A copy, member by member.
    pub fn record(&self) -> CertificateRecord {
        match &self.0 {
            Form::Sound { batch, .. } => CertificateRecord {
                account: batch.account.clone(),
                contract: batch.contract.clone(),
                domain: self.domain().to_name(),
                status: self.status().clone(),
                expires: self.expires(),
                serial: self.serial().map(|serial| Serial::kept(serial.raw().into(), serial.digits())),
                names: self.names().to_set(),
                oddities: Vec::new(),
            },
            Form::Other(record) => (**record).clone(),
        }
    }

    /// The key of this record.
    pub fn key(&self) -> AcmeKey {
        let tail = self.serial().map_or_else(
            || {
                let names: Vec<_> = self.names().iter().map(San::text).collect();
                format!("-{}:{}", self.domain(), names.join(",")).into_boxed_str()
            },
            |serial| serial.digits().into(),
        );
        AcmeKey { account: self.account().clone(), contract: self.contract().clone(), tail }
    }

    /// Seconds until the end; negative after it, `None` when there is no readable end.
    pub fn left(&self, now: jiff::Timestamp) -> Option<i64> {
        self.ends().map(|end| end.saturating_sub(now.as_second()))
    }

    /// True when the date contradicts the status: the date decides, the status is shown with `!`.
    pub fn contradicts(&self, now: jiff::Timestamp) -> bool {
        let Some(left) = self.left(now) else { return false };
        match self.status() {
            CertificateStatus::Issued | CertificateStatus::Pending => left < 0,
            CertificateStatus::Expired => left > 0,
            CertificateStatus::Renewed
            | CertificateStatus::NotRenewed
            | CertificateStatus::Revoked
            | CertificateStatus::Unknown(_) => false,
        }
    }
}

impl From<CertificateRecord> for AcmeCertificate {
    /// A row by itself; [`AcmeCertificate::pack`] is for many.
    fn from(record: CertificateRecord) -> Self {
        pack::alone(record)
    }
}

impl PartialEq for AcmeCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.account() == other.account()
            && self.contract() == other.contract()
            && self.domain() == other.domain()
            && self.status() == other.status()
            && self.expires() == other.expires()
            && self.serial() == other.serial()
            && self.names() == other.names()
            && self.oddities() == other.oddities()
    }
}

impl Eq for AcmeCertificate {}

impl fmt::Debug for AcmeCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record().fmt(f)
    }
}

#[cfg(test)]
mod tests;
