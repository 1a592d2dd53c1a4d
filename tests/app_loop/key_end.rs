//! The end of the DigiCert ONE key: everything of that service stops with it.

use certdeck::{
    domain::When,
    flow::{Reply, SourceId},
    simulator::Rule,
};

use super::{
    scene,
    support::{
        dump,
        rig::{Loan, Rig},
        sample,
        stage::{NOW, Stage},
    },
};

const TOKENS: &str = "/account/api/v1/api-access-token";
const DAY: i64 = 86_400;

/// Home of somebody whose key ends this many seconds from now, and its colours.
fn home(left: i64) -> (String, Stage) {
    let mut stage = Stage::new((120, 40));
    let end = NOW.checked_add(jiff::SignedDuration::from_secs(left)).expect("a moment");
    let user = certdeck::domain::identity::OneUser { key_ends: Some(When::At(end)), ..sample::one_user() };
    stage.reply(SourceId::OneUser, Ok(Reply::OneUser(Box::new(user))));
    (stage.text(), stage)
}

#[test]
fn home_says_from_thirty_days_before_that_everything_stops_with_the_key() {
    for (left, words) in [
        (31 * DAY, None),
        (30 * DAY + 1, None),
        (30 * DAY, Some("▴ everything stops at 14:02 2026-12-21 UTC: ONE key, 30 d")),
        (7 * DAY, Some("▴ everything stops at 14:02 2026-11-28 UTC: ONE key, 7 d 00 h")),
        (7 * DAY - 1, Some("! everything stops at 14:02 2026-11-28 UTC: ONE key, 6 d 23 h")),
        (1, Some("! everything stops at 14:02 2026-11-21 UTC: ONE key, 1 s")),
        (0, Some("✗ everything stopped at 14:02 2026-11-21 UTC: ONE key")),
        (-DAY, Some("✗ everything stopped at 14:02 2026-11-20 UTC: ONE key")),
        (10 * DAY - (14 * 3_600 + 2 * 60 + 31), Some("▴ everything stops at midnight 2026-12-01 UTC: ONE key, 9 d")),
        (10 * DAY - (14 * 3_600 + 2 * 60 + 32), Some("▴ everything stops at midnight 2026-11-30 UTC: ONE key, 9 d")),
    ] {
        let (text, _) = home(left);
        match words {
            Some(words) => assert!(text.contains(words), "{left}: {text}"),
            None => assert!(!text.contains("everything"), "{left}: {text}"),
        }
    }
}

#[test]
fn the_line_of_the_key_is_first_and_enter_says_what_to_do() {
    let (_, mut stage) = home(DAY);
    for (source, reply) in sample::replies().into_iter().filter(|(source, _)| *source != SourceId::OneUser) {
        stage.reply(source, Ok(reply));
    }
    let text = stage.text();
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.contains("NEEDS YOU")).collect();
    assert!(lines[1].contains("everything stops at"), "{text}");
    stage.effects.clear();
    stage.keys("gg Enter");
    assert!(stage.text().contains("Have a new key issued in DigiCert ONE"), "{}", stage.text());
    assert_eq!(stage.effects, []);
    stage.resize((60, 16));
    assert!(dump::text(&stage.frame()).contains("everything stops at 14:02 2026-11-22 UTC"), "{}", stage.text());
}

#[test]
fn the_end_is_asked_of_the_service_once_an_hour_and_by_no_one_who_may_not() {
    let loan = Loan::new();
    scene::set(&loan, []);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.hides("everything stops");
    let asked = |loan: &Loan| loan.requests().iter().filter(|seen| seen.path == TOKENS).count();
    assert_eq!(asked(&loan), 1);
    rig.pass(5 * DAY);
    rig.tick();
    rig.keys("1");
    rig.shows("everything stops at midnight 2026-12-25 UTC: ONE key, 28 d");
    assert_eq!(asked(&loan), 1, "what was read an hour ago at most stands");
    drop(rig);
    loan.control().clear();
    scene::set(&loan, [Rule::new(TOKENS, scene::status(403))]);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.shows("you ops-one");
    rig.pass(90);
    rig.tick();
    assert_eq!(asked(&loan), 1, "a refusal stands too");
    rig.hides("everything stops");
    assert!(rig.app().estate().one_user.failure().is_none(), "who the user is does not fail with it");
}
