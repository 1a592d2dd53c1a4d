//! Hostile text of a service on the screen.

use certdeck::simulator::{Fault, Rule};

use super::scene::{ACME, CA, body, ca_list_fails, from_the_start, is_safe, one_line, others_work, set};
use crate::support::rig::Rig;

/// The ACME screen with one certificate of these names, and its details.
fn certificate(names: &[&str]) -> Rig {
    let sans = serde_json::to_string(names).expect("names");
    let first = serde_json::to_string(names[0]).expect("a name");
    let record = |name: &str, sans: &str, serial: &str| {
        format!(
            r#"{{"domain":{name},"status":"issued","serial_number":"{serial}","sans":{sans},"expiration_date":"2026-12-01T00:00:00Z"}}"#
        )
    };
    let clean = record(r#""clean.example.net""#, r#"["clean.example.net"]"#, "B2");
    let text = format!(r#"{{"certificates":[{},{clean}]}}"#, record(&first, &sans, "A1"));
    let rule = Rule::new(&format!("{ACME}/12345/certificates"), body(200, &text));
    let others = Rule::new(&format!("{ACME}/*/certificates"), body(200, r#"{"certificates":[]}"#));
    let loan = crate::support::rig::Loan::new();
    set(&loan, [rule, others]);
    let mut rig = Rig::ready(loan.settings(), (120, 40));
    rig.keys("2");
    rig.shows("clean.example.net");
    rig.shows("2 of 2");
    is_safe(&rig);
    rig
}

/// Puts the cursor on the row, of two, that holds `words`.
fn select(rig: &mut Rig, words: &str) {
    rig.keys("gg");
    if !rig.selected().contains(words) {
        rig.keys("j");
    }
    assert!(rig.selected().contains(words), "{}", rig.text());
}

#[test]
fn t01_t02_t03_escape_sequences_are_written_out() {
    let mut rig = certificate(&["\u{1b}]0;PWN\u{7}.example.net", "\u{9b}2J.example.net"]);
    rig.shows("^[]0;pwn^G.example.net");
    rig.shows("<U+009B>");
    rig.keys("Enter");
    is_safe(&rig);
    rig.keys("Esc 4");
    rig.shows("^[]0;PWN^G Bericht");
    is_safe(&rig);
}

#[test]
fn t04_a_lone_carriage_return_overwrites_no_line() {
    let mut rig = certificate(&["over\rwritten.example.net"]);
    rig.shows("over^Mwritten.example.net");
    select(&mut rig, "over^Mwritten");
    rig.keys("Enter");
    rig.shows("over^Mwritten.example.net");
    is_safe(&rig);
}

#[test]
fn t05_a_name_that_is_turned_round_is_marked_in_list_and_details() {
    let (mut rig, _loan) = super::scene::ready();
    rig.keys("3");
    rig.shows("! deceptive");
    rig.filter("gnius");
    rig.keys("G");
    assert!(rig.selected().contains("! deceptive"), "{}", rig.text());
    rig.shows("! the name holds hidden or deceptive");
    rig.keys("Enter");
    rig.shows("Acme Is<U+202E>AC gnius");
    rig.shows("! the name holds hidden or deceptive characters, shown as <U+....>");
    is_safe(&rig);
}

#[test]
fn t06_t10_marks_and_line_separators_end_with_their_row() {
    let mut rig = certificate(&["iso\u{2066}late\u{2067}d.example.net", "a\u{2028}b\u{2029}c\u{85}d.example.net"]);
    rig.shows("iso<U+2066>late<U+2067>d.");
    let row = rig.text().lines().position(|line| line.contains("OVERDUE    clean.")).expect("a row");
    let odd = rig.text().lines().position(|line| line.contains("OVERDUE    iso<U+2066>")).expect("a row");
    assert_eq!(row.abs_diff(odd), 1, "one line each:\n{}", rig.text());
    select(&mut rig, "iso<U+2066>");
    rig.keys("Enter");
    rig.shows("a<U+2028>b<U+2029>c<U+0085>d.example.net");
    is_safe(&rig);
}

#[test]
fn t07_a_hidden_character_makes_another_name() {
    let mut rig = certificate(&["cle\u{200b}an.example.net"]);
    select(&mut rig, "cle<U+200B>an.example.net");
    rig.keys("Enter");
    rig.shows("! this is not a valid host name; shown as the service sent it");
    is_safe(&rig);
}

#[test]
fn t08_tags_are_written_out() {
    let rig = certificate(&["tag\u{e0041}\u{e0042}.example.net"]);
    rig.shows("tag<U+E0041><U+E0042>.exampl…");
}

#[test]
fn t11_a_very_long_name_is_cut() {
    let mut rig = certificate(&["a".repeat(100 << 10).as_str()]);
    rig.shows("aaaa…");
    let edge = |text: &str| text.lines().filter(|line| line.chars().nth(76) == Some('│')).count();
    assert!(edge(&rig.text()) >= 25, "the pane keeps its edge:\n{}", rig.text());
    rig.keys("Enter");
    is_safe(&rig);
    rig.handle(certdeck::flow::Msg::Resize(60, 16));
    rig.settle();
    rig.shows("…");
}

#[test]
fn t12_wide_characters_never_overflow_their_cell() {
    let family = "\u{6771}\u{4eac}\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}".repeat(12);
    let mut rig = certificate(&[&format!("{family}.example.net")]);
    for width in 60..145 {
        rig.handle(certdeck::flow::Msg::Resize(width, 40));
        rig.settle();
        is_safe(&rig);
        for line in rig.text().lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= usize::from(width), "{line:?}");
        }
    }
    rig.keys("Enter");
    is_safe(&rig);
}

#[test]
fn t13_a_look_alike_stands_as_it_is_stored_and_is_named() {
    let mut rig = certificate(&["xn--80ak6aa92e.com"]);
    select(&mut rig, "xn--80ak6aa92e.com");
    rig.shows("xn--80ak6aa92e.com");
    rig.shows("! looks like apple.com, and is another");
    rig.keys("Enter");
    rig.shows("! looks like apple.com, and is another name");
}

#[test]
fn t14_what_is_no_host_name_is_flagged_and_not_trimmed() {
    let long = format!("{}.example.net", "b".repeat(64));
    for (name, shown) in
        [("xn--a", "xn--a"), ("xn--", "xn--"), (" a b.net", " a b.net"), ("n\0l.net", "n^@l.net"), (&long, "bbbb")]
    {
        let mut rig = certificate(&[name]);
        select(&mut rig, shown);
        rig.keys("Enter");
        rig.shows(shown);
        rig.shows("! this is not a valid host name; shown as the service sent it");
        is_safe(&rig);
    }
}

#[test]
fn t16_bytes_that_are_no_text_are_named_by_their_place() {
    ca_list_fails(&Fault::InvalidUtf8, "CA list: the answer is not UTF-8 at byte ");
}

#[test]
fn t18_an_error_of_a_service_cannot_act_in_the_notice() {
    let text = "{\"error\":{\"code\":\"x\u{202e}y\",\"message\":\"\\u001b]0;PWN\\u0007 \u{9b}2J\\r\\nsecond line\"}}";
    let (mut rig, _loan) = from_the_start(Rule::new(CA, body(400, text)));
    rig.keys("3");
    rig.shows("! CA list: the service refused the request (400 x<U+202E>y)");
    rig.shows("^[]0;PWN^G <U+009B>2J^M^Jsecond line");
    is_safe(&rig);
    rig.keys("r");
    one_line(&rig, "the service refused the request (400 x<U+202E>y)");
    others_work(&mut rig);
}
