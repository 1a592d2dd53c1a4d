//! The review of a CA request in the loop, against the simulator: what it takes to send, and that it is sent once.

use std::sync::Arc;

use certdeck::{
    app::Environment,
    domain::{
        Clean,
        ca::decision::{Ledger, Record},
    },
    simulator::{Control, Fault, Rule},
    store::{Place, Store},
};

use super::support::{
    rig::{self, Loan, Rig},
    stage::NOW,
};

const SIZE: (u16, u16) = (120, 40);
/// A request of somebody else, and the name of its CA.
const REQUEST: &str = "RR-0412";
const CA: &str = "Acme Issuing CA G2 EU";
const COMMENT: &str = "CHG-88213 checked, G3 issues";

fn store() -> Store {
    Store::open(Place::Memory, Arc::new(|| NOW))
}

fn rig_in(environment: Environment, loan: &Loan, store: Option<&Store>) -> Rig {
    let mut setting = rig::setting();
    setting.place.environment = environment;
    setting.place.name = Clean::new("here");
    let mut rig = Rig::among(vec![("here".to_owned(), loan.settings())], store.cloned(), setting, SIZE);
    rig.start();
    rig
}

/// A review of [`REQUEST`].
fn opened(loan: &Loan, store: Option<&Store>) -> Rig {
    let mut rig = rig_in(Environment::Test, loan, store);
    open(&mut rig);
    rig
}

fn open(rig: &mut Rig) {
    rig.keys("A a");
    rig.shows(REQUEST);
}

/// Lets time pass, second by second as the loop sees it.
fn pass(rig: &mut Rig, seconds: i64) {
    rig.pass(seconds);
    rig.tick();
}

/// Types name and comment, and goes to the button.
fn fill(rig: &mut Rig) {
    rig.keys("Tab");
    write(rig, CA);
    rig.keys("Tab");
    rig.paste(COMMENT);
    rig.keys("Tab Tab Tab");
}

fn write(rig: &mut Rig, text: &str) {
    rig.type_keys(&format!("{{{}}}", text.replace(' ', "_")));
    rig.settle();
}

/// What was sent that changes anything.
fn changes(control: &Control) -> Vec<String> {
    let sent = control.requests().into_iter().filter(|seen| seen.method != "GET");
    sent.map(|seen| format!("{} {}", seen.method, seen.path)).collect()
}

fn kinds(rig: &Rig, store: &Store) -> Vec<String> {
    let store = store.clone();
    let entries = rig.wait(async move { store.entries(0, 100).await.expect("a journal") });
    let is_own = |kind: &&str| Record::KINDS.contains(kind);
    entries.iter().map(|entry| entry.kind.as_str()).filter(is_own).map(str::to_owned).collect()
}

#[test]
fn an_approval_takes_name_comment_button_and_countdown_and_is_sent_once() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = opened(&loan, Some(&store));
    for words in ["ops-two", "EU issuing moved to G3", "IF YOU APPROVE", "not known for 1 CA", "2 left", "retired"] {
        rig.shows(words);
    }
    fill(&mut rig);
    rig.shows("[ Approve the revocation ]");
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
    pass(&mut rig, 2);
    rig.keys("Enter");
    rig.shows("Esc stops");
    pass(&mut rig, 5);
    rig.shows("Esc stops");
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
    pass(&mut rig, 6);
    rig.settle();
    rig.shows("Done, and read back.");
    assert_eq!(changes(&loan.control()).len(), 1, "{:?}", changes(&loan.control()));
    assert_eq!(loan.control().request_status(REQUEST).as_deref(), Some("approved"));
    assert_eq!(kinds(&rig, &store), ["intent", "sent", "answer", "outcome"]);
    rig.keys("Enter q");
    pass(&mut rig, 30);
    assert_eq!(changes(&loan.control()).len(), 1);
}

#[test]
fn d16_pasted_names_held_enter_and_keys_typed_ahead_send_nothing() {
    let loan = Loan::fresh();
    let mut rig = opened(&loan, None);
    rig.keys("Tab");
    rig.paste(CA);
    assert!(rig.notice().contains("Pasting the name is refused"), "{}", rig.notice());
    rig.shows("2 left");
    rig.keys("ctrl-u");
    // All of it typed ahead, with Enter held.
    let name = CA.replace(' ', "_");
    rig.keys(&format!("{{{name}}} Enter {{{}}} Enter Enter Enter Enter Enter Enter", COMMENT.replace(' ', "_")));
    pass(&mut rig, 20);
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
    // The button was reached by a burst of keys: it takes a moment of calm.
    let mut rig = opened(&loan, None);
    fill(&mut rig);
    rig.keys("Enter Enter Enter");
    assert!(rig.notice().contains("Too quick"), "{}", rig.notice());
    pass(&mut rig, 20);
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
}

#[test]
fn a_countdown_is_stopped_by_esc_and_by_being_away() {
    let loan = Loan::fresh();
    let mut rig = opened(&loan, None);
    fill(&mut rig);
    pass(&mut rig, 2);
    rig.keys("Enter x");
    rig.shows("Esc stops");
    pass(&mut rig, 3);
    rig.keys("Esc");
    assert!(rig.notice().contains("nothing was sent"), "{}", rig.notice());
    pass(&mut rig, 20);
    rig.keys("Tab");
    rig.keys("shift-Tab");
    pass(&mut rig, 2);
    rig.keys("Enter");
    rig.shows("Esc stops");
    rig.handle(certdeck::flow::Msg::Resumed);
    rig.settle();
    assert!(rig.notice().contains("nothing was sent"), "{}", rig.notice());
    pass(&mut rig, 20);
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
    assert_eq!(loan.control().request_status(REQUEST).as_deref(), Some("pending"));
}

#[test]
fn d10_another_administrator_who_decides_meanwhile_ends_it() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = opened(&loan, Some(&store));
    fill(&mut rig);
    pass(&mut rig, 2);
    rig.keys("Enter");
    assert!(loan.control().decide_request(REQUEST, false, "ops-three"));
    pass(&mut rig, 11);
    rig.settle();
    rig.shows("Nothing was sent");
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
    assert_eq!(kinds(&rig, &store), ["intent", "outcome"]);
}

#[test]
fn d12_an_edited_request_is_shown_with_its_difference_and_what_was_typed_is_void() {
    let loan = Loan::fresh();
    let mut rig = opened(&loan, None);
    fill(&mut rig);
    assert!(loan.control().edit_request(REQUEST, "key_compromise", "another comment"));
    pass(&mut rig, 31);
    rig.settle();
    rig.shows("CHANGED SINCE YOU OPENED IT");
    rig.shows("\"another comment\"");
    pass(&mut rig, 2);
    rig.keys("Enter");
    assert!(rig.notice().contains("Nothing is sent"), "{}", rig.notice());
    pass(&mut rig, 20);
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
}

#[test]
fn a_rejection_asks_for_a_reason_alone_and_the_ca_stays() {
    let loan = Loan::fresh();
    let mut rig = opened(&loan, None);
    rig.keys("Tab Tab Tab Tab Enter");
    rig.shows("REVIEW: reject the revocation");
    rig.hides("Type CA name");
    rig.hides("CLIENTS STOP TRUSTING");
    rig.paste("not before the migration is done");
    rig.keys("Tab Tab Tab");
    pass(&mut rig, 2);
    rig.keys("Enter");
    pass(&mut rig, 11);
    rig.settle();
    rig.shows("Done, and read back.");
    assert_eq!(loan.control().request_status(REQUEST).as_deref(), Some("rejected"));
    assert_eq!(changes(&loan.control()).len(), 1);
}

#[test]
fn d22_production_opens_read_only_and_a_read_only_context_stays_so() {
    let loan = Loan::fresh();
    let mut rig = rig_in(Environment::Production, &loan, None);
    rig.shows("read-only");
    open(&mut rig);
    rig.shows("writing is off");
    fill(&mut rig);
    pass(&mut rig, 2);
    rig.keys("Enter");
    assert!(rig.notice().contains("1 check is not met"), "{}", rig.notice());
    rig.keys("Esc :");
    write(&mut rig, "write 5h");
    rig.keys("Enter");
    assert!(rig.notice().contains("1m to 4h"), "{}", rig.notice());
    rig.keys(":");
    write(&mut rig, "write 10m");
    rig.keys("Enter");
    rig.shows("write on until 14:1");
    rig.shows("writing is on until 14:1");
    pass(&mut rig, 700);
    rig.shows("writing was on until 14:1");
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);

    let mut setting = rig::setting();
    setting.place.read_only = Some(Clean::new("the configuration says so"));
    let mut rig = Rig::with(loan.settings(), setting, SIZE);
    rig.start();
    rig.keys(":");
    write(&mut rig, "write 10m");
    rig.keys("Enter");
    assert!(rig.notice().contains("read-only: the configuration says so"), "{}", rig.notice());
    open(&mut rig);
    rig.shows("read-only: the configuration says so");
}

#[test]
fn d13_an_own_request_cannot_be_approved() {
    let loan = Loan::fresh();
    let mut rig = rig_in(Environment::Test, &loan, None);
    rig.keys("A j j a");
    rig.shows("RR-0411");
    rig.shows("You made this request");
}

#[test]
fn d15_a_second_program_and_a_full_journal_send_nothing_and_say_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let open_store = || Store::open(Place::Folder(folder.path().to_owned()), Arc::new(|| NOW));
    let (loan, first, second) = (Loan::fresh(), open_store(), open_store());
    let mut rig = opened(&loan, Some(&second));
    let claimed = first.clone();
    rig.wait(async move { claimed.claim_writes().await.expect("the first one may write") });
    fill(&mut rig);
    pass(&mut rig, 2);
    rig.keys("Enter");
    pass(&mut rig, 11);
    rig.settle();
    rig.shows("Nothing was sent: another certdeck");
    assert_eq!(changes(&loan.control()), [] as [&str; 0]);
}

#[test]
fn d05_an_answer_of_a_proxy_is_not_known_and_locks_the_ca() {
    let (loan, store) = (Loan::fresh(), store());
    let mut rig = opened(&loan, Some(&store));
    fill(&mut rig);
    pass(&mut rig, 2);
    rig.keys("Enter");
    loan.faults([Rule::new("*/approve", Fault::Status { status: 502, retry_after: None }).method("PUT")]);
    rig.pass(11);
    rig.until(|rig| rig.has("Not known whether it"));
    assert_eq!(changes(&loan.control()).len(), 1);
    let entries = rig.wait(async move { store.entries(0, 100).await.expect("a journal") });
    let records = entries.iter().filter_map(|entry| Record::from_json(&entry.kind, &entry.body));
    let ledger: Ledger = records.collect();
    let [trail] = ledger.trails() else { panic!("one intent: {ledger:?}") };
    assert!(ledger.lock(&trail.intent.errand.ca).is_some());
}
