//! Who asked, who decides, in which state the request is, and how the key is shown: each cell has one answer.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use certdeck::{
    client::{
        Client, OneAuth, OneSettings, Settings, Silent,
        transport::{Response, script::Script},
    },
    config::ClientCertificate,
    domain::{
        Clean, Failure,
        ca::{
            checks::{Check, Facts, Mark, Rule, Writing},
            decision::{By, Errand, Fate, Operation},
            impact::Impact,
            names::Names,
        },
        ids::{CaId, RequestId},
    },
    store::{Place, Store},
    writes::{Decision, System, Writer, survey},
};
use jiff::SignedDuration;
use rcgen::{CertificateParams, KeyPair};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::rig::{START, context};

const NAME: &str = "Northwind Issuing 1";
const COMMENT: &str = "checked with the team";

/// Who made the request, as the service tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Me,
    Other,
    /// A name without an id, which is nobody that could be compared.
    Unknown,
    Absent,
}

impl Asker {
    const ALL: [Self; 4] = [Self::Me, Self::Other, Self::Unknown, Self::Absent];

    const fn member(self) -> &'static str {
        match self {
            Self::Me => r#","requested_by":{"id":"u-me","name":"ops-one"}"#,
            Self::Other => r#","requested_by":{"id":"u-two","name":"ops-two"}"#,
            Self::Unknown => r#","requested_by":{"name":"ops-two"}"#,
            Self::Absent => "",
        }
    }
}

/// A cell.
#[derive(Debug, Clone, Copy)]
struct Cell {
    asker: Asker,
    /// The service says who the key belongs to.
    known: bool,
    status: &'static str,
    /// A client certificate in place of a key.
    certificate: bool,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A check fails, and why.
    Refused(String),
    /// It was stopped at the last look, and why.
    Stopped(String),
    /// It was sent, and read back.
    Done,
}

/// A service with one CA and one request; how often something was changed.
fn service(cell: Cell) -> (Script, Arc<AtomicUsize>) {
    let changes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&changes);
    let script = Script::new(move |request| {
        let (path, ca) = (request.url.path(), r#"{"id":"c1","name":"Northwind Issuing 1","status":"active"}"#);
        if request.method.as_str() != "GET" {
            counted.fetch_add(1, Ordering::SeqCst);
            return Ok(Response::of(204, &[], []));
        }
        let is_done = counted.load(Ordering::SeqCst) > 0;
        Ok(if path.ends_with("/user/me") {
            let id = if cell.known { "u-me" } else { "" };
            Response::json(200, format!(r#"{{"id":"{id}","friendly_name":"ops-one","applications":[]}}"#))
        } else if path.ends_with("/revocation-request/RR-1") {
            let reviewed = r#","reviewed_by":{"id":"u-me"},"reviewed_date":"2026-11-21T14:02:31Z""#;
            let (status, reviewed) = if is_done { ("approved", reviewed) } else { (cell.status, "") };
            let asked = cell.asker.member();
            Response::json(
                200,
                format!(
                    r#"{{"id":"RR-1","type":"revocation","status":"{status}","ca_id":"c1","comment":"replaced"{asked}{reviewed}}}"#
                ),
            )
        } else if path.ends_with("/ca/c1") {
            Response::json(200, ca)
        } else if path.ends_with("/ca") {
            Response::json(200, format!("[{ca}]"))
        } else {
            Response::json(404, r#"{"error":{"code":"not_found","message":"no such thing"}}"#)
        })
    });
    (script, changes)
}

/// A certificate of this test and its key.
fn certificate(folder: &Path) -> ClientCertificate {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["ops-one.example.com".to_owned()]).unwrap().self_signed(&key).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    };
    ClientCertificate::read(&write("client.pem", made.pem()), &write("client.key", key.serialize_pem())).unwrap()
}

/// Approves the request from the first look to the end.
async fn approve(cell: Cell, folder: &Path) -> (End, usize) {
    let (script, changes) = service(cell);
    let mut one = OneSettings::new(SecretString::from("not-a-secret-0123"));
    if cell.certificate {
        one.auth = OneAuth::Certificate(certificate(folder));
    }
    let settings = Settings { one: Some(one), ..Settings::default() };
    let client = Client::with_transport(settings, Arc::new(script), Arc::new(|| START));
    let clock: certdeck::store::Clock = Arc::new(|| START);
    let store = Store::open(Place::Memory, Arc::clone(&clock));
    let writer = Writer::new(client.clone(), store, context(), Arc::new(System::new(clock)));
    let end = match decide(&client, &writer).await {
        Err(why) => End::Refused(why.to_string()),
        Ok(Fate::Stopped { why, .. }) => End::Stopped(why.to_string()),
        Ok(Fate::Applied(By::Me)) => End::Done,
        Ok(other) => panic!("{cell:?}: {other:?}"),
    };
    (end, changes.load(Ordering::SeqCst))
}

async fn decide(client: &Client, writer: &Writer) -> Result<Fate, Failure> {
    let actor = client.one_me().await?;
    let errand = Errand {
        operation: Operation::ApproveRevocation,
        ca: CaId::new("c1"),
        request: Some(RequestId::new("RR-1")),
        reason: None,
        comment: COMMENT.into(),
    };
    let names = Names::of(&client.cas(&mut Silent).await?.rows);
    let impact = survey(client, &errand.ca, START).await?;
    let shown = client.look(&errand).await?;
    let facts = Facts {
        operation: errand.operation,
        now: START,
        actor: Some(&actor.id),
        place: "test".into(),
        writing: Writing::On,
        ca: &shown.snapshot.ca,
        request: shown.snapshot.request.as_ref(),
        read_at: shown.read_at,
        unchanged: true,
        impact: Some(&impact),
        permissions: Some(&actor.permissions),
        typed: NAME,
        names: &names,
        comment: COMMENT,
        comment_min: 10,
        age_max: SignedDuration::from_mins(1),
    };
    let checks = facts.checks();
    let failed = |check: &&Check| check.mark == Mark::Fail && check.rule != Rule::OtherPerson;
    assert_eq!(checks.iter().find(failed), None, "the rest of the scene is sound");
    let digest = Impact::digest(&impact);
    let decision = Decision { errand: &errand, shown: &shown, impact: Some(&digest), actor: &actor, checks: &checks };
    let (intent, _) = writer.intent(decision)?;
    let process = writer.send(intent, &CancellationToken::new(), &mut |_| {}).await?;
    Ok(process.fate().clone())
}

#[tokio::test]
async fn d13_each_asker_identity_state_and_kind_of_key_has_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut done = 0;
    for asker in Asker::ALL {
        for known in [true, false] {
            for status in ["pending", "frozen"] {
                for certificate in [false, true] {
                    let cell = Cell { asker, known, status, certificate };
                    let (end, changes) = approve(cell, folder.path()).await;
                    let failed = |why: &str| {
                        let title = "approve the revocation: a check fails, so nothing is sent";
                        End::Refused(
                            Failure::new(certdeck::domain::FailureKind::Refused, title)
                                .detail(Clean::new(why))
                                .to_string(),
                        )
                    };
                    let expected = match (known, asker, status) {
                        (false, ..) => failed("it is not known who you are, so it is not known who made the request"),
                        (true, Asker::Me, _) => failed("you made this request: a second person approves it"),
                        (true, Asker::Unknown | Asker::Absent, _) => {
                            failed("the service does not say who made the request")
                        }
                        (true, Asker::Other, "pending") => End::Done,
                        (true, Asker::Other, _) => End::Stopped("the request is unknown (frozen)".into()),
                    };
                    assert_eq!(changes, usize::from(end == End::Done), "{cell:?}");
                    done += changes;
                    assert_eq!(end, expected, "{cell:?}");
                }
            }
        }
    }
    assert_eq!(done, 2, "of 32 cells the one with another person, a known one and a request that waits, by both keys");
}
