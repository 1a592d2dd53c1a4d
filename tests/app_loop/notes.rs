//! Marks, and what is noted of the marked certificates.

use std::sync::Arc;

use certdeck::store::{Place, Store};

use super::support::{
    rig::{self, Loan, Rig},
    stage::NOW,
};

const SIZE: (u16, u16) = (120, 40);

fn rig(loan: &Loan, store: &Store) -> Rig {
    Rig::among(vec![("demo".to_owned(), loan.settings())], Some(store.clone()), rig::setting(), SIZE)
}

fn store() -> Store {
    Store::open(Place::Memory, Arc::new(|| NOW))
}

/// Requests that could change anything.
fn writes(loan: &Loan) -> usize {
    loan.requests().iter().filter(|seen| seen.method != "GET").count()
}

#[test]
fn marked_names_are_snoozed_together_hidden_shown_again_and_woken_by_undo() {
    let (loan, store) = (Loan::new(), store());
    let mut rig = rig(&loan, &store);
    rig.start();
    rig.keys("2");
    let names = ["mx1.acme-corp.example", "login.acme-corp.example"];
    rig.filter("mx1.acme-corp.example state:overdue");
    rig.keys("space Esc");
    rig.filter("login.acme-corp.example state:overdue");
    rig.keys("space");
    rig.shows("2 marked");
    rig.keys("Esc t");
    rig.shows("Note, on this machine only");
    rig.paste("Snooze");
    rig.keys("Enter");
    rig.paste("tomorrow");
    rig.keys("Enter");
    assert!(rig.notice().contains("a snooze ends after a time"), "{}", rig.notice());
    rig.shows("Snooze until");
    rig.keys("Esc t");
    rig.paste("Snooze");
    rig.keys("Enter");
    rig.paste("1h");
    rig.keys("Enter");
    assert!(rig.notice().contains("2 certificates: snoozed"), "{}", rig.notice());
    for name in names {
        rig.hides(name);
    }
    rig.hides("marked");
    rig.keys("f");
    rig.shows("SNOOZED");
    rig.filter("state:snoozed");
    rig.shows("2 of 1,284");
    rig.shows("put it off until");
    rig.keys("V");
    rig.shows("2 marked");
    rig.keys("t");
    rig.paste("Undo");
    rig.keys("Enter");
    rig.shows("0 of 1,284");
    rig.filter("state:overdue");
    for name in names {
        rig.shows(name);
    }
    rig.filter("mx1.acme-corp.example state:overdue");
    rig.shows("took the last");
    assert_eq!(writes(&loan), 0, "nothing is sent");
}

#[test]
fn notes_outlive_the_program_and_belong_to_their_context() {
    let (loan, store) = (Loan::new(), store());
    let mut first = rig(&loan, &store);
    first.start();
    first.keys("2");
    first.filter("git.acme-corp.example state:decide");
    first.keys("t");
    first.paste("Will not");
    first.keys("Enter Enter");
    assert!(first.notice().contains("A text is needed"), "{}", first.notice());
    first.paste("moved to the new host");
    first.keys("Enter");
    assert!(first.notice().contains("1 certificate: will not be renewed"), "{}", first.notice());
    let mut second = rig(&loan, &store);
    second.start();
    second.keys("2 f");
    second.filter("state:retired");
    second.shows("git.acme-corp.example");
    second.shows("moved to the new host");
    let elsewhere = vec![("lab".to_owned(), loan.settings())];
    let mut setting = rig::setting();
    setting.place.name = certdeck::domain::Clean::new("lab");
    let mut other = Rig::among(elsewhere, Some(store), setting, SIZE);
    other.start();
    other.keys("2 f");
    other.filter("state:retired");
    other.shows("0 of 1,284");
}

#[test]
fn a_hostile_note_is_text_like_any_other() {
    let (loan, store) = (Loan::new(), store());
    let mut rig = rig(&loan, &store);
    rig.start();
    rig.keys("2");
    rig.filter("sso.acme-corp.example state:decide");
    rig.keys("t");
    rig.paste("Acknowledge");
    rig.keys("Enter");
    rig.paste("see \u{1b}]0;PWN\u{7} \u{202e}txt.exe");
    rig.keys("Enter");
    rig.shows("see ^[]0;PWN^G <U+202E>txt.exe");
    assert!(!rig.text().contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", rig.text());
}

#[test]
fn a_range_and_all_filtered_rows_can_be_marked_and_screens_without_notes_say_so() {
    let (loan, store) = (Loan::new(), store());
    let mut rig = rig(&loan, &store);
    rig.start();
    rig.keys("2 gg space j j v");
    rig.shows("4 marked");
    rig.keys("u");
    rig.hides("marked");
    rig.keys("u");
    assert!(rig.notice().contains("no row is marked"), "{}", rig.notice());
    rig.filter("state:overdue");
    rig.keys("V");
    rig.shows("7 marked");
    rig.keys("4 t");
    assert!(rig.notice().contains("only ACME certificates take notes"), "{}", rig.notice());
    rig.keys("3 space");
    assert!(rig.notice().contains("take no marks"), "{}", rig.notice());
}

#[test]
fn a_hand_over_report_is_written_to_a_new_file_and_never_over_one() {
    let (loan, store) = (Loan::new(), store());
    let mut rig = rig(&loan, &store);
    rig.start();
    rig.keys("2");
    rig.filter("state:overdue");
    let folder = tempfile::tempdir().expect("a folder");
    let mut write = |name: &str| {
        let path = folder.path().join(name);
        rig.keys("w ctrl-u");
        rig.paste(&path.display().to_string());
        rig.keys("Enter");
        (rig.notice(), std::fs::read_to_string(path).ok())
    };
    let (said, markdown) = write("names.md");
    assert!(said.contains("Written to"), "{said}");
    let markdown = markdown.expect("a file");
    assert!(markdown.starts_with("# Hand-over of 7 certificates"), "{markdown}");
    assert!(markdown.contains("| mx1.acme-corp.example | OVERDUE | 2026-11-25T00:02:00Z |"), "{markdown}");
    assert!(markdown.contains("No newer certificate has these names"), "{markdown}");
    let (said, again) = write("names.md");
    assert!(said.contains("there is a file of that name, and it stays"), "{said}");
    assert_eq!(again, Some(markdown));
    let (_, csv) = write("names.csv");
    let csv = csv.expect("a file");
    assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().filter_map(Result::ok).count(), 7, "{csv}");
    let (_, json) = write("names.json");
    let json: serde_json::Value = serde_json::from_str(&json.expect("a file")).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(7));
    assert!(json[0]["next_step"].as_str().is_some_and(|step| !step.is_empty()), "{json}");
    let (_, ics) = write("names.ics");
    let ics = ics.expect("a file");
    assert_eq!((ics.matches("BEGIN:VEVENT").count(), ics.matches("SUMMARY:Renewal due: ").count()), (14, 7), "{ics}");
    assert!(ics.contains("SUMMARY:Certificate ends: mx1.acme-corp.example\r\n"), "{ics}");
    let (said, none) = write("names.exe");
    assert!(said.contains("ends in .md, .csv, .json or .ics") && none.is_none(), "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("names.md")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
