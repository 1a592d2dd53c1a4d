//! What is known of each key: where it is, whether it can be had, and what its service says of it.

use secrecy::SecretString;

use super::choose;
use crate::{
    cli::{
        args::Global,
        console::Console,
        exit::{Exit, Outcome},
        grid::Grid,
        item::{Item, rfc3339},
        session::{Session, service},
        sheet::{Head, Sheet},
    },
    client::{Client, OneAuth, Settings, Standing},
    config::{KeyName, KeySource, credentials::last4},
    domain::{Clean, Failure, FailureKind, When},
    present::Align,
};

/// Members that are null when they are not known.
const DOUBTFUL: [&str; 6] = ["last4", "accepted", "user", "account_id", "role", "ends_at"];

/// Runs `auth status`.
pub fn run(wanted: Option<&KeyName>, global: &Global, console: &mut Console) -> Outcome {
    let session = Session::open_any(global, &[])?;
    let context = session.context();
    let keys = match wanted {
        Some(_) => vec![choose(context, wanted)?],
        None => context.keys(),
    };
    let fetched: Vec<Fetched> = keys.iter().map(|(name, source)| Fetched::of(&session, name, source)).collect();
    let asked = fetched.iter().map(async |key| match &key.client {
        Ok(client) => client.standing(service(&key.name)).await,
        Err(failure) => Err(failure.clone()),
    });
    let said = session.wait(async |_: &Client| Ok(futures_util::future::join_all(asked).await))?;
    let rows: Vec<Row> = fetched.iter().zip(&said).map(|(key, said)| Row { key, said }).collect();
    let items: Vec<Item> = rows.iter().map(Row::item).collect();
    let unknown = DOUBTFUL.into_iter().filter(|name| items.iter().any(|item| item.is_null(name)));
    let head = Head {
        kind: "auth",
        context: Some(context.name.clone()),
        environment: Some(context.environment.as_str()),
        generated_at: session.now(),
        sources: Vec::new(),
        total: items.len(),
        unknown: unknown.map(|name| format!("items.{name}")).collect(),
        gaps: None,
        sections: None,
    };
    let grid = || Grid {
        columns: ["KEY", "SOURCE", "LAST 4", "STATUS", "DETAIL"].map(|title| (title, Align::Left)).to_vec(),
        rows: rows.iter().map(Row::cells).collect(),
        whole: true,
    };
    let item = |at: usize| items.get(at).cloned().unwrap_or_default();
    Sheet { head, members: &[], len: items.len(), item: &item, grid: &grid }.write(console.format(), console.out())?;
    session.greet(&keys.iter().map(|(name, _)| service(name)).collect::<Vec<_>>(), console);
    Ok(said.iter().find_map(|said| said.as_ref().err()).map_or(Exit::Done, |failure| Exit::of(failure.kind)))
}

/// A key that was fetched, and a client that has no other.
struct Fetched {
    name: KeyName,
    place: String,
    last4: Option<String>,
    client: Result<Client, Failure>,
}

impl Fetched {
    fn of(session: &Session, name: &KeyName, source: &KeySource) -> Self {
        let context = session.context().only(name);
        let (settings, failures) = Settings::from_context(&context, session.config().pace, &[service(name)]);
        let last4 = key(&settings).and_then(last4);
        let client = match failures.into_iter().next() {
            Some((_, failure)) => Err(failure),
            None => Ok(Client::new(settings)),
        };
        Self { name: name.clone(), place: source.describe(), last4, client }
    }
}

/// The one key of these settings.
fn key(settings: &Settings) -> Option<&SecretString> {
    let certcentral = settings.certcentral.as_ref().map(|service| &service.key);
    let parent = settings.partner.as_ref().and_then(|service| service.parent_key.as_ref());
    let subaccount = settings.partner.iter().flat_map(|service| &service.subaccounts).next().map(|sub| &sub.key);
    let one = settings.one.as_ref().and_then(|service| match &service.auth {
        OneAuth::Key(key) => Some(key),
        OneAuth::Certificate(_) => None,
    });
    certcentral.or(parent).or(subaccount).or(one)
}

/// A line of the output.
struct Row<'a> {
    key: &'a Fetched,
    said: &'a Result<Standing, Failure>,
}

impl Row<'_> {
    /// Whether the service takes the key; `None` when it was not asked or did not say.
    fn accepted(&self) -> Option<bool> {
        match self.said {
            Ok(_) => Some(true),
            Err(failure) if self.key.client.is_ok() && failure.kind == FailureKind::NotAuthenticated => Some(false),
            Err(_) => None,
        }
    }

    const fn word(&self) -> &'static str {
        match (self.key.client.is_ok(), self.said) {
            (false, _) => "not fetched",
            (true, Ok(_)) => "accepted",
            (true, Err(failure)) => match failure.kind {
                FailureKind::NotAuthenticated => "refused",
                _ => "unknown",
            },
        }
    }

    fn item(&self) -> Item {
        let none = Standing::default();
        let standing = self.said.as_ref().unwrap_or(&none);
        let failure = self.said.as_ref().err();
        let hint = failure.and_then(|failure| failure.hint.as_deref()).unwrap_or_default();
        let item = Item::default()
            .with("key", self.key.name.to_string())
            .with("source", self.key.place.as_str())
            .with("fetched", self.key.client.is_ok())
            .text("last4", self.key.last4.as_deref().unwrap_or_default())
            .with("accepted", self.accepted())
            .text("user", &standing.user)
            .text("account_id", standing.account.as_str())
            .text("role", &standing.role)
            .texts("permissions", standing.permissions.iter().map(Clean::as_str))
            .when("ends_at", standing.ends.as_ref().unwrap_or(&When::Never));
        item.text("detail", &failure.map(words).unwrap_or_default()).text("hint", hint)
    }

    fn cells(&self) -> Vec<String> {
        let detail = match self.said {
            Ok(standing) => told(standing),
            Err(failure) => match &failure.hint {
                Some(hint) => format!("{} ({hint})", words(failure)),
                None => words(failure),
            },
        };
        let safe = |text: &str| Clean::new(text).to_string();
        let last4 = self.key.last4.as_deref().unwrap_or("-");
        let (name, place) = (safe(&self.key.name.to_string()), safe(&self.key.place));
        vec![name, place, last4.to_owned(), self.word().to_owned(), detail]
    }
}

fn words(failure: &Failure) -> String {
    match &failure.detail {
        Some(detail) => format!("{}: {detail}", failure.title),
        None => failure.title.to_string(),
    }
}

/// Whose the key is, what it may do, until when.
fn told(standing: &Standing) -> String {
    let mut parts = vec![standing.role.to_string(), standing.user.to_string()];
    if !standing.account.is_empty() {
        parts.push(format!("account {}", standing.account));
    }
    match &standing.ends {
        Some(When::At(at)) => parts.push(format!("ends {}", rfc3339(*at))),
        Some(When::Odd(text)) => parts.push(format!("ends {text}")),
        Some(When::Never) => parts.push("no end date".to_owned()),
        None => {}
    }
    parts.retain(|part| !part.is_empty());
    let words: Vec<&str> = standing.permissions.iter().map(Clean::as_str).collect();
    if !words.is_empty() {
        parts.push(words.join(" "));
    }
    parts.join(", ")
}
