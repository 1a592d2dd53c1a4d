//! How many certificates the CAs have: asked for those that show, some at a time, and never zero for not known.

use certdeck::{
    domain::{Failure, FailureKind, dataset::Dataset, ids::CaId},
    flow::{Ask, Call, CallKey, Effect, Reply, ScreenId, Slot, SourceId},
};
use jiff::SignedDuration;

use super::support::{
    rig::{Loan, Rig},
    sample,
    stage::{NOW, Stage},
};

const KEY: CallKey = CallKey::Screen(ScreenId::Cas, Slot::Leaves);

/// The CAs that were asked about, call by call.
fn asked(stage: &mut Stage) -> Vec<Vec<CaId>> {
    let of = |effect: Effect| match effect {
        Effect::Call { key: KEY, call: Call::Ask(Ask::LeafCounts(cas)), .. } => Some(cas),
        _ => None,
    };
    std::mem::take(&mut stage.effects).into_iter().filter_map(of).collect()
}

fn counts(cas: &[CaId]) -> Reply {
    let forbidden = || Failure::new(FailureKind::NotPermitted, "the key may not list the certificates of this CA");
    let count = |ca: &CaId| match ca.as_str() {
        "g2-eu" => Ok(3_902),
        "dev-3" => Err(forbidden()),
        _ => Ok(0),
    };
    Reply::LeafCounts(cas.iter().map(|ca| (ca.clone(), count(ca))).collect())
}

/// Answers until nothing more is asked; the CAs that were asked about.
fn until_known(stage: &mut Stage) -> Vec<CaId> {
    let mut all = Vec::new();
    loop {
        let cas = asked(stage).concat();
        if cas.is_empty() {
            return all;
        }
        assert!(cas.len() <= 10, "{cas:?}");
        stage.answer(KEY, Ok(counts(&cas)));
        all.extend(cas);
    }
}

fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.contains(name)).expect("the CA shows")
}

#[test]
fn those_that_show_are_asked_about_once_and_those_without_a_key_here_never() {
    let mut stage = sample::ready((120, 40));
    assert_eq!(asked(&mut stage), Vec::<Vec<CaId>>::new(), "nobody looks at the CAs");
    stage.keys("3");
    let first = asked(&mut stage);
    assert_eq!(first.len(), 1);
    assert!(!first[0].iter().any(|ca| ["lost", "c2"].contains(&ca.as_str())), "{first:?}");
    assert_eq!(first[0].len(), 9, "{first:?}");
    stage.keys("j j k");
    assert_eq!(asked(&mut stage), Vec::<Vec<CaId>>::new(), "an answer is on its way");
    stage.answer(KEY, Ok(counts(&first[0])));
    assert_eq!(asked(&mut stage), Vec::<Vec<CaId>>::new(), "all are known");
    let text = stage.text();
    assert!(line(&text, "Issuing CA G2 EU").contains(" 3,902 "), "{text}");
    assert!(line(&text, "Device CA 3").contains('?'), "{text}");
    assert!(text.contains("counts read 0 s ago"), "{text}");
    assert!(text.contains("your key may not list that CA's certificates"), "{text}");
    // The longest reason stands whole beside the mark of whose it is.
    assert!(text.contains("cessationOfOperation a "), "{text}");
    stage.keys("/ ctrl-u {Device} Enter G Enter");
    assert!(stage.text().contains("not known: the key may not list"), "{}", stage.text());
}

#[test]
fn counts_are_read_again_with_a_later_read_of_the_cas_and_only_while_they_show() {
    let mut stage = sample::ready((120, 40));
    stage.keys("3");
    let first = asked(&mut stage).concat();
    stage.answer(KEY, Ok(counts(&first)));
    for (minutes, screen, again) in [(1, "3", 0), (5, "1", 0), (5, "3", 9)] {
        stage.now = stage.now.checked_add(SignedDuration::from_mins(minutes)).expect("a moment");
        stage.keys(screen);
        stage.keys("R");
        for (source, reply) in sample::replies() {
            stage.reply(source, Ok(reply));
        }
        let cas = asked(&mut stage).concat();
        assert_eq!(cas.len(), again, "{minutes} min on {screen}: {cas:?}");
    }
}

#[test]
fn a_call_that_fails_is_told_at_each_ca_and_not_repeated() {
    let mut stage = sample::ready((80, 24));
    stage.keys("3");
    asked(&mut stage);
    stage.answer(KEY, Err(sample::failure()));
    assert_eq!(asked(&mut stage), Vec::<Vec<CaId>>::new());
    assert!(line(&stage.text(), "Issuing CA G2 EU").contains('?'), "{}", stage.text());
    assert!(stage.text().contains("? under LEAF is not known, never zero."), "{}", stage.text());
    // No such sign shows any more.
    stage.keys("/ ctrl-u {Harbor} Enter");
    assert!(!stage.text().contains("under LEAF"), "{}", stage.text());
}

#[test]
fn a_narrow_screen_has_no_counts_and_asks_for_none() {
    let mut stage = sample::ready((60, 16));
    stage.keys("3 j j");
    assert_eq!(asked(&mut stage), Vec::<Vec<CaId>>::new());
    assert!(!stage.text().contains("LEAF"), "{}", stage.text());
}

#[test]
fn long_lists_are_asked_about_as_far_as_they_show() {
    let mut stage = Stage::new((120, 40));
    let cas: Vec<_> = (0..500)
        .map(|n| {
            sample::ca(&format!("{n:03}"), &format!("CA {n:03}"), None, "active", "online", "2044-01-01T00:00:00Z")
        })
        .collect();
    stage.keys("3");
    stage.reply(SourceId::Cas, Ok(Reply::Cas(Dataset::complete(cas, NOW))));
    let first = until_known(&mut stage);
    assert!((25..=40).contains(&first.len()), "{}", first.len());
    stage.keys("G");
    let last = until_known(&mut stage);
    assert!(last.contains(&CaId::new("499")) && last.len() <= first.len(), "{last:?}");
}

#[test]
fn the_simulator_counts_them_and_says_where_it_may_not_be_asked() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (120, 60));
    rig.keys("3");
    let text = rig.text();
    assert!(line(&text, "Acme Issuing CA G2 EU").contains(" 3,902 "), "{text}");
    assert!(line(&text, "Acme Kiosk CA 1").contains('?'), "{text}");
    rig.filter("G2 EU");
    rig.keys("G i");
    rig.shows("IF IT IS REVOKED");
    rig.shows("not known for 1 CA");
    let counts = loan.requests().into_iter().filter(|seen| seen.path.ends_with("/api/v1/certificate")).count();
    assert!((10..60).contains(&counts), "{counts}");
}
