//! How the page looks at each step.

use std::fmt::Write as _;

use certdeck::{
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            CaStatus, RequestStatus,
            decision::{Answer, Event, Intent, IntentId, Outcome, Process, Reading, Shape},
        },
        digest::Digest,
        ids::UserId,
    },
    flow::{CallKey, Reply, review::Sending},
};

use super::desk::{self, asked, ca, fill, opened, pass, reading, request};
use crate::support::{dump, stage::Stage};

/// A stage of a size, at a step of the page.
type Scene = fn((u16, u16)) -> Stage;

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (60, 16)];

fn filled(size: (u16, u16)) -> Stage {
    let mut stage = opened(size);
    fill(&mut stage);
    pass(&mut stage, 2);
    stage
}

fn counting(size: (u16, u16)) -> Stage {
    let mut stage = filled(size);
    stage.keys("Enter");
    pass(&mut stage, 3);
    stage
}

fn handed(size: (u16, u16)) -> (Stage, CallKey, Sending) {
    let mut stage = counting(size);
    pass(&mut stage, 8);
    let (key, sending) = desk::sendings(&stage).pop().expect("it was sent");
    (stage, key, sending)
}

/// The way of an intent that is answered with 204 and read back.
fn process(sending: &Sending) -> Process {
    let snapshot = &sending.shown.snapshot;
    let at = sending.shown.read_at;
    let mut process = Process::new(Intent {
        id: IntentId::new(7),
        errand: sending.errand.clone(),
        ca_name: snapshot.ca.name.clone(),
        actor: sending.actor.id.clone(),
        actor_name: sending.actor.name.clone(),
        key_hint: "0001".into(),
        host: "one.example.com".into(),
        shown: snapshot.canonical(),
        snapshot: snapshot.digest(),
        impact: sending.impact.clone(),
        body: Digest::of("{}"),
        checks: Vec::new(),
        at,
    });
    let mut after = snapshot.clone();
    after.ca.status = CaStatus::Revoked;
    if let Some(request) = &mut after.request {
        request.status = RequestStatus::Approved;
        request.reviewed_by = Some(UserId::new("ops-one"));
        request.reviewed = at.into();
    }
    let answer = Answer { status: 204, listed: true, shape: Shape::Empty, said: Clean::default() };
    let back = Reading { snapshot: after, ..sending.shown.clone() };
    let steps = [
        Event::Start,
        Event::Kept,
        Event::Read(Box::new(sending.shown.clone())),
        Event::Kept,
        Event::Ended(Outcome::Answered(answer)),
        Event::Kept,
        Event::Read(Box::new(back)),
        Event::Kept,
    ];
    for step in steps {
        process.next(step, at);
    }
    process
}

fn done(size: (u16, u16)) -> Stage {
    let (mut stage, key, sending) = handed(size);
    stage.answer(key, Ok(Reply::Sent(Box::new(process(&sending)))));
    stage
}

fn refused(size: (u16, u16)) -> Stage {
    let (mut stage, key, _) = handed(size);
    let failure = Failure::new(FailureKind::Refused, "another certdeck writes at the moment").hint("try again later");
    stage.answer(key, Err(failure));
    stage
}

/// The request was edited after it was opened.
fn changed(size: (u16, u16)) -> Stage {
    let mut stage = filled(size);
    pass(&mut stage, 31);
    let mut edited = request("RR-0412").expect("a request");
    edited.comment = "another comment".into();
    let now = stage.now;
    stage.answer(CallKey::Look, Ok(desk::looked(reading(ca("g2-eu"), Some(edited), now))));
    stage
}

/// A change that decides no request.
fn disabling(size: (u16, u16)) -> Stage {
    let mut stage = desk::ready(size);
    stage.keys("3 f j j j x {disable} Enter");
    let at = stage.now;
    stage.answer(CallKey::Look, Ok(desk::looked(reading(ca("g2-eu"), None, at))));
    stage.answer(CallKey::Survey, Ok(Reply::Surveyed(Box::new(desk::impact("g2-eu", at)))));
    stage
}

#[test]
fn the_page_at_every_step_and_size() {
    let scenes: [(&str, Scene); 8] = [
        ("reading", asked),
        ("opened", opened),
        ("filled", filled),
        ("countdown", counting),
        ("done", done),
        ("refused", refused),
        ("changed", changed),
        ("disabling", disabling),
    ];
    for (scene, set) in scenes {
        let mut frames = String::new();
        for size in SIZES {
            let frame = set(size).frame();
            let shown = if scene == "opened" { dump::styled(&frame) } else { dump::text(&frame) };
            let _ = write!(frames, "=== {}x{}\n{shown}", size.0, size.1);
        }
        insta::assert_snapshot!(format!("review_{scene}"), frames);
    }
}

/// Everything that counts stands on the smallest screen that is promised, without a key.
#[test]
fn the_whole_page_is_seen_on_80_columns_and_24_rows() {
    for set in [opened, filled] {
        let text = set((80, 24)).text();
        for words in ["RR-0412", desk::CA, "5F1C 88D0", "ops-two", "EU issuing moved", "4,118", "CHECKS", "[ Cancel ]"]
        {
            assert!(text.contains(words), "{words:?} is not there:\n{text}");
        }
        assert!(!text.contains("more below"), "{text}");
    }
    let text = opened((60, 16)).text();
    assert!(text.contains("more below: PgDn"), "{text}");
}

/// The list of changes says why one cannot be done, and which CA it is about.
#[test]
fn changes_that_cannot_be_done_say_why() {
    let mut frames = String::new();
    for (size, keys) in [((120, 40), "A x"), ((80, 24), "3 f j j j x"), ((80, 24), "A j x {request_the_rev}")] {
        let mut stage = desk::ready(size);
        stage.keys(keys);
        let _ = write!(frames, "=== {}x{}, {keys}\n{}", size.0, size.1, dump::text(&stage.frame()));
    }
    let mut stage = desk::ready((80, 24));
    stage.keys("3 f j j j j j j x {request_the_rev} Enter");
    let _ = write!(frames, "=== 80x24, reasons\n{}", dump::text(&stage.frame()));
    insta::assert_snapshot!("changes", frames);
}
