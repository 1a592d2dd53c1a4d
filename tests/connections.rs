//! Connections that do not come about, and peers that do not speak as they should.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use certdeck::{
    client::{CertCentralSettings, Client, OneSettings, Service, Settings, Silent, Timeouts, transport::Network},
    domain::{Failure, FailureKind},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
};

#[path = "support/tls.rs"]
mod tls;

/// Made up; must stand in no message.
const KEY: &str = "canary-77d0e1";

const MS: fn(u64) -> Duration = Duration::from_millis;

async fn failed(url: &str, timeouts: Timeouts) -> Failure {
    let one = OneSettings { url: url.to_owned(), ..OneSettings::new(SecretString::from(KEY)) };
    let client = Client::new(Settings { one: Some(one), timeouts, ..Settings::default() });
    let failure = client.cas(&mut Silent).await.unwrap_err();
    assert!(!format!("{failure} {failure:?}").contains(KEY));
    failure
}

/// Reads the head of a request, then lets `act` have the connection; for every connection.
async fn server<F: Future<Output = ()> + Send + 'static>(
    act: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { break };
                head.push(byte);
            }
            tokio::spawn(act(stream));
        }
    });
    url
}

#[tokio::test]
async fn n01_a_name_that_does_not_resolve_is_told_with_the_name() {
    let failure = failed("https://one.invalid", Timeouts::default()).await;
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.title.as_str(), "CA list: cannot find the host one.invalid");
    assert!(failure.hint.unwrap().contains("name service"));
}

/// A full queue of connections drops the first packet of the next one, as a black hole does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn n03_a_black_hole_hits_the_deadline_of_the_connection() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let hole = socket.listen(1).unwrap();
    let address = hole.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(MS(200), TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 10, "the queue is never full");
    }
    let timeouts = Timeouts { connect: MS(50), ..Timeouts::default() };
    let failure = failed(&format!("http://{address}"), timeouts).await;
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.title.as_str(), "CA list: no connection to 127.0.0.1 within 0.05 s");
    assert!(failure.hint.unwrap().contains("VPN"));
}

#[tokio::test]
async fn n05_a_drip_that_is_never_silent_ends_at_the_deadline_of_the_whole() {
    let url = server(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n[";
        let mut going = stream.write_all(head).await;
        while going.is_ok() {
            tokio::time::sleep(MS(10)).await;
            going = stream.write_all(b" ").await;
        }
    });
    let timeouts = Timeouts { idle: MS(5_000), total: MS(120), ..Timeouts::default() };
    let failure = failed(&url.await, timeouts).await;
    assert_eq!(failure.title.as_str(), "CA list: the answer was not complete within 0.12 s");
    assert_eq!(failure.kind, FailureKind::Network);
}

/// A peer that speaks HTTP/2 without being asked: frames that end the connection, then empty ones without end.
#[tokio::test]
async fn n27_frames_of_http_2_are_no_answer_and_their_flood_is_not_read() {
    let url = server(|mut stream| async move {
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11];
        let empty = [0, 0, 0, 0, 0, 0, 0, 0, 1].repeat(1_000);
        let mut going = stream.write_all(&[&settings[..], &goaway[..]].concat()).await;
        while going.is_ok() {
            going = stream.write_all(&empty).await;
        }
    });
    let failure = failed(&url.await, Timeouts::default()).await;
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(failure.to_string().len() < 300, "{failure}");
}

/// The clock of this machine is a year off. What the services say of the time shows it, and a certificate that seems
/// to be out of its time is put down to the clock.
#[tokio::test]
async fn n20_a_clock_that_is_a_year_off_is_told_by_the_dates_of_the_services() {
    const YEAR: i64 = 365 * 24 * 3_600;
    for (off, side) in [(-YEAR, "behind"), (YEAR, "ahead of")] {
        let url = server(|mut stream| async move {
            let now = httpdate::fmt_http_date(std::time::SystemTime::now());
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: {now}\r\nContent-Length: 8\r\n");
            // A client that has gone is the business of the test.
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{{\"id\":1}}").as_bytes()).await;
        });
        let url = url.await;
        let authority = tls::authority();
        let expired = tls::serve(tls::config(tls::leaf(&authority, "localhost", (2020, 2021))));
        let certcentral = CertCentralSettings::new(SecretString::from(KEY));
        let one = OneSettings {
            url: format!("https://localhost:{}", expired.port),
            ca_file: Some(authority.file.path().to_owned()),
            ..OneSettings::new(SecretString::from(KEY))
        };
        let settings = Settings {
            certcentral: Some(CertCentralSettings { services_url: url, ..certcentral }),
            one: Some(one),
            ..Settings::default()
        };
        let network = Arc::new(Network::new(&settings));
        let clock = Arc::new(move || Timestamp::now().checked_add(SignedDuration::from_secs(off)).unwrap());
        let client = Client::with_transport(settings, network, clock);
        let unaware = client.one_me().await.unwrap_err();
        assert!(unaware.title.contains("has expired") && unaware.hint.unwrap().contains("check the clock"));
        client.cc_me().await.unwrap();
        let skew = client.skew(Service::CertCentral).unwrap();
        assert!((skew + off).abs() < 60, "{skew}");
        let failure = client.one_me().await.unwrap_err();
        let hint = failure.hint.unwrap();
        assert!(hint.contains(&format!(" s {side} that of CertCentral: set it first")), "{hint}");
    }
}

/// A host has an IPv6 address that swallows every attempt, and an IPv4 address that works: the second one is tried long
/// before the first one is given up, with 2 s for all of it.
#[tokio::test]
async fn n28_an_address_that_swallows_connections_does_not_keep_from_the_next_one() {
    let four = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = four.local_addr().unwrap().port();
    let six = TcpSocket::new_v6().unwrap();
    six.bind(std::net::SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)).unwrap();
    // One connection that nobody accepts fills its queue: the system drops whatever comes then.
    let _six = six.listen(0).unwrap();
    let _first = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.unwrap();
    let further = tokio::time::timeout(MS(200), TcpStream::connect((Ipv6Addr::LOCALHOST, port))).await;
    assert!(further.is_err(), "the address is no black hole: {further:?}");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = four.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
            stream.write_all(answer).await.unwrap();
        }
    });
    let one = OneSettings { url: format!("http://localhost:{port}"), ..OneSettings::new(SecretString::from(KEY)) };
    let timeouts = Timeouts { connect: Duration::from_secs(2), ..Timeouts::default() };
    let settings = |addresses: &[IpAddr]| Settings {
        one: Some(one.clone()),
        timeouts,
        addresses: [("localhost".to_owned(), addresses.to_vec())].into(),
        ..Settings::default()
    };
    let both = Client::new(settings(&[Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]));
    assert!(both.cas(&mut Silent).await.unwrap().rows.is_empty());
}
