//! The details of a CA, from its record and its certificate.

use super::open_requests;
use crate::{
    domain::{
        Clean, Failure,
        ca::{
            Ca, CaDetails,
            certificate::ParsedCertificate,
            forest::{Link, Node},
        },
        serial::Serial,
        subject::Subject,
        when::When,
    },
    flow::{Cx, Source},
    present::{Look, Tone, audit, ca, moment},
    ui::{detail::Detail, text::count},
};

/// What was read of a CA besides its record.
pub struct Read<'a> {
    /// The whole record with its certificate.
    pub details: Option<&'a Result<Box<CaDetails>, Failure>>,
    /// How many certificates it has, or why that is not known.
    pub leaves: Option<(String, Tone)>,
    /// What was checked and counted from here.
    pub found: Vec<Detail>,
}

/// Lines for a CA.
pub fn of(node: Node, record: &Ca, read: Read<'_>, cx: &Cx<'_>) -> Vec<Detail> {
    let look = cx.look;
    let mut out =
        vec![Detail::Title(record.name.to_string(), if record.name.is_marked() { Tone::Critical } else { Tone::Text })];
    if record.name.is_marked() {
        out.push(Detail::Text(
            "! the name holds hidden or deceptive characters, shown as <U+....>".into(),
            Tone::Critical,
        ));
    }
    for request in open_requests(cx).into_iter().filter(|r| r.ca == record.id) {
        out.push(Detail::Text(
            format!("! {} requested · {}", request.request_type.as_str(), request.id),
            Tone::Critical,
        ));
    }
    match node.link {
        Link::Orphan => out.push(Detail::Text("▴ its issuer is not visible to this key".into(), Tone::Due)),
        Link::Cycle => out.push(Detail::Text("! its issuers lead back to itself; cut here".into(), Tone::Critical)),
        Link::Root | Link::Child => {}
    }
    let (state, from) = record.effective_state(look.now);
    out.push(Detail::Pair(
        "State",
        format!("{} {} (from {from})", ca::state_glyph(record, look), state.label()),
        ca::state_tone(record, look),
    ));
    if let Some(reason) = &record.revoked_reason {
        out.push(Detail::pair(
            "Revoked",
            format!("{} {}", moment::full(&record.revoked_date, look), reason.rfc_name()),
        ));
    }
    out.extend(read.leaves.map(|(text, tone)| Detail::Pair("Leaves", text, tone)));
    out.extend(read.found);
    out.push(Detail::Gap);
    match read.details {
        Some(Ok(details)) => match &details.certificate {
            Ok(certificate) => from_certificate(&mut out, certificate, look),
            Err(failure) => {
                from_record(&mut out, record, look);
                out.push(Detail::Text(format!("~ no certificate to read: {failure}"), Tone::Stale));
            }
        },
        Some(Err(failure)) => {
            from_record(&mut out, record, look);
            out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
        }
        None => {
            from_record(&mut out, record, look);
            out.push(Detail::Text("reading the certificate…".into(), Tone::Muted));
        }
    }
    for oddity in &record.oddities {
        out.push(Detail::Text(format!("~ {oddity}"), Tone::Stale));
    }
    out.push(Detail::Gap);
    validation(&mut out, record, cx);
    requests(&mut out, record, cx);
    events(&mut out, record, cx);
    if let Some(Ok(details)) = read.details {
        out.push(Detail::Gap);
        out.push(Detail::Heading("RAW", "as the service sent it".into()));
        out.extend(details.raw.iter().take(400).map(|line| Detail::Verbatim(line.to_string(), Tone::Muted)));
    }
    out
}

fn elapsed(from: &When, to: &When, look: &Look) -> Option<Detail> {
    let (from, to) = (from.at()?.as_second(), to.at()?.as_second());
    let passed = (look.now.as_second() - from).clamp(0, (to - from).max(0));
    let percent = passed.checked_mul(100)?.checked_div(to - from)?;
    u8::try_from(percent).ok().map(Detail::Elapsed)
}

fn from_record(out: &mut Vec<Detail>, record: &Ca, look: &Look) {
    if !record.issuer_name.is_empty() {
        out.push(Detail::pair("Issuer", record.issuer_name.as_str()));
    }
    serial(out, record.serial.as_ref());
    if !record.key.is_empty() {
        out.push(Detail::pair("Key", record.key.as_str()));
    }
    validity(out, &record.valid_from, &record.valid_to, look);
}

fn serial(out: &mut Vec<Detail>, serial: Option<&Serial>) {
    if let Some(serial) = serial {
        let tone = if serial.is_hex() { Tone::Text } else { Tone::Stale };
        out.push(Detail::Pair("Serial", serial.grouped(), tone));
    }
}

fn validity(out: &mut Vec<Detail>, from: &When, to: &When, look: &Look) {
    if *from == When::Never && *to == When::Never {
        return;
    }
    out.push(Detail::pair("Valid", format!("{} to {}", moment::date(from, look), moment::date(to, look))));
    out.extend(elapsed(from, to, look));
}

fn list(out: &mut Vec<Detail>, label: &'static str, values: &[Clean]) {
    for (i, value) in values.iter().enumerate() {
        out.push(Detail::Pair(if i == 0 { label } else { "" }, value.to_string(), Tone::Text));
    }
}

fn from_certificate(out: &mut Vec<Detail>, certificate: &ParsedCertificate, look: &Look) {
    out.push(Detail::pair("Subject", certificate.subject.as_str()));
    out.push(Detail::pair("Issuer", certificate.issuer.as_str()));
    serial(out, certificate.serial.as_ref());
    out.push(Detail::pair("Key", certificate.key.as_str()));
    out.push(Detail::pair("Signature", certificate.signature.as_str()));
    validity(out, &certificate.not_before, &certificate.not_after, look);
    if let Some(constraints) = &certificate.basic_constraints {
        out.push(Detail::pair("Constraints", constraints.as_str()));
    }
    let usage: Vec<&str> = certificate.key_usage.iter().map(Clean::as_str).collect();
    if !usage.is_empty() {
        out.push(Detail::pair("Key usage", usage.join(", ")));
    }
    let purposes: Vec<&str> = certificate.extended_key_usage.iter().map(Clean::as_str).collect();
    if !purposes.is_empty() {
        out.push(Detail::pair("Purposes", purposes.join(", ")));
    }
    list(out, "Names", &certificate.name_constraints);
    list(out, "Policies", &certificate.policies);
    if let Some(id) = &certificate.subject_key_id {
        out.push(Detail::pair("Subject key", id.as_str()));
    }
    if let Some(id) = &certificate.authority_key_id {
        out.push(Detail::pair("Issuer key", id.as_str()));
    }
    out.push(Detail::pair("SHA-256", certificate.sha256.as_str()));
    list(out, "CRL at", &certificate.crl_urls);
    list(out, "OCSP at", &certificate.ocsp_urls);
    list(out, "Issuer at", &certificate.ca_urls);
    list(out, "Also holds", &certificate.other_extensions);
}

/// What stands where a source could not be read: never nothing, never 0.
fn unread<T: Subject>(source: &Source<T>) -> Option<(&'static str, Tone)> {
    match source.failure() {
        Some(failure) if failure.kind == crate::domain::FailureKind::NotPermitted => {
            Some(("not permitted", Tone::Stale))
        }
        Some(_) if source.read_at().is_none() => Some(("not known", Tone::Stale)),
        None if source.read_at().is_none() => Some(("reading…", Tone::Muted)),
        _ => None,
    }
}

fn validation(out: &mut Vec<Detail>, record: &Ca, cx: &Cx<'_>) {
    let look = cx.look;
    if let Some((word, tone)) = unread(&cx.estate.crls) {
        out.push(Detail::Pair("CRL", word.into(), tone));
    }
    for crl in cx.estate.crls.rows().iter().filter(|crl| crl.ca == record.id) {
        let every = crl.frequency_hours.map_or_else(String::new, |hours| format!("every {hours} h · "));
        out.push(Detail::pair("CRL", format!("{every}this {}", moment::short(&crl.this_update, look))));
        let (text, tone) = match crl.next_update.seconds_from(look.now) {
            Some(left) if left < 0 => (format!("{} late", moment::age(-left)), Tone::Critical),
            Some(left) => (format!("in {}", moment::age(left)), Tone::Ok),
            None => ("next one not known".to_owned(), Tone::Stale),
        };
        out.push(Detail::Pair("", format!("next {}, {text}", moment::short(&crl.next_update, look)), tone));
    }
    if let Some((word, tone)) = unread(&cx.estate.responders) {
        out.push(Detail::Pair("OCSP", word.into(), tone));
    }
    for responder in cx.estate.responders.rows().iter().filter(|r| r.ca == record.id) {
        let left = responder.valid_to.seconds_from(look.now);
        let soon = left.is_some_and(|left| left < 14 * 86_400);
        let ends =
            left.map_or_else(|| "end not known".to_owned(), |left| format!("cert ends in {}", moment::distance(left)));
        out.push(Detail::Pair("OCSP", format!("{} · {ends}", responder.name), if soon { Tone::Due } else { Tone::Ok }));
    }
    match &record.templates {
        Some(templates) if templates.is_empty() => out.push(Detail::Pair("Templates", "none".into(), Tone::Muted)),
        Some(templates) => {
            let names: Vec<&str> =
                templates.iter().map(|t| if t.name.is_empty() { t.id.as_str() } else { t.name.as_str() }).collect();
            out.push(Detail::pair("Templates", names.join(" · ")));
        }
        None => out.push(Detail::Pair("Templates", "not known".into(), Tone::Stale)),
    }
}

fn requests(out: &mut Vec<Detail>, record: &Ca, cx: &Cx<'_>) {
    for request in open_requests(cx).into_iter().filter(|r| r.ca == record.id) {
        out.push(Detail::Gap);
        out.push(Detail::Heading("REQUEST", request.id.to_string()));
        let by = if request.requested_by_name.is_empty() { "not known" } else { request.requested_by_name.as_str() };
        out.push(Detail::pair("Asked by", format!("{by}, {}", moment::short(&request.requested, cx.look))));
        if let Some(reason) = &request.reason {
            out.push(Detail::pair("Reason", reason.rfc_name()));
        }
        out.push(Detail::pair("Comment", format!("\"{}\"", request.comment)));
    }
}

fn events(out: &mut Vec<Detail>, record: &Ca, cx: &Cx<'_>) {
    let about = |id: &str, name: &str| id == record.id.as_str() || (!name.is_empty() && name == record.name.as_str());
    let of_this = cx.estate.audit.rows().iter().filter(|e| about(&e.resource_id, &e.resource_name));
    let total = of_this.clone().count();
    out.push(Detail::Gap);
    out.push(Detail::Heading("EVENTS", format!("{} of those read · gl all", count(total))));
    for event in of_this.take(5) {
        let text = format!("{}  {}", moment::short(&event.at, cx.look), audit::action(event));
        out.push(Detail::Verbatim(text, Tone::Text));
    }
}
