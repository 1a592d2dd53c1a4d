//! From what was served to a verdict.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Probe, Seen, Served, Sighting, Verdict};
use crate::domain::{
    acme::{AcmeCertificate, AcmeKey, CertificateStatus, Names, sight},
    serial::SerialRef,
    text::Clean,
    when::When,
};

/// Organisations whose CAs sign for this service, as the issuers of its certificates name them.
const ISSUERS: [&str; 2] = ["O=DigiCert", "O=QuoVadis"];

/// What `probe` says of `row`.
pub(super) fn judge<'a>(
    probe: &Probe,
    row: &AcmeCertificate,
    known: impl IntoIterator<Item = &'a AcmeCertificate>,
) -> Seen {
    let served: Vec<(&Sighting, &Served)> = probe
        .sightings
        .iter()
        .filter_map(|sighting| sighting.outcome.as_ref().ok().map(|served| (sighting, served)))
        .collect();
    let mut found: Vec<Option<&AcmeCertificate>> = vec![None; served.len()];
    for other in known.into_iter().filter(|other| other.account() == row.account()) {
        for ((_, served), found) in served.iter().zip(&mut found) {
            // The lineage says more than a duplicate elsewhere in the account.
            let better = found.is_none_or(|found| !is_lineage(row, found));
            if better && other.serial() == Some((&served.serial).into()) {
                *found = Some(other);
            }
        }
    }
    let worst = served
        .iter()
        .zip(found)
        .map(|((sighting, served), found)| {
            let is_revoked = found.is_some_and(|found| *found.status() == CertificateStatus::Revoked);
            (is_revoked, compare(row, served, found), *sighting, *served)
        })
        .max_by_key(|(is_revoked, verdict, ..)| (*is_revoked, rank(*verdict)));
    let met = served.iter().find(|(_, served)| row.serial() == Some((&served.serial).into()));
    let issued = met.and_then(|(_, served)| served.not_before.at());
    let Some((revoked, verdict, sighting, certificate)) = worst else {
        let verdict = if probe.sightings.is_empty() { Verdict::NotVerifiable } else { Verdict::Unreachable };
        let address = probe.sightings.iter().find_map(|sighting| sighting.address).map(|address| address.ip());
        return Seen { verdict, at: probe.at, address, serial: None, ends: When::Never, issued, revoked: false };
    };
    let mixed = served.iter().any(|(_, other)| other.sha256 != certificate.sha256);
    Seen {
        verdict: if mixed { Verdict::Mixed } else { verdict },
        at: probe.at,
        address: sighting.address.map(|address| address.ip()),
        serial: Some(certificate.serial.clone()),
        ends: certificate.not_after.clone(),
        issued,
        revoked,
    }
}

/// What each probe says of its row: only rows with a serial that is served matter beside it.
pub(super) fn judge_all<'a>(
    probes: impl IntoIterator<Item = &'a Probe>,
    rows: impl IntoIterator<Item = &'a AcmeCertificate>,
) -> HashMap<AcmeKey, Seen> {
    let probes: HashMap<u64, &Probe> = probes.into_iter().map(|probe| (sight::digest(&probe.key), probe)).collect();
    let served = probes.values().flat_map(|probe| probe.served());
    let mut alike: HashMap<SerialRef<'_>, Vec<&AcmeCertificate>> =
        served.map(|served| ((&served.serial).into(), Vec::new())).collect();
    let mut about = Vec::new();
    for row in rows {
        about.extend(probes.get(&sight::digest_of(row)).map(|probe| (*probe, row)));
        if let Some(alike) = row.serial().and_then(|serial| alike.get_mut(&serial)) {
            alike.push(row);
        }
    }
    let judged = |(probe, row): (&Probe, &AcmeCertificate)| {
        let known = probe.served().filter_map(|served| alike.get(&(&served.serial).into())).flatten().copied();
        (probe.key.clone(), judge(probe, row, known))
    };
    about.into_iter().map(judged).collect()
}

fn compare(row: &AcmeCertificate, served: &Served, found: Option<&AcmeCertificate>) -> Verdict {
    if !served.name_matches {
        return Verdict::Mismatch;
    }
    if row.serial() == Some((&served.serial).into()) {
        return Verdict::Same;
    }
    let in_lineage = match found {
        Some(found) => is_lineage(row, found),
        None => Names::from(&served.names) == row.names() && is_of_this_ca(&served.issuer),
    };
    match (in_lineage, found) {
        (true, _) if is_later(&served.not_after, &row.expires()) => Verdict::Newer,
        (true, _) => Verdict::Older,
        (false, Some(_)) => Verdict::Other,
        (false, None) => Verdict::Foreign,
    }
}

fn is_lineage(row: &AcmeCertificate, other: &AcmeCertificate) -> bool {
    row.contract() == other.contract() && row.names() == other.names()
}

fn is_of_this_ca(issuer: &Clean) -> bool {
    issuer.split(',').any(|part| ISSUERS.iter().any(|organization| part.starts_with(organization)))
}

/// A record without an end, which waits for its certificate, is later than whatever is served.
fn is_later(end: &When, than: &When) -> bool {
    let of = |end: &When| end.at().unwrap_or(Timestamp::MAX);
    of(end) > of(than)
}

/// How much a person has to know of it.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotVerifiable | Verdict::Unreachable => 0,
        Verdict::Same => 1,
        Verdict::Newer => 2,
        Verdict::Other => 3,
        Verdict::Older => 4,
        Verdict::Foreign => 5,
        Verdict::Mixed => 6,
        Verdict::Mismatch => 7,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        acme::CertificateRecord,
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    };

    const OURS: &str = "CN=RapidSSL TLS RSA CA G1,O=DigiCert Inc,C=US";

    fn names(text: &str) -> NameSet {
        NameSet::new(text.split(' ').map(Name::new))
    }

    fn row(account: &str, contract: &str, serial: &str, of: &str, ends: &str) -> AcmeCertificate {
        CertificateRecord {
            account: AccountId::new(account),
            contract: ContractId::new(contract),
            domain: Name::new(of.split(' ').next().unwrap()),
            status: CertificateStatus::Issued,
            expires: When::parse(ends),
            serial: Serial::parse(serial),
            names: names(of),
            oddities: Vec::new(),
        }
        .into()
    }

    fn served(serial: &str, of: &str, ends: &str, issuer: &str) -> Served {
        Served {
            serial: Serial::parse(serial).unwrap(),
            names: names(of),
            issuer: issuer.into(),
            not_before: When::parse("2026-08-01T00:00:00Z"),
            not_after: When::parse(ends),
            sha256: format!("{serial}{issuer}").into(),
            authority_key_id: None,
            trust: Ok(()),
            name_matches: true,
            protocol: "TLS 1.3".into(),
        }
    }

    fn probe(row: &AcmeCertificate, outcomes: Vec<Result<Served, Clean>>) -> Probe {
        let sighting = |(n, outcome)| Sighting { address: Some(([192, 0, 2, n], 443).into()), outcome };
        Probe {
            key: row.key(),
            name: row.domain().to_name(),
            at: "2026-11-21T14:02:31Z".parse().unwrap(),
            sightings: (1..).zip(outcomes).map(sighting).collect(),
            took: Duration::from_millis(40),
        }
    }

    #[test]
    fn a_served_certificate_that_is_listed_as_revoked_decides() {
        let row = row("1", "10", "0A", "www.example.com", "2027-02-01T00:00:00Z");
        let with = |row: &AcmeCertificate| -> AcmeCertificate {
            CertificateRecord { status: CertificateStatus::Revoked, ..row.record() }.into()
        };
        let revoked = with(&self::row("1", "10", "09", "www.example.com", "2027-01-01T00:00:00Z"));
        let of = |serial| Ok(served(serial, "www.example.com", "2027-01-01T00:00:00Z", OURS));
        let known = [row.clone(), revoked];
        let seen = probe(&row, vec![of("09"), of("0A"), Err("silent".into())]).judge(&row, &known);
        assert_eq!((seen.revoked, seen.verdict), (true, Verdict::Mixed));
        assert_eq!(seen.serial, Serial::parse("9"));
        let seen = probe(&row, vec![of("0A")]).judge(&row, &known);
        assert_eq!((seen.revoked, seen.verdict), (false, Verdict::Same));
        // The record's own certificate was revoked, and is what is served.
        let own = with(&row);
        let seen = probe(&row, vec![of("0A")]).judge(&own, std::slice::from_ref(&own));
        assert_eq!((seen.revoked, seen.verdict), (true, Verdict::Same));
    }

    #[test]
    fn each_way_of_serving_has_its_verdict() {
        const NAMES: &str = "www.example.com example.com";
        let row = row("1", "10", "0A:0B", NAMES, "2027-02-01T00:00:00Z");
        let known = [
            row.clone(),
            self::row("1", "10", "0901", NAMES, "2026-12-01T00:00:00Z"),
            self::row("1", "10", "0C01", NAMES, "2027-05-01T00:00:00Z"),
            self::row("1", "11", "0D01", "*.example.com", "2027-02-01T00:00:00Z"),
            self::row("2", "20", "0E01", "www.example.com", "2027-02-01T00:00:00Z"),
        ];
        let end = "2027-02-01T00:00:00Z";
        let away = self::row("1", "10", "0F01", NAMES, "2027-02-01T00:00:00Z");
        let wrong = Served { name_matches: false, ..served("A0B", NAMES, end, OURS) };
        let unknown = |ends| served("77", NAMES, ends, OURS);
        let cases = [
            (vec![Ok(served("a0b", NAMES, end, OURS))], Verdict::Same, Some("192.0.2.1")),
            (vec![Ok(served("901", NAMES, "2026-12-01T00:00:00Z", OURS))], Verdict::Older, Some("192.0.2.1")),
            (vec![Ok(unknown("2026-10-01T00:00:00Z"))], Verdict::Older, Some("192.0.2.1")),
            (vec![Ok(unknown("2027-06-01T00:00:00Z"))], Verdict::Newer, Some("192.0.2.1")),
            (vec![Ok(served("C01", NAMES, "2027-05-01T00:00:00Z", OURS))], Verdict::Newer, Some("192.0.2.1")),
            (vec![Ok(served("0d01", "*.example.com", end, OURS))], Verdict::Other, Some("192.0.2.1")),
            // What another account holds is not known here.
            (vec![Ok(served("E01", "www.example.com", end, OURS))], Verdict::Foreign, Some("192.0.2.1")),
            (vec![Ok(served("77", NAMES, end, "CN=R11,O=Example CA"))], Verdict::Foreign, Some("192.0.2.1")),
            (vec![Ok(served("77", "www.example.com", end, OURS))], Verdict::Foreign, Some("192.0.2.1")),
            (vec![Ok(wrong.clone())], Verdict::Mismatch, Some("192.0.2.1")),
            (
                vec![Ok(served("A0B", NAMES, end, OURS)), Ok(served("901", NAMES, "2026-12-01T00:00:00Z", OURS))],
                Verdict::Mixed,
                Some("192.0.2.2"),
            ),
            (vec![Err("no route".into()), Ok(served("A0B", NAMES, end, OURS))], Verdict::Same, Some("192.0.2.2")),
            (vec![Err("refused".into())], Verdict::Unreachable, Some("192.0.2.1")),
            (vec![], Verdict::NotVerifiable, None),
        ];
        for (outcomes, verdict, address) in cases {
            let probe = probe(&row, outcomes.clone());
            let seen = probe.judge(&row, &known);
            let all = judge_all([&probe, &self::probe(&away, Vec::new())], &known);
            assert_eq!(all, HashMap::from([(row.key(), seen.clone())]), "one of many, and none of what is not there");
            assert_eq!(seen.verdict, verdict, "{outcomes:?}");
            assert_eq!(seen.address.map(|address| address.to_string()).as_deref(), address, "{outcomes:?}");
            let met = outcomes.iter().flatten().any(|served| Some((&served.serial).into()) == row.serial());
            assert_eq!(seen.issued.is_some(), met, "{outcomes:?}");
        }
    }

    #[test]
    fn the_record_that_waits_for_its_certificate_is_newer_than_what_is_served() {
        let waiting = CertificateRecord {
            serial: None,
            expires: When::Never,
            ..row("1", "10", "1", "a.example.com", "").record()
        }
        .into();
        let end = "2026-12-01T00:00:00Z";
        let before = row("1", "10", "9", "a.example.com", end);
        let seen = probe(&waiting, vec![Ok(served("9", "a.example.com", end, OURS))]).judge(&waiting, [&before]);
        assert_eq!((seen.verdict, seen.serial, seen.ends), (Verdict::Older, Serial::parse("09"), When::parse(end)));
    }

    #[test]
    fn a_new_serial_makes_a_probe_void() {
        let row = row("1", "10", "0A0B", "a.example.com", "2027-02-01T00:00:00Z");
        let probe = probe(&row, Vec::new());
        assert!(probe.is_about(&CertificateRecord { serial: Serial::parse("a:0b"), ..row.record() }.into()));
        assert!(!probe.is_about(&CertificateRecord { serial: Serial::parse("A0C"), ..row.record() }.into()));
        assert_eq!(probe.age("2026-11-21T15:02:31Z".parse().unwrap()), 3_600);
    }
}
