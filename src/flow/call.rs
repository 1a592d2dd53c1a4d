//! Calls to the services, and their replies.

use super::{
    document::Document,
    draft::Drafting,
    estate::{Service, SourceId},
    journal::Deeds,
    kept::Keep,
    list::{Arrangement, Job},
    review::Sending,
    rows::Rows,
    served::{ProbeJob, Probed, Remembered, Renewal},
    table::{TableReply, TableSlot, TableWork},
    triage::{TriageJob, Triaged},
};
use crate::domain::{
    Clean, Failure,
    acme::{AcmeCertificate, AcmeKey, Contract, Credential, Subaccount, note::NoteEvent},
    audit::{
        AuditEvent,
        look::{Count, Details, Page, Tally, Wanted},
    },
    ca::{
        Ca, CaDetails, CaRequest, Crl, OcspResponder, RequestSource, Template,
        decision::{Errand, Process, Reading},
        impact::Impact,
        revocation::{RevocationCheck, RevocationJob},
    },
    dataset::Dataset,
    delta::{Compared, Delta, Since},
    identity::{CertCentralUser, OneUser},
    ids::{AccountId, CaId, ContractId, ReportId, RunId},
    report::{
        HistoryRecord, ReportDetails,
        change::{Change, Ending},
        local::LocalRun,
    },
};

/// Counts the calls of a key; a reply of an older one changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub u64);

/// What a call is for. A newer call of the same key takes the place of the running one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKey {
    /// The rows of a source.
    Source(SourceId),
    /// What was kept of a source.
    Recall(SourceId),
    /// The keeping of a source.
    Keep(SourceId),
    /// The keeping of a snapshot of a source, and what is other by it.
    Snapshot(SourceId),
    /// What is other since the baseline.
    Compare,
    /// How the store stands.
    Shelf,
    /// The triage of certificates.
    Triage,
    /// Contracts that are worth a look of their own.
    Contracts,
    /// The notes that were taken of certificates.
    Notes,
    /// The taking of a note; each has a number of its own, since none may take the place of another.
    Note(u64),
    /// The writing of a file.
    Write,
    /// A page that is opened.
    Browser,
    /// A change of a report that is sent; each has a number of its own, since none may take the place of another.
    Change(u64),
    /// What is read before a report definition is written.
    Draft,
    /// The fetching of the files of a run.
    Download,
    /// Which runs have their files on this machine.
    Files,
    /// A CA and its request, for the review.
    Look,
    /// What a change of a CA touches.
    Survey,
    /// A decision that is sent; each has a number of its own, since none may take the place of another.
    Send(u64),
    /// Decisions of an earlier run.
    Resolve,
    /// What this program did.
    Deeds,
    /// Asking servers of names what they serve.
    Probe,
    /// What was kept of probes and first sights.
    Remember,
    /// The keeping of probes.
    KeepProbes,
    /// The keeping of first sights.
    KeepSights,
    /// Work of the viewer on files.
    Table(TableSlot),
    /// What one screen needs besides.
    Screen(super::ScreenId, Slot),
}

/// A place for one running call of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The details of the selected row.
    Details,
    /// Sorting and filtering of a large list.
    Arrange,
    /// What servers say of a row.
    Check,
    /// How many rows there are.
    Count,
    /// How many certificates the CAs that show have.
    Leaves,
    /// What a revocation of the selected row would touch.
    Impact,
}

/// Work to be done outside the loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// Ask others, through the client.
    Ask(Ask),
    /// Ask the store of this machine.
    Store(Op),
    /// Look at the audit events of this machine.
    Look(Look),
    /// Work out something large.
    Work(Work),
    /// Send a decision, once, and follow it.
    Send(Box<Sending>),
    /// Find out what became of decisions and changes of an earlier run.
    Resolve,
    /// Work on files of reports.
    Table(TableWork),
    /// Send a change of a report, once, and look what became of it.
    Change(Box<Change>),
    /// Fetch the files of a run that are not here yet.
    Download(Box<HistoryRecord>),
    /// See which runs have their files on this machine.
    Files,
    /// Show this address in the browser of the user, behind whatever is in front of the terminal.
    Browse(String),
    /// Write to a file that is not there yet.
    Write {
        /// Where.
        path: String,
        /// What.
        document: Document,
    },
}

/// What others are asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// The rows of a source.
    Read(SourceId),
    /// The whole record of a CA and its certificate.
    CaDetails(CaId),
    /// How many certificates each of some CAs has.
    LeafCounts(Vec<CaId>),
    /// What the CRLs and OCSP responders of a CA say, asked from here; they get no key.
    CheckRevocation(RevocationJob),
    /// A report definition.
    ReportDetails(ReportId),
    /// A contract and its credentials.
    Contract(AccountId, ContractId),
    /// Several of them, one after the other.
    Contracts(Vec<(AccountId, ContractId)>),
    /// A CA and its request, all that is shown before a decision.
    Look(Box<Errand>),
    /// What a change of a CA touches.
    Survey(CaId),
    /// A report definition to edit, or none for a new one, and who may be told.
    Draft(Option<ReportId>),
    /// Servers of names: what they serve. It sends no key.
    Probe(ProbeJob),
}

impl Ask {
    /// The service whose key it needs; `None` for what needs none.
    pub const fn service(&self) -> Option<Service> {
        match self {
            Self::Read(source) => Some(source.service()),
            Self::CaDetails(_) | Self::LeafCounts(_) | Self::CheckRevocation(_) | Self::Look(_) | Self::Survey(_) => {
                Some(Service::One)
            }
            Self::ReportDetails(_) | Self::Draft(_) => Some(Service::CertCentral),
            Self::Contract(..) | Self::Contracts(_) => Some(Service::Partner),
            Self::Probe(_) => None,
        }
    }
}

/// An operation of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Take what was kept of a source.
    Recall(SourceId),
    /// Keep a list.
    Keep(Keep),
    /// Keep a snapshot of a list, and tell what is other in it since the baseline.
    Snapshot(Keep, Since),
    /// Tell what is other in all lists since the baseline; the certificates that are here say which are renewals.
    Compare(Since, Rows<AcmeCertificate>),
    /// Take what was kept of probes and first sights.
    Remember,
    /// See whether it can be used; why not is the failure of the call.
    Check,
    /// Read the notes that were taken of certificates.
    Notes,
    /// Take notes.
    Note(Vec<NoteEvent>),
    /// Read what this program did to CAs.
    Deeds,
}

/// A look at the audit events of this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// Some rows.
    Page(Wanted),
    /// How many there are.
    Count(Count),
    /// The event of that number in full.
    Details(i64),
}

/// What would hold up the loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Sort and filter certificates.
    ArrangeAcme(Job<AcmeCertificate>),
    /// Sort and filter changes.
    ArrangeChanges(Job<Delta>),
    /// Judge certificates.
    Triage(TriageJob),
}

impl Work {
    /// Does it.
    pub fn run(self) -> Reply {
        match self {
            Self::ArrangeAcme(job) => Reply::ArrangedAcme(job.run()),
            Self::ArrangeChanges(job) => Reply::ArrangedChanges(job.run()),
            Self::Triage(job) => Reply::Triaged(Box::new(job.run())),
        }
    }
}

/// What a call brought.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The user behind the CertCentral key.
    CertCentralUser(Box<CertCentralUser>),
    /// The user behind the DigiCert ONE key.
    OneUser(Box<OneUser>),
    /// More certificates of a read under way.
    AcmeRows(Vec<AcmeCertificate>),
    /// The end of a read, with all its rows.
    Acme(Dataset<AcmeCertificate>),
    /// Subaccounts and contracts.
    Subaccounts(Dataset<Subaccount>),
    /// More CAs of a read under way.
    CaRows(Vec<Ca>),
    /// The end of a read of CAs.
    Cas(Dataset<Ca>),
    /// CA requests, and from where.
    Requests(Dataset<CaRequest>, RequestSource),
    /// CRLs.
    Crls(Dataset<Crl>),
    /// OCSP responders.
    Responders(Dataset<OcspResponder>),
    /// Templates.
    Templates(Dataset<Template>),
    /// Report history.
    History(Dataset<HistoryRecord>),
    /// More events of a read under way.
    AuditRows(Vec<AuditEvent>),
    /// The end of a read of events.
    Audit(Dataset<AuditEvent>),
    /// A CA in full.
    CaDetails(Box<CaDetails>),
    /// How many certificates CAs have, or why that is not known.
    LeafCounts(Vec<(CaId, Result<u64, Failure>)>),
    /// What the CRLs and OCSP responders of a CA said.
    RevocationChecked(Box<RevocationCheck>),
    /// A report definition.
    ReportDetails(Box<ReportDetails>),
    /// A contract and its credentials.
    Contract(Box<Contract>, Dataset<Credential>),
    /// Those contracts of several that could be read, with their credentials.
    Contracts(Vec<(Contract, Dataset<Credential>)>),
    /// A CA and its request.
    Looked(Box<Reading>),
    /// What a change of a CA touches.
    Surveyed(Box<Impact>),
    /// How far a decision is.
    Followed(Box<Process>),
    /// The end of following a decision.
    Sent(Box<Process>),
    /// A definition to start from.
    Drafted(Box<Drafting>),
    /// How far a change of a report is.
    Changing(Box<Change>, Ending),
    /// The end of a change of a report.
    Changed(Box<Change>, Ending),
    /// How far a download is: part, parts, bytes of it, and how many it has.
    Downloading(u32, u32, u64, Option<u64>),
    /// All files of a run are here.
    Downloaded(Box<Fetched>),
    /// The runs whose files are here.
    Files(Vec<LocalRun>),
    /// A file was written: this one, and what there is to say of it.
    Written(Clean),
    /// Nothing was kept, or it was kept and nothing is to be told.
    Nothing,
    /// Sorted and filtered certificates.
    ArrangedAcme(Arrangement<AcmeCertificate>),
    /// Judged certificates.
    Triaged(Box<Triaged>),
    /// The notes of earlier runs, in the order in which they were taken.
    Notes(Vec<NoteEvent>),
    /// Notes that were just taken. True when they outlive the program.
    Noted(Vec<NoteEvent>, bool),
    /// Some results of probes under way.
    Probed(Probed),
    /// The end of probes, and what the CA says of the row when there was one.
    ProbesEnded(Option<(AcmeKey, Renewal)>),
    /// What was kept of probes and first sights.
    Remembered(Box<Remembered>),
    /// Some audit events.
    Events(Page),
    /// How many audit events there are.
    Tallied(Box<Tally>),
    /// An audit event in full; `None` when it is gone.
    Event(Option<Box<Details>>),
    /// Sorted and filtered changes.
    ArrangedChanges(Arrangement<Delta>),
    /// What is other since this baseline, of some topics.
    Compared(Since, Vec<Compared>),
    /// What came of work on files of reports.
    Table(TableReply),
    /// What this program did to CAs.
    Deeds(Box<Deeds>),
}

/// Files of a run that were fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The run.
    pub run: RunId,
    /// The folder they are in.
    pub folder: Clean,
    /// How many.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// All runs whose files are here now.
    pub local: Vec<LocalRun>,
}

impl Reply {
    /// True for rows of a read that goes on.
    pub const fn is_progress(&self) -> bool {
        match self {
            Self::AcmeRows(_)
            | Self::CaRows(_)
            | Self::AuditRows(_)
            | Self::Probed(_)
            | Self::Followed(_)
            | Self::Changing(..)
            | Self::Downloading(..) => true,
            Self::Table(reply) => reply.is_progress(),
            _ => false,
        }
    }

    /// True for what somebody waits for, who typed for it or opened a file: it is drawn at once, as a key is.
    pub fn is_waited_for(&self) -> bool {
        match self {
            Self::ArrangedAcme(_) => true,
            Self::Table(reply) => reply.is_waited_for(),
            _ => false,
        }
    }
}
