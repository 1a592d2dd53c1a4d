//! What changed since yesterday, on its page and from each screen.

use certdeck::{
    domain::delta::{Since, Topic},
    flow::{Call, CallKey, Effect, Op, Reply, ScreenId, SourceId},
};

use crate::{
    home::{happens, of_yesterday},
    support::{
        rig::{Loan, Rig},
        sample,
        stage::Stage,
    },
};

const SIZE: (u16, u16) = (120, 40);

#[test]
fn the_first_day_has_no_baseline_and_says_so() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), SIZE);
    rig.keys("1");
    rig.shows("SINCE YESTERDAY");
    rig.shows("no baseline yet");
    rig.keys("d");
    rig.shows("No baseline yet: each complete read is kept here, and told against tomorrow.");
    rig.keys("Esc");
    assert_eq!(rig.app().current(), ScreenId::Home);
}

#[test]
fn the_next_day_tells_what_changed_member_by_member_and_leads_to_it() {
    let loan = Loan::fresh();
    let mut rig = of_yesterday(&loan, SIZE, happens);
    rig.keys("1");
    rig.shows("against the 21 Nov 14:02 snapshot");
    rig.shows("CA revocation requested");
    rig.shows("d  opens the full diff");
    rig.keys("3 d");
    rig.shows("kind:ca|request|template");
    rig.shows("since 21 Nov 14:02");
    rig.keys("Esc");
    rig.filter("kind:request change:changed");
    rig.shows("RR-0412");
    rig.shows("key_compromise");
    rig.shows("another comment");
    rig.keys("Enter");
    assert_eq!(rig.app().current(), ScreenId::Cas);
    rig.keys("2 d");
    rig.shows("kind:certificate");
    rig.shows("No changes match the filter.");
    rig.keys("Esc Esc");
    assert_eq!(rig.app().current(), ScreenId::Acme, "back to where it was opened");
    rig.keys(": {diff_1h} Enter");
    assert_eq!(rig.app().estate().changes.since(), Since::parse("1h").expect("a time"));
    rig.keys(": {diff_kind:request} Enter");
    rig.shows("kind:request");
    rig.keys("gl");
    assert_eq!(rig.app().current(), ScreenId::Audit);
}

#[test]
fn a_snapshot_is_kept_of_each_complete_read_and_of_no_other() {
    let mut stage = Stage::new(SIZE);
    let kept = |stage: &Stage| -> Vec<SourceId> {
        let of = |effect: &Effect| match effect {
            Effect::Call { key: CallKey::Snapshot(id), call: Call::Store(Op::Snapshot(..)), .. } => Some(*id),
            _ => None,
        };
        stage.effects.iter().filter_map(of).collect()
    };
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    let mut all = kept(&stage);
    all.sort_unstable();
    let mut tracked = vec![SourceId::Acme, SourceId::Cas, SourceId::Requests, SourceId::Templates, SourceId::History];
    tracked.sort_unstable();
    assert_eq!(all, tracked);
    stage.effects.clear();
    stage.keys("R");
    stage.reply(SourceId::Acme, Ok(Reply::AcmeRows(sample::certificates())));
    stage.reply(SourceId::Acme, Ok(Reply::Acme(sample::partial(sample::certificates()))));
    stage.reply(SourceId::Cas, Err(sample::failure()));
    assert_eq!(kept(&stage), [], "half a list is no snapshot");
}

#[test]
fn an_answer_about_another_baseline_changes_nothing() {
    let mut stage = sample::ready(SIZE);
    stage.keys(": {diff_7d} Enter");
    let late = Reply::Compared(Since::Yesterday, vec![sample::compared(Topic::Ca)]);
    stage.answer(CallKey::Compare, Ok(late));
    assert!(stage.app.estate().changes.list().rows().is_empty());
    let told = Reply::Compared(Since::parse("7d").expect("a time"), vec![sample::compared(Topic::Ca)]);
    stage.answer(CallKey::Snapshot(SourceId::Cas), Ok(told));
    assert!(!stage.app.estate().changes.list().rows().is_empty());
}

#[test]
fn a_store_that_cannot_tell_is_said() {
    let mut stage = sample::ready(SIZE);
    stage.keys("d");
    stage.answer(CallKey::Compare, Err(sample::failure()));
    assert!(stage.text().contains("cannot find host"), "{}", stage.text());
}
