use proptest::prelude::*;

use super::*;
use crate::{
    domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord, CertificateStatus, facts::Facts, triage::assess},
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    flow::{Source, list::ListState},
};

const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);

/// Texts of a filter that is typed, and others.
const FILTERS: [&str; 32] = [
    "",
    "a",
    "ab",
    "AB.EX",
    "ab.example",
    "a.ab.ex",
    ".ab.example.com",
    "c.ab",
    "..",
    ".",
    "unrenewed",
    "frozen",
    "b",
    "1b",
    "0a",
    ":1",
    "issued",
    "re",
    "12345",
    "90",
    "ü",
    "\u{1f}",
    "!a",
    "!ab",
    "name:a",
    "name:ab",
    "name!=ab",
    "status:issued",
    "status:issued ab",
    "expires<14d",
    "expires<14d a",
    "\"\" sans>0",
];

prop_compose! {
    fn record()(
        domain in prop_oneof![8 => "(ab?|b|1b|cafe|\\*|\\.)\\.example\\.com", 1 => "[aA]ü\\.example", 1 => Just(String::new())],
        more in prop::collection::vec("[a-c]\\.(a?b|c\\.b|\\.)\\.example\\.com", 0..3),
        status in "issued|pending|renewed|revoked|frozen",
        days in -3..40_i64, odd in prop::bool::weighted(0.1),
        serial in prop_oneof![1 => Just(String::new()), 4 => "0?[1-9A-F]{1,3}", 1 => "[0-9a-f]:[0-9a-f]", 1 => "0x[aB]1"],
        contract in "1234[56]",
    ) -> CertificateRecord {
        let names = more.iter().map(|name| Name::new(name)).chain([Name::new(&domain)]);
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new(&contract),
            domain: Name::new(&domain),
            status: CertificateStatus::parse(&status),
            expires: match (odd, days % 5) {
                (true, 0) => When::Never,
                // Around 1970, within a second of each other.
                (true, 1) => When::At(Timestamp::from_millisecond(days * 300 - 6_000).unwrap()),
                (true, _) => When::parse("soon"),
                (false, _) => When::At(NOW + jiff::SignedDuration::from_hours(24 * days)),
            },
            serial: Serial::parse(&serial),
            names: NameSet::new(names),
            oddities: Vec::new(),
        }
    }
}

/// Rows with what triage found of them.
fn judged(records: Vec<CertificateRecord>) -> Rows<AcmeCertificate> {
    let rows = AcmeCertificate::pack(records);
    let triage = assess(&rows, &Facts::default(), NOW);
    Rows::from(rows).with(triage.assessments)
}

fn filter(text: &str) -> Filter<AcmeCertificate> {
    Filter::parse(text, AcmeCertificate::FIELDS).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_says_what_its_filter_says(records in prop::collection::vec(record(), 0..40)) {
        let rows = judged(records);
        for text in FILTERS {
            let filter = filter(text);
            let (mut search, mut sweep) = (filter.search(NOW), filter.sweep(NOW));
            for row in rows.views() {
                let matches = filter.matches(row, NOW);
                prop_assert_eq!(search.matches(row), matches, "{:?} {:?}", text, row.record);
                prop_assert_eq!(sweep.matches(row), matches, "{:?} {:?}", text, row.record);
            }
        }
    }

    #[test]
    fn a_narrower_filter_keeps_nothing_that_the_wider_one_left_out(records in prop::collection::vec(record(), 0..12)) {
        let rows = judged(records);
        for (wide, narrow) in FILTERS.iter().flat_map(|wide| FILTERS.map(|narrow| (filter(wide), filter(narrow)))) {
            let is_narrow = narrow.narrows(&wide);
            for row in rows.views() {
                let kept = narrow.matches(row, NOW) && !wide.matches(row, NOW);
                prop_assert!(!(is_narrow && kept), "{:?} {:?} {:?}", wide, narrow, row.record);
            }
        }
    }

    #[test]
    fn numbers_order_rows_as_their_column_does(records in prop::collection::vec(record(), 0..60), judge: bool) {
        let rows = if judge { judged(records) } else { Rows::from(AcmeCertificate::pack(records)) };
        for (column, reversed) in AcmeCertificate::COLUMNS.iter().flat_map(|column| [(column, false), (column, true)]) {
            let all: Vec<u32> = (0..).zip(rows.iter()).map(|(at, _)| at).collect();
            let (mut many, mut few) = (all.clone(), all.clone());
            column::sort_many(|at| rows.view(at as usize), &mut many, column, reversed);
            column::sort(|at| rows.view(at as usize), &mut few, column, reversed);
            for mut order in [many, few] {
                let views: Vec<View<'_, AcmeCertificate>> =
                    order.iter().filter_map(|at| rows.view(*at as usize)).collect();
                let is_sorted = views.is_sorted_by(|a, b| {
                    let by = (column.compare)(*a, *b);
                    (if reversed { by.reverse() } else { by }).then_with(|| a.tie(b)).is_le()
                });
                prop_assert!(is_sorted, "{} {}", column.name, reversed);
                order.sort_unstable();
                prop_assert_eq!(&order, &all);
            }
        }
    }
}

/// A list longer than what is arranged at once.
fn long() -> Source<AcmeCertificate> {
    let record = |i: usize| CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: Name::new(&format!("h{i}.example.com")),
        status: CertificateStatus::Issued,
        expires: When::At(NOW + jiff::SignedDuration::from_secs(i64::try_from(i * 7919 % 10_007).unwrap())),
        serial: Serial::parse(&format!("{:X}", i + 1)),
        names: NameSet::default(),
        oddities: Vec::new(),
    };
    let mut source = Source::default();
    let rows = AcmeCertificate::pack((0..10_000).map(record));
    source.finish(crate::domain::dataset::Dataset::complete(rows, NOW));
    source
}

/// What shows after a filter, and how many rows were looked at for it.
fn shown(
    list: &mut ListState<AcmeCertificate>,
    source: &Source<AcmeCertificate>,
    text: &str,
    now: Timestamp,
) -> (Vec<String>, usize) {
    list.set_filter(text).unwrap();
    let job = list.arrange(source, now).expect("a long list");
    let work = job.work();
    assert!(!list.arranged(job.run()));
    ((0..list.len()).map(|at| list.row(at).unwrap().domain().to_string()).collect(), work)
}

#[test]
fn each_further_letter_looks_at_the_rows_of_the_last_one_alone() {
    let source = long();
    let fresh = |text: &str, column: &str, reversed| {
        let mut list = ListState::new(column::column(column).unwrap(), reversed);
        shown(&mut list, &source, text, NOW).0
    };
    let mut list = ListState::new(column::column("expires").unwrap(), false);
    let mut looked = Vec::new();
    for text in ["h", "h9", "h99", "h99", "h9", "h99 !h999", "h99 !h999 expires<1h", "h99 !h999 expires<1h .ex"] {
        let (rows, work) = shown(&mut list, &source, text, NOW);
        assert_eq!(rows, fresh(text, "expires", false), "{text}");
        looked.push((work, rows.len()));
    }
    let soon = looked.last().map_or(0, |(work, _)| *work);
    assert!((1..100).contains(&soon), "{soon}");
    assert_eq!(
        looked,
        [
            (10_000, 10_000),
            (10_000, 1_111),
            (1_111, 111),
            (111, 111),
            (10_000, 1_111),
            (1_111, 100),
            (100, soon),
            (soon, soon)
        ]
    );
    // Time has passed: what was too late for an hour may be in time now.
    let later = NOW + jiff::SignedDuration::from_secs(60);
    assert_eq!(shown(&mut list, &source, "h99 !h999 expires<1h .ex", later).1, 10_000);
    // Another order of the same rows.
    list.set_sort(column::column("name").unwrap(), true);
    let (rows, work) = shown(&mut list, &source, "h99", NOW);
    assert_eq!((rows, work), (fresh("h99", "name", true), 10_000));
    list.set_sort(column::column("name").unwrap(), false);
    assert_eq!(shown(&mut list, &source, "h99", NOW), (fresh("h99", "name", false), 111));
}

#[test]
fn a_list_that_was_sorted_once_is_not_sorted_again_for_another_filter() {
    let source = long();
    let mut list = ListState::new(column::column("name").unwrap(), false);
    let sorts = |list: &mut ListState<AcmeCertificate>, text: &str, now| {
        list.set_filter(text).unwrap();
        let sorts = list.arrange(&source, now).is_some_and(|job| {
            let sorts = job.sorts();
            assert!(!list.arranged(job.run()));
            sorts
        });
        let names: Vec<String> = (0..list.len()).map(|at| list.row(at).unwrap().domain().to_string()).collect();
        assert!(names.is_sorted(), "{text}");
        (sorts, names.len())
    };
    assert_eq!(sorts(&mut list, "", NOW), (true, 10_000));
    assert_eq!(sorts(&mut list, "h99", NOW), (false, 111));
    assert_eq!(sorts(&mut list, "!h99", NOW), (false, 9_889));
    assert_eq!(sorts(&mut list, "h1 !h99", NOW), (false, 1_111));
    assert_eq!(sorts(&mut list, "", NOW + jiff::SignedDuration::from_secs(60)), (false, 10_000));
    list.set_grouping(column::grouping("contract"));
    assert_eq!(sorts(&mut list, "h1", NOW), (false, 1_111));
    list.set_grouping(None);
    list.set_sort(column::column("serial").unwrap(), false);
    list.set_filter("").unwrap();
    assert!(list.arrange(&source, NOW).expect("a long list").sorts());
}

#[test]
fn the_selected_row_is_found_by_the_work_and_not_by_the_loop() {
    let source = long();
    let mut list = ListState::new(column::column("name").unwrap(), false);
    shown(&mut list, &source, "", NOW);
    list.go(5_000);
    let selected = list.record().map(|row| row.domain().to_string());
    list.set_sort(column::column("name").unwrap(), true);
    let arrangement = list.arrange(&source, NOW).unwrap().run();
    assert!(
        arrangement.found.as_ref().is_some_and(|(place, key)| *place == Some(4_999) && list.targets() == [key.clone()])
    );
    assert!(!list.arranged(arrangement));
    assert_eq!((list.cursor(), list.record().map(|row| row.domain().to_string())), (4_999, selected));
    // Who has moved on meanwhile stays where he is.
    list.set_filter("h1").unwrap();
    let arrangement = list.arrange(&source, NOW).unwrap().run();
    list.go(0);
    let selected = list.record().map(|row| row.domain().to_string());
    assert!(!list.arranged(arrangement));
    assert_eq!(selected, Some("h9999.example.com".to_owned()));
    assert_eq!(list.cursor(), 0, "the row is not among those that show");
}

#[test]
fn the_first_rows_show_before_all_were_looked_at() {
    let source = long();
    let mut list = ListState::new(column::column("name").unwrap(), false);
    shown(&mut list, &source, "", NOW);
    let names = |list: &ListState<AcmeCertificate>| -> Vec<String> {
        (0..list.len()).map(|at| list.row(at).unwrap().domain().to_string()).collect()
    };
    for text in ["h1", "h12", "h1"] {
        list.set_filter(text).unwrap();
        let job = list.arrange(&source, NOW).expect("a long list");
        let (first, is_partial) = (names(&list), list.is_partial());
        assert!(!list.arranged(job.run()));
        let all = names(&list);
        assert!((is_partial, list.is_partial()) == (true, false) && !first.is_empty(), "{text}");
        assert_eq!(first, all[..first.len()], "{text}");
    }
    // The next letter comes while the first is still looked for: what shows is what was typed last.
    list.set_filter("h10").unwrap();
    let job = list.arrange(&source, NOW).expect("a long list");
    list.set_filter("h103").unwrap();
    assert!(list.arrange(&source, NOW).is_none() && list.is_partial());
    assert!(names(&list).iter().all(|name| name.starts_with("h103")));
    let stopped = job.run();
    assert!(stopped.stop.is_set() && list.arranged(stopped), "another one is due");
    assert!(list.is_partial() && names(&list).iter().all(|name| name.starts_with("h103")));
    let job = list.arrange(&source, NOW).expect("a long list");
    assert!(!list.arranged(job.run()) && list.len() == 11);
    // What is far down shows when it was found, and the selected row does not leave the cursor before.
    list.set_filter("").unwrap();
    assert!(list.arrange(&source, NOW).is_none() && list.len() == 10_000, "all are known");
    list.set_filter("h9999").unwrap();
    let job = list.arrange(&source, NOW).expect("a long list");
    assert!(!list.is_partial() && list.len() == 10_000);
    assert!(!list.arranged(job.run()) && list.len() == 1);
    list.set_filter("").unwrap();
    assert!(list.arrange(&source, NOW).is_none());
    list.go(9_000);
    list.set_filter("h").unwrap();
    assert!(list.arrange(&source, NOW).is_some() && !list.is_partial());
}
