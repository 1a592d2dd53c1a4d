//! The form in which a probe is kept.

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Probe, Served, Sighting};
use crate::domain::{
    acme::AcmeKey,
    ids::{AccountId, ContractId},
    name::{Name, NameSet},
    serial::Serial,
    text::Clean,
    when::When,
};

/// A safe text and its mark.
#[derive(Serialize, Deserialize)]
struct Text(String, bool);

#[derive(Serialize, Deserialize)]
struct KeptProbe {
    account: Text,
    contract: Text,
    tail: String,
    name: Text,
    at: Timestamp,
    took_ms: u64,
    sightings: Vec<KeptSighting>,
}

#[derive(Serialize, Deserialize)]
struct KeptSighting {
    address: Option<SocketAddr>,
    outcome: Result<KeptServed, Text>,
}

#[derive(Serialize, Deserialize)]
struct KeptServed {
    serial: Text,
    names: Vec<Text>,
    issuer: Text,
    not_before: KeptWhen,
    not_after: KeptWhen,
    sha256: Text,
    authority_key_id: Option<Text>,
    trust: Result<(), Text>,
    name_matches: bool,
    protocol: Text,
}

#[derive(Serialize, Deserialize)]
enum KeptWhen {
    At(Timestamp),
    Odd(Text),
    Never,
}

/// One JSON object.
pub(super) fn write(probe: &Probe) -> String {
    let kept = KeptProbe {
        account: probe.key.account.text().into(),
        contract: probe.key.contract.text().into(),
        tail: probe.key.tail.to_string(),
        name: probe.name.text().into(),
        at: probe.at,
        took_ms: u64::try_from(probe.took.as_millis()).unwrap_or(u64::MAX),
        sightings: probe.sightings.iter().map(KeptSighting::from).collect(),
    };
    // Nothing in it can fail: no map with odd keys, no foreign Serialize.
    serde_json::to_string(&kept).unwrap_or_default()
}

/// The probe that [`write`] wrote.
pub(super) fn read(text: &str) -> Option<Probe> {
    let kept: KeptProbe = serde_json::from_str(text).ok()?;
    let key = AcmeKey {
        account: AccountId::from(Clean::from(kept.account)),
        contract: ContractId::from(Clean::from(kept.contract)),
        tail: Clean::new(&kept.tail).as_str().into(),
    };
    let sightings = kept.sightings.into_iter().map(Option::<Sighting>::from).collect::<Option<_>>()?;
    let took = Duration::from_millis(kept.took_ms);
    Some(Probe { key, name: Name::from(Clean::from(kept.name)), at: kept.at, sightings, took })
}

impl From<&Clean> for Text {
    fn from(text: &Clean) -> Self {
        Self(text.as_str().to_owned(), text.is_marked())
    }
}

impl From<Text> for Clean {
    /// The file is not trusted: what is not safe any more is made safe again.
    fn from(Text(text, marked): Text) -> Self {
        let again = Self::new(&text);
        if again.as_str() == text { Self::kept(&text, marked || again.is_marked()) } else { again }
    }
}

impl From<&When> for KeptWhen {
    fn from(when: &When) -> Self {
        match when {
            When::At(at) => Self::At(*at),
            When::Odd(text) => Self::Odd(text.into()),
            When::Never => Self::Never,
        }
    }
}

impl From<KeptWhen> for When {
    fn from(when: KeptWhen) -> Self {
        match when {
            KeptWhen::At(at) => Self::At(at),
            KeptWhen::Odd(text) => Self::Odd(text.into()),
            KeptWhen::Never => Self::Never,
        }
    }
}

impl From<&Sighting> for KeptSighting {
    fn from(sighting: &Sighting) -> Self {
        let outcome = sighting.outcome.as_ref().map(KeptServed::from).map_err(Text::from);
        Self { address: sighting.address, outcome }
    }
}

impl From<KeptSighting> for Option<Sighting> {
    fn from(kept: KeptSighting) -> Self {
        let outcome = match kept.outcome {
            Ok(served) => Ok(Option::<Served>::from(served)?),
            Err(why) => Err(why.into()),
        };
        Some(Sighting { address: kept.address, outcome })
    }
}

impl From<&Served> for KeptServed {
    fn from(served: &Served) -> Self {
        Self {
            serial: served.serial.raw().into(),
            names: served.names.iter().map(|name| name.text().into()).collect(),
            issuer: (&served.issuer).into(),
            not_before: (&served.not_before).into(),
            not_after: (&served.not_after).into(),
            sha256: (&served.sha256).into(),
            authority_key_id: served.authority_key_id.as_ref().map(Text::from),
            trust: served.trust.as_ref().copied().map_err(Text::from),
            name_matches: served.name_matches,
            protocol: (&served.protocol).into(),
        }
    }
}

impl From<KeptServed> for Option<Served> {
    fn from(kept: KeptServed) -> Self {
        Some(Served {
            serial: Serial::parse(&kept.serial.0)?,
            names: NameSet::new(kept.names.into_iter().map(|name| Name::from(Clean::from(name)))),
            issuer: kept.issuer.into(),
            not_before: kept.not_before.into(),
            not_after: kept.not_after.into(),
            sha256: kept.sha256.into(),
            authority_key_id: kept.authority_key_id.map(Clean::from),
            trust: kept.trust.map_err(Clean::from),
            name_matches: kept.name_matches,
            protocol: kept.protocol.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_nothing_else_does() {
        let served = Served {
            serial: Serial::parse("0a:1b").unwrap(),
            names: NameSet::new(["*.example.com", "a\u{202e}.example.com"].map(Name::new)),
            issuer: "CN=Test CA\u{7}".into(),
            not_before: When::parse("2026-01-01T00:00:00Z"),
            not_after: When::parse("year 10000"),
            sha256: "AB".into(),
            authority_key_id: Some("0C0D".into()),
            trust: Err("it is signed by a CA that this machine does not trust".into()),
            name_matches: false,
            protocol: "TLS 1.2".into(),
        };
        let probe = Probe {
            key: AcmeKey { account: AccountId::new("1"), contract: ContractId::new("2"), tail: "A1B".into() },
            name: Name::new("www.example.com"),
            at: "2026-11-21T14:02:31Z".parse().unwrap(),
            sightings: vec![
                Sighting { address: Some("[2001:db8::1]:443".parse().unwrap()), outcome: Ok(served.clone()) },
                Sighting { address: None, outcome: Err("cannot find the host".into()) },
                Sighting { address: None, outcome: Ok(Served { trust: Ok(()), ..served }) },
            ],
            took: Duration::from_millis(1_234),
        };
        let text = probe.to_json();
        assert_eq!(Probe::from_json(&text).as_ref(), Some(&probe));
        assert_eq!(Probe::from_json(&text).unwrap().sightings[0].outcome.as_ref().unwrap().serial.raw(), "0a:1b");
        for bad in ["", "{}", "[]", text.trim_end_matches('}')] {
            assert_eq!(Probe::from_json(bad), None, "{bad}");
        }
        let hostile = text.replace("\"www.example.com\"", "\"\\u001b]0;x\\u0007\"");
        assert!(!Probe::from_json(&hostile).unwrap().name.as_str().contains('\u{1b}'));
    }
}
