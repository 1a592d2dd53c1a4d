//! Faults of the network, as the screen tells them.

use certdeck::{
    client::PageSize,
    simulator::{Fault, RetryAfter, Rule},
};

use super::scene::{
    ACME, CA, HISTORY, ca_list_fails, from_the_start, is_safe, one_line, others_work, ready, set, status,
};
use crate::support::rig::{Loan, Rig};

#[test]
fn n06_a_reset_keeps_the_old_rows_or_makes_the_list_partial() {
    ca_list_fails(&Fault::Reset, "CA list: the connection was cut before the answer was complete");
    let (mut rig, _loan) = from_the_start(Rule::new(&format!("{ACME}/12346/certificates"), Fault::Reset));
    rig.keys("2");
    rig.shows("! PARTIAL  8 of 9 parts read");
    rig.shows("contract 12346: ");
    rig.hides("1,284");
}

#[test]
fn n07_a_body_that_ends_before_its_length_is_not_shown() {
    ca_list_fails(&Fault::CutBody, "CA list: the connection was cut before the answer was complete");
}

#[test]
fn n08_a_cut_body_without_length_is_not_an_empty_list() {
    ca_list_fails(&Fault::CutClose, "CA list: the answer has another form than expected at items[");
}

#[test]
fn n09_a_redirect_is_told_and_not_followed() {
    let to = "http://elsewhere.example.net/\u{9b}take".replace('\u{9b}', "%9b");
    let fault = Fault::Redirect { status: 302, to };
    ca_list_fails(&fault, "CA list: the service points to http://elsewhere.example.net/%9btake (302)");
}

#[test]
fn n10_a_captive_portal_is_not_an_answer() {
    ca_list_fails(&Fault::Html { status: 200, bytes: 900 }, "CA list: not a DigiCert answer (text/html)");
}

#[test]
fn n13_a_wait_that_the_service_asks_for_is_counted_down_while_it_lasts() {
    for after in [RetryAfter::Seconds(2), RetryAfter::HttpDate(2)] {
        let (mut rig, loan) = ready();
        let fault = Fault::Status { status: 429, retry_after: Some(after) };
        set(&loan, [Rule::new(CA, fault).times(1)]);
        rig.type_keys("3 r");
        rig.until(|rig| {
            rig.has("one asks to slow down: reading goes on in 2 s.")
                || rig.has("one asks to slow down: reading goes on in 1 s.")
        });
        rig.shows("Acme Root R1");
        rig.settle();
        rig.tick();
        rig.hides("slow down");
        rig.hides("STALE");
        is_safe(&rig);
    }
}

#[test]
fn n13_without_a_usable_wait_the_program_chooses_one() {
    for after in [None, Some(RetryAfter::Seconds(-1)), Some(RetryAfter::Text("soon \u{e9}".into()))] {
        let (mut rig, loan) = ready();
        let fault = Fault::Status { status: 429, retry_after: after };
        set(&loan, [Rule::new(CA, fault).times(1)]);
        rig.keys("3 r");
        rig.hides("STALE");
        rig.shows("23 CAs");
    }
}

#[test]
fn n13_what_goes_on_being_refused_is_told_with_the_seconds_that_are_left() {
    let (mut rig, loan) = ready();
    let fault = |seconds| Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(seconds)) };
    set(&loan, [Rule::new(CA, fault(1))]);
    rig.keys("3 r");
    rig.shows("~ STALE  CAs are 1 min old, waiting 1 s: CA list: DigiCert ONE asks to slow down (429");
    one_line(&rig, "asks to slow down (429");
    rig.pass(1);
    rig.tick();
    rig.hides("waiting");
    others_work(&mut rig);
    set(&loan, [Rule::new(CA, fault(1_000_000_000_000))]);
    rig.keys("3 r");
    rig.shows("to wait 11574074 d, or r to read again: CA list: DigiCert ONE asks to slow down (429");
    let asked = loan.requests().len();
    rig.pass(3_600);
    rig.tick();
    let again = loan.requests().iter().skip(asked).filter(|seen| seen.path.ends_with("/ca")).count();
    assert_eq!(again, 0, "so long a wait is left to the user");
}

#[test]
fn n14_a_service_in_maintenance_is_asked_again_by_itself_and_less_often() {
    let (mut rig, loan) = ready();
    set(&loan, [Rule::new(HISTORY, status(503))]);
    rig.keys("4 r");
    rig.shows("~ STALE  reports are 1 min old: ");
    rig.shows("perhaps for maintenance (503");
    let reads = |loan: &Loan| loan.requests().iter().filter(|seen| seen.path.ends_with("/history")).count();
    let before = reads(&loan);
    for _ in 0..11 {
        rig.pass(10);
        rig.tick();
    }
    assert_eq!(reads(&loan), before, "110 s later nothing was asked");
    set(&loan, []);
    rig.pass(10);
    rig.tick();
    rig.hides("STALE");
    assert_eq!(reads(&loan), before + 1);
}

#[test]
fn n16_a_gzip_bomb_stops_at_its_bound() {
    ca_list_fails(&Fault::GzipBomb { mebibytes: 100 }, "CA list: the answer is larger than 16777216 bytes");
}

#[test]
fn n22_half_a_list_is_partial_and_goes_on_where_it_stopped() {
    let loan = Loan::new();
    let mut settings = loan.settings();
    settings.page_size = PageSize::new(5);
    set(&loan, [Rule { offset: Some(10), ..Rule::new(CA, status(500)) }]);
    let mut rig = Rig::ready(settings, (120, 40));
    rig.keys("3");
    rig.shows("! PARTIAL  2 of 5 parts read, 10 CAs: CA list: DigiCert ONE failed on its side (500");
    rig.keys("1");
    rig.shows("10 PARTIAL");
    others_work(&mut rig);
    set(&loan, []);
    let before = loan.requests().len();
    rig.keys("3 r");
    rig.hides("PARTIAL");
    rig.shows("23 CAs");
    rig.shows("taken up again at the page that had failed");
    let pages = |seen: &&certdeck::simulator::Seen| seen.path == CA && seen.query.contains("offset=0");
    assert_eq!(loan.requests().iter().skip(before).filter(pages).count(), 0, "page 1 is not read again");
}

#[test]
fn n23_pages_that_repeat_or_shrink_are_told_and_shown_once() {
    let loan = Loan::new();
    let mut settings = loan.settings();
    settings.page_size = PageSize::new(5);
    set(&loan, [Rule::new(CA, Fault::PageRepeats)]);
    let mut rig = Rig::ready(settings.clone(), (120, 40));
    rig.keys("3");
    rig.shows("! PARTIAL  2 of 5 parts read, 5 CAs: the service sends the same page again and again");
    assert_eq!(
        rig.text().matches("Acme Root R2 (ECC)").count().min(1),
        rig.text().matches("Acme Root R2 (ECC)").count()
    );
    others_work(&mut rig);
    set(&loan, [Rule::new(CA, Fault::ShrinkingTotal)]);
    let mut rig = Rig::ready(settings, (120, 40));
    rig.keys("3");
    rig.shows("» the list changed while reading");
    others_work(&mut rig);
}
