//! Whether what was said counts, at a moment.

use jiff::Timestamp;

use super::{About, Answer, Nonce, RevocationCheck, Said, Signature, Signer, Status};
use crate::domain::when::{When, distance};

/// Seconds by which two clocks may differ before a date counts as one of the future.
const SKEW: i64 = 300;

/// Whether what was said counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Of now, and signed by who may.
    Fresh,
    /// The address was not asked.
    NotAsked,
    /// Of now; who signed it could not be checked.
    NotVerified,
    /// The next one is overdue.
    Late,
    /// Dated in the future.
    NotYetValid,
    /// Made for another question.
    OtherNonce,
    /// About another certificate.
    OtherCertificate,
    /// Signed by somebody else.
    WronglySigned,
    /// The responder refuses.
    Refused,
    /// No CRL, and no answer of OCSP.
    Unreadable,
    /// Nothing came.
    Unreachable,
}

impl Verdict {
    /// A word or two for a column; machines may rely on it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::NotAsked => "not asked",
            Self::NotVerified => "not verified",
            Self::Late => "late",
            Self::NotYetValid => "not yet valid",
            Self::OtherNonce => "other nonce",
            Self::OtherCertificate => "other certificate",
            Self::WronglySigned => "wrongly signed",
            Self::Refused => "refused",
            Self::Unreadable => "not readable",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Answer {
    /// Whether it counts at `now`. A wrong signature outweighs every date, which anybody may have written.
    pub fn verdict(&self, now: Timestamp) -> Verdict {
        let (signature, nonce, dates) = match &self.said {
            Said::NotAsked(_) => return Verdict::NotAsked,
            Said::Nothing(_) => return Verdict::Unreachable,
            Said::Unreadable(_) => return Verdict::Unreadable,
            Said::Refused(_) => return Verdict::Refused,
            Said::OtherCertificate => return Verdict::OtherCertificate,
            Said::Crl(crl) => (&crl.signature, Nonce::Absent, (&crl.this_update, &crl.next_update)),
            Said::Ocsp(ocsp) => (&ocsp.signature, ocsp.nonce, (&ocsp.this_update, &ocsp.next_update)),
        };
        let (from, to) = (dates.0.seconds_from(now), dates.1.seconds_from(now));
        match signature {
            Signature::Wrong(_) => Verdict::WronglySigned,
            _ if nonce == Nonce::Other => Verdict::OtherNonce,
            _ if from.is_some_and(|from| from > SKEW) => Verdict::NotYetValid,
            _ if to.is_some_and(|to| to < 0) => Verdict::Late,
            Signature::Unchecked(_) => Verdict::NotVerified,
            Signature::Good => Verdict::Fresh,
        }
    }

    /// The verdict at `now` in one sentence without a full stop.
    pub fn sentence(&self, now: Timestamp) -> String {
        let (signature, from, to) = match &self.said {
            Said::NotAsked(why) => return format!("not asked: {why}"),
            Said::Nothing(why) => return format!("no answer: {why}"),
            Said::Unreadable(why) => return format!("what came cannot be read: {why}"),
            Said::Refused(refusal) => return format!("the responder refuses with {}", refusal.words()),
            Said::OtherCertificate => return "the responder answers about another certificate".to_owned(),
            Said::Crl(crl) => (&crl.signature, &crl.this_update, &crl.next_update),
            Said::Ocsp(ocsp) => (&ocsp.signature, &ocsp.this_update, &ocsp.next_update),
        };
        let seconds = |when: &When| when.seconds_from(now).map_or_else(String::new, |s| distance(s.saturating_abs()));
        let gap = match &self.said {
            Said::Ocsp(ocsp) => match ocsp.signer {
                Signer::Delegate { lasting, .. } => lasting.gap(),
                Signer::Ca | Signer::Unknown => None,
            },
            _ => None,
        };
        let signed = match signature {
            Signature::Good => {
                gap.map_or_else(|| "the signature is good".to_owned(), |gap| format!("the signature is good; {gap}"))
            }
            Signature::Wrong(why) => format!("the signature does not count: {why}"),
            Signature::Unchecked(why) => format!("the signature was not checked: {why}"),
        };
        match self.verdict(now) {
            Verdict::WronglySigned => signed,
            Verdict::OtherNonce => format!("it was made for another question (another nonce); {signed}"),
            Verdict::NotYetValid => {
                format!("dated {} in the future: look at the clock of this machine; {signed}", seconds(from))
            }
            Verdict::Late => format!("the next one is {} overdue; {signed}", seconds(to)),
            _ if to.at().is_none() => format!("of now, with no date for the next one; {signed}"),
            _ => format!("of now, the next one is due in {}; {signed}", seconds(to)),
        }
    }

    /// What it says of the certificate that it was asked about, whatever that counts; `None` when there was none.
    pub fn status(&self) -> Option<&Status> {
        self.serial.as_ref()?;
        match &self.said {
            Said::Crl(crl) => crl.status.as_ref(),
            Said::Ocsp(ocsp) => Some(&ocsp.status),
            _ => None,
        }
    }
}

impl RevocationCheck {
    /// The revocation of the CA's own certificate, from an answer whose signature is good; late ones count, since no
    /// CRL takes a revocation back but of a hold.
    pub fn revoked(&self) -> Option<&Status> {
        let good = |answer: &&Answer| match &answer.said {
            Said::Crl(crl) => crl.signature == Signature::Good,
            Said::Ocsp(ocsp) => ocsp.signature == Signature::Good && ocsp.nonce != Nonce::Other,
            _ => false,
        };
        let own = self.answers.iter().filter(|answer| answer.about == About::Own).filter(good);
        own.filter_map(Answer::status).find(|status| matches!(status, Status::Revoked { .. }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        Clean,
        ca::revocation::{CrlFacts, OcspFacts, Path, Refusal, Source},
        ids::CaId,
        serial::Serial,
    };

    const NOW: &str = "2026-11-21T14:00:00Z";

    fn at(text: &str) -> When {
        When::parse(text)
    }

    fn answer(said: Said) -> Answer {
        let path = Some(Path::Direct("192.0.2.7:80".parse().unwrap()));
        let url = Clean::new("http://crl.example.com/r1.crl");
        let serial = Serial::parse("0A1B");
        Answer { about: About::Own, source: Source::Crl, url, serial, path, took: Duration::from_millis(9), said }
    }

    fn crl(this: &str, next: &str, signature: Signature) -> Answer {
        answer(Said::Crl(Box::new(CrlFacts {
            bytes: 700,
            issuer: Clean::new("CN=Northwind Root R1"),
            number: Some(Clean::new("41")),
            this_update: at(this),
            next_update: at(next),
            entries: 3,
            algorithm: Clean::new("ECDSA with SHA-256"),
            signature,
            status: Some(Status::Revoked { at: at("2026-09-03T15:20:00Z"), reason: None }),
        })))
    }

    fn ocsp(nonce: Nonce, signature: Signature) -> Answer {
        answer(Said::Ocsp(Box::new(OcspFacts {
            signer: Signer::Ca,
            produced_at: at(NOW),
            this_update: at("2026-11-21T13:00:00Z"),
            next_update: When::Never,
            algorithm: Clean::new("ECDSA with SHA-256"),
            signature,
            nonce,
            status: Status::Good,
        })))
    }

    #[test]
    fn each_verdict_has_its_word_and_sentence() {
        let now = at(NOW).at().unwrap();
        let day = ("2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z");
        let why = || Clean::new("of a stranger");
        let cases = [
            (crl(day.0, day.1, Signature::Good), "fresh", "of now, the next one is due in 22 h; the signature is good"),
            (crl(day.0, "", Signature::Good), "fresh", "of now, with no date for the next one; the signature is good"),
            (
                crl("2026-11-19T10:00:00Z", "2026-11-21T10:00:00Z", Signature::Good),
                "late",
                "the next one is 4 h overdue; the signature is good",
            ),
            // Five minutes of difference between two clocks are nothing.
            (crl("2026-11-21T14:05:00Z", day.1, Signature::Good), "fresh", "of now, the next one is due in 22 h"),
            (crl("2026-11-21T14:05:01Z", day.1, Signature::Good), "not yet valid", "dated 5 min in the future"),
            (
                crl(day.0, day.1, Signature::Unchecked(why())),
                "not verified",
                "of now, the next one is due in 22 h; the signature was not checked: of a stranger",
            ),
            (
                // What a stranger signed is not merely late.
                crl(day.0, "2026-11-21T10:00:00Z", Signature::Wrong(why())),
                "wrongly signed",
                "the signature does not count: of a stranger",
            ),
            (ocsp(Nonce::Absent, Signature::Good), "fresh", "of now, with no date for the next one"),
            (ocsp(Nonce::Other, Signature::Good), "other nonce", "it was made for another question (another nonce)"),
            (
                answer(Said::Refused(Refusal::TryLater)),
                "refused",
                "the responder refuses with tryLater: it is too busy",
            ),
            (answer(Said::OtherCertificate), "other certificate", "the responder answers about another certificate"),
            (answer(Said::Unreadable(why())), "not readable", "what came cannot be read: of a stranger"),
            (answer(Said::Nothing(why())), "unreachable", "no answer: of a stranger"),
            (answer(Said::NotAsked(why())), "not asked", "not asked: of a stranger"),
        ];
        for (answer, word, sentence) in cases {
            assert_eq!(answer.verdict(now).word(), word, "{answer:?}");
            let said = answer.sentence(now);
            assert!(said.starts_with(sentence), "{said:?} is not {sentence:?}");
        }
    }

    #[test]
    fn a_revocation_counts_when_it_is_signed_and_about_the_ca_itself() {
        let day = ("2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z");
        let check = |answers: Vec<Answer>| RevocationCheck {
            ca: CaId::new("1"),
            at: at(NOW).at().unwrap(),
            answers,
            notes: Vec::new(),
        };
        let good = || crl(day.0, day.1, Signature::Good);
        let late = crl(day.0, day.0, Signature::Good);
        assert!(check(vec![good()]).revoked().is_some());
        assert!(check(vec![late]).revoked().is_some());
        assert!(check(vec![Answer { about: About::Issued, ..good() }]).revoked().is_none());
        assert!(check(vec![crl(day.0, day.1, Signature::Wrong(Clean::new("x")))]).revoked().is_none());
        assert!(check(vec![ocsp(Nonce::Echoed, Signature::Good)]).revoked().is_none());
    }
}
