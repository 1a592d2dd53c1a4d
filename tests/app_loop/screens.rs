//! What the five screens show of the simulator, and how one leads to another.

use certdeck::{
    domain::{acme::AcmeCertificate, filter::Filter},
    flow::ScreenId,
    present::column::Record as _,
    simulator::NewEvent,
};

use crate::support::{
    dump,
    rig::{Loan, Rig},
    stage::NOW,
};

fn ready() -> (Rig, Loan) {
    let loan = Loan::new();
    (Rig::ready(loan.settings(), (120, 40)), loan)
}

/// The number in front of `words` in a frame.
fn number(rig: &Rig, words: &str) -> usize {
    let text = rig.text();
    rig.shows(words);
    let at = text.find(words).expect("words of the screen");
    let digits: String = text[..at].trim_end().chars().rev().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    digits.chars().rev().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

#[test]
fn five_screens_are_filled_from_the_services() {
    let (mut rig, _loan) = ready();
    for words in ["2 ACME 1,284", "3 CAs 23", "4 Reports 13", "DEMO  demo   you ops-one   write on", "as of", "✓0s"] {
        if words != "as of" {
            rig.shows(words);
        }
    }
    rig.shows("All sources read 0 s ago.");
    rig.hides("not configured");
    rig.keys("2");
    rig.shows("of 1,284 · sorted by State");
    rig.keys("Esc");
    rig.shows("1,284 · sorted by State");
    rig.keys("3");
    rig.shows("23 CAs · 3 roots");
    rig.shows("2 to answer · 1 yours");
    rig.keys("4");
    rig.shows("13 · sorted by Last run");
    rig.shows("6 scheduled");
    rig.keys("5");
    rig.shows("5,440 events kept here from 2 sources.");
    rig.shows("20 Nov 19:00Z: 42 events");
    rig.shows("ops-two");
    assert_eq!(rig.app().estate().audit.rows().len(), 500, "other screens see the newest");
}

#[test]
fn filter_and_order_are_those_of_the_rows() {
    let (mut rig, _loan) = ready();
    rig.keys("2");
    rig.filter("lab status:issued");
    let shown = number(&rig, "of 1,284");
    let filter = Filter::parse("lab status:issued", AcmeCertificate::FIELDS).expect("a filter");
    let matching = rig.app().estate().acme.rows().views().filter(|row| filter.matches(*row, NOW)).count();
    assert!(shown == matching && shown > 0, "{shown} of {matching}");
    rig.keys("Esc s");
    rig.paste("name");
    rig.keys("Enter");
    rig.shows("sorted by Name ▴");
    let first =
        rig.app().estate().acme.rows().iter().map(|row| row.domain().as_str()).min().expect("a name").to_owned();
    rig.keys("gg");
    assert!(rig.selected().contains(&first), "{first} in {}", rig.selected());
    rig.keys("S");
    rig.shows("sorted by Name ▾");
    assert!(rig.selected().contains(&first), "the cursor stays on its row");
}

#[test]
fn details_hold_the_certificate_the_contract_and_the_definition() {
    let (mut rig, _loan) = ready();
    rig.keys("3");
    rig.shows("Subject     CN=Acme Root R1,O=Acme");
    rig.keys("Enter");
    for words in ["SHA-256", "Key usage   certificate sign, CRL sign", "Constraints CA", "RAW", "CRL         every"] {
        rig.shows(words);
    }
    rig.keys("Esc 2 Enter");
    for words in ["CONTRACT", "Product     ssl_dv_rapidssl", "Paid until  2027-07-02 08:15:00Z", "1 active of 2"] {
        rig.shows(words);
    }
    rig.keys("Esc 4");
    rig.shows("Columns     order_id · common_name");
    rig.shows("When        every week, SATURDAY");
    rig.keys("Enter");
    rig.shows("RUNS");
}

#[test]
fn a_ca_leads_to_its_events_and_an_event_to_its_ca() {
    let (mut rig, _loan) = ready();
    rig.keys("3 j j g l");
    assert_eq!(rig.app().current(), ScreenId::Audit);
    rig.shows("about:\"Acme Issuing CA G2 EU\"");
    let events = rig.app().estate().audit.rows();
    let about = events.iter().filter(|event| event.resource_name == "Acme Issuing CA G2 EU").count();
    assert!(number(&rig, "of 5,440") >= about && about > 0, "{}", rig.text());
    rig.keys("g c");
    assert_eq!(rig.app().current(), ScreenId::Cas);
    assert!(rig.selected().contains("Acme Issuing CA G2 EU"), "{}", rig.text());
    rig.keys("5 Enter");
    assert_eq!(rig.app().current(), ScreenId::Cas, "Enter leads there too");
}

#[test]
fn reading_again_keeps_the_row_under_the_cursor() {
    let loan = Loan::fresh();
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    let mut rows = Vec::new();
    for keys in ["2 j j j j", "3 j j j", "4 j j", "5 j j j"] {
        rig.keys(keys);
        rig.pass(20);
        rows.push(rig.selected());
        rig.keys("r");
        assert_eq!(rows.last(), Some(&rig.selected()), "{keys} r:\n{}", rig.text());
    }
    rig.keys("R");
    for (key, row) in ["2", "3", "4", "5"].iter().zip(rows) {
        rig.keys(key);
        assert_eq!(rig.selected(), row, "{key} R:\n{}", rig.text());
    }
    let before = rig.selected();
    let at = rig.text().lines().position(|line| line.starts_with('▌'));
    loan.control().push_audit_event(NewEvent {
        who: "ops-two".into(),
        action: "issue".into(),
        resource_type: "certificate".into(),
        status: "success".into(),
        ..NewEvent::default()
    });
    rig.keys("r");
    assert_eq!(rig.selected(), before, "{}", rig.text());
    assert_eq!(rig.text().lines().position(|line| line.starts_with('▌')), at.map(|at| at + 1), "{}", rig.text());
}

#[test]
fn the_demonstration_is_the_same_each_time() {
    let frames = || {
        let loan = Loan::fresh();
        let mut rig = Rig::ready(loan.settings(), (120, 40));
        let mut all = Vec::new();
        for keys in ["1", "2", "2 Enter", "3", "3 j j j", "4", "4 Enter", "5", "5 Enter"] {
            rig.keys(keys);
            all.push(dump::without_digests(&dump::styled(rig.buffer())));
            rig.keys("Esc");
        }
        all
    };
    for (first, second) in frames().into_iter().zip(frames()) {
        assert_eq!(first, second);
    }
}
