//! The services: HTTP, keys, pace, retries, and their JSON turned into the domain.
//!
//! ```text
//! Client -> certcentral, partner, one   what is asked, and what the answer means
//!        -> paging, wire, json, x509    lists, members, text
//!        -> probe                       what the servers of names serve; connections without any key
//!        -> door                        one request: turn, headers, deadlines, checks, tries
//!        -> retry, pace, auth           when, how fast, as whom
//!        -> breaker, acceptance         whether at all: places that keep failing, keys that are refused
//!        -> transport                   bytes; the network or a script
//! ```
//!
//! What changes a service are `one::change` and `certcentral::changes` alone: sent once and never tried again. All else
//! only reads. Text of a service becomes [`Clean`](crate::domain::Clean) where it is decoded; wire forms stay private;
//! what does not fit the contract is kept and marked, and only an answer that cannot be read without guessing is
//! refused.

mod acceptance;
mod auth;
mod body;
mod breaker;
mod certcentral;
mod context;
mod door;
mod endpoint;
mod error;
mod health;
mod json;
pub mod limits;
mod one;
mod pace;
mod paging;
mod partner;
mod probe;
mod rate;
mod refusal;
mod retry;
mod rows;
mod settings;
mod skew;
mod standing;
mod state;
mod tls;
pub mod transport;
mod wire;
mod x509;

use std::sync::Arc;

use self::state::State;
pub use self::{
    breaker::Break,
    certcentral::{Arrived, Piece, ReportAnswer, Sink},
    door::Clock,
    error::{ClientError, TransportError},
    health::{OwnCertificate, Pause, Permitted, ServerCertificate, ServiceCheck},
    one::{
        audit::{AuditPage, AuditQuery},
        change::Prepared,
        health::Health,
        paths::{Route, Template as PathTemplate},
    },
    paging::{Progress, Silent},
    probe::resolve::{Resolve, System as SystemResolver},
    refusal::{Problem, Refusal},
    retry::RetryAfter,
    settings::{
        CertCentralSettings, NamedServer, OneAuth, OneSettings, Pace, PageSize, PartnerSettings, PathSettings,
        ProbeSettings, Settings, SubaccountSettings, Timeouts,
    },
    standing::Standing,
    tls::TlsProblem,
    transport::{Service, Transport},
    x509::parse as parse_certificate,
};

/// The services of one context. Cloning is cheap, and all clones share pace, pauses and connections.
#[derive(Clone)]
pub struct Client {
    state: Arc<State>,
}

impl Client {
    /// A client that talks to the network, by the clock of this machine. Opens nothing and touches no TLS yet.
    pub fn new(settings: Settings) -> Self {
        let network = Arc::new(transport::Network::new(&settings));
        Self::with_transport(settings, network, Arc::new(jiff::Timestamp::now))
    }

    /// A client with another transport and clock: tests, and the demonstration with its fixed time.
    #[expect(clippy::needless_pass_by_value, reason = "keys move in; no second copy stays with the caller")]
    pub fn with_transport(settings: Settings, transport: Arc<dyn Transport>, clock: Clock) -> Self {
        Self { state: Arc::new(State::new(&settings, transport, clock)) }
    }

    /// Now, by the clock of this client.
    pub fn now(&self) -> jiff::Timestamp {
        self.state.door.now()
    }

    /// Whether a service is configured.
    pub fn has(&self, service: Service) -> bool {
        self.state.has(service)
    }

    /// Seconds by which the clock of a service is ahead of this machine's; `None` before its first answer.
    pub fn skew(&self, service: Service) -> Option<i64> {
        self.state.door.skew(service)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Clean,
        audit::AuditSource,
        ca::{
            Ca,
            decision::{Errand, Operation},
            revocation::RevocationJob,
        },
        ids::{AccountId, CaId, ContractId, ReportId},
    };

    /// Compiles only while every call can be spawned.
    #[test]
    fn every_call_can_be_spawned() {
        fn spawned(_: impl Future<Output = ()> + Send + 'static) {}
        let client = Client::new(Settings::default());
        spawned(async move {
            let (account, contract, ca) = (AccountId::default(), ContractId::default(), CaId::default());
            let _ = client.cc_me().await;
            let _ = client.cc_users(None).await;
            let _ = client.report_history(&mut Silent).await;
            let _ = client.report_details(&ReportId::default()).await;
            let _ = client.subaccounts().await;
            let _ = client.acme_certificates(&mut Silent).await;
            let _ = client.contract(&account, &contract).await;
            let _ = client.credentials(&account, &contract).await;
            let _ = client.partner_keys().await;
            let _ = client.one_me().await;
            let _ = client.one_holder().await;
            let _ = client.cas(&mut Silent).await;
            let _ = client.ca_details(&ca).await;
            let _ = client.ca_certificate(&ca).await;
            let job = RevocationJob::of(&Ca::default(), [], [], []);
            let _ = client.check_revocation(&job).await;
            let _ = client.requests(std::slice::from_ref(&ca)).await;
            let _ = client.templates().await;
            let _ = client.crls().await;
            let _ = client.ocsp_responders().await;
            let _ = client.ca_events(&ca, 1).await;
            let _ = client.audit(&AuditQuery::all(AuditSource::PrivateCa), &mut Silent).await;
            let _ = client.health().await;
            let errand =
                Errand { operation: Operation::Disable, ca, request: None, reason: None, comment: Clean::default() };
            let _ = client.prepare(&errand);
            let _ = client.look(&errand).await;
            let _ = client.change(&errand).await;
            let _ = client.look_back(&errand).await;
            let _ = client.check(Service::One).await;
            let _ = client.standing(Service::One).await;
            let probes = client.probe(Vec::new(), &mut Silent).await;
            for served in probes.iter().flat_map(|probe| &probe.sightings).flat_map(|seen| &seen.outcome) {
                let _ = client.renewal(&contract, served).await;
            }
        });
    }
}
