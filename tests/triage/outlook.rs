//! What is told beside the rows: uncovered names, blind accounts, the forecast, thresholds.

use certdeck::{
    domain::{
        acme::{AcmeCertificate, forecast::Forecast, probe::Verdict, threshold::Threshold},
        ids::AccountId,
        subject::View,
    },
    present::column::Record as _,
};

use crate::estate::{DAY, Estate, HOUR, NOW, row};

#[test]
fn a_name_of_a_contract_without_a_certificate_is_uncovered() {
    let estate = || {
        let rows = [
            row("A1", "issued", 80 * DAY, "a.example.com"),
            row("B2", "issued", 80 * DAY, "*.lab.example.com"),
            row("C3", "issued", -DAY, "old.example.com"),
            row("D4", "revoked", 80 * DAY, "leak.example.com"),
            row("-", "pending", 0, "new.example.com"),
        ];
        let names = "a.example.com x.lab.example.com lab.example.com old.example.com leak.example.com new.example.com";
        Estate::of(rows).contract(|c| c.names = Some(row("-", "pending", 0, names).names().to_set()))
    };
    let listed = |estate: Estate| estate.contract(|c| c.listed = true);
    let uncovered = |estate: Estate| -> Vec<(String, bool)> {
        let all = estate.triage(NOW).uncovered;
        all.into_iter().map(|of| (of.name.to_string(), of.ended.is_some())).collect()
    };
    let told = [
        ("lab.example.com", false),
        ("leak.example.com", false),
        ("new.example.com", false),
        ("old.example.com", true),
    ];
    assert_eq!(uncovered(listed(estate())), told.map(|(name, ended)| (name.to_owned(), ended)));
    assert_eq!(uncovered(estate()), [], "half a list claims nothing");
    let mut blind = listed(estate());
    blind.facts.blind = vec![AccountId::new("90210"), AccountId::new("90213"), AccountId::new("90210")];
    assert_eq!(blind.triage(NOW).blind, [AccountId::new("90210"), AccountId::new("90213")]);
    assert_eq!(uncovered(blind), [], "an account that cannot be seen is a blind spot");
}

#[test]
fn the_forecast_counts_ends_with_nothing_newer_by_week() {
    let mut estate = Estate::of([
        row("A1", "issued", 3 * DAY, "a.example.com"),
        row("A2", "issued", 3 * DAY, "a.example.com"),
        row("B1", "issued", 4 * DAY, "b.example.com"),
        row("B2", "issued", 80 * DAY, "b.example.com"),
        row("C1", "issued", 40 * DAY, "c.example.com"),
        row("D1", "not_renewed", 8 * DAY, "d.example.com"),
        row("E1", "revoked", 9 * DAY, "e.example.com"),
        row("F1", "issued", -DAY, "f.example.com"),
        row("G1", "issued", 90 * DAY, "g.example.com"),
    ])
    .life(90);
    for n in 0..3 {
        estate.rows.push(row(&format!("AA{n}"), "issued", 41 * DAY, &format!("h{n}.example.com")));
    }
    let forecast = Forecast::of(estate.list(), &estate.triage(NOW), NOW);
    let weeks: Vec<(usize, usize)> = forecast.weeks.iter().map(|week| (week.late, week.ahead)).collect();
    let mut wanted = [(0, 0); 12];
    (wanted[0], wanted[1], wanted[5], wanted[11]) = ((1, 0), (1, 0), (0, 4), (0, 1));
    assert_eq!(weeks, wanted);
    assert_eq!(forecast.weeks[0].from.to_string(), "2026-11-21");
    assert_eq!(forecast.weeks[5].from.to_string(), "2026-12-26");
    assert_eq!((forecast.live, forecast.peak()), (8, None));
    let load: Vec<(u16, String)> =
        forecast.load.iter().map(|load| (load.limit, format!("{:.2}", load.per_week))).collect();
    assert_eq!(load, [(200, "0.42"), (100, "0.84"), (47, "1.79")].map(|(limit, weekly)| (limit, weekly.to_owned())));
    assert!(forecast.assumption.starts_with("If all 8 lineages renew at 2/3 of the maximum lifetime"));
}

#[test]
fn the_fullest_week_is_a_multiple_of_the_median_one() {
    let counts = [7, 5, 2, 4, 12, 9, 18, 24, 41, 88, 37, 20];
    let mut estate = Estate::default();
    for (week, count) in (0_i64..).zip(counts) {
        for n in 0..count {
            let serial = format!("{:X}", week * 1_000 + n + 1);
            estate.rows.push(row(&serial, "issued", (week * 7 + 3) * DAY, &format!("w{week}n{n}.example.com")));
        }
    }
    let forecast = Forecast::of(estate.list(), &estate.triage(NOW), NOW);
    let (week, times) = forecast.peak().expect("a peak");
    assert_eq!((week.from.to_string().as_str(), week.total()), ("2027-01-23", 88));
    assert_eq!((forecast.median(), format!("{times:.1}")), (15.0, "5.9".to_owned()));
}

#[test]
fn a_threshold_looks_at_what_is_left_of_rows_without_a_successor() {
    let breached = |estate: Estate, text: &str| {
        let (found, _) = estate.subject();
        Threshold::parse(text).expect(text).breached(&found, &estate.rows[0], NOW)
    };
    let one = |left: i64| Estate::of([row("A1", "issued", left, "a.example.com")]).life(90);
    let cases = [
        (20 * DAY, "20d", true),
        (20 * DAY + 1, "20d", false),
        (27 * DAY, "30%", true),
        (27 * DAY + 1, "30%", false),
        (21 * DAY, "overdue", true),
        (21 * DAY + 1, "overdue", false),
        (28 * DAY, "min(30d,33%)", true),
        (30 * DAY, "min(30d,33%)", false),
        (30 * DAY, "max(30d,33%)", true),
        (72 * HOUR, "72h", true),
        (-1, "72h", true),
    ];
    for (left, text, wanted) in cases {
        assert_eq!(breached(one(left), text), wanted, "{left} {text}");
    }
    let replaced =
        Estate::of([row("A1", "issued", DAY, "a.example.com"), row("B2", "issued", 80 * DAY, "a.example.com")]);
    assert!(!breached(replaced.clone(), "20d"), "something newer was issued");
    assert!(breached(replaced.probe(0, Verdict::Same, "A1", Some(DAY)), "72h"), "the old one is still served");
    assert!(!breached(one(DAY).snooze(0), "1h") && breached(one(5 * DAY).snooze(-DAY), "20d"));
    assert!(!breached(one(5 * DAY).snooze(DAY), "20d"), "it is put off");
}

#[test]
fn rows_group_by_four_things() {
    let estate = Estate::of([row("A1", "issued", 80 * DAY, "*.shop.example.co.uk")]);
    let (found, _) = estate.subject();
    let view = View { record: &estate.rows[0], derived: Some(&found), index: 0 };
    let groups: Vec<(&str, String)> =
        AcmeCertificate::GROUPINGS.iter().map(|by| (by.name, (by.of)(view).into_owned())).collect();
    let wanted = [("state", "OK"), ("account", "90210"), ("contract", "12345"), ("domain", "example.co.uk")];
    assert_eq!(groups, wanted.map(|(word, group)| (word, group.to_owned())));
}
