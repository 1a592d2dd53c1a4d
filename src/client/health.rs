//! What `certdeck doctor` shows of each service, and what waits because a service asked for it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Break, Client, Service, Silent, auth::Origin, endpoint::Endpoint, error::minute, limits, one::audit::AuditQuery,
};
use crate::domain::{Clean, Failure, FailureKind, audit::AuditSource};

/// A pause that a service asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The service.
    pub service: Service,
    /// How much longer it lasts.
    pub left: Duration,
}

/// The client certificate that stands in for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// Whom it names.
    pub subject: Clean,
    /// The last moment at which it is valid, UTC.
    pub ends: Timestamp,
    /// Said from [`limits::CERTIFICATE_NOTICE`] (30 days) before the end on; after it no call is made.
    pub note: Option<Failure>,
}

/// The TLS certificate that a place of a service showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCertificate {
    /// Host, and port where it is not the usual one.
    pub place: Clean,
    /// The last moment at which it is valid, UTC.
    pub ends: Timestamp,
    /// Said from [`limits::CERTIFICATE_NOTICE`] (30 days) before the end on.
    pub note: Option<Failure>,
}

/// Something that the key may or may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted {
    /// In words: `CA list`.
    pub what: &'static str,
    /// Whether it answered.
    pub result: Result<(), Failure>,
}

/// What is known of one service after asking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCheck {
    /// The service.
    pub service: Service,
    /// Hosts of its addresses; no path, no secret.
    pub hosts: Vec<Clean>,
    /// An answer came, whatever it said.
    pub reachable: Result<(), Failure>,
    /// The key is accepted; `None` when nothing answered.
    pub authenticated: Option<Result<(), Failure>>,
    /// What the key may read.
    pub permitted: Vec<Permitted>,
    /// The client certificate, where one stands in for the key.
    pub certificate: Option<OwnCertificate>,
    /// What the places of the service showed of themselves; nothing of those that were not reached by TLS.
    pub servers: Vec<ServerCertificate>,
    /// Seconds by which the service's clock is ahead.
    pub skew: Option<i64>,
    /// Time of the first call.
    pub latency: Duration,
}

impl Client {
    /// Asks a service who the key is and whether it may read each list; only GETs, and never an approval.
    ///
    /// # Errors
    /// `Configuration` when the service is not configured or its address cannot be used.
    pub async fn check(&self, service: Service) -> Result<ServiceCheck, Failure> {
        let hosts = self.hosts(service)?;
        let start = tokio::time::Instant::now();
        let first = self.identity(service).await;
        let latency = start.elapsed();
        let unreachable = |failure: &Failure| matches!(failure.kind, FailureKind::Network | FailureKind::Tls);
        let reachable = match &first {
            Err(failure) if unreachable(failure) => Err(failure.clone()),
            _ => Ok(()),
        };
        let refused = |failure: &Failure| failure.kind == FailureKind::NotAuthenticated;
        let authenticated = reachable.is_ok().then(|| match &first {
            Err(failure) if refused(failure) => Err(failure.clone()),
            _ => Ok(()),
        });
        let permitted = if authenticated == Some(Ok(())) { self.permitted(service, first).await } else { Vec::new() };
        let (certificate, skew) = (self.own_certificate(service), self.skew(service));
        let servers = self.server_certificates(service);
        Ok(ServiceCheck { service, hosts, reachable, authenticated, permitted, certificate, servers, skew, latency })
    }

    /// The client certificate of a service; `None` for those with a key, and without a configuration.
    pub fn own_certificate(&self, service: Service) -> Option<OwnCertificate> {
        let one = (service == Service::One).then(|| self.state.one().ok()).flatten()?;
        let own = one.endpoint.key.own_certificate()?;
        let said = nearing(own.ends(), self.state.door.now());
        let note = said.map(|said| {
            let title = format!("the client certificate for {} {said} ({})", service.label(), minute(own.ends()));
            Failure::new(FailureKind::NotAuthenticated, title)
                .hint("have a new one issued, and name it as client_certificate in the configuration")
        });
        Some(OwnCertificate { subject: own.subject().clone(), ends: own.ends(), note })
    }

    /// The TLS certificates that the places of a service showed, each once; those of `https` places with which a handshake
    /// went well.
    pub fn server_certificates(&self, service: Service) -> Vec<ServerCertificate> {
        let mut seen: Vec<ServerCertificate> = Vec::new();
        for endpoint in self.endpoints(service).unwrap_or_default() {
            let origin = Origin::of(&endpoint.base);
            let place = Clean::new(&origin.place());
            if endpoint.base.scheme() != "https" || seen.iter().any(|known| known.place == place) {
                continue;
            }
            let Some(ends) = self.state.door.certificate_end(&origin) else { continue };
            let note = nearing(ends, self.state.door.now()).map(|said| {
                let title = format!("the TLS certificate of {place} {said} ({})", minute(ends));
                Failure::new(FailureKind::Tls, title).hint(
                    "nothing to do here yet: it is renewed by the service, or by those who run the company proxy; \
                     if it is not, no connection is made after that",
                )
            });
            seen.push(ServerCertificate { place, ends, note });
        }
        seen
    }

    /// Keys that wait because their service asked for it.
    pub fn pauses(&self) -> Vec<Pause> {
        let lanes = self.state.lanes().iter();
        lanes.filter_map(|(service, lane)| Some(Pause { service: *service, left: lane.pause_left()? })).collect()
    }

    /// Places that are left alone because they failed, with the services that they answer for: calls to them fail
    /// without being sent.
    pub fn breaks(&self) -> Vec<(Service, Break)> {
        let breaks = self.state.door.breaks();
        let of = |service: Service| {
            let endpoints = self.endpoints(service).unwrap_or_default();
            let places: Vec<String> = endpoints.iter().map(|one| Origin::of(&one.base).place()).collect();
            let own = move |told: &&Break| places.iter().any(|place| *told.origin == **place);
            breaks.iter().filter(own).map(move |told| (service, told.clone())).collect::<Vec<_>>()
        };
        Service::ALL.into_iter().flat_map(of).collect()
    }

    /// Lets refused keys and certificates be tried again; for when the user asks, or has changed something.
    pub fn forget_refusal(&self) {
        self.state.lanes().iter().for_each(|(_, lane)| lane.acceptance.forget());
    }

    fn hosts(&self, service: Service) -> Result<Vec<Clean>, Failure> {
        let endpoints = self.endpoints(service)?;
        Ok(endpoints.into_iter().filter_map(|one| one.base.host_str()).map(Clean::new).collect())
    }

    /// One for each address of a service.
    fn endpoints(&self, service: Service) -> Result<Vec<&Endpoint>, Failure> {
        Ok(match service {
            Service::CertCentral => {
                let service = self.state.certcentral()?;
                vec![&service.services, &service.reports]
            }
            Service::Partner => {
                let service = self.state.partner()?;
                let subaccounts = service.subaccounts.iter().map(|subaccount| &subaccount.endpoint);
                service.parent.iter().chain(subaccounts).take(1).collect()
            }
            Service::One => vec![&self.state.one()?.endpoint],
        })
    }

    async fn identity(&self, service: Service) -> Result<(), Failure> {
        match service {
            Service::CertCentral => self.cc_me().await.map(drop),
            Service::Partner => self.partner_keys().await.map(drop),
            Service::One => self.one_me().await.map(drop),
        }
    }

    async fn permitted(&self, service: Service, identity: Result<(), Failure>) -> Vec<Permitted> {
        let said = |what, result| Permitted { what, result };
        match service {
            Service::CertCentral => {
                let history = self.report_history(&mut Silent).await.map(drop);
                vec![said("CertCentral user", identity), said("Report history", history)]
            }
            Service::Partner => {
                let accounts = self.subaccounts().await.and_then(|list| match list.completeness {
                    crate::domain::dataset::Completeness::Partial { why, .. } => Err(why),
                    crate::domain::dataset::Completeness::Complete => Ok(()),
                });
                vec![said("Partner keys", identity), said("Contracts", accounts)]
            }
            Service::One => {
                let audit = AuditQuery { most: Some(1), ..AuditQuery::all(AuditSource::PrivateCa) };
                let account = AuditQuery { most: Some(1), ..AuditQuery::all(AuditSource::AccountManager) };
                let requests = self.requests(&[]).await.map(drop);
                vec![
                    said("DigiCert ONE user", identity),
                    said("CA list", self.cas(&mut Silent).await.map(drop)),
                    said("Requests", requests),
                    said("Templates", self.templates().await.map(drop)),
                    said("CRL configurations", self.crls().await.map(drop)),
                    said("OCSP responders", self.ocsp_responders().await.map(drop)),
                    said("CA audit log", self.audit(&audit, &mut Silent).await.map(drop)),
                    said("Account audit log", self.audit(&account, &mut Silent).await.map(drop)),
                    said("CA service health", self.health().await.map(drop)),
                ]
            }
        }
    }
}

/// What there is to say of a certificate from [`limits::CERTIFICATE_NOTICE`] before its end on.
fn nearing(ends: Timestamp, now: Timestamp) -> Option<String> {
    let left = ends.duration_since(now);
    match left {
        left if left.is_negative() => Some("has ended".to_owned()),
        left if left <= limits::CERTIFICATE_NOTICE.try_into().unwrap_or(SignedDuration::MAX) => {
            Some(format!("ends in {} d", left.as_hours() / 24))
        }
        _ => None,
    }
}
