//! The report that can be shared: the program, its surroundings, and what each service says of the keys. Shows hosts and
//! words; no key, no name of a person, no home folder.

mod redact;
mod sections;

use jiff::Timestamp;

use self::redact::Redact;
use super::{
    args::Global,
    check::{self, Check, Report, Status},
    connect,
    console::Console,
    exit::Outcome,
    probe::{self, ALL},
    session::{Session, name},
};
use crate::{
    client::{Client, Service, ServiceCheck},
    config::{
        Context, ServiceUrl,
        contexts::{DEMO, Wire},
        paths,
    },
    domain::{Failure, ca::RequestSource},
    store::StoreHealth,
};

/// Runs `doctor`.
pub fn run(global: &Global, console: &mut Console) -> Outcome {
    let opened = Session::open_any(global, &ALL);
    let mut checks = vec![configuration(global, opened.as_ref())];
    let session = opened.ok();
    let config = session.as_ref().map(Session::config);
    let mut sections = vec![sections::program(), sections::paths(global), sections::terminal(global, config)];
    if let Some(session) = &session {
        let (more, requests) = services(session)?;
        sections.push(sections::network(session.config()));
        sections.extend(sections::forms(session.context(), &more, requests));
        checks.extend(more.checks);
        let (section, kept) = sections::store(health(session)?.as_ref());
        sections.push(section);
        checks.extend(kept);
        session.greet(&ALL, console);
    } else {
        let skipped =
            |service| Check::new(name(service), "service", Status::Skipped, "not asked without a configuration");
        checks.extend(ALL.map(skipped));
    }
    let redact = Redact::of_process();
    for check in &mut checks {
        redact.check(check);
    }
    for section in &mut sections {
        redact.section(section);
    }
    let now = session.as_ref().map_or_else(Timestamp::now, Session::now);
    let context = session.as_ref().map(Session::context);
    check::print(Report { kind: "doctor", context, sections: Some(sections), checks: &checks, now }, console)
}

/// What the services said.
struct Said {
    checks: Vec<Check>,
    answers: Vec<ServiceCheck>,
}

fn configuration(global: &Global, opened: Result<&Session, &Failure>) -> Check {
    let at = paths::config_file(global.config.as_deref(), &|name| std::env::var_os(name));
    let at = at.map_or_else(|| "no home folder".to_owned(), |path| path.display().to_string());
    match opened {
        Ok(session) if session.context().name == DEMO && session.config().contexts.is_empty() => {
            Check::new("config", "configuration", Status::Ok, "the built-in simulator; no file is read")
        }
        Ok(session) => {
            Check::new("config", "configuration", Status::Ok, format!("{at}, context {}", session.context().name))
        }
        Err(failure) => Check::failed("config", "configuration", failure),
    }
}

fn services(session: &Session) -> Result<(Said, Option<RequestSource>), Failure> {
    let mut checks: Vec<Check> =
        session.failures().iter().map(|(service, failure)| Check::failed(name(*service), "key", failure)).collect();
    let asked: Vec<Service> = ALL.into_iter().filter(|service| session.client().has(*service)).collect();
    let (answers, accounts, requests) = session.wait(async |client: &Client| {
        let answers = futures_util::future::join_all(asked.iter().map(|service| client.check(*service))).await;
        let accepted = |service| {
            answers.iter().flatten().any(|answer| answer.service == service && answer.authenticated == Some(Ok(())))
        };
        let accounts = if accepted(Service::Partner) { client.subaccounts().await.ok() } else { None };
        let requests = if accepted(Service::One) { requests_from(client).await } else { None };
        Ok((answers, accounts, requests))
    })?;
    let mut said = Vec::new();
    for (service, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(answer) => {
                checks.extend(of(session.context(), &answer));
                said.push(answer);
            }
            Err(failure) => checks.push(Check::failed(name(*service), "address", &failure)),
        }
    }
    checks.extend(accounts.as_ref().and_then(probe::blind_spots));
    for service in ALL {
        if !checks.iter().any(|check| check.service == name(service)) {
            let detail = "not configured in this context";
            checks.push(Check::new(name(service), "service", Status::Skipped, detail));
        }
    }
    checks.sort_by_key(|check| ALL.iter().position(|service| name(*service) == check.service));
    Ok((Said { checks, answers: said }, requests))
}

/// How the store of the context stands; `None` for the demonstration, which keeps nothing.
fn health(session: &Session) -> Result<Option<StoreHealth>, Failure> {
    if session.context().name == DEMO && session.config().contexts.is_empty() {
        return Ok(None);
    }
    let (store, context) = (connect::store(), connect::kept_as(session.context()));
    session.wait(async |_: &Client| Ok(Some(store.health(&context).await)))
}

/// Where the requests about CAs are. Without a queue one CA has to be asked to know what there is in its place.
async fn requests_from(client: &Client) -> Option<RequestSource> {
    match client.requests(&[]).await.ok()?.1 {
        RequestSource::Queue => Some(RequestSource::Queue),
        RequestSource::PerCa | RequestSource::Record => {
            let cas = client.cas(&mut crate::client::Silent).await.ok()?;
            let one = cas.rows.iter().find(|ca| ca.pending_request.is_some()).or(cas.rows.first())?;
            Some(client.requests(std::slice::from_ref(&one.id)).await.ok()?.1)
        }
    }
}

fn of(context: &Context, answer: &ServiceCheck) -> Vec<Check> {
    let mut checks = probe::standing(answer);
    checks.extend(probe::permitted(answer));
    checks.extend(probe::times(answer));
    if let Some((urls, wire)) = wires(context, answer.service) {
        let service = name(answer.service);
        checks.push(Check::new(service, "tls", Status::Ok, tls(&urls, wire)));
        checks.extend(probe::servers(answer));
        checks.push(Check::new(service, "proxy", Status::Ok, sections::proxy(&urls, wire)));
    }
    checks
}

fn wires(context: &Context, service: Service) -> Option<(Vec<&ServiceUrl>, &Wire)> {
    match service {
        Service::CertCentral => {
            context.certcentral.as_ref().map(|of| (vec![&of.services_url, &of.reports_url], &of.wire))
        }
        Service::Partner => context.partner.as_ref().map(|of| (vec![&of.url], &of.wire)),
        Service::One => context.one.as_ref().map(|of| (vec![&of.url], &of.wire)),
    }
}

fn tls(urls: &[&ServiceUrl], wire: &Wire) -> String {
    if urls.iter().all(|url| url.as_str().starts_with("http://")) {
        return "none: plain HTTP on this machine".to_owned();
    }
    let more = wire.ca_file.as_ref().map_or_else(String::new, |file| format!(" and of {}", file.display()));
    format!("TLS, by the roots of the system{more}")
}
