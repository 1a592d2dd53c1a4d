//! Reports in the loop, against the simulator: run, removed and fetched from their screen.

use certdeck::{
    app::{Environment, Setting},
    domain::{Clean, Failure, FailureKind, ids::ReportId, report::Definition},
    flow::{Alert, Call, CallKey, Drafting, Effect, Msg, Reply},
    simulator::{CERTCENTRAL_VIEW_ONLY, Control},
};
use secrecy::SecretString;

use crate::support::{
    rig::{self, Loan, Rig},
    sample,
    stage::Stage,
};

/// The screen with one report on it.
fn screen(loan: &Loan, name: &str) -> Rig {
    let mut setting = rig::setting();
    setting.place.environment = Environment::Test;
    let mut rig = Rig::with(loan.settings(), setting, (120, 40));
    rig.start();
    rig.keys("4");
    rig.filter(&format!("\"{name}\""));
    rig
}

fn writes(control: &Control) -> Vec<String> {
    let sent = control.requests().into_iter().filter(|seen| seen.method != "GET");
    sent.map(|seen| seen.method).collect()
}

#[test]
fn a_report_is_run_once_when_the_word_is_typed_and_nothing_else_sends() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("!");
    rig.shows("Run Users and roles now");
    for keys in ["Enter", "y Enter", "{RUN} Enter", "Esc"] {
        rig.keys(keys);
    }
    rig.keys("!");
    rig.paste("run");
    rig.keys("Enter");
    assert_eq!(writes(&loan.control()), Vec::<String>::new(), "a paste, a key and another word send nothing");
    rig.type_keys("{run}");
    rig.keys("Enter");
    rig.settle();
    rig.shows("the run is in the history");
    rig.shows("GENERATING");
    rig.shows("usual ");
    assert_eq!(writes(&loan.control()), ["POST"]);
}

#[test]
fn a_report_is_removed_when_its_name_is_typed() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("x");
    rig.shows("Remove Users and roles");
    rig.type_keys("{users_and_roles}");
    rig.keys("Enter");
    assert_eq!(writes(&loan.control()), Vec::<String>::new(), "not its name");
    rig.keys("Esc x");
    rig.type_keys("{Users_and_roles}");
    rig.keys("Enter");
    rig.settle();
    rig.shows("done, and read back");
    assert_eq!(writes(&loan.control()), ["DELETE"]);
    rig.shows("0 of ");
}

#[test]
fn the_files_of_the_newest_run_are_fetched_and_told() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("w");
    rig.settle();
    rig.shows("1 file");
    rig.shows("whole and checked");
    assert_eq!(writes(&loan.control()), Vec::<String>::new());
}

#[test]
fn a_run_whose_files_are_here_is_shown_without_any_request() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("Enter");
    rig.shows("DEFINITION");
    rig.keys("Esc w");
    rig.settle();
    let title = "Users and roles, 28 Oct run";
    rig.shows(title);
    rig.shows("318 rows");
    rig.shows("ops-one");
    rig.keys("Esc");
    rig.hides(title);
    rig.shows("sorted by Last run");
    let asked = loan.requests().len();
    rig.keys("Enter");
    rig.settle();
    rig.shows(title);
    rig.shows("318 rows");
    rig.keys("Esc");
    assert_eq!(loan.requests().len(), asked);
}

#[test]
fn production_and_a_key_that_may_not_say_why() {
    let loan = Loan::new();
    let mut setting = rig::setting();
    setting.place.environment = Environment::Production;
    let mut rig = Rig::with(loan.settings(), setting, (120, 40));
    rig.start();
    rig.keys("4 !");
    rig.shows("Writing is off; :write 30m switches it on.");
    let mut settings = loan.settings();
    let reading = SecretString::from(CERTCENTRAL_VIEW_ONLY);
    settings.certcentral.as_mut().unwrap().key = reading;
    let mut rig = Rig::ready(settings, (120, 40));
    rig.keys("4 !");
    rig.shows("Run Weekly orders now");
    rig.type_keys("{run}");
    rig.keys("Enter");
    rig.settle();
    rig.shows("refused, and nothing was changed");
}

#[test]
fn a_run_in_progress_is_looked_at_every_ten_seconds() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("!");
    rig.type_keys("{run}");
    rig.keys("Enter");
    rig.settle();
    let reads = |loan: &Loan| {
        let seen = loan.requests();
        seen.iter().filter(|seen| seen.path.ends_with("/report/history")).count()
    };
    let before = reads(&loan);
    rig.pass(9);
    rig.tick();
    rig.settle();
    assert_eq!(reads(&loan), before);
    rig.pass(1);
    rig.tick();
    rig.settle();
    assert_eq!(reads(&loan), before + 1);
    loan.control().advance(60);
    rig.pass(10);
    rig.tick();
    rig.settle();
    let done = reads(&loan);
    rig.shows("READY");
    rig.pass(10);
    rig.tick();
    rig.settle();
    assert_eq!(reads(&loan), done, "nothing is in progress any more");
}

#[test]
fn a_report_is_made_in_the_form_and_what_is_wrong_stands_at_its_field() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Harbor");
    rig.keys("+");
    rig.settle();
    rig.shows("New report");
    rig.keys("ctrl-u");
    rig.type_keys("{Harbor_weekly} Down Down Down Down Down Down ctrl-u {7} ctrl-s");
    rig.settle();
    rig.shows("! Every: every 1 or 2 weeks");
    assert_eq!(writes(&loan.control()), Vec::<String>::new());
    rig.type_keys("ctrl-u {2} ctrl-s");
    rig.settle();
    rig.shows("create report: Harbor weekly");
    rig.paste("send");
    rig.keys("Enter");
    assert_eq!(writes(&loan.control()), Vec::<String>::new(), "a paste sends nothing");
    rig.type_keys("{send} Enter");
    rig.settle();
    rig.shows("done, and read back");
    rig.shows("every 2 weeks, MONDAY");
    assert_eq!(writes(&loan.control()), ["POST"]);
    rig.keys("e");
    rig.settle();
    rig.shows("Edit report");
    rig.keys("ctrl-u");
    rig.type_keys("{Quay_weekly} ctrl-s {send} Enter");
    rig.settle();
    rig.filter("\"Quay weekly\"");
    rig.shows("1 of ");
    assert_eq!(writes(&loan.control()), ["POST", "PUT"]);
}

#[test]
fn a_refusal_opens_the_form_again_at_its_field() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Harbor");
    rig.keys("+");
    rig.settle();
    rig.keys("ctrl-u");
    rig.type_keys("{Harbor} Down Down Down ctrl-u {order_id,} ctrl-s");
    // A column that nobody knows but the service.
    rig.keys("Esc");
    rig.type_keys("ctrl-u {no-such-column} ctrl-s {send} Enter");
    rig.settle();
    rig.shows("! Columns: The type has no such column. (no-such-column)");
    rig.type_keys("ctrl-u {sans} ctrl-s {send} Enter");
    rig.settle();
    rig.shows("done, and read back");
    assert_eq!(writes(&loan.control()), ["POST", "POST"]);
    assert_eq!(loan.requests().iter().filter(|seen| seen.method == "PUT").count(), 0);
}

#[test]
fn what_was_typed_is_not_lost_by_one_key_and_on_demand_says_that_it_runs() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Harbor");
    rig.keys("+");
    rig.settle();
    rig.type_keys("{x} Esc");
    rig.settle();
    rig.shows("Esc again leaves the form");
    rig.shows("New report");
    rig.type_keys("Down Down Down Down Down ctrl-n ctrl-n Down ctrl-u Down ctrl-u ctrl-s");
    rig.settle();
    rig.shows("ON_DEMAND runs at once");
    rig.keys("Esc Esc Esc");
    rig.hides("New report");
    assert_eq!(writes(&loan.control()), Vec::<String>::new());
}

#[test]
fn the_end_of_a_run_is_told_here_and_on_the_desktop_when_that_is_wanted() {
    for alert in [None, Some(Alert::Osc9)] {
        let loan = Loan::fresh();
        let mut rig = Rig::with(loan.settings(), Setting { alert, ..rig::setting() }, (120, 40));
        rig.start();
        rig.keys("4");
        rig.filter("\"Users and roles\"");
        rig.keys("!");
        rig.type_keys("{run} Enter");
        rig.settle();
        assert_eq!(rig.alerts(), [], "it has only begun");
        rig.keys("j");
        rig.shows("You will be told when Users and roles is READY.");
        loan.control().advance(60);
        rig.pass(10);
        rig.tick();
        assert_eq!(rig.notice(), "Users and roles is READY.");
        let told: Vec<(Alert, Clean)> = alert.map(|how| (how, "Users and roles is READY".into())).into_iter().collect();
        assert_eq!(rig.alerts(), told);
        rig.pass(60);
        rig.tick();
        assert_eq!(rig.alerts(), told, "once");
    }
}

#[test]
fn changes_of_reports_stand_among_the_evidence() {
    let loan = Loan::fresh();
    let mut rig = screen(&loan, "Users and roles");
    rig.keys("!");
    rig.type_keys("{run} Enter");
    rig.settle();
    rig.keys("e");
    rig.settle();
    rig.keys("ctrl-u");
    rig.type_keys("{People} ctrl-s");
    rig.settle();
    rig.shows("- name = \"Users and roles\"");
    rig.shows("+ name = \"People\"");
    rig.type_keys("{send} Enter");
    rig.settle();
    rig.keys(": {evidence} Enter");
    rig.shows("EVIDENCE: what certdeck did to CAs and reports");
    rig.shows("edit report  People");
    rig.shows("run report  Users and roles");
    rig.shows("verified");
    rig.shows("+ name = \"People\"");
    rig.keys("j");
    rig.shows("done, and the run is in the history");
    rig.keys("g c");
    rig.shows("This change is about a report: gr shows it.");
    rig.keys("k g r");
    rig.hides("EVIDENCE");
    rig.shows("name:\"People\"");
}

#[test]
fn what_the_editor_leaves_is_shown_before_it_is_sent_and_is_not_lost_when_it_is_odd() {
    let mut stage = sample::ready((120, 40));
    stage.keys(": {write_30m} Enter 4 e");
    let definition = Definition::example();
    let drafting = Drafting { report: Some(ReportId::new("r-1")), definition: definition.clone(), people: None };
    stage.answer(CallKey::Draft, Ok(Reply::Drafted(Box::new(drafting))));
    let edited = |stage: &mut Stage| {
        stage.keys("ctrl-e");
        match stage.effects.last() {
            Some(Effect::Edit(text)) => text.clone(),
            other => panic!("no text for the editor: {other:?}"),
        }
    };
    let text = edited(&mut stage);
    assert_eq!(Definition::from_toml(&text), Ok(definition), "the file says all of it");
    stage.send(Msg::Edited(Ok(text.clone())));
    assert!(stage.text().contains("Nothing is changed."), "{}", stage.text());
    stage.send(Msg::Edited(Ok(text.replace("every = 1", "every = 2"))));
    let shown = stage.text();
    for words in ["edit report: Weekly orders", "- every = 1", "+ every = 2", "type send, then Enter"] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
    stage.keys("Esc");
    assert_eq!(edited(&mut stage), text.replace("every = 1", "every = 2"), "the form has it");
    stage.send(Msg::Edited(Ok(text.replace("every = 1", "every = 7"))));
    assert!(stage.text().contains("! Every: every 1 or 2 weeks"), "{}", stage.text());
    let odd = text.replace("every = 1", "every =");
    stage.send(Msg::Edited(Ok(odd.clone())));
    assert!(stage.text().contains("The text cannot be read (line "), "{}", stage.text());
    assert_eq!(edited(&mut stage), odd, "nothing of it is lost");
    let failure = Failure::new(FailureKind::Cancelled, "the editor was left with an error, so nothing was sent");
    stage.send(Msg::Edited(Err(failure)));
    assert!(stage.text().contains("nothing was sent") && stage.text().contains("Edit report"), "{}", stage.text());
    let sends = |effect: &Effect| matches!(effect, Effect::Call { call: Call::Change(_), .. });
    assert!(!stage.effects.iter().any(sends));
}
