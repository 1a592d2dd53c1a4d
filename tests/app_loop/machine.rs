//! Replies that come too late, keys that come too early, and what no sequence of events may lead to.

use std::{collections::HashSet, ops::Range};

use certdeck::{
    app::Setting,
    domain::FailureKind,
    flow::{Ask, Call, CallKey, Chord, Effect, Generation, Key, Msg, Reply, ScreenId, SourceId},
};
use jiff::SignedDuration;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::scene;
use crate::support::{
    rig::Rig,
    sample,
    stage::{self, NOW, Stage},
};

#[test]
fn a_reply_that_was_not_asked_for_last_changes_nothing() {
    let mut stage = sample::ready((120, 40));
    stage.keys("3");
    let key = CallKey::Source(SourceId::Cas);
    let first = stage.generation(key).expect("a read");
    stage.keys("r");
    let second = stage.generation(key).expect("a read");
    assert!(second > first);
    let before = stage.text();
    let empty = || sample::with(&|_| false).into_iter().find(|(source, _)| *source == SourceId::Cas).expect("CAs").1;
    for generation in [Generation(0), first, Generation(second.0 + 1)] {
        stage.effects.clear();
        stage.send(Msg::Reply { key, generation, result: Ok(empty()) });
        stage.send(Msg::Reply { key, generation, result: Err(sample::failure()) });
        assert_eq!(stage.text(), before);
        assert_eq!(stage.effects, []);
    }
    stage.send(Msg::Reply { key, generation: second, result: Ok(empty()) });
    assert!(stage.text().contains("There are no CAs."), "{}", stage.text());
    stage.send(Msg::Reply { key, generation: first, result: Ok(sample::replies().remove(4).1) });
    assert!(stage.text().contains("There are no CAs."), "{}", stage.text());
}

#[test]
fn a_key_pressed_while_something_is_read_is_not_lost() {
    let loan = crate::support::rig::Loan::new();
    scene::set(&loan, []);
    let mut rig = Rig::new(loan.settings(), (120, 40));
    rig.begin();
    rig.type_keys("2 j j 4 j 3 j j j g");
    rig.settle();
    rig.type_keys("c");
    rig.settle();
    assert_eq!(rig.app().current(), ScreenId::Cas);
    rig.shows("23 CAs");
    rig.keys("4");
    rig.shows("Weekly orders");
    rig.keys("3 gg r");
    rig.type_keys("R j j");
    rig.settle();
    let third = rig.selected();
    rig.keys("gg j j");
    assert_eq!(rig.selected(), third);
}

#[test]
fn what_failed_is_read_again_by_itself_unless_waiting_mends_nothing() {
    let mut stage = Stage::new((120, 40));
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    stage.keys("R");
    let refused = certdeck::domain::Failure::new(FailureKind::NotPermitted, "no");
    for source in SourceId::ALL {
        let network = matches!(source, SourceId::Acme | SourceId::Cas);
        stage.reply(source, Err(if network { sample::failure() } else { refused.clone() }));
    }
    let read = |stage: &mut Stage, seconds: i64| -> HashSet<SourceId> {
        stage.now = stage.now.checked_add(SignedDuration::from_secs(seconds)).expect("a moment");
        stage.effects.clear();
        stage.send(Msg::Tick);
        let reads = stage.effects.iter().filter_map(|effect| match effect {
            Effect::Call { call: Call::Ask(Ask::Read(source)), .. } => Some(*source),
            _ => None,
        });
        reads.collect()
    };
    assert_eq!(read(&mut stage, 61), HashSet::new());
    assert_eq!(read(&mut stage, 60), HashSet::from([SourceId::Acme, SourceId::Cas]));
    assert_eq!(read(&mut stage, 20), HashSet::new(), "they are being read");
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    Key(Chord),
    Paste(String),
    Resize(u16, u16),
    Pass(u16),
    /// The newest call of a source ends: 0 fails, 1 is empty, 2 partial, else as in the sample.
    Answer(usize, u8),
    /// A reply of a call that was not asked.
    Stale(usize, u64),
    Resumed,
}

fn keys() -> impl Strategy<Value = Chord> {
    let named = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::F(1),
    ];
    let known = "jkhlgGdunNsSzfJKyYpPrRTA?/:@=12345cavwxoqQ \u{e9}";
    prop_oneof![
        4 => proptest::sample::select(known.chars().collect::<Vec<_>>()).prop_map(|c| Chord::plain(Key::Char(c))),
        3 => proptest::sample::select(named.to_vec()).prop_map(Chord::plain),
        1 => proptest::sample::select("cduzpa".chars().collect::<Vec<_>>()).prop_map(Chord::ctrl),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        24 => keys().prop_map(Event::Key),
        2 => "[ -~\u{202e}\u{1b}\n]{0,12}".prop_map(Event::Paste),
        2 => Just(Event::Paste(":q\nqq\ny\u{3}\u{3}Q".to_owned())),
        3 => (0..130_u16, 0..42_u16).prop_map(|(width, height)| Event::Resize(width, height)),
        3 => (0..400_u16).prop_map(Event::Pass),
        12 => (0..SourceId::ALL.len(), 0..6_u8).prop_map(|(source, how)| Event::Answer(source, how)),
        2 => (0..SourceId::ALL.len(), 0..400_u64).prop_map(|(source, generation)| Event::Stale(source, generation)),
        1 => Just(Event::Resumed),
    ]
}

thread_local! {
    /// Building these anew for each event takes longer than the events.
    static FULL: Vec<(SourceId, Reply)> = sample::replies();
    static EMPTY: Vec<(SourceId, Reply)> = sample::with(&|_| false);
    static SETTING: Setting = stage::setting();
}

fn answer(source: SourceId, how: u8) -> Result<Reply, certdeck::domain::Failure> {
    let of = |list: &Vec<(SourceId, Reply)>| list.iter().find(|(id, _)| *id == source).expect("a reply").1.clone();
    match (how, source) {
        (0, _) => Err(sample::failure()),
        (1, _) => Ok(EMPTY.with(of)),
        (2, SourceId::Acme) => Ok(Reply::Acme(sample::partial(sample::certificates().split_off(5)))),
        (2, SourceId::Cas) => Ok(Reply::Cas(sample::partial(sample::cas().split_off(3)))),
        (3, SourceId::Acme) => Ok(Reply::AcmeRows(sample::certificates())),
        (3, SourceId::Cas) => Ok(Reply::CaRows(sample::cas())),
        (3, SourceId::Audit) => Ok(Reply::AuditRows(sample::events())),
        _ => Ok(FULL.with(of)),
    }
}

fn play(stage: &mut Stage, event: &Event) {
    match event {
        Event::Key(chord) => stage.send(Msg::Key(*chord)),
        Event::Paste(text) => stage.send(Msg::Paste(text.clone())),
        Event::Resize(width, height) => stage.resize((*width, *height)),
        Event::Pass(seconds) => {
            stage.now = stage.now.checked_add(SignedDuration::from_secs(i64::from(*seconds))).unwrap_or(NOW);
            stage.send(Msg::Tick);
        }
        Event::Answer(source, how) => {
            let source = SourceId::ALL[*source];
            stage.reply(source, answer(source, *how));
        }
        Event::Stale(source, generation) => {
            let key = CallKey::Source(SourceId::ALL[*source]);
            if stage.generation(key) != Some(Generation(*generation)) {
                let result = answer(SourceId::ALL[*source], 1);
                stage.send(Msg::Reply { key, generation: Generation(*generation), result });
            }
        }
        Event::Resumed => stage.send(Msg::Resumed),
    }
}

/// Only what reads, copies, waits or ends; a new kind of effect has to be looked at here.
fn is_harmless(effect: &Effect) -> bool {
    match effect {
        Effect::Call { call, .. } => match call {
            Call::Ask(
                Ask::Read(_)
                | Ask::Probe(_)
                | Ask::CaDetails(_)
                | Ask::LeafCounts(_)
                | Ask::CheckRevocation(_)
                | Ask::ReportDetails(_)
                | Ask::Draft(_)
                | Ask::Contract(..)
                | Ask::Contracts(_)
                | Ask::Look(_)
                | Ask::Survey(_),
            )
            | Call::Store(_)
            | Call::Look(_)
            | Call::Work(_)
            | Call::Table(_)
            | Call::Resolve
            | Call::Download(_)
            | Call::Files
            | Call::Browse(_)
            | Call::Write { .. } => true,
            Call::Send(_) | Call::Change(_) => false,
        },
        Effect::Cancel(_)
        | Effect::Copy(_)
        | Effect::Alert(..)
        | Effect::Edit(_)
        | Effect::Timer(_)
        | Effect::Open(_)
        | Effect::Leave(_)
        | Effect::Suspend
        | Effect::Quit => true,
    }
}

/// The selection is none or a row on the screen: one line under the cursor wherever a list with rows shows.
fn selection_is_visible(stage: &mut Stage) -> Result<(), TestCaseError> {
    let (width, height) = stage.size;
    let text = stage.text();
    let marks = text.lines().filter(|line| line.starts_with('▌')).count();
    prop_assert!(marks <= 1, "{text}");
    // A title without a filter and without something above it: `ACME names    14 · sorted by ..`.
    let title = text.lines().nth(3).and_then(|line| line.trim().strip_prefix("ACME names")).map(str::trim_start);
    let whole = title.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && !rest.contains(" of "));
    let rows = stage.app.estate().acme.rows().len();
    if width >= 110 && height >= 20 && stage.app.current() == ScreenId::Acme && whole && rows > 0 {
        prop_assert!(marks == 1, "{rows} rows and no cursor\n{text}");
    }
    Ok(())
}

/// 1,000 sequences of 60 events, begun at sizes of a range.
fn walk(widths: Range<u16>, heights: Range<u16>) {
    let config = Config { cases: 1_000, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let strategy = ((widths, heights), proptest::collection::vec(events(), 60));
    let result = TestRunner::new(config).run(&strategy, |(size, sequence)| {
        let mut stage = Stage::with(SETTING.with(Clone::clone), size);
        stage.slow = true;
        for (number, event) in sequence.iter().enumerate() {
            stage.effects.clear();
            play(&mut stage, event);
            prop_assert!(stage.effects.iter().all(is_harmless));
            if !matches!(event, Event::Key(_)) {
                let ends = |effect: &Effect| matches!(effect, Effect::Quit | Effect::Suspend | Effect::Copy(_));
                prop_assert!(!stage.effects.iter().any(ends), "{event:?} led to {:?}", stage.effects);
            }
            // Drawing each of 60,000 frames takes minutes without optimisation.
            if number % 20 == 19 {
                selection_is_visible(&mut stage)?;
            }
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|error| error.to_string()).unwrap_or_default());
}

#[test]
fn no_sequence_of_events_panics_writes_or_loses_the_selection() {
    walk(80..130, 24..42);
}

#[test]
fn no_sequence_of_events_panics_or_writes_on_a_small_screen() {
    walk(0..80, 0..24);
}
