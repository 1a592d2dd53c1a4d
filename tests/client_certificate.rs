//! A client certificate in place of a key: how it is read, what it is refused for, and whom it is shown to.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{path::Path, path::PathBuf, sync::Arc};

use certdeck::{
    client::{Client, OneAuth, OneSettings, Service, Settings, Silent, transport::Network},
    config::ClientCertificate,
    domain::{Failure, FailureKind},
    simulator::{Options, Simulator, Tls, TlsFiles},
};
use rcgen::KeyPair;
use secrecy::SecretString;

/// Files of one test, private to this user.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }
}

fn simulator() -> (Simulator, TlsFiles) {
    let tls = Some(Tls { client_certificate: true, ..Tls::default() });
    let simulator = Simulator::spawn(Options { running: false, tls, ..Options::default() }).unwrap();
    let files = simulator.tls_files().unwrap().clone();
    (simulator, files)
}

fn own(folder: &Folder, certificate: &str, key: &str) -> Result<ClientCertificate, Failure> {
    let (cert, key) = (folder.file("client.pem", certificate), folder.file("client.key", key));
    let own = ClientCertificate::read(&cert, &key)?;
    let shown = format!("{own:?}");
    assert!(!shown.contains("PRIVATE") && shown.contains("ops-one"), "{shown}");
    Ok(own)
}

fn settings(simulator: &Simulator, root: &Path, auth: OneAuth) -> Settings {
    let one = OneSettings::new(SecretString::from("canary-0123-4567"));
    let one = OneSettings { url: simulator.urls().one, auth, ca_file: Some(root.to_owned()), ..one };
    Settings { one: Some(one), ..Settings::default() }
}

/// The client with `auth`, whose clock says `now`.
fn client(simulator: &Simulator, root: &Path, auth: OneAuth, now: &str) -> Client {
    let settings = settings(simulator, root, auth);
    let now: jiff::Timestamp = now.parse().unwrap();
    Client::with_transport(settings.clone(), Arc::new(Network::new(&settings)), Arc::new(move || now))
}

const NOW: &str = "2026-11-21T14:02:31Z";

#[tokio::test]
async fn c11_a_certificate_stands_in_for_the_key_and_no_key_is_sent() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let own = own(&folder, &files.client_certificate, &files.client_key).unwrap();
    assert_eq!(own.ends().to_string(), "2049-01-01T00:00:00Z");
    let client = client(&simulator, &root, OneAuth::Certificate(own), NOW);
    let me = client.one_me().await.unwrap();
    assert_eq!(me.email.as_deref(), Some("ops-one@acme-corp.example"));
    assert!(client.cas(&mut Silent).await.unwrap().is_complete());
    assert_eq!(client.own_certificate(Service::One).unwrap().note, None);
    let check = client.check(Service::One).await.unwrap();
    assert_eq!(check.authenticated, Some(Ok(())));
    assert_eq!(check.certificate.unwrap().subject.as_str(), "CN=ops-one");
}

#[tokio::test]
async fn c11_a_key_alone_is_told_that_a_certificate_is_wanted() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let key = OneAuth::Key(SecretString::from("canary-0123-4567"));
    let failure = client(&simulator, &root, key, NOW).one_me().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls);
    assert_eq!(failure.title.as_str(), "DigiCert ONE user: the server asks for a client certificate (127.0.0.1)");
    assert!(failure.hint.unwrap().contains("client_certificate"));
}

#[tokio::test]
async fn c11_a_certificate_out_of_its_time_is_told_before_anything_is_sent() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let expired = own(&folder, &files.expired_certificate, &files.client_key).unwrap();
    let at = |now: &str| client(&simulator, &root, OneAuth::Certificate(expired.clone()), now);
    let failure = at(NOW).one_me().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotAuthenticated);
    let title = "DigiCert ONE user: the client certificate ended at 2021-01-01 00:00 UTC; \
                 the clock of this machine says 2026-11-21 14:02 UTC";
    assert_eq!(failure.title.as_str(), title);
    assert!(failure.hint.unwrap().contains("new client certificate"));
    let early = at("2019-12-31T23:59:59Z").one_me().await.unwrap_err();
    assert!(early.title.contains("begins at 2020-01-01 00:00 UTC"), "{early}");
    assert_eq!(simulator.control().requests().len(), 0);
    // By a clock that is years behind it looks sound, and the server has the last word.
    let refused = at("2020-06-01T00:00:00Z").one_me().await.unwrap_err();
    assert!(refused.title.contains("does not accept the client certificate: it has expired"), "{refused}");
    assert!(refused.hint.unwrap().contains("issued to this user"));
}

#[tokio::test]
async fn c11_a_certificate_near_its_end_is_noted_at_thirty_days() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let own = own(&folder, &files.client_certificate, &files.client_key).unwrap();
    let note = |now: &str| {
        let client = client(&simulator, &root, OneAuth::Certificate(own.clone()), now);
        client.own_certificate(Service::One).unwrap().note.map(|note| note.title.to_string())
    };
    assert_eq!(note("2048-12-01T23:59:59Z"), None);
    let said = |title: &str| Some(format!("the client certificate for DigiCert ONE {title} (2049-01-01 00:00 UTC)"));
    assert_eq!(note("2048-12-02T00:00:00Z"), said("ends in 30 d"));
    assert_eq!(note("2048-12-02T00:00:01Z"), said("ends in 29 d"));
    assert_eq!(note("2049-01-01T00:00:01Z"), said("has ended"));
}

#[tokio::test]
async fn the_certificate_of_the_server_is_known_after_a_handshake_and_noted_at_thirty_days() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let own = own(&folder, &files.client_certificate, &files.client_key).unwrap();
    let last: jiff::Timestamp = "2048-12-02T00:00:00Z".parse().unwrap();
    let settings = settings(&simulator, &root, OneAuth::Certificate(own));
    let network: Arc<Network> = Arc::new(Network::new(&settings));
    let at = |now| Client::with_transport(settings.clone(), network.clone(), Arc::new(move || now));
    assert_eq!(at(last).server_certificates(Service::One), []);
    at(last).one_me().await.unwrap();
    let second = jiff::SignedDuration::from_secs(1);
    for (now, said) in [(last - second, None), (last, Some("ends in 30 d")), (last + second, Some("ends in 29 d"))] {
        let servers = at(now).server_certificates(Service::One);
        let [server] = &servers[..] else { panic!("{servers:?}") };
        assert_eq!(server.ends.to_string(), "2049-01-01T00:00:00Z");
        let place = simulator.addr();
        let said = said.map(|said| format!("the TLS certificate of {place} {said} (2049-01-01 00:00 UTC)"));
        assert_eq!(server.note.as_ref().map(|note| note.title.to_string()), said);
    }
    assert_eq!(at(last).server_certificates(Service::Partner), []);
}

#[tokio::test]
async fn c11_a_certificate_of_another_ca_is_told_as_such() {
    let (simulator, files) = simulator();
    let folder = Folder::new();
    let root = folder.file("root.pem", &files.root);
    let foreign = own(&folder, &files.foreign_certificate, &files.client_key).unwrap();
    let failure = client(&simulator, &root, OneAuth::Certificate(foreign), NOW).one_me().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls);
    assert!(failure.title.contains("does not accept the client certificate"), "{failure}");
    assert!(failure.title.contains("a CA that the server does not know"), "{failure}");
    assert!(failure.hint.is_some());
}

#[tokio::test]
async fn c11_a_host_that_asks_for_no_certificate_is_told_as_the_wrong_one() {
    let (_, files) = simulator();
    let tls = Some(Tls::default());
    let open = Simulator::spawn(Options { running: false, tls, ..Options::default() }).unwrap();
    let folder = Folder::new();
    let root = folder.file("root.pem", &open.tls_files().unwrap().root);
    let own = own(&folder, &files.client_certificate, &files.client_key).unwrap();
    let failure = client(&open, &root, OneAuth::Certificate(own), NOW).one_me().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotAuthenticated);
    assert!(failure.title.starts_with("DigiCert ONE user: DigiCert ONE does not accept the client certificate (401"));
    assert!(failure.hint.unwrap().contains("`clientauth.`"));
}

#[test]
fn c11_a_key_of_another_certificate_is_refused_with_both_names() {
    let (_, files) = simulator();
    let folder = Folder::new();
    let other = KeyPair::generate().unwrap().serialize_pem();
    let failure = own(&folder, &files.client_certificate, &other).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.title.contains("client.key does not belong to the certificate"), "{failure}");
    assert!(failure.hint.unwrap().contains("issued together"));
}

#[test]
fn c11_a_file_with_all_in_it_is_read_whatever_comes_first() {
    let (_, files) = simulator();
    let folder = Folder::new();
    // As `openssl pkcs12 -nodes` may write it: attributes, the CA before the own certificate, the key.
    let all = format!("Bag Attributes\n{}{}{}", files.root, files.client_certificate, files.client_key);
    let path = folder.file("client.pem", all);
    let own = ClientCertificate::read(&path, &path).unwrap();
    assert_eq!(own.subject().as_str(), "CN=ops-one");
    assert_eq!(own.certified().cert.len(), 2);
}

#[test]
fn c11_a_key_under_a_passphrase_is_named_with_the_line_that_opens_it() {
    let (_, files) = simulator();
    let folder = Folder::new();
    let bodies = [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ];
    for body in bodies {
        let failure = own(&folder, &files.client_certificate, body).unwrap_err();
        assert!(failure.title.contains("client.key is a key under a passphrase"), "{failure}");
        let hint = failure.hint.unwrap();
        assert!(hint.contains("openssl pkey -in ") && hint.contains("client.open.key"), "{hint}");
    }
}

#[test]
fn c11_pkcs12_is_told_by_content_or_name_with_the_line_that_turns_it_into_pem() {
    let (_, files) = simulator();
    let folder = Folder::new();
    let key = folder.file("client.key", &files.client_key);
    // The head of a PFX (RFC 7292) in definite and in indefinite length.
    let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    let definite = [b"\x30\x82\x09\x51\x02\x01\x03\x30\x82\x09\x17".as_slice(), oid].concat();
    let indefinite = [b"\x30\x80\x02\x01\x03\x30\x80".as_slice(), oid].concat();
    let cases = [
        ("client.crt", definite.clone()),
        ("odd name.bin", indefinite),
        ("client.P12", b"?".into()),
        ("a.pfx", definite),
    ];
    for (name, content) in cases {
        let path = folder.file(name, content);
        for failure in [
            ClientCertificate::read(&path, &key).unwrap_err(),
            ClientCertificate::read(&folder.file("client.pem", &files.client_certificate), &path).unwrap_err(),
        ] {
            assert!(failure.title.contains("is PKCS#12"), "{failure}");
            let hint = failure.hint.unwrap();
            let quote = if name.contains(' ') { "'" } else { "" };
            let line = format!("openssl pkcs12 -in {quote}{}{quote} -out client.pem -nodes", path.display());
            assert!(hint.starts_with(&line), "{hint}");
        }
    }
    // PEM under such a name is PEM.
    let path = folder.file("named.p12", &files.client_certificate);
    assert!(ClientCertificate::read(&path, &key).is_ok());
}

#[cfg(unix)]
#[test]
fn c03_the_key_of_a_certificate_is_this_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_, files) = simulator();
    let folder = Folder::new();
    let cert = folder.file("client.pem", &files.client_certificate);
    let key = folder.file("client.key", &files.client_key);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let failure = ClientCertificate::read(&cert, &key).unwrap_err();
    assert!(failure.title.contains("mode 0640") && failure.hint.as_ref().unwrap().contains("chmod 600"), "{failure}");
    let link = folder.0.path().join("link.key");
    std::os::unix::fs::symlink(&key, &link).unwrap();
    assert!(ClientCertificate::read(&cert, &link).unwrap_err().title.contains("symbolic link"));
}

#[test]
fn c11_files_without_what_they_are_named_for_are_told() {
    let (_, files) = simulator();
    let folder = Folder::new();
    let told = |certificate: &str, key: &str| own(&folder, certificate, key).unwrap_err().to_string();
    assert!(told("nothing", &files.client_key).contains("client.pem holds no certificate in PEM"));
    assert!(told(&files.client_certificate, "nothing").contains("client.key holds no private key in PEM"));
    let large = "x".repeat((64 << 10) + 1);
    assert!(told(&large, &files.client_key).contains("larger than 65536 bytes"));
    assert!(told(&files.client_certificate, &large).contains("larger than 65536 bytes"));
    let absent = ClientCertificate::read(Path::new("/nonexistent/a.pem"), Path::new("/nonexistent/a.key")).unwrap_err();
    assert!(absent.title.contains("/nonexistent/a.pem cannot be read"), "{absent}");
}

#[tokio::test]
async fn c11_a_certificate_needs_https() {
    let (_, files) = simulator();
    let folder = Folder::new();
    let own = own(&folder, &files.client_certificate, &files.client_key).unwrap();
    let one = OneSettings::new(SecretString::from("canary-0123-4567"));
    let one = OneSettings { url: "http://127.0.0.1:9".into(), auth: OneAuth::Certificate(own), ..one };
    let client = Client::new(Settings { one: Some(one), ..Settings::default() });
    let failure = client.one_me().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.title.contains("https://"), "{failure}");
}
