//! What the client has to know of one context: addresses, keys, pace. Built from the configuration.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use secrecy::SecretString;

use super::{
    limits,
    probe::resolve::{Resolve, System},
};
use crate::{
    config::ClientCertificate,
    domain::{acme::probe::StartTls, ids::ContractId, name::Name},
};

/// Settings of one context; services that are `None` are not configured.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// CertCentral: Services API and Report Library.
    pub certcentral: Option<CertCentralSettings>,
    /// Partner Subscriptions.
    pub partner: Option<PartnerSettings>,
    /// DigiCert ONE.
    pub one: Option<OneSettings>,
    /// How fast one key may be used.
    pub pace: Pace,
    /// Deadlines of one request.
    pub timeouts: Timeouts,
    /// Rows asked for in one page.
    pub page_size: PageSize,
    /// How the servers of names are asked.
    pub probe: ProbeSettings,
    /// Addresses of hosts, by name, in the order in which they are tried; the name service is not asked for them.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
}

/// Rows asked for in one page; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// Takes at least one row.
    pub const fn new(rows: usize) -> Self {
        Self(if rows == 0 { 1 } else { rows })
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::new(limits::PAGE_SIZE)
    }
}

/// CertCentral.
#[derive(Debug, Clone)]
pub struct CertCentralSettings {
    /// Base of the Services API, `https://www.digicert.com/services/v2`.
    pub services_url: String,
    /// Base of the Report Library, `https://api.digicert.com/reports/v1`.
    pub reports_url: String,
    /// The key of both.
    pub key: SecretString,
    /// PEM file of roots to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Proxy address; may hold a password.
    pub proxy: Option<SecretString>,
}

impl CertCentralSettings {
    /// The usual (US) addresses.
    pub fn new(key: SecretString) -> Self {
        Self {
            services_url: "https://www.digicert.com/services/v2".into(),
            reports_url: "https://api.digicert.com/reports/v1".into(),
            key,
            ca_file: None,
            proxy: None,
        }
    }
}

/// Partner Subscriptions.
#[derive(Debug, Clone)]
pub struct PartnerSettings {
    /// Base address.
    pub url: String,
    /// The key that lists the contracts of all subaccounts; refused under `/acme`.
    pub parent_key: Option<SecretString>,
    /// The keys that may read certificates.
    pub subaccounts: Vec<SubaccountSettings>,
    /// PEM file of roots to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Proxy address; may hold a password.
    pub proxy: Option<SecretString>,
}

impl PartnerSettings {
    /// The published address, without keys.
    pub fn new() -> Self {
        Self {
            url: "https://www.digicert.com/partner-subscription/api/v1".into(),
            parent_key: None,
            subaccounts: Vec::new(),
            ca_file: None,
            proxy: None,
        }
    }
}

impl Default for PartnerSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// One subaccount key.
#[derive(Debug, Clone)]
pub struct SubaccountSettings {
    /// Name given in the configuration.
    pub name: String,
    /// The key.
    pub key: SecretString,
    /// Contracts to read; those that the parent key reports are added.
    pub contracts: Vec<u64>,
}

/// How DigiCert ONE knows the caller.
#[derive(Debug, Clone)]
pub enum OneAuth {
    /// By a key in `x-api-key`.
    Key(SecretString),
    /// By a certificate in the TLS handshake, and no key. The eight known hosts take it on `clientauth.` and the host,
    /// which is then asked in their place (contract `digicert-one.openapi.yaml`, `servers`: documented for exactly
    /// these); a customer's own host, a loopback address and one with the prefix stay as they are configured.
    Certificate(ClientCertificate),
}

/// DigiCert ONE.
#[derive(Debug, Clone)]
pub struct OneSettings {
    /// Base address, `https://one.digicert.com`; with a client certificate the host of [`crate::client::OneAuth`].
    pub url: String,
    /// Sent as `X-DC-AccountId`, for a key that reaches several accounts.
    pub account_id: Option<String>,
    /// Key or certificate.
    pub auth: OneAuth,
    /// Routes that differ from the built-in table, by name (see `one::paths`).
    pub paths: BTreeMap<String, PathSettings>,
    /// PEM file of roots to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Proxy address; may hold a password.
    pub proxy: Option<SecretString>,
}

impl OneSettings {
    /// The US production host.
    pub fn new(key: SecretString) -> Self {
        Self {
            url: "https://one.digicert.com".into(),
            account_id: None,
            auth: OneAuth::Key(key),
            paths: BTreeMap::new(),
            ca_file: None,
            proxy: None,
        }
    }
}

/// A route in place of a built-in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathSettings {
    /// `GET`, `PUT` or `POST`.
    pub method: String,
    /// Path below the prefix of the service part, `/ca/{id}`.
    pub path: String,
    /// Status codes that mean success.
    pub ok: Vec<u16>,
}

/// How fast one key may be used; never applied on the loopback.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Requests per second that are kept up; 0 or less switches pacing off.
    pub per_second: f64,
    /// Requests in any five seconds.
    pub burst: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_second: limits::PACE_PER_SECOND, burst: limits::PACE_BURST }
    }
}

/// Deadlines of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup, connection, TLS handshake.
    pub connect: Duration,
    /// Until the head of the answer.
    pub first_byte: Duration,
    /// Longest silence inside the answer.
    pub idle: Duration,
    /// A whole JSON answer.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: limits::CONNECT, first_byte: limits::FIRST_BYTE, idle: limits::IDLE, total: limits::TOTAL }
    }
}

/// How the servers of names are asked for their certificates.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// Names whose servers are elsewhere than the name service has them, or begin without TLS.
    pub names: Vec<NamedServer>,
    /// Whether names of no [`NamedServer`] are left alone: the demonstration looks nothing up.
    pub named_only: bool,
    /// Whether addresses of this machine and of private networks are asked.
    pub allow_private: bool,
    /// Connections at the same time.
    pub at_once: usize,
    /// Connections a second; 0 or less for no limit.
    pub per_second: f64,
    /// Time for a connection.
    pub connect: Duration,
    /// Time for all of one address; also for the name service.
    pub total: Duration,
    /// ACME directories of contracts, for renewal information.
    pub directories: Vec<(ContractId, String)>,
    /// Who knows the addresses of hosts.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            named_only: false,
            allow_private: false,
            at_once: limits::PROBE_AT_ONCE,
            per_second: limits::PROBE_PER_SECOND,
            connect: limits::PROBE_CONNECT,
            total: limits::PROBE_TOTAL,
            directories: Vec::new(),
            resolver: Arc::new(System),
        }
    }
}

/// The server of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedServer {
    /// The name, as certificates have it; may be a wildcard.
    pub name: Name,
    /// Hosts or addresses to connect to; empty for the name itself.
    pub hosts: Vec<Box<str>>,
    /// Port.
    pub port: u16,
    /// How the connection begins; `None` for TLS from the first byte.
    pub start_tls: Option<StartTls>,
}
