//! What a revocation or reinstatement would touch: the subtree, its certificates, templates and requests.
//!
//! What cannot be counted is a gap and stays one: it is never a zero.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Write as _,
};

use jiff::Timestamp;

use super::{
    Ca, CaRequest, Crl, RequestStatus, RevocationReason,
    forest::{Forest, Link},
};
use crate::domain::{
    Clean, When,
    digest::Digest,
    ids::{CaId, RecordId, RequestId},
};

/// Certificates of one CA, without those of the CAs below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issued {
    /// Unexpired ones.
    pub unexpired: u64,
    /// Issued in the last 7 days.
    pub last_7_days: u64,
    /// When the latest was issued.
    pub latest: When,
}

/// What the impact is counted from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// All CAs.
    pub cas: &'a [Ca],
    /// Whether those are all that the service has.
    pub cas_complete: bool,
    /// Their hierarchy: [`Forest::new`] of `cas`.
    pub forest: &'a Forest,
    /// Requests about CAs; `None` when they could not be read, or not all of them.
    pub requests: Option<&'a [CaRequest]>,
    /// CRL configurations; `None` when they could not be read.
    pub crls: Option<&'a [Crl]>,
    /// What each CA has issued; a CA that is not in it could not be counted.
    pub issued: &'a HashMap<CaId, Issued>,
}

/// A sum, and how many parts of it are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// The sum of what is known.
    pub known: u64,
    /// CAs of which it is not known.
    pub missing: u64,
}

impl Count {
    fn add(&mut self, part: Option<u64>) {
        match part {
            Some(part) => self.known = self.known.saturating_add(part),
            None => self.missing += 1,
        }
    }

    /// The sum, when all of it is known.
    pub const fn all(self) -> Option<u64> {
        if self.missing == 0 { Some(self.known) } else { None }
    }
}

impl std::fmt::Display for Count {
    /// `12,481`, `not known`, or `at least 12,481, not known for 2 CAs`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cas = if self.missing == 1 { "CA" } else { "CAs" };
        match (self.known, self.missing) {
            (known, 0) => f.pad(&grouped(known)),
            (0, _) => f.pad("not known"),
            (known, missing) => f.pad(&format!("at least {}, not known for {missing} {cas}", grouped(known))),
        }
    }
}

/// Whether what is done can be taken back (RFC 5280, 5.3.1: only `certificateHold` is lifted again).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// By a reinstatement: it is a hold.
    Reinstatement,
    /// None that RFC 5280 knows; the service has reinstatement requests all the same.
    Final,
    /// The reason is not known.
    NotKnown,
}

impl WayBack {
    /// The way back from a revocation for `reason`.
    pub const fn of(reason: Option<&RevocationReason>) -> Self {
        match reason {
            Some(RevocationReason::CertificateHold) => Self::Reinstatement,
            None | Some(RevocationReason::Unknown(_)) => Self::NotKnown,
            Some(_) => Self::Final,
        }
    }

    /// One line for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Reinstatement => "reinstatement request; RFC 5280 allows it for a hold",
            Self::Final => "none in RFC 5280: it allows reinstatement only for certificate_hold",
            Self::NotKnown => "not known: the reason is not told",
        }
    }
}

/// What a change of a CA touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The CA.
    pub ca: CaId,
    /// The CAs below it, in the order of their ids; itself not.
    pub below: Vec<CaId>,
    /// Unexpired certificates of the CA and of those below.
    pub unexpired: Count,
    /// Certificates of these issued in the last 7 days.
    pub issued_7d: Count,
    /// The latest of those certificates, as far as it is known.
    pub latest: When,
    /// Templates bound to these CAs, in the order of their ids.
    pub templates: Vec<RecordId>,
    /// CAs whose templates are not known.
    pub templates_missing: u64,
    /// Other open requests about these CAs; `None` when that is not known.
    pub open_requests: Option<Vec<RequestId>>,
    /// When the next CRL of the issuer is due, with which clients see it (OCSP may be sooner).
    pub next_crl: When,
    /// The way back.
    pub way_back: WayBack,
    /// What is not known, a line each.
    pub gaps: Vec<Clean>,
    /// When the oldest of the sources was read.
    pub counted_at: Timestamp,
}

impl Impact {
    /// Counts the impact of `reason` on `ca`; `request` is the one under review, which is not told among the others.
    /// `None` when the CA is not among the sources. Linear in their size.
    pub fn of(
        ca: &CaId,
        reason: Option<&RevocationReason>,
        request: Option<&RequestId>,
        sources: &Sources<'_>,
        counted_at: Timestamp,
    ) -> Option<Self> {
        let nodes = sources.forest.nodes();
        let at = |index: usize| nodes.get(index).and_then(|node| sources.cas.get(node.ca as usize));
        let top = (0..nodes.len()).find(|index| at(*index).is_some_and(|found| found.id == *ca))?;
        let size = nodes.get(top).map_or(1, |node| node.size as usize);
        let subtree: Vec<&Ca> = (top..top.saturating_add(size)).filter_map(at).collect();
        let own = *subtree.first()?;
        let mut impact = Self {
            ca: ca.clone(),
            below: subtree.iter().skip(1).map(|ca| ca.id.clone()).collect(),
            unexpired: Count::default(),
            issued_7d: Count::default(),
            latest: When::Never,
            templates: Vec::new(),
            templates_missing: 0,
            open_requests: None,
            next_crl: next_crl(own, sources.crls),
            way_back: WayBack::of(reason),
            gaps: Vec::new(),
            counted_at,
        };
        impact.below.sort();
        let mut templates = BTreeSet::new();
        for ca in &subtree {
            let issued = sources.issued.get(&ca.id);
            impact.unexpired.add(issued.map(|issued| issued.unexpired));
            impact.issued_7d.add(issued.map(|issued| issued.last_7_days));
            if let Some(latest) = issued.and_then(|issued| issued.latest.at()) {
                impact.latest = impact.latest.at().map_or(latest, |known| known.max(latest)).into();
            }
            match &ca.templates {
                Some(bound) => templates.extend(bound.iter().map(|template| template.id.clone())),
                None => impact.templates_missing += 1,
            }
        }
        impact.templates = templates.into_iter().collect();
        impact.open_requests = sources.requests.map(|requests| others(&subtree, requests, request));
        let cut = nodes.get(top..top.saturating_add(size)).unwrap_or_default().iter().any(|n| n.link == Link::Cycle);
        impact.gaps = impact.found_gaps(sources, cut);
        Some(impact)
    }

    /// True when nothing is a gap.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// SHA-256 of all that was counted, but not of when: the same estate has the same hash.
    pub fn digest(&self) -> Digest {
        let mut text = String::new();
        // Writing to a String cannot fail. Ids are quoted, so that none can pass for two.
        let _ = writeln!(text, "certdeck impact 1\nca {:?}\nbelow {:?}", self.ca.as_str(), self.below);
        let (all, week) = (self.unexpired, self.issued_7d);
        let _ = writeln!(text, "unexpired {} {}\nissued_7d {} {}", all.known, all.missing, week.known, week.missing);
        let _ = writeln!(text, "latest {:?}\ntemplates {:?} {}", self.latest, self.templates, self.templates_missing);
        let _ = writeln!(text, "requests {:?}\nway_back {:?}\ngaps {:?}", self.open_requests, self.way_back, self.gaps);
        Digest::of(&text)
    }

    fn found_gaps(&self, sources: &Sources<'_>, cut: bool) -> Vec<Clean> {
        let mut gaps = Vec::new();
        let mut gap = |holds: bool, text: String| {
            if holds {
                gaps.push(Clean::from(text));
            }
        };
        gap(!sources.cas_complete, "not all CAs could be read: there may be more below".into());
        gap(cut, "the issuers below form a circle: which CA is below which is not certain".into());
        let of_cas = |missing: u64| if missing == 1 { "1 CA".to_owned() } else { format!("{missing} CAs") };
        let unexpired = self.unexpired.missing;
        gap(unexpired > 0, format!("the certificates of {} are not known", of_cas(unexpired)));
        let templates = self.templates_missing;
        gap(templates > 0, format!("the templates of {} are not known", of_cas(templates)));
        gap(sources.requests.is_none(), "whether other requests are open is not known".into());
        gap(self.next_crl == When::Never, "when clients see it is not known: no CRL of the issuer".into());
        gaps
    }
}

/// The next CRL of the issuer of a CA; a root is on a CRL of its own, if on any.
fn next_crl(ca: &Ca, crls: Option<&[Crl]>) -> When {
    let issuer = ca.issuer.as_ref().unwrap_or(&ca.id);
    let due = crls.unwrap_or_default().iter().filter(|crl| crl.ca == *issuer).filter_map(|crl| crl.next_update.at());
    due.min().map_or(When::Never, When::At)
}

fn others(subtree: &[&Ca], requests: &[CaRequest], own: Option<&RequestId>) -> Vec<RequestId> {
    let cas: HashSet<&CaId> = subtree.iter().map(|ca| &ca.id).collect();
    // A state that is not known may be open.
    let open = |r: &&CaRequest| matches!(r.status, RequestStatus::Pending | RequestStatus::Unknown(_));
    let found = requests.iter().filter(open).filter(|request| cas.contains(&request.ca) && Some(&request.id) != own);
    let mut ids: Vec<RequestId> = found.map(|request| request.id.clone()).collect();
    ids.sort();
    ids
}

/// `12,481`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
