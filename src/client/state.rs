//! What all clones of a client share.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU8},
    time::Instant,
};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    auth::{Key, Origin},
    door::{Clock, Door},
    endpoint::{Endpoint, base},
    one::{hosts::client_auth, paths::Paths},
    pace::Lane,
    paging::Unfinished,
    partner::accounts::Ring,
    probe::Prober,
    settings::{CertCentralSettings, OneAuth, OneSettings, Pace, PageSize, PartnerSettings, Settings},
    transport::{HeaderName, Service, Transport},
};
use crate::{
    config::ClientCertificate,
    domain::{
        Failure, FailureKind, When,
        ids::{AccountId, ContractId},
    },
};

/// Shared state of the clones of a client.
pub struct State {
    /// The way out.
    pub door: Door,
    /// Rows asked for in one page.
    pub page_size: PageSize,
    /// Lists that broke off.
    pub unfinished: Unfinished,
    certcentral: Option<Result<CertCentral, Failure>>,
    partner: Option<Result<Partner, Failure>>,
    one: Option<Result<One, Failure>>,
    /// Asks the servers of names.
    pub prober: Prober,
    lanes: Vec<(Service, Arc<Lane>)>,
}

/// CertCentral's two addresses.
pub struct CertCentral {
    /// Services API.
    pub services: Endpoint,
    /// Report Library.
    pub reports: Endpoint,
}

/// The key ring of Partner Subscriptions.
pub struct Partner {
    /// Parent key.
    pub parent: Option<Endpoint>,
    /// Subaccount keys, in the order of the configuration.
    pub subaccounts: Vec<PartnerAccount>,
    /// Which key reaches which account, as far as it is known: index into `subaccounts`.
    pub known: Mutex<Vec<(AccountId, usize)>>,
    /// The last key ring, and when its reading ended.
    pub ring: tokio::sync::Mutex<Option<(Instant, Ring)>>,
}

/// One subaccount key.
pub struct PartnerAccount {
    /// Name from the configuration.
    pub name: String,
    /// Address and key.
    pub endpoint: Endpoint,
    /// Contracts from the configuration.
    pub contracts: Vec<ContractId>,
}

/// DigiCert ONE.
pub struct One {
    /// Address and key.
    pub endpoint: Endpoint,
    /// `X-DC-AccountId`.
    pub account: Option<String>,
    /// Routes.
    pub paths: Paths,
    /// When the end of the key was asked for last, and what it is.
    pub token_end: tokio::sync::Mutex<Option<(tokio::time::Instant, Option<When>)>>,
    /// Where requests were read from last: 0 not known, else see `one::requests`.
    pub requests_from: AtomicU8,
}

/// Makes keys; equal secrets share one lane, since the service counts per key.
struct Keys {
    pace: Pace,
    made: Vec<(SecretString, Arc<Lane>)>,
    lanes: Vec<(Service, Arc<Lane>)>,
}

impl Keys {
    fn endpoint(
        &mut self,
        service: Service,
        url: &str,
        header: &'static str,
        secret: &SecretString,
    ) -> Result<Endpoint, Failure> {
        let base = base(url)?;
        let origin = Origin::of(&base);
        let known = self.made.iter().find(|(made, _)| made.expose_secret() == secret.expose_secret());
        let lane = if let Some((_, lane)) = known {
            Arc::clone(lane)
        } else {
            let lane = Arc::new(Lane::new((!origin.is_loopback()).then_some(self.pace)));
            self.made.push((secret.clone(), Arc::clone(&lane)));
            self.lanes.push((service, Arc::clone(&lane)));
            lane
        };
        let key = Arc::new(Key::new(HeaderName::from_static(header), origin, secret.clone(), lane));
        Ok(Endpoint { base, key })
    }

    /// A certificate has a lane of its own.
    fn certified(&mut self, url: &str, certificate: &ClientCertificate) -> Result<Endpoint, Failure> {
        let base = client_auth(&base(url)?);
        if base.scheme() != "https" {
            let title = "a client certificate needs an address that begins with https://";
            return Err(Failure::new(FailureKind::Configuration, title).hint("correct the address of one"));
        }
        let origin = Origin::of(&base);
        let lane = Arc::new(Lane::new((!origin.is_loopback()).then_some(self.pace)));
        self.lanes.push((Service::One, Arc::clone(&lane)));
        Ok(Endpoint { base, key: Arc::new(Key::certificate(certificate.clone(), origin, lane)) })
    }

    fn certcentral(&mut self, settings: &CertCentralSettings) -> Result<CertCentral, Failure> {
        let mut at = |url: &str| self.endpoint(Service::CertCentral, url, "x-dc-devkey", &settings.key);
        Ok(CertCentral { services: at(&settings.services_url)?, reports: at(&settings.reports_url)? })
    }

    fn partner(&mut self, settings: &PartnerSettings) -> Result<Partner, Failure> {
        let mut at = |key: &SecretString| self.endpoint(Service::Partner, &settings.url, "x-partner-apikey", key);
        let parent = settings.parent_key.as_ref().map(&mut at).transpose()?;
        let mut subaccounts = Vec::new();
        for subaccount in &settings.subaccounts {
            let contracts = subaccount.contracts.iter().map(|id| ContractId::new(&id.to_string())).collect();
            let name = subaccount.name.clone();
            subaccounts.push(PartnerAccount { name, endpoint: at(&subaccount.key)?, contracts });
        }
        Ok(Partner { parent, subaccounts, known: Mutex::new(Vec::new()), ring: tokio::sync::Mutex::new(None) })
    }

    fn one(&mut self, settings: &OneSettings) -> Result<One, Failure> {
        Ok(One {
            endpoint: match &settings.auth {
                OneAuth::Key(key) => self.endpoint(Service::One, &settings.url, "x-api-key", key)?,
                OneAuth::Certificate(certificate) => self.certified(&settings.url, certificate)?,
            },
            account: settings.account_id.clone(),
            paths: Paths::new(&settings.paths)?,
            token_end: tokio::sync::Mutex::default(),
            requests_from: AtomicU8::new(0),
        })
    }
}

impl State {
    /// Reads addresses and binds keys; what cannot be used is told at the first call that needs it.
    pub fn new(settings: &Settings, transport: Arc<dyn Transport>, clock: Clock) -> Self {
        let mut keys = Keys { pace: settings.pace, made: Vec::new(), lanes: Vec::new() };
        let certcentral = settings.certcentral.as_ref().map(|s| keys.certcentral(s));
        let partner = settings.partner.as_ref().map(|s| keys.partner(s));
        let one = settings.one.as_ref().map(|s| keys.one(s));
        Self {
            prober: Prober::new(settings, Arc::clone(&clock)),
            door: Door::new(transport, clock, settings.timeouts),
            page_size: settings.page_size,
            unfinished: Unfinished::default(),
            certcentral,
            partner,
            one,
            lanes: keys.lanes,
        }
    }

    /// Whether a service is configured.
    pub const fn has(&self, service: Service) -> bool {
        match service {
            Service::CertCentral => self.certcentral.is_some(),
            Service::Partner => self.partner.is_some(),
            Service::One => self.one.is_some(),
        }
    }

    /// CertCentral, or why it cannot be asked.
    pub fn certcentral(&self) -> Result<&CertCentral, Failure> {
        usable(self.certcentral.as_ref(), Service::CertCentral)
    }

    /// Partner Subscriptions, or why it cannot be asked.
    pub fn partner(&self) -> Result<&Partner, Failure> {
        usable(self.partner.as_ref(), Service::Partner)
    }

    /// DigiCert ONE, or why it cannot be asked.
    pub fn one(&self) -> Result<&One, Failure> {
        usable(self.one.as_ref(), Service::One)
    }

    /// The lanes of all keys.
    pub fn lanes(&self) -> &[(Service, Arc<Lane>)] {
        &self.lanes
    }
}

impl Partner {
    /// The account of each key, in their order, as far as it is known.
    pub fn owners(&self) -> Vec<AccountId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |index| known.iter().find(|(_, key)| *key == index).map(|(id, _)| id.clone());
        (0..self.subaccounts.len()).map(|index| of(index).unwrap_or_default()).collect()
    }

    /// The key that reaches `account`, when it is known.
    pub fn reaching(&self, account: &AccountId) -> Option<&PartnerAccount> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let index = known.iter().find(|(id, _)| id == account).map(|(_, index)| *index)?;
        self.subaccounts.get(index)
    }
}

fn usable<T>(service: Option<&Result<T, Failure>>, which: Service) -> Result<&T, Failure> {
    match service {
        Some(Ok(service)) => Ok(service),
        Some(Err(failure)) => Err(failure.clone()),
        None => {
            let title = format!("{} is not configured in this context", which.label());
            Err(Failure::new(FailureKind::Configuration, title).hint("add it to the configuration file"))
        }
    }
}
