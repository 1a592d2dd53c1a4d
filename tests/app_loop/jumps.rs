//! From an event to what it is about, and back to the events of that.

use certdeck::{
    domain::dataset::Dataset,
    domain::{audit::AuditEvent, ids::EventId},
    flow::{Reply, ScreenId, SourceId},
    simulator::{Fault, Rule},
};

use super::support::{
    rig::{Loan, Rig},
    sample,
    stage::{NOW, Stage},
};

fn about(kind: &str, name: &str) -> AuditEvent {
    let event = sample::event("j1", "2026-11-20T19:04:11Z", "ops-two", "update", name, "success");
    AuditEvent { id: EventId::new(kind), resource_type: kind.into(), resource_id: "none".into(), ..event }
}

/// Each kind of record leads to its place in one key, and each place back to the events in two.
#[test]
fn every_kind_of_record_leads_to_its_place_and_back() {
    let ca = sample::cas()[0].name.to_string();
    let report = sample::history()[0].name.to_string();
    let name = sample::certificates()[0].domain().as_str().to_owned();
    for (kind, about_what, screen) in [
        ("ca", &ca, ScreenId::Cas),
        ("crl", &ca, ScreenId::Cas),
        ("ocsp_responder", &ca, ScreenId::Cas),
        ("template", &ca, ScreenId::Cas),
        ("certificate", &ca, ScreenId::Cas),
        ("revocation_request", &ca, ScreenId::Cas),
        ("REPORT", &report, ScreenId::Reports),
        ("domain", &name, ScreenId::Acme),
        ("order", &name, ScreenId::Acme),
    ] {
        let mut stage = sample::ready((120, 40));
        let list = Dataset::complete(vec![about(kind, about_what)], NOW);
        read(&mut stage, list);
        stage.keys("5 Enter");
        assert_eq!(stage.app.current(), screen, "{kind}:\n{}", stage.text());
        assert!(stage.text().contains(about_what.as_str()), "{kind}:\n{}", stage.text());
        stage.keys("g l");
        assert_eq!(stage.app.current(), ScreenId::Audit, "{kind}:\n{}", stage.text());
        assert!(stage.text().contains("1 event"), "{kind} and back:\n{}", stage.text());
    }
    // What leads nowhere opens in full, and Esc closes it.
    let mut stage = sample::ready((120, 40));
    read(&mut stage, Dataset::complete(vec![about("user", "someone")], NOW));
    stage.keys("5 Enter");
    assert_eq!(stage.app.current(), ScreenId::Audit);
    assert!(stage.text().contains("RAW"), "{}", stage.text());
}

fn read(stage: &mut Stage, list: Dataset<AuditEvent>) {
    stage.keys("5 r");
    stage.reply(SourceId::Audit, Ok(Reply::Audit(list)));
}

/// `m`, `c` and `@` narrow the events; `h` and `l` fold and unfold; Esc shows all again.
#[test]
fn keys_narrow_the_events_to_a_person_a_ca_and_an_action() {
    let mut stage = sample::ready((120, 40));
    let ca = sample::cas()[0].name.to_string();
    let mut events = Vec::new();
    for (at, who) in [(10, "ops-one"), (11, "svc-mdm"), (12, "svc-mdm"), (13, "svc-mdm"), (14, "ops-one")] {
        let time = format!("2026-11-20T19:{at}:00Z");
        events.push(sample::event(&format!("e{at}"), &time, who, "issue", &ca, "success"));
    }
    read(&mut stage, Dataset::complete(events, NOW));
    stage.keys("5");
    assert!(stage.text().contains("2 more like this, 19:11:00 to 19:13:00"), "{}", stage.text());
    stage.keys("j l");
    assert!(
        !stage.text().contains("more like this") && stage.text().matches("svc-mdm").count() >= 3,
        "{}",
        stage.text()
    );
    stage.keys("h");
    assert!(stage.text().contains("2 more like this"), "{}", stage.text());
    stage.keys("m");
    assert!(stage.text().contains("who:\"svc-mdm\"") && stage.text().contains("3 of 5"), "{}", stage.text());
    stage.keys("Esc c");
    assert!(stage.text().contains(&format!("about:\"{ca}\"")), "{}", stage.text());
    stage.keys("Esc @");
    assert!(stage.text().contains("action:\"CA issued\""), "{}", stage.text());
    stage.keys("Esc / {who:ops-one} Enter");
    assert!(stage.text().contains("2 of 5"), "{}", stage.text());
}

/// Beside the address of the selected event stands why it was done, where its record says so; also without the details.
#[test]
fn a_narrow_screen_tells_the_comment_of_the_selected_event() {
    let loan = Loan::new();
    let mut rig = Rig::ready(loan.settings(), (80, 24));
    rig.keys("5 / {about:RR-0412} Enter");
    rig.shows("CA revocation requested");
    rig.shows("10.20.4.18 · \"EU issuing moved to G3. G2 retired, change CHG-88213.\"");
    rig.keys("/ {user} Enter");
    rig.hides("EU issuing moved");
}

/// A page that fails is drawn as a gap with its bounds and its cause, and is gone once it was read.
#[test]
fn g17_a_gap_is_drawn_until_it_is_read() {
    let loan = Loan::new();
    let fault = Fault::Status { status: 503, retry_after: None };
    let rule = Rule::new("/certificate-authority/api/v1/audit", fault);
    loan.faults([Rule { after: 3, ..rule.times(3) }]);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.keys("5");
    rig.shows("Gap from ");
    rig.shows("! PARTIAL  4,");
    loan.faults([]);
    rig.keys("r");
    assert!(!rig.text().contains("Gap ") && !rig.text().contains("PARTIAL"), "{}", rig.text());
    rig.shows("5,440 events kept here from 2 sources.");
}
