//! The context of the built-in simulator: it needs no file and reads no credential of the user.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    console::Console,
    contexts::{CertCentral, Context, DEMO, Environment, One, OneAuth, Partner, Subaccount, Wire},
    credentials::KeySource,
    probe::{Named, Probe},
    url::ServiceUrl,
};
use crate::domain::{Failure, FailureKind};

/// A key of the simulator. It opens nothing but the simulator and is no secret, but stays out of `Debug` all the same.
#[derive(Clone)]
pub struct DemoKey(SecretString);

impl DemoKey {
    /// Wraps a key of the simulator.
    pub fn new(key: &str) -> Self {
        Self(SecretString::from(key))
    }

    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }
}

impl PartialEq for DemoKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for DemoKey {}

impl std::fmt::Debug for DemoKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DemoKey")
    }
}

/// Keys of the simulator, as it names them.
#[derive(Debug, Clone)]
pub struct DemoKeys {
    /// CertCentral, an administrator.
    pub certcentral: DemoKey,
    /// Parent key of the partner account.
    pub partner_parent: DemoKey,
    /// Name, key and contracts of each subaccount.
    pub subaccounts: Vec<(String, DemoKey, Vec<u64>)>,
    /// DigiCert ONE.
    pub one: DemoKey,
}

/// What the simulator has beside its services.
#[derive(Debug, Clone, Default)]
pub struct DemoServers {
    /// Servers of names, all on this machine.
    pub names: Vec<Named>,
    /// ACME directory of contracts, below the base address: contract and path.
    pub directories: Vec<(u64, String)>,
}

impl Context {
    /// The context of a simulator at `base`, `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// `base` is not an address of this machine.
    pub fn demo(base: &str, keys: DemoKeys, servers: DemoServers) -> Result<Self, Failure> {
        let url = |path: &str| {
            let url = ServiceUrl::parse(&format!("{base}{path}")).ok().filter(ServiceUrl::is_loopback);
            url.ok_or_else(|| Failure::new(FailureKind::Internal, "the simulator is not on this machine"))
        };
        let DemoServers { names, directories } = servers;
        let directories = directories.into_iter().map(|(contract, path)| Ok((contract, url(&path)?)));
        let subaccounts = keys.subaccounts.into_iter();
        let subaccounts =
            subaccounts.map(|(name, key, contracts)| Subaccount { name, key: KeySource::Demo(key), contracts });
        Ok(Self {
            name: DEMO.to_owned(),
            environment: Environment::Demo,
            read_only: false,
            certcentral: Some(CertCentral {
                services_url: url("/services/v2")?,
                reports_url: url("/reports/v1")?,
                key: KeySource::Demo(keys.certcentral),
                wire: Wire::default(),
            }),
            partner: Some(Partner {
                url: url("/partner-subscription/api/v1")?,
                parent_key: Some(KeySource::Demo(keys.partner_parent)),
                subaccounts: subaccounts.collect(),
                lifetimes: BTreeMap::new(),
                ari: directories.collect::<Result<_, Failure>>()?,
                wire: Wire::default(),
            }),
            one: Some(One {
                url: url("")?,
                account_id: None,
                auth: OneAuth::Key(KeySource::Demo(keys.one)),
                paths: BTreeMap::new(),
                wire: Wire::default(),
            }),
            // The names of its world are nobody's, and are looked up nowhere.
            probe: Probe { allow_private: true, named_only: true, per_second: 100, names, ..Probe::default() },
            console: Console::default(),
        })
    }
}
