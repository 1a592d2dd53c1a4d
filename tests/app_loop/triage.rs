//! Triage on the loop: what is asked beside the rows, what notes belong to, and when rows are judged.

use certdeck::{
    domain::{
        Clean, Failure, FailureKind,
        acme::{
            AcmeCertificate, AcmeKey,
            note::{Deed, NoteEvent},
            state::State,
        },
        dataset::Dataset,
    },
    flow::{Ask, Call, CallKey, Effect, Op, Reply, ScreenId, Slot, SourceId},
};
use jiff::SignedDuration;

use super::support::{
    sample,
    stage::{NOW, Stage},
};

const SIZE: (u16, u16) = (120, 40);
const DETAILS: CallKey = CallKey::Screen(ScreenId::Acme, Slot::Details);

/// Contracts that were asked for.
fn contracts(stage: &Stage) -> usize {
    let is_one = |effect: &&Effect| matches!(effect, Effect::Call { call: Call::Ask(Ask::Contract(..)), .. });
    stage.effects.iter().filter(is_one).count()
}

fn contract() -> Reply {
    let contract = sample::subaccounts().swap_remove(0).contracts.swap_remove(0);
    Reply::Contract(Box::new(contract), Dataset::complete(Vec::new(), NOW))
}

/// The notes that were taken, as they went to the store.
fn taken(stage: &Stage) -> Vec<(CallKey, Vec<NoteEvent>)> {
    let one = |effect: &Effect| match effect {
        Effect::Call { key, call: Call::Store(Op::Note(events)), .. } => Some((*key, events.clone())),
        _ => None,
    };
    stage.effects.iter().filter_map(one).collect()
}

fn of(name: &str) -> AcmeCertificate {
    let all = sample::certificates();
    all.into_iter().find(|row| row.domain().as_str() == name).expect("it is in the sample")
}

fn event(key: AcmeKey, note: &str) -> NoteEvent {
    NoteEvent { key, at: NOW, who: Clean::new("Priya Rao"), what: Deed::Acknowledge(Clean::new(note)) }
}

#[test]
fn a_contract_is_asked_once_until_the_certificates_are_read_again() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2");
    assert_eq!(contracts(&stage), 1);
    stage.answer(DETAILS, Ok(contract()));
    stage.keys("j k j k j");
    assert_eq!(contracts(&stage), 1, "rows of one contract");
    stage.keys("r");
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(sample::certificates(), NOW))));
    stage.keys("j");
    assert_eq!(contracts(&stage), 2);
}

#[test]
fn a_contract_that_was_not_read_is_asked_for_at_the_next_row() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2");
    stage.answer(DETAILS, Err(sample::failure()));
    stage.keys("j");
    assert_eq!(contracts(&stage), 2);
}

#[test]
fn a_note_goes_to_the_row_for_which_it_was_asked() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2 / ctrl-u {pay.acme} Enter");
    let wanted = of("pay.acme-corp.example").key();
    stage.keys("t Enter {mine}");
    // The row goes while the text is typed; another one is selected.
    let mut rows = sample::certificates();
    rows.retain(|row| row.key() != wanted);
    stage.keys("ctrl-u");
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(rows, NOW))));
    stage.keys("{seen} Enter");
    let taken = taken(&stage);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].1.iter().map(|event| event.key.clone()).collect::<Vec<_>>(), [wanted]);
}

#[test]
fn a_note_that_could_not_be_kept_is_told_whatever_stands_in_the_line() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2 t Enter {seen} Enter");
    let key = taken(&stage)[0].0;
    stage.keys("T");
    assert!(stage.text().contains("Times are"), "{}", stage.text());
    let full = Failure::new(FailureKind::Internal, "the journal has no room");
    stage.answer(key, Err(full));
    assert!(stage.text().contains("the journal has no room"), "{}", stage.text());
}

#[test]
fn notes_that_are_taken_before_the_old_ones_are_read_stand_behind_them_once() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2");
    let key = of("pay.acme-corp.example").key();
    let (old, new) = (event(key.clone(), "old"), event(key.clone(), "new"));
    stage.keys("t Enter {new} Enter");
    let call = taken(&stage)[0].0;
    stage.answer(call, Ok(Reply::Noted(vec![new.clone()], true)));
    // They were read after the new one had been written.
    stage.answer(CallKey::Notes, Ok(Reply::Notes(vec![old.clone(), new.clone()])));
    let judgement = &stage.app.estate().judgement;
    assert_eq!(judgement.history(&key).collect::<Vec<_>>(), [&old, &new]);
    let note = judgement.facts().notes.get(&key).and_then(|note| note.acknowledged.as_ref());
    assert_eq!(note.map(|note| note.value.as_str()), Some("new"));
}

#[test]
fn kept_rows_are_judged_while_todays_are_being_read() {
    let mut stage = Stage::new(SIZE);
    let old = NOW - SignedDuration::from_hours(19);
    let kept = Reply::Acme(Dataset::complete(sample::certificates(), old));
    stage.answer(CallKey::Recall(SourceId::Acme), Ok(kept));
    stage.keys("2");
    assert!(stage.app.estate().acme.is_loading());
    assert!(stage.text().contains("OVERDUE"), "{}", stage.text());
    // Rows of the read under way change nothing, and judge nothing.
    let judged = stage.text();
    stage.reply(SourceId::Acme, Ok(Reply::AcmeRows(sample::certificates().split_off(3))));
    assert_eq!(stage.text(), judged);
}

#[test]
fn rows_are_marked_from_the_details_as_well() {
    let mut stage = sample::ready((80, 24));
    stage.keys("2 Enter space");
    assert!(stage.text().contains("space mark"), "{}", stage.text());
    stage.keys("Esc");
    assert!(stage.text().contains("1 marked"), "{}", stage.text());
}

/// The lines of the table: groups and rows by their first words.
fn lines(stage: &mut Stage) -> Vec<String> {
    let text = stage.text();
    let heading = |line: &str| line.contains("STATE") && line.contains("NAME");
    let table = text.lines().skip_while(|line| !heading(line)).skip(1);
    let word = |line: &str| {
        let left: String = line.chars().take(40).collect();
        left.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
    };
    table.map(word).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn rows_are_grouped_below_a_line_that_names_the_group_and_the_cursor_stays_on_its_row() {
    let mut stage = sample::ready((80, 24));
    stage.keys("2 ctrl-x j j");
    let cursor = |stage: &mut Stage| {
        let text = stage.text();
        text.lines()
            .find(|line| line.starts_with('▌'))
            .map(|line| line.chars().take(40).collect::<String>())
            .expect("a row")
    };
    let row = cursor(&mut stage);
    stage.keys("g b");
    assert!(stage.text().contains("Group by"), "{}", stage.text());
    stage.keys("{domain} Enter");
    assert!(stage.text().contains("· by domain"), "{}", stage.text());
    assert_eq!(cursor(&mut stage), row);
    let all = lines(&mut stage);
    assert!(all.contains(&"acme-corp.example 10".to_owned()), "{all:?}");
    // J goes from group to group, and the group of the first row is named also when its beginning is above.
    stage.keys("g g J");
    assert_ne!(cursor(&mut stage), row);
    stage.keys("K j j j j");
    let mut small = sample::ready((80, 12));
    small.keys("2 ctrl-x g b {domain} Enter g g j j j j j j j");
    let all = lines(&mut small);
    assert_eq!(all.first().map(String::as_str), Some("acme-corp.example 10"), "{all:?}");
    assert!(cursor(&mut small).contains("acme-corp"));
    stage.keys("g b {no_groups} Enter");
    assert!(!stage.text().contains("· by"), "{}", stage.text());
    stage.keys("P g b {domain} Enter");
    assert!(!stage.text().contains("acme-corp.example  "), "names are hidden: {}", stage.text());
}

#[test]
fn a_saved_view_can_group_and_screens_without_groups_say_so() {
    let mut setting = super::support::stage::setting();
    let name = |text: &str| text.to_owned();
    setting.views = vec![certdeck::flow::SavedView {
        screen: ScreenId::Acme,
        name: name("mine"),
        filter: String::new(),
        sort: None,
        group: name("state"),
        columns: Vec::new(),
    }];
    let mut stage = Stage::with(setting, SIZE);
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    stage.keys(": {view_mine} Enter");
    assert!(stage.text().contains("· by state"), "{}", stage.text());
    assert!(lines(&mut stage).contains(&"OVERDUE 7".to_owned()), "{}", stage.text());
    stage.keys("4 g b");
    assert!(stage.text().contains("rows of this screen have no groups"), "{}", stage.text());
}

/// The contracts that were asked for without anybody opening them.
fn closer(stage: &Stage) -> Vec<Vec<String>> {
    let one = |effect: &Effect| match effect {
        Effect::Call { key: CallKey::Contracts, call: Call::Ask(Ask::Contracts(wanted)), .. } => {
            Some(wanted.iter().map(|(_, contract)| contract.to_string()).collect())
        }
        _ => None,
    };
    stage.effects.iter().filter_map(one).collect()
}

#[test]
fn a_contract_of_names_that_go_dark_is_read_by_itself_once_and_may_block_them() {
    let mut stage = sample::ready(SIZE);
    assert_eq!(closer(&stage), [["12345"]]);
    let judgement = |stage: &Stage| stage.app.estate().judgement.count(State::Blocked);
    assert_eq!(judgement(&stage), 0);
    // No credential: nothing of it can renew.
    let Reply::Contract(contract, credentials) = contract() else { panic!("a contract") };
    stage.answer(CallKey::Contracts, Ok(Reply::Contracts(vec![(*contract, credentials)])));
    stage.keys("2 ctrl-x");
    assert_eq!(judgement(&stage), 3, "{}", stage.text());
    assert_eq!(closer(&stage).len(), 1);
    stage.reply(SourceId::Acme, Ok(Reply::Acme(Dataset::complete(sample::certificates(), NOW))));
    assert_eq!(closer(&stage).len(), 1, "what was read of it is known");
}
