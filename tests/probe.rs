//! Probes, end to end: what servers serve against what was issued, and servers that are not what they should be.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use certdeck::{
    client::{
        Client, NamedServer, PartnerSettings, ProbeSettings, Resolve, Settings, Silent, SubaccountSettings,
        transport::{Bytes, Network, Response, script::Script},
    },
    domain::{
        FailureKind, When,
        acme::{
            AcmeCertificate, AcmeKey,
            ari::Advice,
            probe::{Probe, Seen, Served, StartTls, Target, Verdict},
        },
        ids::{AccountId, ContractId},
        name::{Name, NameSet},
        serial::Serial,
    },
    simulator::{self, Options, Server, Simulator},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::default_provider,
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use secrecy::SecretString;

#[path = "support/tls.rs"]
mod tls;

const KEY: &str = "canary-0123-4567";

/// Names to addresses, and nothing else.
#[derive(Debug)]
struct Book(Vec<(&'static str, Vec<IpAddr>)>);

impl Resolve for Book {
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = self.0.iter().find(|(name, _)| *name == host).map(|(_, addresses)| addresses.clone());
        std::future::ready(found.ok_or_else(|| io::Error::other("no such name"))).boxed()
    }
}

/// Asks this machine too, without a pace, and finds no name.
fn open() -> ProbeSettings {
    ProbeSettings {
        allow_private: true,
        per_second: 0.0,
        resolver: Arc::new(Book(Vec::new())),
        ..ProbeSettings::default()
    }
}

/// For servers that never answer.
fn impatient() -> ProbeSettings {
    ProbeSettings { total: Duration::from_millis(400), ..open() }
}

fn client(probe: ProbeSettings) -> Client {
    Client::new(Settings { probe, ..Settings::default() })
}

/// Something to probe on a port of this machine.
fn target(name: &str, host: &str, port: u16, start_tls: Option<StartTls>) -> Target {
    let key = AcmeKey { account: AccountId::new("1"), contract: ContractId::new("2"), tail: name.into() };
    Target { key, name: Name::new(name), hosts: vec![host.into()], port, start_tls }
}

async fn one(client: &Client, target: Target) -> Probe {
    client.probe(vec![target], &mut Silent).await.remove(0)
}

/// The certificate, or the words in its place, of a probe with one address.
fn only(probe: &Probe) -> Result<Served, String> {
    assert_eq!(probe.sightings.len(), 1, "{probe:?}");
    probe.sightings[0].outcome.clone().map_err(|why| why.to_string())
}

/// A server of one's own: `answer` gets each connection, which ends with it. Gives port and number of connections.
fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (count, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            seen.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&counted);
            std::thread::spawn(move || answer(stream));
        }
    });
    (port, count)
}

/// The demonstration's world with its servers, and a client that knows them.
struct Demo {
    simulator: Simulator,
    client: Client,
    rows: Vec<AcmeCertificate>,
}

async fn demo() -> Demo {
    let options = Options { servers: true, running: false, limits: false, ..Options::default() };
    let now = options.start;
    let simulator = Simulator::spawn(options).unwrap();
    let subaccounts = simulator::demo_keys().partner_subaccounts.into_iter().map(|account| SubaccountSettings {
        name: account.name,
        key: SecretString::from(account.key),
        contracts: account.contracts.iter().filter_map(|id| u64::try_from(*id).ok()).collect(),
    });
    let partner =
        PartnerSettings { url: simulator.urls().partner, subaccounts: subaccounts.collect(), ..PartnerSettings::new() };
    let named = |server: &Server| NamedServer {
        name: Name::new(server.name),
        hosts: server.hosts.iter().map(|host| host.to_string().into()).collect(),
        port: server.port,
        start_tls: server.start_tls.map(|word| StartTls::parse(word).unwrap()),
    };
    let probe = ProbeSettings {
        names: simulator.servers().iter().map(named).collect(),
        named_only: true,
        directories: vec![(ContractId::new("12345"), format!("{}/acme/directory", simulator.urls().one))],
        total: Duration::from_secs(2),
        ..open()
    };
    let network = Settings { partner: Some(partner), probe, ..Settings::default() };
    let transport = Arc::new(Network::new(&network));
    let client = Client::with_transport(network, transport, Arc::new(move || now));
    let rows = client.acme_certificates(&mut Silent).await.unwrap().rows;
    Demo { simulator, client, rows }
}

impl Demo {
    /// The newest record of a name.
    fn row(&self, name: &str) -> &AcmeCertificate {
        let of = self.rows.iter().filter(|row| row.domain().as_str() == name);
        of.max_by_key(|row| row.expires().at()).unwrap()
    }

    async fn seen(&self, name: &str) -> (Probe, Seen) {
        let row = self.row(name);
        let probe = one(&self.client, self.client.target(row)).await;
        assert!(probe.is_about(row));
        let seen = probe.judge(row, &self.rows);
        (probe, seen)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verdict_is_met_at_the_servers_of_the_demonstration() {
    let demo = demo().await;
    let cases = [
        ("pay.acme-corp.example", Verdict::Same),
        ("login.acme-corp.example", Verdict::Same),
        ("blog.acme-corp.example", Verdict::Same),
        ("cdn-3.acme-corp.example", Verdict::Same),
        ("*.apps.acme-corp.example", Verdict::Same),
        ("www.acme-corp.example", Verdict::Older),
        ("docs.acme-corp.example", Verdict::Mixed),
        ("api.acme-corp.example", Verdict::Newer),
        ("status.acme-corp.example", Verdict::Foreign),
        ("img.acme-corp.example", Verdict::Mismatch),
        ("notes.apps.acme-corp.example", Verdict::Other),
        ("vpn.acme-corp.example", Verdict::Unreachable),
        ("b2b.acme-corp.example", Verdict::Unreachable),
        ("grafana.acme-corp.example", Verdict::Unreachable),
        ("ftp.acme-corp.example", Verdict::Unreachable),
        ("mx1.acme-corp.example", Verdict::Same),
        ("files.acme-corp.example", Verdict::Same),
        ("hr.acme-corp.example", Verdict::Same),
        ("auth.acme-corp.example", Verdict::Same),
        ("erp.acme-corp.example", Verdict::Same),
        // No server of its own, and nothing is looked up.
        ("*.lab.acme-corp.example", Verdict::NotVerifiable),
        ("sso.acme-corp.example", Verdict::NotVerifiable),
    ];
    assert_eq!(cases.len(), demo.simulator.servers().len() + 2, "each server has its line");
    let targets = cases.map(|(name, _)| demo.client.target(demo.row(name)));
    let probes = demo.client.probe(targets.to_vec(), &mut Silent).await;
    for ((name, verdict), probe) in cases.iter().zip(&probes) {
        let row = demo.row(name);
        assert!(probe.is_about(row) && probe.name.as_str() == *name);
        let seen = probe.judge(row, &demo.rows);
        assert_eq!(seen.verdict, *verdict, "{name}: {probe:?}");
        assert_eq!(Probe::from_json(&probe.to_json()).as_ref().map(|kept| &kept.sightings), Some(&probe.sightings));
        let served = seen.serial.is_some();
        assert_eq!(served, !matches!(verdict, Verdict::Unreachable | Verdict::NotVerifiable), "{name}");
        assert_eq!(seen.issued.is_some(), matches!(verdict, Verdict::Same | Verdict::Mixed), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_told_with_its_address_trust_and_dates() {
    let demo = demo().await;
    let (probe, seen) = demo.seen("www.acme-corp.example").await;
    let served = only(&probe).unwrap();
    assert_eq!(seen.ends.at(), Some("2026-11-29T06:00:00Z".parse().unwrap()));
    assert_eq!(seen.address, Some([127, 0, 0, 1].into()));
    assert_eq!(served.issuer.as_str(), "CN=Simulator DV TLS CA G1,O=DigiCert Simulator");
    assert_eq!(served.names, demo.row("www.acme-corp.example").names().to_set());
    assert_eq!(served.protocol.as_str(), "TLS 1.3");
    assert!(served.name_matches);
    assert_eq!(
        served.trust.unwrap_err().as_str(),
        "the certificate of the server is signed by a CA that this machine does not trust"
    );
    let expired = only(&demo.seen("cdn-3.acme-corp.example").await.0).unwrap();
    assert_eq!(expired.trust.unwrap_err().as_str(), "the certificate of the server has expired");
    let (mixed, seen) = demo.seen("docs.acme-corp.example").await;
    assert_eq!(mixed.sightings.len(), 2, "{mixed:?}");
    assert_eq!(seen.address, mixed.sightings[1].address.map(|address| address.ip()), "the one that is behind");
}

#[tokio::test]
async fn trust_and_name_are_judged_apart_at_both_addresses_of_this_machine() {
    let authority = tls::authority();
    let port = tls::serve(tls::config(tls::leaf(&authority, "www.example.com", (2020, 2099)))).port;
    let partner = PartnerSettings { ca_file: Some(authority.file.path().to_owned()), ..PartnerSettings::new() };
    let trusting = Client::new(Settings { partner: Some(partner), probe: open(), ..Settings::default() });
    let doubting = client(open());
    let at = |name: &str| target(name, "127.0.0.1", port, None);
    let cases = [
        (&trusting, "www.example.com", true, true),
        (&trusting, "other.example.com", true, false),
        (&doubting, "www.example.com", false, true),
        (&doubting, "other.example.com", false, false),
    ];
    for (client, name, trusted, matches) in cases {
        let served = only(&one(client, at(name)).await).unwrap();
        assert_eq!((served.trust.is_ok(), served.name_matches), (trusted, matches), "{name}: {:?}", served.trust);
    }
}

#[tokio::test]
async fn every_address_of_a_name_is_asked_and_a_missing_name_is_told() {
    let authority = tls::authority();
    let v4 = tls::serve(tls::config(tls::leaf(&authority, "www.example.com", (2020, 2099))));
    let listener = TcpListener::bind(("::1", v4.port)).unwrap();
    std::thread::spawn(move || drop(listener.accept()));
    let addresses = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    let resolver = Arc::new(Book(vec![("www.example.com", addresses)]));
    let client = client(ProbeSettings { resolver, ..open() });
    let probe = one(&client, target("www.example.com", "www.example.com", v4.port, None)).await;
    let outcomes: Vec<_> = probe.sightings.iter().map(|s| (s.address.unwrap().is_ipv6(), s.outcome.is_ok())).collect();
    assert_eq!(outcomes, [(false, true), (true, false)]);
    let lost = one(&client, target("lost.example.com", "lost.example.com", v4.port, None)).await;
    assert_eq!(only(&lost).unwrap_err(), "cannot find the host lost.example.com");
    assert_eq!(lost.sightings[0].address, None);
}

#[tokio::test]
async fn private_addresses_are_refused_unless_the_configuration_allows_them() {
    let authority = tls::authority();
    let served = tls::serve(tls::config(tls::leaf(&authority, "www.example.com", (2020, 2099))));
    let closed = client(ProbeSettings { allow_private: false, ..open() });
    let probe = one(&closed, target("www.example.com", "127.0.0.1", served.port, None)).await;
    let why = only(&probe).unwrap_err();
    assert_eq!(why, "127.0.0.1 is a private address; allow_private under probe lets it be asked");
    let link = one(&client(open()), target("www.example.com", "169.254.169.254", 80, None)).await;
    assert_eq!(only(&link).unwrap_err(), "169.254.169.254 is no address of a server");
    assert!(served.seen.lock().unwrap().is_empty(), "nothing was connected to");
}

#[tokio::test]
async fn old_servers_and_those_that_want_a_client_certificate_show_theirs_all_the_same() {
    let authority = tls::authority();
    let chain = || tls::leaf(&authority, "www.example.com", (2020, 2099));
    for (version, expected) in [(&TLS13, "TLS 1.3"), (&TLS12, "TLS 1.2")] {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority.der.clone()).unwrap();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        for wants in [false, true] {
            let (certificates, key) = chain();
            let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
            let builder = builder.with_protocol_versions(&[version]).unwrap();
            let builder = match &verifier {
                Ok(verifier) if wants => builder.with_client_cert_verifier(Arc::clone(verifier)),
                _ => builder.with_no_client_auth(),
            };
            let port = tls::serve(builder.with_single_cert(certificates, key).unwrap()).port;
            let served = only(&one(&client(open()), target("www.example.com", "127.0.0.1", port, None)).await).unwrap();
            assert_eq!(served.protocol.as_str(), expected, "wants a certificate: {wants}");
        }
    }
}

#[tokio::test]
async fn n04_n05_servers_that_are_silent_drip_reset_flood_or_speak_otherwise_end_in_time_and_harm_nothing() {
    const FLOOD: [u8; 1 << 14] = [0x16; 1 << 14];
    type Answer = fn(TcpStream);
    let hold = |mut stream: TcpStream| drop(stream.read(&mut [0; 4096]).and_then(|_| stream.read(&mut [0; 64])));
    let drip = |mut stream: TcpStream| {
        while stream.write_all(&[0x16]).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let reset = |stream: TcpStream| {
        // Closing with bytes unread resets.
        let _ = stream.peek(&mut [0]);
    };
    let flood = |mut stream: TcpStream| {
        // A whole record of handshake bytes, again and again: a message that never ends.
        let head = [0x16, 3, 3, 0x40, 0];
        let body = [&[0x0b, 0xff, 0xff, 0xff][..], &[0; (1 << 14) - 4]].concat();
        while stream.write_all(&head).and_then(|()| stream.write_all(&body)).is_ok() {}
    };
    let noise = |mut stream: TcpStream| while stream.write_all(&FLOOD).is_ok() {};
    let http = |mut stream: TcpStream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b]0;x\x07"));
    let close = |stream: TcpStream| drop(stream.shutdown(std::net::Shutdown::Both));
    let cases: [(Answer, &str); 7] = [
        (hold, "no certificate came within 0.4 s"),
        (drip, ""),
        (reset, "the server closed the connection in the TLS handshake"),
        (flood, ""),
        (noise, ""),
        (http, "the server does not speak TLS there"),
        (close, "the server closed the connection in the TLS handshake"),
    ];
    let (mut targets, mut told) = (Vec::new(), Vec::new());
    for (n, (answer, words)) in cases.into_iter().enumerate() {
        // The words before TLS are bounded in the same way.
        for protocol in [None].into_iter().chain(StartTls::ALL.map(Some)) {
            let (port, count) = serve(answer);
            targets.push(target("www.example.com", "127.0.0.1", port, protocol));
            told.push((format!("case {n} {protocol:?}"), if protocol.is_none() { words } else { "" }, count));
        }
    }
    let client = client(ProbeSettings { at_once: 64, ..impatient() });
    for (probe, (case, words, count)) in client.probe(targets, &mut Silent).await.iter().zip(told) {
        let why = only(probe).unwrap_err();
        assert!(why.contains(words) && !why.contains('\u{1b}') && why.len() < 200, "{case}: {why}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{case}: asked once");
    }
}

#[tokio::test]
async fn words_before_tls_that_refuse_are_told_safely() {
    let cases: [(StartTls, &'static [u8], &str); 9] = [
        (
            StartTls::Smtp,
            b"554 go away \x1b]0;x\x07\r\n",
            "the server does not offer TLS (smtp): it says \"554 go away ",
        ),
        (StartTls::Smtp, b"220 hi\r\n250 hi\r\n454 not now\r\n", "\"454 not now\""),
        (StartTls::Imap, b"* BYE\r\n", "(imap): it says \"* BYE\""),
        (StartTls::Imap, b"* OK hi\r\na1 BAD what\r\n", "\"a1 BAD what\""),
        (StartTls::Pop3, b"+OK\r\n-ERR\r\n", "(pop3): it says \"-ERR\""),
        (StartTls::Ldap, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", "does not offer TLS (ldap)"),
        (StartTls::Ldap, b"\x30\x03\x02\x01\x01", "does not speak ldap"),
        (StartTls::Postgres, b"N", "does not offer TLS (postgres)"),
        (StartTls::Postgres, b"E", "does not speak postgres"),
    ];
    let client = client(open());
    for (protocol, said, words) in cases {
        let (port, _) = serve(move |mut stream| {
            let _ = stream.write_all(said);
            while stream.read(&mut [0; 256]).is_ok_and(|n| n > 0) {}
        });
        let why = only(&one(&client, target("mx1.example.com", "127.0.0.1", port, Some(protocol))).await).unwrap_err();
        assert!(why.contains(words) && !why.contains('\u{1b}'), "{protocol:?}: {why}");
    }
}

/// All that a probe writes, as the server has it.
#[tokio::test]
async fn g11_a_probe_sends_no_key_and_no_header() {
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let own = Arc::clone(&heard);
    let (port, _) = serve(move |mut stream| {
        let _ = stream.write_all(b"220 hi\r\n250 hi\r\n220 go\r\n");
        let mut bytes = [0; 4096];
        while let Ok(n) = stream.read(&mut bytes)
            && n > 0
        {
            own.lock().unwrap().extend_from_slice(&bytes[..n]);
        }
    });
    let subaccounts = vec![SubaccountSettings { name: "a".into(), key: SecretString::from(KEY), contracts: vec![1] }];
    let partner = PartnerSettings { subaccounts, parent_key: Some(SecretString::from(KEY)), ..PartnerSettings::new() };
    let client = Client::new(Settings { partner: Some(partner), probe: impatient(), ..Settings::default() });
    for protocol in [None, Some(StartTls::Smtp)] {
        one(&client, target("www.example.com", "127.0.0.1", port, protocol)).await;
    }
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).to_ascii_lowercase();
    assert!(heard.contains("www.example.com") && heard.contains("starttls"), "it was recorded");
    for word in [KEY, "x-dc", "x-partner", "x-api", "http", "digicert"] {
        assert!(!heard.contains(word), "{word}");
    }
}

#[tokio::test]
async fn results_come_as_they_are_there_and_dropping_ends_the_rest() {
    let authority = tls::authority();
    let port = tls::serve(tls::config(tls::leaf(&authority, "www.example.com", (2020, 2099)))).port;
    let (ended, ends) = tokio::sync::oneshot::channel();
    let ended = Mutex::new(Some(ended));
    let (silent, _) = serve(move |mut stream| {
        while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
        if let Some(ended) = ended.lock().unwrap().take() {
            let _ = ended.send(());
        }
    });
    let client = client(ProbeSettings { total: Duration::from_mins(5), ..open() });
    let targets =
        vec![target("slow.example.com", "127.0.0.1", silent, None), target("www.example.com", "127.0.0.1", port, None)];
    let (seen, mut first) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let mut progress = move |batch: Vec<Probe>| drop(seen.send(batch));
        client.probe(targets, &mut progress).await
    });
    let batch = first.recv().await.unwrap();
    assert_eq!(batch.iter().map(|probe| probe.name.as_str()).collect::<Vec<_>>(), ["www.example.com"]);
    task.abort();
    // The server sees its connection closed, long before any deadline.
    ends.await.unwrap();
}

#[tokio::test]
async fn no_more_connections_are_open_at_once_than_the_configuration_says() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (open, highest) = (Arc::clone(&now), Arc::clone(&most));
    let (port, count) = serve(move |mut stream| {
        highest.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // The client waits for an answer that does not come, and goes.
        let _ = stream.read(&mut [0; 4096]);
        open.fetch_sub(1, Ordering::SeqCst);
    });
    let client = client(ProbeSettings { at_once: 3, ..impatient() });
    let targets = (0..20).map(|n| target(&format!("n{n}.example.com"), "127.0.0.1", port, None)).collect();
    let probes = client.probe(targets, &mut Silent).await;
    let names: Vec<String> = probes.iter().map(|probe| probe.name.to_string()).collect();
    assert_eq!(names, (0..20).map(|n| format!("n{n}.example.com")).collect::<Vec<_>>(), "in the order of the targets");
    assert_eq!(count.load(Ordering::SeqCst), 20);
    assert!(most.load(Ordering::SeqCst) <= 3 + 1, "a closed one may be seen late: {most:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_is_asked_when_it_would_have_a_certificate_renewed() {
    let demo = demo().await;
    let contract = ContractId::new("12345");
    let now: Timestamp = Options::default().start;
    let ask = async |name: &str, contract: &ContractId| {
        let (probe, _) = demo.seen(name).await;
        let served = probe.sightings[0].outcome.clone().unwrap();
        demo.client.renewal(contract, &served).await
    };
    let coming = ask("blog.acme-corp.example", &contract).await.unwrap().unwrap();
    assert_eq!((coming.advice(now), coming.explanation.clone()), (Advice::Wait, None));
    assert_eq!((coming.start, coming.holds), ("2027-01-28T18:20:00Z".parse().unwrap(), Duration::from_hours(6)));
    let past = ask("login.acme-corp.example", &contract).await.unwrap().unwrap();
    assert_eq!(past.advice(now), Advice::ReplaceNow);
    assert_eq!(past.explanation.unwrap().as_str(), "https://ca.example/incidents/2026-11");
    assert_eq!(ask("blog.acme-corp.example", &ContractId::new("1")).await, Ok(None), "no directory, nothing to ask");
    let unknown = ask("api.acme-corp.example", &contract).await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::NotFound);
    assert_eq!(unknown.title.as_str(), "renewal information: the CA does not know this certificate (404)");
    let asked = demo.simulator.control().requests().into_iter().filter(|seen| seen.path.starts_with("/acme/"));
    let headers: Vec<(String, String)> = asked.flat_map(|seen| seen.headers).collect();
    assert!(headers.iter().any(|(name, value)| name == "accept" && value == "application/json"));
    for (name, _) in headers {
        assert!(["host", "accept", "accept-encoding", "user-agent"].contains(&name.as_str()), "{name} was sent");
    }
}

#[tokio::test]
async fn renewal_information_that_is_none_is_refused_in_words() {
    const WINDOW: &str = r#"{"start":"2026-12-01T00:00:00Z","end":"2026-12-03T00:00:00Z"}"#;
    let served = Served {
        serial: Serial::parse("0A").unwrap(),
        names: NameSet::default(),
        issuer: "CN=Test CA".into(),
        not_before: When::Never,
        not_after: When::Never,
        sha256: "00".into(),
        authority_key_id: Some("0B".into()),
        trust: Ok(()),
        name_matches: true,
        protocol: "TLS 1.3".into(),
    };
    let here = |info: &str| format!(r#"{{"renewalInfo":"https://acme.example.com{info}"}}"#);
    let ask = async |directory: String, answer: Response| {
        let answer = Mutex::new(Some(answer));
        let script = Script::new(move |request| {
            if request.url.path() == "/directory" {
                return Ok(Response::json(200, directory.clone()));
            }
            Ok(answer.lock().unwrap().take().unwrap_or_else(|| Response::json(404, "{}")))
        });
        let directories = vec![(ContractId::new("2"), "https://acme.example.com/directory".to_owned())];
        let probe = ProbeSettings { directories, ..ProbeSettings::default() };
        let settings = Settings { probe, ..Settings::default() };
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let client = Client::with_transport(settings, Arc::new(script.clone()), Arc::new(move || now));
        (client.renewal(&ContractId::new("2"), &served).await, script.seen())
    };
    let body = |window: &str| format!(r#"{{"suggestedWindow":{window}}}"#);
    let sound = || Response::json(200, body(WINDOW));
    let (window, seen) = ask(here("/ari"), sound()).await;
    assert_eq!(window.unwrap().unwrap().holds, Duration::from_hours(6), "what holds when nothing is said");
    assert_eq!(seen, ["GET /directory", "GET /ari/Cw.Cg"]);
    let (none, seen) = ask("{}".to_owned(), sound()).await;
    assert_eq!((none, seen.len()), (Ok(None), 1), "a CA without renewal information");
    for (after, holds) in [("1", 60), ("90000", 86_400), ("7200", 7_200), ("soon", 21_600)] {
        let headers = [("content-type", "application/json"), ("retry-after", after)];
        let answer = Response::of(200, &headers, [Bytes::from(body(WINDOW))]);
        let window = ask(here("/ari"), answer).await.0.unwrap().unwrap();
        assert_eq!(window.holds, Duration::from_secs(holds), "{after}");
    }
    for (page, shown) in [("https://ca.example/why", true), ("http://ca.example/why", false), ("javascript:x", false)] {
        let text = format!(r#"{{"suggestedWindow":{WINDOW},"explanationURL":"{page}"}}"#);
        let window = ask(here("/ari"), Response::json(200, text)).await.0.unwrap().unwrap();
        assert_eq!(window.explanation.is_some(), shown, "{page}");
    }
    let elsewhere = r#"{"renewalInfo":"https://ari.example.net/ari"}"#.to_owned();
    let backwards = body(r#"{"start":"2026-12-03T00:00:00Z","end":"2026-12-03T00:00:00Z"}"#);
    let redirect = Response::of(302, &[("location", "https://ari.example.net/")], []);
    let cases = [
        (elsewhere, sound(), "the directory names another host for it"),
        (here("/ari?x=1"), sound(), "the directory names no usable address for it"),
        (r#"{"renewalInfo":"http://acme.example.com/ari"}"#.to_owned(), sound(), "no usable address"),
        (here("/ari"), Response::json(200, backwards), "its end is not after its start"),
        (here("/ari"), Response::json(200, body(r#"{"start":"x","end":"y"}"#)), "no date of RFC 3339"),
        (here("/ari"), Response::json(200, "<html>"), "HTML"),
        (here("/ari"), Response::json(200, " ".repeat(100_000)), "renewal information"),
        (here("/ari"), Response::json(401, "{}"), "the CA answered 401"),
        (here("/ari"), redirect, "ari.example.net"),
        ("[".to_owned(), sound(), "renewal information"),
    ];
    for (directory, answer, words) in cases {
        let failure = ask(directory, answer).await.0.unwrap_err().to_string();
        assert!(failure.contains(words) && !failure.contains("Partner"), "{failure}\n  not {words}");
    }
}
