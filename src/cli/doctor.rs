//! What each service says of the keys: reachable, authenticated, permitted, clock. Shows hosts and words, no key.

use super::{
    args::Global,
    check::{self, Check, Status},
    console::Console,
    exit::Outcome,
    session::{Session, name},
};
use crate::{
    client::{Client, OwnCertificate, Service, ServiceCheck},
    domain::{Clean, Failure, FailureKind},
};

const ALL: [Service; 3] = [Service::CertCentral, Service::Partner, Service::One];
/// Seconds by which clocks may differ before it is worth a word, and before a write is refused.
const SKEW: (u64, u64) = (120, 600);

/// Runs `doctor`.
pub fn run(global: &Global, console: &mut Console) -> Outcome {
    let session = Session::open_any(global, &ALL)?;
    let mut checks: Vec<Check> =
        session.failures().iter().map(|(service, failure)| Check::failed(name(*service), "key", failure)).collect();
    let asked: Vec<Service> = ALL.into_iter().filter(|service| session.client().has(*service)).collect();
    let answers = session.wait(async |client: &Client| {
        Ok(futures_util::future::join_all(asked.iter().map(|service| client.check(*service))).await)
    })?;
    for (service, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(answer) => checks.extend(of(&answer)),
            Err(failure) => checks.push(Check::failed(name(*service), "address", &failure)),
        }
    }
    for service in ALL {
        if !checks.iter().any(|check| check.service == name(service)) {
            let detail = "not configured in this context";
            checks.push(Check::new(name(service), "service", Status::Skipped, detail));
        }
    }
    let order = |check: &Check| ALL.iter().position(|service| name(*service) == check.service);
    checks.sort_by_key(order);
    session.greet(&ALL, console);
    check::print("doctor", Some(session.context()), &checks, session.now(), console)
}

fn of(answer: &ServiceCheck) -> Vec<Check> {
    let service = name(answer.service);
    let hosts: Vec<&str> = answer.hosts.iter().map(Clean::as_str).collect();
    let mut checks = vec![match &answer.reachable {
        Ok(()) => Check::new(service, "reachable", Status::Ok, hosts.join(", ")),
        Err(failure) => Check::failed(service, "reachable", failure),
    }];
    match &answer.authenticated {
        Some(Ok(())) => checks.push(Check::new(service, "authenticated", Status::Ok, "the key is accepted")),
        Some(Err(failure)) => checks.push(Check::failed(service, "authenticated", failure)),
        None => checks.push(Check::new(service, "authenticated", Status::Skipped, "nothing answered")),
    }
    checks.extend(answer.certificate.as_ref().map(|own| certificate(service, own)));
    for permitted in &answer.permitted {
        checks.push(match &permitted.result {
            Ok(()) => Check::new(service, permitted.what, Status::Ok, "permitted"),
            Err(failure) => lenient(Check::failed(service, permitted.what, failure), failure),
        });
    }
    checks.extend(answer.skew.map(|skew| clock(service, skew)));
    checks
}

/// What the service has not, or the configuration leaves out on purpose, keeps nobody from working.
fn lenient(check: Check, failure: &Failure) -> Check {
    match failure.kind {
        FailureKind::NotFound | FailureKind::Configuration => Check { status: Status::Warn, kind: None, ..check },
        _ => check,
    }
}

fn certificate(service: &'static str, own: &OwnCertificate) -> Check {
    match &own.note {
        Some(note) => Check { status: Status::Warn, kind: None, ..Check::failed(service, "client certificate", note) },
        None => {
            Check::new(service, "client certificate", Status::Ok, format!("{}, valid until {}", own.subject, own.ends))
        }
    }
}

fn clock(service: &'static str, skew: i64) -> Check {
    let (word, refuse) = SKEW;
    let off = skew.unsigned_abs();
    let side = if skew < 0 { "behind" } else { "ahead of" };
    let detail = format!("the service is {off} s {side} this machine");
    if off > refuse {
        Check::new(service, "clock", Status::Fail, detail).hint("set the clock of this machine; writes are refused")
    } else if off > word {
        Check::new(service, "clock", Status::Warn, detail).hint("set the clock of this machine")
    } else {
        Check::new(service, "clock", Status::Ok, detail)
    }
}
