//! What ends a decision, and what must not come between.

use certdeck::{
    domain::{Clean, Failure, FailureKind, ids::AccountId},
    flow::{Call, CallKey, Effect, Reply, SourceId},
};

use super::desk::{fill, opened, pass, sendings};
use crate::support::{sample, stage::Stage};

const SIZE: (u16, u16) = (120, 40);

fn counting() -> Stage {
    let mut stage = opened(SIZE);
    fill(&mut stage);
    pass(&mut stage, 2);
    stage.keys("Enter");
    stage
}

fn handed() -> (Stage, CallKey) {
    let mut stage = counting();
    pass(&mut stage, 11);
    let key = sendings(&stage).first().expect("it was handed over").0;
    stage.effects.clear();
    (stage, key)
}

#[test]
fn a_fault_of_this_program_is_never_told_as_not_sent() {
    let (mut stage, key) = handed();
    stage.answer(key, Err(Failure::new(FailureKind::Internal, "a task of this program failed")));
    let text = stage.text();
    assert!(text.contains("It is not known whether it was sent") && !text.contains("Nothing was sent"), "{text}");
    let resolves = |effect: &Effect| matches!(effect, Effect::Call { call: Call::Resolve, .. });
    assert!(stage.effects.iter().any(resolves), "the journal is read for it: {:?}", stage.effects);
}

#[test]
fn who_quits_waits_for_what_is_on_its_way() {
    let (mut stage, key) = handed();
    stage.keys("ctrl-c ctrl-c");
    assert!(!stage.effects.contains(&Effect::Quit), "{:?}", stage.effects);
    assert!(stage.text().contains("certdeck ends when its end is written"), "{}", stage.text());
    stage.keys("q Esc");
    assert!(!stage.effects.contains(&Effect::Quit));
    stage.answer(key, Err(Failure::new(FailureKind::Refused, "another certdeck writes")));
    assert!(stage.effects.contains(&Effect::Quit));
}

#[test]
fn the_accounts_of_a_key_are_not_offered_over_a_countdown() {
    let mut stage = counting();
    let mut user = sample::one_user();
    user.accounts.push((AccountId::new("2"), Clean::new("Acme Labs")));
    stage.reply(SourceId::OneUser, Ok(Reply::OneUser(Box::new(user))));
    assert!(!stage.text().contains("Account of DigiCert ONE"), "{}", stage.text());
    stage.keys("Esc");
    pass(&mut stage, 20);
    assert_eq!(sendings(&stage), []);
}
