//! Settings from a context of the configuration: the one place where keys are fetched.

use secrecy::SecretString;

use super::{
    settings::{
        CertCentralSettings, NamedServer, OneAuth, OneSettings, Pace, PartnerSettings, PathSettings, ProbeSettings,
        Settings, SubaccountSettings,
    },
    transport::Service,
};
use crate::{
    config::{
        self, ClientCertificate, Context, KeySource,
        contexts::{self, CertCentral, One, Partner, Wire},
        url::ProxyUrl,
    },
    domain::{Failure, ids::ContractId},
};

/// How the key of a place is fetched; as [`KeySource::resolve`].
pub type Fetch<'a> = dyn Fn(&KeySource) -> Result<SecretString, Failure> + 'a;

impl Settings {
    /// Fetches the keys of the `wanted` services of `context`. Blocks: a key command may take 30 s.
    ///
    /// A service whose key cannot be had is left out, and told beside with the reason: the others still work. Of a
    /// partner account the subaccounts that have their key are kept. Services that the context has not are no failure.
    pub fn from_context(context: &Context, pace: config::Pace, wanted: &[Service]) -> (Self, Vec<(Service, Failure)>) {
        Self::from_context_by(context, pace, wanted, &KeySource::resolve)
    }

    /// As [`Self::from_context`], with the keys that `fetch` has for their places.
    pub fn from_context_by(
        context: &Context,
        pace: config::Pace,
        wanted: &[Service],
        fetch: &Fetch<'_>,
    ) -> (Self, Vec<(Service, Failure)>) {
        let mut settings = Self { pace: Pace { per_second: pace.per_second, burst: pace.burst }, ..Self::default() };
        let mut failures = Vec::new();
        settings.probe = probe(context);
        if let Some(service) = context.certcentral.as_ref().filter(|_| wanted.contains(&Service::CertCentral)) {
            match certcentral(service, fetch) {
                Ok(made) => settings.certcentral = Some(made),
                Err(failure) => failures.push((Service::CertCentral, failure)),
            }
        }
        if let Some(service) = context.partner.as_ref().filter(|_| wanted.contains(&Service::Partner)) {
            settings.partner = partner(service, fetch, &mut |failure| failures.push((Service::Partner, failure)));
        }
        if let Some(service) = context.one.as_ref().filter(|_| wanted.contains(&Service::One)) {
            match one(service, fetch) {
                Ok(made) => settings.one = Some(made),
                Err(failure) => failures.push((Service::One, failure)),
            }
        }
        (settings, failures)
    }
}

fn proxy(wire: &Wire) -> Option<SecretString> {
    wire.proxy.as_ref().map(ProxyUrl::as_str).map(SecretString::from)
}

fn certcentral(service: &CertCentral, fetch: &Fetch<'_>) -> Result<CertCentralSettings, Failure> {
    Ok(CertCentralSettings {
        services_url: service.services_url.to_string(),
        reports_url: service.reports_url.to_string(),
        key: fetch(&service.key)?,
        ca_file: service.wire.ca_file.clone(),
        proxy: proxy(&service.wire),
    })
}

fn partner(service: &Partner, fetch: &Fetch<'_>, failed: &mut dyn FnMut(Failure)) -> Option<PartnerSettings> {
    let mut fetch = |key: &KeySource| fetch(key).map_err(&mut *failed).ok();
    let parent_key = service.parent_key.as_ref().and_then(&mut fetch);
    let mut subaccounts = Vec::new();
    for subaccount in &service.subaccounts {
        if let Some(key) = fetch(&subaccount.key) {
            let (name, contracts) = (subaccount.name.clone(), subaccount.contracts.clone());
            subaccounts.push(SubaccountSettings { name, key, contracts });
        }
    }
    (parent_key.is_some() || !subaccounts.is_empty()).then(|| PartnerSettings {
        url: service.url.to_string(),
        parent_key,
        subaccounts,
        ca_file: service.wire.ca_file.clone(),
        proxy: proxy(&service.wire),
    })
}

fn one(service: &One, fetch: &Fetch<'_>) -> Result<OneSettings, Failure> {
    let auth = match &service.auth {
        contexts::OneAuth::Key(key) => OneAuth::Key(fetch(key)?),
        contexts::OneAuth::Certificate { cert, key } => OneAuth::Certificate(ClientCertificate::read(cert, key)?),
    };
    let path = |(name, form): (&String, &config::file::PathOverride)| {
        let method = form.method.as_str().to_owned();
        (name.clone(), PathSettings { method, path: form.path.clone(), ok: form.ok.clone() })
    };
    Ok(OneSettings {
        url: service.url.to_string(),
        account_id: service.account_id.clone(),
        auth,
        paths: service.paths.iter().map(path).collect(),
        ca_file: service.wire.ca_file.clone(),
        proxy: proxy(&service.wire),
    })
}

fn probe(context: &Context) -> ProbeSettings {
    let of = &context.probe;
    let named = |named: &config::probe::Named| NamedServer {
        name: named.name.clone(),
        hosts: named.hosts.clone(),
        port: named.port,
        start_tls: named.start_tls,
    };
    let directories = context.partner.iter().flat_map(|partner| &partner.ari);
    ProbeSettings {
        names: of.names.iter().map(named).collect(),
        named_only: of.named_only,
        allow_private: of.allow_private,
        at_once: of.at_once,
        per_second: f64::from(of.per_second),
        directories: directories.map(|(id, url)| (ContractId::new(&id.to_string()), url.to_string())).collect(),
        ..ProbeSettings::default()
    }
}
