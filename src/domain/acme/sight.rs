//! When rows were seen here for the first time.

mod moments;
mod seconds;

use std::{hash::Hasher as _, num::NonZeroU32, sync::Arc};

use jiff::Timestamp;
use siphasher::sip::SipHasher13;

use self::moments::Moments;
use super::{AcmeCertificate, AcmeKey};
use crate::domain::ids::{AccountId, ContractId};

/// What is gone for longer than this, seconds, is forgotten: 400 days. No certificate lived longer (CA/Browser Forum
/// Baseline Requirements, 6.3.2: 398 days), so none comes back.
const FORGOTTEN: i64 = 400 * 86_400;

/// First sights by key, of which only a digest of 64 bits is held. Clones share them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstSeen(Arc<Sights>);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sights {
    first: Moments,
    /// The end of the first read without it, for what was there before.
    gone: Moments,
}

/// A first sight as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Of the key, the same on each machine and in each version of this program.
    pub digest: u64,
    /// Seconds since 1970.
    pub first: i64,
    /// The end of the first read without it, seconds since 1970; `None` while it is there.
    pub gone: Option<i64>,
}

impl FromIterator<Sight> for FirstSeen {
    fn from_iter<I: IntoIterator<Item = Sight>>(kept: I) -> Self {
        let short =
            |Sight { digest, first, gone }| (digest, second(first), gone.and_then(|at| NonZeroU32::new(second(at))));
        let mut kept: Vec<(u64, u32, Option<NonZeroU32>)> = kept.into_iter().map(short).collect();
        kept.sort_unstable_by_key(|(digest, ..)| *digest);
        kept.dedup_by_key(|(digest, ..)| *digest);
        let mut sights = Sights { first: Moments::with_capacity(kept.len()), gone: Moments::default() };
        for (digest, first, gone) in kept {
            sights.push(digest, first, gone.map(NonZeroU32::get));
        }
        Self(Arc::new(sights))
    }
}

impl FirstSeen {
    /// Notes that the row with this key was there at `at`; the earliest moment stays.
    pub fn insert(&mut self, key: &AcmeKey, at: Timestamp) {
        Arc::make_mut(&mut self.0).first.see(digest(key), second(at.as_second()));
    }

    /// Takes a complete read that ended at `at`: what was not seen before is seen then, what is not among `rows` any
    /// more is gone since then, and what is gone for 400 days is forgotten. `contracts` were read too, whether they have
    /// rows or not. Nothing is copied when nothing changes.
    pub fn read<'a>(
        &mut self,
        rows: impl IntoIterator<Item = &'a AcmeCertificate>,
        contracts: impl IntoIterator<Item = (&'a AccountId, &'a ContractId)>,
        at: Timestamp,
    ) {
        let at = second(at.as_second());
        let mut here: Vec<u64> = contracts.into_iter().map(|(account, contract)| of(account, contract)).collect();
        let mut last = None;
        for row in rows {
            let contract = (row.account(), row.contract());
            // Rows of a contract come together.
            if last.replace(contract) != Some(contract) {
                here.push(of(contract.0, contract.1));
            }
            here.push(digest_of(row));
        }
        here.sort_unstable();
        here.dedup();
        let Sights { first, gone } = &*self.0;
        let lasts = |since: u32| i64::from(at) - i64::from(since) < FORGOTTEN;
        let known = first.digests.iter().filter(|digest| gone.get(**digest).is_none());
        if gone.seconds.iter().all(lasts) && known.eq(&here) {
            return;
        }
        let mut sights =
            Sights { first: Moments::with_capacity(first.len().max(here.len())), gone: Moments::default() };
        for (digest, seen, is_here) in union(first.iter(), here.iter().map(|digest| (*digest, ()))) {
            let since = is_here.is_none().then(|| gone.get(digest).unwrap_or(at));
            if since.is_none_or(lasts) {
                sights.push(digest, seen.unwrap_or(at), since);
            }
        }
        self.0 = Arc::new(sights);
    }

    /// Takes sights of an earlier run; the earliest of each stays.
    pub fn recall(&mut self, earlier: &Self) {
        let (own, earlier) = (&*self.0, &*earlier.0);
        let mut sights = Sights::default();
        for (digest, here, there) in union(own.first.iter(), earlier.first.iter()) {
            let gone = if here.is_some() { &own.gone } else { &earlier.gone };
            let first = [here, there].into_iter().flatten().min();
            sights.push(digest, first.unwrap_or(u32::MAX), gone.get(digest));
        }
        self.0 = Arc::new(sights);
    }

    /// All of them, in the order of their digests.
    pub fn sights(&self) -> impl Iterator<Item = Sight> {
        let Sights { first, gone } = &*self.0;
        let sight = |(digest, first)| Sight { digest, first: i64::from(first), gone: gone.get(digest).map(i64::from) };
        first.iter().map(sight)
    }

    /// When the row was first seen.
    pub fn get(&self, row: &AcmeCertificate) -> Option<Timestamp> {
        self.second(digest_of(row)).and_then(|second| Timestamp::from_second(second).ok())
    }

    /// When the certificates of a contract were first read.
    pub fn since(&self, account: &AccountId, contract: &ContractId) -> Option<Timestamp> {
        self.second(of(account, contract)).and_then(|second| Timestamp::from_second(second).ok())
    }

    /// True when the row with this key was seen and is not forgotten.
    pub fn knows(&self, key: &AcmeKey) -> bool {
        self.0.first.get(digest(key)).is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.first.len()
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.first.digests.is_empty()
    }

    /// True when both are the very same, not equal ones.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Seconds since 1970 of the first sight of the row with this digest.
    pub(super) fn second(&self, digest: u64) -> Option<i64> {
        self.0.first.get(digest).map(i64::from)
    }
}

impl Sights {
    /// Adds what has a larger digest than all that are here.
    fn push(&mut self, digest: u64, first: u32, gone: Option<u32>) {
        self.first.push(digest, first);
        if let Some(gone) = gone {
            self.gone.push(digest, gone);
        }
    }
}

/// Both lists by digest, which rises in each of them.
fn union<A, B>(
    a: impl Iterator<Item = (u64, A)>,
    b: impl Iterator<Item = (u64, B)>,
) -> impl Iterator<Item = (u64, Option<A>, Option<B>)> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || {
        let digest =
            [a.peek().map(|(digest, _)| *digest), b.peek().map(|(digest, _)| *digest)].into_iter().flatten().min()?;
        let first = a.next_if(|(of, _)| *of == digest).map(|(_, value)| value);
        Some((digest, first, b.next_if(|(of, _)| *of == digest).map(|(_, value)| value)))
    })
}

/// Since 1970, as it is held.
fn second(at: i64) -> u32 {
    u32::try_from(at.max(0)).unwrap_or(u32::MAX)
}

/// A digest of a key: the same for a key and for the row that has it.
pub(super) fn digest(key: &AcmeKey) -> u64 {
    digest_parts(&key.account, &key.contract, &key.tail)
}

/// The digest of a row's key; nothing is allocated for a row that has a serial.
pub(super) fn digest_of(row: &AcmeCertificate) -> u64 {
    match row.serial() {
        Some(serial) => digest_parts(row.account(), row.contract(), serial.digits()),
        None => digest(&row.key()),
    }
}

/// The digest of a contract: that of a row without any tail, which there is not.
fn of(account: &AccountId, contract: &ContractId) -> u64 {
    digest_parts(account, contract, "")
}

/// Kept in files, so it is written out here and not left to a hasher that may change.
fn digest_parts(account: &AccountId, contract: &ContractId, tail: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    for part in [account.as_str(), contract.as_str(), tail] {
        hasher.write(part.as_bytes());
        // No text has this byte.
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        acme::{CertificateRecord, CertificateStatus},
        name::{Name, NameSet},
        serial::Serial,
        when::When,
    };

    const START: Timestamp = Timestamp::constant(1_795_269_751, 0);

    fn row(contract: &str, serial: &str) -> AcmeCertificate {
        CertificateRecord {
            account: AccountId::new("90210"),
            contract: ContractId::new(contract),
            domain: Name::new("a.example.com"),
            status: CertificateStatus::Issued,
            expires: When::Never,
            serial: Serial::parse(serial),
            names: NameSet::new([Name::new("a.example.com")]),
            oddities: Vec::new(),
        }
        .into()
    }

    fn day(days: i64) -> Timestamp {
        START + jiff::SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn a_row_is_seen_when_it_is_read_first_and_forgotten_400_days_after_it_is_gone() {
        let rows = [row("10", "0A"), row("10", ""), row("11", "0B")];
        let mut seen = FirstSeen::default();
        seen.read(&rows, [], START);
        let before = seen.clone();
        seen.read(&rows, [], day(1));
        assert!(seen.same(&before), "nothing is copied when nothing changes");
        let later = row("10", "0C");
        seen.read([&rows[0], &rows[1], &later], [], day(2));
        let firsts = rows.each_ref().map(|row| seen.get(row));
        assert_eq!((firsts, seen.get(&later)), ([Some(START); 3], Some(day(2))));
        let since = |seen: &FirstSeen, contract| seen.since(rows[0].account(), &ContractId::new(contract));
        assert_eq!([since(&seen, "10"), since(&seen, "11"), since(&seen, "12")], [Some(START), Some(START), None]);
        for (days, known) in [(401, true), (402, false)] {
            let mut seen = seen.clone();
            seen.read([&rows[0], &rows[1], &later], [], day(days));
            assert_eq!((seen.knows(&rows[2].key()), seen.knows(&later.key())), (known, true), "{days}");
            assert_eq!(since(&seen, "11").is_some(), known, "{days}");
        }
        // What comes back is there as before.
        seen.read(&rows, [], day(300));
        seen.read(&rows, [], day(500));
        assert_eq!(seen.get(&rows[2]), Some(START));
    }

    #[test]
    fn a_contract_that_was_read_empty_was_read() {
        let row = row("10", "0A");
        let mut seen = FirstSeen::default();
        seen.read([], [(row.account(), row.contract())], START);
        seen.read([&row], [], day(1));
        assert_eq!((seen.since(row.account(), row.contract()), seen.get(&row)), (Some(START), Some(day(1))));
    }

    #[test]
    fn sights_of_an_earlier_run_are_the_earlier_ones() {
        let (mut earlier, mut now) = (FirstSeen::default(), FirstSeen::default());
        earlier.read([&row("10", "0A"), &row("10", "0B")], [], START);
        earlier.read([&row("10", "0A")], [], day(1));
        now.read([&row("10", "0A"), &row("10", "0C")], [], day(9));
        now.recall(&earlier.sights().collect());
        assert_eq!(
            ["0A", "0B", "0C"].map(|serial| now.get(&row("10", serial))),
            [Some(START), Some(START), Some(day(9))]
        );
        let gone: Vec<i64> = now.sights().filter_map(|sight| sight.gone).collect();
        assert_eq!(gone, [day(1).as_second()]);
    }

    /// A digest that changes is a file whose sights are lost.
    #[test]
    fn digests_are_the_same_in_each_version() {
        let digests = [row("10", "0a:1b"), row("10", ""), row("11", "A1B")].map(|row| digest_of(&row));
        assert_eq!(digests, [15_800_287_415_255_120_270, 11_925_983_989_983_672_175, 2_499_279_581_296_030_493]);
        assert_eq!(digest_of(&row("10", "A1B")), digest(&row("10", "0a:1b").key()));
    }
}
