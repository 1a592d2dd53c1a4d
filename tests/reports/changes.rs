//! Changes of reports against the simulator: what was sent, how often, and what is told of it.

use certdeck::{
    domain::{
        FailureKind,
        report::{
            Field,
            change::{Change, Ending},
        },
    },
    simulator::{CERTCENTRAL_VIEW_ONLY, Fault},
    writes::Point,
};

use super::rig::{Rig, definition};

fn create(name: &str, frequency: &str) -> Change {
    Change::Create(Box::new(definition(name, frequency)))
}

async fn edit(rig: &Rig, name: &str, to: &str) -> Change {
    let report = rig.named(name).await.unwrap().id;
    let before = Box::new(rig.client.report_details(&report).await.unwrap().definition);
    let mut after = before.clone();
    after.name = to.into();
    Change::Edit { report, before, after }
}

#[tokio::test]
async fn a_report_is_made_edited_run_and_removed_with_one_request_each() {
    let rig = Rig::new();
    let Ok(Ending::Done { report: Some(report), run: None }) = rig.change(&create("Harbor weekly", "WEEKLY")).await
    else {
        panic!("it is made, and waits for its day")
    };
    assert_eq!(rig.named("Harbor weekly").await.unwrap().id, report);
    let change = edit(&rig, "Harbor weekly", "Quay weekly").await;
    assert!(matches!(rig.change(&change).await, Ok(Ending::Done { .. })));
    let details = rig.client.report_details(&report).await.unwrap().definition;
    assert_eq!((details.name.as_str(), details.columns.len()), ("Quay weekly", 2), "an edit loses nothing");
    let run = Change::Run { report: report.clone(), name: "Quay weekly".into() };
    let Ok(Ending::Done { run: Some(run), .. }) = rig.change(&run).await else { panic!("a new run is seen") };
    assert_eq!(rig.named("Quay weekly").await.unwrap().runs[0].run, Some(run));
    let delete = Change::Delete { report, name: "Quay weekly".into() };
    assert_eq!(rig.change(&delete).await, Ok(Ending::Done { report: None, run: None }));
    assert!(rig.named("Quay weekly").await.is_none());
    let methods: Vec<String> = rig.writes().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "PUT", "POST", "DELETE"]);
}

#[tokio::test]
async fn on_demand_runs_at_once_and_the_run_is_found_in_the_history() {
    let rig = Rig::new();
    let ending = rig.change(&create("Pier spot check", "ON_DEMAND")).await;
    let Ok(Ending::Done { run: Some(run), .. }) = ending else { panic!("{ending:?}") };
    assert_eq!(rig.named("Pier spot check").await.unwrap().runs[0].run, Some(run));
}

#[tokio::test]
async fn a_refusal_lands_on_its_field_and_nothing_is_made() {
    let rig = Rig::new();
    let mut wrong = definition("Harbor", "WEEKLY");
    wrong.columns.push("no_such_column".into());
    let ending = rig.change(&Change::Create(Box::new(wrong))).await.unwrap();
    let Ending::Refused { complaints, .. } = &ending else { panic!("{ending:?}") };
    assert!(
        matches!(complaints.as_slice(), [one] if one.field == Field::Columns && one.text.contains("no_such_column"))
    );
    let mut wrong = definition("Harbor", "WEEKLY");
    wrong.schedule.every = 9;
    let ending = rig.change(&Change::Create(Box::new(wrong))).await.unwrap();
    assert!(matches!(&ending, Ending::Refused { complaints, .. } if complaints[0].field == Field::Frequency));
    assert!(rig.named("Harbor").await.is_none());
}

#[tokio::test]
async fn a_key_that_only_reads_is_refused_without_a_word_about_fields() {
    let rig = Rig::of(|_| {}, CERTCENTRAL_VIEW_ONLY.to_owned());
    let ending = rig.change(&create("Harbor", "WEEKLY")).await.unwrap();
    let Ending::Refused { said, complaints } = &ending else { panic!("{ending:?}") };
    assert!(said.contains("403") && complaints.is_empty(), "{said}");
}

/// Each way in which an answer is lost, with the work done before it and without.
#[tokio::test]
async fn d24_a_lost_answer_is_looked_for_by_its_unique_name_and_nothing_is_sent_again() {
    let faults = [
        Fault::Silence,
        Fault::ResetEarly,
        Fault::Status { status: 502, retry_after: None },
        Fault::Html { status: 200, bytes: 100 },
    ];
    for fault in faults {
        for applied in [true, false] {
            let rig = Rig::new();
            rig.wrong(&fault, applied);
            let ending = rig.change(&create("Harbor weekly", "WEEKLY")).await.unwrap();
            let is_there = rig.named("Harbor weekly").await.is_some();
            assert_eq!(is_there, applied, "{fault:?}");
            match ending {
                Ending::Done { report, .. } => assert!(applied && report.is_some()),
                Ending::Unknown(why) => assert!(!applied && why.contains("no report of that name is there"), "{why}"),
                other => panic!("{fault:?} {applied}: {other:?}"),
            }
            assert_eq!(rig.writes().len(), 1, "{fault:?} {applied}: once");
        }
    }
}

#[tokio::test]
async fn d24_a_lost_answer_to_an_edit_a_run_and_a_removal_is_read_back_too() {
    for applied in [true, false] {
        let rig = Rig::new();
        let report = rig.named("Users and roles").await.unwrap();
        let changes = [
            Change::Run { report: report.id.clone(), name: report.name.clone() },
            edit(&rig, "Users and roles", "Users").await,
            Change::Delete {
                report: report.id.clone(),
                name: if applied { "Users".into() } else { report.name.clone() },
            },
        ];
        rig.wrong(&Fault::ResetEarly, applied);
        for change in &changes {
            let ending = rig.change(change).await.unwrap();
            assert_eq!(matches!(ending, Ending::Done { .. }), applied, "{}: {ending:?}", change.word());
            assert!(applied || matches!(ending, Ending::Unknown(_)), "{ending:?}");
        }
        assert_eq!(rig.writes().len(), 3, "each once");
    }
}

#[tokio::test]
async fn d24_a_name_that_is_taken_is_not_made_a_second_time() {
    let rig = Rig::new();
    assert!(matches!(rig.change(&create("Harbor", "WEEKLY")).await, Ok(Ending::Done { .. })));
    let again = rig.change(&create("Harbor", "WEEKLY")).await.unwrap();
    assert!(matches!(&again, Ending::Stopped(why) if why.contains("already")), "{again:?}");
    assert_eq!(rig.writes().len(), 1);
}

#[tokio::test]
async fn d12_what_changed_since_it_was_shown_stops_an_edit_and_a_removal() {
    let rig = Rig::new();
    let first = edit(&rig, "Users and roles", "Users").await;
    let second = edit(&rig, "Users and roles", "People").await;
    let report = first.report().unwrap().clone();
    assert!(matches!(rig.change(&first).await, Ok(Ending::Done { .. })));
    assert!(matches!(rig.change(&second).await, Ok(Ending::Stopped(_))));
    let delete = Change::Delete { report, name: "Users and roles".into() };
    assert!(matches!(rig.change(&delete).await, Ok(Ending::Stopped(_))));
    assert_eq!(rig.writes().len(), 1);
}

#[tokio::test]
async fn d14_a_program_that_ends_on_the_way_sends_once_and_the_next_start_tells_what_became_of_it() {
    for (point, sent) in [(Point::IntentKept, 0), (Point::SentKept, 0), (Point::Answered, 1), (Point::AnswerKept, 1)] {
        let rig = Rig::new();
        rig.killed_at(&create("Harbor", "WEEKLY"), point).await;
        assert_eq!(rig.writes().len(), sent, "{point:?}");
        let told = rig.writer().resolve_reports().await.unwrap();
        match (point, told.as_slice()) {
            (Point::IntentKept, []) | (Point::SentKept, [(_, Ending::Unknown(_))]) => {}
            (Point::Answered | Point::AnswerKept, [(change, Ending::Done { report: Some(_), .. })]) => {
                assert_eq!(change.name().as_str(), "Harbor");
            }
            (_, other) => panic!("{point:?}: {other:?}"),
        }
        assert_eq!(rig.writes().len(), sent, "looking sends nothing");
        assert_eq!(rig.writer().resolve_reports().await, Ok(Vec::new()), "it is told once");
    }
}

#[tokio::test]
async fn d15_without_a_journal_nothing_is_sent() {
    let rig = Rig::new();
    rig.writer().claim().await.unwrap();
    let journal = rig.folder.path().join("store");
    std::fs::remove_dir_all(&journal).unwrap();
    std::fs::write(&journal, b"not a folder").unwrap();
    let failure = rig.change(&create("Harbor", "WEEKLY")).await.unwrap_err();
    assert_ne!(failure.kind, FailureKind::Network);
    assert_eq!(rig.writes().len(), 0);
}
