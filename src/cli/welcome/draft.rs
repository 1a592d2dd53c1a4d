//! A context as it will be written.

use std::path::Path;

use secrecy::SecretString;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use crate::{
    config::{Config, Environment, template::TEMPLATE},
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
    /// An entry of the key store.
    Keyring(String),
    /// A file that is made for a key that was typed.
    Typed {
        /// The file, relative to the folder of the configuration.
        file: String,
        /// The key.
        key: SecretString,
    },
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
        /// Names and keys.
        subaccounts: Vec<(String, Place)>,
    },
    /// DigiCert ONE.
    One {
        /// The host.
        url: String,
        /// `X-DC-AccountId`.
        account: Option<String>,
        /// The key.
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
            Place::Env(_) | Place::Command(_) | Place::File(_) | Place::Keyring(_) => None,
        };
        self.places().into_iter().filter_map(typed).collect()
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
                parent.iter().chain(subaccounts.iter().map(|(_, key)| key)).collect()
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
                for (name, key) in subaccounts {
                    let mut subaccount = Table::new();
                    subaccount.insert("name", toml_edit::value(name));
                    subaccount.insert("key", Item::Value(key.value()));
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
                put("key", Some(key.value()));
                ("one", table, "DigiCert ONE: CAs, their requests, the audit log.")
            }
        }
    }
}

impl Place {
    fn value(&self) -> Value {
        let (kind, text) = match self {
            Self::Env(name) => ("env", name),
            Self::Command(command) => ("command", command),
            Self::File(file) | Self::Typed { file, .. } => ("file", file),
            Self::Keyring(entry) => ("keyring", entry),
        };
        let mut table = InlineTable::new();
        table.insert(kind, text.as_str().into());
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
