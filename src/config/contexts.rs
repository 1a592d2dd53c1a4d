//! Contexts: an environment and the services that its keys reach.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use serde::Deserialize;

use super::{
    Config, complaint,
    console::Console,
    credentials::KeySource,
    file::{CertCentralTable, ContextTable, File, OneTable, PartnerTable, PathOverride},
    probe::Probe,
    url::{ProxyUrl, ServiceUrl},
};
use crate::domain::{Failure, ids::ContractId};

/// Base of the CertCentral Services API, US platform.
pub const SERVICES_URL: &str = "https://www.digicert.com/services/v2";
/// Base of the Report Library API.
pub const REPORTS_URL: &str = "https://api.digicert.com/reports/v1";
/// Base of the Partner Subscriptions API.
pub const PARTNER_URL: &str = "https://www.digicert.com/partner-subscription/api/v1";
/// Base of DigiCert ONE, US production.
pub const ONE_URL: &str = "https://one.digicert.com";
/// Name of the context of the built-in simulator.
pub const DEMO: &str = "demo";

/// Whether a mistake costs anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Certificates that people rely on; opens read-only.
    Production,
    /// A demo platform or the built-in simulator.
    Demo,
}

impl Environment {
    /// The word of the file and of the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Demo => "demo",
        }
    }
}

/// How the connection to a service is made, beside its address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wire {
    /// More trusted roots (PEM).
    pub ca_file: Option<PathBuf>,
    /// A proxy for this service alone.
    pub proxy: Option<ProxyUrl>,
}

/// CertCentral of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertCentral {
    /// Services API.
    pub services_url: ServiceUrl,
    /// Report Library API.
    pub reports_url: ServiceUrl,
    /// Where the key is.
    pub key: KeySource,
    /// Roots and proxy.
    pub wire: Wire,
}

/// One subaccount of the Partner Subscriptions API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subaccount {
    /// Its name here.
    pub name: String,
    /// Where its key is.
    pub key: KeySource,
    /// Contracts that no other call lists.
    pub contracts: Vec<u64>,
}

/// The Partner Subscriptions API of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Base address.
    pub url: ServiceUrl,
    /// Where the parent key is: reporting and key administration.
    pub parent_key: Option<KeySource>,
    /// Subaccounts with a key of their own.
    pub subaccounts: Vec<Subaccount>,
    /// Days that certificates of a contract are valid, where the configuration says so.
    pub lifetimes: BTreeMap<u64, u16>,
    /// ACME directory of a contract, for renewal information (RFC 9773).
    pub ari: BTreeMap<u64, ServiceUrl>,
    /// Roots and proxy.
    pub wire: Wire,
}

impl Partner {
    /// How long certificates of contracts are valid, where the configuration says so.
    pub fn lifetimes(&self) -> HashMap<ContractId, SignedDuration> {
        let of = |(id, days): (&u64, &u16)| {
            (ContractId::new(&id.to_string()), SignedDuration::from_hours(24 * i64::from(*days)))
        };
        self.lifetimes.iter().map(of).collect()
    }
}

/// How DigiCert ONE knows the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OneAuth {
    /// By an API key.
    Key(KeySource),
    /// By a client certificate on the `clientauth.` host; both files are PEM.
    Certificate {
        /// Certificate chain.
        cert: PathBuf,
        /// Private key, readable by this user alone.
        key: PathBuf,
    },
}

/// DigiCert ONE of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct One {
    /// The host, without a prefix of a manager.
    pub url: ServiceUrl,
    /// Sent as `X-DC-AccountId`.
    pub account_id: Option<String>,
    /// Key or certificate.
    pub auth: OneAuth,
    /// Other forms of inferred paths, by their name.
    pub paths: BTreeMap<String, PathOverride>,
    /// Roots and proxy.
    pub wire: Wire,
}

/// A context: what one set of keys reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Production or demo.
    pub environment: Environment,
    /// No write is possible, whatever is typed.
    pub read_only: bool,
    /// CertCentral, when it is configured.
    pub certcentral: Option<CertCentral>,
    /// Partner Subscriptions, when it is configured.
    pub partner: Option<Partner>,
    /// DigiCert ONE, when it is configured.
    pub one: Option<One>,
    /// How the servers of names are asked.
    pub probe: Probe,
    /// Pages of the web consoles.
    pub console: Console,
}

/// Default for an address of the table above, all of which are sound.
fn or_default(given: Option<ServiceUrl>, default: &str) -> Result<ServiceUrl, Failure> {
    given.map_or_else(|| ServiceUrl::parse(default).map_err(|cause| complaint::whole(Path::new(default), cause)), Ok)
}

/// Where relative files of a configuration start, and `~`.
struct Base<'a>(&'a Path);

impl Base<'_> {
    fn file(&self, path: PathBuf) -> PathBuf {
        let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        match path.strip_prefix("~") {
            Ok(rest) => home().map_or_else(|| path.clone(), |home| home.join(rest)),
            Err(_) => self.0.join(path),
        }
    }

    fn wire(&self, ca_file: Option<PathBuf>, proxy: Option<ProxyUrl>) -> Wire {
        Wire { ca_file: ca_file.map(|path| self.file(path)), proxy }
    }

    /// `hidden`: variables that hold keys, which no command is to see.
    fn key(&self, source: KeySource, hidden: &[String]) -> KeySource {
        match source {
            KeySource::File(path) => KeySource::File(self.file(path)),
            KeySource::Command(command) => KeySource::Command(command.without(hidden)),
            other => other,
        }
    }
}

/// Makes the configuration from the file's tables.
pub(super) fn resolve(file: File, path: &Path) -> Result<Config, Failure> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let base = Base(absolute.parent().unwrap_or(Path::new("/")));
    let hidden = variables(&file);
    let mut contexts = BTreeMap::new();
    for (name, table) in file.context {
        let context = context(name.0.clone(), table, &base, &hidden, path)?;
        contexts.insert(name.0, context);
    }
    if let Some(name) = file.default_context.as_ref().filter(|name| !contexts.contains_key(*name)) {
        let failure =
            complaint::whole(path, &format!("default_context {} is not in the file", complaint::quoted(name)));
        let known: Vec<&str> = contexts.keys().map(String::as_str).collect();
        return Err(match complaint::nearest(name, &known) {
            Some(hint) => failure.hint(hint),
            None => failure.hint("add a table [context.NAME]"),
        });
    }
    let views = [
        ("acme", file.views.acme),
        ("ca", file.views.ca),
        ("requests", file.views.requests),
        ("reports", file.views.reports),
        ("audit", file.views.audit),
    ];
    Ok(Config {
        default_context: file.default_context,
        ui: file.ui,
        refresh: file.refresh,
        audit: file.audit,
        io: file.io,
        approve: file.approve,
        pace: file.pace,
        contexts,
        views: views.into_iter().map(|(screen, views)| (screen.to_owned(), views)).collect(),
        keys: file.keys.into_iter().map(|(id, chords)| (id, chords.0)).collect(),
    })
}

/// Environment variables that hold keys.
fn variables(file: &File) -> Vec<String> {
    let keys = file.context.values().flat_map(|table| {
        let partner = table.partner.iter();
        let partner = partner.flat_map(|p| p.parent_key.iter().chain(p.subaccount.iter().map(|s| &s.key)));
        let one = table.one.iter().filter_map(|one| one.key.as_ref());
        table.certcentral.iter().map(|c| &c.key).chain(partner).chain(one)
    });
    let names = keys.filter_map(|key| if let KeySource::Env(name) = key { Some(name.clone()) } else { None });
    names.collect()
}

fn context(
    name: String,
    table: ContextTable,
    base: &Base<'_>,
    hidden: &[String],
    path: &Path,
) -> Result<Context, Failure> {
    let fail = |cause: &str| complaint::whole(path, &format!("context {}: {cause}", complaint::quoted(&name)));
    if table.certcentral.is_none() && table.partner.is_none() && table.one.is_none() {
        return Err(fail("no service is configured").hint("add [context.NAME.certcentral], .partner or .one"));
    }
    let certcentral = table.certcentral.map(|table| certcentral(table, base, hidden)).transpose()?;
    let partner = table.partner.map(|table| partner(table, base, hidden, &fail)).transpose()?;
    let one = table.one.map(|table| one(table, base, hidden, &fail)).transpose()?;
    let ContextTable { environment, read_only, probe, console, .. } = table;
    Ok(Context { name, environment, read_only, certcentral, partner, one, probe, console })
}

fn certcentral(table: CertCentralTable, base: &Base<'_>, hidden: &[String]) -> Result<CertCentral, Failure> {
    Ok(CertCentral {
        services_url: or_default(table.services_url, SERVICES_URL)?,
        reports_url: or_default(table.reports_url, REPORTS_URL)?,
        key: base.key(table.key, hidden),
        wire: base.wire(table.ca_file, table.proxy),
    })
}

fn partner(
    table: PartnerTable,
    base: &Base<'_>,
    hidden: &[String],
    fail: &dyn Fn(&str) -> Failure,
) -> Result<Partner, Failure> {
    if table.parent_key.is_none() && table.subaccount.is_empty() {
        return Err(fail("partner has neither a parent_key nor a subaccount"));
    }
    let mut subaccounts: Vec<Subaccount> = Vec::new();
    for sub in table.subaccount {
        if sub.name.is_empty() || subaccounts.iter().any(|known| known.name == sub.name) {
            return Err(fail("each partner subaccount needs a name of its own"));
        }
        let contracts = sub.contracts.into_iter().map(|id| id.0).collect();
        subaccounts.push(Subaccount { name: sub.name, key: base.key(sub.key, hidden), contracts });
    }
    Ok(Partner {
        url: or_default(table.url, PARTNER_URL)?,
        parent_key: table.parent_key.map(|key| base.key(key, hidden)),
        subaccounts,
        lifetimes: table.lifetime.into_iter().map(|(id, days)| (id.0, days.0)).collect(),
        ari: table.ari.into_iter().map(|(id, url)| (id.0, url)).collect(),
        wire: base.wire(table.ca_file, table.proxy),
    })
}

fn one(table: OneTable, base: &Base<'_>, hidden: &[String], fail: &dyn Fn(&str) -> Failure) -> Result<One, Failure> {
    let auth = match (table.key, table.client_certificate) {
        (Some(key), None) => OneAuth::Key(base.key(key, hidden)),
        (None, Some(pair)) => OneAuth::Certificate { cert: base.file(pair.cert), key: base.file(pair.key) },
        (None, None) => return Err(fail("one needs a key or a client_certificate")),
        (Some(_), Some(_)) => return Err(fail("one takes a key or a client_certificate, not both")),
    };
    Ok(One {
        url: or_default(table.url, ONE_URL)?,
        account_id: table.account_id.map(|id| id.0),
        auth,
        paths: table.paths,
        wire: base.wire(table.ca_file, table.proxy),
    })
}
