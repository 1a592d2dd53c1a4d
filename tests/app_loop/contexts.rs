//! One context at a time.

use certdeck::{
    app::Environment,
    domain::FailureKind,
    flow::{CallKey, Effect, Errand, Msg, Opening, Reply, SourceId},
};

use super::support::{
    rig::{self, Loan, Rig},
    sample,
    stage::{self, NOW, Stage},
};

const SIZE: (u16, u16) = (120, 40);

/// The answer of a source.
fn reply(source: SourceId) -> Reply {
    sample::replies().into_iter().find(|(id, _)| *id == source).expect("a sample of each source").1
}

#[test]
fn slow_answers_of_the_first_context_change_nothing_in_the_second() {
    let mut stage = Stage::new(SIZE);
    let asked = CallKey::Source(SourceId::Cas);
    let old = stage.generation(asked).expect("CAs are read at the start");
    stage.reply(SourceId::Requests, Ok(reply(SourceId::Requests)));
    stage.effects.clear();
    stage.keys(": {context_lab} Enter");
    assert_eq!(stage.effects.first(), Some(&Effect::Open(Opening { context: "lab".to_owned(), account: None })));
    let second = stage.text();
    assert!(second.contains("TEST") && second.contains("lab"), "{second}");
    assert_eq!(stage.app.estate().filled(), 0, "rows of the first context are gone");
    for result in [reply(SourceId::Cas), Reply::CaRows(sample::cas())] {
        stage.send(Msg::Reply { key: asked, generation: old, result: Ok(result) });
        assert_eq!(stage.app.estate().filled(), 0);
    }
    assert_eq!(stage.text(), second);
    stage.reply(SourceId::Cas, Ok(reply(SourceId::Cas)));
    assert_eq!(stage.app.estate().filled(), 2, "the answer of the second context counts: a list has rows, and all");
}

#[test]
fn a_context_that_does_not_exist_or_is_shown_changes_nothing() {
    let mut stage = Stage::new(SIZE);
    stage.reply(SourceId::Cas, Ok(reply(SourceId::Cas)));
    stage.effects.clear();
    stage.keys(": {context_lba} Enter");
    assert!(stage.text().contains("no context is called lba; there are acme-corp, lab"), "{}", stage.text());
    stage.keys("C {acme-corp} Enter");
    assert!(stage.text().contains("This is acme-corp already."), "{}", stage.text());
    assert_eq!((stage.effects.len(), stage.app.estate().filled()), (0, 2));
    let mut only = stage::setting();
    only.places.truncate(1);
    let mut stage = Stage::with(only, SIZE);
    stage.keys("C");
    assert!(stage.text().contains("There is no other context"), "{}", stage.text());
}

#[test]
fn the_loop_shows_the_context_that_was_chosen_and_asks_only_its_services() {
    let (first, second) = (Loan::new(), Loan::fresh());
    let setting = rig::setting();
    let contexts = vec![("demo".to_owned(), first.settings()), ("lab".to_owned(), second.settings())];
    let mut rig = Rig::among(contexts, None, setting, SIZE);
    rig.start();
    let all = rig.filled();
    assert!(all > 5, "everything is read: {all}");
    let before = first.requests().len();
    rig.keys("C {lab} Enter");
    rig.shows("TEST");
    assert_eq!(rig.filled(), all);
    assert_eq!(first.requests().len(), before, "nothing more is asked of the first");
    assert!(!second.requests().is_empty());
}

#[test]
fn production_is_marked_and_read_only_at_every_size() {
    for size in [(200, 60), (120, 40), (80, 24), (60, 16)] {
        let mut stage = Stage::new(size);
        let text = stage.text();
        let head = text.lines().next().unwrap_or_default();
        assert!(head.contains("PROD") && (head.contains("read-only") || head.contains(" ro")), "{size:?}: {head}");
    }
    let mut setting = stage::setting();
    setting.place = stage::place("lab", Environment::Test);
    let text = Stage::with(setting, SIZE).text();
    assert!(text.contains("TEST") && !text.contains("PROD"), "{text}");
}

#[test]
fn a_newcomer_has_three_choices() {
    let welcome = || Stage::with(certdeck::app::Setting { welcome: true, ..stage::setting() }, SIZE);
    let mut stage = welcome();
    let text = stage.text();
    for choice in ["Look around", "Connect an account", "Print a configuration template"] {
        assert!(text.contains(choice), "{text}");
    }
    stage.keys("Enter");
    assert!(!stage.text().contains("Look around"));
    for (keys, errand) in [("↓ Enter", Errand::Connect), ("↓ ↓ Enter", Errand::Template)] {
        let mut stage = welcome();
        stage.effects.clear();
        stage.keys(keys);
        assert_eq!(stage.effects, [Effect::Leave(errand)]);
    }
    let mut stage = welcome();
    stage.effects.clear();
    stage.keys("Esc");
    assert_eq!(stage.effects, []);
    assert!(!stage.text().contains("Look around"));
}

#[test]
fn n25_a_machine_that_slept_reads_once_what_is_due_and_what_was_on_its_way() {
    let mut stage = Stage::new(SIZE);
    let reads = |stage: &Stage| {
        let read = |effect: &&Effect| matches!(effect, Effect::Call { key: CallKey::Source(_), .. });
        stage.effects.iter().filter(read).count()
    };
    stage.reply(SourceId::Cas, Ok(reply(SourceId::Cas)));
    stage.send(Msg::Tick);
    stage.effects.clear();
    // Eight hours later: one tick, one read of each source, those on their way included.
    stage.now = NOW + jiff::SignedDuration::from_hours(8);
    stage.send(Msg::Tick);
    assert_eq!(reads(&stage), SourceId::ALL.len());
    stage.effects.clear();
    for _ in 0..20 {
        stage.now += jiff::SignedDuration::from_secs(1);
        stage.send(Msg::Tick);
    }
    assert_eq!(reads(&stage), 0, "no burst follows");
    let text = stage.text();
    assert!(text.contains("cas") || text.contains("CAs"), "{text}");
    assert!(stage.app.estate().cas.is_overdue(stage.now), "the rows that are here say their age");
}

#[test]
fn c09_a_refused_key_is_fetched_again_once_and_then_asked_for() {
    let mut stage = Stage::new(SIZE);
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    let refused = || certdeck::domain::Failure::new(FailureKind::NotAuthenticated, "the key was not accepted");
    let refuse = |stage: &mut Stage, keys: &str, source| {
        stage.keys(keys);
        stage.effects.clear();
        stage.reply(source, Err(refused()));
        stage.effects.iter().filter(|effect| matches!(effect, Effect::Open(_))).count()
    };
    assert_eq!(refuse(&mut stage, "R", SourceId::Cas), 1, "the keys are fetched again");
    assert_eq!(refuse(&mut stage, "", SourceId::Cas), 0, "once");
    assert_eq!(refuse(&mut stage, "", SourceId::Requests), 0, "for a service, not for a source");
    assert_eq!(refuse(&mut stage, "", SourceId::Acme), 1, "another service has another key");
    stage.effects.clear();
    stage.now = NOW + jiff::SignedDuration::from_secs(25);
    stage.send(Msg::Tick);
    let asked = |source| {
        let of = |effect: &&Effect| matches!(effect, Effect::Call { key: CallKey::Source(id), .. } if *id == source);
        stage.effects.iter().filter(of).count()
    };
    assert_eq!((asked(SourceId::Cas), asked(SourceId::Requests)), (0, 0), "nothing is read with it by itself");
    assert_eq!(refuse(&mut stage, "3 r", SourceId::Cas), 1, "the user reads again: so may the key be fetched");
    let estate = stage.app.estate();
    assert!(!estate.cas.rows().is_empty() && estate.cas.failure().is_some(), "the old rows stay, and say why");
}
