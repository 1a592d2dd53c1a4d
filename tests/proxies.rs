//! The way through a proxy: what it gets to see, and what is said when it does not let through.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use certdeck::{
    client::{Client, OneAuth, OneSettings, Settings, Silent, Timeouts},
    config::ClientCertificate,
    domain::{Failure, FailureKind},
};
use secrecy::SecretString;

#[path = "support/tls.rs"]
mod tls;

/// Made up; must never be seen by a proxy.
const KEY: &str = "canary-4b71fe02";
const HOST: &str = "one.example.com";

/// What the proxy does.
#[derive(Clone, Copy)]
enum Act {
    /// Answers and closes.
    Say(&'static str),
    /// Closes in the middle of its answer.
    Die,
    /// Accepts and keeps silent.
    Silence,
    /// Opens the way to a port of this machine.
    Through(u16),
    /// The same, spoken in SOCKS5 (RFC 1928).
    Socks(u16),
}

struct Proxy {
    port: u16,
    /// Every byte that came, of all connections.
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let bytes = Arc::clone(&seen);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let bytes = Arc::clone(&bytes);
                // A connection that breaks off is the business of the test.
                std::thread::spawn(move || drop(stand(socket, act, &bytes)));
            }
        });
        Self { port, seen }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }
}

fn stand(mut client: TcpStream, act: Act, seen: &Arc<Mutex<Vec<u8>>>) -> std::io::Result<()> {
    if let Act::Socks(port) = act {
        let mut greeting = [0; 2];
        client.read_exact(&mut greeting)?;
        let mut methods = vec![0; greeting[1].into()];
        client.read_exact(&mut methods)?;
        client.write_all(&[5, 0])?;
        let mut head = [0; 5];
        client.read_exact(&mut head)?;
        // A name (3): the proxy resolves it.
        assert_eq!(head[..4], [5, 1, 0, 3]);
        let mut name = vec![0; usize::from(head[4]) + 2];
        client.read_exact(&mut name)?;
        seen.lock().unwrap().extend(&name);
        client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
        return pass(client, port, seen);
    }
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    seen.lock().unwrap().extend(&head);
    match act {
        Act::Say(answer) => client.write_all(answer.as_bytes()),
        Act::Die => client.write_all(b"HTTP/1.1 200 Conn"),
        Act::Silence => client.read(&mut byte).map(drop),
        Act::Through(port) | Act::Socks(port) => {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            pass(client, port, seen)
        }
    }
}

/// Carries bytes both ways, and keeps those of the client.
fn pass(mut client: TcpStream, port: u16, seen: &Arc<Mutex<Vec<u8>>>) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
    let mut piece = [0; 4096];
    loop {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        seen.lock().unwrap().extend(&piece[..count]);
        server.write_all(&piece[..count])?;
    }
}

fn settings(proxy: &str) -> OneSettings {
    let one = OneSettings::new(SecretString::from(KEY));
    OneSettings { url: format!("https://{HOST}"), proxy: Some(SecretString::from(proxy)), ..one }
}

async fn read(one: OneSettings) -> Result<usize, Failure> {
    let timeouts = Timeouts { connect: Duration::from_millis(200), ..Timeouts::default() };
    let client = Client::new(Settings { one: Some(one), timeouts, ..Settings::default() });
    client.cas(&mut Silent).await.map(|list| list.rows.len())
}

async fn refused(act: Act) -> (Failure, Proxy) {
    let proxy = Proxy::start(act);
    let failure = read(settings(&format!("http://{}", proxy.host()))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network, "{failure}");
    assert!(failure.title.contains(&proxy.host()), "{failure}");
    assert!(!failure.to_string().contains(KEY) && !proxy.text().contains(KEY));
    (failure, proxy)
}

#[tokio::test]
async fn n21_a_proxy_that_wants_a_password_is_named_and_asked_once() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let (failure, proxy) = refused(Act::Say(answer)).await;
    let title =
        format!("CA list: the proxy {} asks for a user and password (407); {HOST} was not reached", proxy.host());
    assert_eq!(failure.title.as_str(), title);
    assert!(failure.hint.unwrap().contains("HTTPS_PROXY"));
    assert_eq!(proxy.text().matches("CONNECT ").count(), 1);
}

#[tokio::test]
async fn n21_a_proxy_that_refuses_dies_or_keeps_silent_is_named() {
    let (failure, proxy) = refused(Act::Say("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")).await;
    assert!(failure.title.contains("does not let the connection through"), "{failure}");
    assert_eq!(proxy.text().matches("CONNECT ").count(), 1);
    let (failure, proxy) = refused(Act::Die).await;
    assert!(failure.title.contains("closed the connection before it was through"), "{failure}");
    assert_eq!(proxy.text().matches("CONNECT ").count(), 3, "a cut may pass");
    let (failure, _) = refused(Act::Silence).await;
    assert!(failure.title.contains("did not connect within 0.2 s"), "{failure}");
}

#[tokio::test]
async fn n21_a_proxy_that_is_not_there_is_told_from_the_service() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let failure = read(settings(&format!("http://{host}"))).await.unwrap_err();
    let title = format!("CA list: the proxy {host} refused the connection; {HOST} was not reached");
    assert_eq!(failure.title.as_str(), title);
    let failure = read(settings("http://proxy.invalid:3128")).await.unwrap_err();
    assert!(failure.title.contains("the proxy proxy.invalid:3128 cannot be found"), "{failure}");
}

#[tokio::test]
async fn n21_a_proxy_sees_the_name_of_the_host_and_no_key() {
    let authority = tls::authority();
    let server = tls::serve(tls::config(tls::leaf(&authority, HOST, (2020, 2099))));
    for (scheme, act) in [("http", Act::Through(server.port)), ("socks5h", Act::Socks(server.port))] {
        let proxy = Proxy::start(act);
        let address = format!("{scheme}://{}", proxy.host());
        let one = OneSettings { ca_file: Some(authority.file.path().to_owned()), ..settings(&address) };
        assert_eq!(read(one).await, Ok(0), "{scheme}");
        let text = proxy.text();
        assert!(text.contains(HOST), "{scheme}");
        for secret in [KEY, "x-api-key", "certificate-authority"] {
            assert!(!text.to_lowercase().contains(secret), "{scheme}: {secret}");
        }
    }
    let heads = server.seen.lock().unwrap().clone();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.contains(KEY)), "the key came through inside TLS");
}

#[tokio::test]
async fn n21_c11_a_certificate_asks_the_host_for_certificates_and_goes_through_no_tls_proxy() {
    let authority = tls::authority();
    let folder = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(vec!["ops".to_owned()]).unwrap();
    let path = folder.path().join("client.pem");
    std::fs::write(&path, format!("{}{}", pair.cert.pem(), pair.signing_key.serialize_pem())).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let own = ClientCertificate::read(&path, &path).unwrap();
    let host = "clientauth.one.digicert.com";
    let server = tls::serve(tls::config(tls::leaf(&authority, host, (2020, 2099))));
    let proxy = Proxy::start(Act::Through(server.port));
    let with = |proxy: String| OneSettings {
        url: "https://one.digicert.com".into(),
        auth: OneAuth::Certificate(own.clone()),
        ca_file: Some(authority.file.path().to_owned()),
        ..settings(&proxy)
    };
    assert_eq!(read(with(format!("http://{}", proxy.host()))).await, Ok(0));
    assert!(proxy.text().starts_with(&format!("CONNECT {host}:443 HTTP/1.1\r\n")));
    let heads = server.seen.lock().unwrap().clone();
    assert!(!heads[0].to_lowercase().contains("x-api-key"), "{heads:?}");
    let failure = read(with("https://127.0.0.1:1".to_owned())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.title.contains("127.0.0.1:1 is https://, which no client certificate can pass"), "{failure}");
}

/// The program with a context of one service and `variables`; what it says.
fn program(variables: &[(&str, &str)], host: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("c.toml");
    let text = format!(
        "[context.lab]\nenvironment = \"demo\"\n[context.lab.one]\nurl = \"https://{host}\"\nkey = {{ env = \"ONE_KEY\" }}\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certdeck"));
    command.env_clear().env("HOME", home.path()).env("ONE_KEY", KEY).envs(variables.iter().copied());
    #[cfg(windows)]
    command.env("SystemRoot", std::env::var_os("SystemRoot").unwrap_or_default());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let output = command.args(["ca", "tree", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains(KEY) && !said.contains("not-a-secret"), "{said}");
    said
}

#[test]
fn n21_the_environment_names_the_proxy_with_its_password_and_the_hosts_without() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let proxy = Proxy::start(Act::Say(answer));
    let address = format!("http://ops:not-a-secret@{}", proxy.host());
    let said = program(&[("HTTPS_PROXY", &address)], "one.invalid");
    assert!(said.contains(&format!("the proxy {} asks for a user and password", proxy.host())), "{said}");
    let seen = proxy.text();
    assert!(seen.starts_with("CONNECT one.invalid:443"), "{seen}");
    assert!(seen.contains("Proxy-Authorization: Basic b3BzOm5vdC1hLXNlY3JldA=="), "{seen}");
    assert!(!seen.contains(KEY), "{seen}");
    let proxy = Proxy::start(Act::Say(answer));
    let address = format!("http://{}", proxy.host());
    let said = program(&[("HTTPS_PROXY", &address), ("NO_PROXY", "example.net,.invalid")], "one.invalid");
    assert!(said.contains("cannot find the host one.invalid"), "{said}");
    assert_eq!(proxy.text(), "");
}
