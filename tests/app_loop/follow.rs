//! Following the audit log: a new event is on the screen within one interval, and nothing happens between two.

use certdeck::{
    flow::{Effect, Intervals},
    simulator::NewEvent,
};

use crate::support::{
    rig::{Loan, Rig},
    sample,
    stage::{self, Stage},
};

const LOG: &str = "/certificate-authority/api/v1/audit";
/// Seconds between two reads, as the setting of the rig has it.
const INTERVAL: i64 = 60;

fn push(loan: &Loan, who: &str) {
    loan.control().push_audit_event(NewEvent {
        who: who.into(),
        action: "issue".into(),
        resource_type: "certificate".into(),
        status: "success".into(),
        ..NewEvent::default()
    });
}

/// Pages of the log that were asked for.
fn pages(loan: &Loan) -> usize {
    loan.requests().iter().filter(|seen| seen.path == LOG).count()
}

/// The screen without the clock, and the ages above and below.
fn body(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[1..lines.len() - 2].join("\n")
}

#[test]
fn a_new_event_is_on_the_screen_within_one_interval_and_nothing_is_asked_or_drawn_between() {
    let loan = Loan::fresh();
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.keys("5 f");
    rig.shows("following");
    for round in 0..3 {
        let who = format!("new-{round}");
        // Some seconds after the logs were read.
        rig.pass(round * 7);
        push(&loan, &who);
        let (asked, shown) = (pages(&loan), body(&rig.text()));
        rig.remember_frames();
        for _ in round * 7..INTERVAL - 1 {
            rig.pass(1);
            rig.tick();
        }
        assert_eq!(pages(&loan), asked, "nothing is asked before the interval is over");
        for frame in rig.remembered() {
            assert_eq!(body(&frame), shown, "nothing but ages is drawn");
        }
        rig.pass(1);
        rig.tick();
        assert!(rig.selected().contains(&who), "{}", rig.text());
        assert_eq!(pages(&loan), asked + 1, "one page tells what is new");
    }
}

/// Where nothing is read by itself nothing wakes the loop while it follows.
#[test]
fn without_intervals_following_sets_no_timer_of_a_second() {
    let mut setting = stage::setting();
    setting.intervals = Intervals::every(0);
    let mut stage = Stage::with(setting, (120, 40));
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(reply));
    }
    stage.effects.clear();
    stage.keys("5 f");
    let short = |effect: &&Effect| matches!(effect, Effect::Timer(Some(ms)) if *ms <= 1_000);
    assert_eq!(stage.effects.iter().find(short), None, "{:?}", stage.effects);
}
