//! Which certificates cover a name now.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    lineage::{by_end, end, is_sound},
    san::San,
};
use crate::domain::name::Name;

/// A certificate that covers a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covering {
    /// Its index among the rows.
    pub row: u32,
    /// True when it has the name by a wildcard only.
    pub wildcard: bool,
}

/// The certificates that cover each of `names` at `now`, the latest end first: issued, not revoked, not ended, with the
/// name itself or with the wildcard of its parent (RFC 9525, 6.3: a wildcard stands for one whole label).
pub fn covering(names: &[Name], rows: &[&AcmeCertificate], now: Timestamp) -> Vec<Vec<Covering>> {
    let mut wanted: HashMap<String, Vec<(usize, bool)>> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        wanted.entry(name.as_str().to_owned()).or_default().push((at, false));
        if let Some((_, parent)) = name.as_str().split_once('.').filter(|(label, _)| *label != "*") {
            wanted.entry(format!("*.{parent}")).or_default().push((at, true));
        }
    }
    let mut found: Vec<Vec<Covering>> = vec![Vec::new(); names.len()];
    for (row, certificate) in (0_u32..).zip(rows) {
        let in_force = is_sound(certificate) && end(certificate).is_some_and(|end| end >= now.as_second());
        if !in_force {
            continue;
        }
        let held = std::iter::once(certificate.domain().into()).chain(certificate.names());
        for (at, wildcard) in held.filter_map(|name: San<'_>| wanted.get(&*name.text())).flatten() {
            let Some(of_name) = found.get_mut(*at) else { continue };
            match of_name.last_mut().filter(|last| last.row == row) {
                // The name itself says more than the wildcard beside it.
                Some(last) => last.wildcard &= wildcard,
                None => of_name.push(Covering { row, wildcard: *wildcard }),
            }
        }
    }
    for of_name in &mut found {
        of_name.sort_by(|a, b| match (rows.get(a.row as usize), rows.get(b.row as usize)) {
            (Some(first), Some(second)) => by_end(second, first),
            _ => std::cmp::Ordering::Equal,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        acme::{CertificateRecord, CertificateStatus},
        ids::{AccountId, ContractId},
        name::NameSet,
        serial::Serial,
        when::When,
    };

    fn row(serial: &str, names: &[&str], status: CertificateStatus, ends: &str) -> AcmeCertificate {
        CertificateRecord {
            account: AccountId::new("1"),
            contract: ContractId::new("2"),
            domain: Name::new(names[0]),
            status,
            expires: When::parse(ends),
            serial: Serial::parse(serial),
            names: NameSet::new(names.iter().map(|name| Name::new(name))),
            oddities: Vec::new(),
        }
        .into()
    }

    #[test]
    fn a_name_is_covered_by_itself_or_by_the_wildcard_of_its_parent() {
        use CertificateStatus::{Issued, Pending, Renewed, Revoked};
        let later = "2027-03-01T00:00:00Z";
        let all = [
            row("1", &["www.example.com"], Renewed, "2026-12-01T00:00:00Z"),
            row("2", &["*.example.com", "www.example.com"], Issued, later),
            row("3", &["www.example.com"], Revoked, "2027-09-01T00:00:00Z"),
            row("4", &["www.example.com"], Pending, "2027-09-01T00:00:00Z"),
            row("5", &["gone.example.net"], Issued, "2026-11-20T23:59:59Z"),
            row("6", &["gone.example.net"], Issued, "year 10000"),
            row("7", &["xn--mnchen-3ya.example"], Issued, later),
        ];
        let rows: Vec<&AcmeCertificate> = all.iter().collect();
        let cases: [(&str, &[(u32, bool)]); 9] = [
            ("WWW.example.com", &[(1, false), (0, false)]),
            ("mail.example.com", &[(1, true)]),
            ("*.example.com", &[(1, false)]),
            ("example.com", &[]),
            ("a.b.example.com", &[]),
            ("*.b.example.com", &[]),
            ("gone.example.net", &[]),
            ("München.example", &[(6, false)]),
            ("com", &[]),
        ];
        let names: Vec<Name> = cases.iter().map(|(name, _)| Name::new(name)).collect();
        let found = covering(&names, &rows, "2026-11-21T00:00:00Z".parse().unwrap());
        for ((name, expected), found) in cases.iter().zip(found) {
            let found: Vec<(u32, bool)> = found.iter().map(|one| (one.row, one.wildcard)).collect();
            assert_eq!(&found, expected, "{name}");
        }
    }
}
