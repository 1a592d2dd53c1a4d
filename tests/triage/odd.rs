//! What the service should not send: kept, told, and sorted the same each time.

use certdeck::domain::{
    When,
    acme::{explain::explain, state::State, triage::Assessment},
    name::{Name, NameSet},
};

use crate::estate::{DAY, Estate, NOW, alter, row};

#[test]
fn an_assessment_is_at_most_24_bytes() {
    assert!(size_of::<Assessment>() <= 24, "{}", size_of::<Assessment>());
}

#[test]
fn j05_odd_dates_are_kept_told_and_sorted() {
    let dates = ["0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z", "0000-00-00", "10000-01-01T00:00:00Z", ""];
    let mut estate = Estate::default();
    for (serial, date) in ["A1", "A2", "A3", "A4", "A5"].iter().zip(dates) {
        let mut row = row(serial, "issued", 0, &format!("{}.example.com", serial.to_lowercase()));
        alter(&mut row, |row| row.expires = When::parse(date));
        estate.rows.push(row);
    }
    let (triage, list) = (estate.triage(NOW), estate.list());
    let states: Vec<State> = triage.assessments.iter().map(|found| found.state).collect();
    assert_eq!(states, [State::Expired, State::Ok, State::Ok, State::Ok, State::Ok]);
    assert_eq!(triage.unreadable, 3, "the three without a readable end are counted apart");
    for index in 2..5 {
        let words = explain(index, list, &triage, &estate.facts, NOW).expect("a row");
        assert!(words.reason.starts_with("The service gives no end that can be read"), "{}", words.reason);
        assert_eq!(words.lifetime, None);
    }
    let mut order: Vec<u32> = (0..5).rev().collect();
    order.sort_by(|a, b| triage.order(list, *a, *b));
    assert_eq!(order, [0, 1, 2, 3, 4]);
}

#[test]
fn j07_serials_of_any_form_find_their_facts() {
    let forms = ["0A:1B:2C", "0a1b2c", "0x0A1B2C", "A1B2C", "0000A1B2C"];
    for form in forms {
        let estate = Estate::of([row("A1B2C", "issued", 80 * DAY, "a.example.com")]).seen(0, 9 * DAY);
        let mut other = estate.clone();
        other.rows = vec![row(form, "issued", 80 * DAY, "a.example.com")];
        assert_eq!(other.triage(NOW).assessments, estate.triage(NOW).assessments, "{form}");
        assert_eq!(other.facts.first_seen.get(&other.rows[0]), Some(crate::estate::after(-9 * DAY)), "{form}");
    }
    let long = "F".repeat(40);
    let estate = Estate::of([
        row(&long, "issued", 80 * DAY, "a.example.com"),
        row("not hex", "issued", 9 * DAY, "a.example.com"),
    ]);
    let triage = estate.triage(NOW);
    assert_eq!(triage.superseded_by(1, estate.list()), Some(0));
}

#[test]
fn j08_ten_thousand_names_are_one_set() {
    let names = |extra: &str| {
        let many = (0..10_000).map(|n| Name::new(&format!("n{n}.many.example.com")));
        NameSet::new(many.chain([Name::new(extra)]))
    };
    let mut estate = Estate::of([
        row("A1", "issued", 5 * DAY, "many.example.com"),
        row("B2", "issued", 80 * DAY, "many.example.com"),
        row("C3", "issued", 9 * DAY, "n7.many.example.com n9999.many.example.com"),
    ]);
    alter(&mut estate.rows[0], |row| row.names = names("many.example.com"));
    alter(&mut estate.rows[1], |row| row.names = names("many.example.com"));
    let triage = estate.triage(NOW);
    assert_eq!(triage.lineages.len(), 2);
    assert_eq!(triage.superseded_by(0, estate.list()), Some(1));
    assert_eq!(triage.superseded_by(2, estate.list()), Some(1));
    let list = estate.list();
    assert_eq!(triage.lineages.coverage(triage.assessments[0].lineage(), list).len(), 10_001);
}

#[test]
fn t14_what_is_no_name_is_covered_by_itself_alone() {
    for name in ["a b.example.com", "xn--.example.com", "a\u{202e}.example.com"] {
        let mut estate = Estate::of([
            row("A1", "issued", 5 * DAY, "x.example.com"),
            row("B2", "issued", 80 * DAY, "*.example.com example.com"),
        ]);
        let odd = Name::new(name);
        alter(&mut estate.rows[0], |row| {
            row.domain = odd.clone();
            row.names = NameSet::new([odd.clone()]);
        });
        assert!(!estate.triage(NOW).assessments[0].is_superseded(), "{name}");
        alter(&mut estate.rows[1], |row| row.names = NameSet::new([odd]));
        assert!(estate.triage(NOW).assessments[0].is_superseded(), "{name}");
    }
}

#[test]
fn rows_without_any_name_are_replaced_by_nothing() {
    let estate = Estate::of([
        row("A1", "issued", -DAY, ""),
        row("B2", "issued", 80 * DAY, ""),
        row("C3", "issued", 80 * DAY, "a.example.com"),
    ]);
    let triage = estate.triage(NOW);
    assert_eq!(triage.assessments[0].state, State::Expired);
    assert_eq!(triage.lineages.len(), 3);
}

#[test]
fn nothing_is_assessed_without_rows() {
    let triage = Estate::default().triage(NOW);
    assert!(triage.assessments.is_empty() && triage.lineages.is_empty());
    assert_eq!((triage.next_change, triage.count(State::Ok)), (None, 0));
}
