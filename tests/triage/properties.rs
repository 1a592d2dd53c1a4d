//! What holds for any estate.

use std::collections::HashMap;

use certdeck::domain::{
    When,
    acme::{
        CertificateStatus,
        explain::explain,
        note::{Deed, Until},
        probe::Verdict,
        state::State,
        triage::assess_again,
    },
    ids::ContractId,
    name::{Name, NameSet},
};
use proptest::prelude::*;

use crate::estate::{DAY, Estate, NOW, after, alter, row};

const NAMES: [&str; 7] = [
    "a.example.com",
    "b.example.com",
    "a.example.com b.example.com",
    "*.example.com",
    "example.com *.example.com",
    "a b.example.com",
    "",
];
const STATUSES: [&str; 8] = ["issued", "issued", "pending", "renewed", "not_renewed", "expired", "revoked", "frozen"];
const VERDICTS: [Verdict; 9] = [
    Verdict::Same,
    Verdict::Older,
    Verdict::Newer,
    Verdict::Other,
    Verdict::Foreign,
    Verdict::Mismatch,
    Verdict::Mixed,
    Verdict::Unreachable,
    Verdict::NotVerifiable,
];

/// A row: names, status, days left, serial, contract, whether its date is odd.
type Spec = (usize, usize, i64, u8, bool, bool);

fn rows() -> impl Strategy<Value = Vec<Spec>> {
    let spec = (0..NAMES.len(), 0..STATUSES.len(), -40..120_i64, 1..20_u8, any::<bool>(), prop::bool::weighted(0.05));
    prop::collection::vec(spec, 1..12)
}

prop_compose! {
    fn estate()(
        rows in rows(),
        lived in 5..200_i64, configured: bool,
        seen in prop::collection::vec((0..12_usize, 0..60_i64), 0..8),
        probes in prop::collection::vec((0..12_usize, 0..VERDICTS.len(), 1..20_u8, -10..90_i64, any::<bool>()), 0..4),
        snooze in prop::option::of(-5..40_i64), retired: bool, acknowledged: bool,
        until in prop::option::of(-20..80_i64), again in prop::option::of(any::<bool>()),
        cancelled in prop::option::of(-20..80_i64), credentials in prop::option::of(0..2_usize),
    ) -> Estate {
        let mut estate = Estate::default();
        for (names, status, days, serial, other, odd) in rows {
            let serial = if STATUSES[status] == "pending" { "-".to_owned() } else { format!("{serial:02X}") };
            let mut row = row(&serial, STATUSES[status], days * DAY, NAMES[names]);
            if other { alter(&mut row, |row| row.contract = ContractId::new("12346")); }
            if odd { alter(&mut row, |row| row.expires = When::parse("0000-00-00")); }
            estate.rows.push(row);
        }
        for (at, days) in seen {
            if at < estate.rows.len() { estate = estate.seen(at, days * DAY); }
        }
        for (at, verdict, serial, days, revoked) in probes {
            if at < estate.rows.len() {
                let serial = format!("{serial:02X}");
                estate = estate.probe(at, VERDICTS[verdict], &serial, Some(days * DAY)).probed(at, |p| p.revoked = revoked);
            }
        }
        if configured { estate = estate.life(lived); }
        if let Some(days) = snooze { estate = estate.snooze(days * DAY); }
        else if retired { estate = estate.note(Deed::Retire("gone".into())); }
        else if acknowledged { estate = estate.note(Deed::Snooze(Until::NextSerial)); }
        estate.contract(|contract| {
            contract.valid_till = until.map_or(When::Never, |days| When::At(after(days * DAY)));
            contract.auto_renew = again;
            contract.canceled = cancelled.map_or(When::Never, |days| When::At(after(days * DAY)));
            contract.active_credentials = credentials;
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_tier_never_improves_by_time_alone(estate in estate(), steps in prop::collection::vec(0..20 * DAY, 1..6)) {
        let mut now = NOW;
        let mut before = estate.triage(now);
        for step in steps {
            now += jiff::SignedDuration::from_secs(step);
            let later = estate.triage(now);
            for (old, new) in before.assessments.iter().zip(later.assessments.iter()) {
                prop_assert!(new.state.tier() <= old.state.tier(), "{:?} then {:?}", old, new);
                prop_assert!(!old.is_critical() || new.is_critical() || new.state.tier() < old.state.tier());
            }
            before = later;
        }
    }

    #[test]
    fn the_next_change_is_the_next_one(estate in estate()) {
        let triage = estate.triage(NOW);
        let shown = |at| -> Vec<_> { estate.triage(at).assessments.iter().map(|a| (a.state, a.is_critical())).collect() };
        let here = shown(NOW);
        let bound = triage.next_change.unwrap_or(after(500 * DAY));
        prop_assert!(bound > NOW);
        prop_assert_eq!(shown(bound - jiff::SignedDuration::from_secs(1)), here.clone());
        if triage.next_change.is_some() {
            prop_assert_ne!(shown(bound), here);
        }
    }

    #[test]
    fn judged_again_by_other_facts_and_later_is_as_judged_anew(
        estate in estate(), days in 0..200_i64, names in prop::option::of(0..NAMES.len()), listed: bool,
    ) {
        let (bare, now) = (Estate { facts: certdeck::domain::acme::facts::Facts::default(), ..estate.clone() }, after(days * DAY));
        let estate = estate.contract(|contract| {
            contract.listed = listed;
            contract.names = names.map(|at| NameSet::new(NAMES[at].split(' ').map(Name::new)));
        });
        let anew = estate.triage(now);
        for earlier in [bare.triage(NOW), estate.triage(NOW)] {
            let again = assess_again(&earlier, estate.list(), &estate.facts, now);
            prop_assert_eq!(&again.assessments, &anew.assessments);
            prop_assert_eq!(&again.uncovered, &anew.uncovered);
            prop_assert_eq!((again.next_change, again.unreadable), (anew.next_change, anew.unreadable));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(estate in estate(), seed in any::<u64>()) {
        let mut turned = estate.clone();
        let count = turned.rows.len();
        let turn = usize::try_from(seed % count as u64).expect("small");
        turned.rows.rotate_left(turn);
        turned.rows.reverse();
        let (one, two) = (estate.triage(NOW), turned.triage(NOW));
        let (list, list2) = (estate.list(), turned.list());
        for (index, found) in one.assessments.iter().enumerate() {
            let other = (count - 1) - (index + count - turn) % count;
            let at = |row: usize| u32::try_from(row).expect("small");
            let there = two.get(at(other)).expect("a row");
            prop_assert_eq!((found.state, found.reason, found.proof), (there.state, there.reason, there.proof));
            prop_assert_eq!((found.due(), found.deadline(), found.lifetime()), (there.due(), there.deadline(), there.lifetime()));
            let key = |row: Option<u32>, list: &[certdeck::domain::acme::AcmeCertificate]| row.map(|row| list[row as usize].key());
            prop_assert_eq!(key(one.superseded_by(at(index), list), list), key(two.superseded_by(at(other), list2), list2));
        }
        prop_assert_eq!(one.next_change, two.next_change);
        for state in State::ALL {
            prop_assert_eq!(one.count(state), two.count(state));
        }
    }

    #[test]
    fn duplicates_do_not_change_coverage(estate in estate(), twice in 0..12_usize) {
        let mut doubled = estate.clone();
        let Some(copy) = doubled.rows.get(twice).cloned() else { return Ok(()) };
        doubled.rows.push(copy);
        let coverage = |estate: &Estate| {
            let (triage, list) = (estate.triage(NOW), estate.list());
            let each = triage.assessments.iter().take(estate.rows.len());
            each.map(|found| {
                let names = triage.lineages.coverage(found.lineage(), list);
                names.into_iter().map(|of| (of.name, of.until, of.wildcard)).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
        };
        let (once, double) = (coverage(&estate), coverage(&doubled));
        prop_assert_eq!(&once[..], &double[..once.len()]);
        let states = |estate: &Estate| estate.triage(NOW).assessments.iter().map(|a| a.state).collect::<Vec<_>>();
        prop_assert_eq!(&states(&estate)[..], &states(&doubled)[..once.len()]);
    }

    #[test]
    fn a_renewed_row_is_never_red_unless_a_probe_met_the_old_one(estate in estate()) {
        let triage = estate.triage(NOW);
        for (index, (row, found)) in estate.rows.iter().zip(triage.assessments.iter()).enumerate() {
            let probed = estate.facts.probes.contains_key(&row.key());
            if found.is_superseded() && !probed {
                prop_assert_eq!(found.state.tier(), 6);
            }
            if let Some(by) = triage.superseded_by(u32::try_from(index).expect("small"), estate.list()) {
                let by = &estate.rows[by as usize];
                prop_assert!(by.expires().at() > row.expires().at());
                prop_assert!(!matches!(by.status(), CertificateStatus::Revoked | CertificateStatus::Pending));
                prop_assert_eq!(&by.account(), &row.account());
            }
        }
    }

    #[test]
    fn every_row_has_one_state_and_one_sentence(estate in estate()) {
        let (triage, list) = (estate.triage(NOW), estate.list());
        prop_assert_eq!(triage.assessments.len(), list.len());
        prop_assert_eq!(State::ALL.iter().map(|state| triage.count(*state)).sum::<usize>(), list.len());
        for index in 0..list.len() {
            let words = explain(index, list, &triage, &estate.facts, NOW).expect("a row");
            for sentence in [&words.reason, &words.next_step] {
                prop_assert!(sentence.ends_with('.') && !sentence.contains(". "), "{}", sentence);
            }
        }
        prop_assert_eq!(explain(list.len(), list, &triage, &estate.facts, NOW), None);
    }

    #[test]
    fn the_order_is_total(estate in estate()) {
        let (triage, list) = (estate.triage(NOW), estate.list());
        let indexes = 0..u32::try_from(list.len()).expect("small");
        let mut keys = HashMap::new();
        for a in indexes.clone() {
            for b in indexes.clone() {
                let order = triage.order(list, a, b);
                prop_assert_eq!(order, triage.order(list, b, a).reverse());
                if order.is_eq() {
                    prop_assert_eq!(&list[a as usize], &list[b as usize]);
                }
                for c in indexes.clone() {
                    prop_assert!(order.is_gt() || triage.order(list, b, c).is_gt() || !triage.order(list, a, c).is_gt());
                }
                keys.insert((a, b), order);
            }
        }
        let mut sorted: Vec<u32> = indexes.collect();
        sorted.sort_by(|a, b| keys[&(*a, *b)]);
        prop_assert!(sorted.is_sorted_by_key(|row| triage.get(*row).map(|found| found.state.tier())));
    }
}
