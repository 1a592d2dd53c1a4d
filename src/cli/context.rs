//! The contexts: which there are, and what each key of one may do.

use jiff::Timestamp;

use super::{
    args::{Contexts, Global},
    check::{self, Check, Report, Status},
    connect::{self, Selection},
    console::{self, Console},
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    probe,
    session::{UNASKED, name, service},
    sheet::{Head, Sheet},
    welcome,
};
use crate::{
    client::{Client, Service, Settings},
    config::{
        Config, Context, KeyName,
        contexts::{DEMO, OneAuth},
        paths,
    },
    domain::{Clean, Failure, FailureKind},
    present::Align,
};

/// Runs a `context` command.
pub fn run(what: &Contexts, global: &Global, console: &mut Console) -> Outcome {
    match what {
        Contexts::List => list(global, console),
        Contexts::Test { name } => test(name.as_deref(), global, console),
        Contexts::New => Ok(match welcome::create(global.config.as_deref(), console)? {
            Some(_) => Exit::Done,
            None => Exit::Cancelled,
        }),
    }
}

/// A context as it is listed.
struct Entry {
    name: String,
    is_default: bool,
    environment: &'static str,
    read_only: bool,
    services: Vec<Listed>,
}

/// A service of a context.
struct Listed {
    service: &'static str,
    hosts: Vec<String>,
    /// Names of keys, and where they are.
    keys: Vec<(String, String)>,
}

const MEMBERS: &[&str] = &["name", "default", "environment", "read_only", "services"];

fn list(global: &Global, console: &mut Console) -> Outcome {
    let entries = entries(global)?;
    let item = |at: usize| entries.get(at).map_or_else(Item::default, Entry::item);
    let grid = || {
        let titles = ["CONTEXT", "DEFAULT", "ENVIRONMENT", "READ-ONLY", "SERVICE", "HOST", "KEY", "FROM"];
        Grid {
            columns: titles.map(|title| (title, Align::Left)).to_vec(),
            rows: entries.iter().flat_map(Entry::rows).collect(),
            whole: true,
        }
    };
    let head = Head {
        kind: "contexts",
        context: None,
        environment: None,
        generated_at: Timestamp::now(),
        sources: Vec::new(),
        total: entries.len(),
        unknown: Vec::new(),
        gaps: None,
        sections: None,
    };
    let sheet = Sheet { head, members: MEMBERS, len: entries.len(), item: &item, grid: &grid };
    sheet.write(console.format(), console.out())?;
    Ok(Exit::Done)
}

/// The contexts of the configuration, and the built-in one behind them.
fn entries(global: &Global) -> Result<Vec<Entry>, Failure> {
    let config = if global.demo { None } else { configuration(global)? };
    let used = config.as_ref().and_then(|config| config.context(None).ok()).map(|context| context.name.clone());
    let contexts = config.iter().flat_map(|config| config.contexts.values());
    let mut entries: Vec<Entry> = contexts.map(|context| Entry::of(context, used.as_ref())).collect();
    if cfg!(feature = "simulator") {
        entries.push(Entry::built_in(config.is_none()));
    }
    Ok(entries)
}

/// The configuration, when there is one.
fn configuration(global: &Global) -> Result<Option<Config>, Failure> {
    let env = |name: &str| std::env::var_os(name);
    let named = paths::is_named(global.config.as_deref(), &env);
    let path = paths::config_file(global.config.as_deref(), &env).filter(|path| named || path.exists());
    path.map(|path| Config::load(&path)).transpose()
}

impl Entry {
    fn of(context: &Context, used: Option<&String>) -> Self {
        let keys = context.keys();
        let listed = |of: Service, hosts: Vec<&str>| {
            let mut hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
            hosts.dedup();
            let own = keys.iter().filter(|(key, _)| service(key) == of);
            let mut keys: Vec<_> = own.map(|(key, source)| (key.to_string(), source.describe())).collect();
            if let (Service::One, Some(OneAuth::Certificate { cert, .. })) =
                (of, context.one.as_ref().map(|one| &one.auth))
            {
                keys.push((KeyName::One.to_string(), format!("client certificate {}", cert.display())));
            }
            Listed { service: name(of), hosts, keys }
        };
        let certcentral = context.certcentral.as_ref();
        let certcentral =
            certcentral.map(|of| listed(Service::CertCentral, vec![of.services_url.host(), of.reports_url.host()]));
        let partner = context.partner.as_ref().map(|of| listed(Service::Partner, vec![of.url.host()]));
        let one = context.one.as_ref().map(|of| listed(Service::One, vec![of.url.host()]));
        Self {
            name: context.name.clone(),
            is_default: used == Some(&context.name),
            environment: context.environment.as_str(),
            read_only: context.read_only,
            services: [certcentral, partner, one].into_iter().flatten().collect(),
        }
    }

    /// The simulator, which is not started to be listed.
    fn built_in(is_default: bool) -> Self {
        let listed = |service| Listed {
            service: name(service),
            hosts: vec!["this machine".to_owned()],
            keys: vec![(name(service).to_owned(), "simulator key".to_owned())],
        };
        Self {
            name: DEMO.to_owned(),
            is_default,
            environment: crate::config::Environment::Demo.as_str(),
            read_only: false,
            services: probe::ALL.into_iter().map(listed).collect(),
        }
    }

    fn item(&self) -> Item {
        let key = |(name, from): &(String, String)| {
            Item::default().with("name", name.as_str()).text("from", &Clean::new(from))
        };
        let services = self.services.iter().map(|of| {
            Item::default()
                .with("service", of.service)
                .texts("hosts", of.hosts.iter().map(String::as_str))
                .items("keys", of.keys.iter().map(key).collect())
        });
        Item::default()
            .with("name", self.name.as_str())
            .with("default", self.is_default)
            .with("environment", self.environment)
            .with("read_only", self.read_only)
            .items("services", services.collect())
    }

    /// A line for each key.
    fn rows(&self) -> Vec<Vec<String>> {
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let row = |of: &Listed, (key, from): &(String, String)| {
            let from = Clean::new(from).to_string();
            let (first, second) = (word(self.is_default), word(self.read_only));
            let (environment, hosts) = (self.environment.to_owned(), of.hosts.join(", "));
            vec![self.name.clone(), first, environment, second, of.service.to_owned(), hosts, key.clone(), from]
        };
        self.services.iter().flat_map(|of| of.keys.iter().map(move |key| row(of, key))).collect()
    }
}

fn test(wanted: Option<&str>, global: &Global, console: &mut Console) -> Outcome {
    let mut selection = Selection::from(global);
    if let Some(name) = wanted.filter(|_| !global.demo) {
        // The built-in one has its name unless the configuration takes it.
        let own = || Ok::<_, Failure>(configuration(global)?.is_some_and(|config| config.contexts.contains_key(DEMO)));
        selection.demo = name == DEMO && !own()?;
        selection.context = Some(name.to_owned());
    }
    // The keys are fetched one by one.
    let connection = connect::open(&selection, &[])?;
    if connection.unasked {
        console::warn(UNASKED);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| Failure::new(FailureKind::Internal, format!("no task can be started ({})", error.kind())))?;
    let mut checks = Vec::new();
    let mut ring: Option<Settings> = None;
    for key in keys(&connection.context) {
        let of = service(&key);
        let only = connection.context.only(&key);
        let (settings, failures) = Settings::from_context(&only, connection.config.pace, &[of]);
        if of == Service::Partner {
            gather(&mut ring, &settings);
        }
        let label = if connection.context.keys().iter().any(|(name, _)| *name == key) {
            key.to_string()
        } else {
            "client certificate".to_owned()
        };
        let said = match failures.first() {
            Some((_, failure)) => vec![Check::failed(name(of), "key", failure)],
            None => runtime.block_on(ask(&Client::new(settings), of)),
        };
        checks.extend(said.into_iter().map(|check| {
            let subject = format!("{label}: {}", check.subject);
            Check { subject: subject.into(), ..check }
        }));
    }
    if let Some(settings) = ring.filter(|ring| ring.partner.as_ref().is_some_and(|of| of.parent_key.is_some())) {
        let client = Client::new(settings);
        let accounts = runtime.block_on(client.subaccounts()).ok();
        checks.extend(accounts.as_ref().and_then(probe::blind_spots));
    }
    let now = connection.clock.unwrap_or_else(Timestamp::now);
    let context = Some(&connection.context);
    check::print(Report { kind: "context.test", context, sections: None, checks: &checks, now }, console)
}

/// The keys of a context; a client certificate stands in for the one of DigiCert ONE.
fn keys(context: &Context) -> Vec<KeyName> {
    let mut keys: Vec<KeyName> = context.keys().into_iter().map(|(key, _)| key).collect();
    if context.one.is_some() && !keys.contains(&KeyName::One) {
        keys.push(KeyName::One);
    }
    keys
}

/// Adds the partner key of `more` to the key ring: together they say which accounts have none.
fn gather(ring: &mut Option<Settings>, more: &Settings) {
    let Some(ring) = ring else {
        *ring = more.partner.is_some().then(|| more.clone());
        return;
    };
    if let (Some(known), Some(more)) = (&mut ring.partner, &more.partner) {
        known.parent_key = known.parent_key.take().or_else(|| more.parent_key.clone());
        known.subaccounts.extend(more.subaccounts.iter().cloned());
    }
}

async fn ask(client: &Client, of: Service) -> Vec<Check> {
    let answer = match client.check(of).await {
        Ok(answer) => answer,
        Err(failure) => return vec![Check::failed(name(of), "address", &failure)],
    };
    let mut checks = probe::standing(&answer);
    if answer.authenticated == Some(Ok(())) {
        match probe::who(client, of).await {
            Ok(Some(who)) => checks.push(Check::new(name(of), "who", Status::Ok, who)),
            Ok(None) => {}
            Err(failure) => checks.push(Check::failed(name(of), "who", &failure)),
        }
    }
    checks.extend(probe::permitted(&answer));
    checks
}
