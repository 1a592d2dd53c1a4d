//! A screen before and after something goes wrong, with all that has to hold whatever it was.

use certdeck::simulator::{Fault, Rule};

use crate::support::rig::{Loan, Rig};

pub const CA: &str = "/certificate-authority/api/v1/ca";
pub const HISTORY: &str = "/reports/v1/report/history";
pub const ACME: &str = "/partner-subscription/api/v1/acme";

/// Logs without events: reading thousands is not what these tests are about.
pub fn quiet() -> [Rule; 2] {
    ["/certificate-authority/api/v1/audit", "/account/api/v1/audit-log"].map(|path| Rule::new(path, body(204, "")))
}

/// A literal answer in JSON.
pub fn body(status: u16, text: &str) -> Fault {
    Fault::Body { status, content_type: "application/json".into(), text: text.into() }
}

pub fn status(status: u16) -> Fault {
    Fault::Status { status, retry_after: None }
}

pub fn set(loan: &Loan, rules: impl IntoIterator<Item = Rule>) {
    loan.faults(rules.into_iter().chain(quiet()));
}

/// Everything is read, and a minute and a half has passed.
pub fn ready() -> (Rig, Loan) {
    let loan = Loan::new();
    set(&loan, []);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.pass(90);
    (rig, loan)
}

/// Everything is read for the first time while `rule` holds.
pub fn from_the_start(rule: Rule) -> (Rig, Loan) {
    let loan = Loan::new();
    set(&loan, [rule]);
    let rig = Rig::ready(loan.settings(), (120, 40));
    (rig, loan)
}

/// No character on the screen can move the cursor, turn text round or hide.
#[track_caller]
pub fn is_safe(rig: &Rig) {
    let text = rig.text();
    let acts = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{3164}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    assert_eq!(text.chars().find(|c| acts(*c)), None, "{text:?}");
    assert_eq!(text.lines().count(), 40);
}

/// The CA list fails with `title`: old rows stay and are marked with their age, or, on a first read, the screen says
/// what happened; the other screens go on.
#[track_caller]
pub fn ca_list_fails(fault: &Fault, title: &str) {
    let (mut rig, loan) = ready();
    set(&loan, [Rule::new(CA, fault.clone())]);
    rig.keys("3 r");
    rig.shows("~ STALE  CAs are 1 min old");
    rig.shows(title);
    rig.shows("Acme Root R1");
    rig.shows("23 CAs");
    one_line(&rig, title);
    others_work(&mut rig);
    set(&loan, []);
    rig.keys("3 r");
    rig.hides("STALE");
    drop(rig);
    set(&loan, [Rule::new(CA, fault.clone())]);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.keys("3");
    rig.shows(&format!("! {title}"));
    rig.shows("r reads again; the other screens are not affected.");
    rig.hides("Acme Root R1");
    rig.hides("There are no CAs");
    others_work(&mut rig);
}

/// The notice is one line with `title`.
#[track_caller]
pub fn one_line(rig: &Rig, title: &str) {
    let notice = rig.notice();
    assert!(notice.contains(title), "{title:?} is not in {notice:?}");
    assert!(!notice.contains(|c: char| c.is_control()), "{notice:?}");
    is_safe(rig);
}

/// The screens that do not show CAs are complete.
#[track_caller]
pub fn others_work(rig: &mut Rig) {
    rig.keys("2");
    rig.shows("of 1,284");
    rig.hides("STALE");
    is_safe(rig);
    rig.keys("4");
    rig.shows("Weekly orders");
    rig.hides("STALE");
    is_safe(rig);
}
