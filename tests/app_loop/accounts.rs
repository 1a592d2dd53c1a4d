//! A DigiCert ONE key that reaches several accounts.

use certdeck::{
    domain::{Clean, identity::OneUser, ids::AccountId},
    flow::{Effect, Opening, Reply, SourceId},
    simulator::{Accounts, Switches},
};

use super::{
    scene,
    support::{
        rig::{Loan, Rig},
        sample,
        stage::Stage,
    },
};

const SIZE: (u16, u16) = (120, 40);

fn several() -> Reply {
    let account = |id: &str, name: &str| (AccountId::new(id), Clean::new(name));
    let accounts = vec![account("a-1", "Acme Corp"), account("a-2", "Acme \u{202e}Labs"), account("a\"3", "")];
    Reply::OneUser(Box::new(OneUser { accounts, ..sample::one_user() }))
}

#[test]
fn the_loop_asks_for_the_account_and_sends_the_one_that_was_chosen() {
    let loan = Loan::fresh();
    scene::set(&loan, []);
    loan.control().set_switches(Switches { accounts: Accounts::Two, ..Switches::default() });
    let ids = loan.control().account_ids();
    let mut rig = Rig::ready(loan.settings(), SIZE);
    rig.shows("Account of DigiCert ONE");
    rig.shows("Acme Corp");
    rig.shows("Acme Labs");
    rig.shows(&ids[1]);
    assert_eq!(rig.app().estate().cas.rows().len(), 0, "without an account the service gives nothing");
    loan.control().clear();
    rig.keys("Enter");
    rig.shows(&format!("account_id = \"{}\"", ids[0]));
    let sent = || {
        let to_one = |path: &str| path.starts_with("/account/") || path.starts_with("/certificate-authority/");
        let of_one = loan.requests().into_iter().filter(|seen| to_one(&seen.path));
        let mut sent: Vec<_> = of_one.map(|seen| seen.header("x-dc-accountid").map(str::to_owned)).collect();
        sent.dedup();
        sent
    };
    assert_eq!(sent(), [Some(ids[0].clone())], "every request names it");
    rig.keys("Down Enter 3");
    assert_eq!(rig.copied(), [format!("account_id = \"{}\"", ids[0])]);
    rig.shows("23 CAs");
    loan.control().clear();
    rig.keys(": {account_acme_labs} Enter");
    rig.keys("Esc");
    assert_eq!(sent(), [Some(ids[1].clone())]);
    rig.shows("There are no CAs");
    rig.keys(": {account} Enter");
    rig.shows("shown now");
}

#[test]
fn an_account_that_is_chosen_leaves_nothing_of_the_one_before() {
    let mut stage = Stage::new(SIZE);
    for (source, reply) in sample::replies() {
        stage.reply(source, Ok(if source == SourceId::OneUser { several() } else { reply }));
    }
    assert!(stage.text().contains("Account of DigiCert ONE"), "{}", stage.text());
    assert!(stage.text().contains("<U+202E>"), "a name cannot turn its line round: {}", stage.text());
    stage.effects.clear();
    stage.keys("Down Down Enter");
    let opening = Opening { context: "acme-corp".to_owned(), account: Some("a\"3".to_owned()) };
    assert_eq!(stage.effects.first(), Some(&Effect::Open(opening.clone())));
    assert_eq!(stage.app.estate().filled(), 0);
    assert!(stage.text().contains(r#"account_id = "a\"3""#), "{}", stage.text());
    stage.keys("Esc");
    stage.reply(SourceId::OneUser, Ok(several()));
    assert!(!stage.text().contains("Account of DigiCert ONE"), "it is asked once: {}", stage.text());
    // Another context and back: the choice is that of the run.
    stage.keys(": {context_lab} Enter");
    stage.effects.clear();
    stage.keys(": {context_acme-corp} Enter");
    assert_eq!(stage.effects.first(), Some(&Effect::Open(opening)));
}

#[test]
fn the_question_waits_while_somebody_types_and_a_wrong_account_changes_nothing() {
    let mut stage = Stage::new(SIZE);
    stage.keys("2 /");
    stage.reply(SourceId::OneUser, Ok(several()));
    assert!(!stage.text().contains("Account of DigiCert ONE"), "{}", stage.text());
    stage.keys("{pay} Esc");
    assert!(stage.text().contains("Account of DigiCert ONE"), "{}", stage.text());
    stage.keys("Esc");
    stage.reply(SourceId::OneUser, Ok(several()));
    assert!(!stage.text().contains("Account of DigiCert ONE"), "once is enough: {}", stage.text());
    stage.effects.clear();
    stage.keys(": {account_b-9} Enter");
    assert!(stage.text().contains("the DigiCert ONE key reaches no account b-9"), "{}", stage.text());
    assert_eq!(stage.effects, []);
    let mut stage = Stage::new(SIZE);
    stage.keys(": {account} Enter");
    assert!(stage.text().contains("It is not known yet which accounts"), "{}", stage.text());
    stage.reply(SourceId::OneUser, Ok(Reply::OneUser(Box::new(sample::one_user()))));
    stage.keys(": {account} Enter");
    assert!(stage.text().contains("The DigiCert ONE key reaches one account."), "{}", stage.text());
}
