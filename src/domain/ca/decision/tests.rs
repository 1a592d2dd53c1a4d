//! What the tests of decisions share, and those of single steps. The model of all crashes is in `tests/decision_model`.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::{
    Clean, Failure, FailureKind, When,
    ca::{Ca, CaRequest, CaStatus, RequestStatus, RequestType, RevocationReason},
    digest::Digest,
    ids::{CaId, RequestId, UserId},
};

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);

pub fn snapshot() -> Snapshot {
    let request = CaRequest {
        id: RequestId::new("RR-0412"),
        request_type: RequestType::Revocation,
        status: RequestStatus::Pending,
        ca: CaId::new("g2eu"),
        reason: Some(RevocationReason::CessationOfOperation),
        comment: "G2 retired".into(),
        requested_by: Some(UserId::new("u-two")),
        requested_by_name: "ops-two".into(),
        requested: When::parse("2026-11-20T19:04:11Z"),
        ..CaRequest::default()
    };
    let ca = Ca {
        id: CaId::new("g2eu"),
        name: "Issuing CA G2 EU".into(),
        status: CaStatus::Active,
        pending_request: Some(RequestId::new("RR-0412")),
        ..Ca::default()
    };
    Snapshot { request: Some(request), ca, children: Some(0) }
}

pub fn intent_for(operation: Operation, shown: &Snapshot) -> Intent {
    Intent {
        id: IntentId::new(7),
        errand: Errand {
            operation,
            ca: shown.ca.id.clone(),
            request: shown.request.as_ref().map(|request| request.id.clone()),
            reason: None,
            comment: "checked with the team".into(),
        },
        ca_name: shown.ca.name.clone(),
        actor: UserId::new("u-one"),
        actor_name: "ops-one".into(),
        key_hint: "0001".into(),
        host: "one.example.com".into(),
        shown: shown.canonical(),
        snapshot: shown.digest(),
        impact: Some(Digest::of("impact")),
        body: Digest::of("{}"),
        checks: vec!["you did not make this request".into()],
        at: NOW,
    }
}

pub fn intent() -> Intent {
    intent_for(Operation::ApproveRevocation, &snapshot())
}

fn reading(snapshot: Snapshot) -> Box<Reading> {
    Box::new(Reading { snapshot, requests: Vec::new(), read_at: NOW, skew: Some(0), audit: None })
}

fn at(seconds: i64) -> Timestamp {
    NOW.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn decided(status: RequestStatus, by: &str, when: i64) -> Snapshot {
    let mut now = snapshot();
    let request = now.request.as_mut().unwrap();
    request.status = status;
    request.reviewed_by = (!by.is_empty()).then(|| UserId::new(by));
    request.reviewed_by_name = by.into();
    request.reviewed = at(when).into();
    now
}

/// A process that has come to `Send`.
fn sending() -> Process {
    let mut process = Process::new(intent());
    assert!(matches!(process.next(Event::Start, NOW), Some(Step::Keep(Record::Intent(_)))));
    assert_eq!(process.next(Event::Kept, NOW), Some(Step::ReadAgain));
    assert!(!process.is_sending());
    assert!(matches!(process.next(Event::Read(reading(snapshot())), NOW), Some(Step::Keep(Record::Sent { .. }))));
    assert_eq!(process.next(Event::Kept, NOW), Some(Step::Send));
    assert!(process.is_sending());
    process
}

fn lost() -> Outcome {
    Outcome::Lost(Failure::new(FailureKind::Network, "no answer within 30 s"))
}

fn answered(status: u16, shape: Shape) -> Outcome {
    Outcome::Answered(Answer { status, listed: matches!(status, 200 | 204), shape, said: Clean::default() })
}

/// A process after its exchange ended with `outcome`, about to look.
fn looking(outcome: Outcome) -> Process {
    let mut process = sending();
    assert!(matches!(process.next(Event::Ended(outcome), NOW), Some(Step::Keep(Record::Answered { .. }))));
    assert_eq!(process.next(Event::Kept, NOW), Some(Step::ReadBack));
    process
}

fn fate_after(outcome: Outcome, seen: Snapshot) -> Fate {
    let mut process = looking(outcome);
    process.next(Event::Read(reading(seen)), NOW);
    process.fate().clone()
}

#[test]
fn what_is_read_back_decides_whatever_the_answer_was() {
    use RequestStatus::{Approved, Cancelled, Pending, Rejected};
    let yes = || answered(204, Shape::Empty);
    let no = || answered(409, Shape::Error);
    let mine = decided(Approved, "u-one", 1);
    let others = decided(Approved, "u-two", 1);
    let name = |name: &str| By::Other(name.into());
    assert_eq!(fate_after(yes(), mine.clone()), Fate::Applied(By::Me));
    assert_eq!(fate_after(lost(), mine.clone()), Fate::Applied(By::Me));
    assert_eq!(fate_after(lost(), others.clone()), Fate::Applied(name("u-two")));
    assert_eq!(fate_after(lost(), decided(Approved, "", 1)), Fate::Applied(By::NotKnown));
    assert_eq!(fate_after(lost(), decided(Approved, "u-one", -3_600)), Fate::Applied(By::NotKnown), "before it left");
    let rejected = Fate::Decided { status: Rejected, by: name("u-two") };
    assert_eq!(fate_after(lost(), decided(Rejected, "u-two", 1)), rejected);
    assert!(matches!(fate_after(yes(), decided(Cancelled, "u-two", 1)), Fate::Conflict { open: false, .. }));
    assert!(matches!(fate_after(no(), mine), Fate::Conflict { open: false, .. }));
    let Fate::Refused { seen, .. } = fate_after(no(), others) else { panic!("it was refused") };
    assert_eq!(seen, "the request is approved by u-two at 2026-11-24 11:20:01 UTC", "D09: who and when");
    assert!(matches!(fate_after(no(), decided(Pending, "", 0)), Fate::Refused { .. }));
    assert!(matches!(fate_after(yes(), decided(RequestStatus::parse("frozen"), "", 0)), Fate::Accepted(_)));
    assert!(matches!(fate_after(lost(), decided(RequestStatus::parse("frozen"), "", 0)), Fate::Unknown(_)));
}

#[test]
fn d01_the_clock_of_the_service_may_differ_and_still_tell_that_it_was_me() {
    // The service is eight minutes behind: its time of the decision lies before ours of sending.
    let mut process = Process::new(intent());
    process.next(Event::Start, NOW);
    process.next(Event::Kept, NOW);
    let skewed = |snapshot| Box::new(Reading { skew: Some(-480), ..*reading(snapshot) });
    process.next(Event::Read(skewed(snapshot())), NOW);
    assert_eq!(process.next(Event::Kept, NOW), Some(Step::Send));
    process.next(Event::Ended(lost()), NOW);
    process.next(Event::Kept, NOW);
    process.next(Event::Read(skewed(decided(RequestStatus::Approved, "u-one", -479))), NOW);
    assert_eq!(process.fate(), &Fate::Applied(By::Me));
}

#[test]
fn d02_three_looks_over_five_minutes_allow_a_new_attempt_and_nothing_less() {
    let mut process = looking(lost());
    let (mut seconds, mut looks, mut waits) = (0, 0, Vec::new());
    let written = loop {
        looks += 1;
        match process.next(Event::Read(reading(snapshot())), at(seconds)) {
            Some(Step::Wait(wait)) => {
                assert!(!process.may_be_tried_again(), "after {looks} looks and {seconds} s");
                waits.push(wait.as_secs());
                seconds += i64::try_from(wait.as_secs()).unwrap();
                assert_eq!(process.next(Event::Woke, at(seconds)), Some(Step::ReadBack));
            }
            Some(Step::Keep(record)) => break record,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    assert_eq!((looks, seconds), (11, 303));
    let expected = Fate::StillPending { reads: 11, since: NOW, last: at(303) };
    assert_eq!(written, Record::Outcome { intent: intent().id, fate: expected, seen: Some(snapshot().digest()) });
    assert!(process.may_be_tried_again());
    assert!(matches!(process.next(Event::Kept, at(303)), Some(Step::Wait(_))), "it is looked after further");
    process.next(Event::Woke, at(363));
    process.next(Event::Read(reading(decided(RequestStatus::Approved, "u-one", 340))), at(363));
    assert_eq!(process.fate(), &Fate::Applied(By::Me), "what comes late is told");
}

/// The bounds of reads and of time, each one less, met, and one more.
#[test]
fn d02_the_bounds_of_a_new_attempt() {
    let after = |looks: &[i64]| {
        let mut process = looking(lost());
        for seconds in looks {
            process.next(Event::Woke, at(*seconds));
            process.next(Event::Read(reading(snapshot())), at(*seconds));
        }
        process.may_be_tried_again()
    };
    assert!(!after(&[0, 300]), "two reads");
    assert!(!after(&[0, 100, 299]), "a second too early");
    assert!(after(&[0, 100, 300]));
    assert!(after(&[0, 100, 301]));
    assert!(after(&[0, 1, 2, 300]));
}

#[test]
fn an_open_fate_is_looked_after_for_a_quarter_of_an_hour_and_then_at_the_next_start() {
    let mut process = looking(lost());
    let mut seconds = 0;
    let unread = || Event::NotRead(Failure::new(FailureKind::Network, "no connection"));
    while let Some(Step::Wait(wait)) = process.next(unread(), at(seconds)) {
        seconds += i64::try_from(wait.as_secs()).unwrap();
        process.next(Event::Woke, at(seconds));
    }
    assert_eq!(seconds, 903, "the first look at or after 900 s is the last");
    assert!(matches!(process.fate(), Fate::Unknown(_)));
    assert_eq!(process.next(Event::Woke, at(9_999)), None);
}

#[test]
fn d10_d13_d21_what_stops_before_anything_leaves() {
    let stopped = |edit: &dyn Fn(&mut Reading)| {
        let mut process = Process::new(intent());
        process.next(Event::Start, NOW);
        process.next(Event::Kept, NOW);
        let mut read = reading(snapshot());
        edit(&mut read);
        let step = process.next(Event::Read(read), NOW);
        assert!(matches!(step, Some(Step::Keep(Record::Outcome { .. }))), "{step:?}");
        assert_eq!(process.next(Event::Kept, NOW), Some(Step::Rest));
        process.fate().sentence().to_string()
    };
    let request = |edit: fn(&mut CaRequest)| move |read: &mut Reading| read.snapshot.request.iter_mut().for_each(edit);
    let decided = stopped(&|read| read.snapshot = decided(RequestStatus::Approved, "ops-two", -60));
    assert_eq!(decided, "nothing was sent: the request is approved by ops-two at 2026-11-24 11:19:00 UTC");
    let own = stopped(&request(|request| request.requested_by = Some(UserId::new("u-one"))));
    assert_eq!(own, "nothing was sent: you made this request");
    let nobody = stopped(&request(|request| request.requested_by = None));
    assert_eq!(nobody, "nothing was sent: the service does not say who made the request");
    let frozen = stopped(&request(|request| request.status = RequestStatus::parse("frozen")));
    assert_eq!(frozen, "nothing was sent: the request is unknown (frozen)");
    let moved = stopped(&request(|request| request.ca = CaId::new("root")));
    assert_eq!(moved, "nothing was sent: the request is about another CA now");
    let grown = stopped(&|read| read.snapshot.children = Some(1));
    assert_eq!(grown, "nothing was sent: it is not as it was shown any more");
    let skew = stopped(&|read| read.skew = Some(900));
    let both = "nothing was sent: the clock here says 11:20:00 UTC, the service 11:35:00 UTC; set the clock first";
    assert_eq!(skew, both);
    assert!(stopped(&|read| read.skew = Some(-601)).contains("set the clock first"));
    let gone = stopped(&|read| read.snapshot.request = None);
    assert_eq!(gone, "nothing was sent: the request is gone");
    let old = stopped(&|read| read.read_at = at(-6));
    assert_eq!(old, "nothing was sent: reading it again took too long; try again");
    for fine in [600, -600, 599] {
        assert_eq!(Reading { skew: Some(fine), ..*reading(snapshot()) }.stops(&intent(), NOW), None, "{fine} s");
    }
    assert_eq!(
        Reading { read_at: at(-5), ..*reading(snapshot()) }.stops(&intent(), NOW),
        None,
        "five seconds are fresh"
    );
}

#[test]
fn d15_without_its_entry_nothing_leaves() {
    let full = || Event::NotKept(Failure::new(FailureKind::Configuration, "there is no room"));
    let mut process = Process::new(intent());
    process.next(Event::Start, NOW);
    assert_eq!(process.next(full(), NOW), Some(Step::Rest));
    assert_eq!(process.fate(), &Fate::NotSent("there is no room".into()));
    let mut process = Process::new(intent());
    process.next(Event::Start, NOW);
    process.next(Event::Kept, NOW);
    process.next(Event::Read(reading(snapshot())), NOW);
    assert_eq!(process.next(full(), NOW), Some(Step::Rest));
    assert!(matches!(process.fate(), Fate::NotSent(_)));
    let mut process = sending();
    process.next(Event::Ended(answered(204, Shape::Empty)), NOW);
    assert_eq!(process.next(full(), NOW), Some(Step::ReadBack), "what has left is followed all the same");
    assert!(process.unkept().is_some());
}

#[test]
fn what_is_taken_back_before_it_leaves_does_not_leave() {
    for events in 0..3 {
        let mut process = Process::new(intent());
        process.next(Event::Start, NOW);
        let mut rest = vec![Event::Kept, Event::Read(reading(snapshot())), Event::Kept];
        let after = rest.split_off(events);
        for event in rest {
            process.next(event, NOW);
        }
        process.next(Event::Cancel, NOW);
        for event in after {
            assert_ne!(process.next(event, NOW), Some(Step::Send), "{events}");
        }
        process.next(Event::Kept, NOW);
        assert!(process.fate().sentence().contains("you took it back"), "{events} {:?}", process.fate());
    }
    let mut process = sending();
    assert_eq!(process.next(Event::Cancel, NOW), None, "too late");
}

#[test]
fn d19_accepted_and_not_visible_is_neither_done_nor_sent_again() {
    let mut process = looking(answered(204, Shape::Empty));
    let mut seconds = 0;
    while let Some(Step::Wait(wait)) = process.next(Event::Read(reading(snapshot())), at(seconds)) {
        assert!(process.fate().sentence().contains("accepted, not yet visible"));
        assert!(!process.may_be_tried_again() && !process.fate().is_done());
        seconds += i64::try_from(wait.as_secs()).unwrap();
        assert_eq!(process.next(Event::Woke, at(seconds)), Some(Step::ReadBack));
    }
    assert!(seconds > 900);
    assert!(matches!(process.fate(), Fate::Accepted(_)), "after any time");
}

#[test]
fn d20_the_audit_log_says_done_and_the_request_pending_both_are_shown() {
    let mut process = looking(lost());
    let trace = AuditTrace { actor: UserId::new("u-one"), name: "ops-one".into(), at: at(1).into() };
    let read = Box::new(Reading { audit: Some(trace.clone()), ..*reading(snapshot()) });
    assert!(matches!(process.next(Event::Read(read), NOW), Some(Step::Wait(_))));
    let told = process.fate().sentence();
    assert!(
        told.contains("the audit log says that ops-one did it") && told.contains("the request is pending"),
        "{told}"
    );
    assert!(!process.may_be_tried_again());
    process.next(Event::Woke, at(1));
    let done = Box::new(Reading { audit: Some(trace), ..*reading(decided(RequestStatus::Approved, "", 1)) });
    process.next(Event::Read(done), at(1));
    assert_eq!(process.fate(), &Fate::Applied(By::Me), "the log says who, where the record does not");
}

#[test]
fn the_requests_and_the_switch_are_told_from_the_record() {
    let shown = Snapshot { request: None, ..snapshot() };
    let ask = intent_for(Operation::RequestRevocation, &shown);
    let opened = |by: &str, when: i64| Reading {
        requests: vec![CaRequest {
            requested_by: Some(UserId::new(by)),
            requested_by_name: by.into(),
            requested: at(when).into(),
            status: RequestStatus::Pending,
            ..CaRequest::default()
        }],
        ..*reading(shown.clone())
    };
    assert_eq!(opened("u-one", 1).sight(&ask, NOW, Some(0)), Sight::Done(By::Me));
    assert_eq!(opened("ops-two", 1).sight(&ask, NOW, Some(0)), Sight::Done(By::Other("ops-two".into())));
    assert_eq!(opened("u-one", -7_200).sight(&ask, NOW, Some(0)), Sight::Waiting);
    assert!(opened("u-two", -7_200).stops(&ask, NOW).is_some(), "one open request a CA");
    let off = intent_for(Operation::Disable, &shown);
    let with = |status: CaStatus| *reading(Snapshot { ca: Ca { status, ..shown.ca.clone() }, ..shown.clone() });
    assert_eq!(with(CaStatus::Disabled).sight(&off, NOW, None), Sight::Done(By::NotKnown));
    assert_eq!(with(CaStatus::Active).sight(&off, NOW, None), Sight::Waiting);
    assert!(matches!(with(CaStatus::Revoked).sight(&off, NOW, None), Sight::Unclear(_)));
}

#[test]
fn an_event_that_is_not_due_changes_nothing_and_sends_nothing() {
    let all = || {
        [
            Event::Start,
            Event::Kept,
            Event::Read(reading(snapshot())),
            Event::NotRead(Failure::new(FailureKind::Network, "x")),
            Event::Ended(lost()),
            Event::Woke,
            Event::Cancel,
        ]
    };
    // Every sequence of six events: the request leaves once at most.
    let mut open = vec![(Process::new(intent()), 0_u32)];
    for _ in 0..6 {
        let mut next = Vec::new();
        for (process, sends) in open {
            for event in all() {
                let mut process = process.clone();
                let before = format!("{process:?}");
                let cancel = matches!(event, Event::Cancel);
                let step = process.next(event, NOW);
                let sends = sends + u32::from(step == Some(Step::Send));
                assert!(sends <= 1);
                if step.is_none() && !cancel {
                    assert_eq!(format!("{process:?}"), before);
                    continue;
                }
                next.push((process, sends));
            }
        }
        open = next;
    }
    assert!(open.iter().any(|(_, sends)| *sends == 1), "some of them come to send");
}
