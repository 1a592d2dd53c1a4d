//! ACME certificates: a hand-made part, and lineages made from an index so that a contract may hold any number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::simulator::clock::{DAY, at, rfc3339};
use crate::simulator::noise::{hash, hex, pick, signed, wide};

/// Certificates of the keys that the demo holds, at scale 1.
const VISIBLE: u64 = 1_284;
/// Certificates of one made lineage, newest first.
const GENERATIONS: u64 = 3;
/// Lineages per week that end with nothing newer, beside the hand-made ones; the heap in the week of 23 January is meant to be seen.
const WEEKS: [(&str, u64); 9] = [
    ("2026-12-12", 3),
    ("2026-12-19", 10),
    ("2026-12-26", 8),
    ("2027-01-02", 17),
    ("2027-01-09", 20),
    ("2027-01-16", 37),
    ("2027-01-23", 84),
    ("2027-01-30", 33),
    ("2027-02-06", 18),
];
const PLACES: [&str; 12] = ["fra", "ams", "dub", "iad", "sfo", "tyo", "sin", "muc", "zrh", "par", "lon", "gru"];
const ROLES: [&str; 16] = [
    "app", "api", "cache", "search", "mail", "ldap", "queue", "metrics", "ci", "wiki", "store", "proxy", "auth",
    "edge", "video", "map",
];
const ODDITIES: i64 = 12_399;
const LARGEST: i64 = 12_350;

#[derive(Deserialize)]
struct Named {
    c: i64,
    n: Vec<String>,
    end: String,
    #[serde(default)]
    before: Vec<String>,
    life: i64,
    #[serde(rename = "gen")]
    generations: i64,
    status: String,
    #[serde(default)]
    serial: Option<String>,
}

/// A certificate record as the service sends it.
#[derive(Clone, Debug, Serialize)]
pub(in crate::simulator) struct Row {
    pub(in crate::simulator) domain: String,
    status: String,
    expiration_date: Option<String>,
    serial_number: Option<String>,
    pub(in crate::simulator) sans: Vec<String>,
}

impl Row {
    /// Serial number, upper-case hexadecimal; none until issued.
    pub(in crate::simulator) fn serial(&self) -> Option<&str> {
        self.serial_number.as_deref()
    }

    /// End of validity, Unix seconds.
    pub(in crate::simulator) fn end(&self) -> Option<i64> {
        self.expiration_date.as_deref().map(at)
    }
}

struct Head {
    end: i64,
    life: i64,
}

/// All certificates of the partner's subaccounts.
pub(in crate::simulator) struct Acme {
    seed: u64,
    fixed: BTreeMap<i64, Vec<Row>>,
    odd: Vec<Value>,
    heads: Vec<Head>,
    /// Made records over all contracts.
    made: u64,
}

impl Acme {
    pub(in crate::simulator) fn build(seed: u64, scale: u32) -> Self {
        let named: Vec<Named> =
            serde_json::from_str(include_str!("../../../assets/simulator/names.json")).unwrap_or_default();
        let mut fixed: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for (number, name) in (0u64..).zip(&named) {
            let rows = fixed.entry(name.c).or_default();
            rows.extend(generations(seed, number, name));
        }
        let odd = oddities();
        let count = fixed.values().map(Vec::len).sum::<usize>() + odd.len();
        let wanted = VISIBLE * u64::from(scale.max(1));
        let made = wanted.saturating_sub(u64::try_from(count).unwrap_or(0));
        let first = VISIBLE.saturating_sub(u64::try_from(count).unwrap_or(0));
        Self { seed, fixed, odd, heads: heads(seed, first.div_ceil(GENERATIONS)), made }
    }

    /// The hand-made records of a main name, newest first.
    pub(in crate::simulator) fn of_name(&self, name: &str) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.fixed.values().flatten().filter(|row| row.domain == name).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.end()));
        rows
    }

    /// The hand-made record with a serial, which is upper-case hexadecimal with or without its leading zeros.
    pub(in crate::simulator) fn of_serial(&self, serial: &str) -> Option<&Row> {
        let digits = |text: &str| text.trim_start_matches('0').to_owned();
        let wanted = digits(serial);
        self.fixed.values().flatten().find(|row| row.serial().is_some_and(|serial| digits(serial) == wanted))
    }

    /// JSON records of one contract, each made when it is asked for.
    pub(in crate::simulator) fn records(&self, contract: i64) -> impl Iterator<Item = String> {
        let fixed = self.fixed.get(&contract).into_iter().flatten();
        let odd = (contract == ODDITIES).then_some(&self.odd);
        fixed
            .map(text)
            .chain(odd.into_iter().flatten().map(Value::to_string))
            .chain(self.numbers(contract).map(|n| text(&self.row(n))))
    }

    /// The `n`th block of at most `size` records, joined by commas; `None` past the end. Lists are sent in such blocks.
    pub(in crate::simulator) fn block(&self, contract: i64, n: usize, size: usize) -> Option<String> {
        let fixed = self.fixed.get(&contract).map_or(0, Vec::len);
        if n == 0 && (fixed > 0 || contract == ODDITIES) {
            let head: Vec<String> =
                self.records(contract).take(fixed + self.odd.len() * usize::from(contract == ODDITIES)).collect();
            return Some(head.join(","));
        }
        let skipped = usize::from(fixed > 0 || contract == ODDITIES);
        let range = self.range(contract);
        let from = range.start + u64::try_from((n - skipped) * size).ok()?;
        let to = range.end.min(from + u64::try_from(size).ok()?);
        if from >= to {
            return None;
        }
        let rows: Vec<String> = (from..to).map(|n| text(&self.row(n))).collect();
        Some(rows.join(","))
    }

    /// Names that a contract should hold: those of its certificates, at most 200.
    pub(in crate::simulator) fn names(&self, contract: i64) -> Vec<String> {
        let fixed = self.fixed.get(&contract).into_iter().flatten();
        let mut names: Vec<String> = fixed.flat_map(|row| row.sans.clone()).collect();
        let range = self.range(contract);
        let heads = range.clone().filter(|n| n % GENERATIONS == 0).take(190);
        names.extend(heads.flat_map(|n| self.row(n).sans));
        if range.end - range.start > 1_000 {
            names.push("*.acme-corp.example".to_owned());
        }
        if contract == ODDITIES {
            names = vec!["lab.example".to_owned(), "*.lab.example".to_owned()];
        }
        for name in &mut names {
            name.make_ascii_lowercase();
        }
        names.sort();
        names.dedup();
        names.truncate(250);
        names
    }

    fn numbers(&self, contract: i64) -> impl Iterator<Item = u64> + use<> {
        self.range(contract)
    }

    /// Made records of a contract. The first of a world of scale 1 are spread over three contracts, the rest is one contract's.
    fn range(&self, contract: i64) -> std::ops::Range<u64> {
        let (retail, internal) = (105 * GENERATIONS, 85 * GENERATIONS);
        match contract {
            12_346 => 0..retail.min(self.made),
            12_353 => retail.min(self.made)..(retail + internal).min(self.made),
            LARGEST => (retail + internal).min(self.made)..self.made,
            _ => 0..0,
        }
    }

    fn row(&self, n: u64) -> Row {
        let (lineage, generation) = (n / GENERATIONS, n % GENERATIONS);
        let count = u64::try_from(self.heads.len()).unwrap_or(1).max(1);
        let head = usize::try_from(lineage % count).ok().and_then(|at| self.heads.get(at));
        let (end, life) = head.map_or((0, 90), |head| (head.end, head.life));
        let age = i64::try_from(generation).unwrap_or(0);
        let late = signed(self.seed, "late", n, 7_200) * i64::from(generation > 0);
        let role = pick(&ROLES, hash(self.seed, "role", lineage));
        let place = pick(&PLACES, hash(self.seed, "place", lineage));
        let domain = format!("{role}-{place}-{lineage}.acme-corp.example");
        let mut sans = vec![domain.clone()];
        if lineage % 5 == 0 {
            sans.push(format!("{role}-{place}-{lineage}b.acme-corp.example"));
        }
        Row {
            domain,
            status: match generation {
                0 => "issued",
                1 => "renewed",
                _ => pick(&["expired", "renewed"], hash(self.seed, "old", n)),
            }
            .to_owned(),
            expiration_date: Some(rfc3339(end - age * life * DAY - late)),
            serial_number: Some(serial(self.seed, n)),
            sans,
        }
    }
}

fn serial(seed: u64, n: u64) -> String {
    // The top bit stays clear, as in certificates whose serial is a positive integer of 16 octets.
    hex(&(wide(seed, "acme serial", n) >> 1).to_be_bytes())
}

fn generations(seed: u64, number: u64, name: &Named) -> Vec<Row> {
    let end = (!name.end.is_empty()).then(|| at(&name.end));
    (0..name.generations)
        .map(|age| {
            let explicit = usize::try_from(age - 1).ok().and_then(|n| name.before.get(n));
            let ends = explicit.map(|text| at(text)).or_else(|| end.map(|end| end - age * name.life * DAY));
            let n = (1 << 40) + number * 16 + u64::try_from(age).unwrap_or(0);
            Row {
                domain: name.n.first().cloned().unwrap_or_default(),
                status: if age == 0 { name.status.clone() } else { "renewed".to_owned() },
                expiration_date: ends.map(rfc3339),
                serial_number: ends.map(|_| match &name.serial {
                    Some(serial) if age == 0 => serial.clone(),
                    _ => serial(seed, n),
                }),
                sans: name.n.clone(),
            }
        })
        .collect()
}

/// Ends of the made lineages, and lifetimes that leave none of them due.
fn heads(seed: u64, count: u64) -> Vec<Head> {
    let week = WEEKS.iter().flat_map(|(day, many)| (0..*many).map(move |_| (at(day), 7)));
    let spring = std::iter::repeat((at("2027-02-27"), 75));
    week.chain(spring)
        .zip(0..count)
        .map(|((from, days), n)| {
            let end = from + signed(seed, "end", n, days * 86_400);
            let left = (end - at("2026-11-21T14:02:31Z")) / DAY;
            let life = match left {
                ..31 => 60,
                31..88 => 90,
                _ => 199,
            };
            Head { end, life }
        })
        .collect()
}

fn oddities() -> Vec<Value> {
    let mut odd: Vec<Value> =
        serde_json::from_str(include_str!("../../../assets/simulator/oddities.json")).unwrap_or_default();
    let record = |domain: String, serial: &str, sans: Vec<String>| json!({"domain": domain, "status": "issued", "expiration_date": "2027-04-03T00:00:00Z", "serial_number": serial, "sans": sans});
    let long = format!("{}.lab.example", "a".repeat(100 * 1024));
    odd.push(record(long.clone(), "30AA", vec![long]));
    let many = (0..10_000).map(|n| format!("n{n}.many.lab.example")).collect();
    odd.push(record("many.lab.example".to_owned(), "31AA", many));
    odd
}

fn text(row: &Row) -> String {
    serde_json::to_string(row).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Acme;

    const CONTRACTS: [i64; 9] = [12_345, 12_346, 12_347, 12_350, 12_351, 12_352, 12_353, 12_361, 12_399];

    #[test]
    fn the_demo_has_1284_certificates() {
        let acme = Acme::build(1, 1);
        let count: usize = CONTRACTS.iter().map(|id| acme.records(*id).count()).sum();
        assert_eq!(count, 1_284);
    }

    #[test]
    fn a_hundredfold_world_is_mostly_one_contract() {
        let acme = Acme::build(1, 100);
        assert_eq!(acme.range(12_350).end, acme.made);
        assert!(acme.range(12_350).count() > 100_000);
    }

    #[test]
    fn blocks_are_the_records() {
        let acme = Acme::build(1, 1);
        for contract in CONTRACTS {
            let whole: Vec<String> = acme.records(contract).collect();
            let blocks: Vec<String> = (0..).map_while(|n| acme.block(contract, n, 50)).collect();
            assert_eq!(whole.join(","), blocks.join(","));
        }
    }

    #[test]
    fn a_contract_holds_at_most_250_names() {
        let acme = Acme::build(1, 1);
        for contract in CONTRACTS {
            let names = acme.names(contract).len();
            assert!((1..=250).contains(&names), "{contract} has {names}");
        }
    }
}
