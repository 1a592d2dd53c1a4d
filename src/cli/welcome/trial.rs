//! A key is tried as soon as it is named: fetched, and shown to its service once.

use secrecy::SecretString;

use crate::{
    cli::{console, probe, session::service},
    client::{Client, Service, ServiceCheck, Settings},
    config::{
        Context, KeyName, KeySource, Pace,
        credentials::{KeyEntry, Keyring, Places},
    },
    domain::{Clean, Failure, FailureKind, ids::AccountId},
};

use super::super::talk::Stopped;

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

/// Fetches the key `of` a context that has it alone, and asks its service. `known` is a key that is not in its place yet,
/// or was fetched already.
///
/// # Errors
/// Ctrl-C.
pub fn run(context: &Context, of: &KeyName, known: Option<&SecretString>) -> Result<Trial, Stopped> {
    let failed = |failure: &Failure| Trial::failed(format!("Not usable: {failure}"));
    let trial = awaited(async {
        let settings = fetched(context.clone(), service(of), known.cloned()).await?;
        let client = Client::new(settings);
        let answer = client.check(service(of)).await?;
        Ok(tell(&client, &answer).await)
    })?;
    Ok(trial.unwrap_or_else(|failure| failed(&failure)))
}

/// Looks for the key in an entry of `keyring`; `None` when there is no such entry.
///
/// # Errors
/// Ctrl-C; inside, as [`Places::find`].
pub fn look(keyring: &'static Keyring, entry: &KeyEntry) -> Result<Result<Option<SecretString>, Failure>, Stopped> {
    let entry = entry.clone();
    awaited(blocking(move || Places { keyring, ..Places::system() }.find(&entry)))
}

/// Waits for what may take its time, until ctrl-c.
fn awaited<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<Result<T, Failure>, Stopped> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let title = format!("no task can be started ({})", error.kind());
            return Ok(Err(Failure::new(FailureKind::Internal, title)));
        }
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done),
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

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let lost = |_| Failure::new(FailureKind::Internal, "the key could not be fetched");
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}

async fn fetched(context: Context, of: Service, known: Option<SecretString>) -> Result<Settings, Failure> {
    blocking(move || {
        let fetch = |source: &KeySource| known.clone().map_or_else(|| source.resolve(), Ok);
        let (settings, failures) = Settings::from_context_by(&context, Pace::default(), &[of], &fetch);
        failures.into_iter().next().map_or(Ok(settings), |(_, failure)| Err(failure))
    })
    .await
}

async fn tell(client: &Client, answer: &ServiceCheck) -> Trial {
    let mut hosts: Vec<&str> = answer.hosts.iter().map(Clean::as_str).collect();
    hosts.dedup();
    let hosts = hosts.join(", ");
    if let Err(failure) = &answer.reachable {
        return Trial::failed(format!("Not reachable: {failure}"));
    }
    let proof = if answer.certificate.is_some() { "certificate" } else { "key" };
    if let Some(Err(failure)) = &answer.authenticated {
        return Trial::failed(format!("{hosts} is reachable, and does not accept the {proof}: {failure}"));
    }
    let who = match probe::who(client, answer.service).await {
        Ok(who) => who.map_or_else(String::new, |who| format!(": {who}")),
        Err(failure) => format!("; who it is cannot be told: {failure}"),
    };
    let took = answer.latency.as_millis();
    let mut lines = vec![format!("{hosts} is reachable ({took} ms), and accepts the {proof}{who}.")];
    let may: Vec<&str> = answer.permitted.iter().filter(|one| one.result.is_ok()).map(|one| one.what).collect();
    let refused = answer.permitted.iter().filter_map(|one| Some((one.what, one.result.as_ref().err()?)));
    let refused: Vec<String> = refused.map(|(what, failure)| format!("{what} ({})", failure.title)).collect();
    let none = |list: String| if list.is_empty() { "nothing".to_owned() } else { list };
    let not = if refused.is_empty() { String::new() } else { format!("; not: {}", refused.join(", ")) };
    lines.push(format!("It may read: {}{not}.", none(may.join(", "))));
    let me = if answer.service == Service::One { client.one_me().await.ok() } else { None };
    Trial { works: !may.is_empty(), lines, accounts: me.map(|me| me.accounts).unwrap_or_default() }
}
