//! What this program did, in the loop: its page, the last review of a request, and what is open on home.

use std::sync::Arc;

use certdeck::{
    app::Environment,
    domain::Clean,
    simulator::{Fault, Rule},
    store::{Place, Store},
};

use crate::support::{
    rig::{self, Loan, Rig},
    stage::NOW,
};

const CA: &str = "Acme Issuing CA G2 EU";

fn store() -> Store {
    Store::open(Place::Memory, Arc::new(|| NOW))
}

/// A program that has read nothing yet.
fn begun(loan: &Loan, store: &Store) -> Rig {
    let mut setting = rig::setting();
    setting.place.environment = Environment::Test;
    setting.place.name = Clean::new("here");
    Rig::among(vec![("here".to_owned(), loan.settings())], Some(store.clone()), setting, (120, 40))
}

fn rig(loan: &Loan, store: &Store) -> Rig {
    let mut rig = begun(loan, store);
    rig.start();
    rig
}

/// Confirms the approval of the first request, up to the end of its countdown.
fn approve(rig: &mut Rig) {
    rig.keys("A a");
    rig.shows("RR-0412");
    rig.keys("Tab");
    rig.type_keys(&format!("{{{}}}", CA.replace(' ', "_")));
    rig.settle();
    rig.keys("Tab");
    rig.paste("CHG-88213 checked, G3 issues");
    rig.keys("Tab Tab Tab");
    rig.pass(2);
    rig.tick();
    rig.keys("Enter");
    rig.pass(11);
}

#[test]
fn the_evidence_page_lists_what_was_decided_and_says_that_the_journal_is_whole() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = rig(&loan, &store);
    rig.keys("3 E");
    rig.shows("EVIDENCE");
    rig.shows("Nothing was decided here yet.");
    rig.shows("not what the service did");
    rig.keys("q");
    rig.hides("EVIDENCE");
    approve(&mut rig);
    rig.tick();
    rig.shows("Done, and read back.");
    rig.keys("q 5 E");
    rig.shows("The journal is whole: 4 entries");
    for words in ["verified", "approve the revocation", CA, "RR-0412", "done, and read back", "CHG-88213", "CHECKS"] {
        rig.shows(words);
    }
    rig.keys("r");
    rig.shows("verified");
    rig.keys("g c");
    rig.hides("EVIDENCE");
    rig.shows("CA hierarchy");
    assert!(rig.selected().contains(CA), "{}", rig.selected());
    // From any screen by its name.
    rig.keys("2 : {evidence} Enter");
    rig.shows("EVIDENCE");
    rig.keys("g l");
    rig.shows(&format!("about:\"{CA}\""));
}

#[test]
fn a_review_is_compared_with_the_last_one_and_leads_to_the_events_of_its_ca() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = rig(&loan, &store);
    rig.keys("A a D");
    rig.shows("not reviewed before on this machine");
    rig.keys("q");
    // It is edited during the countdown, so the approval is not sent.
    approve(&mut rig);
    assert!(loan.control().edit_request("RR-0412", "key_compromise", "another comment"));
    rig.tick();
    rig.shows("Nothing was sent");
    rig.keys("q");
    rig.keys("A a D");
    rig.shows("LAST REVIEW");
    rig.shows("by Robin Adler");
    rig.shows("request.comment:");
    rig.shows("\"another comment\"");
    rig.keys("g l");
    rig.hides("REVIEW:");
    rig.shows(&format!("about:\"{CA}\""));
}

#[test]
fn home_names_a_change_whose_end_is_not_known_and_opens_its_ca() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = rig(&loan, &store);
    rig.keys("1");
    rig.hides("CA is locked");
    loan.faults([Rule::new("*/approve", Fault::Status { status: 502, retry_after: None }).method("PUT")]);
    approve(&mut rig);
    // What became of it is looked for all the time, so the loop does not come to rest.
    rig.until(|rig| rig.has("Not known whether it"));
    rig.type_keys("q 1 g g");
    rig.until(|rig| rig.has("CA is locked: not known whether it was done"));
    rig.type_keys("Enter");
    rig.until(|rig| rig.has("CA hierarchy") && rig.selected().contains(CA));
    // The next program tells the same, as long as it is open.
    drop(rig);
    let mut rig = begun(&loan, &store);
    rig.begin();
    rig.type_keys("1");
    rig.until(|rig| rig.has("CA is locked: not known whether it was done"));
}
