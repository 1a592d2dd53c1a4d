//! Changes of a CA that decide no request, in the loop, against the simulator: each is sent once and read back.

use certdeck::{app::Environment, simulator::Control};

use crate::support::rig::{self, Loan, Rig};

const COMMENT: &str = "CHG-88213 agreed with the owner";

/// The list of changes of a CA.
fn list(loan: &Loan, ca: &str) -> Rig {
    let mut setting = rig::setting();
    setting.place.environment = Environment::Test;
    let mut rig = Rig::with(loan.settings(), setting, (120, 40));
    rig.start();
    rig.keys("3 f");
    rig.filter(&format!("\"{ca}\""));
    rig.keys("gg");
    // A filter keeps the issuers of what it finds.
    while !rig.selected().contains(ca) {
        let before = rig.selected();
        rig.keys("j");
        assert_ne!(rig.selected(), before, "{ca} is not in the list");
    }
    rig.keys("x");
    rig
}

/// Picks an entry, reviews it, and sends it; the word that the page says of it is on the button.
fn carry_out(rig: &mut Rig, ca: &str, pick: &str, verb: &str) {
    rig.keys(pick);
    rig.shows(&format!("REVIEW: {verb}"));
    rig.hides("Reject …");
    rig.hides("Approve …");
    rig.shows("2 left");
    rig.keys("Tab");
    rig.type_keys(&format!("{{{}}}", ca.replace(' ', "_")));
    rig.settle();
    rig.keys("Tab");
    rig.paste(COMMENT);
    rig.keys("Tab Tab");
    let capital = verb[..1].to_uppercase() + &verb[1..];
    rig.shows(&format!("[ {capital} ]"));
    rig.pass(2);
    rig.tick();
    rig.keys("Enter");
    rig.shows(&format!("[ {capital} in "));
    rig.pass(11);
    rig.tick();
    rig.shows("Done, and read back");
}

fn changes(control: &Control) -> Vec<(String, String)> {
    let sent = control.requests().into_iter().filter(|seen| seen.method != "GET");
    sent.map(|seen| (seen.method, seen.path)).collect()
}

#[test]
fn a_revocation_is_requested_once_with_a_reason_and_waits_for_a_second_person() {
    let (loan, ca) = (Loan::fresh(), "Acme VPN CA 2");
    let mut rig = list(&loan, ca);
    rig.shows("the CA is active");
    rig.keys("{request_the_rev} Enter");
    rig.shows("Reason of the revocation");
    rig.hides("remove_from_crl");
    assert_eq!(changes(&loan.control()), []);
    carry_out(&mut rig, ca, "{certificate_hold} Enter", "request the revocation");
    let sent = changes(&loan.control());
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].0 == "POST" && sent[0].1.ends_with("/revocation-request"), "{sent:?}");
    assert_eq!(loan.control().ca_status(ca).as_deref(), Some("active"), "a second person decides");
    // It waits now, and no second one can be asked for.
    rig.keys("Enter x");
    rig.shows("a request waits already");
}

#[test]
fn a_reinstatement_is_requested_once_and_of_a_revoked_ca_alone() {
    let (loan, ca) = (Loan::fresh(), "Acme Issuing CA G1 US");
    assert!(loan.control().decide_request("RI-0031", false, "ops-two"));
    let mut rig = list(&loan, ca);
    rig.shows("the CA is revoked");
    carry_out(&mut rig, ca, "{reinstatement} Enter", "request the reinstatement");
    let sent = changes(&loan.control());
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].0 == "POST" && sent[0].1.ends_with("/reinstatement-request"), "{sent:?}");
    assert_eq!(loan.control().ca_status(ca).as_deref(), Some("revoked"));
}

#[test]
fn an_active_ca_is_disabled_and_a_disabled_one_enabled_by_one_request_each() {
    for (ca, pick, verb, before, after) in [
        ("Acme VPN CA 2", "{disable_the} Enter", "disable the CA", "active", "disabled"),
        ("Acme Issuing CA G2 US", "{enable_the} Enter", "enable the CA", "disabled", "active"),
    ] {
        let loan = Loan::fresh();
        assert_eq!(loan.control().ca_status(ca).as_deref(), Some(before));
        let mut rig = list(&loan, ca);
        carry_out(&mut rig, ca, pick, verb);
        let sent = changes(&loan.control());
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!(sent[0].0, "PUT", "{sent:?}");
        assert_eq!(loan.control().ca_status(ca).as_deref(), Some(after));
    }
}

/// The same page, from the list: a request of somebody else waits.
#[test]
fn a_request_that_waits_is_decided_from_the_list_and_what_is_off_opens_nothing() {
    let loan = Loan::fresh();
    let ca = "Acme Issuing CA G2 EU";
    let mut rig = list(&loan, ca);
    rig.keys("{enable_the} Enter");
    rig.hides("REVIEW:");
    rig.keys("Esc x Enter");
    rig.shows("REVIEW: approve the revocation   RR-0412");
    rig.keys("Esc x {reject} Enter");
    rig.shows("REVIEW: reject the revocation   RR-0412");
    assert_eq!(changes(&loan.control()), []);
}
