//! A small estate, written in a line a row.

use certdeck::domain::{
    When,
    acme::{
        AcmeCertificate, AcmeKey, CertificateRecord, CertificateStatus,
        explain::{Explanation, explain},
        facts::{ContractFacts, Facts},
        note::{Deed, Note, NoteEvent, Until},
        probe::{Seen, Verdict},
        triage::{Assessment, Triage, assess},
    },
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
    serial::Serial,
};
use jiff::{SignedDuration, Timestamp};

/// 2026-11-21T14:02:31Z.
pub const NOW: Timestamp = Timestamp::constant(1_795_269_751, 0);
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 86_400;

pub fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

/// A row of contract 12345: serial (`-` for none), status, seconds until the end, names.
pub fn row(serial: &str, status: &str, left: i64, names: &str) -> AcmeCertificate {
    let names: Vec<Name> = names.split(' ').filter(|name| !name.is_empty()).map(Name::new).collect();
    CertificateRecord {
        account: AccountId::new("90210"),
        contract: ContractId::new("12345"),
        domain: names.first().cloned().unwrap_or_default(),
        status: CertificateStatus::parse(status),
        expires: if status == "pending" { When::Never } else { When::At(after(left)) },
        serial: if serial == "-" { None } else { Serial::parse(serial) },
        names: NameSet::new(names),
        oddities: Vec::new(),
    }
    .into()
}

/// The same row with other members.
pub fn alter(row: &mut AcmeCertificate, change: impl FnOnce(&mut CertificateRecord)) {
    let mut record = row.record();
    change(&mut record);
    *row = record.into();
}

/// Rows, and the facts beside them.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    pub rows: Vec<AcmeCertificate>,
    pub facts: Facts,
}

impl Estate {
    /// The subject of a situation stands first.
    pub fn of<const N: usize>(rows: [AcmeCertificate; N]) -> Self {
        Self { rows: rows.into(), facts: Facts::default() }
    }

    pub fn contract(mut self, change: impl Fn(&mut ContractFacts)) -> Self {
        let of = (AccountId::new("90210"), ContractId::new("12345"));
        change(self.facts.contracts.entry(of).or_default());
        self
    }

    /// The configured lifetime, days.
    pub fn life(self, days: i64) -> Self {
        self.contract(|contract| contract.lifetime = Some(SignedDuration::from_hours(days * 24)))
    }

    /// A row was first seen so many seconds ago, and appeared then.
    pub fn seen(mut self, at: usize, ago: i64) -> Self {
        let key = self.key(at);
        self.facts.first_seen.insert(&key, after(-ago));
        self.contract(|contract| contract.since = Some(after(-1_000 * DAY)))
    }

    /// A probe of a row, an hour ago, by 192.0.2.7: what was met and for how many seconds it is valid.
    pub fn probe(mut self, at: usize, verdict: Verdict, serial: &str, left: Option<i64>) -> Self {
        let seen = Seen {
            verdict,
            at: after(-HOUR),
            address: "192.0.2.7".parse().ok(),
            serial: Serial::parse(serial),
            ends: left.map_or(When::Never, |left| When::At(after(left))),
            issued: None,
            revoked: false,
        };
        self.facts.probes.insert(self.key(at), seen);
        self
    }

    pub fn probed(mut self, at: usize, change: impl Fn(&mut Seen)) -> Self {
        let key = self.key(at);
        change(self.facts.probes.get_mut(&key).expect("a probe"));
        self
    }

    /// What ops-one did to the first row, two hours ago.
    pub fn note(mut self, deed: Deed) -> Self {
        let event = NoteEvent { key: self.key(0), at: after(-2 * HOUR), who: "ops-one".into(), what: deed };
        self.facts.notes.extend(Note::fold([&event]));
        self
    }

    pub fn snooze(self, left: i64) -> Self {
        self.note(Deed::Snooze(Until::At(after(left))))
    }

    pub fn key(&self, at: usize) -> AcmeKey {
        self.rows.get(at).expect("a row").key()
    }

    pub fn triage(&self, now: Timestamp) -> Triage {
        assess(self.list(), &self.facts, now)
    }

    pub fn list(&self) -> &[AcmeCertificate] {
        &self.rows
    }

    /// The first row, assessed and explained.
    pub fn subject(&self) -> (Assessment, Explanation) {
        let (triage, list) = (self.triage(NOW), self.list());
        let words = explain(0, list, &triage, &self.facts, NOW).expect("a row");
        (*triage.get(0).expect("a row"), words)
    }
}
