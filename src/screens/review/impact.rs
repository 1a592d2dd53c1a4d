//! What a change touches, in words.

use super::Review;
use crate::{
    domain::{
        Clean, When,
        ca::{
            decision::Operation,
            impact::{Count, Impact, WayBack},
        },
        ids::CaId,
    },
    flow::Cx,
    present::{Look, Tone, moment},
    ui::{detail::Detail, text::count},
};

/// CAs and requests that are told by name.
const NAMED: usize = 6;

/// The impact, a text a fact; those that may fall short have a tone.
pub(super) struct Told<'a> {
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

impl Review {
    /// Puts the heading of the impact, and says why there is none; `None` as long as there is none.
    pub(super) fn counted_as(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) -> Option<Told<'_>> {
        let heading = match self.errand.operation {
            Operation::ApproveRevocation => "IF YOU APPROVE, CLIENTS STOP TRUSTING",
            Operation::RequestRevocation => "IF IT IS APPROVED, CLIENTS STOP TRUSTING",
            Operation::Disable => "IF YOU DISABLE IT, IT ISSUES NOTHING",
            _ => "WHAT IT TOUCHES",
        };
        match &self.impact {
            None => {
                out.push(Detail::Heading(heading, String::new()));
                out.push(Detail::Text("counting…".into(), Tone::Muted));
                None
            }
            Some(Err(failure)) => {
                out.push(Detail::Heading(heading, "not counted".into()));
                out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
                None
            }
            Some(Ok(impact)) => {
                let old = cx.look.now.duration_since(impact.counted_at).as_secs().max(0);
                let at = impact.counted_at.strftime("%H:%M:%SZ");
                let again = if self.counting { ", counting again…" } else { "" };
                out.push(Detail::Heading(heading, format!("counted {at}, {} ago{again}", moment::age(old))));
                Some(self.told(impact, cx))
            }
        }
    }

    fn told<'a>(&self, impact: &'a Impact, cx: &Cx<'_>) -> Told<'a> {
        let names = &cx.estate.ca_names;
        let name = |id: &CaId| names.get(id).map_or_else(|| id.to_string(), ToString::to_string);
        let below = match impact.below.len() {
            0 => "none".to_owned(),
            n => format!("{}: {}", count(n), named(impact.below.iter().map(name), n)),
        };
        let latest = latest(&impact.latest, cx.look);
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
            seen: self.seen(impact, cx),
            back: self.way_back(impact),
            later: self.later(impact, cx),
            gaps: &impact.gaps,
        }
    }

    fn seen(&self, impact: &Impact, cx: &Cx<'_>) -> String {
        match (self.errand.operation, &impact.next_crl) {
            (Operation::Disable | Operation::Enable, _) => "nothing: what was issued stays as it is".to_owned(),
            (_, When::Never) => "not known: the next CRL of the issuer is not told; OCSP may be sooner".to_owned(),
            (_, when) => format!("{}, next CRL of the issuer; OCSP may be sooner", moment::full(when, cx.look)),
        }
    }

    fn later(&self, impact: &Impact, cx: &Cx<'_>) -> String {
        let seen = match (self.errand.operation, &impact.next_crl) {
            (Operation::Disable | Operation::Enable, _) => "nothing changes".to_owned(),
            (_, When::Never) => "not known when".to_owned(),
            (_, when) => format!("{} by CRL or sooner", moment::full(when, cx.look)),
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
        match (self.errand.operation, self.back_from_revocation(impact)) {
            (_, Some(back)) => back.sentence(),
            (Operation::Disable, None) => "enable the CA",
            (Operation::Enable, None) => "disable the CA",
            (_, None) => "a new revocation request",
        }
    }

    /// The way back from a revocation; `None` for what revokes nothing.
    fn back_from_revocation(&self, impact: &Impact) -> Option<WayBack> {
        match self.errand.operation {
            // The request does not exist yet, so what was counted does not know its reason.
            Operation::RequestRevocation => Some(WayBack::of(self.errand.reason.as_ref())),
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
