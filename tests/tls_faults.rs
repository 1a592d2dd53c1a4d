//! TLS handshakes that must not succeed, and the one that must: each cause has its own words.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
};

use certdeck::{
    client::{Client, OneSettings, Settings, Silent},
    domain::{Failure, FailureKind},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use secrecy::SecretString;

/// A CA of this test, its PEM in a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    file: tempfile::NamedTempFile,
}

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Test Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certificate.pem().as_bytes()).unwrap();
    Authority { issuer: Issuer::new(params, key), der: certificate.der().clone(), file }
}

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn leaf(authority: &Authority, name: &str, years: (i32, i32)) -> Chain {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    (vec![certificate.der().clone()], key.into())
}

fn config((chain, key): Chain) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// Serves an empty list to everybody who gets through the handshake; the thread ends with the test.
fn serve(config: ServerConfig) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let mut stream = StreamOwned::new(connection, socket);
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
            let _ = stream.write_all(answer);
        }
    });
    format!("https://localhost:{port}")
}

async fn read(url: String, trusted: Option<&Authority>) -> Result<usize, Failure> {
    let one = OneSettings {
        url,
        ca_file: trusted.map(|authority| authority.file.path().to_owned()),
        ..OneSettings::new(SecretString::from("canary-0123-4567"))
    };
    let client = Client::new(Settings { one: Some(one), ..Settings::default() });
    client.cas(&mut Silent).await.map(|list| list.rows.len())
}

async fn refused(config: ServerConfig, trusted: Option<&Authority>) -> String {
    let failure = read(serve(config), trusted).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
    assert!(failure.hint.is_some());
    failure.title.to_string()
}

#[tokio::test]
async fn n19_a_ca_of_ones_own_is_trusted_when_it_is_named() {
    let authority = authority();
    let url = serve(config(leaf(&authority, "localhost", (2020, 2099))));
    assert_eq!(read(url, Some(&authority)).await, Ok(0));
}

#[tokio::test]
async fn n19_each_broken_handshake_is_told_in_its_own_words() {
    let authority = authority();
    let with = |name: &str, years| config(leaf(&authority, name, years));
    let unknown = refused(with("localhost", (2020, 2099)), None).await;
    assert!(unknown.contains("signed by a CA that this machine does not trust (localhost)"), "{unknown}");
    let expired = refused(with("localhost", (2020, 2021)), Some(&authority)).await;
    assert!(expired.contains("has expired"), "{expired}");
    let early = refused(with("localhost", (2098, 2099)), Some(&authority)).await;
    assert!(early.contains("not valid yet"), "{early}");
    let name = refused(with("other.example.com", (2020, 2099)), Some(&authority)).await;
    assert!(name.contains("for another host name"), "{name}");
}

#[tokio::test]
async fn n19_a_server_that_wants_a_client_certificate_is_named() {
    for version in [&TLS12, &TLS13] {
        let authority = authority();
        let mut roots = RootCertStore::empty();
        roots.add(authority.der.clone()).unwrap();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let (chain, key) = leaf(&authority, "localhost", (2020, 2099));
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(verifier.unwrap())
            .with_single_cert(chain, key)
            .unwrap();
        let title = refused(config, Some(&authority)).await;
        assert!(
            title.contains("asks for a client certificate") || title.contains("refused the TLS handshake"),
            "{title}"
        );
    }
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_used_is_named_and_no_request_is_made() {
    let mut authority = authority();
    let url = serve(config(leaf(&authority, "localhost", (2020, 2099))));
    authority.file = tempfile::NamedTempFile::new().unwrap();
    let failure = read(url.clone(), Some(&authority)).await;
    assert!(failure.is_err(), "an empty file trusts nothing");
    let one = OneSettings {
        url,
        ca_file: Some("/nowhere/roots.pem".into()),
        ..OneSettings::new(SecretString::from("canary-0123-4567"))
    };
    let client = Client::new(Settings { one: Some(one), ..Settings::default() });
    let failure = client.cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.title.contains("ca_file /nowhere/roots.pem"), "{failure}");
}
