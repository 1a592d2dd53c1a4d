//! A context as it will be written.

use std::path::Path;

use secrecy::SecretString;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::network::Network;
use crate::{
    config::{Config, Environment, KeySource, credentials::KeyEntry, template::TEMPLATE},
    domain::{Failure, FailureKind},
};

/// Where a key shall live.
#[derive(Debug, Clone)]
pub enum Place {
    /// An environment variable.
    Env(String),
    /// A command.
    Command(String),
    /// A file that is there.
    File(String),
    /// An entry of the key store, and what is in it.
    Keyring(KeyEntry, Entry),
    /// A client certificate in place of a key (PEM); DigiCert ONE alone takes one.
    Certificate {
        /// File of the certificate.
        cert: String,
        /// File of its key.
        key: String,
    },
    /// A file that is made for a key that was typed.
    Typed {
        /// The file, relative to the folder of the configuration.
        file: String,
        /// The key.
        key: SecretString,
    },
}

/// What is in an entry of the key store.
#[derive(Debug, Clone)]
pub enum Entry {
    /// This key.
    There(SecretString),
    /// Nothing; this key comes there with the configuration.
    Typed(SecretString),
    /// Nothing; a key comes there later.
    Later,
}

/// A subaccount of Partner Subscriptions.
#[derive(Debug, Clone)]
pub struct Subaccount {
    /// Its name here.
    pub name: String,
    /// Its key.
    pub key: Place,
    /// Contracts that no other call lists.
    pub contracts: Vec<i64>,
}

/// A service of the context.
#[derive(Debug, Clone)]
pub enum Part {
    /// `CertCentral`.
    CertCentral {
        /// Services API and Report Library, where they are not the usual ones.
        urls: Option<(String, String)>,
        /// The key.
        key: Place,
    },
    /// Partner Subscriptions.
    Partner {
        /// Where it is not the usual one.
        url: Option<String>,
        /// The parent key.
        parent: Option<Place>,
        /// Subaccounts with a key of their own.
        subaccounts: Vec<Subaccount>,
    },
    /// DigiCert ONE.
    One {
        /// The host.
        url: String,
        /// `X-DC-AccountId`.
        account: Option<String>,
        /// The key, or the client certificate.
        key: Place,
    },
}

/// A context that is not written yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Production or demo.
    pub environment: Environment,
    /// How all its services are reached.
    pub network: Network,
    /// Its services.
    pub parts: Vec<Part>,
}

impl Draft {
    /// The text of a new configuration at `path` that has this context alone; found sound.
    ///
    /// # Errors
    /// What [`Config::parse`] says of it.
    pub fn alone(&self, path: &Path) -> Result<(String, Config), Failure> {
        let start = TEMPLATE.find("[context.").unwrap_or(TEMPLATE.len());
        let end = TEMPLATE.find("# Saved views").unwrap_or(TEMPLATE.len());
        let text = [TEMPLATE.get(..start), TEMPLATE.get(end..)].into_iter().flatten().collect::<String>();
        self.joined(&text, path, true)
    }

    /// The text of the configuration at `path` with this context in it, and its comments as they were; found sound.
    ///
    /// # Errors
    /// What [`Config::parse`] says of it.
    pub fn joined(&self, text: &str, path: &Path, default: bool) -> Result<(String, Config), Failure> {
        let mut document: DocumentMut = text.parse().map_err(|_| unfit(path))?;
        if default {
            name_default(&mut document, &self.name);
        }
        let contexts = contexts(&mut document).ok_or_else(|| unfit(path))?;
        contexts.insert(&self.name, Item::Table(self.table()));
        let text = document.to_string();
        let config = Config::parse(&text, path)?;
        Ok((text, config))
    }

    /// Where all its keys are.
    pub fn places(&self) -> Vec<&Place> {
        self.parts.iter().flat_map(Part::places).collect()
    }

    /// Files that have to be made, relative to the folder of the configuration, with their keys.
    pub fn typed<'a>(&'a self) -> Vec<(&'a str, &'a SecretString)> {
        let typed = |place: &'a Place| match place {
            Place::Typed { file, key } => Some((file.as_str(), key)),
            Place::Env(_) | Place::Command(_) | Place::File(_) | Place::Keyring(..) | Place::Certificate { .. } => None,
        };
        self.places().into_iter().filter_map(typed).collect()
    }

    /// Entries of the key store that have to be made, with their keys.
    pub fn entries(&self) -> Vec<(KeySource, &SecretString)> {
        let made = |place| match place {
            &Place::Keyring(ref entry, Entry::Typed(ref key)) => Some((KeySource::Keyring(entry.clone()), key)),
            _ => None,
        };
        self.places().into_iter().filter_map(made).collect()
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        let remark = match self.environment {
            Environment::Production => "      # opens read-only; or \"demo\"",
            Environment::Demo => "            # or \"production\", which opens read-only",
        };
        table.insert("environment", remarked(self.environment.as_str().into(), remark));
        table.insert("read_only", remarked(false.into(), "               # true: no write is possible at all"));
        for part in &self.parts {
            let (name, mut service, remark) = part.table();
            for (member, value) in self.network.members() {
                service.insert(member, toml_edit::value(value));
            }
            service.decor_mut().set_prefix(format!("\n# {remark}\n"));
            table.insert(name, Item::Table(service));
        }
        table
    }
}

impl Part {
    fn places(&self) -> Vec<&Place> {
        match self {
            Self::CertCentral { key, .. } | Self::One { key, .. } => vec![key],
            Self::Partner { parent, subaccounts, .. } => {
                parent.iter().chain(subaccounts.iter().map(|subaccount| &subaccount.key)).collect()
            }
        }
    }

    /// Name, members, and what the service is for.
    fn table(&self) -> (&'static str, Table, &'static str) {
        let mut table = Table::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                table.insert(name, Item::Value(value));
            }
        };
        match self {
            Self::CertCentral { urls, key } => {
                put("services_url", urls.as_ref().map(|(services, _)| services.as_str().into()));
                put("reports_url", urls.as_ref().map(|(_, reports)| reports.as_str().into()));
                put("key", Some(key.value()));
                ("certcentral", table, "CertCentral: reports. The key has to be an administrator's.")
            }
            Self::Partner { url, parent, subaccounts } => {
                put("url", url.as_deref().map(Value::from));
                put("parent_key", parent.as_ref().map(Place::value));
                let mut list = ArrayOfTables::new();
                for Subaccount { name, key, contracts } in subaccounts {
                    let mut subaccount = Table::new();
                    subaccount.insert("name", toml_edit::value(name));
                    subaccount.insert("key", Item::Value(key.value()));
                    if !contracts.is_empty() {
                        subaccount.insert("contracts", toml_edit::value(contracts.iter().copied().collect::<Array>()));
                    }
                    list.push(subaccount);
                }
                if !list.is_empty() {
                    table.insert("subaccount", Item::ArrayOfTables(list));
                }
                ("partner", table, "Partner Subscriptions: ACME certificates. One key for each subaccount.")
            }
            Self::One { url, account, key } => {
                put("url", Some(url.as_str().into()));
                put("account_id", account.as_deref().map(Value::from));
                let member = if matches!(key, Place::Certificate { .. }) { "client_certificate" } else { "key" };
                put(member, Some(key.value()));
                ("one", table, "DigiCert ONE: CAs, their requests, the audit log.")
            }
        }
    }
}

impl Place {
    /// The key, where it is known before the configuration is written.
    pub const fn key(&self) -> Option<&SecretString> {
        match self {
            Self::Typed { key, .. } | Self::Keyring(_, Entry::There(key) | Entry::Typed(key)) => Some(key),
            Self::Env(_)
            | Self::Command(_)
            | Self::File(_)
            | Self::Keyring(_, Entry::Later)
            | Self::Certificate { .. } => None,
        }
    }

    fn value(&self) -> Value {
        let members = match self {
            Self::Env(name) => vec![("env", name.clone())],
            Self::Command(command) => vec![("command", command.clone())],
            Self::File(file) | Self::Typed { file, .. } => vec![("file", file.clone())],
            Self::Keyring(entry, _) => vec![("keyring", entry.to_string())],
            Self::Certificate { cert, key } => vec![("cert", cert.clone()), ("key", key.clone())],
        };
        let mut table = InlineTable::new();
        for (member, text) in members {
            table.insert(member, text.into());
        }
        Value::InlineTable(table)
    }
}

fn remarked(mut value: Value, remark: &str) -> Item {
    value.decor_mut().set_suffix(remark);
    Item::Value(value)
}

/// Whether a context can join the configuration `text` at `path`.
///
/// # Errors
/// Its contexts do not stand in tables of their own.
pub fn check_room(text: &str, path: &Path) -> Result<(), Failure> {
    let document = text.parse::<DocumentMut>();
    document.ok().as_mut().and_then(contexts).map(drop).ok_or_else(|| unfit(path))
}

/// The table of the contexts, made when it is not there; `None` when it has a form that takes no `[context.NAME]`.
fn contexts(document: &mut DocumentMut) -> Option<&mut Table> {
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let contexts = document.entry("context").or_insert(Item::Table(implicit));
    contexts.as_table_mut().filter(|table| !table.is_dotted())
}

fn unfit(path: &Path) -> Failure {
    let title = format!("{}: its contexts stand in a form that cannot be added to", path.display());
    Failure::new(FailureKind::Configuration, title).hint("write them as tables, [context.NAME]")
}

/// Names the default context; what stood around the old name stays.
fn name_default(document: &mut DocumentMut, name: &str) {
    let mut value = Value::from(name);
    match document.get_mut("default_context") {
        Some(old) => {
            if let Some(old) = old.as_value() {
                *value.decor_mut() = old.decor().clone();
            }
            *old = Item::Value(value);
        }
        None => {
            document.insert("default_context", Item::Value(value));
        }
    }
}
