//! What a change of a CA touches, in words.

use crate::{
    domain::{
        Clean, When,
        ca::{
            RevocationReason,
            decision::Operation,
            impact::{Count, Impact, WayBack},
            names::Names,
        },
        ids::CaId,
    },
    present::{Look, Tone, moment},
    ui::{detail::Detail, text::count},
};

/// CAs and requests that are told by name.
const NAMED: usize = 6;

/// The impact, a text a fact; those that may fall short have a tone.
pub struct Told<'a> {
    pub below: String,
    pub unexpired: (String, Tone),
    pub issued: (String, Tone),
    /// Both of these, as short as they can be said.
    pub counts: (String, Tone),
    pub templates: (String, Tone),
    pub requests: (String, Tone),
    /// When clients see it.
    pub seen: String,
    pub back: &'static str,
    /// Both of these, as short as they can be said.
    pub later: String,
    pub gaps: &'a [Clean],
}

/// What would be done to a CA.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// The change.
    pub operation: Operation,
    /// Why, for what asks for a revocation.
    pub reason: Option<&'a RevocationReason>,
}

impl Told<'_> {
    /// A line a fact.
    pub fn lines(self, out: &mut Vec<Detail>) {
        out.push(Detail::pair("CAs below", self.below));
        for (label, (text, tone)) in [
            ("Unexpired", self.unexpired),
            ("Issued", self.issued),
            ("Templates", self.templates),
            ("Requests", self.requests),
        ] {
            out.push(Detail::Pair(label, text, tone));
        }
        out.push(Detail::pair("Clients see", self.seen));
        out.push(Detail::pair("Way back", self.back));
        for one in self.gaps {
            out.push(Detail::Pair("Not known", one.to_string(), Tone::Due));
        }
    }
}

impl Deed<'_> {
    /// The impact in words.
    pub fn told<'i>(&self, impact: &'i Impact, names: &Names, look: &Look) -> Told<'i> {
        let name = |id: &CaId| names.get(id).map_or_else(|| id.to_string(), ToString::to_string);
        let below = match impact.below.len() {
            0 => "none".to_owned(),
            n => format!("{}: {}", count(n), named(impact.below.iter().map(name), n)),
        };
        let latest = latest(&impact.latest, look);
        let templates = match (impact.templates.len(), impact.templates_missing) {
            (n, 0) => count(n),
            (0, _) => "not known".to_owned(),
            (n, missing) => format!("at least {}, not known for {missing} CAs", count(n)),
        };
        let requests = match &impact.open_requests {
            None => ("not known".to_owned(), Tone::Due),
            Some(open) if open.is_empty() => ("none".to_owned(), Tone::Text),
            Some(open) => {
                (format!("{}: {}", open.len(), named(open.iter().map(ToString::to_string), open.len())), Tone::Due)
            }
        };
        let short = format!(
            "{} unexpired · {} in 7 days{}",
            about(impact.unexpired),
            about(impact.issued_7d),
            latest.replace(", the ", ", ")
        );
        Told {
            below,
            unexpired: (sum(impact.unexpired, " certificates"), gap(impact.unexpired.missing)),
            issued: (sum(impact.issued_7d, &format!(" in the last 7 days{latest}")), gap(impact.issued_7d.missing)),
            counts: (short, gap(impact.unexpired.missing.max(impact.issued_7d.missing))),
            templates: (templates, gap(impact.templates_missing)),
            requests,
            seen: self.seen(impact, look),
            back: self.way_back(impact),
            later: self.later(impact, look),
            gaps: &impact.gaps,
        }
    }

    fn seen(&self, impact: &Impact, look: &Look) -> String {
        match (self.operation, &impact.next_crl) {
            (Operation::Disable | Operation::Enable, _) => "nothing: what was issued stays as it is".to_owned(),
            (_, When::Never) => "not known: the next CRL of the issuer is not told; OCSP may be sooner".to_owned(),
            (_, when) => format!("{}, next CRL of the issuer; OCSP may be sooner", moment::full(when, look)),
        }
    }

    fn later(&self, impact: &Impact, look: &Look) -> String {
        let seen = match (self.operation, &impact.next_crl) {
            (Operation::Disable | Operation::Enable, _) => "nothing changes".to_owned(),
            (_, When::Never) => "not known when".to_owned(),
            (_, when) => format!("{} by CRL or sooner", moment::full(when, look)),
        };
        let back = match self.back_from_revocation(impact) {
            Some(WayBack::Reinstatement) => "reinstatement",
            Some(WayBack::Final) => "none in RFC 5280",
            Some(WayBack::NotKnown) => "not known",
            None => self.way_back(impact),
        };
        format!("{seen} · way back: {back}")
    }

    fn way_back(&self, impact: &Impact) -> &'static str {
        match (self.operation, self.back_from_revocation(impact)) {
            (_, Some(back)) => back.sentence(),
            (Operation::Disable, None) => "enable the CA",
            (Operation::Enable, None) => "disable the CA",
            (_, None) => "a new revocation request",
        }
    }

    /// The way back from a revocation; `None` for what revokes nothing.
    fn back_from_revocation(&self, impact: &Impact) -> Option<WayBack> {
        match self.operation {
            // The request does not exist yet, so what was counted does not know its reason.
            Operation::RequestRevocation => Some(WayBack::of(self.reason)),
            Operation::ApproveRevocation | Operation::RejectRevocation => Some(impact.way_back),
            Operation::ApproveReinstatement
            | Operation::RejectReinstatement
            | Operation::RequestReinstatement
            | Operation::Disable
            | Operation::Enable => None,
        }
    }
}

const fn gap(missing: u64) -> Tone {
    if missing == 0 { Tone::Text } else { Tone::Due }
}

fn sum(sum: Count, what: &str) -> String {
    match (sum.known, sum.missing) {
        (known, 0) => format!("{}{what}", thousands(known)),
        (0, _) => format!("not known{what}"),
        (known, 1) => format!("at least {}{what}; not known for 1 CA", thousands(known)),
        (known, missing) => format!("at least {}{what}; not known for {missing} CAs", thousands(known)),
    }
}

/// A number, with `+` where it may be more.
fn about(sum: Count) -> String {
    match (sum.known, sum.missing) {
        (known, 0) => thousands(known),
        (0, _) => "not known".to_owned(),
        (known, _) => format!("{}+", thousands(known)),
    }
}

fn thousands(n: u64) -> String {
    usize::try_from(n).map_or_else(|_| n.to_string(), count)
}

fn latest(when: &When, look: &Look) -> String {
    let since = when.at().map(|at| look.now.duration_since(at).as_secs().max(0));
    since.map_or_else(String::new, |since| format!(", the latest {} ago", moment::age(since)))
}

fn named(names: impl Iterator<Item = String>, all: usize) -> String {
    let shown = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if all > NAMED { format!("{shown} and {} more", count(all - NAMED)) } else { shown }
}
