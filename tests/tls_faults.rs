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
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs::default_provider,
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use secrecy::SecretString;

#[path = "support/tls.rs"]
mod tls;

use tls::{Authority, authority, config, leaf};

fn serve(config: ServerConfig) -> String {
    format!("https://localhost:{}", tls::serve(config).port)
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

async fn refused(config: ServerConfig, trusted: Option<&Authority>) -> Failure {
    let failure = read(serve(config), trusted).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
    assert!(failure.hint.is_some());
    failure
}

#[tokio::test]
async fn n19_a_ca_of_ones_own_is_trusted_when_it_is_named() {
    let authority = authority();
    let url = serve(config(leaf(&authority, "localhost", (2020, 2099))));
    assert_eq!(read(url, Some(&authority)).await, Ok(0));
}

#[tokio::test]
async fn n19_each_broken_handshake_is_told_in_its_own_words_with_what_was_shown() {
    let authority = authority();
    let with = |name: &str, years| config(leaf(&authority, name, years));
    let names = "CN=rcgen self signed cert, signed by CN=Test Root";
    let unknown = refused(with("localhost", (2020, 2099)), None).await;
    assert!(unknown.title.contains("signed by a CA that this machine does not trust (localhost)"), "{unknown}");
    let dates = "valid 2020-01-01 00:00 UTC to 2099-01-01 00:00 UTC";
    assert_eq!(unknown.detail.as_deref(), Some(format!("it is for localhost, {dates}; {names}").as_str()));
    let expired = refused(with("localhost", (2020, 2021)), Some(&authority)).await;
    assert!(expired.title.contains("has expired (localhost)"), "{expired}");
    let detail = expired.detail.unwrap();
    assert!(detail.contains("to 2021-01-01 00:00 UTC; the clock here says 20"), "both times: {detail}");
    let early = refused(with("localhost", (2098, 2099)), Some(&authority)).await;
    assert!(early.title.contains("not valid yet"), "{early}");
    let detail = early.detail.unwrap();
    assert!(detail.contains("valid 2098-01-01 00:00 UTC to") && detail.contains("the clock here says 20"), "{detail}");
    let name = refused(with("other.example.com", (2020, 2099)), Some(&authority)).await;
    assert!(name.title.contains("for another host name (localhost)"), "{name}");
    assert!(name.detail.unwrap().starts_with("it is for other.example.com, valid"));
}

#[tokio::test]
async fn n19_a_certificate_that_signed_itself_is_told_from_an_unknown_ca() {
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "appliance.example.com");
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let failure = refused(config((vec![certificate.der().clone()], key.into())), None).await;
    assert!(failure.title.contains("self-signed or CA certificate"), "{failure}");
    let detail = failure.detail.unwrap();
    assert!(detail.starts_with("it is for localhost, 127.0.0.1, valid"), "{detail}");
    assert!(detail.ends_with("CN=appliance.example.com, signed by CN=appliance.example.com"), "{detail}");
}

#[tokio::test]
async fn n19_t18_hostile_names_in_a_certificate_come_out_visible_and_short() {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("\u{1b}]0;x\u{202e}{}", "y".repeat(9_000)));
    let many = (0..400).map(|n| rcgen::SanType::DnsName(format!("h{n}.example.com").try_into().unwrap()));
    params.subject_alt_names = many.collect();
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let failure = refused(config((vec![certificate.der().clone()], key.into())), None).await;
    let text = failure.to_string();
    assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text}");
    assert!(text.contains("h4.example.com, 395 more, valid") && text.len() < 700, "{text}");
}

/// Answers a `ClientHello` with these bytes.
fn answer_hello(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut hello = [0; 8192];
            // The answer depends on nothing in it.
            let _ = socket.read(&mut hello);
            let _ = socket.write_all(&bytes);
            let _ = socket.read(&mut hello);
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn n19_a_server_of_tls_1_1_is_refused_by_its_version() {
    let alert = vec![0x15, 3, 2, 0, 2, 2, 70];
    let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x13, 0]);
    for bytes in [alert, hello] {
        let failure = read(answer_hello(bytes), None).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
        assert!(failure.title.contains("does not speak TLS 1.2 or 1.3 (localhost)"), "{failure}");
    }
}

#[tokio::test]
async fn n19_tls_1_2_and_1_3_are_both_spoken() {
    for version in [&TLS12, &TLS13] {
        let authority = authority();
        let (chain, key) = leaf(&authority, "localhost", (2020, 2099));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        assert_eq!(read(serve(config), Some(&authority)).await, Ok(0));
    }
}

/// HTTP/2 would bring its own floods (GOAWAY, empty DATA frames): the client cannot be talked into it.
#[tokio::test]
async fn n27_the_handshake_offers_http_1_1_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let offered = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut acceptor = rustls::server::Acceptor::default();
        loop {
            acceptor.read_tls(&mut socket).unwrap();
            if let Some(accepted) = acceptor.accept().unwrap() {
                let hello = accepted.client_hello();
                let offered: Vec<Vec<u8>> = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
                return offered;
            }
        }
    });
    let failure = read(url, None).await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Tls | FailureKind::Network), "{failure}");
    assert_eq!(offered.join().unwrap(), [b"http/1.1".to_vec()]);
}

/// There is no way to accept a certificate that does not verify for a connection that carries anything. A probe reads any
/// certificate, and closes the connection: it can name neither a key nor a request.
#[test]
fn n19_no_option_checks_less() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
            files += 1;
            let place = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            for word in ["danger_accept", "accept_invalid", "insecure", "skip_verify", "no_verify", "noverif"] {
                assert!(!text.contains(word), "{place} has {word}");
            }
            if place.starts_with("client/probe/") {
                for word in
                    ["expose_secret", "reqwest", "x-api-key", "x-dc-devkey", "x-partner-apikey", "authorization"]
                {
                    assert!(!text.contains(word), "{place} has {word}");
                }
                if place == "client/probe/tls.rs" {
                    assert!(!text.contains("write_all") && !text.contains("asyncwriteext"), "{place} sends something");
                    continue;
                }
            }
            // Only a verifier can say these words; ours passes on what the platform's says.
            for word in ["serververified::assertion", "servercertverified::assertion", "signaturevalid::assertion"] {
                assert!(!text.contains(word), "{place} has {word}");
            }
            assert!(!text.contains(".dangerous()") || place == "client/transport/handshake.rs", "{place}");
        }
    }
    assert!(files > 100);
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
        let title = refused(config, Some(&authority)).await.title;
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
