//! CRL and OCSP of a CA: the key, what ends a check, what comes late, and the whole way to the simulator.

use certdeck::{
    domain::{
        Clean, When,
        ca::revocation::{
            About, Answer, CrlFacts, Path, RevocationCheck, RevocationJob, Said, Signature, Source, Status,
        },
        ids::CaId,
        serial::Serial,
    },
    flow::{Ask, Call, CallKey, Effect, Msg, Reply, ScreenId, Slot},
};

use super::support::{
    rig::{Loan, Rig},
    sample,
    stage::{NOW, Stage},
};

const SIZE: (u16, u16) = (120, 40);
const KEY: CallKey = CallKey::Screen(ScreenId::Cas, Slot::Check);

/// Checks that were started.
fn jobs(stage: &Stage) -> Vec<RevocationJob> {
    let job = |effect: &Effect| match effect {
        Effect::Call { key: KEY, call: Call::Ask(Ask::CheckRevocation(job)), .. } => Some(job.clone()),
        _ => None,
    };
    stage.effects.iter().filter_map(job).collect()
}

fn cancelled(stage: &Stage) -> bool {
    stage.effects.contains(&Effect::Cancel(KEY))
}

fn checked(ca: &str, status: Status) -> Reply {
    let answer = Answer {
        about: About::Own,
        source: Source::Crl,
        url: Clean::new("http://crl.example.com/r1.crl"),
        serial: Serial::parse("5F1C88D042B1A70E92"),
        path: Some(Path::Direct("192.0.2.7:80".parse().expect("an address"))),
        took: std::time::Duration::ZERO,
        said: Said::Crl(Box::new(CrlFacts {
            bytes: 700,
            issuer: Clean::new("CN=Acme Policy CA EU"),
            number: None,
            this_update: When::parse("2026-11-21T12:00:00Z"),
            next_update: When::parse("2026-11-22T12:00:00Z"),
            entries: 1,
            algorithm: Clean::new("Ed25519"),
            signature: Signature::Good,
            status: Some(status),
        })),
    };
    let check = RevocationCheck { ca: CaId::new(ca), at: NOW, answers: vec![answer], notes: Vec::new() };
    Reply::RevocationChecked(Box::new(check))
}

#[test]
fn b_checks_the_selected_ca_with_what_the_lists_know_of_it() {
    let mut stage = Stage::new(SIZE);
    stage.keys("3 b");
    assert!(stage.text().contains("b: no row is selected."), "{}", stage.text());
    stage.keys("B");
    assert!(stage.text().contains("B has no meaning here"), "{}", stage.text());
    let mut stage = sample::ready(SIZE);
    stage.keys("3 j j j j");
    stage.effects.clear();
    stage.keys("b");
    let asked = jobs(&stage);
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].ca.as_str(), asked[0].issuer.as_ref().map(CaId::as_str)), ("g2-eu", Some("p-eu")));
    assert!(asked[0].issued.is_some(), "a CA below it can be asked about");
    assert!(stage.text().contains("asking… Esc ends it"), "{}", stage.text());
    stage.answer(KEY, Ok(checked("g2-eu", Status::Good)));
    for words in ["CHECKED FROM HERE", "0 s ago · b again", "✓ fresh · about this CA", "Checked: all 1 in order."] {
        assert!(stage.text().contains(words), "{words}: {}", stage.text());
    }
    stage.now = stage.now.checked_add(jiff::SignedDuration::from_mins(3)).expect("a moment");
    stage.send(Msg::Tick);
    assert!(stage.text().contains("3 min ago"), "{}", stage.text());
    stage.keys("j");
    assert!(!stage.text().contains("CHECKED FROM HERE"), "another CA was not checked");
    stage.keys("k b");
    stage.answer(KEY, Ok(checked("g2-eu", Status::Revoked { at: When::parse("2026-11-01T00:00:00Z"), reason: None })));
    assert!(stage.text().contains("this CA is revoked, says its issuer"), "{}", stage.text());
}

#[test]
fn esc_and_b_end_a_check_and_what_comes_after_changes_nothing() {
    for end in ["Esc", "b"] {
        let mut stage = sample::ready(SIZE);
        stage.keys("3 j j j j b");
        let late = stage.generation(KEY).expect("it was asked");
        stage.effects.clear();
        stage.keys(end);
        assert!(cancelled(&stage) && jobs(&stage).is_empty(), "{end}: {:?}", stage.effects);
        assert!(stage.text().contains("The check was ended"), "{end}");
        let before = stage.text();
        stage.send(Msg::Reply { key: KEY, generation: late, result: Ok(checked("g2-eu", Status::Good)) });
        assert_eq!(stage.text(), before, "{end}");
        stage.effects.clear();
        stage.keys("b");
        assert_eq!(jobs(&stage).len(), 1, "{end}: it can be asked again");
    }
}

#[test]
fn a_failure_is_told_at_its_ca_and_a_narrow_screen_opens_the_page() {
    let mut stage = sample::ready((80, 24));
    stage.keys("3 j j j j b");
    assert!(stage.text().contains("CHECKED FROM HERE"), "the details fill the screen: {}", stage.text());
    stage.answer(KEY, Err(sample::failure()));
    assert!(stage.text().contains("! "), "{}", stage.text());
    stage.keys("Esc j Enter");
    assert!(!stage.text().contains("CHECKED FROM HERE"), "{}", stage.text());
}

/// Probes of servers and checks of CAs do not end each other.
#[test]
fn a_check_leaves_probes_alone() {
    let mut stage = sample::ready(SIZE);
    stage.keys("2 / ctrl-u {pay.acme} Enter b");
    stage.effects.clear();
    stage.keys("3 j j j j b");
    assert_eq!(jobs(&stage).len(), 1);
    assert!(!stage.effects.contains(&Effect::Cancel(CallKey::Probe)), "{:?}", stage.effects);
}

#[test]
fn a_check_goes_all_the_way_to_what_the_simulator_publishes() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (120, 60));
    rig.keys("3");
    rig.filter("kiosk");
    rig.keys("G Enter b");
    assert!(rig.has("! wrongly signed · by this CA"), "{}", rig.text());
    assert!(rig.has("✓ fresh · about this CA"), "{}", rig.text());
    assert!(rig.has("Checked: 3 of 4 in order; the details say what is not."), "{}", rig.text());
    let asked = loan.requests();
    let public: Vec<_> =
        asked.iter().filter(|seen| seen.path.starts_with("/crl/") || seen.path.starts_with("/ocsp/")).collect();
    assert_eq!(public.len(), 4, "{public:?}");
}
