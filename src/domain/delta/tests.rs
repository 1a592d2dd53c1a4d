use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    acme::{AcmeCertificate, CertificateRecord, CertificateStatus},
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
    serial::Serial,
    when::When,
};

/// A set of entries: what a snapshot is.
type Set = BTreeMap<Clean, Entry>;

fn set(entries: &[Entry]) -> Set {
    let mut out = Set::new();
    for entry in entries {
        let held = out.entry(entry.key.clone()).or_insert_with(|| entry.clone());
        *held = held.clone().max(entry.clone());
    }
    out
}

/// A snapshot with a diff carried out.
fn applied(mut to: Set, deltas: &[Delta]) -> Set {
    for delta in deltas {
        let key = Clean::new(delta.key());
        assert_eq!(to.get(&key), delta.before.as_ref(), "a delta begins where the snapshot is");
        match &delta.after {
            Some(after) => drop(to.insert(key, after.clone())),
            None => drop(to.remove(&key)),
        }
    }
    to
}

prop_compose! {
    fn entry()(key in 0..12_u8, name in 0..3_u8, status in 0..3_u8, ends in 0..2_u8) -> Entry {
        Entry {
            key: key.to_string().into(),
            name: name.to_string().into(),
            facts: vec![(Member::Status, status.to_string().into()), (Member::Ends, ends.to_string().into())],
        }
    }
}

fn snapshot() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(entry(), 0..16)
}

proptest! {
    #[test]
    fn a_diff_carried_out_gives_the_other_snapshot(before in snapshot(), after in snapshot(), turn in 0..16_usize) {
        let deltas = diff(Topic::Ca, &before, &after);
        prop_assert_eq!(applied(set(&before), &deltas), set(&after));
        prop_assert_eq!(diff(Topic::Ca, &before, &before), []);
        let (mut left, mut right) = (before.clone(), after.clone());
        let by = turn.min(left.len());
        left.rotate_left(by);
        right.reverse();
        prop_assert_eq!(&diff(Topic::Ca, &left, &right), &deltas);
        // Member by member: what turned, put into the record as it was, gives the record as it is.
        for delta in &deltas {
            let Some((mut was, is)) = delta.before.clone().zip(delta.after.clone()) else { continue };
            for turn in delta.turns() {
                prop_assert_ne!(turn.before, turn.after);
                match turn.member {
                    Member::Name => was.name = turn.after.clone(),
                    member => was.facts.iter_mut().filter(|(m, _)| *m == member).for_each(|(_, v)| *v = turn.after.clone()),
                }
            }
            prop_assert_eq!(was, is);
        }
    }

    #[test]
    fn diffs_one_after_the_other_are_the_diff_of_the_ends(all in prop::collection::vec(snapshot(), 2..6)) {
        let mut course = Course::default();
        for pair in all.windows(2) {
            course.then(diff(Topic::Ca, &pair[0], &pair[1]));
        }
        prop_assert_eq!(course.end(), diff(Topic::Ca, &all[0], &all[all.len() - 1]));
    }
}

fn certificate(serial: &str, name: &str, status: CertificateStatus) -> AcmeCertificate {
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: Name::new(name),
        status,
        expires: When::parse("2027-02-01T00:00:00Z"),
        serial: Serial::parse(serial),
        names: NameSet::new([Name::new(name), Name::new("www.example.com")]),
        oddities: Vec::new(),
    }
    .into()
}

fn entries(rows: &[AcmeCertificate]) -> Vec<Entry> {
    rows.iter().map(Tracked::entry).collect()
}

#[test]
fn certificates_that_came_went_and_turned() {
    use CertificateStatus::{Issued, NotRenewed, Pending, Renewed};
    let before = [
        certificate("0A", "a.example.com", Issued),
        certificate("0B", "b.example.com", Issued),
        certificate("0C", "c.example.com", Issued),
        certificate("", "d.example.com", Pending),
    ];
    let after = [
        certificate("1A", "a.example.com", Issued),
        certificate("0A", "a.example.com", Renewed),
        certificate("0b", "b.example.com", NotRenewed),
        certificate("", "d.example.com", Pending),
        certificate("0E", "e.example.com", Issued),
    ];
    let deltas = diff(Topic::Certificate, &entries(&before), &entries(&after));
    let told: Vec<String> = deltas
        .iter()
        .map(|delta| {
            let turns = delta.turns().map(|t| format!(" {} {}>{}", t.member.word(), t.before, t.after));
            format!("{} {}{}", delta.way().word(), delta.name(), turns.collect::<String>())
        })
        .collect();
    assert_eq!(
        told,
        [
            "new a.example.com",
            "changed a.example.com status issued>renewed",
            "changed b.example.com status issued>not_renewed",
            "gone c.example.com",
            "new e.example.com",
        ]
    );
    assert_eq!(deltas[0].subject(), Some("1A"));
    assert_eq!(renewals(&deltas, after.iter()), 1, "that of e is the first with its names");
}

#[test]
fn what_was_not_known_then_is_no_change() {
    let entry = |facts: &[(Member, &str)]| Entry {
        key: "7".into(),
        name: "Issuing".into(),
        facts: facts.iter().map(|(member, value)| (*member, Clean::new(value))).collect(),
    };
    let old = entry(&[(Member::Status, "active")]);
    let new = entry(&[(Member::Status, "active"), (Member::Templates, "TLS short")]);
    assert_eq!(diff(Topic::Ca, std::slice::from_ref(&old), std::slice::from_ref(&new)), []);
    assert_eq!(diff(Topic::Ca, &[new], &[old]), []);
}

/// Numbers stand in files.
#[test]
fn members_keep_their_numbers() {
    for (place, member) in Member::ALL.iter().enumerate() {
        assert_eq!((*member as usize, Member::numbered(place as u64)), (place, Some(*member)));
    }
    assert_eq!(Member::numbered(250), None);
    let words: std::collections::BTreeSet<&str> = Member::ALL.iter().map(|member| member.word()).collect();
    assert_eq!(words.len(), Member::ALL.len());
    assert_eq!(place("90210 12345 A1B"), 8_050_619_551_300_810_999);
}
