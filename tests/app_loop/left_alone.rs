//! A place that keeps failing is left alone for a while, and the screen says so.

use certdeck::{
    app::Setting,
    domain::Clean,
    flow::{Effect, Intervals, LeftAlone, Msg, estate::Service},
    simulator::Rule,
};
use jiff::SignedDuration;

use super::{
    scene,
    support::{
        rig::{Loan, Rig},
        sample,
        stage::{self, Stage},
    },
};

fn one(left: u64) -> Msg {
    let (place, cause) = (Clean::new("one.example.com"), Clean::new("it refused \u{1b}[2J the connection"));
    Msg::LeftAlone(vec![LeftAlone { service: Service::One, place, cause, left }])
}

fn pass(stage: &mut Stage, millis: i64) {
    stage.now += SignedDuration::from_millis(millis);
    stage.send(Msg::Tick);
}

fn head(stage: &mut Stage) -> String {
    stage.text().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn n14_a_place_that_is_left_alone_shows_in_header_and_notice_until_it_is_tried_again() {
    let mut stage = sample::ready((120, 40));
    pass(&mut stage, 720_000);
    stage.effects.clear();
    stage.send(one(24_000));
    assert_eq!(stage.effects, [], "the ticks that come anyway count it down");
    assert!(head(&mut stage).contains("one ~12m paused"), "{}", stage.text());
    assert!(!head(&mut stage).contains("acme ~12m paused"), "{}", stage.text());
    let words = "~ one.example.com keeps failing (it refused ^[[2J the connection): left alone, tried again in 24 s.";
    assert!(stage.text().contains(words), "{}", stage.text());
    pass(&mut stage, 23_001);
    assert!(stage.text().contains("tried again in 1 s."), "{}", stage.text());
    pass(&mut stage, 999);
    assert!(!stage.text().contains("paused") && !stage.text().contains("left alone"), "{}", stage.text());
    stage.send(one(10_000));
    stage.send(Msg::LeftAlone(Vec::new()));
    assert!(!stage.text().contains("paused"), "an answer ends it: {}", stage.text());
    for size in [(80, 24), (60, 16)] {
        stage.send(one(10_000));
        stage.resize(size);
        assert!(head(&mut stage).contains("one ~") || size.0 < 80, "{}", stage.text());
    }
}

#[test]
fn n14_without_automatic_reading_one_timer_ends_the_word() {
    let mut stage = Stage::with(Setting { intervals: Intervals::every(0), ..stage::setting() }, (120, 40));
    stage.effects.clear();
    stage.send(one(24_000));
    assert_eq!(stage.effects, [Effect::Timer(Some(24_000))]);
    stage.effects.clear();
    pass(&mut stage, 24_000);
    assert_eq!(stage.effects, [], "and no other follows");
    assert!(!stage.text().contains("paused"), "{}", stage.text());
}

#[test]
fn n14_the_loop_learns_of_it_with_the_answer_that_failed() {
    let loan = Loan::new();
    let broken = ["/certificate-authority", "/account"].map(|path| Rule::new(path, scene::status(503)));
    scene::set(&loan, broken);
    // Its three services share one host here, and so one breaker.
    let mut settings = loan.settings();
    (settings.certcentral, settings.partner) = (None, None);
    let rig = Rig::ready(settings, (120, 40));
    rig.shows("one ~ paused");
    rig.shows("127.0.0.1:");
    rig.shows("left alone, tried again in ");
}
