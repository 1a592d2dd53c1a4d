//! What the CRLs and OCSP responders of a CA say, checked from here: `ca verify`.

use jiff::Timestamp;

use super::{
    console,
    exit::{Exit, Outcome},
    grid::Grid,
    item::{Item, rfc3339},
    session::{Desk, Print},
    sheet::Source,
};
use crate::{
    client::{Client, Service},
    domain::{
        Clean, Failure,
        ca::{
            Ca,
            revocation::{
                About, Answer, Nonce, RevocationCheck, RevocationJob, Said, Signature, Signer, Status, Verdict,
            },
        },
        dataset::Dataset,
        when::When,
    },
    present::{Align, Look, moment},
};

const KIND: &str = "ca.revocation";
const MEMBERS: &[&str] = &[
    "about",
    "source",
    "url",
    "path",
    "verdict",
    "sentence",
    "serial_number",
    "status",
    "revoked_at",
    "revocation_reason",
    "this_update",
    "next_update",
    "produced_at",
    "crl_number",
    "entries",
    "signature",
    "signature_algorithm",
    "signer",
    "signer_ends",
    "nonce",
];
/// Members that each source has.
const OF_ALL: [&str; 4] = ["status", "this_update", "next_update", "signature"];

/// Checks `ca`, one of `cas`.
///
/// # Errors
/// Its certificate cannot be read.
pub fn verify(ca: &Ca, cas: &Dataset<Ca>, desk: &mut Desk<'_>) -> Outcome {
    let mut exit = Exit::Done;
    let crls = known("CRLs", desk.wait(async |client: &Client| Ok(client.crls().await))?, &mut exit);
    let responders =
        known("OCSP responders", desk.wait(async |client: &Client| Ok(client.ocsp_responders().await))?, &mut exit);
    let job = RevocationJob::of(ca, &cas.rows, &crls, &responders);
    let check = desk.wait(async |client: &Client| client.check_revocation(&job).await)?;
    let (now, look) = (desk.now(), desk.look());
    for note in &check.notes {
        console::warn(note);
    }
    let item = |at: usize| check.answers.get(at).map_or_else(Item::default, |answer| item(answer, now));
    let grid = || grid(&check, &look);
    let unknown = OF_ALL.iter().filter(|name| (0..check.answers.len()).any(|at| item(at).is_null(name)));
    let unknown = unknown.map(|name| format!("items.{name}")).collect();
    let sources = vec![Source {
        name: super::session::name(Service::One),
        as_of: Some(rfc3339(check.at)),
        complete: exit == Exit::Done,
        error: None,
        notes: check.notes.iter().map(Clean::to_string).collect(),
    }];
    let len = check.answers.len();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total: len,
        len,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(judged(&check, now).max(exit))
}

/// A list, or none with a word of why.
fn known<T>(what: &str, list: Result<Dataset<T>, Failure>, exit: &mut Exit) -> Vec<T> {
    match list {
        Ok(list) => list.rows,
        Err(failure) => {
            console::warn(&format!("the {what} that the service knows were not checked: {failure}"));
            *exit = (*exit).max(Exit::of(failure.kind));
            Vec::new()
        }
    }
}

/// The exit code, with a word for what is not in order.
fn judged(check: &RevocationCheck, now: Timestamp) -> Exit {
    let verdicts: Vec<Verdict> = check.answers.iter().map(|answer| answer.verdict(now)).collect();
    let is = |verdict| verdicts.contains(&verdict);
    let good = |verdict: &Verdict| matches!(verdict, Verdict::Fresh | Verdict::NotAsked | Verdict::Unreachable);
    let bad = verdicts.iter().filter(|verdict| !good(verdict)).count();
    if let Some(Status::Revoked { at, .. }) = check.revoked() {
        let at = at.at().map_or_else(String::new, |at| format!(" since {}", rfc3339(at)));
        console::warn(&format!("this CA is revoked{at}, says its issuer"));
        return Exit::Failed;
    }
    if bad > 0 {
        console::warn(&format!("{bad} of {} answers are not in order", verdicts.len()));
        return Exit::Failed;
    }
    if is(Verdict::Unreachable) {
        console::warn("not all addresses could be reached from here");
        return Exit::Network;
    }
    if !is(Verdict::Fresh) {
        console::warn("nothing could be checked");
        return Exit::Failed;
    }
    Exit::Done
}

const fn about(about: About) -> &'static str {
    match about {
        About::Issued => "issued",
        About::Own => "own",
    }
}

fn item(answer: &Answer, now: Timestamp) -> Item {
    let (revoked_at, reason) = match answer.status() {
        Some(Status::Revoked { at, reason }) => (at.clone(), reason.as_ref().map_or("", |reason| reason.as_str())),
        _ => (When::Never, ""),
    };
    let base = Item::default()
        .text("about", about(answer.about))
        .text("source", &answer.source.label().to_ascii_lowercase())
        .text("url", &answer.url)
        .text("path", &answer.path.as_ref().map(ToString::to_string).unwrap_or_default())
        .text("verdict", &answer.verdict(now).word().replace(' ', "_"))
        .with("sentence", answer.sentence(now))
        .text("serial_number", answer.serial.as_ref().map_or("", |serial| serial.digits()))
        .text("status", answer.status().map_or("", Status::word))
        .when("revoked_at", &revoked_at)
        .text("revocation_reason", reason);
    match &answer.said {
        Said::Crl(crl) => base
            .when("this_update", &crl.this_update)
            .when("next_update", &crl.next_update)
            .nulls(&["produced_at"])
            .text("crl_number", crl.number.as_deref().unwrap_or_default())
            .with("entries", crl.entries)
            .text("signature", signature(&crl.signature))
            .text("signature_algorithm", &crl.algorithm)
            .text("signer", &crl.issuer)
            .nulls(&["signer_ends", "nonce"]),
        Said::Ocsp(ocsp) => {
            let (signer, ends) = match &ocsp.signer {
                Signer::Ca => ("the CA", &When::Never),
                Signer::Delegate { name, ends, .. } => (name.as_str(), ends),
                Signer::Unknown => ("", &When::Never),
            };
            base.when("this_update", &ocsp.this_update)
                .when("next_update", &ocsp.next_update)
                .when("produced_at", &ocsp.produced_at)
                .nulls(&["crl_number", "entries"])
                .text("signature", signature(&ocsp.signature))
                .text("signature_algorithm", &ocsp.algorithm)
                .text("signer", signer)
                .when("signer_ends", ends)
                .text("nonce", nonce(ocsp.nonce))
        }
        _ => base.nulls(MEMBERS.get(10..).unwrap_or_default()),
    }
}

const fn signature(signature: &Signature) -> &'static str {
    match signature {
        Signature::Good => "good",
        Signature::Wrong(_) => "wrong",
        Signature::Unchecked(_) => "not_checked",
    }
}

const fn nonce(nonce: Nonce) -> &'static str {
    match nonce {
        Nonce::Echoed => "echoed",
        Nonce::Absent => "absent",
        Nonce::Other => "other",
    }
}

fn grid(check: &RevocationCheck, look: &Look) -> Grid {
    let row = |answer: &Answer| {
        let (next, entries) = match &answer.said {
            Said::Crl(crl) => (moment::full(&crl.next_update, look), crl.entries.to_string()),
            Said::Ocsp(ocsp) => (moment::full(&ocsp.next_update, look), String::new()),
            _ => (String::new(), String::new()),
        };
        let way = answer.path.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![
            about(answer.about).to_owned(),
            answer.source.label().to_owned(),
            answer.verdict(look.now).word().to_owned(),
            answer.status().map_or("", Status::word).to_owned(),
            entries,
            next,
            answer.url.to_string(),
            way,
            answer.sentence(look.now),
        ]
    };
    let heads = ["ABOUT", "SOURCE", "VERDICT", "STATUS", "ENTRIES", "NEXT", "ADDRESS", "REACHED", "WHY"];
    let side = |head: &&'static str| (*head, if *head == "ENTRIES" { Align::Right } else { Align::Left });
    Grid {
        columns: heads.iter().map(side).collect(),
        rows: check.answers.iter().map(row).collect(),
        // An address that is cut is no address.
        whole: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ca::revocation::{CrlFacts, Source as Asked},
        ids::CaId,
        serial::Serial,
    };

    const NOW: &str = "2026-11-21T14:00:00Z";

    fn crl(signature: Signature, next: &str, status: Status) -> Said {
        Said::Crl(Box::new(CrlFacts {
            bytes: 1,
            issuer: Clean::new("CN=Northwind Root R1"),
            number: None,
            this_update: When::parse("2026-11-20T14:00:00Z"),
            next_update: When::parse(next),
            entries: 1,
            algorithm: Clean::new("Ed25519"),
            signature,
            status: Some(status),
        }))
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_answer() {
        let now = NOW.parse().unwrap();
        let good = || crl(Signature::Good, "2026-11-22T14:00:00Z", Status::Good);
        let late = || crl(Signature::Good, "2026-11-21T13:00:00Z", Status::Good);
        let doubtful = crl(Signature::Unchecked(Clean::new("x")), "2026-11-22T14:00:00Z", Status::Good);
        let revoked =
            crl(Signature::Good, "2026-11-22T14:00:00Z", Status::Revoked { at: When::parse(NOW), reason: None });
        let (lost, left_out) = (|| Said::Nothing(Clean::new("x")), || Said::NotAsked(Clean::new("x")));
        let cases = [
            (vec![good()], Exit::Done),
            (vec![good(), left_out()], Exit::Done),
            (vec![left_out()], Exit::Failed),
            (vec![], Exit::Failed),
            (vec![good(), lost()], Exit::Network),
            (vec![late(), lost()], Exit::Failed),
            (vec![good(), doubtful], Exit::Failed),
            (vec![good(), revoked], Exit::Failed),
        ];
        for (said, exit) in cases {
            let answer = |said| Answer {
                about: About::Own,
                source: Asked::Crl,
                url: Clean::default(),
                serial: Serial::parse("0A"),
                path: None,
                took: std::time::Duration::ZERO,
                said,
            };
            let answers = said.into_iter().map(answer).collect();
            let check = RevocationCheck { ca: CaId::new("1"), at: now, answers, notes: Vec::new() };
            assert_eq!(judged(&check, now), exit, "{check:?}");
        }
    }
}
