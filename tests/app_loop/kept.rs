//! Yesterday's lists come first, with their age, and today's take their place.

use std::sync::Arc;

use certdeck::{
    client::Settings,
    domain::dataset::Dataset,
    flow::{Call, CallKey, Effect, Msg, Op, Reply, SourceId, source::Phase},
    store::{Place, Store},
};
use jiff::SignedDuration;

use super::support::{
    rig::{self, Loan, Rig},
    sample,
    stage::{NOW, Stage},
};

const SIZE: (u16, u16) = (120, 40);

fn memory() -> Store {
    Store::open(Place::Memory, Arc::new(|| NOW))
}

fn rig(name: &str, settings: Settings, store: &Store) -> Rig {
    let mut setting = rig::setting();
    setting.place.name = certdeck::domain::Clean::new(name);
    Rig::among(vec![(name.to_owned(), settings)], Some(store.clone()), setting, SIZE)
}

/// Settings of a server that is gone.
fn gone() -> Settings {
    let loan = Loan::fresh();
    loan.settings()
}

#[test]
fn the_next_start_shows_what_the_last_one_read_with_its_age_though_nothing_answers() {
    let store = memory();
    let loan = Loan::new();
    let mut first = rig("demo", loan.settings(), &store);
    first.start();
    let filled = first.filled();
    first.keys("3 j j");
    let name = |rig: &Rig| rig.selected().chars().take(32).collect::<String>();
    let row = name(&first);
    let mut second = rig("demo", gone(), &store);
    second.pass(3_600 * 19);
    second.start();
    assert_eq!(second.filled(), filled - 2, "all but the two users, who have to be known of today's key");
    second.keys("2");
    second.shows("STALE  ACME certificates are 19 h old");
    second.shows("of 1,284");
    second.keys("3 j j");
    assert_eq!(name(&second), row);
    let mut other = rig("lab", gone(), &store);
    other.start();
    let estate = other.app().estate();
    assert!(estate.cas.rows().is_empty() && estate.acme.rows().is_empty(), "nothing of another context is shown");
}

#[test]
fn what_was_kept_shows_first_and_the_cursor_stays_when_todays_rows_come() {
    let mut stage = Stage::new(SIZE);
    let old = NOW - SignedDuration::from_hours(19);
    let cas = |at| Reply::Cas(Dataset::complete(sample::cas(), at));
    stage.answer(CallKey::Recall(SourceId::Cas), Ok(cas(old)));
    assert_eq!(stage.app.estate().cas.phase(NOW), Phase::Stale);
    stage.keys("3 j j");
    let text = stage.text();
    assert!(text.contains("19 h old: they are being read again"), "{text}");
    let cursor = |text: &str| text.lines().find(|line| line.starts_with('▌')).unwrap_or_default()[..40].to_owned();
    let row = cursor(&text);
    // Rows of the read under way do not take the place of a whole list.
    stage.reply(SourceId::Cas, Ok(Reply::CaRows(sample::cas().split_off(2))));
    assert_eq!(cursor(&stage.text()), row);
    stage.effects.clear();
    let mut today = sample::cas();
    today.rotate_left(1);
    stage.reply(SourceId::Cas, Ok(Reply::Cas(Dataset::complete(today, NOW))));
    assert_eq!((cursor(&stage.text()), stage.app.estate().cas.phase(NOW)), (row, Phase::Ready));
    let kept = |effect: &Effect| matches!(effect, Effect::Call { call: Call::Store(Op::Keep(keep)), .. } if keep.read_at == NOW);
    assert!(stage.effects.iter().any(kept), "today's list is kept: {:?}", stage.effects);
}

#[test]
fn what_was_kept_is_nothing_beside_rows_that_were_read() {
    let mut stage = Stage::new(SIZE);
    let late = stage.generation(CallKey::Recall(SourceId::Cas)).expect("it is asked at the start");
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    let before = stage.text();
    let old = Reply::Cas(Dataset::complete(Vec::new(), NOW - SignedDuration::from_hours(19)));
    stage.send(Msg::Reply { key: CallKey::Recall(SourceId::Cas), generation: late, result: Ok(old) });
    assert_eq!(stage.text(), before);
}

#[test]
fn half_a_list_is_never_kept() {
    let mut stage = Stage::new(SIZE);
    stage.effects.clear();
    stage.reply(SourceId::Cas, Ok(Reply::Cas(sample::partial(sample::cas()))));
    stage.reply(SourceId::Crls, Err(sample::failure()));
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::Call { call: Call::Store(Op::Keep(_)), .. })));
}

#[test]
fn s05_a_store_that_cannot_be_used_is_said_once_and_the_program_runs() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let store = Store::open(Place::Folder(file.path().join("below")), Arc::new(|| NOW));
    let loan = Loan::new();
    let mut rig = rig("demo", loan.settings(), &store);
    rig.remember_frames();
    rig.start();
    rig.keys("3");
    rig.shows("23 CAs");
    rig.keys("j");
    // Each stands until a key took note of it, whichever came first.
    let lists = "lists are not kept when certdeck ends, all else works";
    let journal = "the journal cannot be used, so nothing is sent that changes a service; reading works";
    for said in [lists, journal] {
        assert!(rig.remembered().iter().any(|frame| frame.contains(said)), "{said}: {:?}", rig.remembered().last());
    }
    rig.keys("k");
    for said in [lists, journal] {
        assert!(!rig.remembered().last().is_some_and(|frame| frame.contains(said)), "{said}");
    }
    assert_eq!(rig.filled(), SourceId::ALL.len());
}
