//! Everything that was read of one context. Screens read it; only replies change it.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    call::Reply,
    changes::Changes,
    intervals::Intervals,
    journal::Open,
    served::{Configured, Evidence},
    source::Source,
    triage::Judgement,
};
use crate::domain::{
    Failure,
    acme::{AcmeCertificate, Subaccount},
    audit::AuditEvent,
    ca::{Ca, CaRequest, Crl, OcspResponder, RequestSource, Template, decision::Process, names::Names},
    dataset::{Completeness, Dataset},
    identity::{CertCentralUser, OneUser},
    ids::CaId,
    report::{self, HistoryRecord, Report, local::Locals},
    subject::Subject,
};

/// A read that screens depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceId {
    /// The user behind the CertCentral key.
    CertCentralUser,
    /// The user behind the DigiCert ONE key.
    OneUser,
    /// ACME certificates of all contracts.
    Acme,
    /// Subaccounts with their contracts.
    Subaccounts,
    /// CA records.
    Cas,
    /// CA requests.
    Requests,
    /// CRL configurations.
    Crls,
    /// OCSP responders.
    Responders,
    /// Templates.
    Templates,
    /// Report history.
    History,
    /// Audit events of all sources.
    Audit,
}

/// The services a context may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// CertCentral: `cc`.
    CertCentral,
    /// Partner Subscriptions: `acme`.
    Partner,
    /// DigiCert ONE: `one`.
    One,
}

impl Service {
    /// All services in the order of the header.
    pub const ALL: [Self; 3] = [Self::CertCentral, Self::Partner, Self::One];

    /// Short name in the header.
    pub const fn label(self) -> &'static str {
        match self {
            Self::CertCentral => "cc",
            Self::Partner => "acme",
            Self::One => "one",
        }
    }
}

impl SourceId {
    /// All sources; those of the first screens first.
    pub const ALL: [Self; 11] = [
        Self::Acme,
        Self::Cas,
        Self::Requests,
        Self::History,
        Self::OneUser,
        Self::CertCentralUser,
        Self::Crls,
        Self::Responders,
        Self::Templates,
        Self::Subaccounts,
        Self::Audit,
    ];

    /// The service that answers.
    pub const fn service(self) -> Service {
        match self {
            Self::CertCentralUser | Self::History => Service::CertCentral,
            Self::Acme | Self::Subaccounts => Service::Partner,
            Self::OneUser
            | Self::Cas
            | Self::Requests
            | Self::Crls
            | Self::Responders
            | Self::Templates
            | Self::Audit => Service::One,
        }
    }

    /// Its name in `[refresh]` of the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CertCentralUser => "certcentral-user",
            Self::OneUser => "one-user",
            Self::Acme => "acme",
            Self::Subaccounts => "contracts",
            Self::Cas => "cas",
            Self::Requests => "requests",
            Self::Crls => "crls",
            Self::Responders => "responders",
            Self::Templates => "templates",
            Self::History => "reports",
            Self::Audit => "audit",
        }
    }

    /// What it is called in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::CertCentralUser => "the CertCentral user",
            Self::OneUser => "the DigiCert ONE user",
            Self::Acme => "ACME certificates",
            Self::Subaccounts => "contracts",
            Self::Cas => "CAs",
            Self::Requests => "CA requests",
            Self::Crls => "CRLs",
            Self::Responders => "OCSP responders",
            Self::Templates => "templates",
            Self::History => "reports",
            Self::Audit => "audit events",
        }
    }
}

/// What was read, by source.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// The user behind the CertCentral key.
    pub cert_central_user: Source<CertCentralUser>,
    /// The user behind the DigiCert ONE key.
    pub one_user: Source<OneUser>,
    /// ACME certificates.
    pub acme: Source<AcmeCertificate>,
    /// What triage knows and found of them.
    pub judgement: Judgement,
    /// What their servers serve.
    pub evidence: Evidence,
    /// What the configuration says of them.
    pub configured: Arc<Configured>,
    /// Subaccounts.
    pub subaccounts: Source<Subaccount>,
    /// CAs.
    pub cas: Source<Ca>,
    /// Their names, as of the last read that ended.
    pub ca_names: Arc<Names>,
    /// Requests about CAs.
    pub requests: Source<CaRequest>,
    /// From where the requests were read.
    pub request_source: Option<RequestSource>,
    /// Changes whose fate is open, by their CA.
    pub open: BTreeMap<CaId, Open>,
    /// CRLs.
    pub crls: Source<Crl>,
    /// OCSP responders.
    pub responders: Source<OcspResponder>,
    /// Templates.
    pub templates: Source<Template>,
    /// Reports, grouped from the history.
    pub reports: Source<Report>,
    /// What is known of them on this machine.
    pub local: Locals,
    /// Audit events.
    pub audit: Source<AuditEvent>,
    /// What is other since the baseline.
    pub changes: Changes,
}

/// Age, activity and failure of a source, whatever its rows are.
#[derive(Debug, Clone)]
pub struct Status {
    /// When it was read.
    pub read_at: Option<jiff::Timestamp>,
    /// A read is under way.
    pub loading: bool,
    /// Why the last read failed.
    pub failure: Option<Failure>,
    /// When it failed.
    pub failed_at: Option<jiff::Timestamp>,
    /// False when pages are missing.
    pub complete: bool,
    /// Rows that are here.
    pub rows: usize,
    /// Seconds between automatic reads, 0 is never.
    pub interval: i64,
}

impl Status {
    /// True when the rows are older than three intervals.
    pub fn is_overdue(&self, now: jiff::Timestamp) -> bool {
        let age = self.read_at.map(|at| now.as_second().saturating_sub(at.as_second()));
        self.interval > 0 && age.is_some_and(|age| age > self.interval.saturating_mul(3))
    }
}

impl<T: Subject> From<&Source<T>> for Status {
    fn from(source: &Source<T>) -> Self {
        Self {
            read_at: source.read_at(),
            loading: source.is_loading(),
            failure: source.failure().cloned(),
            failed_at: source.failed_at(),
            complete: *source.completeness() == Completeness::Complete,
            rows: source.rows().len(),
            interval: source.interval(),
        }
    }
}

impl Estate {
    /// Nothing is read yet; each source is read by itself at its interval.
    pub fn new(intervals: &Intervals, configured: &Arc<Configured>) -> Self {
        Self {
            cert_central_user: Source::every(intervals.of(SourceId::CertCentralUser)),
            one_user: Source::every(intervals.of(SourceId::OneUser)),
            acme: Source::every(intervals.of(SourceId::Acme)),
            judgement: Judgement::default(),
            evidence: Evidence::default(),
            configured: Arc::clone(configured),
            subaccounts: Source::every(intervals.of(SourceId::Subaccounts)),
            cas: Source::every(intervals.of(SourceId::Cas)),
            ca_names: Arc::default(),
            requests: Source::every(intervals.of(SourceId::Requests)),
            request_source: None,
            open: BTreeMap::new(),
            crls: Source::every(intervals.of(SourceId::Crls)),
            responders: Source::every(intervals.of(SourceId::Responders)),
            templates: Source::every(intervals.of(SourceId::Templates)),
            reports: Source::every(intervals.of(SourceId::History)),
            local: Locals::default(),
            audit: Source::every(intervals.of(SourceId::Audit)),
            changes: Changes::default(),
        }
    }

    /// How a source stands.
    pub fn status(&self, id: SourceId) -> Status {
        match id {
            SourceId::CertCentralUser => (&self.cert_central_user).into(),
            SourceId::OneUser => (&self.one_user).into(),
            SourceId::Acme => (&self.acme).into(),
            SourceId::Subaccounts => (&self.subaccounts).into(),
            SourceId::Cas => (&self.cas).into(),
            SourceId::Requests => (&self.requests).into(),
            SourceId::Crls => (&self.crls).into(),
            SourceId::Responders => (&self.responders).into(),
            SourceId::Templates => (&self.templates).into(),
            SourceId::History => (&self.reports).into(),
            SourceId::Audit => (&self.audit).into(),
        }
    }

    /// How many of the lists that have a screen of their own have rows, and how many have all.
    pub fn filled(&self) -> usize {
        fn of<T: Subject>(list: &Source<T>) -> usize {
            usize::from(!list.rows().is_empty()) + usize::from(list.is_whole())
        }
        of(&self.acme) + of(&self.cas) + of(&self.reports) + of(&self.audit)
    }

    /// A read of `id` starts.
    pub fn begin(&mut self, id: SourceId) {
        match id {
            SourceId::CertCentralUser => self.cert_central_user.begin(),
            SourceId::OneUser => self.one_user.begin(),
            SourceId::Acme => {
                self.acme.begin();
                self.judgement.outdate();
            }
            SourceId::Subaccounts => self.subaccounts.begin(),
            SourceId::Cas => self.cas.begin(),
            SourceId::Requests => self.requests.begin(),
            SourceId::Crls => self.crls.begin(),
            SourceId::Responders => self.responders.begin(),
            SourceId::Templates => self.templates.begin(),
            SourceId::History => self.reports.begin(),
            SourceId::Audit => self.audit.begin(),
        }
    }

    /// A read of `id` failed at `now`.
    pub fn fail(&mut self, id: SourceId, why: Failure, now: jiff::Timestamp) {
        match id {
            SourceId::CertCentralUser => self.cert_central_user.fail(why, now),
            SourceId::OneUser => self.one_user.fail(why, now),
            SourceId::Acme => self.acme.fail(why, now),
            SourceId::Subaccounts => self.subaccounts.fail(why, now),
            SourceId::Cas => self.cas.fail(why, now),
            SourceId::Requests => self.requests.fail(why, now),
            SourceId::Crls => self.crls.fail(why, now),
            SourceId::Responders => self.responders.fail(why, now),
            SourceId::Templates => self.templates.fail(why, now),
            SourceId::History => self.reports.fail(why, now),
            SourceId::Audit => self.audit.fail(why, now),
        }
    }

    /// Takes what a read brought; rows of a list, its end, or the one value. Other replies are not kept here.
    pub fn accept(&mut self, reply: Reply, now: jiff::Timestamp) {
        match reply {
            Reply::CertCentralUser(user) => {
                self.cert_central_user.finish(Dataset::complete(vec![*user], now));
            }
            Reply::OneUser(user) => self.one_user.finish(Dataset::complete(vec![*user], now)),
            Reply::AcmeRows(rows) => self.acme.progress(rows),
            Reply::Acme(dataset) => self.acme.finish(dataset),
            Reply::Subaccounts(dataset) => self.subaccounts.finish(dataset),
            Reply::CaRows(rows) => self.cas.progress(rows),
            Reply::Cas(dataset) => {
                self.cas.finish(dataset);
                self.name_cas();
            }
            Reply::Requests(dataset, source) => {
                self.request_source = Some(source);
                self.requests.finish(dataset);
            }
            Reply::Crls(dataset) => self.crls.finish(dataset),
            Reply::Responders(dataset) => self.responders.finish(dataset),
            Reply::Templates(dataset) => self.templates.finish(dataset),
            Reply::History(dataset) => {
                self.reports.finish(grouped(dataset));
                self.localise();
            }
            Reply::Files(runs) => {
                self.local.keep(runs);
                self.localise();
            }
            Reply::Downloaded(fetched) => {
                self.local.keep(fetched.local);
                self.localise();
            }
            Reply::AuditRows(rows) => self.audit.progress(rows),
            Reply::Audit(dataset) => self.audit.finish(dataset),
            Reply::Notes(events) => self.judgement.recall_notes(events),
            Reply::Noted(events, _) => self.judgement.note(events),
            Reply::Triaged(found) => self.judge(*found),
            Reply::Probed(probed) => self.evidence.add(probed),
            Reply::ProbesEnded(renewal) => {
                if let Some((key, renewal)) = renewal {
                    self.evidence.learn(key, renewal);
                }
            }
            Reply::Remembered(remembered) => {
                self.evidence.recall(remembered.probes);
                self.judgement.recall(&remembered.sights);
            }
            Reply::CaDetails(_)
            | Reply::LeafCounts(_)
            | Reply::Contract(..)
            | Reply::Contracts(_)
            | Reply::Looked(_)
            | Reply::Surveyed(_)
            | Reply::Followed(_)
            | Reply::Sent(_)
            | Reply::RevocationChecked(_)
            | Reply::Drafted(_)
            | Reply::Changing(..)
            | Reply::Changed(..)
            | Reply::Downloading(..)
            | Reply::Written(_)
            | Reply::ReportDetails(_)
            | Reply::Nothing
            | Reply::Deeds(_)
            | Reply::ArrangedAcme(_)
            | Reply::Events(_)
            | Reply::Tallied(_)
            | Reply::Event(_)
            | Reply::ArrangedChanges(_)
            | Reply::Compared(..)
            | Reply::Table(_) => {}
        }
    }

    /// Takes how far a change is; false when that opens and closes nothing.
    pub fn follow(&mut self, process: &Process) -> bool {
        match Open::of(process) {
            Some(open) => self.open.insert(open.ca.clone(), open.clone()).as_ref() != Some(&open),
            None => self.open.remove(&process.intent().errand.ca).is_some(),
        }
    }

    /// Puts what is known on this machine beside the reports.
    pub fn localise(&mut self) {
        let rows = self.reports.rows().clone();
        let known = rows.iter().map(|report| self.local.of(&report.id)).collect();
        let _ = self.reports.derive(&rows, Arc::new(known));
    }

    /// Takes the names of the CAs that show: one pass for each read.
    pub(super) fn name_cas(&mut self) {
        self.ca_names = Arc::new(Names::of(self.cas.rows().iter()));
    }
}

pub(super) fn grouped(history: Dataset<HistoryRecord>) -> Dataset<Report> {
    Dataset {
        rows: report::group(&history.rows),
        read_at: history.read_at,
        completeness: history.completeness,
        notes: history.notes,
    }
}
