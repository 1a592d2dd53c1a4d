//! What the servers of a name serve: every address, by a connection of its own that carries no key and no header.
//!
//! ```text
//! Client::probe -> resolve      names to addresses; private ones only where it is allowed
//!               -> starttls     the words before TLS, bounded
//!               -> tls          a handshake that reads any certificate; trust and name judged apart
//! Client::renewal -> ari        what the CA says of a certificate (RFC 9773), through the door, without a key
//! Client::check_revocation -> revocation   what to ask of a CA, and of whom
//!               -> fetch        one address, bounded; private ones only where it is allowed
//!               -> crl, ocsp    what came, and who signed it
//! ```

mod ari;
mod bounded;
mod crl;
mod fetch;
mod ocsp;
pub mod resolve;
mod revocation;
mod signature;
mod starttls;
mod tls;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, future::join_all, stream};
use jiff::Timestamp;
use tokio::{
    net::TcpStream,
    sync::Semaphore,
    time::{Instant, timeout},
};

use self::{bounded::Bounded, resolve::Place, tls::Judge};
use super::{
    Client, Progress,
    door::Clock,
    limits,
    pace::Lane,
    settings::{NamedServer, Pace, ProbeSettings, Settings},
    transport::Public,
};
use crate::domain::{
    Clean,
    acme::{
        AcmeCertificate, San,
        probe::{Probe, Sighting, Target, asked_name},
    },
};

impl Client {
    /// What to probe for a record: a server that the configuration has for one of its names, else the main name itself.
    /// A wildcard without one of its own has no hosts, which makes it not verifiable.
    pub fn target(&self, row: &AcmeCertificate) -> Target {
        self.state.prober.target(row)
    }

    /// Probes each target at all its addresses, a few at a time, and hands each result on as it is there. Dropping the
    /// future ends all of it. Nothing here fails: what could not be reached says so in its sightings.
    ///
    /// The results come back in the order of the targets.
    pub async fn probe(&self, targets: Vec<Target>, progress: &mut dyn Progress<Probe>) -> Vec<Probe> {
        let prober = &self.state.prober;
        let asked = targets.into_iter().enumerate();
        let mut asked = stream::iter(asked)
            .map(|(at, target)| async move { (at, prober.probe(target).await) })
            .buffer_unordered(prober.settings.at_once.max(1));
        let mut done = Vec::new();
        while let Some((at, probe)) = asked.next().await {
            if progress.is_wanted() {
                progress.rows(vec![probe.clone()]);
            }
            done.push((at, probe));
        }
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, probe)| probe).collect()
    }
}

/// Makes the connections of all probes of a client.
pub(super) struct Prober {
    settings: ProbeSettings,
    judge: Judge,
    places: Semaphore,
    lane: Lane,
    /// Of everything that is asked of ACME directories.
    ari: Arc<Lane>,
    /// Of CRLs and OCSP.
    public: Public,
    clock: Clock,
}

impl Prober {
    /// Opens nothing, and reads no roots yet.
    pub(super) fn new(settings: &Settings, clock: Clock) -> Self {
        let probe = settings.probe.clone();
        let per_second = probe.per_second;
        // Room for one second beyond the steady rate; the burst counts five.
        let burst = (1..=1_000).find(|n| f64::from(*n) >= per_second * 6.0).unwrap_or(1_000);
        // CRLs and OCSP are those of the CAs of DigiCert ONE.
        let one = settings.one.as_ref();
        let public = Public {
            ca_file: one.and_then(|one| one.ca_file.clone()),
            proxy: one.and_then(|one| one.proxy.clone()),
            connect: probe.connect,
        };
        let ca_file = settings.partner.as_ref().and_then(|partner| partner.ca_file.clone());
        Self {
            judge: Judge::new(ca_file),
            places: Semaphore::new(probe.at_once.max(1)),
            lane: Lane::new((per_second > 0.0).then_some(Pace { per_second, burst })),
            ari: Arc::new(Lane::new(Some(settings.pace))),
            settings: probe,
            public,
            clock,
        }
    }

    fn target(&self, row: &AcmeCertificate) -> Target {
        let own = |name: San<'_>| self.settings.names.iter().find(|server| San::from(&server.name) == name);
        let key = row.key();
        let Some(name) = asked_name(row, |name| own(name).is_some(), self.settings.named_only) else {
            let (name, hosts) = (row.domain().to_name(), Vec::new());
            return Target { key, name, hosts, port: limits::PROBE_PORT, start_tls: None };
        };
        let (hosts, port, start_tls) = match own(name) {
            Some(NamedServer { hosts, port, start_tls, .. }) => (hosts.clone(), *port, *start_tls),
            None => (Vec::new(), limits::PROBE_PORT, None),
        };
        let hosts = if hosts.is_empty() { vec![name.text().as_ref().into()] } else { hosts };
        Target { key, name: name.to_name(), hosts, port, start_tls }
    }

    async fn probe(&self, target: Target) -> Probe {
        let (at, start) = ((self.clock)(), Instant::now());
        let mut sightings = Vec::new();
        let mut places: Vec<SocketAddr> = Vec::new();
        for host in &target.hosts {
            let found = resolve::places(&self.settings, host, target.port).await;
            match found {
                Err(why) => sightings.push(Sighting { address: None, outcome: Err(why) }),
                Ok(found) => {
                    for place in found {
                        match place {
                            Place::Refused(address, why) => {
                                sightings.push(Sighting { address: Some(address), outcome: Err(why) });
                            }
                            Place::Open(address) if !places.contains(&address) => places.push(address),
                            Place::Open(_) => {}
                        }
                    }
                }
            }
        }
        places.truncate(limits::PROBE_ADDRESSES);
        let server = server_name(&target);
        let met = places.into_iter().map(|address| self.look(address, &server, &target, at));
        sightings.extend(join_all(met).await);
        Probe { key: target.key.clone(), name: target.name.clone(), at, sightings, took: start.elapsed() }
    }

    /// One address, within the deadlines.
    async fn look(&self, address: SocketAddr, server: &str, target: &Target, now: Timestamp) -> Sighting {
        // Only a closed semaphore gives none, and this one is never closed.
        let _place = self.places.acquire().await.ok();
        self.lane.turn().await;
        let total = self.settings.total;
        let shown = match timeout(total, self.meet(address, server, target)).await {
            Ok(shown) => shown,
            Err(_) => Err(format!("no certificate came within {}", seconds(total)).into()),
        };
        // The deadline is the server's: reading the roots of this machine for the first time is not its fault.
        let outcome = match shown {
            Ok(shown) => self.judge.served(&shown, server, now).await,
            Err(why) => Err(why),
        };
        Sighting { address: Some(address), outcome }
    }

    async fn meet(&self, address: SocketAddr, server: &str, target: &Target) -> Result<tls::Shown, Clean> {
        let connect = self.settings.connect;
        let stream = match timeout(connect, TcpStream::connect(address)).await {
            Ok(stream) => stream.map_err(|error| Clean::from(connecting(&error)))?,
            Err(_) => return Err(format!("no connection within {}", seconds(connect)).into()),
        };
        let mut stream = Bounded::new(stream, limits::PROBE_BYTES);
        if let Some(protocol) = target.start_tls {
            starttls::begin(&mut stream, protocol).await?;
        }
        tls::read(stream, server).await
    }
}

/// The name that the handshake asks for. A wildcard is none: its host is asked for, or one of the names it stands for.
fn server_name(target: &Target) -> String {
    let Some(parent) = target.name.as_str().strip_prefix("*.") else { return target.name.as_str().to_owned() };
    let below = |host: &&str| host.strip_suffix(parent).is_some_and(|label| label.ends_with('.') && label.len() > 1);
    let mut hosts = target.hosts.iter().map(AsRef::as_ref).filter(|host: &&str| host.parse::<IpAddr>().is_err());
    hosts.find(below).map_or_else(|| format!("www.{parent}"), ToOwned::to_owned)
}

/// A deadline in words.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn connecting(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        kind => format!("no connection ({kind})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        acme::{AcmeKey, CertificateRecord, CertificateStatus, probe::StartTls},
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
        when::When,
    };

    fn row(names: &[&str]) -> AcmeCertificate {
        CertificateRecord {
            account: AccountId::new("1"),
            contract: ContractId::new("2"),
            domain: Name::new(names[0]),
            status: CertificateStatus::Issued,
            expires: When::Never,
            serial: Serial::parse("0A"),
            names: NameSet::new(names.iter().map(|name| Name::new(name))),
            oddities: Vec::new(),
        }
        .into()
    }

    fn prober(settings: ProbeSettings) -> Prober {
        Prober::new(&Settings { probe: settings, ..Settings::default() }, std::sync::Arc::new(Timestamp::now))
    }

    fn server(name: &str, host: Option<&str>, port: u16, start_tls: Option<StartTls>) -> NamedServer {
        let hosts = host.into_iter().map(Into::into).collect();
        NamedServer { name: Name::new(name), hosts, port, start_tls }
    }

    #[test]
    fn a_target_is_the_main_name_or_what_the_configuration_has_for_a_name() {
        let names = vec![
            server("*.lab.example.com", Some("ci.lab.example.com"), 8443, None),
            server("mx1.example.com", None, 25, Some(StartTls::Smtp)),
        ];
        let prober = prober(ProbeSettings { names, ..ProbeSettings::default() });
        let of = |names: &[&str]| {
            let target = prober.target(&row(names));
            (target.name.to_string(), target.hosts.join(" "), target.port, target.start_tls)
        };
        let text = |name: &str, hosts: &str, port, start_tls| (name.to_owned(), hosts.to_owned(), port, start_tls);
        assert_eq!(of(&["www.example.com"]), text("www.example.com", "www.example.com", 443, None));
        assert_eq!(of(&["*.example.com"]), text("*.example.com", "", 443, None));
        assert_eq!(of(&["*.lab.example.com"]), text("*.lab.example.com", "ci.lab.example.com", 8443, None));
        let mail = text("mx1.example.com", "mx1.example.com", 25, Some(StartTls::Smtp));
        assert_eq!(of(&["mail.example.com", "mx1.example.com"]), mail);
        assert_eq!(of(&["no host name"]), text("no host name", "", 443, None));
        let closed = self::prober(ProbeSettings { named_only: true, ..ProbeSettings::default() });
        assert!(closed.target(&row(&["www.example.com"])).hosts.is_empty());
    }

    #[test]
    fn the_handshake_asks_for_a_name_that_a_server_can_have() {
        let target = |name: &str, hosts: &[&str]| Target {
            key: AcmeKey { account: AccountId::new("1"), contract: ContractId::new("2"), tail: "A".into() },
            name: Name::new(name),
            hosts: hosts.iter().map(|host| (*host).into()).collect(),
            port: 443,
            start_tls: None,
        };
        let cases = [
            (target("a.example.com", &["192.0.2.1"]), "a.example.com"),
            (target("*.example.com", &["192.0.2.1"]), "www.example.com"),
            (target("*.example.com", &["lb.example.net", "ci.example.com"]), "ci.example.com"),
        ];
        for (target, name) in cases {
            assert_eq!(server_name(&target), name);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn probes_keep_ten_a_second() {
        let prober = prober(ProbeSettings::default());
        let start = Instant::now();
        for _ in 0..120 {
            prober.lane.turn().await;
        }
        assert!(start.elapsed() >= Duration::from_secs(10), "{:?}", start.elapsed());
        assert!(start.elapsed() <= Duration::from_secs(12), "{:?}", start.elapsed());
    }
}
