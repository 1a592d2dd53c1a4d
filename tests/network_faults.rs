//! Real sockets that misbehave: each fault of the network is told and survived.
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use certdeck::{
    client::{
        CertCentralSettings, Client, OneSettings, PartnerSettings, Service, Settings, Silent, SubaccountSettings,
        Timeouts,
    },
    domain::{Failure, FailureKind, dataset::Completeness},
};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Made up; must never leave the one host it belongs to.
const KEY: &str = "canary-5f0c1d9e77ab";

/// What a connection does after the head of a request.
#[derive(Clone)]
enum Act {
    /// Sends and closes.
    Send(Vec<u8>),
    /// Sends, then resets the connection.
    Reset(Vec<u8>),
    /// Sends, then keeps silent.
    Silence(Vec<u8>),
}

struct Server {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request by its number (from 0) and its head.
    async fn start(act: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let heads = Arc::clone(&seen);
        let act = Arc::new(act);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&heads), Arc::clone(&act)));
            }
        });
        Self { url, seen }
    }

    async fn always(act: Act) -> Self {
        Self::start(move |_, _| act.clone()).await
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|head| head.starts_with("GET ")).count()
    }

    /// Waits until the server has seen `what`.
    async fn until(&self, what: &str) {
        while !self.seen.lock().unwrap().iter().any(|head| head.starts_with(what)) {
            tokio::task::yield_now().await;
        }
    }
}

async fn answer<F: Fn(usize, &str) -> Act>(mut stream: TcpStream, heads: Arc<Mutex<Vec<String>>>, act: Arc<F>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let number = {
        let mut heads = heads.lock().unwrap();
        heads.push(head.clone());
        heads.len() - 1
    };
    match act(number, &head) {
        Act::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::Reset(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
            let _ = stream.set_zero_linger();
        }
        Act::Silence(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Until the client lets go.
            while stream.read_u8().await.is_ok() {}
            heads.lock().unwrap().push("closed".to_owned());
        }
    }
}

fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
    for header in headers {
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

fn json(body: &str) -> Vec<u8> {
    http("200 OK", &["Content-Type: application/json", &format!("Content-Length: {}", body.len())], body.as_bytes())
}

fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_millis(500),
        first_byte: Duration::from_millis(150),
        idle: Duration::from_millis(150),
        total: Duration::from_secs(5),
    }
}

fn one(url: &str) -> Client {
    let one = OneSettings { url: url.to_owned(), ..OneSettings::new(SecretString::from(KEY)) };
    Client::new(Settings { one: Some(one), timeouts: timeouts(), ..Settings::default() })
}

fn partner(url: &str) -> Client {
    let key = || SecretString::from(KEY);
    let subaccount = SubaccountSettings { name: "shop".into(), key: key(), contracts: vec![1, 2] };
    let partner = PartnerSettings { url: url.to_owned(), subaccounts: vec![subaccount], ..PartnerSettings::new() };
    Client::new(Settings { partner: Some(partner), timeouts: timeouts(), ..Settings::default() })
}

async fn failed(act: Act) -> Failure {
    let server = Server::always(act).await;
    let failure = one(&server.url).cas(&mut Silent).await.unwrap_err();
    assert!(!format!("{failure} {failure:?}").contains(KEY));
    failure
}

#[tokio::test]
async fn n02_a_refused_connection_is_named_and_tried_thrice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = one(&url).cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.title.as_str(), "CA list: 127.0.0.1 refused the connection");
}

#[tokio::test]
async fn n04_silence_after_the_request_hits_the_deadline_and_is_retried() {
    let server = Server::always(Act::Silence(Vec::new())).await;
    let failure = one(&server.url).cas(&mut Silent).await.unwrap_err();
    assert_eq!(failure.title.as_str(), "CA list: no answer within 0.15 s");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn n05_silence_inside_the_answer_hits_the_deadline() {
    let start = http("200 OK", &["Content-Type: application/json", "Content-Length: 900"], b"[{\"id\":");
    let failure = failed(Act::Silence(start)).await;
    assert_eq!(failure.title.as_str(), "CA list: the answer stopped for 0.15 s");
}

#[tokio::test]
async fn n06_a_reset_inside_the_body_discards_the_page_and_is_retried() {
    let start = http("200 OK", &["Content-Type: application/json", "Content-Length: 900"], b"[{\"id\":\"a\"}");
    let server =
        Server::start(
            move |number, _| {
                if number == 0 { Act::Reset(start.clone()) } else { Act::Send(json(r#"[{"id":"b"}]"#)) }
            },
        );
    let server = server.await;
    let list = one(&server.url).cas(&mut Silent).await.unwrap();
    let ids: Vec<&str> = list.rows.iter().map(|ca| ca.id.as_str()).collect();
    assert_eq!(ids, ["b"]);
    assert!(list.is_complete());
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn n06_a_contract_that_keeps_breaking_off_makes_the_list_partial() {
    let server = Server::start(|_, head| {
        if head.starts_with("GET /api-key") {
            return Act::Send(json(r#"{"api_keys":[{"id":1,"account_id":90210,"api_key_last4":"77ab"}]}"#));
        }
        let row = r#"{"certificates":[{"domain":"a.example.com","status":"issued","serial_number":"A1","sans":[]}"#;
        if head.starts_with("GET /acme/1/") {
            return Act::Send(json(&format!("{row}]}}")));
        }
        let head = ["Content-Type: application/json", "Content-Length: 9000"];
        Act::Reset(http("200 OK", &head, row.as_bytes()))
    });
    let server = server.await;
    let mut batches = 0;
    let list = partner(&server.url).acme_certificates(&mut |rows: Vec<_>| batches += rows.len()).await.unwrap();
    assert_eq!(list.rows.len(), 1, "rows of the broken answer are not kept");
    let Completeness::Partial { read: 1, of: Some(2), why } = list.completeness else { panic!("complete") };
    assert!(why.title.starts_with("contract 2: "), "{why}");
    assert_eq!(server.requests(), 1 + 1 + 3);
}

#[tokio::test]
async fn n07_a_body_shorter_than_announced_is_an_error() {
    let short = http("200 OK", &["Content-Type: application/json", "Content-Length: 50"], b"[]");
    let failure = failed(Act::Send(short)).await;
    assert_eq!(failure.title.as_str(), "CA list: the connection was cut before the answer was complete");
}

#[tokio::test]
async fn n08_a_close_delimited_cut_is_not_an_empty_list() {
    let cut = http("200 OK", &["Content-Type: application/json"], b"{\"total\":2,\"items\":[{\"id\":\"a\"}");
    let failure = failed(Act::Send(cut)).await;
    assert_eq!(failure.kind, FailureKind::BadAnswer);
    assert!(failure.title.contains("ends too early"), "{failure}");
    let chunked = b"5\r\n[{\"id\r\n";
    let head = ["Content-Type: application/json", "Transfer-Encoding: chunked"];
    assert_eq!(failed(Act::Send(http("200 OK", &head, chunked))).await.kind, FailureKind::Network);
}

#[tokio::test]
async fn n09_g11_no_form_of_a_redirect_carries_the_key_away() {
    let other = Server::always(Act::Send(json("[]"))).await;
    let port = other.url.rsplit(':').next().unwrap().to_owned();
    let hosts = ["127.0.0.1", "localhost", "127.1", "user:pass@127.0.0.1"];
    let mut targets: Vec<String> =
        hosts.iter().map(|host| format!("http://{host}:{port}/take?x=secret-query")).collect();
    targets.extend(hosts.iter().map(|host| format!("//{host}:{port}/take")));
    targets.extend([format!("/\\127.0.0.1:{port}/"), format!("https://127.0.0.1:{port}/"), "/self".to_owned()]);
    targets.extend([String::new(), "javascript:alert(1)".to_owned(), "file:///etc/passwd".to_owned()]);
    targets.extend(["\u{1b}]0;x".replace('\u{1b}', "%1b"), format!("http:127.0.0.1:{port}/")]);
    let mut forms = 0;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        for target in &targets {
            let answer = http(status, &[&format!("Location: {target}"), "Content-Length: 0"], b"");
            let server = Server::always(Act::Send(answer)).await;
            let failure = one(&server.url).cas(&mut Silent).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::BadAnswer, "{failure}");
            assert!(failure.title.contains("which is not followed"), "{failure}");
            let text = format!("{failure} {failure:?}");
            assert!(!text.contains("secret-query") && !text.contains("user:pass") && !text.contains(KEY), "{text}");
            assert_eq!(server.requests(), 1, "a redirect is not tried again");
            forms += 1;
        }
    }
    assert!(forms >= 30);
    assert_eq!(other.requests(), 0, "no key and no request reached another place");
}

#[tokio::test]
async fn n10_a_captive_portal_is_not_an_answer() {
    let portal = http("200 OK", &["Content-Type: text/html; charset=utf-8"], b"<html>log in</html>");
    let failure = failed(Act::Send(portal)).await;
    assert_eq!(failure.title.as_str(), "CA list: not a DigiCert answer (text/html)");
    assert_eq!(failure.kind, FailureKind::BadAnswer);
    let lying = http("200 OK", &["Content-Type: application/json"], b"  <!doctype html>");
    assert!(failed(Act::Send(lying)).await.title.contains("not a DigiCert answer"));
}

#[tokio::test]
async fn n12_204_elsewhere_is_drift() {
    let server = Server::start(|_, head| {
        let keys = r#"{"api_keys":[{"id":1,"account_id":90210,"api_key_last4":"77ab"}]}"#;
        Act::Send(if head.starts_with("GET /api-key") { json(keys) } else { http("204 No Content", &[], b"") })
    });
    let server = server.await;
    let failure = partner(&server.url).acme_certificates(&mut Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadAnswer, "{failure}");
    let server = Server::always(Act::Send(http("204 No Content", &[], b""))).await;
    let list = one(&server.url).cas(&mut Silent).await.unwrap();
    assert!(list.rows.is_empty() && list.is_complete() && list.notes[0].contains("204"));
}

#[tokio::test]
async fn n15_a_huge_html_error_is_read_to_64_kib_and_told_in_a_line() {
    let page = format!("<html>{}</html>", "x".repeat(10 << 20));
    let failure = failed(Act::Send(http("500 Oops", &["Content-Type: text/html"], page.as_bytes()))).await;
    assert_eq!(failure.kind, FailureKind::Service);
    assert!(failure.to_string().len() < 400, "{failure}");
}

#[tokio::test]
async fn n16_a_gzip_bomb_stops_at_16_mib() {
    let bomb = gzip_of_zeros(100 << 20);
    assert!(bomb.len() < 700 << 10, "100 MiB in {} bytes", bomb.len());
    let head = ["Content-Type: application/json", "Content-Encoding: gzip", &format!("Content-Length: {}", bomb.len())];
    let failure = failed(Act::Send(http("200 OK", &head, &bomb))).await;
    assert_eq!(failure.title.as_str(), "CA list: the answer is larger than 16777216 bytes");
}

#[tokio::test]
async fn n17_compression_that_was_not_offered_is_refused() {
    let answer = http("200 OK", &["Content-Type: application/json", "Content-Encoding: br"], b"\x8b\x00\x80[]\x03");
    let failure = failed(Act::Send(answer)).await;
    assert_eq!(failure.title.as_str(), "CA list: the answer is encoded as br, which was not asked for");
}

#[tokio::test]
async fn n18_cut_or_damaged_gzip_is_an_error() {
    let whole = gzip_of_zeros(10_000);
    let mut wrong = whole.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 0xff;
    for bytes in [&whole[..whole.len() - 9], &wrong[..]] {
        let failure =
            failed(Act::Send(http("200 OK", &["Content-Type: application/json", "Content-Encoding: gzip"], bytes)))
                .await;
        assert!(matches!(failure.kind, FailureKind::Network | FailureKind::BadAnswer), "{failure}");
        assert!(failure.title.contains("damaged") || failure.title.contains("cut"), "{failure}");
    }
}

#[tokio::test]
async fn n26_floods_of_headers_are_refused() {
    let lines: Vec<String> = (0..500).map(|n| format!("X-{n}: y")).collect();
    let many: Vec<&str> = lines.iter().map(String::as_str).collect();
    let failure = failed(Act::Send(http("200 OK", &many, b"[]"))).await;
    assert!(failure.title.contains("header"), "{failure}");
    let long = format!("X-Long: {}", "y".repeat(70_000));
    let failure = failed(Act::Send(http("200 OK", &[&long], b"[]"))).await;
    assert!(failure.title.contains("header"), "{failure}");
}

#[tokio::test]
async fn t16_t18_hostile_bytes_come_out_as_words() {
    let head = ["Content-Type: application/json"];
    let failure = failed(Act::Send(http("200 OK", &head, b"[{\"id\":\"\xff\"}]"))).await;
    assert_eq!(failure.title.as_str(), "CA list: the answer is not UTF-8 at byte 8");
    let body = "{\"error\":{\"code\":\"x\u{202e}\",\"message\":\"\\u001b]0;PWN\\u0007 \u{9b}2J\"}}";
    let failure = failed(Act::Send(http("400 Bad Request", &head, body.as_bytes()))).await;
    assert_eq!(failure.detail.as_deref(), Some("^[]0;PWN^G <U+009B>2J"));
    assert!(!failure.to_string().contains(|c: char| c.is_control() || c == '\u{202e}'), "{failure}");
}

#[tokio::test]
async fn c09_c10_wrong_keys_and_missing_rights_are_told_apart_and_not_retried() {
    for (status, kind) in [("401 No", FailureKind::NotAuthenticated), ("403 No", FailureKind::NotPermitted)] {
        let server = Server::always(Act::Send(http(status, &["Content-Length: 0"], b""))).await;
        let failure = one(&server.url).cas(&mut Silent).await.unwrap_err();
        assert_eq!(failure.kind, kind);
        assert_eq!(server.requests(), 1);
        assert!(failure.transaction.is_some());
    }
}

#[tokio::test]
async fn headers_are_those_of_the_contract_and_transactions_differ() {
    let server = Server::start(|_, _| Act::Send(json(r#"{"id":1}"#))).await;
    let key = || SecretString::from(KEY);
    let certcentral = CertCentralSettings {
        services_url: format!("{}/services/v2", server.url),
        reports_url: format!("{}/reports/v1", server.url),
        ..CertCentralSettings::new(key())
    };
    let one = OneSettings { url: server.url.clone(), account_id: Some("acct-1".into()), ..OneSettings::new(key()) };
    let client = Client::new(Settings { certcentral: Some(certcentral), one: Some(one), ..Settings::default() });
    client.cc_me().await.unwrap();
    client.one_me().await.unwrap();
    let heads = server.seen.lock().unwrap().clone();
    let line = |head: &str, name: &str| {
        let found = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        found.map(|line| line.split_once(':').unwrap().1.trim().to_owned())
    };
    assert!(heads[0].starts_with("GET /services/v2/user/me HTTP/1.1"));
    assert_eq!(line(&heads[0], "content-type").as_deref(), Some("application/json"));
    assert_eq!(line(&heads[0], "accept").as_deref(), Some("application/json"));
    assert_eq!(line(&heads[0], "x-dc-devkey").as_deref(), Some(KEY));
    assert_eq!(line(&heads[0], "x-dc-accountid"), None);
    assert_eq!(line(&heads[1], "x-dc-accountid").as_deref(), Some("acct-1"));
    assert_eq!(line(&heads[1], "x-api-key").as_deref(), Some(KEY));
    assert_eq!(line(&heads[1], "x-dc-devkey"), None);
    assert_eq!(line(&heads[1], "accept-encoding").as_deref(), Some("gzip"));
    let agent = concat!("certdeck/", env!("CARGO_PKG_VERSION"));
    assert_eq!(line(&heads[1], "user-agent").as_deref(), Some(agent));
    assert_ne!(line(&heads[0], "x-dc-transactionid"), line(&heads[1], "x-dc-transactionid"));
}

#[tokio::test]
async fn n20_the_clock_of_the_service_is_compared_with_ours() {
    let body = "[]";
    let head = ["Content-Type: application/json", "Content-Length: 2", "Date: Sat, 21 Nov 2015 14:00:00 GMT"];
    let server = Server::always(Act::Send(http("200 OK", &head, body.as_bytes()))).await;
    let client = one(&server.url);
    assert_eq!(client.skew(Service::One), None);
    client.cas(&mut Silent).await.unwrap();
    assert!(client.skew(Service::One).unwrap() < -600);
}

#[tokio::test]
async fn a_dropped_call_ends_its_exchange() {
    let server = Server::always(Act::Silence(Vec::new())).await;
    let one = OneSettings { url: server.url.clone(), ..OneSettings::new(SecretString::from(KEY)) };
    let client = Client::new(Settings { one: Some(one), ..Settings::default() });
    let call = tokio::spawn(async move { client.cas(&mut Silent).await });
    server.until("GET ").await;
    call.abort();
    server.until("closed").await;
    assert_eq!(server.requests(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn calls_can_be_spawned_on_any_runtime() {
    let server = Server::always(Act::Send(json("[]"))).await;
    let client = one(&server.url);
    let task = tokio::spawn(async move { client.cas(&mut Silent).await });
    assert!(task.await.unwrap().unwrap().is_complete());
}

/// A gzip stream (RFC 1952) of zeros in one dynamic block is more than a test should hold; a fixed
/// block does: literal 0, then matches of 258 bytes at distance 1. A bomb is never read to its checksum.
fn gzip_of_zeros(bytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // BFINAL=1, BTYPE=01 (fixed Huffman codes).
    bits.push(0b1, 1);
    bits.push(0b01, 2);
    // Literal 0: code 00110000.
    bits.code(0b0011_0000, 8);
    let matches = (bytes - 1) / 258;
    for _ in 0..matches {
        // Length 258: symbol 285, code 11000101; distance 1: code 00000.
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    // End of block: 0000000.
    bits.code(0, 7);
    let length = 1 + matches * 258;
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.finish());
    out.extend(crc32_of_zeros(length.min(1 << 20)).to_le_bytes());
    out.extend(u32::try_from(length).unwrap().to_le_bytes());
    out
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, bits: u32) {
        self.held |= value << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.out.push((self.held & 0xff) as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes are packed from their most significant bit.
    fn code(&mut self, code: u32, bits: u32) {
        self.push(code.reverse_bits() >> (32 - bits), bits);
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, 7);
        self.out
    }
}

fn crc32_of_zeros(length: usize) -> u32 {
    let mut crc = u32::MAX;
    for _ in 0..length {
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
