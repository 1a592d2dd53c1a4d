//! Audit events of Private CA: any number, made from an index, with a hand-made week in front and new ones on top.

use serde::Deserialize;
use serde_json::json;

use super::cas::Cas;
use crate::simulator::clock::{DAY, HOUR, at, hour, weekday};
use crate::simulator::noise::{hash, pick, under, wide};

/// Made events of a world of scale 1; with the hand-made ones a little more than 5,000.
const MADE: u64 = 5_000;
/// Events per step of the scale in a larger world.
const MADE_LARGE: u64 = 10_000;
/// Events per hour of the day in UTC.
const HOURS: [u64; 24] = [2, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 7, 8, 8, 7, 6, 5, 4, 3, 3, 2, 2];
const PEAK: &str = "2026-11-20T19:00:00Z";

/// An event.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Event {
    pub(in crate::simulator) id: u128,
    pub(in crate::simulator) at: i64,
    pub(in crate::simulator) who: String,
    pub(in crate::simulator) action: String,
    pub(in crate::simulator) kind: String,
    /// Place of the authority it is about.
    pub(in crate::simulator) ca: Option<usize>,
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) status: String,
    pub(in crate::simulator) description: String,
    pub(in crate::simulator) ip: String,
    pub(in crate::simulator) data: Option<String>,
}

#[derive(Deserialize)]
struct Fixture {
    at: String,
    who: String,
    action: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    ca: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    status: Option<String>,
    description: String,
    ip: String,
    #[serde(default)]
    data: Option<String>,
}

type Pattern = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PATTERNS: [Pattern; 12] = [
    ("svc-mdm", "issue", "certificate", "success", "Certificate issued", "10.30.1.5"),
    ("svc-mdm", "issue", "certificate", "success", "Certificate issued", "10.30.1.6"),
    ("svc-mdm", "issue", "certificate", "success", "Certificate issued", "10.30.1.5"),
    ("svc-mdm", "renew", "certificate", "success", "Certificate renewed", "10.30.1.5"),
    ("svc-mdm", "revoke", "certificate", "success", "Certificate revoked", "10.30.1.5"),
    (
        "svc-mdm",
        "issue",
        "certificate",
        "failure",
        "Certificate refused: template does not allow the name",
        "10.30.1.6",
    ),
    ("system", "publish", "crl", "success", "CRL published", ""),
    ("system", "sign", "ocsp_responder", "success", "OCSP answers pre-signed", ""),
    ("ops-07", "list", "certificate", "success", "Certificates listed", "10.20.4.30"),
    ("ops-one", "view", "ca", "success", "CA read", "10.20.4.11"),
    ("ops-two", "view", "ca", "success", "CA read", "10.20.4.18"),
    ("auditor", "list", "audit", "success", "Audit log read", "10.20.9.2"),
];

/// All events, newest first.
pub(in crate::simulator) struct AuditLog {
    seed: u64,
    authorities: u64,
    /// Start of an hour and the events in it and after it, newest hour first.
    hours: Vec<(i64, u64)>,
    /// Hand-made events, newest first, each with its place among all old ones.
    fixed: Vec<(u64, Event)>,
    /// Events since the start, oldest first.
    recent: Vec<Event>,
}

impl AuditLog {
    pub(in crate::simulator) fn build(seed: u64, scale: u32, start: i64, cas: &Cas) -> Self {
        let wanted = if scale > 1 { MADE_LARGE * u64::from(scale) } else { MADE };
        let mut hours = Vec::new();
        let mut total = 0;
        let mut from = start - start.rem_euclid(HOUR) - HOUR;
        while total < wanted {
            total = wanted.min(total + rate(seed, from) * u64::from(scale.max(1)));
            hours.push((from, total));
            from -= HOUR;
        }
        let authorities = u64::try_from(cas.list.len()).unwrap_or(1);
        let mut log = Self { seed, authorities, hours, fixed: Vec::new(), recent: Vec::new() };
        log.fixed = log.place(hand_made(seed, cas));
        log
    }

    /// Finds where each hand-made event stands among the made ones.
    fn place(&self, events: Vec<Event>) -> Vec<(u64, Event)> {
        (0u64..)
            .zip(events)
            .map(|(before, event)| {
                let newer = self.newer_than(event.at);
                (newer + before, event)
            })
            .collect()
    }

    /// Made events after an instant.
    fn newer_than(&self, at: i64) -> u64 {
        let (mut low, mut high) = (0, self.made());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) > at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn made(&self) -> u64 {
        self.hours.last().map_or(0, |(_, total)| *total)
    }

    pub(in crate::simulator) fn len(&self) -> u64 {
        let grown = self.recent.len() + self.fixed.len();
        self.made() + u64::try_from(grown).unwrap_or(0)
    }

    /// Time of the `n`th made event, newest first.
    fn time(&self, n: u64) -> i64 {
        let place = self.hours.partition_point(|(_, total)| *total <= n);
        let Some((from, total)) = self.hours.get(place) else {
            return 0;
        };
        let before = place.checked_sub(1).and_then(|place| self.hours.get(place)).map_or(0, |(_, total)| *total);
        let count = (total - before).max(1);
        let back = ((n - before) * 3_600 + under(self.seed, "audit second", n, 3_600)) / count;
        from + HOUR - 1 - i64::try_from(back).unwrap_or(0)
    }

    /// The event of a place, newest first; `None` past the end.
    pub(in crate::simulator) fn get(&self, place: u64) -> Option<Event> {
        let recent = u64::try_from(self.recent.len()).ok()?;
        if place < recent {
            return self.recent.get(usize::try_from(recent - 1 - place).ok()?).cloned();
        }
        let old = place - recent;
        let passed = self.fixed.partition_point(|(at, _)| *at < old);
        if let Some((at, event)) = self.fixed.get(passed)
            && *at == old
        {
            return Some(event.clone());
        }
        let n = old - u64::try_from(passed).ok()?;
        (n < self.made()).then(|| self.make(n))
    }

    fn make(&self, n: u64) -> Event {
        let ordinal = self.made() - 1 - n;
        let noise = hash(self.seed, "audit", ordinal);
        let (who, action, kind, status, description, ip) = pick(&PATTERNS, noise);
        // Half of all events are about the busiest eight authorities.
        let busy = [2, 4, 9, 16, 3, 15, 5, 6];
        let ca = if noise & 0x100 == 0 {
            pick(&busy, noise >> 16)
        } else {
            usize::try_from((noise >> 16) % self.authorities.max(1)).unwrap_or(0)
        };
        let template = pick(&["TLS short", "mTLS edge", "Device boot"], noise >> 24);
        Event {
            id: wide(self.seed, "audit", ordinal),
            at: self.time(n),
            who: who.to_owned(),
            action: action.to_owned(),
            kind: kind.to_owned(),
            ca: Some(ca),
            name: String::new(),
            status: status.to_owned(),
            description: description.to_owned(),
            ip: ip.to_owned(),
            data: (kind == "certificate").then(|| json!({"template": template}).to_string()),
        }
    }

    /// Events at or after an instant, of the newest ones on top of which each older event lies.
    pub(in crate::simulator) fn since(&self, at: i64) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(|event| event.at >= at) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Adds a new event on top.
    pub(in crate::simulator) fn push(&mut self, mut event: Event) {
        let n = u64::try_from(self.recent.len()).unwrap_or(0);
        event.id = wide(self.seed, "audit new", n);
        self.recent.push(event);
    }
}

fn rate(seed: u64, from: i64) -> u64 {
    if from == at(PEAK) {
        // Three more stand in the fixtures.
        return 38;
    }
    let usual = HOURS.get(usize::try_from(hour(from)).unwrap_or(0)).copied().unwrap_or(1);
    let weekend = weekday(from) >= 5;
    let share = if weekend { usual.div_ceil(2) } else { usual };
    share + under(seed, "audit rate", u64::try_from(from / HOUR).unwrap_or(0), 2)
}

fn hand_made(seed: u64, cas: &Cas) -> Vec<Event> {
    let fixtures: Vec<Fixture> =
        serde_json::from_str(include_str!("../../../assets/simulator/events.json")).unwrap_or_default();
    (0u64..)
        .zip(fixtures)
        .map(|(n, one)| {
            let ca = one.ca.as_deref().and_then(|key| cas.by_key(key));
            Event {
                id: wide(seed, "audit fixed", n),
                at: at(&one.at),
                who: one.who,
                action: one.action,
                kind: one.kind,
                ca: ca.map(|(place, _)| place),
                name: one.name.unwrap_or_default(),
                status: one.status.unwrap_or_else(|| "success".to_owned()),
                description: one.description,
                ip: one.ip,
                data: one.data,
            }
        })
        .collect()
}

/// Seconds between two events of Account Manager.
pub(in crate::simulator) const ACCOUNT_GAP: i64 = DAY / 20;

#[cfg(test)]
mod tests {
    use super::{AuditLog, Cas, at};

    #[test]
    fn events_are_newest_first_and_unique() {
        let cas = Cas::build(1, 1);
        let log = AuditLog::build(1, 1, at("2026-11-21T14:02:31Z"), &cas);
        let all: Vec<_> = (0..log.len()).filter_map(|place| log.get(place)).collect();
        assert_eq!(u64::try_from(all.len()), Ok(log.len()));
        assert!(all.is_sorted_by(|a, b| a.at >= b.at));
        let mut ids: Vec<u128> = all.iter().map(|event| event.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
    }

    #[test]
    fn the_evening_of_20_november_has_41_events() {
        let cas = Cas::build(1, 1);
        let log = AuditLog::build(1, 1, at("2026-11-21T14:02:31Z"), &cas);
        let hour = at(super::PEAK)..at("2026-11-20T20:00:00Z");
        let count = (0..log.len()).filter_map(|place| log.get(place)).filter(|event| hour.contains(&event.at)).count();
        assert_eq!(count, 41);
    }

    #[test]
    fn a_hundredfold_world_has_a_million_events_over_the_same_weeks() {
        let cas = Cas::build(1, 1);
        let log = AuditLog::build(1, 100, at("2026-11-21T14:02:31Z"), &cas);
        assert!(log.len() >= 1_000_000);
        assert!(log.get(log.len() - 1).is_some());
        assert!(log.get(log.len()).is_none());
    }
}
