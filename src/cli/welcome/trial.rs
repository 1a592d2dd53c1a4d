//! A key is tried as soon as it is named: fetched, and shown to its service once.

use secrecy::SecretString;

use crate::{
    cli::{console, probe, session::service},
    client::{
        CertCentralSettings, Client, OneSettings, PartnerSettings, Service, ServiceCheck, Settings, SubaccountSettings,
    },
    config::{Context, KeyName, Pace},
    domain::{Clean, Failure, FailureKind, ids::AccountId},
};

use super::talk::Stopped;

/// What came of a key.
pub struct Trial {
    /// What to tell, a line each.
    pub lines: Vec<String>,
    /// Whether it works.
    pub works: bool,
    /// Accounts of DigiCert ONE that it reaches.
    pub accounts: Vec<(AccountId, Clean)>,
}

impl Trial {
    fn failed(line: String) -> Self {
        Self { lines: vec![line], works: false, accounts: Vec::new() }
    }
}

/// Fetches the key `of` a context that has it alone, and asks its service. `typed` is a key that is not in its file yet.
///
/// # Errors
/// Ctrl-C.
pub fn run(context: &Context, of: &KeyName, typed: Option<&SecretString>) -> Result<Trial, Stopped> {
    let failed = |failure: &Failure| Trial::failed(format!("Not usable: {failure}"));
    let internal = |error: &std::io::Error| {
        failed(&Failure::new(FailureKind::Internal, format!("no task can be started ({})", error.kind())))
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Ok(internal(&error)),
    };
    let asked = async {
        let settings = match typed {
            Some(key) => with(context, of, key),
            None => match fetched(context.clone(), service(of)).await {
                Ok(settings) => settings,
                Err(failure) => return failed(&failure),
            },
        };
        let client = Client::new(settings);
        match client.check(service(of)).await {
            Ok(answer) => tell(&client, &answer).await,
            Err(failure) => failed(&failure),
        }
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            trial = asked => Ok(trial),
            _ = tokio::signal::ctrl_c() => Err(Stopped),
        }
    });
    // A key command may still run; its own deadline ends it.
    runtime.shutdown_background();
    if ended.is_err() {
        console::say("");
    }
    ended
}

async fn fetched(context: Context, of: Service) -> Result<Settings, Failure> {
    let fetch = move || Settings::from_context(&context, Pace::default(), &[of]);
    let lost = |_| Failure::new(FailureKind::Internal, "the key could not be fetched");
    let (settings, failures) = tokio::task::spawn_blocking(fetch).await.map_err(lost)?;
    failures.into_iter().next().map_or(Ok(settings), |(_, failure)| Err(failure))
}

/// Settings of a key that is in no file yet.
fn with(context: &Context, of: &KeyName, key: &SecretString) -> Settings {
    let key = key.clone();
    let certcentral = context.certcentral.as_ref().map(|at| CertCentralSettings {
        services_url: at.services_url.to_string(),
        reports_url: at.reports_url.to_string(),
        ..CertCentralSettings::new(key.clone())
    });
    let partner = context.partner.as_ref().map(|at| {
        let (parent_key, subaccounts) = match of {
            KeyName::Subaccount(name) => {
                (None, vec![SubaccountSettings { name: name.clone(), key: key.clone(), contracts: Vec::new() }])
            }
            _ => (Some(key.clone()), Vec::new()),
        };
        PartnerSettings { url: at.url.to_string(), parent_key, subaccounts, ..PartnerSettings::new() }
    });
    let one = context.one.as_ref().map(|at| OneSettings {
        url: at.url.to_string(),
        account_id: at.account_id.clone(),
        ..OneSettings::new(key.clone())
    });
    Settings { certcentral, partner, one, ..Settings::default() }
}

async fn tell(client: &Client, answer: &ServiceCheck) -> Trial {
    let mut hosts: Vec<&str> = answer.hosts.iter().map(Clean::as_str).collect();
    hosts.dedup();
    let hosts = hosts.join(", ");
    if let Err(failure) = &answer.reachable {
        return Trial::failed(format!("Not reachable: {failure}"));
    }
    if let Some(Err(failure)) = &answer.authenticated {
        return Trial::failed(format!("{hosts} is reachable, and does not accept the key: {failure}"));
    }
    let who = match probe::who(client, answer.service).await {
        Ok(who) => who.map_or_else(String::new, |who| format!(": {who}")),
        Err(failure) => format!("; who it is cannot be told: {failure}"),
    };
    let took = answer.latency.as_millis();
    let mut lines = vec![format!("{hosts} is reachable ({took} ms), and accepts the key{who}.")];
    let may: Vec<&str> = answer.permitted.iter().filter(|one| one.result.is_ok()).map(|one| one.what).collect();
    let refused = answer.permitted.iter().filter_map(|one| Some((one.what, one.result.as_ref().err()?)));
    let refused: Vec<String> = refused.map(|(what, failure)| format!("{what} ({})", failure.title)).collect();
    let none = |list: String| if list.is_empty() { "nothing".to_owned() } else { list };
    let not = if refused.is_empty() { String::new() } else { format!("; not: {}", refused.join(", ")) };
    lines.push(format!("It may read: {}{not}.", none(may.join(", "))));
    let me = if answer.service == Service::One { client.one_me().await.ok() } else { None };
    Trial { works: !may.is_empty(), lines, accounts: me.map(|me| me.accounts).unwrap_or_default() }
}
