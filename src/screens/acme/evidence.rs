//! What the servers of a certificate serve, address by address, and when the CA would have it renewed.

use crate::{
    domain::{
        acme::{
            AcmeCertificate,
            ari::{Advice, RenewalWindow},
            probe::{Probe, Served, Verdict},
        },
        subject::View,
        when::When,
    },
    flow::{Cx, Renewal},
    present::{Tone, moment},
    ui::detail::Detail,
};

/// Digits of a serial that tell it from the others of its lineage.
const TAIL: usize = 8;

/// The evidence about a row.
pub fn of(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, cx: &Cx<'_>) {
    let key = row.key();
    let Some(probe) = cx.estate.evidence.probe(&key) else {
        if cx.estate.configured.has_server(&row) {
            out.push(Detail::Gap);
            out.push(Detail::Heading("SERVED", "not probed".into()));
        }
        return;
    };
    out.push(Detail::Gap);
    let age = moment::age(probe.age(cx.look.now).max(0));
    out.push(Detail::Heading("SERVED", format!("probed {age} ago")));
    if let Some(seen) = cx.estate.judgement.facts().probes.get(&key) {
        let (words, tone) = words(seen.verdict);
        out.push(Detail::Text(words.into(), tone));
    }
    sightings(out, row, probe, cx);
    if let Some(said) = cx.estate.evidence.renewal(&key) {
        renewal(out, said, cx);
    }
}

const fn words(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Same => ("This certificate is served.", Tone::Ok),
        Verdict::Older => {
            ("An older certificate of these names is served: the server was not reloaded.", Tone::Critical)
        }
        Verdict::Newer => ("A newer certificate of these names is served, which the API may not list yet.", Tone::Info),
        Verdict::Other => ("Another certificate of this account is served.", Tone::Due),
        Verdict::Foreign => ("A certificate is served that this account does not know.", Tone::Due),
        Verdict::Mismatch => ("What is served does not have the name.", Tone::Critical),
        Verdict::Mixed => {
            ("Mixed: its addresses serve different certificates. Clients meet one or the other.", Tone::Critical)
        }
        Verdict::Unreachable => ("No address showed a certificate.", Tone::Due),
        Verdict::NotVerifiable => ("There is no server to ask.", Tone::Muted),
    }
}

/// One certificate after the other, with all addresses that serve it; then the addresses that serve none.
fn sightings(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, probe: &Probe, cx: &Cx<'_>) {
    let mut told: Vec<&Served> = Vec::new();
    for served in probe.served() {
        if told.iter().any(|known| known.sha256 == served.sha256) {
            continue;
        }
        told.push(served);
        for sighting in &probe.sightings {
            if sighting.outcome.as_ref().is_ok_and(|other| other.sha256 == served.sha256)
                && let Some(address) = sighting.address
            {
                out.push(Detail::pair("Address", format!("{address} {}", served.protocol)));
            }
        }
        certificate(out, row, served, probe, cx);
    }
    for sighting in &probe.sightings {
        if let Err(why) = &sighting.outcome {
            let address = sighting.address.map_or_else(|| probe.name.to_string(), |address| address.to_string());
            out.push(Detail::pair("Address", address));
            out.push(Detail::Pair("", why.to_string(), Tone::Due));
        }
    }
}

fn certificate(out: &mut Vec<Detail>, row: View<'_, AcmeCertificate>, served: &Served, probe: &Probe, cx: &Cx<'_>) {
    let tail = served.serial.tail(TAIL);
    let (which, tone) =
        if row.serial() == Some((&served.serial).into()) { ("this one", Tone::Ok) } else { ("another one", Tone::Due) };
    out.push(Detail::Pair("Serial", format!("..{tail}, {which}"), tone));
    let ended = served.not_after.seconds_from(cx.look.now).is_some_and(|left| left < 0);
    let of = |when: &When| moment::short(when, cx.look);
    let valid = format!("{} to {}", of(&served.not_before), of(&served.not_after));
    out.push(Detail::Pair("Valid", valid, if ended { Tone::Ended } else { Tone::Text }));
    out.push(Detail::pair("Issuer", served.issuer.as_str()));
    match &served.trust {
        Ok(()) => out.push(Detail::pair("Trust", "trusted by this machine")),
        Err(why) => out.push(Detail::Pair("Trust", why.to_string(), Tone::Due)),
    }
    let (name, tone) = if served.name_matches {
        (format!("is for {}", probe.name), Tone::Text)
    } else {
        (format!("is not for {}", probe.name), Tone::Critical)
    };
    out.push(Detail::Pair("Name", name, tone));
}

/// What the CA says of the renewal (RFC 9773).
fn renewal(out: &mut Vec<Detail>, said: &Renewal, cx: &Cx<'_>) {
    match said {
        Ok(window) => {
            let RenewalWindow { start, end, explanation, .. } = window;
            let of = |at| moment::short(&When::At(at), cx.look);
            out.push(Detail::pair("CA's window", format!("{} to {}", of(*start), of(*end))));
            let (words, tone) = match window.advice(cx.look.now) {
                Advice::Wait => ("the CA would have it renewed then", Tone::Muted),
                Advice::Renew => ("the CA would have it renewed now", Tone::Due),
                Advice::ReplaceNow => ("! the CA wants it replaced now", Tone::Critical),
            };
            out.push(Detail::Pair("", words.into(), tone));
            if let Some(page) = explanation {
                out.push(Detail::pair("", page.as_str()));
            }
        }
        Err(why) => out.push(Detail::Pair("CA's window", why.to_string(), Tone::Due)),
    }
}
