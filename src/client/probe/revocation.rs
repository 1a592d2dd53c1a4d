//! CRLs and OCSP of a CA, checked from here: what it publishes, and what its issuer publishes about it.

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    Prober, crl,
    fetch::{Missed, Wanted},
    ocsp::{Question, invented},
};
use crate::{
    client::{Client, limits},
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            certificate::ParsedCertificate,
            revocation::{About, Answer, Path, Refusal, RevocationCheck, RevocationJob, Said, Source},
        },
        serial::Serial,
    },
};

impl Client {
    /// Fetches and judges the CRLs of a CA, asks its OCSP responders, and looks for its own certificate in what its
    /// issuer publishes. What is published is asked without a key; the certificates of the CA and of its issuer are
    /// read from the service. Dropping the future ends all of it.
    ///
    /// # Errors
    /// As any call, when the certificate of the CA cannot be read. What the addresses do is told inside.
    pub async fn check_revocation(&self, job: &RevocationJob) -> Result<RevocationCheck, Failure> {
        let prober = &self.state.prober;
        let at = (prober.clock)();
        let own = self.ca_certificate(&job.ca).await?;
        let issuer = match &job.issuer {
            Some(issuer) => self.ca_certificate(issuer).await.map_err(|failure| failure.title),
            None => Err("the CA that signed it is not visible to this key".into()),
        };
        let (asked, notes) = plan(job, &own, issuer);
        let answers = join_all(asked.into_iter().map(|ask| prober.ask(ask, at))).await;
        let answers = answers.into_iter().collect::<Result<_, _>>()?;
        Ok(RevocationCheck { ca: job.ca.clone(), at, answers, notes })
    }
}

/// One address to be asked.
struct Ask {
    about: About,
    source: Source,
    url: Clean,
    /// The certificate of the CA whose word it is, DER, or why it is not at hand.
    issuer: Result<Box<[u8]>, Clean>,
    /// The certificate that is looked for.
    serial: Option<Serial>,
}

fn plan(
    job: &RevocationJob,
    own: &ParsedCertificate,
    issuer: Result<ParsedCertificate, Clean>,
) -> (Vec<Ask>, Vec<Clean>) {
    let (mut asked, mut notes) = (Vec::new(), Vec::new());
    let published = |source, url: &Clean, serial: Option<Serial>| Ask {
        about: About::Issued,
        source,
        url: url.clone(),
        issuer: Ok(own.der.clone()),
        serial,
    };
    asked.extend(job.crls.iter().map(|url| published(Source::Crl, url, None)));
    asked.extend(job.responders.iter().map(|url| published(Source::Ocsp, url, job.issued.clone())));
    if job.crls.is_empty() {
        notes.push("The service names no CRL that this CA publishes.".into());
    }
    if job.issued.is_none() && !job.responders.is_empty() {
        notes.push(
            "No certificate that it issued is known here: its responders are asked about an invented serial number, \
             and only who signs, and when, is looked at."
                .into(),
        );
    }
    if own.subject == own.issuer {
        notes.push("It is a root: no CRL but its own could list it, and that would prove nothing.".into());
    } else {
        let issuer = issuer.map(|issuer| issuer.der);
        let about = |source, url: &Clean| Ask {
            about: About::Own,
            source,
            url: url.clone(),
            issuer: issuer.clone(),
            serial: own.serial.clone(),
        };
        asked.extend(own.crl_urls.iter().map(|url| about(Source::Crl, url)));
        asked.extend(own.ocsp_urls.iter().map(|url| about(Source::Ocsp, url)));
        if own.crl_urls.is_empty() && own.ocsp_urls.is_empty() {
            notes.push("Its certificate names neither a CRL nor an OCSP responder.".into());
        }
    }
    if asked.len() > limits::REVOCATION_ADDRESSES {
        notes.push(format!("{} addresses more were not asked.", asked.len() - limits::REVOCATION_ADDRESSES).into());
        asked.truncate(limits::REVOCATION_ADDRESSES);
    }
    (asked, notes)
}

impl Prober {
    async fn ask(&self, ask: Ask, now: Timestamp) -> Result<Answer, Failure> {
        let start = Instant::now();
        let (about, source, url, serial) = (ask.about, ask.source, ask.url.clone(), ask.serial.clone());
        let (path, said) = match source {
            Source::Crl => self.crl(ask).await?,
            Source::Ocsp => self.ocsp(ask, now).await,
        };
        Ok(Answer { about, source, url, serial, path, took: start.elapsed(), said })
    }

    async fn crl(&self, ask: Ask) -> Result<(Option<Path>, Said), Failure> {
        let accept = "application/pkix-crl, */*;q=0.5";
        let wanted = Wanted { what: "a CRL", accept, question: None, limit: limits::CRL_BODY };
        let fetched = self.fetch(&ask.url, &wanted).await;
        let bytes = match fetched.result {
            Ok(bytes) => bytes,
            Err(missed) => return Ok((fetched.path, told(missed))),
        };
        // A long list takes a second.
        let read = tokio::task::spawn_blocking(move || {
            let issuer = ask.issuer.as_deref().map_err(Clean::clone);
            let serial = ask.serial.as_ref().and_then(octets);
            crl::read(&bytes, issuer, serial.as_deref())
        });
        let read = read
            .await
            .map_err(|_| Failure::new(FailureKind::Internal, "a CRL could not be read: a fault of this program"))?;
        Ok((fetched.path, read.map_or_else(Said::Unreadable, |crl| Said::Crl(Box::new(crl)))))
    }

    async fn ocsp(&self, ask: Ask, now: Timestamp) -> (Option<Path>, Said) {
        let issuer = match &ask.issuer {
            Ok(issuer) => issuer,
            Err(why) => return (None, Said::NotAsked(why.clone())),
        };
        let serial = match &ask.serial {
            Some(serial) => octets(serial).ok_or_else(|| "its serial number is not hexadecimal".into()),
            None => invented(),
        };
        let question = match serial.and_then(|serial| Question::new(issuer, &serial)) {
            Ok(question) => question,
            Err(why) => return (None, Said::NotAsked(why)),
        };
        let wanted = Wanted {
            what: "an answer of OCSP",
            accept: "application/ocsp-response",
            question: Some(("application/ocsp-request", question.der())),
            limit: limits::OCSP_BODY,
        };
        let fetched = self.fetch(&ask.url, &wanted).await;
        let said = match fetched.result {
            Ok(bytes) => match question.read(&bytes, issuer, now) {
                // As it should, where answers are made beforehand (RFC 5019, 2.2.3).
                Said::Refused(Refusal::Unauthorized) if ask.serial.is_none() => {
                    Said::NotAsked("it answers only about certificates that exist, and none is known here".into())
                }
                said => said,
            },
            Err(missed) => told(missed),
        };
        (fetched.path, said)
    }
}

fn told(missed: Missed) -> Said {
    match missed {
        Missed::NotAsked(why) => Said::NotAsked(why),
        Missed::Nothing(why) => Said::Nothing(why),
    }
}

/// The octets of a positive integer (X.690, 8.3); `None` for a serial number that is not hexadecimal.
fn octets(serial: &Serial) -> Option<Vec<u8>> {
    let digits = serial.digits();
    let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    let octet = |at: usize| u8::from_str_radix(even.get(at..at + 2)?, 16).ok();
    let mut bytes: Vec<u8> = (0..even.len()).step_by(2).map(octet).collect::<Option<_>>()?;
    if bytes.first().is_some_and(|first| *first > 0x7f) {
        bytes.insert(0, 0);
    }
    (!bytes.is_empty()).then_some(bytes)
}
