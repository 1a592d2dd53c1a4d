//! The file as it is written: serde structures of every member, none of which may be unknown.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

use super::{
    console::Console,
    contexts::Environment,
    credentials::KeySource,
    probe::Probe,
    settings::{Approve, Audit, Io, Pace, Refresh, Ui},
    url::{ProxyUrl, ServiceUrl},
};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub default_context: Option<String>,
    pub ui: Ui,
    pub refresh: Refresh,
    pub audit: Audit,
    pub io: Io,
    pub approve: Approve,
    pub pace: Pace,
    pub context: BTreeMap<ContextName, ContextTable>,
    pub views: Views,
    pub keys: BTreeMap<String, Chords>,
}

/// The name of a context; it is part of file names in the state folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ContextName(pub String);

impl<'de> Deserialize<'de> for ContextName {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let name = String::deserialize(input)?;
        if is_context_name(&name) { Ok(Self(name)) } else { Err(D::Error::custom(CONTEXT_NAME)) }
    }
}

/// How a context may be called.
pub const CONTEXT_NAME: &str = "a context is called by letters, digits, - _ . (64 at most)";

/// Whether a context may be called `name`.
pub fn is_context_name(name: &str) -> bool {
    let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && fits
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextTable {
    pub environment: Environment,
    #[serde(default)]
    pub read_only: bool,
    pub certcentral: Option<CertCentralTable>,
    pub partner: Option<PartnerTable>,
    pub one: Option<OneTable>,
    #[serde(default)]
    pub probe: Probe,
    #[serde(default)]
    pub console: Console,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertCentralTable {
    pub services_url: Option<ServiceUrl>,
    pub reports_url: Option<ServiceUrl>,
    pub key: KeySource,
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<ProxyUrl>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerTable {
    pub url: Option<ServiceUrl>,
    pub parent_key: Option<KeySource>,
    #[serde(default)]
    pub subaccount: Vec<SubaccountTable>,
    #[serde(default)]
    pub lifetime: BTreeMap<ContractNumber, Days>,
    #[serde(default)]
    pub ari: BTreeMap<ContractNumber, ServiceUrl>,
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<ProxyUrl>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubaccountTable {
    pub name: String,
    pub key: KeySource,
    #[serde(default)]
    pub contracts: Vec<ContractNumber>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneTable {
    pub url: Option<ServiceUrl>,
    pub account_id: Option<Id>,
    pub key: Option<KeySource>,
    pub client_certificate: Option<ClientCertificateTable>,
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<ProxyUrl>,
    #[serde(default)]
    pub paths: BTreeMap<String, PathOverride>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientCertificateTable {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Another form of a path of DigiCert ONE that is not documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathOverride {
    /// The method.
    pub method: Method,
    /// Template behind the service's prefix, `/ca/{id}/...`.
    #[serde(deserialize_with = "read_path")]
    pub path: String,
    /// Status codes that mean done.
    #[serde(default = "done", deserialize_with = "read_codes")]
    pub ok: Vec<u16>,
}

impl Method {
    /// The word of HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A method that a path may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

fn done() -> Vec<u16> {
    vec![200, 204]
}

fn read_path<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let path = String::deserialize(input)?;
    let fits = path.starts_with('/') && !path.starts_with("//") && !path.contains("..");
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/{}-_.~".contains(&b));
    if fits && plain {
        Ok(path)
    } else {
        Err(D::Error::custom("a path starts with / and holds letters, digits, - _ . ~ and {names}"))
    }
}

fn read_codes<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u16>, D::Error> {
    let codes = Vec::<u16>::deserialize(input)?;
    let fits = !codes.is_empty() && codes.iter().all(|code| (200..300).contains(code));
    if fits { Ok(codes) } else { Err(D::Error::custom("ok lists status codes from 200 to 299")) }
}

/// An identifier, which people write as a number or as text.
#[derive(Debug, Clone)]
pub(super) struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an identifier, a number or text")
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Id, E> {
                if number < 0 { Err(E::custom("an identifier is not negative")) } else { Ok(Id(number.to_string())) }
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                if text.is_empty() || text.len() > 128 || !fits {
                    return Err(E::custom("an identifier is letters, digits, - and _ (128 at most)"));
                }
                Ok(Id(text.to_owned()))
            }
        }
        input.deserialize_any(IdVisitor)
    }
}

/// The number of a contract, which people write as a number or as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ContractNumber(pub u64);

impl<'de> Deserialize<'de> for ContractNumber {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let number = Id::deserialize(input)?.0.parse().map_err(|_| D::Error::custom("a contract is a number"))?;
        Ok(Self(number))
    }
}

/// The lifetime of a contract's certificates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days(pub u16);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let days = u16::deserialize(input)?;
        if (1..=3_650).contains(&days) { Ok(Self(days)) } else { Err(D::Error::custom("lifetime is 1 to 3650 days")) }
    }
}

/// Keys of a binding: a list, one key, or `"none"`.
#[derive(Debug)]
pub(super) struct Chords(pub Vec<String>);

impl<'de> Deserialize<'de> for Chords {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct ChordsVisitor;
        impl<'de> Visitor<'de> for ChordsVisitor {
            type Value = Chords;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of keys, one key, or \"none\"")
            }
            fn visit_str<E: serde::de::Error>(self, one: &str) -> Result<Chords, E> {
                match one {
                    "none" => Ok(Chords(Vec::new())),
                    "" => Err(E::custom("a key has a name; \"none\" takes the key away")),
                    key => Ok(Chords(vec![key.to_owned()])),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Chords, A::Error> {
                let mut chords = Vec::new();
                while let Some(chord) = list.next_element::<String>()? {
                    chords.push(chord);
                }
                Ok(Chords(chords))
            }
        }
        input.deserialize_any(ChordsVisitor)
    }
}

/// Saved views by screen.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Views {
    pub acme: BTreeMap<String, View>,
    pub ca: BTreeMap<String, View>,
    pub requests: BTreeMap<String, View>,
    pub reports: BTreeMap<String, View>,
    pub audit: BTreeMap<String, View>,
}

/// A saved view of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// Filter text, the same as on the screen.
    pub filter: Option<String>,
    /// Column id to sort by; `-` in front reverses.
    pub sort: Option<String>,
    /// What rows are grouped by: `state`, `account`, `contract` or `domain`.
    pub group: Option<String>,
    /// Column ids in order; `*` behind one pins it.
    pub columns: Vec<String>,
}
