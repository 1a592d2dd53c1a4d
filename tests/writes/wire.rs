//! Family D of the faults over real sockets: the simulator misbehaves, and what it has received is counted.

use certdeck::{
    domain::{
        FailureKind,
        ca::{
            RequestStatus,
            checks::{Check, Mark, Rule},
            decision::{By, Fate, Operation, Process},
        },
        ids::{CaId, RequestId, UserId},
    },
    simulator::{ApprovalAnswer, ApprovalPath, Fault, FaultPlan, Options, Rule as FaultRule, Simulator},
    store::{Place, Store},
    writes::{Decision, Point, Writer},
};

use tokio_util::sync::CancellationToken;

use super::rig::{OWN, REQUEST, Rig, START, context, passed, revoke, route, store};

fn html(status: u16) -> Fault {
    Fault::Html { status, bytes: 4_000 }
}

fn body(status: u16, content_type: &str, text: &str) -> Fault {
    Fault::Body { status, content_type: content_type.into(), text: text.into() }
}

/// A request whose answer goes wrong after the work was done, and before it: what is read back decides, and nothing is
/// sent again.
async fn both(fault: Fault) {
    let rig = Rig::new();
    rig.wrong(fault.clone(), true);
    let process = rig.approve().await;
    assert_eq!(process.fate(), &Fate::Applied(By::Me), "{fault:?}");
    assert_eq!((rig.writes().len(), rig.status(REQUEST)), (1, RequestStatus::Approved), "{fault:?}");
    assert_eq!(rig.written().await, Some(Fate::Applied(By::Me)));
    let rig = Rig::new();
    rig.wrong(fault.clone(), false);
    let process = rig.approve().await;
    let Fate::StillPending { reads, since, last } = process.fate() else { panic!("{fault:?}: {:?}", process.fate()) };
    assert!(*reads >= 3 && last.duration_since(*since).as_secs() >= 300);
    assert_eq!((rig.writes().len(), rig.status(REQUEST)), (1, RequestStatus::Pending), "{fault:?}");
    assert!(process.may_be_tried_again());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_goes_out_once_and_is_read_back() {
    let rig = Rig::new();
    let process = rig.approve().await;
    assert_eq!(process.fate(), &Fate::Applied(By::Me));
    let writes = rig.writes();
    assert_eq!(writes.len(), 1);
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let path = format!("/certificate-authority/api/v1/ca/{}/revocation-request/{REQUEST}/approve", errand.ca);
    assert_eq!((writes[0].method.as_str(), writes[0].path.as_str()), ("PUT", path.as_str()));
    assert_eq!(writes[0].header("content-type"), Some("application/json"));
    assert_eq!(writes[0].header("connection"), Some("close"));
    assert_eq!(writes[0].header("content-length"), Some(writes[0].body.len().to_string().as_str()));
    let intent = process.intent();
    assert_eq!(String::from_utf8(writes[0].body.clone()).unwrap(), rig.client.prepare(&intent.errand).unwrap().body);
    let entries = store(rig.folder.path()).entries(0, 99).await.unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["intent", "sent", "answer", "outcome"]);
    for entry in entries {
        assert!(!entry.body.contains("not-a-secret"), "no key: {}", entry.body);
    }
    assert_eq!(intent.key_hint.as_str(), "0001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_carried_out_and_read_back() {
    for (request, operation, status) in [
        (REQUEST, Operation::RejectRevocation, RequestStatus::Rejected),
        ("RI-0031", Operation::ApproveReinstatement, RequestStatus::Approved),
        ("RI-0031", Operation::RejectReinstatement, RequestStatus::Rejected),
    ] {
        let rig = Rig::new();
        let kind = operation.decides().unwrap();
        let ca = asked(&rig, request).await;
        let mut errand = revoke(ca);
        (errand.operation, errand.request, errand.reason) = (operation, Some(RequestId::new(request)), None);
        let (intent, shown) = rig.intent(&errand).await;
        assert_eq!(shown.snapshot.request.unwrap().request_type, kind);
        assert_eq!(rig.send(intent).await.unwrap().fate(), &Fate::Applied(By::Me), "{operation:?}");
        assert_eq!((rig.writes().len(), rig.status(request)), (1, status), "{operation:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_opened_and_a_ca_is_switched() {
    let rig = Rig::new();
    let cas = rig.client.cas(&mut certdeck::client::Silent).await.unwrap();
    let active = cas.rows.iter().find(|ca| ca.status.as_str() == "active" && ca.pending_request.is_none()).unwrap();
    let mut errand = revoke(active.id.clone());
    let (intent, _) = rig.intent(&errand).await;
    assert_eq!(rig.send(intent).await.unwrap().fate(), &Fate::Applied(By::Me));
    let stopped = {
        let shown = rig.client.look(&errand).await.unwrap();
        let actor = rig.me().await;
        let decision = Decision { errand: &errand, shown: &shown, impact: None, actor: &actor, checks: &passed() };
        let intent = rig.writer().intent(decision).unwrap().0;
        rig.send(intent).await.unwrap()
    };
    assert!(stopped.fate().sentence().contains("has an open request already"), "{:?}", stopped.fate());
    assert_eq!(rig.writes().len(), 1);
    for operation in [Operation::Disable, Operation::Enable] {
        errand.operation = operation;
        let (intent, _) = rig.intent(&errand).await;
        let process = rig.send(intent).await.unwrap();
        assert_eq!(process.fate(), &Fate::Applied(By::Me), "the audit log says who: {operation:?}");
    }
    assert_eq!(rig.writes().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_that_the_path_may_have_is_reached_by_the_table() {
    let forms = [
        (ApprovalPath::PutCa, "PUT", "/ca/{id}/revocation-request/approve"),
        (ApprovalPath::PostRequest, "POST", "/ca/{id}/revocation-request/{request_id}/approve"),
        (ApprovalPath::PostApproval, "POST", "/ca/{id}/revocation-approval"),
        (ApprovalPath::PutGlobal, "PUT", "/revocation-request/{request_id}/approve"),
        (ApprovalPath::PutVerbFirst, "PUT", "/ca/{id}/revocation-request/approve/{request_id}"),
    ];
    for (form, method, path) in forms {
        for answer in [ApprovalAnswer::NoContent, ApprovalAnswer::Record] {
            let rig = Rig::with(
                |switches| (switches.approval_path, switches.approval_answer) = (form, answer),
                |one| drop(one.paths.insert("approve_revocation".into(), route(method, path, &[200, 204]))),
            );
            assert_eq!(rig.approve().await.fate(), &Fate::Applied(By::Me), "{form:?} {answer:?}");
            assert_eq!(rig.writes().len(), 1);
        }
    }
    // A form that this service does not have: a no of its own, and nothing has changed.
    let rig = Rig::with(|switches| switches.approval_path = ApprovalPath::PutGlobal, |_| {});
    assert!(matches!(rig.approve().await.fate(), Fate::Refused { .. }));
    assert_eq!((rig.writes().len(), rig.status(REQUEST)), (1, RequestStatus::Pending));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d01_d02_a_silence_is_unknown_until_it_is_read_what_became_of_it() {
    both(Fault::Silence).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d03_a_refused_connection_has_sent_nothing_and_may_be_tried_again() {
    let rig = std::sync::Arc::new(Rig::new());
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    let own = rig.clone();
    rig.act(move |point| {
        if point == Point::SentKept {
            own.stop();
        }
        Box::pin(std::future::ready(()))
    });
    let process = rig.send(intent).await.unwrap();
    let Fate::NotSent(why) = process.fate() else { panic!("{:?}", process.fate()) };
    assert!(why.contains("refused the connection"), "{why}");
    assert!(process.may_be_tried_again());
    assert_eq!(rig.writes().len(), 0);
    assert!(matches!(rig.written().await, Some(Fate::NotSent(_))));
    assert_eq!(rig.writer().claim().await.unwrap().open().count(), 0, "no lock");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d04_a_reset_after_the_request_is_unknown_and_is_read() {
    both(Fault::ResetEarly).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d05_the_error_of_a_gateway_is_unknown_and_is_read() {
    both(html(502)).await;
    both(html(504)).await;
    both(Fault::Status { status: 503, retry_after: None }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d06_html_with_200_is_unknown_and_is_read() {
    both(html(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d07_an_empty_200_or_a_202_is_unknown_and_is_read() {
    both(body(200, "application/json", "")).await;
    both(body(202, "application/json", "")).await;
    both(body(200, "application/json", "{\"id\":\"another\"}")).await;
    both(body(409, "text/plain", "no")).await;
    // This fault lets the service work, and cuts the record that it answers with.
    let rig = Rig::with(|switches| switches.approval_answer = ApprovalAnswer::Record, |_| {});
    rig.wrong(Fault::CutBody, true);
    assert_eq!(rig.approve().await.fate(), &Fate::Applied(By::Me));
    assert_eq!(rig.writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d08_a_redirect_is_not_followed() {
    let elsewhere = Simulator::spawn(Options::default()).unwrap();
    for status in [302, 307, 308] {
        both(Fault::Redirect { status, to: format!("{}/approve", elsewhere.urls().one) }).await;
    }
    assert_eq!(elsewhere.control().requests(), [], "neither the key nor the request went there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d09_a_refusal_shows_who_decided_and_when() {
    for (approve, word) in [(true, "approved"), (false, "rejected")] {
        let rig = Rig::new();
        rig.at(Point::SentKept, move |control| assert!(control.decide_request(REQUEST, approve, "ops-07")));
        let process = rig.approve().await;
        let Fate::Refused { said, seen } = process.fate() else { panic!("{:?}", process.fate()) };
        assert!(said.contains("409") && said.contains(word), "{said}");
        assert_eq!(seen.as_str(), format!("the request is {word} by ops-07 at 2026-11-21 14:02:31 UTC"));
        assert_eq!(rig.writes().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d10_what_another_decided_meanwhile_is_not_sent() {
    let rig = Rig::new();
    rig.at(Point::IntentKept, |control| assert!(control.approve_request(REQUEST, "ops-07")));
    let process = rig.approve().await;
    let told = process.fate().sentence();
    assert!(told.contains("the request is approved by ops-07"), "{told}");
    assert_eq!(rig.writes().len(), 0);
    assert!(matches!(rig.written().await, Some(Fate::Stopped { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d12_what_was_edited_meanwhile_is_not_sent_and_the_difference_is_named() {
    let rig = Rig::new();
    rig.at(Point::IntentKept, |control| assert!(control.edit_request(REQUEST, "key_compromise", "stolen")));
    let process = rig.approve().await;
    let Fate::Stopped { changed, .. } = process.fate() else { panic!("{:?}", process.fate()) };
    let names: Vec<&str> = changed.iter().map(|difference| difference.member.as_str()).collect();
    assert_eq!(names, ["request.comment", "request.reason"]);
    assert_eq!((changed[1].was.as_str(), changed[1].is.as_str()), ("cessation_of_operation", "key_compromise"));
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_an_own_request_is_not_sent_whatever_was_checked() {
    let rig = Rig::new();
    let errand = rig.errand(OWN, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    let process = rig.send(intent).await.unwrap();
    assert!(process.fate().sentence().contains("you made this request"));
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_two_instances_and_a_journal_that_cannot_be_written_send_nothing() {
    let rig = Rig::new();
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    let other = store(rig.folder.path());
    other.claim_writes().await.unwrap();
    let why = rig.send(intent.clone()).await.unwrap_err();
    assert_eq!(why.title, "another certdeck may send changes, so this one only reads");
    let homeless = Store::open(Place::NoHome, std::sync::Arc::new(|| START));
    let writer = Writer::new(rig.client.clone(), homeless, context(), rig.around.clone());
    let why = writer.send(intent, &CancellationToken::new(), &mut |_| {}).await.unwrap_err();
    assert!(why.title.contains("nothing is sent"), "{why}");
    assert_eq!(rig.writes().len(), 0);
    // The journal goes away between the claim and the intent: the intent is not on the disk, so nothing leaves.
    let rig = Rig::new();
    let (intent, _) = rig.intent(&rig.errand(REQUEST, Operation::ApproveRevocation).await).await;
    let file = rig.folder.path().join("journal.db");
    rig.at(Point::Begun, move |_| {
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
    });
    let process = rig.send(intent).await.unwrap();
    assert!(matches!(process.fate(), Fate::NotSent(_)), "{:?}", process.fate());
    assert!(process.unkept().is_some());
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_intents_for_one_ca_at_once_are_one() {
    let rig = Rig::new();
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (one, two) = (rig.intent(&errand).await.0, rig.intent(&errand).await.0);
    let (writer, cancel) = (rig.writer(), CancellationToken::new());
    let other = writer.clone();
    let (mut told, mut heard) = (|_: &Process| {}, |_: &Process| {});
    let both = futures_util::future::join(writer.send(one, &cancel, &mut told), other.send(two, &cancel, &mut heard));
    let (first, second) = both.await;
    assert_eq!(first.unwrap().fate(), &Fate::Applied(By::Me));
    assert_eq!(second.unwrap_err().title, "another change of this CA is on its way: nothing is sent");
    assert_eq!(rig.writes().len(), 1);
    // What was taken back before it left does not leave.
    let rig = Rig::new();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let intent = rig.intent(&rig.errand(REQUEST, Operation::ApproveRevocation).await).await.0;
    let process = rig.writer().send(intent, &cancel, &mut |_| {}).await.unwrap();
    assert!(process.fate().sentence().contains("you took it back"), "{:?}", process.fate());
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d19_accepted_but_pending_is_said_so_and_not_sent_again() {
    let rig = Rig::new();
    rig.wrong(body(204, "application/json", ""), false);
    let process = rig.approve().await;
    assert_eq!(process.fate().sentence(), "accepted, not yet visible; it is looked for, nothing is sent again");
    let again = rig.send(process.intent().clone()).await.unwrap_err();
    assert_eq!(again.kind, FailureKind::Refused);
    assert!(again.title.contains("is locked here"), "{again}");
    assert_eq!(rig.writes().len(), 1);
    // The service shows it at last: the next start tells.
    rig.control.set_faults(FaultPlan::default());
    rig.control.decide_request(REQUEST, true, "ops-one");
    assert_eq!(rig.restart().await, [Fate::Applied(By::Me)]);
    assert_eq!(rig.writer().claim().await.unwrap().open().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d20_the_audit_log_and_the_record_contradict_each_other_and_both_are_told() {
    let rig = Rig::new();
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    let path = format!("/certificate-authority/api/v1/ca/{}/revocation-request/{REQUEST}", errand.ca);
    let record = format!(r#"{{"id":"{REQUEST}","type":"revocation","status":"pending"}}"#);
    rig.at(Point::Answered, move |control| {
        let stale = FaultRule::new(&path, body(200, "application/json", &record)).method("GET");
        control.set_faults(FaultPlan { rules: vec![stale] });
    });
    let process = rig.send(intent).await.unwrap();
    let Fate::Conflict { told, seen, open } = process.fate() else { panic!("{:?}", process.fate()) };
    assert_eq!(told, "the audit log says that ops-one did it at 14:02:31 UTC");
    assert_eq!(seen, "the request is pending");
    assert!(*open && !process.may_be_tried_again());
    assert_eq!(rig.writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d21_a_clock_that_is_a_quarter_of_an_hour_off_sends_nothing() {
    let rig = Rig::new();
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let (intent, _) = rig.intent(&errand).await;
    rig.control.set_faults(FaultPlan::always("/", Fault::Skew { seconds: 900 }));
    let process = rig.send(intent).await.unwrap();
    let told = process.fate().sentence();
    assert!(told.contains("the clock here says 14:02:31 UTC, the service 14:17:31 UTC"), "{told}");
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d22_a_check_that_fails_has_no_way_to_a_request() {
    let rig = Rig::new();
    let errand = rig.errand(REQUEST, Operation::ApproveRevocation).await;
    let shown = rig.client.look(&errand).await.unwrap();
    let actor = rig.me().await;
    let why = "prod, production; read-only: the configuration says so";
    let failed = vec![Check { rule: Rule::Place, mark: Mark::Fail, text: why.into() }];
    for checks in [failed, Vec::new()] {
        let decision = Decision { errand: &errand, shown: &shown, impact: None, actor: &actor, checks: &checks };
        assert_eq!(rig.writer().intent(decision).unwrap_err().kind, FailureKind::Refused);
    }
    let nobody = certdeck::domain::identity::OneUser { id: UserId::default(), ..actor };
    let decision = Decision { errand: &errand, shown: &shown, impact: None, actor: &nobody, checks: &passed() };
    assert!(rig.writer().intent(decision).unwrap_err().title.contains("who you are"));
    assert_eq!(rig.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_g14_a_refused_key_or_a_limit_is_told_and_tried_once() {
    for (status, kind) in [(401, "401"), (403, "403"), (429, "429"), (404, "404")] {
        let rig = Rig::new();
        rig.wrong(Fault::Status { status, retry_after: None }, false);
        let process = rig.approve().await;
        let Fate::Refused { said, .. } = process.fate() else { panic!("{status}: {:?}", process.fate()) };
        assert!(said.contains(kind), "{said}");
        assert_eq!(rig.writes().len(), 1, "{status}");
    }
}

/// The CA that a request is about.
async fn asked(rig: &Rig, request: &str) -> CaId {
    let cas = rig.client.cas(&mut certdeck::client::Silent).await.unwrap();
    let waits = |ca: &&certdeck::domain::ca::Ca| ca.pending_request.as_ref().is_some_and(|id| id.as_str() == request);
    cas.rows.iter().find(waits).expect("a CA that waits for a decision").id.clone()
}
