//! CAs of a test, a client that knows their certificates, and servers on this machine.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, TcpListener, TcpStream},
    sync::Arc,
};

use certdeck::{
    client::{
        Client, OneSettings, ProbeSettings, Resolve, Settings,
        transport::{Bytes, Response, script::Script},
    },
    domain::{
        Clean,
        ca::revocation::{Answer, RevocationCheck, RevocationJob},
        ids::CaId,
        serial::Serial,
    },
};
use futures_util::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};
use secrecy::SecretString;
use time::OffsetDateTime;

pub const KEY: &str = "not-a-secret-0123";
/// 2026-11-21T14:00:00Z.
pub const NOW: i64 = 1_795_269_600;
pub const HOUR: i64 = 3_600;

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// Names to addresses, and nothing else.
#[derive(Debug, Default)]
pub struct Book(pub Vec<(&'static str, Vec<IpAddr>)>);

impl Resolve for Book {
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = self.0.iter().find(|(name, _)| *name == host).map(|(_, addresses)| addresses.clone());
        std::future::ready(found.ok_or_else(|| io::Error::other("no such name"))).boxed()
    }
}

/// Asks this machine too, without a pace, and finds no name.
pub fn open() -> ProbeSettings {
    let resolver = Arc::new(Book::default());
    ProbeSettings { allow_private: true, per_second: 0.0, resolver, ..ProbeSettings::default() }
}

/// A CA of a test.
pub struct Ca {
    pub der: Vec<u8>,
    pub issuer: Issuer<'static, KeyPair>,
}

pub fn params(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub fn root(name: &str, algorithm: &'static SignatureAlgorithm) -> Ca {
    let (params, key) = (params(name, 1), KeyPair::generate_for(algorithm).unwrap());
    let certificate = params.self_signed(&key).unwrap();
    Ca { der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
}

/// A CRL, unless a test says otherwise.
pub struct List {
    pub this_update: i64,
    pub next_update: i64,
    pub serials: Vec<u64>,
}

impl Default for List {
    fn default() -> Self {
        Self { this_update: NOW - HOUR, next_update: NOW + 23 * HOUR, serials: vec![0x29, 0x0a1b_2c3d, 0x30] }
    }
}

impl Ca {
    /// The certificate of a CA below this one, with its serial number and the address of a CRL.
    pub fn below(&self, serial: u64, crl: Option<&str>) -> Vec<u8> {
        let mut params = params("Northwind Issuing 2", serial);
        params.crl_distribution_points =
            crl.iter().map(|url| CrlDistributionPoint { uris: vec![(*url).to_owned()] }).collect();
        params.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap().der().to_vec()
    }

    pub fn list(&self, list: &List) -> rcgen::CertificateRevocationList {
        let at = |second| OffsetDateTime::from_unix_timestamp(second).unwrap();
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: at(NOW - 48 * HOUR),
            reason_code: Some(RevocationReason::CessationOfOperation),
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: at(list.this_update),
            next_update: at(list.next_update),
            crl_number: SerialNumber::from(4_711_u64),
            issuing_distribution_point: None,
            revoked_certs: list.serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap()
    }

    pub fn crl(&self, list: &List) -> Vec<u8> {
        self.list(list).der().to_vec()
    }
}

/// A client whose service knows these certificates, DER, by the id of their CA.
pub fn client_of(certificates: &[(&str, &[u8])], probe: ProbeSettings, proxy: Option<String>) -> Client {
    let known: Vec<(String, Vec<u8>)> =
        certificates.iter().map(|(id, der)| (format!("/ca/{id}/download"), der.to_vec())).collect();
    let service = Script::new(move |request| {
        let found = known.iter().find(|(path, _)| request.url.path().ends_with(path.as_str()));
        let headers = [("content-type", "application/pkix-cert")];
        Ok(match found {
            Some((_, der)) => Response::of(200, &headers, [Bytes::from(der.clone())]),
            None => Response::json(404, r#"{"error":{"code":"not_found","message":"no such CA"}}"#),
        })
    });
    let one = OneSettings { proxy: proxy.map(SecretString::from), ..OneSettings::new(SecretString::from(KEY)) };
    let settings = Settings { one: Some(one), probe, ..Settings::default() };
    Client::with_transport(settings, Arc::new(service), Arc::new(now))
}

pub fn client(ca: &Ca) -> Client {
    client_of(&[("own", &ca.der)], open(), None)
}

pub fn job(crls: &[&str], responders: &[&str], issued: Option<&str>) -> RevocationJob {
    let urls = |urls: &[&str]| urls.iter().map(|url| Clean::new(url)).collect();
    RevocationJob {
        ca: CaId::new("own"),
        issuer: None,
        crls: urls(crls),
        responders: urls(responders),
        issued: issued.and_then(Serial::parse),
    }
}

/// The answer of the only address that was asked.
pub fn only(check: RevocationCheck) -> Answer {
    let mut answers = check.answers;
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

/// Verdict and sentence of the only address.
pub async fn told(client: &Client, job: &RevocationJob) -> (&'static str, String) {
    let answer = only(client.check_revocation(job).await.unwrap());
    (answer.verdict(now()).word(), answer.sentence(now()))
}

/// A server of one's own: `answer` gets each connection, which ends with it. Gives its port.
pub fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

/// A server of HTTP: the whole request goes in, the whole answer comes out.
pub fn http(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    serve(move |mut stream| {
        let request = request(&mut stream);
        let _ = stream.write_all(&answer(&request));
    })
}

/// An address on a port of this machine.
pub fn at(port: u16) -> String {
    format!("http://127.0.0.1:{port}/x")
}

/// A request, head and body.
pub fn request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            if bytes.len() >= head + length.unwrap_or(0_usize) {
                return bytes;
            }
        }
        match stream.read(&mut piece) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&piece[..read]),
            _ => return bytes,
        }
    }
}

/// The body of a request.
pub fn body(request: &[u8]) -> &[u8] {
    let head = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    &request[head + 4..]
}

/// An answer with a body.
pub fn ok(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
