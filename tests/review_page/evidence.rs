//! How the evidence page looks, and what it says of a journal that is not as it was written.

use std::fmt::Write as _;

use certdeck::{
    domain::{
        Failure, FailureKind,
        ca::decision::{By, Class, Errand, Fate, Intent, IntentId, Operation, Trail},
        digest::Digest,
        ids::UserId,
    },
    flow::{CallKey, Reply, journal::Deeds},
};
use jiff::SignedDuration;

use super::desk::{self, COMMENT, ca, reading, request};
use crate::support::{dump, stage::Stage};

/// A change of one of the CAs of the sample, so many minutes ago.
fn trail(number: u128, id: &str, minutes: i64, outcome: Option<Fate>, stage: &Stage) -> Trail {
    let at = stage.now - SignedDuration::from_mins(minutes);
    let shown = reading(ca(id), request("RR-0412"), at).snapshot;
    let mut errand = Errand {
        operation: Operation::ApproveRevocation,
        ca: shown.ca.id.clone(),
        request: shown.request.as_ref().map(|request| request.id.clone()),
        reason: None,
        comment: COMMENT.into(),
    };
    if number > 1 {
        errand.operation = Operation::Disable;
        errand.request = None;
    }
    let intent = Intent {
        id: IntentId::new(number),
        errand,
        ca_name: shown.ca.name.clone(),
        actor: UserId::new("ops-one"),
        actor_name: "Robin Adler".into(),
        key_hint: "0001".into(),
        host: "one.example.com".into(),
        shown: shown.canonical(),
        snapshot: shown.digest(),
        impact: Some(Digest::of("impact")),
        body: Digest::of("{}"),
        checks: vec!["ops-two made this request, not you".into(), "the name is typed".into()],
        at,
    };
    let answer = outcome.is_some().then(|| (Class::Ok, "204".into()));
    Trail { intent, sent: Some((at, Some(0))), answer, outcome }
}

/// The page, with what the journal told.
fn page(size: (u16, u16), told: impl FnOnce(&Stage) -> Result<Deeds, Failure>) -> Stage {
    let mut stage = desk::ready(size);
    stage.keys("3 E");
    let told = told(&stage).map(|deeds| Reply::Deeds(Box::new(deeds)));
    stage.answer(CallKey::Deeds, told);
    stage
}

fn some(stage: &Stage) -> Deeds {
    let done = Some(Fate::Applied(By::Me));
    let trails = vec![trail(3, "dev-3", 5, None, stage), trail(1, "g2-eu", 61, done, stage)];
    Deeds { trails, reports: Vec::new(), unreadable: 0, sound: 1_204, broken: None }
}

#[test]
fn the_page_at_every_size() {
    let mut frames = String::new();
    for size in [(120, 40), (80, 24), (60, 16)] {
        let mut stage = page(size, |stage| Ok(some(stage)));
        stage.keys("j");
        let _ = write!(frames, "=== {}x{}\n{}", size.0, size.1, dump::text(&stage.frame()));
    }
    insta::assert_snapshot!("evidence", frames);
}

#[test]
fn s08_a_journal_that_is_not_as_it_was_written_is_told_with_its_entry() {
    let broken = |stage: &Stage| Ok(Deeds { sound: 6, broken: Some(7), unreadable: 1, ..some(stage) });
    let text = page((120, 40), broken).text();
    assert!(text.contains("The journal is broken: entry 7") && text.contains("6 entries before it"), "{text}");
    assert!(text.contains("1 entry cannot be read here: use the newest certdeck"), "{text}");
    // What is there is shown all the same, and what is open says so.
    assert!(text.contains("verified") && text.contains("not known whether it was carried out"), "{text}");
    let failure = Failure::new(FailureKind::Configuration, "the journal cannot be read").hint("see certdeck doctor");
    let text = page((80, 24), |_| Err(failure)).text();
    assert!(text.contains("! the journal cannot be read"), "{text}");
}

/// Names that are hidden for screen sharing are hidden here as well.
#[test]
fn privacy_hides_the_names() {
    let mut stage = desk::ready((120, 40));
    stage.keys("P 3 E");
    let deeds = some(&stage);
    stage.answer(CallKey::Deeds, Ok(Reply::Deeds(Box::new(deeds))));
    let text = stage.text();
    assert!(!text.contains("Device CA") && !text.contains("G2 EU") && text.contains("Names are hidden"), "{text}");
}
