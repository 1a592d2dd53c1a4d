//! What a service says of the keys of a client: for `doctor`, `context test` and the first run.

use super::{
    check::{Check, Status},
    session::name,
};
use crate::{
    client::{Client, OwnCertificate, Service, ServiceCheck},
    domain::{Clean, Failure, FailureKind, dataset::Dataset, identity::OneUser},
};

/// All services, in the order in which they are shown.
pub const ALL: [Service; 3] = [Service::CertCentral, Service::Partner, Service::One];
/// Seconds by which clocks may differ before it is worth a word, and before a write is refused.
const SKEW: (u64, u64) = (120, 600);
/// First answers that take this long are worth a word, ms.
const SLOW: u128 = 2_000;

/// Permission words shown of a user of DigiCert ONE; the rest is counted.
const WORDS: usize = 12;

/// Who the keys of `client` are for a service, in one line; `None` when it says nothing of them.
///
/// # Errors
/// As any call.
pub async fn who(client: &Client, service: Service) -> Result<Option<Clean>, Failure> {
    Ok(match service {
        Service::CertCentral => {
            let user = client.cc_me().await?;
            let roles: Vec<&str> = user.roles.iter().map(|(_, role)| role.as_str()).collect();
            let role = if user.is_administrator() {
                roles.join(", ")
            } else {
                format!("{}; the Report Library wants an administrator", roles.join(", "))
            };
            Some(format!("{} ({}), account {}, {role}", user.name, user.username, user.account).into())
        }
        Service::Partner => {
            let keys = client.partner_keys().await?.rows;
            let mut accounts: Vec<&str> = keys.iter().map(|key| key.account.as_str()).collect();
            accounts.sort_unstable();
            accounts.dedup();
            (!accounts.is_empty()).then(|| format!("sees the keys of the accounts {}", accounts.join(", ")).into())
        }
        Service::One => Some(user(&client.one_me().await?)),
    })
}

fn user(user: &OneUser) -> Clean {
    let address = user.email.as_ref().map_or_else(String::new, |address| format!(" ({address})"));
    let accounts: Vec<&str> =
        user.accounts.iter().map(|(id, name)| if name.is_empty() { id.as_str() } else { name }).collect();
    let words: Vec<&str> = user.permissions.iter().take(WORDS).map(Clean::as_str).collect();
    let more = user.permissions.len().saturating_sub(WORDS);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{address}, account {}, permissions {}{more}", user.name, accounts.join(", "), words.join(" ")).into()
}

/// Whether the service answered, and knows the key.
pub fn standing(answer: &ServiceCheck) -> Vec<Check> {
    let service = name(answer.service);
    let mut hosts: Vec<&str> = answer.hosts.iter().map(Clean::as_str).collect();
    hosts.dedup();
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
    checks
}

fn certificate(service: &'static str, own: &OwnCertificate) -> Check {
    match &own.note {
        Some(note) => Check { status: Status::Warn, kind: None, ..Check::failed(service, "client certificate", note) },
        None => {
            Check::new(service, "client certificate", Status::Ok, format!("{}, valid until {}", own.subject, own.ends))
        }
    }
}

/// When the TLS certificates of the service end.
pub fn servers(answer: &ServiceCheck) -> impl Iterator<Item = Check> {
    const WHAT: &str = "server certificate";
    let service = name(answer.service);
    answer.servers.iter().map(move |server| match &server.note {
        Some(note) => Check { status: Status::Warn, kind: None, ..Check::failed(service, WHAT, note) },
        None => Check::new(service, WHAT, Status::Ok, format!("{}, valid until {}", server.place, server.ends)),
    })
}

/// What the key may read.
pub fn permitted(answer: &ServiceCheck) -> impl Iterator<Item = Check> {
    let service = name(answer.service);
    answer.permitted.iter().map(move |permitted| match &permitted.result {
        Ok(()) => Check::new(service, permitted.what, Status::Ok, "permitted"),
        Err(failure) => lenient(Check::failed(service, permitted.what, failure), failure),
    })
}

/// How long the service took, and how far its clock is from this machine's.
pub fn times(answer: &ServiceCheck) -> Vec<Check> {
    let service = name(answer.service);
    let mut checks = Vec::new();
    if answer.reachable.is_ok() {
        let took = answer.latency.as_millis();
        let detail = format!("{took} ms to the first answer, tries and pauses included");
        checks.push(if took < SLOW {
            Check::new(service, "latency", Status::Ok, detail)
        } else {
            Check::new(service, "latency", Status::Warn, detail)
                .hint("a slow line or proxy, or a service under load: look at the network if it stays so")
        });
    }
    checks.extend(answer.skew.map(|skew| clock(service, skew)));
    checks
}

/// The accounts that have contracts and no key here; `None` when there are none.
pub fn blind_spots(accounts: &Dataset<crate::domain::acme::Subaccount>) -> Option<Check> {
    let blind: Vec<_> =
        accounts.rows.iter().filter(|account| !account.has_key && !account.contracts.is_empty()).collect();
    let contracts: usize = blind.iter().map(|account| account.contracts.len()).sum();
    let (noun, verb) = if blind.len() == 1 { ("account", "has") } else { ("accounts", "have") };
    let plural = if contracts == 1 { "contract is" } else { "contracts are" };
    let detail = format!("{} {noun} {verb} contracts and no key here: {contracts} {plural} not shown", blind.len());
    (!blind.is_empty()).then(|| {
        Check::new(name(Service::Partner), "blind spots", Status::Warn, detail)
            .hint("add a [[context.NAME.partner.subaccount]] with a key of each")
    })
}

/// What the service has not, or the configuration leaves out on purpose, keeps nobody from working.
fn lenient(check: Check, failure: &Failure) -> Check {
    match failure.kind {
        FailureKind::NotFound | FailureKind::Configuration => Check { status: Status::Warn, kind: None, ..check },
        _ => check,
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
