//! The CAs of the simulator, each with what it publishes.

use std::sync::Arc;

use certdeck::{
    client::{Client, OneSettings, ProbeSettings, Settings, Silent, transport::Network},
    domain::ca::revocation::{About, RevocationCheck, RevocationJob, Source},
    simulator::{self, Options, Simulator},
};
use secrecy::SecretString;

use super::bench::open;

struct Demo {
    client: Client,
    now: jiff::Timestamp,
    _simulator: Simulator,
}

impl Demo {
    fn start() -> Self {
        let options = Options { running: false, limits: false, ..Options::default() };
        let now = options.start;
        let simulator = Simulator::spawn(options).unwrap();
        let key = SecretString::from(simulator::demo_keys().one);
        let one = OneSettings { url: simulator.urls().one, ..OneSettings::new(key) };
        let probe = ProbeSettings { named_only: true, ..open() };
        let settings = Settings { one: Some(one), probe, ..Settings::default() };
        let network = Arc::new(Network::new(&settings));
        let client = Client::with_transport(settings, network, Arc::new(move || now));
        Self { client, now, _simulator: simulator }
    }

    async fn check(&self, name: &str) -> RevocationCheck {
        let cas = self.client.cas(&mut Silent).await.unwrap().rows;
        let crls = self.client.crls().await.unwrap().rows;
        let responders = self.client.ocsp_responders().await.unwrap().rows;
        let ca = cas.iter().find(|ca| ca.name.contains(name)).unwrap();
        self.client.check_revocation(&RevocationJob::of(ca, &cas, &crls, &responders)).await.unwrap()
    }

    /// Whom, what, verdict and status, a line for each answer.
    async fn lines(&self, name: &str) -> Vec<String> {
        let line = |answer: &certdeck::domain::ca::revocation::Answer| {
            let about = match answer.about {
                About::Issued => "issued",
                About::Own => "own",
            };
            let source = match answer.source {
                Source::Crl => "crl",
                Source::Ocsp => "ocsp",
            };
            let status = answer.status().map_or("-", certdeck::domain::ca::revocation::Status::word);
            format!("{about} {source} {} {status}", answer.verdict(self.now).word())
        };
        self.check(name).await.answers.iter().map(line).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verdict_is_met_at_the_cas_of_the_demonstration() {
    let demo = Demo::start();
    let cases: [(&str, &[&str]); 11] = [
        ("Acme Root R1", &["issued crl fresh -"]),
        ("Acme Policy CA EU", &["issued crl fresh -", "own crl fresh good"]),
        ("Acme Issuing CA G2 EU", &["issued crl fresh -", "issued ocsp fresh good", "own crl fresh good"]),
        (
            "Acme Device CA 3",
            &["issued crl late -", "issued ocsp fresh -", "own crl fresh good", "own ocsp fresh good"],
        ),
        (
            "Acme Kiosk CA 1",
            &["issued crl wrongly signed -", "issued ocsp fresh -", "own crl fresh good", "own ocsp fresh good"],
        ),
        ("München", &["issued crl fresh -", "issued ocsp wrongly signed -", "own crl fresh good"]),
        ("Acme IoT CA 7", &["issued crl fresh -", "issued ocsp late -", "own crl fresh good"]),
        ("Acme Issuing CA G1 US", &["issued crl fresh -", "issued ocsp fresh -", "own crl fresh revoked"]),
        ("Acme S/MIME CA 1", &["issued crl late -", "own crl fresh good"]),
        ("Partner Root", &[]),
        ("Harbor Logistics", &["own crl not asked -"]),
    ];
    for (name, lines) in cases {
        assert_eq!(demo.lines(name).await, lines, "{name}");
    }
    let revoked = demo.check("Acme Issuing CA G1 US").await;
    assert!(revoked.revoked().is_some());
    let waits = demo.client.cas(&mut Silent).await.unwrap().rows;
    let waits = waits.iter().find(|ca| ca.name.as_str() == "Acme Issuing CA G4 EU").unwrap();
    let job = RevocationJob::of(waits, [], [], []);
    assert!(demo.client.check_revocation(&job).await.is_err(), "there is no certificate yet");
}
