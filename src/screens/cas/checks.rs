//! Checks of CRLs and OCSP from here: what was found, and what is under way.

use std::collections::HashMap;

use crate::{
    domain::{
        Clean, Failure,
        ca::{
            Ca,
            revocation::{
                About, Answer, CrlFacts, Nonce, OcspFacts, RevocationCheck, RevocationJob, Said, Signer, Status,
                Verdict,
            },
        },
        ids::CaId,
        when::When,
    },
    flow::{Ask, Call, CallKey, Cx, Effect, Reply, ScreenId, Slot},
    present::{Look, Tone, moment},
    screens::Notice,
    ui::{detail::Detail, text::count},
};

const KEY: CallKey = CallKey::Screen(ScreenId::Cas, Slot::Check);

/// All checks of a context.
#[derive(Default)]
pub struct Checks {
    found: HashMap<CaId, Result<Box<RevocationCheck>, Failure>>,
    running: Option<CaId>,
}

impl Checks {
    /// Checks `ca`; a check of another one that is under way ends.
    pub fn begin(&mut self, ca: &Ca, cx: &Cx<'_>) -> Effect {
        let estate = cx.estate;
        let (cas, crls, responders) = (estate.cas.rows(), estate.crls.rows(), estate.responders.rows());
        let job = RevocationJob::of(ca, cas.iter(), crls.iter(), responders.iter());
        self.running = Some(ca.id.clone());
        Effect::call(KEY, Call::Ask(Ask::CheckRevocation(job)))
    }

    /// Ends the check that is under way; what was found before stays.
    pub fn end(&mut self) -> Option<Effect> {
        self.running.take().map(|_| Effect::Cancel(KEY))
    }

    /// Takes what a check found, and says what it comes to.
    pub fn accept(&mut self, result: Result<Reply, Failure>, look: &Look) -> Option<Notice> {
        let ca = self.running.take()?;
        match result {
            Ok(Reply::RevocationChecked(check)) => {
                let notice = Notice::said(outcome(&check, look));
                self.found.insert(check.ca.clone(), Ok(check));
                Some(notice)
            }
            Ok(_) => None,
            Err(failure) => {
                let notice = Notice::fault(failure.to_string());
                self.found.insert(ca, Err(failure));
                Some(notice)
            }
        }
    }

    /// What is known of `ca` from here; nothing before it was checked.
    pub fn lines(&self, ca: &CaId, look: &Look) -> Vec<Detail> {
        let running = self.running.as_ref() == Some(ca);
        let found = self.found.get(ca);
        let age = match found {
            _ if running => "asking… Esc ends it".to_owned(),
            Some(Ok(check)) => {
                format!("{} ago · b again", moment::age(look.now.as_second().saturating_sub(check.at.as_second())))
            }
            Some(Err(_)) => "b again".to_owned(),
            None => return Vec::new(),
        };
        let mut out = vec![Detail::Gap, Detail::Heading("CHECKED FROM HERE", age)];
        match found {
            Some(Ok(check)) => {
                for answer in &check.answers {
                    lines(&mut out, answer, look);
                }
                out.extend(check.notes.iter().map(|note| Detail::Text(note.to_string(), Tone::Muted)));
            }
            Some(Err(failure)) => out.push(Detail::Text(format!("! {failure}"), Tone::Critical)),
            None => {}
        }
        out
    }
}

/// What a check came to, in one line.
fn outcome(check: &RevocationCheck, look: &Look) -> String {
    let fresh = check.answers.iter().filter(|answer| answer.verdict(look.now) == Verdict::Fresh).count();
    let of = check.answers.len();
    match (check.revoked(), of) {
        (Some(_), _) => "Checked: this CA is revoked, says its issuer; the details say more.".to_owned(),
        (None, 0) => "There is nothing to ask: the details say why.".to_owned(),
        (None, _) if fresh == of => format!("Checked: all {of} in order."),
        (None, _) => format!("Checked: {fresh} of {of} in order; the details say what is not."),
    }
}

fn lines(out: &mut Vec<Detail>, answer: &Answer, look: &Look) {
    let verdict = answer.verdict(look.now);
    let tone = tone(verdict);
    let whom = match answer.about {
        About::Issued => "by this CA",
        About::Own => "about this CA",
    };
    let head = format!("{} {} · {whom}", look.glyph(tone), verdict.word());
    out.push(Detail::Pair(answer.source.label(), head, tone));
    if let Some(Status::Revoked { at, reason }) = answer.status() {
        let why = reason.as_ref().map_or_else(String::new, |reason| format!(", {}", reason.rfc_name()));
        out.push(Detail::Pair("", format!("says revoked {}{why}", moment::full(at, look)), Tone::Ended));
    } else if let Some(status) = answer.status() {
        out.push(Detail::Pair("", format!("says {} of {}", status.word(), serial(answer)), Tone::Text));
    }
    out.push(Detail::Pair("", answer.sentence(look.now), tone));
    match &answer.said {
        Said::Crl(crl) => list(out, crl, look),
        Said::Ocsp(ocsp) => said(out, ocsp, look),
        _ => {}
    }
    let way = answer.path.as_ref().map_or_else(String::new, |path| format!(" {path}"));
    out.push(Detail::Pair("", format!("{}{way}", answer.url), Tone::Muted));
}

fn serial(answer: &Answer) -> String {
    answer.serial.as_ref().map(crate::domain::serial::Serial::grouped).unwrap_or_default()
}

fn list(out: &mut Vec<Detail>, crl: &CrlFacts, look: &Look) {
    let number = crl.number.as_ref().map_or_else(|| "no number".to_owned(), |number| format!("number {number}"));
    let entries = if crl.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", count(crl.entries)) };
    out.push(Detail::Pair("", format!("{entries} · {} · {number}", size(crl.bytes)), Tone::Text));
    dates(out, &crl.this_update, &crl.next_update, &crl.algorithm, look);
}

fn said(out: &mut Vec<Detail>, ocsp: &OcspFacts, look: &Look) {
    let signer = match &ocsp.signer {
        Signer::Ca => "signed by the CA itself".to_owned(),
        Signer::Delegate { name, ends, .. } => format!("signed by {name}, until {}", moment::date(ends, look)),
        Signer::Unknown => "signed by nobody that it names".to_owned(),
    };
    let nonce = match ocsp.nonce {
        Nonce::Echoed => "made for this question",
        Nonce::Absent => "made beforehand, or without a nonce",
        Nonce::Other => "made for another question",
    };
    out.push(Detail::Pair("", format!("{signer}; {nonce}"), Tone::Text));
    dates(out, &ocsp.this_update, &ocsp.next_update, &ocsp.algorithm, look);
}

fn dates(out: &mut Vec<Detail>, this: &When, next: &When, algorithm: &Clean, look: &Look) {
    let (this, next) = (moment::short(this, look), moment::short(next, look));
    out.push(Detail::Pair("", format!("this {this} · next {next} · {algorithm}"), Tone::Text));
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Fresh => Tone::Ok,
        Verdict::NotAsked | Verdict::NotVerified => Tone::Stale,
        Verdict::Unreachable | Verdict::Refused => Tone::Due,
        Verdict::Late
        | Verdict::NotYetValid
        | Verdict::OtherNonce
        | Verdict::OtherCertificate
        | Verdict::WronglySigned
        | Verdict::Unreadable => Tone::Critical,
    }
}

/// Bytes in the unit that fits.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
